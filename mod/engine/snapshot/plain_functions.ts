/** Functions and statements of the small language of `plain_module.ts`. */
import type {
  AnyNode,
  Expression,
  Function as FunctionNode,
  Pattern,
  Statement,
  VariableDeclaration,
} from "acorn";
import { Expressions } from "./plain_expressions.ts";
import type { Kind, Scopes } from "./plain_scopes.ts";
import { assertReadable, Foreign, keyOf } from "./plain_syntax.ts";
import { Values } from "./plain_values.ts";
import { GIVEN_CHUNKS } from "./plain_words.ts";

/** Checks functions. */
export class Functions {
  readonly #scopes: Scopes;
  readonly #values: Values;
  readonly #expressions: Expressions;
  /** Declarations of variables that don't only hold numbers. */
  readonly #mistaken: ReadonlySet<AnyNode>;

  /** @param mistaken As {@linkcode Expressions} has it. */
  constructor(scopes: Scopes, mistaken: Set<AnyNode>) {
    this.#scopes = scopes;
    this.#values = new Values(scopes);
    this.#expressions = new Expressions(scopes, mistaken, (node) => this.check(node));
    this.#mistaken = mistaken;
  }

  /**
   * @param exported The name that the function is exported by.
   * @throws Foreign for a function outside the language.
   */
  check(node: FunctionNode, exported?: string): void {
    // `main` is given no chunk; what another function waits for might come after its call is over.
    if (node.generator || (node.async && exported !== "main")) throw new Foreign();
    const outer = this.#expressions.mayWait;
    this.#expressions.mayWait = node.async;
    this.#scopes.within(() => {
      if (node.type !== "ArrowFunctionExpression" && node.id) {
        this.#scopes.declare(node.id.name, "value");
      }
      for (const param of node.params) this.#scopes.declareAll(param, "value");
      node.params.forEach((param, index) => {
        const chunk = index === 0 && GIVEN_CHUNKS.has(exported ?? "");
        this.#pattern(param, chunk && param.type === "Identifier" ? "chunk" : "value");
      });
      if (node.body.type === "BlockStatement") this.#block(node.body.body);
      else this.#expressions.check(node.body as Expression);
    });
    this.#expressions.mayWait = outer;
  }

  #block(statements: readonly Statement[]): void {
    this.#scopes.within(() => {
      // Functions and variables are known in the whole block; what a variable holds only from its declaration on.
      for (const statement of statements) {
        if (statement.type === "FunctionDeclaration") {
          this.#scopes.declare(statement.id!.name, "value");
        }
        if (statement.type === "VariableDeclaration") this.#expectAll(statement);
      }
      for (const statement of statements) this.#statement(statement);
    });
  }

  #statement(node: Statement): void {
    switch (node.type) {
      case "VariableDeclaration":
        return this.#variables(node);
      case "FunctionDeclaration":
        return this.check(node as FunctionNode);
      case "ExpressionStatement":
        return this.#expressions.check(node.expression);
      case "BlockStatement":
        return this.#block(node.body);
      case "IfStatement":
        this.#expressions.check(node.test);
        this.#statement(node.consequent);
        if (node.alternate) this.#statement(node.alternate);
        return;
      case "ForStatement":
        return this.#scopes.within(() => {
          if (node.init?.type === "VariableDeclaration") this.#variables(node.init);
          else if (node.init) this.#expressions.check(node.init);
          if (node.test) this.#expressions.check(node.test);
          if (node.update) this.#expressions.check(node.update);
          this.#statement(node.body);
        });
      case "ForOfStatement":
        if (node.await || node.left.type !== "VariableDeclaration") throw new Foreign();
        this.#expressions.check(node.right);
        return this.#scopes.within(() => {
          const { kind, declarations } = node.left as VariableDeclaration;
          if (kind === "var") throw new Foreign();
          this.#scopes.declareAll(declarations[0]!.id, "value");
          this.#pattern(declarations[0]!.id, "value");
          this.#statement(node.body);
        });
      case "WhileStatement":
      case "DoWhileStatement":
        this.#expressions.check(node.test);
        return this.#statement(node.body);
      case "SwitchStatement":
        this.#expressions.check(node.discriminant);
        for (const { test } of node.cases) if (test && test.type !== "Literal") throw new Foreign();
        return this.#block(node.cases.flatMap(({ consequent }) => consequent));
      case "ReturnStatement":
        if (node.argument) this.#expressions.check(node.argument);
        return;
      case "ThrowStatement":
        return this.#expressions.check(node.argument);
      case "BreakStatement":
      case "ContinueStatement":
        if (node.label) throw new Foreign();
        return;
      case "EmptyStatement":
        return;
      default:
        throw new Foreign();
    }
  }

  #variables({ kind, declarations }: VariableDeclaration): void {
    // `var` is known outside of its block.
    if (kind !== "const" && kind !== "let") throw new Foreign();
    this.#expectAll({ declarations });
    for (const { id, init } of declarations) {
      if (init) this.#expressions.check(init);
      if (id.type !== "Identifier") this.#pattern(id, "value");
      else if (kind === "const" && init && this.#values.isFresh(init)) {
        this.#scopes.declare(id.name, "fresh");
      } else if (init && this.#values.isNumber(init) && !this.#mistaken.has(id)) {
        this.#scopes.declare(id.name, "number", id);
      } else this.#scopes.declare(id.name, "value");
    }
  }

  /** Names that a statement will declare: until it has, they can't be used. */
  #expectAll({ declarations }: Pick<VariableDeclaration, "declarations">): void {
    for (const { id } of declarations) this.#scopes.declareAll(id, "sealed");
  }

  /** What a pattern binds; it reads members by name, as an expression does. */
  #pattern(node: Pattern, kind: Kind): void {
    switch (node.type) {
      case "Identifier":
        return this.#scopes.declare(node.name, kind);
      case "ObjectPattern":
        for (const property of node.properties) {
          if (property.type === "RestElement") this.#pattern(property.argument, "value");
          else {
            if (property.computed) throw new Foreign();
            assertReadable(keyOf(property.key as Expression));
            this.#pattern(property.value, "value");
          }
        }
        return;
      case "ArrayPattern":
        for (const element of node.elements) if (element) this.#pattern(element, "value");
        return;
      case "AssignmentPattern":
        this.#expressions.check(node.right);
        return this.#pattern(node.left, "value");
      case "RestElement":
        return this.#pattern(node.argument, "value");
      default:
        throw new Foreign();
    }
  }
}
