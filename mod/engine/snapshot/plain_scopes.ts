/** What the names of a module stand for, from its outermost level to the innermost block. */
import type { AnyNode, Identifier, Pattern } from "acorn";
import { namesIn } from "./plain_syntax.ts";

/** What a name stands for. */
export type Kind =
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
export const UNNAMED: ReadonlySet<Kind> = new Set<Kind>(["sealed", "table", "made", "function"]);

/** What a name stands for, and where it is declared. */
export interface Binding {
  kind: Kind;
  id: AnyNode | null;
}

/** The scopes of a module while it is checked. */
export class Scopes {
  readonly #scopes: Map<string, Binding>[] = [new Map()];

  /** Runs a step in a new scope. */
  within(step: () => void): void {
    this.#scopes.push(new Map());
    step();
    this.#scopes.pop();
  }

  /** Declares a name in the innermost scope; it may be declared anew as something else. */
  declare(name: string, kind: Kind, id: AnyNode | null = null): void {
    this.#scopes.at(-1)!.set(name, { kind, id });
  }

  /** The innermost declaration of a name. */
  bindingOf(name: string): Binding | undefined {
    return this.#scopes.findLast((scope) => scope.has(name))?.get(name);
  }

  /** What a name stands for; undefined for a global. */
  kindOf(name: string): Kind | undefined {
    return this.bindingOf(name)?.kind;
  }

  /** Whether a name is the module's own. */
  isDeclared(name: string): boolean {
    return this.kindOf(name) !== undefined;
  }

  /** Whether a name is declared inside of a function. */
  isLocal(name: string): boolean {
    return this.#scopes.findLastIndex((scope) => scope.has(name)) > 0;
  }

  /** Whether a node is the global of this name. */
  isGlobal(node: AnyNode, name: string): boolean {
    return node.type === "Identifier" && (node as Identifier).name === name &&
      !this.isDeclared(name);
  }

  /** Declares all names that a pattern binds. */
  declareAll(pattern: Pattern, kind: Kind): void {
    for (const name of namesIn(pattern)) this.declare(name, kind);
  }
}
