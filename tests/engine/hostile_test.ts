/** What a formula may try, and what must hold afterwards. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { job, listing, type Sample, writeSample } from "../support/fixtures.ts";
import {
  type Reply,
  type RunningServer,
  startServer,
  tempDir,
  type Way,
  ways,
} from "../support/harness.ts";

interface Attack {
  formula: string;
  /** Codes of the reply, one of them; "complete" for the honest result. */
  ends: string[];
  /** What the message says. */
  message?: RegExp;
  limits?: Record<string, number>;
  seconds?: number;
  /** What the honest result is, where it is not `u`. */
  result?: unknown;
}

const U = "({ u: c.u.slice() })";
const ROWS = 30_000;
/** An answer must come within the time limit and this many seconds. */
const GRACE_SECONDS = 2;

/** Runs a step in \`map\` and then answers honestly. */
const tries = (step: string): string => `export async function map(c) { ${step}; return ${U}; }`;
const MEMORY = { MemoryBytes: 700e6 };

const ATTACKS: Record<string, Attack> = {
  "loops for ever": { formula: tries("for (;;);"), ends: ["FORMULA_TIMEOUT"], seconds: 2 },
  "loops for ever while it is imported": {
    formula: `for (;;); ${tries("")}`,
    ends: ["FORMULA_TIMEOUT"],
    seconds: 2,
  },
  "never settles while it is imported": {
    formula: `await new Promise(() => {}); ${tries("")}`,
    ends: ["FORMULA_TIMEOUT"],
    seconds: 2,
  },
  "starves the event loop with microtasks": {
    formula: tries(
      "await new Promise(() => { const again = () => { queueMicrotask(again); }; again(); })",
    ),
    ends: ["FORMULA_TIMEOUT"],
    seconds: 2,
  },
  "waits for what nobody does": {
    formula: tries("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"),
    ends: ["FORMULA_TIMEOUT", "FORMULA_FAILED"],
    seconds: 2,
  },
  "is a promise itself": {
    formula: `export function then() {} ${tries("")}`,
    ends: ["FORMULA_TIMEOUT", "FORMULA_INVALID"],
    seconds: 2,
  },
  "fills the heap with objects": {
    formula: tries("const kept = []; for (;;) kept.push({ x: kept.length, y: [1, 2, 3] })"),
    ends: ["OUT_OF_MEMORY"],
    limits: { HeapBytes: 200e6 },
    seconds: 60,
  },
  "fills the heap after it has waited": {
    formula: tries(`await new Promise((go) => setTimeout(go, 5));
      const kept = []; for (;;) kept.push(new Array(1000).fill(Math.random()))`),
    ends: ["OUT_OF_MEMORY"],
    limits: { HeapBytes: 200e6 },
    seconds: 60,
  },
  "fills memory with array buffers": {
    formula: tries("const kept = []; for (;;) kept.push(new Float64Array(1e7).fill(1))"),
    ends: ["OUT_OF_MEMORY"],
    limits: MEMORY,
    seconds: 60,
  },
  "fills memory with shared array buffers": {
    formula: tries(`const kept = [];
      for (;;) kept.push(new Uint8Array(new SharedArrayBuffer(1e7)).fill(1))`),
    ends: ["OUT_OF_MEMORY"],
    limits: MEMORY,
    seconds: 60,
  },
  "fills memory with WebAssembly": {
    formula: tries(`const kept = []; for (;;) {
      const memory = new WebAssembly.Memory({ initial: 1024 });
      new Uint8Array(memory.buffer).fill(1); kept.push(memory); }`),
    ends: ["OUT_OF_MEMORY", "FORMULA_FAILED"],
    limits: MEMORY,
    seconds: 60,
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
    message: /NotCapable/,
  },
  "makes a temporary file": {
    formula: tries(`Deno.makeTempFileSync()`),
    ends: ["FORMULA_FAILED"],
    message: /NotCapable/,
  },
  "connects": {
    formula: tries(`await Deno.connect({ hostname: "127.0.0.1", port: 9 })`),
    ends: ["FORMULA_FAILED"],
    message: /NotCapable/,
  },
  "connects to a unix socket": {
    formula: tries(`await Deno.connect({ transport: "unix", path: "/tmp/socket" })`),
    ends: ["FORMULA_FAILED"],
  },
  "listens": {
    formula: tries(`Deno.listen({ port: 0 })`),
    ends: ["FORMULA_FAILED"],
    message: /NotCapable/,
  },
  "fetches": {
    formula: tries(`await fetch("http://127.0.0.1:9/")`),
    ends: ["FORMULA_FAILED"],
    message: /NotCapable/,
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
    message: /NotCapable/,
  },
  "asks for the machine": {
    formula: tries(`Deno.hostname()`),
    ends: ["FORMULA_FAILED"],
    message: /NotCapable/,
  },
  "starts a process": {
    formula: tries(`await new Deno.Command("id").output()`),
    ends: ["FORMULA_FAILED"],
    message: /NotCapable/,
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
    message: /refused/,
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
    message: /can't import/,
  },
  "imports from the code of a function's constructor": {
    formula: tries(`await (async () => {}).constructor("return import('node:fs')")()`),
    ends: ["FORMULA_FAILED"],
    message: /can't import/,
  },
  "imports from evaluated text": {
    formula: tries(`await (0, eval)("import('node:fs')")`),
    ends: ["FORMULA_FAILED"],
    message: /can't import/,
  },
  "imports from a text that changes its mind": {
    formula: tries(`let asked = 0;
      const text = { toString: () => asked++ ? "return import('node:fs')" : "return 1" };
      if (new Function(text)() !== 1) throw new Error("imported")`),
    ends: ["complete"],
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
    ends: ["complete"],
  },
  "floods the streams": {
    formula: tries(`const b = new Uint8Array(1e6).fill(120);
      for (let k = 0; k < 100; k++) Deno.stdout.writeSync(b);
      for (let k = 0; k < 5; k++) Deno.stderr.writeSync(b)`),
    ends: ["complete", "FORMULA_TIMEOUT"],
    seconds: 20,
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
    message: /Too many open files|engine ended/, // the runtime itself may need one
  },
  "prints by every member of the console": {
    formula: tries(`for (const member of Object.values(console)) {
        if (typeof member === "function") member("out of memory");
      }`),
    ends: ["complete"],
  },
  "reads the standard input": {
    formula: tries(`Deno.stdin.readSync(new Uint8Array(10))`),
    ends: ["complete"],
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
    seconds: 2,
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
    result: "any",
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

interface Stage {
  /** What each attack was answered. */
  replies: string[];
  server: RunningServer;
  path: string;
  sample: Sample;
  names: string[];
}

async function engines(server: RunningServer): Promise<{ Pid: number; Job: string | null }[]> {
  const began = performance.now();
  const { Response } = await server.request({ Header: "Info", Request: "Status" });
  assert(performance.now() - began < 5000, "Info must answer");
  const { Processes } = Response.Statistic as unknown as {
    Processes: { Pid: number; Role: string; Job: string | null }[];
  };
  return Processes.filter(({ Role }) => Role === "engine");
}

/** What must hold after each attack. */
async function assertUnharmed({ server, path, sample, names }: Stage, reply: Reply) {
  assertEquals((await engines(server)).filter(({ Job }) => Job !== null), []);
  await Deno.writeTextFile(
    join(path, "honest.js"),
    `export const chunk = (c) => c.u.reduce((a, b) => a + b, 0);
    export const combine = (a, b) => a + b;`,
  );
  const honest = await server.request(job(path, { File: "honest.js" }));
  const sum = honest.Response.Result as number;
  assert(
    Math.abs(sum - sample.u.reduce((a, b) => a + b, 0)) < 1e-6,
    JSON.stringify(honest.Response),
  );
  const left = listing(path).filter((name) => !names.includes(name));
  const results = reply.Response.Status === "complete" ? ["work_ansver.parquet"] : [];
  assertEquals(left.filter((name) => !/^(honest|work\.js)/.test(name)), results);
  for (const name of results) await Deno.remove(join(path, name));
}

async function attack(stage: Stage, name: string, attack: Attack): Promise<Reply> {
  const { server, path } = stage;
  const seconds = attack.seconds ?? 30;
  const began = performance.now();
  const reply = await server.request(job(path, {
    File: "work.js",
    TimeoutSeconds: seconds,
    Params: { rows: [] },
    ...(attack.limits ? { Limits: attack.limits } : {}),
  }));
  const took = (performance.now() - began) / 1000;
  assert(took < seconds + GRACE_SECONDS, `answered after ${took} s`);
  const { Status, Error: error } = reply.Response;
  const end = Status === "complete" ? Status : error!.Code;
  assert(attack.ends.includes(end), JSON.stringify(reply.Response));
  stage.replies.push(`${name}: ${end}${error ? ` (${error.Message!.slice(0, 120)})` : ""}`);
  if (attack.message && error) assertMatch(error.Message!, attack.message);
  return reply;
}

async function withStage(way: Way, run: (stage: Stage) => Promise<void>): Promise<void> {
  await using folder = await tempDir();
  const { path } = folder;
  const sample = await writeSample(path, ROWS, 10_000);
  await Deno.symlink("/etc/passwd", join(path, "link"));
  await using server = await startServer(way, { root: path });
  const replies: string[] = [];
  await run({ server, path, sample, names: listing(path), replies });
  console.log(replies.join("\n"));
}

for (const way of ways) {
  Deno.test(`a hostile formula hurts nobody but its own job [${way.name}]`, (test) =>
    withStage(way, async (stage) => {
      for (const [name, one] of Object.entries(ATTACKS)) {
        await test.step(`it ${name}`, async () => {
          await Deno.writeTextFile(join(stage.path, "work.js"), one.formula);
          const reply = await attack(stage, name, one);
          await assertUnharmed(stage, reply);
        });
      }
    }));
}

for (const way of ways) {
  Deno.test(`memory that one job leaves behind is not the next one's [${way.name}]`, () =>
    withStage(way, async (stage) => {
      const path = join(stage.path, "work.js");
      const keeps = (megabytes: number) =>
        `const kept = []; for (let k = 0; k < ${megabytes}; k++) kept.push(new Uint8Array(1e6).fill(1));
        export const main = () => kept.length;`;
      for (let round = 0; round < 3; round++) {
        for (const [megabytes, MemoryBytes] of [[1500, 3e9], [50, 450e6]] as const) {
          await Deno.writeTextFile(path, keeps(megabytes));
          const reply = await stage.server.request(
            job(stage.path, { File: "work.js", Limits: { MemoryBytes } }),
          );
          assertEquals(reply.Response.Result, megabytes, JSON.stringify(reply.Response));
        }
      }
    }));
}

const SHARED = new URL("../../../shared/hostile/", import.meta.url);
const there = (() => {
  try {
    return Deno.statSync(SHARED).isDirectory;
  } catch {
    return false;
  }
})();

/** The codes that a row of the page's table allows. */
function allowed(must: string): string[] {
  const codes = [...must.matchAll(/`([A-Z_]{5,})`/g)].map(([, code]) => code!);
  return /right result|real result|ends in order|plain values|nothing reaches/.test(must)
    ? [...codes, "complete", "FORMULA_FAILED"]
    : codes;
}

for (const way of ways) {
  Deno.test({
    name: `the collection of hostile formulas ends as its page says [${way.name}]`,
    ignore: !there,
    fn: (test) =>
      withStage(way, async (stage) => {
        const page = await Deno.readTextFile(new URL("EXPECT.md", SHARED));
        const rows = [...page.matchAll(/^\| `(\w+\.js)` \| (.*?) \| (.*) \|$/gm)];
        assert(rows.length >= 30);
        for (const [, file, , must] of rows) {
          await test.step(file!, async () => {
            await Deno.copyFile(new URL(file!, SHARED), join(stage.path, "work.js"));
            const memory = /OUT_OF_MEMORY/.test(must!);
            const reply = await attack(stage, file!, {
              formula: file!,
              ends: allowed(must!),
              seconds: memory ? 60 : 4,
              limits: { HeapBytes: 500e6, MemoryBytes: 1.5e9 },
            });
            await assertUnharmed(stage, reply);
          });
        }
      }),
  });
}
