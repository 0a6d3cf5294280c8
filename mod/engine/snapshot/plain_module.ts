/**
 * A small language in which a formula can keep nothing: loops, arithmetic, reads by index, fresh arrays and
 * records, `Math`, functions of the same kind, and calls of the library. Where all modules of a formula are written
 * in it, the memory of the arrays that a call was given is used again when the call has returned (what its
 * result holds is found by looking through the result), and the modules serve further jobs as they are. Every
 * construct below says why it is harmless; what is not below is not accepted: such a formula's arrays are its own, and
 * its modules are made anew for each job.
 *
 * What outlives a call is what the outermost level of a module holds. There, only functions and constants are
 * accepted: primitives, tables of primitives that are read member by member, and what the library made, which functions
 * can't name. A function stores values in local variables, in fresh arrays by index, and in what it returns, and
 * nowhere else.
 */
import type {
  AnyNode,
  CallExpression,
  Expression,
  Function as FunctionNode,
  Identifier,
  MemberExpression,
  Pattern,
  Program,
  Property,
  Statement,
  VariableDeclaration,
} from "acorn";
import { MEMBERS } from "../../formula/realm/permits.ts";
import { BARE_NAMES } from "../../std/common/module_names.ts";

/** What a name stands for. */
type Kind =
  /** A local variable, a parameter, a function or a constant. */
  | "value"
  /** A local variable that only ever holds numbers: what it indexes is an element. */
  | "number"
  /** A local constant that holds a fresh array of numbers or values, which may be written. */
  | "fresh"
  /** The chunk of an exported function, whose members are columns, whatever name is computed. */
  | "chunk"
  /** A function of another module of the formula: it may be called. */
  | "function"
  /** A table of primitives of the outermost level: its members may be read. */
  | "table"
  /** What the library made for the outermost level: its length and its elements may be read. */
  | "made"
  /** What can't be named: a variable before its declaration, and the functions that are given chunks. */
  | "sealed";

/** What can't be handed on as a value. */
const UNNAMED: ReadonlySet<Kind> = new Set<Kind>(["sealed", "table", "made", "function"]);

/** What a name stands for, and where it is declared. */
interface Binding {
  kind: Kind;
  id: AnyNode | null;
}

type Scope = Map<string, Binding>;

/** A construct that is not of the language. */
class Foreign extends Error {}

/** A variable that was taken for one of numbers isn't: all is to be looked at again. */
class Mistaken extends Error {}

/** Exports that are given a chunk. */
const GIVEN_CHUNKS: ReadonlySet<string> = new Set(["map", "chunk"]);

/** Constructors of fresh arrays: of a length, or as a copy; the language reaches no buffer to make a view of. */
const ARRAYS: ReadonlySet<string> = new Set([
  ...["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array"],
  ...["Uint32Array", "Float16Array", "Float32Array", "Float64Array", "BigInt64Array"],
  ...["BigUint64Array", "Array"],
]);

/** Errors hold a text. */
const ERRORS: ReadonlySet<string> = new Set(["Error", "TypeError", "RangeError"]);

/** Functions that give primitives and keep nothing. */
const FREE_FUNCTIONS: ReadonlySet<string> = new Set(
  "Number String Boolean BigInt isNaN isFinite parseFloat parseInt".split(" "),
);
const FREE_VALUES: ReadonlySet<string> = new Set(["undefined", "NaN", "Infinity"]);

/** Static functions of globals, beside all of `Math`: they give primitives, or arrays of what they were given. */
const STATIC: Readonly<Record<string, ReadonlySet<string>>> = {
  Number: new Set(["isFinite", "isInteger", "isNaN", "isSafeInteger", "parseFloat", "parseInt"]),
  Date: new Set(["UTC"]),
  Array: new Set(["from", "of", "isArray"]),
  String: new Set(["fromCharCode", "fromCodePoint"]),
};

/** Methods that change nothing and keep nothing, whatever of the realm they are called on. */
const READING: ReadonlySet<string> = new Set(
  ("map forEach reduce reduceRight filter some every find findIndex findLast findLastIndex flatMap " +
    "at includes indexOf lastIndexOf join slice subarray concat toSorted toReversed keys values entries " +
    "toString toFixed toPrecision charAt charCodeAt codePointAt startsWith endsWith padStart padEnd " +
    "trim trimStart trimEnd toUpperCase toLowerCase split repeat substring localeCompare " +
    "raw seconds validity codes log").split(" "),
);

/** Methods that change the array they are called on, for fresh ones. */
const WRITING: ReadonlySet<string> = new Set(
  "fill set sort reverse copyWithin push pop".split(" "),
);

/** Members of built-in objects that are numbers, texts or methods; others lead to memory or to constructors. */
const READABLE: ReadonlySet<string> = new Set(
  ("length size name message value values keys entries at with index description sign unit " +
    "year month day hour minute second years months days hours minutes seconds source global " +
    "host hash port search scale offset").split(" "),
);

/** Every member that built-in objects inherit: the realm has no others. */
const BUILT_IN: ReadonlySet<string> = new Set(
  [...MEMBERS].flatMap(([owner, members]) =>
    owner.endsWith(".prototype") || owner.startsWith("%") ? [...members] : []
  ),
);

/** Operators that give numbers or big integers. */
const ARITHMETIC: ReadonlySet<string> = new Set(
  ["-", "*", "/", "%", "**", "|", "&", "^", "<<", ">>", ">>>"],
);
const COMPARING: ReadonlySet<string> = new Set(
  ["+", "==", "!=", "===", "!==", "<", "<=", ">", ">="],
);

/** Variables at most that are looked at again. */
const MOST_MISTAKEN = 100;

/** Whether a module is written in the small language. */
export function isPlain(program: Program): boolean {
  const mistaken = new Set<AnyNode>();
  for (;;) {
    try {
      new PlainModule(program, mistaken).check();
      return true;
    } catch (thrown) {
      if (thrown instanceof Mistaken && mistaken.size <= MOST_MISTAKEN) continue;
      // A construct of another language, or nesting that is too deep.
      if (thrown instanceof Foreign || thrown instanceof Mistaken) return false;
      if (thrown instanceof RangeError) return false;
      throw thrown;
    }
  }
}

class PlainModule {
  readonly #program: Program;
  /** From the module's outermost level to the innermost block. */
  readonly #scopes: Scope[] = [new Map()];
  /** Functions of the outermost level, with the names they are exported by. */
  readonly #functions: { node: FunctionNode; name: string | null }[] = [];
  readonly #exported = new Map<string, string>();
  /** Declarations of variables that hold other things than numbers, too. */
  readonly #mistaken: Set<AnyNode>;
  /** Names of the library. */
  readonly #library = new Set<string>();
  #mayWait = false;

  constructor(program: Program, mistaken: Set<AnyNode>) {
    this.#program = program;
    this.#mistaken = mistaken;
  }

  check(): void {
    for (const statement of this.#program.body) this.#outermost(statement as AnyNode);
    for (const { node, name } of this.#functions) {
      const exported = name === null ? undefined : this.#exported.get(name);
      this.#function(node, exported);
    }
  }

  // The outermost level.

  #outermost(node: AnyNode): void {
    switch (node.type) {
      case "ImportDeclaration": {
        const library = BARE_NAMES.includes(String(node.source.value));
        if (!library && !isRelative(node.source.value)) throw new Foreign();
        if (node.attributes?.length) throw new Foreign();
        for (const specifier of node.specifiers) {
          if (specifier.type !== "ImportSpecifier") throw new Foreign();
          this.#declare(specifier.local.name, library ? "value" : "function");
          if (library) this.#library.add(specifier.local.name);
        }
        return;
      }
      case "ExportAllDeclaration":
        if (!isRelative(node.source.value) || node.exported) throw new Foreign();
        return;
      case "ExportNamedDeclaration":
        if (node.declaration) {
          for (const name of declaredNames(node.declaration as AnyNode)) {
            this.#exported.set(name, name);
          }
          return this.#outermost(node.declaration as AnyNode);
        }
        if (node.source) {
          if (!isRelative(node.source.value)) throw new Foreign();
          return;
        }
        for (const { local, exported } of node.specifiers) {
          if (local.type !== "Identifier" || exported.type !== "Identifier") throw new Foreign();
          this.#exported.set(local.name, exported.name);
          if (GIVEN_CHUNKS.has(exported.name)) this.#declare(local.name, "sealed");
        }
        return;
      case "FunctionDeclaration":
        return this.#noteFunction(node as FunctionNode, node.id!.name);
      case "VariableDeclaration":
        if (node.kind !== "const") throw new Foreign();
        for (const { id, init } of node.declarations) this.#constant(id, init!);
        return;
      case "EmptyStatement":
        return;
      default:
        throw new Foreign();
    }
  }

  #noteFunction(node: FunctionNode, name: string): void {
    this.#declare(name, GIVEN_CHUNKS.has(this.#exported.get(name) ?? "") ? "sealed" : "value");
    this.#functions.push({ node, name });
  }

  #constant(id: Pattern, init: Expression): void {
    if (id.type !== "Identifier") {
      // What a function of the library gave, by names that no function of the module can use.
      this.#made(init);
      for (const name of namesIn(id)) this.#declare(name, "sealed");
      return;
    }
    if (isFunction(init)) return this.#noteFunction(init as unknown as FunctionNode, id.name);
    if (this.#isPrimitive(init)) return this.#declare(id.name, "value");
    if (init.type === "ObjectExpression" || init.type === "ArrayExpression") {
      this.#table(init);
      return this.#declare(id.name, "table");
    }
    this.#made(init);
    this.#declare(id.name, "made");
  }

  /** A literal of primitives, of any depth. */
  #table(node: Expression): void {
    if (node.type === "ArrayExpression") {
      for (const element of node.elements) {
        if (element === null || element.type === "SpreadElement") throw new Foreign();
        this.#table(element);
      }
    } else if (node.type === "ObjectExpression") {
      for (const property of node.properties) {
        this.#table(plainProperty(property).value as Expression);
      }
    } else if (!this.#isPrimitive(node)) throw new Foreign();
  }

  /** A chain of calls of the library with tables and primitives. */
  #made(node: Expression): void {
    if (node.type !== "CallExpression") throw new Foreign();
    for (const argument of node.arguments) this.#table(argument as Expression);
    const { callee } = node;
    if (callee.type === "Identifier") {
      if (!this.#library.has(callee.name)) throw new Foreign();
    } else if (callee.type === "MemberExpression" && !callee.computed) {
      this.#made(callee.object as Expression);
    } else throw new Foreign();
  }

  /** Whether this is a number, a text or a truth value, and the same whenever it is computed. */
  #isPrimitive(node: Expression): boolean {
    switch (node.type) {
      case "Literal":
        return !("regex" in node && node.regex);
      case "UnaryExpression":
        return node.operator !== "delete" && this.#isPrimitive(node.argument);
      case "BinaryExpression":
        return node.left.type !== "PrivateIdentifier" && this.#isPrimitive(node.left) &&
          this.#isPrimitive(node.right) && isComputing(node.operator);
      case "TemplateLiteral":
        return node.expressions.every((one) => this.#isPrimitive(one));
      case "Identifier":
        return FREE_VALUES.has(node.name) && !this.#isDeclared(node.name);
      case "MemberExpression":
        return this.#isGlobal(node.object, "Math") && !node.computed && nameOf(node) !== "random";
      case "CallExpression": {
        const { callee } = node;
        if (callee.type !== "MemberExpression" || callee.computed) return false;
        const known = this.#isGlobal(callee.object, "Math")
          ? nameOf(callee) !== "random"
          : this.#isGlobal(callee.object, "Date") && nameOf(callee) === "UTC";
        return known &&
          node.arguments.every((one) => one.type !== "SpreadElement" && this.#isPrimitive(one));
      }
      default:
        return false;
    }
  }

  // Functions.

  /** @param exported The name that the function is exported by. */
  #function(node: FunctionNode, exported?: string): void {
    // `main` is given no chunk; what another function waits for might come after its call is over.
    if (node.generator || (node.async && exported !== "main")) throw new Foreign();
    const outer = this.#mayWait;
    this.#mayWait = node.async;
    this.#inScope(() => {
      if (node.type !== "ArrowFunctionExpression" && node.id) this.#declare(node.id.name, "value");
      for (const param of node.params) this.#expect(param, "value");
      node.params.forEach((param, index) => {
        const chunk = index === 0 && GIVEN_CHUNKS.has(exported ?? "");
        this.#pattern(param, chunk && param.type === "Identifier" ? "chunk" : "value");
      });
      if (node.body.type === "BlockStatement") this.#block(node.body.body);
      else this.#value(node.body as Expression);
    });
    this.#mayWait = outer;
  }

  #block(statements: readonly Statement[]): void {
    this.#inScope(() => {
      // Functions and variables are known in the whole block; what a variable holds only from its declaration on.
      for (const statement of statements) {
        if (statement.type === "FunctionDeclaration") this.#declare(statement.id!.name, "value");
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
        return this.#function(node as FunctionNode);
      case "ExpressionStatement":
        return this.#value(node.expression);
      case "BlockStatement":
        return this.#block(node.body);
      case "IfStatement":
        this.#value(node.test);
        this.#statement(node.consequent);
        if (node.alternate) this.#statement(node.alternate);
        return;
      case "ForStatement":
        return this.#inScope(() => {
          if (node.init?.type === "VariableDeclaration") this.#variables(node.init);
          else if (node.init) this.#value(node.init);
          if (node.test) this.#value(node.test);
          if (node.update) this.#value(node.update);
          this.#statement(node.body);
        });
      case "ForOfStatement":
        if (node.await || node.left.type !== "VariableDeclaration") throw new Foreign();
        this.#value(node.right);
        return this.#inScope(() => {
          const { kind, declarations } = node.left as VariableDeclaration;
          if (kind === "var") throw new Foreign();
          this.#expect(declarations[0]!.id, "value");
          this.#pattern(declarations[0]!.id, "value");
          this.#statement(node.body);
        });
      case "WhileStatement":
      case "DoWhileStatement":
        this.#value(node.test);
        return this.#statement(node.body);
      case "SwitchStatement":
        this.#value(node.discriminant);
        for (const { test } of node.cases) if (test && test.type !== "Literal") throw new Foreign();
        return this.#block(node.cases.flatMap(({ consequent }) => consequent));
      case "ReturnStatement":
        if (node.argument) this.#value(node.argument);
        return;
      case "ThrowStatement":
        return this.#value(node.argument);
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
      if (init) this.#value(init);
      if (id.type !== "Identifier") this.#pattern(id, "value");
      else if (kind === "const" && init && this.#isFresh(init)) this.#declare(id.name, "fresh");
      else if (init && this.#isNumber(init) && !this.#mistaken.has(id)) {
        this.#declare(id.name, "number", id);
      } else this.#declare(id.name, "value");
    }
  }

  /** Names that a statement will declare: until it has, they can't be used. */
  #expectAll({ declarations }: Pick<VariableDeclaration, "declarations">): void {
    for (const { id } of declarations) this.#expect(id, "sealed");
  }

  #expect(pattern: Pattern, kind: Kind): void {
    for (const name of namesIn(pattern)) this.#declare(name, kind);
  }

  /** What a pattern binds; it reads members by name, as an expression does. */
  #pattern(node: Pattern, kind: Kind): void {
    switch (node.type) {
      case "Identifier":
        return this.#declare(node.name, kind);
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
        this.#value(node.right);
        return this.#pattern(node.left, "value");
      case "RestElement":
        return this.#pattern(node.argument, "value");
      default:
        throw new Foreign();
    }
  }

  // Expressions.

  #value(node: Expression): void {
    switch (node.type) {
      case "Literal":
        if ("regex" in node && node.regex) throw new Foreign();
        return;
      case "TemplateLiteral":
        for (const one of node.expressions) this.#value(one);
        return;
      case "Identifier": {
        const kind = this.#kindOf(node.name);
        if (
          kind === undefined ? !FREE_VALUES.has(node.name) : UNNAMED.has(kind)
        ) {
          throw new Foreign();
        }
        return;
      }
      case "ArrayExpression":
        for (const element of node.elements) if (element) this.#argument(element);
        return;
      case "ObjectExpression":
        for (const property of node.properties) {
          if (property.type === "SpreadElement") this.#value(property.argument);
          else this.#value(plainProperty(property).value as Expression);
        }
        return;
      case "ArrowFunctionExpression":
      case "FunctionExpression":
        return this.#function(node as unknown as FunctionNode);
      case "UnaryExpression":
        if (node.operator === "delete") throw new Foreign();
        return this.#value(node.argument);
      case "BinaryExpression":
        if (node.left.type === "PrivateIdentifier" || !isComputing(node.operator)) {
          throw new Foreign();
        }
        this.#value(node.left);
        return this.#value(node.right);
      case "LogicalExpression":
        this.#value(node.left);
        return this.#value(node.right);
      case "ConditionalExpression":
        this.#value(node.test);
        this.#value(node.consequent);
        return this.#value(node.alternate);
      case "SequenceExpression":
        for (const one of node.expressions) this.#value(one);
        return;
      case "ChainExpression":
        return this.#value(node.expression);
      case "MemberExpression":
        return this.#member(node);
      case "CallExpression":
        return this.#call(node);
      case "NewExpression":
        if (node.callee.type !== "Identifier" || this.#isDeclared(node.callee.name)) {
          throw new Foreign();
        }
        if (!ARRAYS.has(node.callee.name) && !ERRORS.has(node.callee.name)) throw new Foreign();
        for (const argument of node.arguments) this.#argument(argument);
        return;
      case "AssignmentExpression":
        this.#value(node.right);
        return this.#target(
          node.left as Expression,
          node.operator === "=" || node.operator === "+=" || /^(\|\||&&|\?\?)/.test(node.operator)
            ? this.#isNumber(node.right)
            : true,
        );
      case "UpdateExpression":
        return this.#target(node.argument, true);
      case "AwaitExpression":
        if (!this.#mayWait) throw new Foreign();
        return this.#value(node.argument);
      default:
        throw new Foreign();
    }
  }

  #argument(node: Expression | { type: "SpreadElement"; argument: Expression }): void {
    this.#value(node.type === "SpreadElement" ? node.argument : node);
  }

  /** A local variable, or an element of a fresh array. */
  #target(node: Expression, number: boolean): void {
    if (node.type === "Identifier") {
      const { kind, id } = this.#bindingOf(node.name) ?? { kind: undefined, id: null };
      if (kind === "number") {
        if (number) return;
        this.#mistaken.add(id!);
        throw new Mistaken();
      }
      if (kind !== "value" || !this.#isLocal(node.name)) throw new Foreign();
      return;
    }
    if (node.type !== "MemberExpression" || !node.computed) throw new Foreign();
    const { object, property } = node;
    if (object.type !== "Identifier" || this.#kindOf(object.name) !== "fresh") throw new Foreign();
    if (!this.#isNumber(property as Expression)) throw new Foreign();
    this.#value(property as Expression);
  }

  #member(node: MemberExpression): void {
    const { object, property, computed } = node;
    if (object.type === "Super") throw new Foreign();
    if (this.#isGlobal(object, "Math") && !computed) return;
    const kind = object.type === "Identifier" ? this.#kindOf(object.name) : undefined;
    if (kind === "made" && !computed && nameOf(node) !== "length") throw new Foreign();
    // Members of a table are primitives, or tables that nothing can change.
    if (kind !== "table" && kind !== "made") this.#value(object);
    if (!computed) return assertReadable(nameOf(node));
    this.#value(property as Expression);
    if (this.#isNumeric(property as Expression)) return;
    if (kind !== "chunk") throw new Foreign();
  }

  #call({ callee, arguments: values }: CallExpression): void {
    for (const value of values) this.#argument(value);
    if (callee.type === "Identifier") {
      const { name } = callee;
      if (this.#kindOf(name) === "function") return;
      if (this.#isDeclared(name)) return this.#value(callee);
      if (!FREE_FUNCTIONS.has(name)) throw new Foreign();
      return;
    }
    if (callee.type !== "MemberExpression" || callee.computed) throw new Foreign();
    const { object } = callee, name = nameOf(callee);
    if (object.type === "Super") throw new Foreign();
    if (object.type === "Identifier" && !this.#isDeclared(object.name)) {
      const members = object.name === "Math"
        ? MEMBERS.get("Math")
        : ARRAYS.has(object.name) && object.name !== "Array"
        ? new Set(["from", "of"])
        : STATIC[object.name];
      if (!members?.has(name)) throw new Foreign();
      return;
    }
    const fresh = object.type === "Identifier" && this.#kindOf(object.name) === "fresh";

    if (!READING.has(name) && !(fresh && WRITING.has(name)) && !this.#isFrameCall(name)) {
      throw new Foreign();
    }

    this.#value(object);
  }

  /** What `main` asks of its frame. */
  #isFrameCall(name: string): boolean {
    return this.#mayWait && ["column", "columns", "seconds"].includes(name);
  }

  #isFresh(node: Expression): boolean {
    if (node.type === "ArrayExpression") return true;
    return node.type === "NewExpression" && node.callee.type === "Identifier" &&
      ARRAYS.has(node.callee.name);
  }

  /** Whether this is a number whatever runs. */
  #isNumber(node: Expression): boolean {
    switch (node.type) {
      case "Literal":
        return typeof node.value === "number";
      case "Identifier":
        return this.#kindOf(node.name) === "number";
      case "UnaryExpression":
        return node.operator === "+" ||
          ((node.operator === "-" || node.operator === "~") && this.#isNumber(node.argument));
      case "UpdateExpression":
        return this.#isNumber(node.argument);
      case "BinaryExpression": {
        // One number is enough: big integers don't mix with numbers.
        if (node.left.type === "PrivateIdentifier") return false;
        const left = this.#isNumber(node.left), right = this.#isNumber(node.right);
        if (node.operator === "+") return left && right;
        return ARITHMETIC.has(node.operator) && (left || right);
      }
      case "ConditionalExpression":
        return this.#isNumber(node.consequent) && this.#isNumber(node.alternate);
      case "CallExpression":
        return node.callee.type === "MemberExpression" &&
          this.#isGlobal(node.callee.object, "Math");
      default:
        return false;
    }
  }

  /** Whether this is a number or a big integer whatever runs: as a name of a member, it is that of an element. */
  #isNumeric(node: Expression): boolean {
    return this.#isNumber(node) || node.type === "UpdateExpression" ||
      (node.type === "UnaryExpression" && (node.operator === "-" || node.operator === "~")) ||
      (node.type === "BinaryExpression" && ARITHMETIC.has(node.operator));
  }

  // Names.

  #inScope(step: () => void): void {
    this.#scopes.push(new Map());
    step();
    this.#scopes.pop();
  }

  #declare(name: string, kind: Kind, id: AnyNode | null = null): void {
    this.#scopes.at(-1)!.set(name, { kind, id });
  }

  #bindingOf(name: string): Binding | undefined {
    return this.#scopes.findLast((scope) => scope.has(name))?.get(name);
  }

  #kindOf(name: string): Kind | undefined {
    return this.#bindingOf(name)?.kind;
  }

  #isDeclared(name: string): boolean {
    return this.#kindOf(name) !== undefined;
  }

  #isLocal(name: string): boolean {
    return this.#scopes.findLastIndex((scope) => scope.has(name)) > 0;
  }

  #isGlobal(node: AnyNode, name: string): boolean {
    return node.type === "Identifier" && (node as Identifier).name === name &&
      !this.#isDeclared(name);
  }
}

function isComputing(operator: string): boolean {
  return ARITHMETIC.has(operator) || COMPARING.has(operator);
}

function isRelative(specifier: unknown): boolean {
  return typeof specifier === "string" && /^\.\.?\//.test(specifier);
}

function isFunction(node: Expression): boolean {
  return node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression";
}

/** A member of a literal with a fixed name and a value: no method, no accessor, no prototype. */
function plainProperty(property: Property | { type: "SpreadElement" }): Property {
  if (property.type !== "Property" || property.kind !== "init" || property.method) {
    throw new Foreign();
  }
  if (property.computed || keyOf(property.key as Expression) === "__proto__") throw new Foreign();
  return property;
}

function keyOf(key: Expression): string {
  if (key.type === "Identifier") return key.name;
  if (key.type === "Literal") return String(key.value);
  throw new Foreign();
}

function nameOf({ property }: MemberExpression): string {
  if (property.type !== "Identifier") throw new Foreign();
  return property.name;
}

/** A member that built-in objects have must be known to be harmless; others are the data's. */
function assertReadable(name: string): void {
  if (BUILT_IN.has(name) && !READABLE.has(name)) throw new Foreign();
}

function declaredNames(node: AnyNode): string[] {
  if (node.type === "FunctionDeclaration") return [node.id!.name];
  if (node.type !== "VariableDeclaration") throw new Foreign();
  return node.declarations.flatMap(({ id }) => namesIn(id));
}

function namesIn(node: Pattern): string[] {
  switch (node.type) {
    case "Identifier":
      return [node.name];
    case "ObjectPattern":
      return node.properties.flatMap((property) => {
        if (property.type === "RestElement" || property.computed) throw new Foreign();
        return namesIn(property.value);
      });
    case "ArrayPattern":
      return node.elements.flatMap((element) => element ? namesIn(element) : []);
    case "AssignmentPattern":
      return namesIn(node.left);
    case "RestElement":
      return namesIn(node.argument);
    default:
      throw new Foreign();
  }
}
