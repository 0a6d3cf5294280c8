/**
 * The host objects that a formula may use. They are built from plain functions, so that nothing leads from them to
 * the host's own objects. Work that may continue after a call has returned is reported: a realm that has started such
 * work runs no other job.
 */
import { withMicrotasks } from "./turn.ts";

/** Prints a line instead of the console. */
export type Print = (...values: unknown[]) => void;

/** The state of a realm while a formula runs in it. */
export interface Watch {
  /** Reports that work was started that may continue after the job. */
  pending(): void;
  /** When the job began, in milliseconds of `performance.now`. */
  began: number;
  /** Paths of the job's data files, and the paths by which they are read instead. */
  links: ReadonlyMap<string, string>;
}

// deno-lint-ignore no-explicit-any
type AnyFunction = (...args: any[]) => any;

/** Members of the console that print their arguments; the others do nothing. */
const PRINTING = ["log", "info", "debug", "warn", "error", "trace", "dir", "dirxml", "table"];
const SILENT = [
  ...["assert", "clear", "count", "countReset", "group", "groupCollapsed", "groupEnd"],
  ...["time", "timeEnd", "timeLog"],
];

/** Members of `crypto.subtle`, all of which are asynchronous. */
const SUBTLE = [
  ...["decrypt", "deriveBits", "deriveKey", "digest", "encrypt", "exportKey", "generateKey"],
  ...["importKey", "sign", "unwrapKey", "verify", "wrapKey"],
] as const;

/** Members of `Deno` that read files, as far as the worker's permissions allow. */
const READING = ["readTextFileSync", "readFileSync", "statSync", "lstatSync"] as const;
const READING_ASYNC = ["readTextFile", "readFile", "stat", "lstat"] as const;

/** The host's globals, by name. */
export function hostGlobals(print: Print, watch: Watch): Record<string, unknown> {
  const asynchronous = (work: AnyFunction): AnyFunction => (...args) => {
    watch.pending();
    return work(...args);
  };
  return {
    console: record([
      ...PRINTING.map((name) => [name, (...values: unknown[]) => print(...values)] as const),
      ...SILENT.map((name) => [name, () => {}] as const),
    ]),
    crypto: cryptography(asynchronous),
    performance: clock(watch),
    Deno: files(watch, asynchronous),
    ...timers(watch),
    close: refuseToEnd,
    postMessage: () => {}, // nothing listens
  };
}

/** Reports the use of WebAssembly's asynchronous members; the realm has only those that compile. */
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

/**
 * Takes the place of `eval` and of the function constructors: the modules of a formula are known before it runs.
 *
 * @throws EvalError always
 */
export function noCodeFromText(): never {
  throw new EvalError("code can't be made from text in a formula: write it into a module");
}

function cryptography(asynchronous: (work: AnyFunction) => AnyFunction): object {
  const { subtle } = crypto;
  const getRandomValues = crypto.getRandomValues.bind(crypto) as AnyFunction;
  const randomUUID = crypto.randomUUID.bind(crypto);
  return record([
    ["getRandomValues", (array: unknown) => getRandomValues(array)],
    ["randomUUID", () => randomUUID()],
    [
      "subtle",
      record(
        SUBTLE.map((name) => [name, asynchronous((subtle[name] as AnyFunction).bind(subtle))]),
      ),
    ],
  ]);
}

/** A clock of milliseconds since the job began; it doesn't reveal the age of the thread. */
function clock(watch: Watch): object {
  const now = performance.now.bind(performance);
  return record([["now", () => now() - watch.began]]);
}

function files(watch: Watch, asynchronous: (work: AnyFunction) => AnyFunction): object {
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
    ...READING_ASYNC.map((name) => [name, asynchronous(reader(name))] as const),
    ["readDirSync", (path: string | URL) => [...readDirSync(path)].values()],
    // The host's own functions read the kind of paths from here.
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

/** A plain object with these members. */
function record(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  return Object.fromEntries(entries);
}
