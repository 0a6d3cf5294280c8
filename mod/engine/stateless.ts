/**
 * Whether a module can keep anything from one call of its functions to the next: a formula that can't
 * may be run again by a thread that has run it before, on memory that is used again.
 *
 * This is told from the text, and any doubt counts as a yes: bindings of the module's outermost level must
 * be constants whose values can't change, and be used only where nothing can change or keep them.
 * Formulas that are shaped otherwise run as well, in threads of their own.
 */
import type { AnyNode, CallExpression, Expression, Identifier, Program } from "acorn";
import { fullAncestor } from "acorn-walk";
import { BARE_NAMES } from "../std/names.ts";
import { isFunction, namesOf, Scopes } from "./scopes.ts";

/** What is known of a module's text. */
export interface Statelessness {
  /** It can keep nothing between two calls. */
  stateless: boolean;
  /**
   * Nor can it hold on to what a call was given, unless it returns it: all that `map`, `chunk` and their like do
   * is done when they return, and no array is looked at by way of its buffer.
   */
  lendable: boolean;
}

/** What a constant of the outermost level holds. */
type Kind =
  | "primitive"
  | "function"
  | "class"
  /** A list or record of primitives. */
  | "flat"
  /** One of lists or records. */
  | "literal"
  /** A name of the library, or what one of its functions made; these keep nothing and change nothing. */
  | "library"
  /** Imported from another file of the formula. */
  | "imported"
  | "namespace";

/** Globals that can't be changed, nor used to come back later. */
const HARMLESS: ReadonlySet<string> = new Set(
  ("undefined NaN Infinity isNaN isFinite parseFloat parseInt Math Number BigInt String Boolean " +
    "Symbol Object Array Map Set Date JSON Intl RegExp console performance crypto structuredClone " +
    "Error TypeError RangeError SyntaxError EvalError ReferenceError URIError AggregateError " +
    "ArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array " +
    "Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array Iterator " +
    "TextEncoder TextDecoder encodeURIComponent decodeURIComponent encodeURI decodeURI Promise")
    .split(" "),
);

/** Members that lead from a value to what made it. */
const MAKERS: ReadonlySet<string> = new Set([
  "constructor",
  "prototype",
  "__proto__",
  "callee",
  "caller",
]);

/** Methods that call the functions they are given, and keep none. */
const CALLING: ReadonlySet<string> = new Set(
  ("map forEach reduce reduceRight filter some every find findIndex findLast findLastIndex flatMap " +
    "sort toSorted from fromEntries replace replaceAll reduction mapPartitions").split(" "),
);

/** Methods of lists that give the list to the function they call, behind an element and its index. */
const LENDING: ReadonlySet<string> = new Set(
  ("map forEach reduce reduceRight filter some every find findIndex findLast findLastIndex flatMap")
    .split(" "),
);

/** Methods of lists, texts and patterns that change nothing. */
const READING: ReadonlySet<string> = new Set([
  ...("at includes indexOf lastIndexOf join slice concat keys values entries toString toSorted " +
    "toReversed test").split(" "),
  ...LENDING,
]);

/** Methods that change an array, or give one on the same memory. */
const CHANGING: ReadonlySet<string> = new Set(
  "set fill sort reverse copyWithin subarray push pop shift unshift splice".split(" "),
);

/** Functions of numbers and texts that stand alone. */
const NUMERIC: ReadonlySet<string> = new Set([
  "Number",
  "parseFloat",
  "parseInt",
  "BigInt",
  "String",
]);

/** Looks at a module that was parsed as one. */
export function statelessness(program: Program): Statelessness {
  const look = new ModuleLook(program);
  const stateless = look.stateless();
  return { stateless, lendable: stateless && look.lendable };
}

class ModuleLook {
  lendable = true;
  readonly #program: Program;
  readonly #scopes: Scopes;
  /** Constants of the outermost level. */
  readonly #kinds = new Map<string, Kind>();
  #kept = false;

  constructor(program: Program) {
    this.#program = program;
    this.#scopes = new Scopes(program);
  }

  stateless(): boolean {
    for (const statement of this.#program.body) if (!this.#classify(statement)) return false;
    fullAncestor(this.#program, (node, _state, ancestors, type) => {
      this.#visit(node as AnyNode, ancestors as AnyNode[], type as string | undefined);
    });
    return !this.#kept;
  }

  /** Notes what a statement of the outermost level declares; false where that may change. */
  #classify(statement: AnyNode): boolean {
    switch (statement.type) {
      case "ImportDeclaration": {
        const own = !BARE_NAMES.includes(String(statement.source.value));
        for (const { type, local } of statement.specifiers) {
          const kind = type === "ImportNamespaceSpecifier" ? "namespace" : "imported";
          this.#kinds.set(local.name, own ? kind : "library");
        }
        return true;
      }
      case "ExportAllDeclaration":
      case "EmptyStatement":
        return true;
      case "ExportNamedDeclaration":
        return !statement.declaration || this.#classify(statement.declaration);
      case "FunctionDeclaration":
        this.#kinds.set(statement.id!.name, "function");
        return true;
      case "ClassDeclaration":
        this.#kinds.set(statement.id!.name, "class");
        return true;
      case "ExpressionStatement":
        return statement.expression.type === "Literal";
      case "VariableDeclaration":
        return statement.kind === "const" && statement.declarations.every(({ id, init }) => {
          const kind = this.#kindOf(init!);
          if (kind === null || (id.type !== "Identifier" && kind !== "library")) return false;
          for (const name of namesOf(id)) this.#kinds.set(name, kind);
          return true;
        });
      default:
        return false;
    }
  }

  #kindOf(value: Expression): Kind | null {
    if (this.#isPrimitive(value)) return "primitive";
    switch (value.type) {
      case "ArrowFunctionExpression":
      case "FunctionExpression":
        return "function";
      case "ClassExpression":
        return "class";
      case "CallExpression":
        return this.#isOfLibrary(value) ? "library" : null;
      default:
        return this.#isLiteral(value) ? this.#isFlat(value) ? "flat" : "literal" : null;
    }
  }

  #isFlat(value: Expression): boolean {
    switch (value.type) {
      case "ArrayExpression":
        return value.elements.every((each) => !each || this.#isPrimitive(each as Expression));
      case "ObjectExpression":
        return value.properties.every((each) =>
          each.type === "Property" && this.#isPrimitive(each.value)
        );
      default:
        return true;
    }
  }

  #isPrimitive(value: Expression): boolean {
    const all = (values: readonly AnyNode[]) =>
      values.every((each) => this.#isPrimitive(each as Expression));
    switch (value.type) {
      case "Literal":
        return !value.regex;
      case "TemplateLiteral":
        return all(value.expressions);
      case "UnaryExpression":
        return all([value.argument]);
      case "BinaryExpression":
      case "LogicalExpression":
        return all([value.left, value.right]);
      case "ConditionalExpression":
        return all([value.test, value.consequent, value.alternate]);
      case "Identifier":
        return this.#kinds.get(value.name) === "primitive" ||
          ["NaN", "Infinity", "undefined"].includes(value.name);
      case "MemberExpression":
        return isGlobalNumber(value);
      case "CallExpression": {
        const { callee } = value;
        const known = callee.type === "Identifier"
          ? NUMERIC.has(callee.name)
          : callee.type === "MemberExpression" && isGlobalNumber(callee);
        return known && all(value.arguments);
      }
      default:
        return false;
    }
  }

  /** Lists and records of primitives, however deep, and patterns that keep no place in a text. */
  #isLiteral(value: AnyNode): boolean {
    switch (value.type) {
      case "Literal":
        return !/[gy]/.test(value.regex?.flags ?? "");
      case "ArrayExpression":
        return value.elements.every((element) => !element || this.#isLiteral(element));
      case "ObjectExpression":
        return value.properties.every((property) =>
          property.type === "Property" && property.kind === "init" && !property.computed &&
          this.#isLiteral(property.value)
        );
      default:
        return this.#isPrimitive(value as Expression);
    }
  }

  /** Calls of the library, and of what these gave, with arguments that can't change. */
  #isOfLibrary(value: AnyNode): boolean {
    if (value.type === "Identifier") return this.#kinds.get(value.name) === "library";
    if (value.type === "MemberExpression") return this.#isOfLibrary(value.object);
    if (value.type !== "CallExpression") return false;
    return this.#isOfLibrary(value.callee) &&
      value.arguments.every((argument) =>
        this.#isLiteral(argument) || isFunction(argument) || this.#isOfLibrary(argument) ||
        (argument.type === "Identifier" && this.#kinds.has(argument.name))
      );
  }

  #visit(node: AnyNode, ancestors: AnyNode[], type = node.type as string): void {
    switch (node.type) {
      case "Identifier":
        return this.#visitName(node, ancestors, type === "VariablePattern");
      case "MemberExpression": {
        const { property, object } = node;
        const name = property.type === "Identifier" && !node.computed
          ? property.name
          : property.type === "Literal"
          ? String(property.value)
          : "";
        this.#noteMember(name);
        const written = type === "MemberPattern" || isWritten(node, ancestors);
        if (written && object.type === "Identifier") {
          this.#kept ||= this.#scopes.of(object.name, ancestors) === "global";
        }
        return;
      }
      case "MetaProperty":
      case "ImportExpression":
      case "StaticBlock":
        this.#kept = true;
        return;
      case "PropertyDefinition":
      case "MethodDefinition":
        this.#kept ||= node.static;
        return;
      case "AwaitExpression":
        this.lendable &&= isInMain(ancestors);
        return;
      case "ObjectPattern":
        for (const property of node.properties) {
          if (property.type !== "Property" || property.key.type !== "Identifier") continue;
          this.#noteMember(property.key.name);
        }
        return;
    }
    if (isFunction(node) && node.async) this.lendable &&= isInMain(ancestors);
  }

  #noteMember(name: string): void {
    if (MAKERS.has(name)) this.#kept = true;
    if (name === "buffer") this.lendable = false;
  }

  #visitName(node: Identifier, ancestors: AnyNode[], bound: boolean): void {
    const { name } = node;
    const scope = this.#scopes.of(name, ancestors);
    if (scope === "local") return;
    if (scope === "global") {
      if (name === "Promise") this.lendable &&= isInMain(ancestors);
      this.#kept ||= bound || !HARMLESS.has(name);
      return;
    }
    if (bound) this.#kept ||= !isDeclared(ancestors);
    else this.#kept ||= !this.#isHarmless(this.#kinds.get(name)!, ancestors);
  }

  /** Whether a use of a constant can neither change it nor hand it to what might. */
  #isHarmless(kind: Kind, ancestors: readonly AnyNode[]): boolean {
    if (kind === "primitive") return true;
    const node = ancestors.at(-1)!;
    const above = ancestors.at(-2)!;
    const made = kind === "library" || kind === "imported" || kind === "namespace";
    switch (above.type) {
      case "CallExpression":
        if (above.callee === node) return made || kind === "function";
        return this.#isHarmlessArgument(above, kind);
      case "NewExpression":
        return above.callee === node && (made || kind === "class");
      case "ClassDeclaration":
      case "ClassExpression":
        return kind === "class";
      case "MemberExpression": {
        if (above.object !== node || kind === "function" || kind === "class") return false;
        const outer = ancestors.slice(0, -1);
        const use = ancestors.at(-3)!;
        if (isWritten(above, outer)) return false;
        if (use.type !== "CallExpression" || use.callee !== above) {
          return kind === "flat" || this.#isHarmless(kind, outer);
        }
        const { property, computed } = above;
        if (computed || property.type !== "Identifier") return false;
        const { name } = property;
        const known = kind === "flat"
          ? READING.has(name)
          : (kind === "library" || kind === "namespace") && !CHANGING.has(name);
        return known && (!LENDING.has(name) || isPlainCallback(use.arguments[0]));
      }
      case "BinaryExpression":
      case "TemplateLiteral":
      case "ExportDefaultDeclaration":
      case "IfStatement":
        return true;
      case "SpreadElement":
      case "ForOfStatement":
        return kind === "flat";
      case "UnaryExpression":
        return above.operator !== "delete";
      case "ConditionalExpression":
        return above.test === node;
      default:
        return false;
    }
  }

  #isHarmlessArgument({ callee }: CallExpression, kind: Kind): boolean {
    if (this.#isOfLibrary(callee)) return true;
    return (kind === "function" || kind === "imported" || kind === "library") &&
      callee.type === "MemberExpression" && !callee.computed &&
      callee.property.type === "Identifier" && CALLING.has(callee.property.name);
  }
}

/** `Math.PI`, `Number.EPSILON`, `Math.sqrt`, `Date.UTC`: numbers, or functions that give them. */
function isGlobalNumber({ object, property, computed }: AnyNode & { type: "MemberExpression" }) {
  if (computed || object.type !== "Identifier" || property.type !== "Identifier") return false;
  if (object.name === "Date") return property.name === "UTC" || property.name === "parse";
  return (object.name === "Math" || object.name === "Number") && !MAKERS.has(property.name);
}

/** A function that takes no list from who calls it. */
function isPlainCallback(argument: AnyNode | undefined): boolean {
  return argument !== undefined && isFunction(argument) && argument.params.length <= 2 &&
    argument.params.every(({ type }) => type === "Identifier");
}

function isWritten(node: AnyNode, ancestors: readonly AnyNode[]): boolean {
  const above = ancestors.at(-2)!;
  switch (above.type) {
    case "AssignmentExpression":
      return above.left === node;
    case "UpdateExpression":
      return true;
    case "UnaryExpression":
      return above.operator === "delete";
    case "ForInStatement":
    case "ForOfStatement":
      return above.left === node;
    case "ArrayPattern":
    case "ObjectPattern":
    case "RestElement":
      return true;
    case "AssignmentPattern":
      return above.left === node;
    default:
      return false;
  }
}

/** Whether a name that is bound is bound by its declaration, and not by an assignment. */
function isDeclared(ancestors: readonly AnyNode[]): boolean {
  for (const node of ancestors.toReversed().slice(1)) {
    switch (node.type) {
      case "VariableDeclarator":
      case "FunctionDeclaration":
      case "ClassDeclaration":
      case "ImportDeclaration":
        return true;
      case "AssignmentExpression":
      case "UpdateExpression":
      case "ForInStatement":
      case "ForOfStatement":
        return false;
    }
  }
  return false;
}

/** `main` is given no rows: what it awaits holds none. */
function isInMain(ancestors: readonly AnyNode[]): boolean {
  const outermost = ancestors.find(isFunction);
  return outermost?.type === "FunctionDeclaration" && outermost.id?.name === "main";
}
