/**
 * Takes from a formula's realm what reaches beyond it, and makes what is left unchangeable, before any
 * of the formula runs: the code that reads its data and hands over its results shares the realm, and
 * must be able to trust `Array.prototype.map`. The idea is that of Hardened JavaScript (the SES proposal
 * of ECMA TC39).
 */

import { withMicrotasks } from "./turn.ts";

/** Globals that lead to other realms, to storage, or to Node's internals. */
const REMOVED = [
  "Worker",
  "BroadcastChannel",
  "caches",
  "Cache",
  "CacheStorage",
  "localStorage",
  "sessionStorage",
  "Storage",
  "WebSocket",
  "EventSource",
  "alert",
  "confirm",
  "prompt",
  "require",
  "process",
  "global",
  "onmessage",
  "reportError",
  "on",
  "once",
  "off",
  "emit",
  "addListener",
  "removeListener",
  "removeAllListeners",
  "setMaxListeners",
  "getMaxListeners",
  "eventNames",
  "listenerCount",
  "ref",
  "unref",
];

/** Members of the console that print the values they are given. */
const PRINTING = ["log", "info", "debug", "warn", "error", "trace", "dir", "dirxml", "table"];

/** Members of `Deno` that concern the whole process. */
const REMOVED_OF_DENO = ["chdir", "umask", "addSignalListener", "removeSignalListener", "kill"];

/** Prototypes whose members a formula's own objects may override by assignment. */
const OVERRIDABLE = [
  Object.prototype,
  Function.prototype,
  Error.prototype,
  TypeError.prototype,
  RangeError.prototype,
  SyntaxError.prototype,
  EvalError.prototype,
  ReferenceError.prototype,
  URIError.prototype,
  // Node's layer gives ports members of their own.
  EventTarget.prototype,
  MessagePort.prototype,
];

/** Prints a line in place of the console. */
type Print = (...values: unknown[]) => void;

/** Locks the realm down. What the formula prints from then on goes to `print`. */
export function lockDown(print: Print): void {
  const scope = globalThis as unknown as Record<PropertyKey, unknown>;
  for (const name of REMOVED) remove(scope, name);
  const deno = Deno as unknown as Record<PropertyKey, unknown>;
  remove(deno, (Deno as unknown as { internal: symbol }).internal);
  for (const name of REMOVED_OF_DENO) remove(deno, name);
  deno.exit = refuseToEnd;
  scope.close = refuseToEnd;
  scope.postMessage = () => {}; // nobody listens
  scope.self = globalThis;
  redirectConsole(print);
  guardCodeFromText(scope);
  guardTimers(scope);
  for (const prototype of OVERRIDABLE) makeOverridable(prototype);
  new Freezer().freezeAll([scope, ...hiddenIntrinsics()]);
  for (const name of Object.getOwnPropertyNames(scope)) fix(scope, name);
}

/** What prints values prints them to the log; the rest of the console keeps silent. */
function redirectConsole(print: Print): void {
  const members = console as unknown as Record<string, unknown>;
  for (const [name, member] of Object.entries(members)) {
    if (typeof member === "function") members[name] = PRINTING.includes(name) ? print : () => {};
  }
}

function refuseToEnd(): never {
  throw new Error("a formula can't end its worker: return or throw instead");
}

function remove(scope: Record<PropertyKey, unknown>, name: PropertyKey): void {
  for (let owner: object | null = scope; owner; owner = Object.getPrototypeOf(owner)) {
    if (Object.hasOwn(owner, name) && !Reflect.deleteProperty(owner, name)) {
      Object.defineProperty(owner, name, { value: undefined });
    }
  }
}

/**
 * Code that is made from text may not import: the modules of a formula are known before it runs. The
 * word `import` can't be written in any other way (ECMA-262, section 12.7.2).
 */
function guardCodeFromText(scope: Record<PropertyKey, unknown>): void {
  const asText = (parts: unknown[]): string[] => {
    const texts = parts.map(String);
    if (texts.some((text) => /import/.test(text))) {
      throw new SyntaxError("code that is made from text can't import");
    }
    return texts;
  };
  for (const { constructor } of functionKinds()) {
    const guarded = function (...parts: unknown[]) {
      return Reflect.construct(constructor, asText(parts), new.target ?? constructor);
    };
    Object.defineProperty(guarded, "name", { value: constructor.name });
    Object.defineProperty(guarded, "prototype", { value: constructor.prototype });
    Object.defineProperty(constructor.prototype, "constructor", { value: guarded });
    if (constructor === Function) scope.Function = guarded;
  }
  const evaluate = scope.eval as (text: string) => unknown;
  scope.eval = (text: unknown) => typeof text === "string" ? evaluate(asText([text])[0]!) : text;
}

/** Timers of text would be code from text, too; callbacks run as {@linkcode withMicrotasks} says. */
function guardTimers(scope: Record<PropertyKey, unknown>): void {
  for (const name of ["setTimeout", "setInterval"]) {
    const original = scope[name] as (...args: unknown[]) => unknown;
    scope[name] = (callback: unknown, ...args: unknown[]) => {
      if (typeof callback !== "function") throw new TypeError(`${name} needs a function`);
      const step = (...values: unknown[]) => withMicrotasks(() => callback(...values));
      return original(step, ...args);
    };
  }
}

// deno-lint-ignore ban-types
function functionKinds(): { constructor: Function }[] {
  return [
    function () {},
    async function () {},
    function* () {},
    async function* () {},
  ].map((kind) => Object.getPrototypeOf(kind));
}

/** Objects that no global names. */
function hiddenIntrinsics(): object[] {
  const iterators = [
    [][Symbol.iterator](),
    new Map()[Symbol.iterator](),
    new Set()[Symbol.iterator](),
    ""[Symbol.iterator](),
    "".matchAll(/a/g),
    Iterator.from({ next: () => ({ done: true, value: 0 }) }),
    [].values().map((value) => value),
    (function* () {})(),
    (async function* () {})(),
  ];
  return [
    ...functionKinds(),
    ...iterators.map((iterator) => Object.getPrototypeOf(iterator)),
    Object.getPrototypeOf(Uint8Array),
    Reflect.getOwnPropertyDescriptor(function () {}.prototype, "constructor")?.value,
  ];
}

/**
 * Turns a prototype's members into accessors, so that they are not writable and an object that
 * inherits them may yet have its own by assignment, as `point.toString = …` in strict code.
 */
function makeOverridable(prototype: object): void {
  for (const name of Reflect.ownKeys(prototype)) {
    const { value, writable, configurable } = Reflect.getOwnPropertyDescriptor(prototype, name)!;
    if (!writable || !configurable) continue;
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
}

/**
 * Freezes namespaces (`Math`, `Deno`), functions and prototypes, and all of these that are reached from
 * them without running any getter. Other objects, such as a queue that a class keeps, are left alone.
 */
class Freezer {
  readonly #seen = new Set<object>();
  readonly #waiting: object[] = [];

  freezeAll(roots: object[]): void {
    for (const root of roots) this.#add(root);
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) {
      this.#visit(next);
      if (next === globalThis) continue; // new globals are the formula's own affair
      if (next === Error) fixAllBut(next, "stackTraceLimit");
      else if (!ArrayBuffer.isView(next)) Object.freeze(next);
    }
  }

  #add(value: unknown): void {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
    if (this.#seen.has(value)) return;
    this.#seen.add(value);
    this.#waiting.push(value);
  }

  #visit(owner: object): void {
    this.#add(Object.getPrototypeOf(owner));
    const isNamespace = owner === globalThis || owner === Deno;
    for (const name of Reflect.ownKeys(owner)) {
      const { value, get, set } = Reflect.getOwnPropertyDescriptor(owner, name)!;
      if (typeof value === "function" || name === "prototype" || isNamespace) this.#add(value);
      this.#add(get);
      this.#add(set);
    }
  }
}

/** Like freezing, but for one member: Node's own modules set it around their errors. */
function fixAllBut(owner: object, member: string): void {
  for (const name of Reflect.ownKeys(owner)) if (name !== member) fix(owner, name);
  Object.preventExtensions(owner);
}

/** Makes a member unchangeable; what is computed by a getter stays as it is. */
function fix(owner: object, name: PropertyKey): void {
  const member = Reflect.getOwnPropertyDescriptor(owner, name)!;
  if (!("value" in member) || !member.configurable) return;
  Object.defineProperty(owner, name, { writable: false, configurable: false });
}
