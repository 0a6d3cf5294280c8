/** Nothing of a job goes on after its reply: its threads end, and no other job hears of it. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { LONG, SEED } from "../support/suite_options.ts";
import { job, writeSample } from "../support/fixtures.ts";
import { type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { enginesOf, type FormulaThread, formulaThreads } from "../support/processes.ts";
import { until } from "../support/until.ts";

const ROWS = 200_000;

/** What goes on goes on for longer than any test waits. */
const END = "const end = Date.now() + 600_000;";

/** Blocks the thread for a while, then for good: a thread that only waits can't be told from one that rests. */
const BLOCK = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      while (go());`;

/**
 * What a job leaves behind: statements that may use `say`, which prints a line, `go`, whether it may still go on,
 * `frame` and `pause`. All but the first begin with something that is waited for.
 */
const LEFT: Readonly<Record<string, string>> = {
  "a timer": "setTimeout(say, 20);",
  "a timer at once": "setTimeout(say);",
  "an interval": "setInterval(say, 1);",
  "timers that renew themselves":
    "const again = () => { say(); if (go()) setTimeout(again); }; again();",
  "timers that multiply":
    `const again = () => { say(); if (go()) { setTimeout(again, 5); setTimeout(again, 9); } };
    again();`,
  "a timer that never returns": "setTimeout(() => { while (go()); });",
  "a timer that blocks": `setTimeout(() => {
      ${BLOCK}
    });`,
  "a chain of promises that never returns": `let chain = Promise.resolve();
    for (let k = 0; k < 1000; k++) chain = chain.then(() => {});
    chain.then(() => { while (go()); });`,
  "a chain of promises that blocks": `let chain = Promise.resolve();
    for (let k = 0; k < 1000; k++) chain = chain.then(() => {});
    chain.then(() => { ${BLOCK} });`,
  "a chain of promises that prints": `let chain = Promise.resolve();
    for (let k = 0; k < 1000; k++) chain = chain.then(() => {});
    chain.then(say);`,
  "microtasks without end, begun late": `setTimeout(() => {
      const again = () => { if (go()) queueMicrotask(again); };
      again();
    }, 5);`,
  "microtasks without end, begun by a digest":
    `crypto.subtle.digest("SHA-256", new Uint8Array(1 << 24)).then(() => {
      const again = () => { say(); if (go()) queueMicrotask(again); };
      again();
    });`,
  "digests one after another": `(async () => {
      while (go()) { await crypto.subtle.digest("SHA-256", new Uint8Array(1 << 16)); say(); }
    })();`,
  "digests side by side": `for (let k = 0; k < 4; k++) {
      (async () => {
        while (go()) { await crypto.subtle.digest("SHA-512", new Uint8Array(1 << 16)); say(); }
      })();
    }`,
  "keys that are made": `(async () => {
      while (go()) {
        await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]);
        say();
      }
    })();`,
  "an async generator": `(async () => {
      const all = (async function* () { while (go()) { await pause(); yield 1; } })();
      for await (const one of all) say(one);
    })();`,
  "an array that is made of an async generator": `Array.fromAsync((async function* () {
      while (go()) { await pause(); say(); yield 1; }
    })());`,
  "an async stack of disposables": `(async () => {
      while (go()) {
        await using stack = new AsyncDisposableStack();
        stack.defer(pause);
        stack.defer(say);
      }
    })();`,
  "a module that waits": `import("./late.js");`,
  "modules one after another": `import("./chain0.js");`,
  "WebAssembly that is compiled": `(async () => {
      while (go()) { await WebAssembly.compile(wasm()); say(); }
    })();`,
  "WebAssembly that is begun": `(async () => {
      while (go()) { await WebAssembly.instantiate(wasm()); say(); }
    })();`,
  "WebAssembly that never returns":
    `pause().then(() => WebAssembly.instantiate(wasm())).then(({ instance }) => {
      while (go()) instance.exports.f();
    });`,
  "texts of files": `(async () => {
      while (go()) { await Deno.readTextFile(new URL("data.txt", import.meta.url)); say(); }
    })();`,
  "bytes of files": `(async () => {
      while (go()) { await Deno.readFile(new URL("data.txt", import.meta.url)); say(); }
    })();`,
  "states of files": `(async () => {
      while (go()) {
        await Deno.stat(new URL("data.txt", import.meta.url));
        await Deno.lstat(new URL("data.txt", import.meta.url));
        say();
      }
    })();`,
  "columns that are asked for": `(async () => {
      while (go()) { await frame.column("u"); say(); }
    })();`,
  "many columns at once": `for (let k = 0; k < 20; k++) {
      (async () => { while (go()) { await frame.columns(["u", "i"]); say(); } })();
    }`,
  "reductions that are asked for": `(async () => {
      while (go()) { await frame.reduction(part, merge); say(); }
    })();`,
  "columns whose refusals nobody sees":
    `for (let k = 0; k < 5; k++) frame.column("u").finally(say);`,
  "the loser of a race": `Promise.race([pause(5).then(say).then(() => pause(5)).then(say), 1]);`,
  "the rest of a race": `Promise.race([
      1,
      ...Array.from({ length: 9 }, async () => { while (go()) { await pause(1); say(); } }),
    ]);`,
  "an error of a timer": `setTimeout(() => { throw new Error("late"); }, 5);`,
  "a rejection of a timer": `setTimeout(() => { Promise.reject(new Error("late")); }, 5);`,
  "a log that never ends":
    `(async () => { while (go()) { await pause(); for (let k = 0; k < 99; k++) say(); } })();`,
  "arrays that it keeps": `const kept = [];
    (async () => { while (go()) { await pause(1); kept.push(new Uint8Array(1e6).fill(1)); } })();`,
  "objects that it keeps": `const kept = [];
    (async () => {
      while (go()) { await pause(1); kept.push(Array.from({ length: 1e4 }, (_, k) => ({ k }))); }
    })();`,
};

/** Bytes of a module that exports a function `f`, with a few thousand more. */
const WASM = `const wasm = () => {
  const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0];
  return Uint8Array.of(...head, 10, 4, 1, 2, 0, 11);
};`;

/** Where a job leaves it, which is the last that it does: formulas that give `value` of their Params. */
const FORMULAS: readonly ((left: string) => string)[] = [
  (left) =>
    `export async function main(frame, { params, log }) {
  for (let k = 0; k < 4; k++) await frame.column("u"); // what another job has left could run here
  const rows = await frame.reduction(part, merge);
  log("own " + params.tag);
  if (params.leaves) leave(frame, params.tag, log);
  return params.value + rows;
}
export const part = ({ u }) => u.length;
export const merge = (a, b) => a + b;
${leaving(left)}`,
  (left) =>
    `export const chunk = ({ u }) => u.length;
export const combine = (a, b) => a + b;
export function aggregate(rows, { params, log }) {
  log("own " + params.tag);
  if (params.leaves) leave({ column: pause, columns: pause, reduction: pause }, params.tag, log);
  return params.value + rows;
}
const part = 0, merge = 0;
${leaving(left)}`,
];

/** What each worker leaves in the middle of a job, where that doesn't hold the job up. */
const BY_CHUNK = (left: string) =>
  `export function chunk({ u }, { params, log }) {
  if (params.leaves) leave({}, params.tag, log);
  return u.length;
}
export const combine = (a, b) => a + b;
export const aggregate = (rows, { params, log }) => {
  log("own " + params.tag);
  return params.value + rows;
};
${leaving(left)}`;

function leaving(left: string): string {
  return `const pause = (ms = 0) => new Promise((done) => setTimeout(done, ms));
${WASM}
function leave(frame, tag, log) {
  ${END}
  const go = () => Date.now() < end;
  let turn = 0;
  const say = () => turn++ % 2 ? log("from " + tag) : console.log("from " + tag);
  ${left}
}
`;
}

/** Files that each load the next one. */
const CHAIN = 60;

const chained = (number: number) =>
  `console.log("from a module");
${number < CHAIN ? `import("./chain${number + 1}.js");` : ""}`;

const LATE = `for (let k = 0; k < 1000; k++) {
  console.log("from a module");
  await new Promise((done) => setTimeout(done, 5));
}`;

/** An honest formula beside all of them. */
const HONEST = `export const chunk = ({ u }) => u.length;
export const combine = (a, b) => a + b;
export const aggregate = (rows, { params, log }) => {
  log("own " + params.tag);
  return params.value + rows;
};`;

let tags = 0;

/** Sends a job, whose reply must be right, and whose log its own. */
async function sendJob(
  server: RunningServer,
  folder: string,
  File: string,
  leaves: boolean,
): Promise<void> {
  const tag = `job ${++tags}.`, value = tags;
  const fields = { File, Params: { tag, value, leaves } };
  const { Response } = await server.request(job(folder, fields));
  assertEquals(Response.Result, value + ROWS, `${File}: ${JSON.stringify(Response)}`);
  const { Log = [] } = Response.Job as { Log?: string[] };
  if (!leaves) return assertEquals(Log, [`own ${tag}`], File);
  const strange = Log.filter((line) => !line.endsWith(tag) && !/^from a module|^…/.test(line));
  assertEquals(strange, [], File);
}

/** Kibibytes in memory; 0 where the process has ended. */
function residentOf(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

interface Look {
  threads: Map<string, FormulaThread>;
  resident: number;
}

async function look(server: RunningServer): Promise<Look> {
  const pids = (await enginesOf(server)).map(({ pid }) => pid);
  return {
    threads: new Map(pids.flatMap(formulaThreads)),
    resident: pids.reduce((sum, pid) => sum + residentOf(pid), 0),
  };
}

/** Waits until no thread that runs formulas does anything, and memory doesn't grow; gives how many there are. */
async function atRest(server: RunningServer, after: string): Promise<number> {
  let now = await look(server);
  const { threads } = await until(`the threads of the engines to rest after ${after}`, async () => {
    const before = now;
    now = await look(server);
    const rest = [...now.threads].every(([id, { ran, runs }]) =>
      !runs && ran === before.threads.get(id)?.ran
    );
    return rest && now.resident <= before.resident ? now : null;
  }, 30);
  return threads.size;
}

/** Formulas that leave something, by what they leave: in the short suite half of them, which the seed chooses. */
function* formulas(): Generator<[name: string, text: string]> {
  for (const [index, [name, left]] of Object.entries(LEFT).entries()) {
    if (LONG) { for (const formula of FORMULAS) yield [name, formula(left)]; }
    else if ((index + SEED) % 2 === 0) {
      yield [name, FORMULAS[(index >> 1) % FORMULAS.length]!(left)];
    }
  }
  for (const name of ["an interval", "digests one after another", "texts of files"]) {
    yield [`${name}, by each worker`, BY_CHUNK(LEFT[name]!)];
  }
}

for (const way of ways) {
  Deno.test(`nothing of a job continues after its reply [${way.name}]`, async (t) => {
    await using folder = await tempDir();
    const { path } = folder;
    await writeSample(path, ROWS, 70_000);
    await Deno.writeTextFile(join(path, "data.txt"), "a text");
    await Deno.writeTextFile(join(path, "late.js"), LATE);
    for (let k = 0; k <= CHAIN; k++) {
      await Deno.writeTextFile(join(path, `chain${k}.js`), chained(k));
    }
    for (const name of ["honest.js", "other.js"]) {
      await Deno.writeTextFile(join(path, name), HONEST);
    }
    await using server = await startServer(way, { root: path, args: ["--workers", "1"] });
    const send = (File: string, leaves = false) => sendJob(server, path, File, leaves);
    const left = [...formulas()];
    for (const [name, text] of left) {
      const fine = await t.step(name, async () => {
        await Deno.writeTextFile(join(path, "work.js"), text);
        await Promise.all([send("work.js", true), send("honest.js")]);
        await send("work.js");
        await send("work.js");
        await atRest(server, name);
      });
      if (!fine) return;
    }

    await t.step("its threads are gone", async () => {
      for (let k = 0; k < 3; k++) await Promise.all([send("honest.js"), send("other.js")]);
      const threads = await atRest(server, "honest jobs");
      assert(threads < left.length / 2, `${threads} threads are left of ${left.length} jobs`);
    });
  });
}
