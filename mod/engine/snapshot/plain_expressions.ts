/** Expressions of the small language of `plain_module.ts`. */
import type {
  AnyNode,
  AssignmentExpression,
  CallExpression,
  Expression,
  Function as FunctionNode,
  Identifier,
  MemberExpression,
  NewExpression,
} from "acorn";
import { MEMBERS } from "../../formula/realm/permits.ts";
import { type Scopes, UNNAMED } from "./plain_scopes.ts";
import { assertReadable, Foreign, nameOf, plainProperty } from "./plain_syntax.ts";
import { Values } from "./plain_values.ts";
import {
  ARRAYS,
  ERRORS,
  FREE_FUNCTIONS,
  FREE_VALUES,
  isComputing,
  READING,
  STATIC,
  WRITING,
} from "./plain_words.ts";

/** A variable that was taken for a number holds something else, too: the module has to be checked again. */
export class Mistaken extends Error {}

/** Static functions of typed arrays. */
const TYPED_ARRAY_STATIC: ReadonlySet<string> = new Set(["from", "of"]);

/** Checks expressions. */
export class Expressions {
  /** Whether the function that is being checked may wait. */
  mayWait = false;
  readonly #scopes: Scopes;
  readonly #values: Values;
  readonly #mistaken: Set<AnyNode>;
  readonly #checkFunction: (node: FunctionNode) => void;

  /**
   * @param mistaken Declarations of variables that don't only hold numbers; more are added.
   * @param checkFunction Checks a function inside an expression.
   */
  constructor(
    scopes: Scopes,
    mistaken: Set<AnyNode>,
    checkFunction: (node: FunctionNode) => void,
  ) {
    this.#scopes = scopes;
    this.#values = new Values(scopes);
    this.#mistaken = mistaken;
    this.#checkFunction = checkFunction;
  }

  /** @throws Foreign for an expression outside the language. */
  check(node: Expression): void {
    switch (node.type) {
      case "Literal":
        if ("regex" in node && node.regex) throw new Foreign();
        return;
      case "TemplateLiteral":
        for (const one of node.expressions) this.check(one);
        return;
      case "Identifier":
        return this.#name(node.name);
      case "ArrayExpression":
        for (const element of node.elements) if (element) this.#argument(element);
        return;
      case "ObjectExpression":
        for (const property of node.properties) {
          if (property.type === "SpreadElement") this.check(property.argument);
          else this.check(plainProperty(property).value as Expression);
        }
        return;
      case "ArrowFunctionExpression":
      case "FunctionExpression":
        return this.#checkFunction(node as unknown as FunctionNode);
      case "UnaryExpression":
        if (node.operator === "delete") throw new Foreign();
        return this.check(node.argument);
      case "BinaryExpression":
        if (node.left.type === "PrivateIdentifier" || !isComputing(node.operator)) {
          throw new Foreign();
        }
        this.check(node.left);
        return this.check(node.right);
      case "LogicalExpression":
        this.check(node.left);
        return this.check(node.right);
      case "ConditionalExpression":
        this.check(node.test);
        this.check(node.consequent);
        return this.check(node.alternate);
      case "SequenceExpression":
        for (const one of node.expressions) this.check(one);
        return;
      case "ChainExpression":
        return this.check(node.expression);
      case "MemberExpression":
        return this.#member(node);
      case "CallExpression":
        return this.#call(node);
      case "NewExpression":
        return this.#creation(node);
      case "AssignmentExpression":
        return this.#assignment(node);
      case "UpdateExpression":
        return this.#target(node.argument, true);
      case "AwaitExpression":
        if (!this.mayWait) throw new Foreign();
        return this.check(node.argument);
      default:
        throw new Foreign();
    }
  }

  #name(name: string): void {
    const kind = this.#scopes.kindOf(name);
    const known = kind === undefined ? FREE_VALUES.has(name) : !UNNAMED.has(kind);
    if (!known) throw new Foreign();
  }

  #creation({ callee, arguments: values }: NewExpression): void {
    if (callee.type !== "Identifier" || this.#scopes.isDeclared(callee.name)) throw new Foreign();
    if (!ARRAYS.has(callee.name) && !ERRORS.has(callee.name)) throw new Foreign();
    for (const value of values) this.#argument(value);
  }

  #assignment({ operator, left, right }: AssignmentExpression): void {
    this.check(right);
    // All other operators give numbers, or big integers where the variable holds one.
    const keepsType = operator === "=" || operator === "+=" || /^(\|\||&&|\?\?)/.test(operator);
    this.#target(left as Expression, keepsType ? this.#values.isNumber(right) : true);
  }

  #argument(node: Expression | { type: "SpreadElement"; argument: Expression }): void {
    this.check(node.type === "SpreadElement" ? node.argument : node);
  }

  /**
   * A local variable, or an element of a fresh array.
   *
   * @param number Whether what is assigned is a number.
   * @throws Mistaken when a variable of numbers gets something else.
   */
  #target(node: Expression, number: boolean): void {
    if (node.type === "Identifier") {
      const { kind, id } = this.#scopes.bindingOf(node.name) ?? { kind: undefined, id: null };
      if (kind === "number") {
        if (number) return;
        this.#mistaken.add(id!);
        throw new Mistaken();
      }
      if (kind !== "value" || !this.#scopes.isLocal(node.name)) throw new Foreign();
      return;
    }
    if (node.type !== "MemberExpression" || !node.computed) throw new Foreign();
    const { object, property } = node;
    if (object.type !== "Identifier" || this.#scopes.kindOf(object.name) !== "fresh") {
      throw new Foreign();
    }
    if (!this.#values.isNumber(property as Expression)) throw new Foreign();
    this.check(property as Expression);
  }

  #member(node: MemberExpression): void {
    const { object, property, computed } = node;
    if (object.type === "Super") throw new Foreign();
    if (this.#scopes.isGlobal(object, "Math") && !computed) return;
    const kind = object.type === "Identifier" ? this.#scopes.kindOf(object.name) : undefined;
    if (kind === "made" && !computed && nameOf(node) !== "length") throw new Foreign();
    // Members of a table are primitives, or tables that nothing can change.
    if (kind !== "table" && kind !== "made") this.check(object);
    if (!computed) return assertReadable(nameOf(node));
    this.check(property as Expression);
    if (this.#values.isNumeric(property as Expression)) return;
    if (kind !== "chunk") throw new Foreign();
  }

  #call({ callee, arguments: values }: CallExpression): void {
    for (const value of values) this.#argument(value);
    if (callee.type === "Identifier") return this.#functionCall(callee);
    if (callee.type !== "MemberExpression" || callee.computed) throw new Foreign();
    const { object } = callee, name = nameOf(callee);
    if (object.type === "Super") throw new Foreign();
    if (object.type === "Identifier" && !this.#scopes.isDeclared(object.name)) {
      if (!staticsOf(object.name)?.has(name)) throw new Foreign();
      return;
    }
    const fresh = object.type === "Identifier" && this.#scopes.kindOf(object.name) === "fresh";
    if (!READING.has(name) && !(fresh && WRITING.has(name)) && !this.#isFrameCall(name)) {
      throw new Foreign();
    }
    this.check(object);
  }

  #functionCall(callee: Identifier): void {
    if (this.#scopes.kindOf(callee.name) === "function") return;
    if (this.#scopes.isDeclared(callee.name)) return this.check(callee);
    if (!FREE_FUNCTIONS.has(callee.name)) throw new Foreign();
  }

  /** What `main` asks of its frame. */
  #isFrameCall(name: string): boolean {
    return this.mayWait && ["column", "columns", "seconds"].includes(name);
  }
}

/** Static functions of a global that are of the language. */
function staticsOf(name: string): ReadonlySet<string> | undefined {
  if (name === "Math") return MEMBERS.get("Math");
  return ARRAYS.has(name) && name !== "Array" ? TYPED_ARRAY_STATIC : STATIC.get(name);
}
