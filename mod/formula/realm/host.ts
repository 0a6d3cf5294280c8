/**
 * What a formula may have of its host, made anew from plain functions: nothing leads from them to the host's own
 * objects. Whatever may go on after a call has returned is noted: a realm in which it was used serves no other job.
 */
import { withMicrotasks } from "./turn.ts";

/** Prints a line in place of the console. */
export type Print = (...values: unknown[]) => void;

/** What is noted of a realm while a formula runs in it. */
export interface Watch {
  /** Something was begun that may go on after the job. */
  pending(): void;
  /** When the job began, as `performance.now` counts. */
  began: number;
  /** Paths that the job's data files are read by where they are not their own. */
  links: ReadonlyMap<string, string>;
}

// deno-lint-ignore no-explicit-any
type AnyFunction = (...args: any[]) => any;

/** Members of the console that print the values they are given; the others keep silent. */
const PRINTING = ["log", "info", "debug", "warn", "error", "trace", "dir", "dirxml", "table"];
const SILENT = [
  ...["assert", "clear", "count", "countReset", "group", "groupCollapsed", "groupEnd"],
  ...["time", "timeEnd", "timeLog"],
];

/** Members of `crypto.subtle`, each of which works beside the thread. */
const SUBTLE = [
  ...["decrypt", "deriveBits", "deriveKey", "digest", "encrypt", "exportKey", "generateKey"],
  ...["importKey", "sign", "unwrapKey", "verify", "wrapKey"],
] as const;

/** What of `Deno` reads files, where the formula's worker may. */
const READING = ["readTextFileSync", "readFileSync", "statSync", "lstatSync"] as const;
const READING_BESIDE = ["readTextFile", "readFile", "stat", "lstat"] as const;

/** Globals of the host, by name. */
export function hostGlobals(print: Print, watch: Watch): Record<string, unknown> {
  const beside = (work: AnyFunction): AnyFunction => (...args) => {
    watch.pending();
    return work(...args);
  };
  return {
    console: record([
      ...PRINTING.map((name) => [name, (...values: unknown[]) => print(...values)] as const),
      ...SILENT.map((name) => [name, () => {}] as const),
    ]),
    crypto: cryptography(beside),
    performance: clock(watch),
    Deno: files(watch, beside),
    ...timers(watch),
    close: refuseToEnd,
    postMessage: () => {}, // nobody listens
  };
}

/** The asynchronous members of WebAssembly, of which only the compiling ones are let in. */
export function guardWebAssembly(watch: Watch): void {
  const namespace = WebAssembly as unknown as Record<string, AnyFunction>;
  for (const name of ["compile", "instantiate"]) {
    const original = namespace[name]!;
    namespace[name] = (...args) => {
      watch.pending();
      return original(...args);
    };
  }
}

/** Code can't be made of text: the modules of a formula are known before it runs. */
export function noCodeFromText(): never {
  throw new EvalError("code can't be made from text in a formula: write it into a module");
}

function cryptography(beside: (work: AnyFunction) => AnyFunction): object {
  const { subtle } = crypto;
  const getRandomValues = crypto.getRandomValues.bind(crypto) as AnyFunction;
  const randomUUID = crypto.randomUUID.bind(crypto);
  return record([
    ["getRandomValues", (array: unknown) => getRandomValues(array)],
    ["randomUUID", () => randomUUID()],
    [
      "subtle",
      record(SUBTLE.map((name) => [name, beside((subtle[name] as AnyFunction).bind(subtle))])),
    ],
  ]);
}

/** Milliseconds since the job began: how long the thread has lived is no affair of a formula's. */
function clock(watch: Watch): object {
  const now = performance.now.bind(performance);
  return record([["now", () => now() - watch.began]]);
}

function files(watch: Watch, beside: (work: AnyFunction) => AnyFunction): object {
  const deno = Deno as unknown as Record<string, AnyFunction>;
  const reader = (name: string): AnyFunction => {
    const read = deno[name]!, follow = deno[name.replace("lstat", "stat")]!;
    return (path: unknown, ...rest: unknown[]) => {
      const link = watch.links.get(path instanceof URL ? pathOf(path) : path as string);
      return link === undefined ? read(path, ...rest) : follow(link, ...rest);
    };
  };
  const { readDirSync } = Deno;
  return record([
    ...READING.map((name) => [name, reader(name)] as const),
    ...READING_BESIDE.map((name) => [name, beside(reader(name))] as const),
    ["readDirSync", (path: string | URL) => [...readDirSync(path)].values()],
    // The host's own functions look here for the kind of paths there are.
    ["build", record([["os", Deno.build.os]])],
    ["errors", record(Object.entries(Deno.errors))],
    ["exit", refuseToEnd],
  ]);
}

function pathOf(url: URL): string {
  return url.protocol === "file:" ? decodeURIComponent(url.pathname) : url.href;
}

function timers(watch: Watch): Record<string, AnyFunction> {
  const made = new Map<number, unknown>();
  let last = 0;
  const starter = (name: "setTimeout" | "setInterval"): AnyFunction => {
    const start = globalThis[name] as AnyFunction;
    return (callback: unknown, delay?: unknown, ...args: unknown[]) => {
      if (typeof callback !== "function") throw new TypeError(`${name} needs a function`);
      watch.pending();
      made.set(++last, start(() => withMicrotasks(() => callback(...args)), Number(delay ?? 0)));
      return last;
    };
  };
  const ender = (name: "clearTimeout" | "clearInterval"): AnyFunction => {
    const end = globalThis[name] as AnyFunction;
    return (id: unknown) => {
      const timer = made.get(id as number);
      made.delete(id as number);
      if (timer !== undefined) end(timer);
    };
  };
  return {
    setTimeout: starter("setTimeout"),
    setInterval: starter("setInterval"),
    clearTimeout: ender("clearTimeout"),
    clearInterval: ender("clearInterval"),
  };
}

function refuseToEnd(): never {
  throw new Error("a formula can't end its worker: return or throw instead");
}

/** An object of these members that inherits nothing but what all objects do. */
function record(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  return Object.fromEntries(entries);
}
