/** Formulas that try what they may not, and what must become of their jobs. */

/** A formula, and how its job may end. */
export interface Attack {
  formula: string;
  /** Codes of the reply, one of them; "complete" for the honest result. */
  ends: string[];
  /** What the message says. */
  message?: RegExp;
  limits?: Record<string, number>;
  /** It never ends by itself: a time limit has to end it. */
  endless?: true;
}

const U = "({ u: c.u.slice() })";

/** Runs a step in `map` and then answers honestly. */
const tries = (step: string): string => `export async function map(c) { ${step}; return ${U}; }`;
const MEMORY = { MemoryBytes: 700e6 };

/** What is said of what the realm does not have. */
const ABSENT = /is not (a function|defined|a constructor)|of undefined/;

/** What a formula may try, by what it does. */
export const ATTACKS: Record<string, Attack> = {
  "loops for ever": { formula: tries("for (;;);"), ends: ["FORMULA_TIMEOUT"], endless: true },
  "loops for ever while it is imported": {
    formula: `for (;;); ${tries("")}`,
    ends: ["FORMULA_TIMEOUT"],
    endless: true,
  },
  "never settles while it is imported": {
    formula: `await new Promise(() => {}); ${tries("")}`,
    ends: ["FORMULA_TIMEOUT"],
    endless: true,
  },
  "starves the event loop with microtasks": {
    formula: tries(
      "await new Promise(() => { const again = () => { queueMicrotask(again); }; again(); })",
    ),
    ends: ["FORMULA_TIMEOUT"],
    endless: true,
  },
  "waits for what nobody does": {
    formula: tries("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"),
    ends: ["FORMULA_TIMEOUT", "FORMULA_FAILED"],
    endless: true,
  },
  "is a promise itself": {
    formula: `export function then() {} ${tries("")}`,
    ends: ["FORMULA_TIMEOUT", "FORMULA_INVALID"],
    endless: true,
  },
  "fills the heap with objects": {
    formula: tries("const kept = []; for (;;) kept.push({ x: kept.length, y: [1, 2, 3] })"),
    ends: ["OUT_OF_MEMORY"],
    limits: { HeapBytes: 200e6 },
  },
  "fills the heap after it has waited": {
    formula: tries(`await new Promise((go) => setTimeout(go, 5));
      const kept = []; for (;;) kept.push(new Array(1000).fill(Math.random()))`),
    ends: ["OUT_OF_MEMORY"],
    limits: { HeapBytes: 200e6 },
  },
  "fills memory with array buffers": {
    formula: tries("const kept = []; for (;;) kept.push(new Float64Array(1e7).fill(1))"),
    ends: ["OUT_OF_MEMORY"],
    limits: MEMORY,
  },
  "fills memory with shared array buffers": {
    formula: tries(`const kept = [];
      for (;;) kept.push(new Uint8Array(new SharedArrayBuffer(1e7)).fill(1))`),
    ends: ["OUT_OF_MEMORY"],
    limits: MEMORY,
  },
  "fills memory with WebAssembly": {
    formula: tries(`const kept = []; for (;;) {
      const memory = new WebAssembly.Memory({ initial: 1024 });
      new Uint8Array(memory.buffer).fill(1); kept.push(memory); }`),
    ends: ["OUT_OF_MEMORY", "FORMULA_FAILED"],
    limits: MEMORY,
  },
  "asks for more than there is": {
    formula: tries("new ArrayBuffer(2 ** 50)"),
    ends: ["FORMULA_FAILED", "OUT_OF_MEMORY"],
    message: /RangeError|one larger block/,
  },
  "recurses without end": {
    formula: tries("const deeper = (n) => deeper(n + 1) + 1; deeper(0)"),
    ends: ["FORMULA_FAILED"],
    message: /RangeError/,
  },
  "reads a file outside of its folder": {
    formula: tries(`Deno.readTextFileSync("/etc/passwd")`),
    ends: ["FORMULA_FAILED"],
    message: /NotCapable/,
  },
  "reads through a link out of its folder": {
    formula: tries(`Deno.readTextFileSync(new URL("link", import.meta.url))`),
    ends: ["FORMULA_FAILED"],
    message: /NotCapable/,
  },
  "lists a folder above its own": {
    formula: tries(`[...Deno.readDirSync(new URL("..", import.meta.url))]`),
    ends: ["FORMULA_FAILED"],
    message: /NotCapable/,
  },
  "writes into its own folder": {
    formula: tries(`Deno.writeTextFileSync(new URL("left", import.meta.url), "x")`),
    ends: ["FORMULA_FAILED"],
    message: ABSENT,
  },
  "makes a temporary file": {
    formula: tries(`Deno.makeTempFileSync()`),
    ends: ["FORMULA_FAILED"],
    message: ABSENT,
  },
  "connects": {
    formula: tries(`await Deno.connect({ hostname: "127.0.0.1", port: 9 })`),
    ends: ["FORMULA_FAILED"],
    message: ABSENT,
  },
  "connects to a unix socket": {
    formula: tries(`await Deno.connect({ transport: "unix", path: "/tmp/socket" })`),
    ends: ["FORMULA_FAILED"],
  },
  "listens": {
    formula: tries(`Deno.listen({ port: 0 })`),
    ends: ["FORMULA_FAILED"],
    message: ABSENT,
  },
  "fetches": {
    formula: tries(`await fetch("http://127.0.0.1:9/")`),
    ends: ["FORMULA_FAILED"],
    message: ABSENT,
  },
  "fetches a file": {
    formula: tries(`await (await fetch("file:///etc/passwd")).text()`),
    ends: ["FORMULA_FAILED"],
  },
  "opens a web socket": {
    formula: tries(`new WebSocket("ws://127.0.0.1:9/")`),
    ends: ["FORMULA_FAILED"],
  },
  "reads the environment": {
    formula: tries(`Deno.env.get("HOME")`),
    ends: ["FORMULA_FAILED"],
    message: ABSENT,
  },
  "asks for the machine": {
    formula: tries(`Deno.hostname()`),
    ends: ["FORMULA_FAILED"],
    message: ABSENT,
  },
  "starts a process": {
    formula: tries(`await new Deno.Command("id").output()`),
    ends: ["FORMULA_FAILED"],
    message: ABSENT,
  },
  "signals a process": {
    formula: tries(`Deno.kill(1, "SIGTERM")`),
    ends: ["FORMULA_FAILED"],
  },
  "loads a native library": {
    formula: tries(`Deno.dlopen("libc.so.6", {})`),
    ends: ["FORMULA_FAILED"],
  },
  "changes the process's folder and mask": {
    formula: tries(`Deno.chdir("/"); Deno.umask(0o777)`),
    ends: ["FORMULA_FAILED"],
  },
  "asks for a permission": {
    formula: tries(
      `const { state } = await Deno.permissions.request({ name: "read", path: "/etc" });
      if (state !== "granted") throw new Error("refused")`,
    ),
    ends: ["FORMULA_FAILED"],
    message: ABSENT,
  },
  "ends its worker by Deno.exit": {
    formula: tries("Deno.exit(0)"),
    ends: ["FORMULA_FAILED"],
    message: /can't end its worker/,
  },
  "closes its worker": {
    formula: tries("self.close(); globalThis.close()"),
    ends: ["FORMULA_FAILED"],
    message: /can't end its worker/,
  },
  "throws outside of any call": {
    formula: tries(`setTimeout(() => { throw new Error("late") }); await new Promise(() => {})`),
    ends: ["FORMULA_FAILED"],
    message: /late/,
  },
  "leaves a rejection unhandled": {
    formula: tries(`Promise.reject(new Error("nobody cares")); await new Promise(() => {})`),
    ends: ["FORMULA_FAILED"],
    message: /nobody cares/,
  },
  "starts a worker of its own": {
    formula: tries(`new Worker("data:text/javascript,", { type: "module" })`),
    ends: ["FORMULA_FAILED"],
  },
  "imports Node's threads": {
    formula: `import { Worker } from "node:worker_threads"; ${tries("new Worker('x')")}`,
    ends: ["FORMULA_FAILED"],
    message: /Node's modules/,
  },
  "imports Node's process later": {
    formula: tries(`(await import("node:process")).default.exit()`),
    ends: ["FORMULA_FAILED"],
    message: /Node's modules/,
  },
  "imports by a computed name": {
    formula: tries(`await import("node:" + "fs")`),
    ends: ["FORMULA_INVALID"],
    message: /name its file/,
  },
  "imports from code made of text": {
    formula: tries(`await new Function("return import('node:fs')")()`),
    ends: ["FORMULA_FAILED"],
    message: /can't be made from text/,
  },
  "imports from the code of a function's constructor": {
    formula: tries(`await (async () => {}).constructor("return import('node:fs')")()`),
    ends: ["FORMULA_FAILED"],
    message: /can't be made from text/,
  },
  "imports from evaluated text": {
    formula: tries(`await (0, eval)("import('node:fs')")`),
    ends: ["FORMULA_FAILED"],
    message: /can't be made from text/,
  },
  "imports from a text that changes its mind": {
    formula: tries(`let asked = 0;
      const text = { toString: () => asked++ ? "return import('node:fs')" : "return 1" };
      if (new Function(text)() !== 1) throw new Error("imported")`),
    ends: ["FORMULA_FAILED"],
    message: /can't be made from text/,
  },
  "imports from a timer's text": {
    formula: tries(`setTimeout("import('node:fs')")`),
    ends: ["FORMULA_FAILED"],
    message: /needs a function/,
  },
  "imports what the lexer doesn't see": {
    formula: `const text = "import('node:fs')"; ${tries("text")}`,
    ends: ["FORMULA_INVALID", "complete"],
  },
  "imports a package": {
    formula: tries(`await import("npm:is-number@7")`),
    ends: ["FORMULA_INVALID"],
  },
  "imports a blob": {
    formula: `export * from "data:text/javascript,export const map = 1";`,
    ends: ["FORMULA_INVALID"],
  },
  "looks for Node's globals": {
    formula: tries(`if (typeof process + typeof require + typeof global !== "undefined".repeat(3)) {
      throw new Error("found") }`),
    ends: ["complete"],
  },
  "looks for Deno's internals": {
    formula: tries(
      `if (Deno[Deno.internal] || Reflect.ownKeys(Deno).some((key) => typeof key === "symbol"
      && key !== Symbol.toStringTag)) throw new Error("found " + Reflect.ownKeys(Deno).map(String))`,
    ),
    ends: ["complete"],
  },
  "patches prototypes": {
    formula: `Array.prototype.push = () => 0; ${tries("")}`,
    ends: ["FORMULA_FAILED"],
    message: /read only|not extensible|can't be changed/,
  },
  "patches prototypes by definition": {
    formula: tries(`Object.defineProperty(Map.prototype, "get", { value: () => 42 })`),
    ends: ["FORMULA_FAILED"],
  },
  "patches the ports": {
    formula: tries(`MessagePort.prototype.postMessage = function (m) { globalThis.port = this; }`),
    ends: ["FORMULA_FAILED"],
  },
  "patches what hides behind iterators": {
    formula: tries(`Object.getPrototypeOf([][Symbol.iterator]()).next = () => ({ done: true })`),
    ends: ["FORMULA_FAILED"],
  },
  "patches typed arrays": {
    formula: tries(`Object.getPrototypeOf(Float64Array.prototype).set = () => {}`),
    ends: ["FORMULA_FAILED"],
  },
  "adds to Object.prototype": {
    formula: tries(`Object.prototype.rows = 7`),
    ends: ["FORMULA_FAILED"],
  },
  "replaces globals": {
    formula: tries(`globalThis.Float64Array = class {}; globalThis.JSON = {}`),
    ends: ["FORMULA_FAILED"],
  },
  "overrides members of its own objects": {
    formula: tries(`const own = {}; own.toString = () => "own"; own.constructor = 1;
      class Own extends Error { constructor() { super(); this.name = "Own"; this.message = "m"; } }
      if (String(own) !== "own" || new Own().name !== "Own") throw new Error("not overridden")`),
    ends: ["complete"],
  },
  "catches stack traces": {
    formula: tries(`Error.prepareStackTrace = (_, calls) => calls; const calls = new Error().stack;
      for (const call of calls) if (call.getThis?.() || call.getFunction?.()) throw new Error("found")`),
    ends: ["complete", "FORMULA_FAILED"],
  },
  "prints what a reply looks like": {
    formula: tries(`console.log('{"type":"done"}');
      Deno.stdout.writeSync(new TextEncoder().encode('\\n{"Response":{"Status":"complete"}}\\n'))`),
    ends: ["FORMULA_FAILED"],
    message: ABSENT,
  },
  "floods the streams": {
    formula: tries(`const b = new Uint8Array(1e6).fill(120);
      for (let k = 0; k < 100; k++) Deno.stdout.writeSync(b);
      for (let k = 0; k < 5; k++) Deno.stderr.writeSync(b)`),
    ends: ["FORMULA_FAILED"],
    message: ABSENT,
  },
  "floods the log": {
    formula: tries(`for (let k = 0; k < 1e5; k++) console.log("x".repeat(5000))`),
    ends: ["complete"],
    limits: { LogBytes: 3000 },
  },
  "opens files without end": {
    formula: tries(
      `const kept = []; for (;;) kept.push(Deno.openSync(new URL("work.js", import.meta.url)))`,
    ),
    ends: ["FORMULA_FAILED"],
    message: ABSENT,
  },
  "prints by every member of the console": {
    formula: tries(`for (const member of Object.values(console)) {
        if (typeof member === "function") member("out of memory");
      }`),
    ends: ["complete"],
  },
  "reads the standard input": {
    formula: tries(`Deno.stdin.readSync(new Uint8Array(10))`),
    ends: ["FORMULA_FAILED"],
    message: ABSENT,
  },
  "posts messages": {
    formula: `self.postMessage({ type: "done", id: 1 }); ${
      tries(`self.postMessage({ type: "ready" })`)
    }`,
    ends: ["complete"],
  },
  "talks to other jobs": {
    formula: tries(`new BroadcastChannel("x").postMessage("hello")`),
    ends: ["FORMULA_FAILED"],
  },
  "stores for later": {
    formula: tries(`localStorage.setItem("x", "1")`),
    ends: ["FORMULA_FAILED"],
  },
  "keeps a cache": {
    formula: tries(`await caches.open("x")`),
    ends: ["FORMULA_FAILED"],
  },
  "opens a database": {
    formula: tries(`await Deno.openKv()`),
    ends: ["FORMULA_FAILED"],
  },
  "returns a proxy that never ends": {
    formula: `export const map = (c) => new Proxy({ u: c.u }, { ownKeys() { for (;;); } });`,
    ends: ["FORMULA_FAILED"],
    message: /Proxy/,
  },
  "returns a proxy deep inside": {
    formula: `export const main = () => [{ deep: new Proxy({}, { ownKeys() { for (;;); } }) }];`,
    ends: ["FORMULA_TIMEOUT"],
    endless: true,
  },
  "returns getters": {
    formula: `export const map = (c) => ({ get u() { return c.u.slice(); } });`,
    ends: ["complete"],
  },
  "returns an array that lies about its length": {
    formula: `export const map = (c) => ({ u: c.u, v: new Proxy([], { get: (_, key) =>
      key === "length" ? c.u.length : 1 }) });`,
    ends: ["FORMULA_FAILED", "complete"],
  },
  "returns lengths that differ": {
    formula: `export const map = (c) => ({ u: c.u, v: c.u.subarray(1) });`,
    ends: ["FORMULA_FAILED"],
    message: /different lengths: "u" has \d+ rows, "v" has \d+/,
  },
  "returns functions": {
    formula: `export const map = (c) => ({ u: () => c.u });`,
    ends: ["FORMULA_FAILED"],
  },
  "returns a detached array": {
    formula:
      `export const map = (c) => { const u = c.u.slice(); u.buffer.transfer(); return { u }; };`,
    ends: ["FORMULA_FAILED", "complete"],
  },
  "returns nesting without end": {
    formula:
      `export function main() { let deep = []; for (let k = 0; k < 1e6; k++) deep = [deep]; return deep; }`,
    ends: ["FORMULA_FAILED"],
  },
  "throws what is no error": {
    formula: tries("throw null"),
    ends: ["FORMULA_FAILED"],
  },
  "throws an error that throws": {
    formula: tries(
      `throw { get message() { throw new Error("again"); }, get stack() { throw 1; } }`,
    ),
    ends: ["FORMULA_FAILED"],
  },
  "claims another code": {
    formula: tries(
      `throw Object.assign(new Error("x"), { name: "ServiceError", code: "INTERNAL" })`,
    ),
    ends: ["FORMULA_FAILED"],
  },
  "returns more than it is allowed": {
    formula: `export const map = (c) => ({ u: c.u.map(Math.random) });`,
    ends: ["TOO_LARGE"],
    limits: { ResultBytes: 100_000 },
  },
  "returns text that is longer than allowed": {
    formula: `export const main = () => "x".repeat(1e6);`,
    ends: ["TOO_LARGE"],
    limits: { ResultBytes: 100_000 },
  },
  "exports getters in a filter": {
    formula: `export const filter = { get n() { throw new Error("got"); } }; ${tries("")}`,
    ends: ["FORMULA_FAILED", "FORMULA_INVALID"],
  },
  "changes its parameters": {
    formula: `export function map(c, { params }) { params.rows.push(1); return ${U}; }`,
    ends: ["FORMULA_FAILED"],
  },
};

/** More of them, careless ones too: each does one thing in the plainest way. */
export const COLLECTION: Record<string, Attack> = {
  "loops for ever in the first call": {
    formula: `export function map() { while (true); }`,
    ends: ["FORMULA_TIMEOUT"],
    endless: true,
  },
  "loops for ever while it is imported": {
    formula: `while (true); export function map(c) { return { u: c.u }; }`,
    ends: ["FORMULA_TIMEOUT"],
    endless: true,
  },
  "never settles while it is imported": {
    formula: `await new Promise(() => {});
export function map(c) { return { u: c.u }; }`,
    ends: ["FORMULA_TIMEOUT"],
    endless: true,
  },
  "starves the event loop with microtasks": {
    formula: `export async function map() { for (;;) await null; }`,
    ends: ["FORMULA_TIMEOUT"],
    endless: true,
  },
  "fills the JS heap": {
    formula:
      `export function map() { const a = []; for (;;) a.push(new Array(1000).fill(Math.random())); }`,
    ends: ["OUT_OF_MEMORY"],
    limits: { HeapBytes: 500e6, MemoryBytes: 1.5e9 },
  },
  "fills memory outside the heap with ArrayBuffers": {
    formula:
      `export function map() { const a = []; for (;;) a.push(new Float64Array(1e7).fill(1)); }`,
    ends: ["OUT_OF_MEMORY"],
    limits: { HeapBytes: 500e6, MemoryBytes: 1.5e9 },
  },
  "grows WebAssembly memories": {
    formula:
      `export function map() { const a = []; for (;;) { const m = new WebAssembly.Memory({ initial: 16384 }); new Uint8Array(m.buffer).fill(1); a.push(m); } }`,
    ends: ["OUT_OF_MEMORY"],
    limits: { HeapBytes: 500e6, MemoryBytes: 1.5e9 },
  },
  "recurses without end": {
    formula: `export function map() { const f = (n) => f(n + 1) + 1; return f(0); }`,
    ends: ["FORMULA_FAILED"],
    message: /RangeError/,
  },
  "reads a file outside its folder": {
    formula:
      `export function map() { return { x: [Deno.readTextFileSync("/etc/passwd").length] }; }`,
    ends: ["FORMULA_FAILED"],
    message: /NotCapable/,
  },
  "writes a file into its own folder": {
    formula:
      `export function map() { Deno.writeTextFileSync(new URL("./owned.txt", import.meta.url), "x"); return { x: [1] }; }`,
    ends: ["FORMULA_FAILED"],
  },
  "connects to the server itself": {
    formula:
      `export async function map() { const c = await Deno.connect({ hostname: "127.0.0.1", port: 27700 }); c.close(); return { x: [1] }; }`,
    ends: ["FORMULA_FAILED"],
  },
  "fetches a URL": {
    formula:
      `export async function map() { await fetch("http://127.0.0.1:27700/"); return { x: [1] }; }`,
    ends: ["FORMULA_FAILED"],
  },
  "reads the environment in two ways": {
    formula:
      `export async function map() { const p = await import("node:process"); return { x: [String(Deno.env.get("HOME") ?? p.default.env.HOME)] }; }`,
    ends: ["FORMULA_FAILED"],
  },
  "starts a process": {
    formula:
      `export async function map() { await new Deno.Command("id").output(); return { x: [1] }; }`,
    ends: ["FORMULA_FAILED"],
  },
  "starts a process through node:child_process": {
    formula: `import { execSync } from "node:child_process";
export function map() { execSync("id"); return { x: [1] }; }`,
    ends: ["FORMULA_FAILED"],
  },
  "calls Deno.exit and process.exit": {
    formula: `export function map() { Deno.exit(0); }`,
    ends: ["FORMULA_FAILED"],
  },
  "closes its own worker without an answer": {
    formula: `export function map() { self.close(); return { x: [1] }; }`,
    ends: ["FORMULA_FAILED"],
  },
  "starts a worker of its own that asks for all permissions": {
    formula:
      `export async function map() { const w = new Worker("data:application/javascript,self.postMessage(Deno.readTextFileSync('/etc/passwd').length)", { type: "module", deno: { permissions: "inherit" } }); const n = await new Promise((ok, no) => { w.onmessage = (e) => ok(e.data); w.onerror = (e) => { e.preventDefault(); no(new Error(e.message)); }; }); return { x: [n] }; }`,
    ends: ["FORMULA_FAILED"],
  },
  "writes 1 GB to the standard output": {
    formula:
      `export function map(c) { const b = new Uint8Array(1e6).fill(120); for (let i = 0; i < 1000; i++) Deno.stdout.writeSync(b); return { u: c.u }; }`,
    ends: ["complete", "FORMULA_FAILED"],
  },
  "prints what a reply might look like": {
    formula:
      `export function map(c) { console.log(JSON.stringify({ type: "result", ok: true, Status: "complete", rows: -1 })); Deno.stdout.writeSync(new TextEncoder().encode('\\n{"Response":{"Status":"complete"}}\\n')); return { u: c.u }; }`,
    ends: ["complete", "FORMULA_FAILED"],
  },
  "reads the standard input, where control messages might come": {
    formula:
      `export function map(c) { const b = new Uint8Array(1024); Deno.stdin.readSync(b); return { u: c.u }; }`,
    ends: ["complete", "FORMULA_FAILED"],
  },
  "posts messages of its own to the host": {
    formula:
      `self.postMessage({ type: "done", ok: true, result: { u: new Float64Array(3) }, rows: 3 });
export function map(c) { for (let i = 0; i < 1000; i++) self.postMessage({ type: "result", partition: 0, columns: {} }); return { u: c.u }; }`,
    ends: ["FORMULA_FAILED", "complete"],
  },
  "patches built-ins that a host might use": {
    formula:
      `Array.prototype.push = () => 0; Array.prototype.map = () => []; Promise.prototype.then = undefined; Object.prototype.rows = 7; Map.prototype.get = () => 42; JSON.stringify = () => "{}"; Float64Array.prototype.set = () => {}; globalThis.structuredClone = (x) => x;
export function map(c) { return { u: c.u }; }`,
    ends: ["FORMULA_FAILED", "complete"],
  },
  "returns a Proxy and getters that run code in the host": {
    formula:
      `export function map(c) { return new Proxy({ u: c.u }, { ownKeys() { while (true); } }); }`,
    ends: ["FORMULA_FAILED", "complete"],
  },
  "returns columns of different lengths": {
    formula: `export function map() { return { a: new Float64Array(3), b: new Float64Array(4) }; }`,
    ends: ["FORMULA_FAILED"],
    message: /"a" has 3 rows, "b" has 4/,
  },
  "returns what cannot be sent": {
    formula: `export function map() { return { a: [() => 1, Symbol("x")] }; }`,
    ends: ["FORMULA_FAILED"],
  },
  "throws values that are no errors": {
    formula: `export function map() { throw null; }`,
    ends: ["FORMULA_FAILED"],
  },
  "imports from npm, from the network and from data": {
    formula:
      `export async function map() { const m = await import("npm:is-number@7"); return { x: [typeof m] }; }`,
    ends: ["FORMULA_INVALID", "FORMULA_FAILED"],
  },
  "asks for a permission": {
    formula:
      `export async function map() { const s = await Deno.permissions.request({ name: "read", path: "/etc" }); if (s.state !== "granted") throw new Error("refused"); return { x: [1] }; }`,
    ends: ["FORMULA_FAILED"],
    message: ABSENT,
  },
  "talks to other jobs through BroadcastChannel, the cache, KV and storage": {
    formula:
      `export async function map() { const b = new BroadcastChannel("x"); b.postMessage("hello"); localStorage.setItem("x", "1"); const c = await caches.open("x"); const k = await Deno.openKv(); await k.set(["x"], 1); return { x: [1] }; }`,
    ends: ["FORMULA_FAILED", "complete"],
  },
};
