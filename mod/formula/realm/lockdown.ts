/**
 * Reduces a formula's realm to the list of `permits.ts` and freezes it, before the formula runs. The code that reads
 * the formula's data and sends its results shares the realm, and must be able to trust `Array.prototype.map`. The next
 * job must find the realm unchanged. The idea comes from Hardened JavaScript (the SES proposal of ECMA TC39).
 *
 * A formula can't reach the global object: the names of the realm are constants, `globalThis` is a frozen record of
 * them, and modules are strict code, in which `this` is never the global object.
 */
import { guardWebAssembly, hostGlobals, noCodeFromText, type Print, type Watch } from "./host.ts";
import { functionKinds, ownerOf, segmentOwners, specimens } from "./intrinsics.ts";
import { FREE, MEMBERS, written } from "./permits.ts";

/** The global object; no name leads to it when the realm is locked. */
const scope = globalThis as unknown as Record<PropertyKey, unknown>;

/** Own members of every function. */
const OF_FUNCTIONS: ReadonlySet<string> = new Set(["length", "name", "prototype"]);

/** Prototypes whose members the objects of a formula may override by assignment. */
const OVERRIDABLE = [
  ...["Object", "Function", "Error", "AggregateError", "EvalError", "RangeError"],
  ...["ReferenceError", "SuppressedError", "SyntaxError", "TypeError", "URIError", "Iterator"],
].map((name) => `${name}.prototype`);

/** A locked realm. */
export interface Realm {
  /**
   * Begins a job.
   *
   * @param links Paths of its data files, and the paths by which they are read instead.
   */
  begin(links: [path: string, link: string][]): void;
  /** Whether the job has left no pending work and has not changed the realm. */
  isUntouched(): boolean;
}

/**
 * Locks the realm.
 *
 * @param print Gets what the formula prints.
 * @param library The modules of the library, which formulas share.
 * @throws Error when a member that is not on the list can't be removed
 */
export function lockDown(print: Print, library: readonly object[]): Realm {
  let pending = false;
  const watch: Watch = { pending: () => pending = true, began: 0, links: new Map() };
  const now = performance.now.bind(performance);
  replaceConstructors();
  lockSegmentsLate();
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

/** Replaces the constructors of functions by ones that throw. */
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

/**
 * Locks what only segments of a text lead to when a formula first makes some: to make them takes 9 ms, as the first of
 * all that depends on a language.
 */
function lockSegmentsLate(): void {
  const { prototype } = Intl.Segmenter;
  const { segment } = prototype;
  let locked = false;
  const guarded = {
    segment(this: Intl.Segmenter, text: string): Intl.Segments {
      const segments = Reflect.apply(segment, this, [text]);
      if (!locked) {
        const owners = segmentOwners(segments);
        for (const [name, owner] of owners) keepOnly(name, owner);
        new Freezer().freezeAll(owners.map(([, owner]) => owner));
        locked = true;
      }
      return segments;
    },
  };
  Object.defineProperty(prototype, "segment", { value: guarded.segment });
}

/** Removes all members of an owner that are not on its list. */
function keepOnly(name: string, owner: object): void {
  const members = MEMBERS.get(name)!;
  for (const key of Reflect.ownKeys(owner)) {
    const own = written(key);
    if (members.has(own) || (typeof owner === "function" && OF_FUNCTIONS.has(own))) continue;
    if (!Reflect.deleteProperty(owner, key)) {
      throw new Error(`${name} has ${own}, which is not allowed, and can't be removed`);
    }
  }
}

/** The language's globals, by name. */
function ofLanguage(owners: readonly (readonly [string, object])[]): Record<string, unknown> {
  const globals: Record<string, unknown> = {};
  for (const [name, owner] of owners) if (!/[.%]/.test(name)) globals[name] = owner;
  for (const name of FREE) globals[name] = scope[name];
  return globals;
}

/**
 * Turns the members of a prototype into accessors. They can't be changed, but an object that inherits them can
 * still get its own by assignment, as in `point.toString = …`.
 *
 * @returns The members' values, to which no property leads afterwards.
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

/** Freezes objects and everything reachable from them, without running getters. */
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
      if (ArrayBuffer.isView(next)) continue;
      if (OF_ARRAYS.has(next)) freezeAsPrototype(next);
      else Object.freeze(next);
    }
  }

  #add(value: unknown): void {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
    if (this.#seen.has(value) || value === scope) return;
    this.#seen.add(value);
    this.#waiting.push(value);
  }
}

/** What arrays inherit from. */
const OF_ARRAYS: ReadonlySet<object> = new Set([Array.prototype, Object.prototype]);

/**
 * Freezes what arrays inherit from. After `Object.freeze`, V8 takes it for something that may have read-only elements,
 * and looks there whenever a formula puts something into a hole of an array: 50 ns instead of 1. Of what is sealed it
 * knows better, if the object is a quick prototype when it is sealed.
 */
function freezeAsPrototype(prototype: object): void {
  for (const name of Reflect.ownKeys(prototype)) {
    if ("value" in Reflect.getOwnPropertyDescriptor(prototype, name)!) {
      Object.defineProperty(prototype, name, { writable: false, configurable: false });
    }
  }
  Object.create(prototype);
  Object.seal(prototype);
  if (!Object.isFrozen(prototype)) throw new Error("what arrays inherit from can't be frozen");
}

/** Replaces all properties of the global object by the realm's names; returns the names that it has then. */
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
  // The host dispatches an event for what is thrown outside of calls.
  defineProperty(scope, "dispatchEvent", { value: freeze(() => true) });
  return new Set(ownKeys(scope));
}

/** Whether the global object has exactly these names. */
function hasOnly(names: ReadonlySet<PropertyKey>): boolean {
  const keys = Reflect.ownKeys(scope);
  return keys.length === names.size && keys.every((key) => names.has(key));
}
