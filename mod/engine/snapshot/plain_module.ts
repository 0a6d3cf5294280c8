/**
 * Recognizes formulas that can't keep anything between calls: those written in a small language of loops,
 * arithmetic, reads by index, fresh arrays and records, `Math`, functions of the same kind, and calls of the library.
 *
 * When all modules of a formula are plain:
 *
 * - The memory of a call's arrays is reused when the call has returned. What its result holds is found by looking
 *   through the result.
 * - The modules serve further jobs without being loaded again.
 *
 * Each construct that is accepted has a comment that says why it is harmless. Any other construct makes the formula a
 * usual one: it owns its arrays, and its modules are loaded anew for each job.
 *
 * Only the outermost level of a module outlives a call. It may hold functions and constants: primitives, tables of
 * primitives whose members are read by name, and objects of the library, which functions can't name. A function stores
 * values in local variables, by index in fresh arrays, and in what it returns, and nowhere else.
 */
import type {
  AnyNode,
  ExportNamedDeclaration,
  Expression,
  Function as FunctionNode,
  ImportDeclaration,
  Pattern,
  Program,
} from "acorn";
import { BARE_NAMES } from "../../std/common/module_names.ts";
import { Mistaken } from "./plain_expressions.ts";
import { Functions } from "./plain_functions.ts";
import { Scopes } from "./plain_scopes.ts";
import { declaredNames, Foreign, isFunction, isRelative, plainProperty } from "./plain_syntax.ts";
import { Values } from "./plain_values.ts";
import { GIVEN_CHUNKS } from "./plain_words.ts";

/** How many variables may turn out to hold more than numbers; each starts the check anew. */
const MOST_MISTAKEN = 100;

/** Whether a module is plain. */
export function isPlain(program: Program): boolean {
  const mistaken = new Set<AnyNode>();
  for (;;) {
    try {
      new PlainModule(program, mistaken).check();
      return true;
    } catch (thrown) {
      if (thrown instanceof Mistaken && mistaken.size <= MOST_MISTAKEN) continue;
      // A construct outside the language, or nesting that is too deep.
      if (thrown instanceof Foreign || thrown instanceof Mistaken) return false;
      if (thrown instanceof RangeError) return false;
      throw thrown;
    }
  }
}

/** Checks the outermost level of a module, then its functions. */
class PlainModule {
  readonly #program: Program;
  readonly #scopes = new Scopes();
  readonly #values = new Values(this.#scopes);
  /** Functions of the outermost level, with the names they are exported by. */
  readonly #functions: { node: FunctionNode; name: string | null }[] = [];
  readonly #exported = new Map<string, string>();
  readonly #mistaken: Set<AnyNode>;
  /** Names of the library. */
  readonly #library = new Set<string>();

  /** @param mistaken Declarations of variables that don't only hold numbers; more are added. */
  constructor(program: Program, mistaken: Set<AnyNode>) {
    this.#program = program;
    this.#mistaken = mistaken;
  }

  /** @throws Foreign for a construct outside the language. */
  check(): void {
    for (const statement of this.#program.body) this.#outermost(statement as AnyNode);
    const functions = new Functions(this.#scopes, this.#mistaken);
    for (const { node, name } of this.#functions) {
      functions.check(node, name === null ? undefined : this.#exported.get(name));
    }
  }

  #outermost(node: AnyNode): void {
    switch (node.type) {
      case "ImportDeclaration":
        return this.#import(node);
      case "ExportAllDeclaration":
        if (!isRelative(node.source.value) || node.exported) throw new Foreign();
        return;
      case "ExportNamedDeclaration":
        return this.#export(node);
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

  /** Names of the library or of another module of the formula. */
  #import({ source, attributes, specifiers }: ImportDeclaration): void {
    const library = BARE_NAMES.includes(String(source.value));
    if (!library && !isRelative(source.value)) throw new Foreign();
    if (attributes?.length) throw new Foreign();
    for (const specifier of specifiers) {
      if (specifier.type !== "ImportSpecifier") throw new Foreign();
      this.#scopes.declare(specifier.local.name, library ? "value" : "function");
      if (library) this.#library.add(specifier.local.name);
    }
  }

  #export({ declaration, source, specifiers }: ExportNamedDeclaration): void {
    if (declaration) {
      for (const name of declaredNames(declaration as AnyNode)) this.#exported.set(name, name);
      return this.#outermost(declaration as AnyNode);
    }
    if (source) {
      if (!isRelative(source.value)) throw new Foreign();
      return;
    }
    for (const { local, exported } of specifiers) {
      if (local.type !== "Identifier" || exported.type !== "Identifier") throw new Foreign();
      this.#exported.set(local.name, exported.name);
      if (GIVEN_CHUNKS.has(exported.name)) this.#scopes.declare(local.name, "sealed");
    }
  }

  #noteFunction(node: FunctionNode, name: string): void {
    this.#scopes.declare(
      name,
      GIVEN_CHUNKS.has(this.#exported.get(name) ?? "") ? "sealed" : "value",
    );
    this.#functions.push({ node, name });
  }

  #constant(id: Pattern, init: Expression): void {
    if (id.type !== "Identifier") {
      // What a function of the library gave, by names that no function of the module can use.
      this.#made(init);
      this.#scopes.declareAll(id, "sealed");
      return;
    }
    if (isFunction(init)) return this.#noteFunction(init as unknown as FunctionNode, id.name);
    if (this.#values.isPrimitive(init)) return this.#scopes.declare(id.name, "value");
    if (init.type === "ObjectExpression" || init.type === "ArrayExpression") {
      this.#table(init);
      return this.#scopes.declare(id.name, "table");
    }
    this.#made(init);
    this.#scopes.declare(id.name, "made");
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
    } else if (!this.#values.isPrimitive(node)) throw new Foreign();
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
}
