/**
 * Makes a formula's realm what the list of `permits.ts` says, and unchangeable, before any of the formula runs:
 * the code that reads its data and hands over its results shares the realm and must be able to trust
 * `Array.prototype.map`, and a job that follows must find the realm as it was. The idea is
 * that of Hardened JavaScript (the SES proposal of ECMA TC39).
 *
 * The global object itself is out of reach: the names of the realm are constants, `globalThis` is a frozen record
 * of them, and modules are strict code, whose `this` is never the global object.
 */
import { guardWebAssembly, hostGlobals, noCodeFromText, type Print, type Watch } from "./host.ts";
import { functionKinds, ownerOf, specimens } from "./intrinsics.ts";
import { FREE, MEMBERS, written } from "./permits.ts";

/** The global object itself, which no name leads to when the realm is locked. */
const scope = globalThis as unknown as Record<PropertyKey, unknown>;

/** Members of every function. */
const OF_FUNCTIONS: ReadonlySet<string> = new Set(["length", "name", "prototype"]);

/** Prototypes whose members a formula's own objects may override by assignment. */
const OVERRIDABLE = [
  ...["Object", "Function", "Error", "AggregateError", "EvalError", "RangeError"],
  ...["ReferenceError", "SuppressedError", "SyntaxError", "TypeError", "URIError", "Iterator"],
].map((name) => `${name}.prototype`);

/** A realm that is locked. */
export interface Realm {
  /**
   * Begins a job.
   *
   * @param links Paths of its data files, and those that they are read by.
   */
  begin(links: [path: string, link: string][]): void;
  /** Whether nothing that the job began may go on, and the realm is as it was before it. */
  isUntouched(): boolean;
}

/**
 * Locks the realm.
 *
 * @param print Takes what the formula prints from then on.
 * @param library What formulas share beside the language: the library's modules.
 * @throws Error where something that is not on the list can't be taken away.
 */
export function lockDown(print: Print, library: readonly object[]): Realm {
  let pending = false;
  const watch: Watch = { pending: () => pending = true, began: 0, links: new Map() };
  const now = performance.now.bind(performance);
  replaceConstructors();
  const owners = [...MEMBERS.keys()].map((name) => [name, ownerOf(name)] as const)
    .filter((entry): entry is [string, object] => entry[1] !== undefined);
  const host = hostGlobals(print, watch);
  guardWebAssembly(watch);
  for (const [name, owner] of owners) keepOnly(name, owner);
  const globals = { ...ofLanguage(owners), ...host, eval: noCodeFromText };
  const overridable = OVERRIDABLE.flatMap((name) => makeOverridable(ownerOf(name)!));
  const shared = [...owners.map(([, owner]) => owner), ...overridable, ...specimens()];
  new Freezer().freezeAll([...shared, ...library, ...Object.values(globals)]);
  const names = replaceGlobals(globals);
  return {
    begin(links) {
      pending = false;
      watch.links = new Map(links);
      watch.began = now();
    },
    isUntouched: () => !pending && hasOnly(names),
  };
}

/** The constructors of functions make none of text. */
function replaceConstructors(): void {
  for (const prototype of functionKinds()) {
    const { constructor } = prototype;
    const guarded = function (): never {
      return noCodeFromText();
    };
    Object.defineProperty(guarded, "name", { value: constructor.name });
    Object.defineProperty(guarded, "prototype", { value: constructor.prototype });
    Object.defineProperty(prototype, "constructor", { value: guarded });
    if (constructor.name === "Function") scope.Function = guarded;
  }
}

function keepOnly(name: string, owner: object): void {
  const members = MEMBERS.get(name)!;
  for (const key of Reflect.ownKeys(owner)) {
    const own = written(key);
    if (members.has(own) || (typeof owner === "function" && OF_FUNCTIONS.has(own))) continue;
    if (!Reflect.deleteProperty(owner, key)) {
      throw new Error(`${name} has ${own}, which is not allowed, and can't be taken away`);
    }
  }
}

/** Globals of the language, by name. */
function ofLanguage(owners: readonly (readonly [string, object])[]): Record<string, unknown> {
  const globals: Record<string, unknown> = {};
  for (const [name, owner] of owners) if (!/[.%]/.test(name)) globals[name] = owner;
  for (const name of FREE) globals[name] = scope[name];
  return globals;
}

/**
 * Turns a prototype's members into accessors, so that they are not writable and an object that
 * inherits them may yet have its own by assignment, as `point.toString = …` in strict code.
 *
 * @returns The members' values, which no property leads to any more.
 */
function makeOverridable(prototype: object): unknown[] {
  const values: unknown[] = [];
  for (const name of Reflect.ownKeys(prototype)) {
    const { value, writable, configurable } = Reflect.getOwnPropertyDescriptor(prototype, name)!;
    if (!writable || !configurable) continue;
    values.push(value);
    Object.defineProperty(prototype, name, {
      get: () => value,
      set(this: object, own: unknown) {
        if (this === prototype) throw new TypeError(`${String(name)} can't be changed`);
        Object.defineProperty(this, name, {
          value: own,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      },
      configurable: false,
    });
  }
  return values;
}

/** Freezes objects, and all that is reached from them without running any getter. */
class Freezer {
  readonly #seen = new Set<object>();
  readonly #waiting: object[] = [];

  freezeAll(roots: readonly unknown[]): void {
    for (const root of roots) this.#add(root);
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) {
      this.#add(Object.getPrototypeOf(next));
      for (const name of Reflect.ownKeys(next)) {
        const { value, get, set } = Reflect.getOwnPropertyDescriptor(next, name)!;
        this.#add(value);
        this.#add(get);
        this.#add(set);
      }
      if (!ArrayBuffer.isView(next)) Object.freeze(next);
    }
  }

  #add(value: unknown): void {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
    if (this.#seen.has(value) || value === scope) return;
    this.#seen.add(value);
    this.#waiting.push(value);
  }
}

/** Puts the realm's names in place of all that the global object has; gives the names it has then. */
function replaceGlobals(globals: Record<string, unknown>): ReadonlySet<PropertyKey> {
  const { ownKeys, deleteProperty, defineProperty, setPrototypeOf } = Reflect;
  const { freeze, entries, prototype } = Object;
  const all = freeze({ ...globals });
  const own = entries({ ...globals, globalThis: all, self: all });
  const kept = new Set<PropertyKey>();
  for (const key of ownKeys(scope)) if (!deleteProperty(scope, key)) kept.add(key);
  setPrototypeOf(scope, prototype);
  for (const [name, value] of own) {
    if (kept.has(name)) continue;
    defineProperty(scope, name, { value });
  }
  // The host tells the global object of what is thrown outside of calls.
  defineProperty(scope, "dispatchEvent", { value: freeze(() => true) });
  return new Set(ownKeys(scope));
}

function hasOnly(names: ReadonlySet<PropertyKey>): boolean {
  const keys = Reflect.ownKeys(scope);
  return keys.length === names.size && keys.every((key) => names.has(key));
}
