/** A job gives what a fresh process gives, whatever jobs of the same formula have left before it. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { SEED } from "../support/suite_options.ts";
import { job, readColumn, readRows, runFormula, writeSample } from "../support/fixtures.ts";
import {
  finish,
  type Reply,
  type RunningServer,
  startServer,
  tempDir,
  type Way,
  ways,
} from "../support/harness.ts";
import {
  HOLDER_COUNT,
  type KeepingFormula,
  keepingFormula,
  LEAST_KEPT,
} from "../support/state_leaks/formulas.ts";
import { DuckDB, quoted } from "../support/parquet/duckdb.ts";
import { fuzzRandom } from "../support/random_numbers.ts";
import { randomCases, tellAmount } from "../support/random_tests.ts";

/** Jobs of each formula. */
const JOBS = 3;

// Formulas as people write them.

const MAX = "export const combine = (a, b) => Math.max(a, b);";
const SUM = "export const combine = (a, b) => a + b;";
const ROWS = 30_000;

/** Σ u, where u is the number of the row. */
const TOTAL = (ROWS - 1) * ROWS / 2;

/** What a formula of one partition is to give for `gain`, or whether it is to fail. */
interface Case {
  formula: string;
  file?: string;
  result?: (gain: number) => unknown;
  error?: RegExp;
}

const CASES: Readonly<Record<string, Case>> = {
  "a member of the class, by a computed name": {
    formula: `class C {
        bump() { const k = "construc" + "tor"; const c = this[k]; c.n = (c.n ?? 0) + 1; return c.n; }
      }
      export function chunk() { return new C().bump(); } ${MAX}`,
    result: () => 1,
  },
  "a property of a named generator": {
    formula: `const gen = function* inner() { inner.n = (inner.n ?? 0) + 1; yield inner.n; };
      export function chunk() { return [...gen()][0]; } ${MAX}`,
    result: () => 1,
  },
  "an iterator of an array of the library's": {
    formula: `import { hann } from "measuring/windows";
      const it = hann(1000).keys();
      export function chunk() { return it.next().value; } ${MAX}`,
    result: () => 0,
  },
  "a memo on a named function": {
    formula:
      `const gainOf = function gainOf(params) { gainOf.known ??= params.gain; return gainOf.known; };
      export function chunk(c, { params }) {
        let s = 0; const gain = gainOf(params); for (const x of c.u) s += x * gain; return s;
      } ${SUM}`,
    result: (gain) => TOTAL * gain,
  },
  "a memo in TypeScript": {
    file: "work.ts",
    formula: `type Factors = { gain: number };
      const factorsOf = function load(params: Factors): Factors & { cached?: Factors } {
        const self = load as unknown as { cached?: Factors };
        self.cached ??= params;
        return self.cached;
      };
      export function chunk(c: { u: Float64Array }, { params }: { params: Factors }) {
        let s = 0; const { gain } = factorsOf(params); for (const x of c.u) s += x * gain; return s;
      }
      export function combine(a: number, b: number) { return a + b; }`,
    result: (gain) => TOTAL * gain,
  },
  "a list by an optional call": {
    formula: `const list = [];
      export function chunk() { (list?.push)(1); return list.length; } ${MAX}`,
    result: () => 1,
  },
  "a default parameter that a variable hides": {
    formula: `const list = [];
      function f(x = list.push(1)) { var list; return x; }
      export function chunk() { return f(); } ${MAX}`,
    result: () => 1,
  },
  "an entry of the performance timeline": {
    formula: `export function chunk(c, { params }) {
        performance.mark("x", { detail: params });
        return performance.getEntriesByName("x").length;
      } ${MAX}`,
    error: /performance\.mark is not a function/,
  },
  "text that one parser reads and another doesn't": {
    formula: `import "./other.js"; export const map = (c) => ({ u: c.u.slice() });`,
    error: /SyntaxError/,
  },
  "a table that is almost as large as the heap may be": {
    formula: `const table = Array.from({ length: 5e6 }, (_, k) => ({ k }));
      export const chunk = (c, { params }) => table.length * params.gain; ${SUM}`,
    result: (gain) => 5e6 * gain,
  },
};

const OTHER = `export function evil(name) { return import(name); }
export function never() { return import.source("./x.wasm"); }`;

async function writeRows(duckdb: DuckDB, folder: string, rows: number, group: number) {
  await duckdb.run(
    `copy (select i::double as u, (i // ${group} * 10)::integer as part from range(${rows}) t(i))
     to ${quoted(join(folder, "time_series.parquet"))} (row_group_size ${group})`,
  );
}

for (const way of ways) {
  Deno.test(`a formula never keeps data of another job [${way.name}]`, async (t) => {
    await using folder = await tempDir();
    const { path } = folder;
    using duckdb = await DuckDB.open();
    await writeRows(duckdb, path, ROWS, ROWS / 3);
    await Deno.writeTextFile(join(path, "other.js"), OTHER);
    await using server = await startServer(way, { root: path });
    for (const [name, { formula, file = "work.js", result, error }] of Object.entries(CASES)) {
      await t.step(name, async () => {
        for (let gain = 2; gain < 2 + JOBS; gain++) {
          const { Response } = await runFormula(server, path, formula, {
            File: file,
            Params: { gain },
            Limits: { HeapBytes: 320e6 },
          });
          if (error) assert(error.test(Response.Error?.Message ?? ""), JSON.stringify(Response));
          else assertEquals(Response.Result, result!(gain), JSON.stringify(Response));
        }
      });
    }
    await t.step("random numbers of the import are each job's own", async () => {
      const formula = (read: string) => `${read} export const combine = (a, b) => Math.min(a, b);`;
      for (
        const text of [
          `const seed = Math.random(); export function chunk() { return seed; }`,
          `export const chunk = function chunk(c) {
             chunk.offset ??= c.u[0] + Math.random();
             return chunk.offset;
           };`,
        ]
      ) {
        const seen = new Set<unknown>();
        for (let k = 0; k < JOBS; k++) {
          const { Response } = await runFormula(server, path, formula(text), { File: "work.js" });
          seen.add(Response.Result);
        }
        assertEquals(seen.size, JOBS, text);
      }
    });
  });

  Deno.test(`parts of several partitions hold the values they were given [${way.name}]`, async () => {
    await using folder = await tempDir();
    const { path } = folder;
    using duckdb = await DuckDB.open();
    const parts = 20, rows = 131_072;
    await writeRows(duckdb, path, parts * rows, rows);
    await using server = await startServer(way, { root: path });
    const first = "const first = (x) => x.samples ? x.samples[0] : ";
    const attached = (make: string, read: string, sum: string, end: string) =>
      `export function chunk(c) { const out = ${make}; out.samples = c.part; return out; }
       ${first}${read};
       export function combine(a, b) { const sum = first(a) + first(b); return ${sum}; }
       export function aggregate(t) { return ${end}; }`;
    const formulas: [string, (gain: number) => number][] = [
      [attached("new Map()", `x.get("s")`, `new Map([["s", sum]])`, `t.get("s")`), () => 1900],
      [attached("new Float64Array([0])", "x[0]", "Float64Array.of(sum)", "t[0]"), () => 1900],
      [attached("[]", "x.s", "({ s: sum })", "t.s"), () => 1900],
      [attached("new Date(0)", "x.s", "({ s: sum })", "t.s"), () => 1900],
      [attached("() => {}", "x.s", "({ s: sum })", "t.s"), () => 1900],
      [
        `const gainOf = function gainOf(p) { gainOf.known ??= p.gain; return gainOf.known; };
         export function chunk(c, { params }) { return c.part[0] * gainOf(params); } ${SUM}`,
        (gain) => 1900 * gain,
      ],
      [
        `const seen = new Map();
         const of = (p) => { if (!seen.has("g")) seen.set("g", p.gain); return seen.get("g"); };
         export const part = (c, { params }) => c.part[0] * of(params);
         export const add = (a, b) => a + b;
         export const main = async (frame, { params }) =>
           await frame.reduction(part, add) + of(params) - params.gain;`,
        (gain) => 1900 * gain,
      ],
      [
        `const held = [];
         export function chunk(c) {
           held.push(c.part);
           return held.reduce((sum, part) => sum + part[0] % 10 + part.at(-1) % 10, 0) + c.part[0];
         } ${SUM}`,
        () => 1900,
      ],
    ];
    for (const [formula, result] of formulas) {
      for (let gain = 2; gain < 2 + JOBS; gain++) {
        const { Response } = await runFormula(server, path, formula, {
          File: "work.js",
          Params: { gain },
        });
        assertEquals(Response.Result, result(gain), `${formula}\n${JSON.stringify(Response)}`);
      }
    }
  });
}

// Results that claim to hold more than they do.

/** What a call returns, as expressions that may use `fake(Type, length)`, which has no elements, and `u`, the column. */
const CLAIMS: readonly string[] = [
  "{ b: [fake(Uint8Array, 4000)] }",
  "{ b: [Uint8Array.of(1), fake(Uint8Array, 4000)] }",
  "{ a: fake(Float64Array, 1000) }",
  "{ a: fake(Float64Array, u.length), u }",
  "{ a: fake(Int32Array, 1000), b: fake(BigInt64Array, 1000), c: fake(Uint8Array, 1000) }",
  "{ a: Object.setPrototypeOf([1, 2], { __proto__: Array.prototype, slice: () => fake(Float64Array, 2) }) }",
  `{ a: Object.setPrototypeOf(Object.defineProperty({}, "length", { value: 1000 }), Float64Array.prototype) }`,
  "{ t: Array.from({ length: 1000 }, () => fake(String, 9)) }",
  `{ d: Array.from({ length: 1000 }, () => Object.assign(new Date(0), { getTime: () => "1" })) }`,
  "{ s: grown() }",
];

const CLAIMING = (claim: string) =>
  `const fake = (Type, length) => Object.defineProperty(new Type(0), "length", { value: length });
const grown = () => {
  const texts = ["a", "b", "c"];
  let asked = 0;
  return Object.defineProperty(texts, 1, { get: () => asked++ % 2 ? "b" : "b".repeat(1000) });
};
export const map = ({ u }, { params }) =>
  params.claims ? ${claim} : { secret: new Float64Array(2000).fill(params.secret) };`;

/** Whether bytes hold those of a number. */
function holds(bytes: Uint8Array, number: number): boolean {
  const wanted = new Uint8Array(Float64Array.of(number).buffer);
  return bytes.some((_, at) => wanted.every((byte, k) => bytes[at + k] === byte));
}

for (const way of ways) {
  Deno.test(`a result contains nothing of an earlier one [${way.name}]`, async () => {
    await using folder = await tempDir();
    const { path } = folder;
    await writeSample(path, 1000);
    await using server = await startServer(way, { root: path });
    const secret = 1234567.891;
    for (const claim of CLAIMS) {
      for (const claims of [false, true, false, true]) {
        const { Response } = await runFormula(server, path, CLAIMING(claim), {
          File: "work.js",
          Codec: "none",
          Params: { claims, secret },
        });
        if (Response.Status === "error") {
          assertEquals(Response.Error!.Code, "FORMULA_FAILED", JSON.stringify(Response));
          continue;
        }
        const { File } = Response.Discription as { File: string };
        const file = join(path, File);
        assertEquals(holds(await Deno.readFile(file), secret), !claims, claim);
        await readRows(file); // it holds as many values as it says
      }
    }
  });
}

// Formulas that try.

/** What of a reply another job of the formula must give, too: all but what is made anew for each. */
function answerOf({ Response }: Reply, columns: unknown[] | null): unknown {
  const { Status, Result, Error: error, Job } = Response;
  const log = (Job as { Log?: string[] } | undefined)?.Log;
  const text = JSON.stringify([Status, Result, error, log, columns])
    .replace(/[\da-f]{8}-[\da-f]{4}-[\da-f-]{22}/g, "…");
  return JSON.parse(text);
}

/** Where formulas run, with the same data. */
class Stage {
  readonly #server: RunningServer;
  readonly #path: string;
  readonly #way: Way;

  constructor(server: RunningServer, path: string, way: Way) {
    this.#server = server;
    this.#path = path;
    this.#way = way;
  }

  async write({ files }: KeepingFormula): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(this.#path, name)), { recursive: true });
      await Deno.writeTextFile(join(this.#path, name), text);
    }
  }

  async answer({ file, columns }: KeepingFormula, params: number): Promise<unknown> {
    const reply = await this.#server.request(
      job(this.#path, { File: file, Params: params, TimeoutSeconds: 100 }),
    );
    return answerOf(reply, await this.#columns(reply, columns));
  }

  /** What a process of its own gives. */
  async fresh({ file, columns }: KeepingFormula, params: number): Promise<unknown> {
    const { stdout, stderr } = await finish(this.#way, [
      ...["run", "--directory", this.#path, "--base", "time_series.parquet"],
      ...["--file", file, "--params", String(params)],
    ]);
    assertNotEquals(stdout, "", stderr);
    const reply = JSON.parse(stdout) as Reply;
    return answerOf(reply, await this.#columns(reply, columns));
  }

  async #columns({ Response }: Reply, columns: boolean): Promise<unknown[] | null> {
    if (!columns || Response.Status !== "complete") return null;
    const { File } = Response.Discription as { File: string };
    return await readColumn(join(this.#path, File), "found");
  }
}

/** How many formulas share one that is compared with a process of its own. */
const COMPARED = 50;

async function tryToKeep(stage: Stage, index: number): Promise<void> {
  const formula = keepingFormula(index, fuzzRandom(index));
  await stage.write(formula);
  const told = () =>
    `formula ${index} of seed ${SEED}: ${formula.name}\n${
      Object.entries(formula.files).map(([name, text]) => `--- ${name}\n${text}`).join("\n")
    }`;
  let first: unknown;
  for (let k = 1; k <= JOBS; k++) {
    const answer = await stage.answer(formula, LEAST_KEPT + k);
    first ??= answer;
    assertEquals(answer, first, `job ${k} differs from the first one, ${told()}`);
    assert(isNothing(answer), `job ${k} found something: ${JSON.stringify(answer)}, ${told()}`);
  }
  if (index % COMPARED !== 0) return;
  assertEquals(first, await stage.fresh(formula, LEAST_KEPT), told());
}

/** Whether an answer holds nothing that was found, and no error but the formula's own. */
function isNothing(answer: unknown): boolean {
  const text = JSON.stringify(answer);
  return !/"found":(?!null|\{)|(?<!v)\b70\d{5}\b|INTERNAL|TIMEOUT|FORMULA_INVALID/.test(text);
}

/** Formulas that are tried at once, each in an engine of its own. */
const AT_ONCE = 2;

for (const way of ways) {
  Deno.test(`a job finds nothing of the jobs before it, wherever it looks [${way.name}]`, async () => {
    using _told = tellAmount("kept-state");
    console.log(`${HOLDER_COUNT} holders`);
    const folders = await Promise.all(Array.from({ length: AT_ONCE }, () => tempDir()));
    try {
      await using server = await startServer(way, {
        root: folders.map(({ path }) => path),
        args: ["--workers", "2"],
      });
      const cases = randomCases("kept-state");
      await Promise.all(folders.map(async ({ path }) => {
        await writeSample(path, ROWS, ROWS / 3);
        const stage = new Stage(server, path, way);
        for (const index of cases) await tryToKeep(stage, index);
      }));
    } finally {
      for (const folder of folders) await folder[Symbol.asyncDispose]();
    }
  });
}
