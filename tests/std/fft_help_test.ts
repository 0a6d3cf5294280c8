import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { setHelpers } from "#transform";
import { fft, rfft, spectrum } from "measuring/fft";
import { DuckDB, quoted } from "../support/parquet/duckdb.ts";
import { readRows, runFormula } from "../support/fixtures.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";
import { ask, reach, submit, told } from "../support/job_requests.ts";
import { randomNumbers } from "../support/parquet/files.ts";
import type { Call } from "../support/transform_helper.ts";

/** Matrices that are square and not, with rows and columns that are no multiples of eight. */
const LENGTHS = [2 ** 19, 2 ** 20, 1_000_000, 2 * 3 ** 12, 2 * 5 ** 8, 2 ** 4 * 3 ** 5 * 5 ** 3];

const random = randomNumbers(11);

function noise(n: number): Float64Array {
  return Float64Array.from({ length: n }, () => random() - 0.5);
}

/** Threads that can be called for help. */
class Threads {
  readonly #workers: Worker[];

  constructor(count: number) {
    const url = import.meta.resolve("../support/transform_helper.ts");
    this.#workers = Array.from({ length: count }, () => new Worker(url, { type: "module" }));
  }

  /** Has them help as soon as they can. What each has taken will be told. */
  call(memory: WebAssembly.Memory): Int32Array<SharedArrayBuffer>[] {
    return this.#workers.map((worker, index) => {
      const taken = new Int32Array(new SharedArrayBuffer(4));
      worker.postMessage({ memory, thread: index + 1, taken } satisfies Call);
      return taken;
    });
  }

  [Symbol.dispose](): void {
    setHelpers(null);
    for (const worker of this.#workers) worker.terminate();
  }
}

/** How many shares a thread took, when it has done so. */
function sharesOf(taken: Int32Array<SharedArrayBuffer>): number {
  Atomics.wait(taken, 0, 0);
  return taken[0]! - 1;
}

/** All that transforms make of values, alone. */
function allOf(values: Float64Array) {
  const other = values.toReversed();
  return { complex: fft(values, other), real: rfft(values), spectrum: spectrum(values, 1000) };
}

Deno.test("a thread that comes at once does the whole transform, bit for bit as this one does", () => {
  using threads = new Threads(1);
  for (const n of LENGTHS) {
    const values = noise(n);
    const alone = allOf(values);
    const shares: number[] = [];
    setHelpers({
      count: 1,
      call: (memory) => shares.push(sharesOf(threads.call(memory)[0]!)),
    });
    assertEquals(allOf(values), alone);
    assertEquals(shares.length, 3, "each transform calls once");
    assert(shares.every((taken) => taken > 50), `${shares}`);
    setHelpers(null);
  }
});

Deno.test("threads that come whenever they can change nothing", () => {
  using threads = new Threads(3);
  const sets = LENGTHS.map(noise).map((values) => ({ values, alone: allOf(values) }));
  const calls: Int32Array<SharedArrayBuffer>[] = [];
  setHelpers({ count: 3, call: (memory) => calls.push(...threads.call(memory)) });
  for (let round = 0; round < 5; round++) {
    for (const { values, alone } of sets) assertEquals(allOf(values), alone);
  }
  assert(calls.map(sharesOf).some((taken) => taken > 0));
});

Deno.test("a thread that comes too late takes nothing, and short transforms call nobody", () => {
  using threads = new Threads(1);
  const memories: WebAssembly.Memory[] = [];
  setHelpers({ count: 1, call: (memory) => memories.push(memory) });
  const values = noise(2 ** 19);
  const first = spectrum(values, 1000);
  for (const memory of [...memories]) assertEquals(sharesOf(threads.call(memory)[0]!), 0);
  assertEquals(spectrum(values, 1000), first);
  assertEquals(memories.length, 2);
  for (const n of [16, 1000, 2 ** 17]) rfft(noise(n));
  assertEquals(memories.length, 2);
});

Deno.test("memory is used for another job once every thread that was called has come and gone", () => {
  using threads = new Threads(1);
  const memories: WebAssembly.Memory[] = [];
  const values = noise(2 ** 19);
  const job = () => {
    setHelpers({ count: 1, call: (memory) => memories.push(memory) });
    spectrum(values, 1000);
    setHelpers(null);
  };
  const come = () => sharesOf(threads.call(memories.at(-1)!)[0]!);
  job();
  come();
  job();
  assert(memories[1] === memories[0], "it has come and gone");
  job();
  assert(memories[2] !== memories[1], "it has not come yet");
  const own = spectrum(values, 1000);
  assertEquals(come(), 0);
  job();
  assert(memories[3] !== memories[2], "it had not come before the last one without helpers");
  assertEquals(spectrum(values, 1000), own);
});

const ROWS = 2 ** 20;

/** Lines of a spectrum: bin and peak value. */
const LINES: [bin: number, peak: number][] = [[1000, 3], [77_777, 0.5], [400_001, 20]];

const AMPLITUDES = `import { spectrum } from "measuring/fft";
  const found = (u) => ({ amplitude: spectrum(u, u.length).amplitude });`;

const FORMULAS = {
  main: `${AMPLITUDES}
    export const main = async (frame) => found(await frame.column("u"));`,
  aggregate: `${AMPLITUDES}
    export const chunk = ({ u }) => [u];
    export const combine = (a, b) => [...a, ...b];
    export function aggregate(parts, { rows }) {
      const u = new Float64Array(rows);
      let at = 0;
      for (const part of parts) { u.set(part, at); at += part.length; }
      return found(u);
    }`,
};

/** Writes `time_series.parquet`: a column that is the sum of the lines. */
async function writeLines(folder: string): Promise<void> {
  using duckdb = await DuckDB.open();
  const terms = LINES.map(([bin, peak]) =>
    `${peak} * cos(2 * pi() * ((i * ${bin}) % ${ROWS}) / ${ROWS})`
  );
  const to = quoted(join(folder, "time_series.parquet"));
  await duckdb.run(`copy (select ${terms.join(" + ")} as u from range(${ROWS}) t(i)) to ${to}`);
}

for (const way of ways) {
  Deno.test(`a spectrum is the same by any number of workers [${way.name}]`, async () => {
    await using folder = await tempDir();
    const { path } = folder;
    await writeLines(path);
    const result = join(path, "work_ansver.parquet");
    let first: Uint8Array | null = null;
    for (const workers of [1, 2, 3]) {
      await using server = await startServer(way, {
        root: path,
        args: ["--workers", `${workers}`],
      });
      for (const formula of Object.values(FORMULAS)) {
        const { Response } = await runFormula(server, path, formula);
        assertEquals(Response.Job?.Workers, workers, JSON.stringify(Response));
        const bytes = await Deno.readFile(result);
        first ??= bytes;
        assert(bytes.length === first.length && bytes.every((byte, k) => byte === first![k]));
      }
    }
    const rows = await readRows(result);
    assertEquals(rows.length, ROWS / 2 + 1);
    const lines = new Map(LINES);
    rows.forEach(({ amplitude }, k) =>
      assertAlmostEquals(amplitude as number, lines.get(k) ?? 0, 1e-9, `bin ${k}`)
    );
  });

  Deno.test(`a job can be cancelled while workers share a transform [${way.name}]`, async () => {
    await using folder = await tempDir();
    const { path } = folder;
    await writeLines(path);
    await using server = await startServer(way, { root: path, args: ["--workers", "2"] });
    const endless = `import { spectrum } from "measuring/fft";
      export async function main(frame) {
        const u = await frame.column("u");
        for (;;) spectrum(u, 1);
      }`;
    await Deno.writeTextFile(join(path, "endless.ts"), endless);
    for (let round = 0; round < 5; round++) {
      const { Id } = await submit(server, path, "endless.ts");
      await reach(server, Id, "running");
      await new Promise((resolve) => setTimeout(resolve, 100 + 150 * round));
      assertEquals((await told(server, "Cancel", { Id })).State, "cancelled");
      assertEquals((await ask(server, "Result", { Id })).Error.Code, "CANCELLED");
      const { Response } = await runFormula(server, path, FORMULAS.main);
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
    }
  });
}
