import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { setHelpers } from "#transform";
import { fft, rfft, spectrum } from "measuring/fft";
import { LONG, SEED } from "../support/suite_options.ts";
import { DuckDB, quoted } from "../support/parquet/duckdb.ts";
import { readRows, runFormula } from "../support/fixtures.ts";
import { bothWays, startServer, tempDir, ways } from "../support/harness.ts";
import { ask, reach, submit, told } from "../support/job_requests.ts";
import { randomNumbers } from "../support/parquet/files.ts";
import { randomTest } from "../support/random_tests.ts";
import type { Call } from "../support/transform_helper.ts";
import { until } from "../support/until.ts";
import { assertSameBits, sameBytes } from "../support/numeric_values.ts";
import { resultBytes } from "../support/result_bytes.ts";

/**
 * Matrices that are square and not, with rows and columns that are no multiples of eight; just long enough
 * that others are called for help.
 */
const LENGTHS = [2 ** 18, 2 ** 19, 360_000, 2 * 3 ** 11, 4 * 5 ** 7, 2 ** 4 * 3 ** 5 * 5 ** 3];

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
function allOf(values: Float64Array): Record<string, Float64Array> {
  const other = values.toReversed();
  const { re, im } = fft(values, other);
  const real = rfft(values);
  const { frequency, amplitude } = spectrum(values, 1000);
  return { re, im, realRe: real.re, realIm: real.im, frequency, amplitude };
}

function assertSame(
  found: Record<string, Float64Array>,
  expected: Record<string, Float64Array>,
): void {
  for (const [name, values] of Object.entries(expected)) {
    assertSameBits(found[name]!, values, `${name} of ${values.length}`);
  }
}

Deno.test("a helper thread that comes at once does the whole transform, bit for bit", () => {
  using threads = new Threads(1);
  for (const n of LENGTHS) {
    const values = noise(n);
    const alone = allOf(values);
    const shares: number[] = [];
    setHelpers({
      count: 1,
      call: (memory) => shares.push(sharesOf(threads.call(memory)[0]!)),
    });
    assertSame(allOf(values), alone);
    assertEquals(shares.length, 3, "each transform calls once");
    assert(shares.every((taken) => taken > 50), `${shares}`);
    setHelpers(null);
  }
});

const WHENEVER = "threads that come whenever they can change nothing";
randomTest("transform-rounds", WHENEVER, async (count) => {
  using threads = new Threads(3);
  const sets = LENGTHS.map(noise).map((values) => ({ values, alone: allOf(values) }));
  const calls: Int32Array<SharedArrayBuffer>[] = [];
  setHelpers({ count: 3, call: (memory) => calls.push(...threads.call(memory)) });
  let rounds = 0;
  await until("a thread to come in time", () => {
    do {
      for (const { values, alone } of sets) assertSame(allOf(values), alone);
    } while (++rounds < count);
    return calls.map(sharesOf).some((taken) => taken > 0);
  });
});

Deno.test("a late thread gets no share, and short transforms call no thread", () => {
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

Deno.test("memory is reused once every called thread has come and gone", () => {
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

const ROWS = 2 ** 18;

/** Lines of a spectrum: bin and peak value. */
const LINES: [bin: number, peak: number][] = [[1000, 3], [77_777, 0.5], [100_001, 20]];

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
  Deno.test(`a spectrum is the same with any number of workers [${way.name}]`, async () => {
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
        const bytes = await resultBytes(result);
        first ??= bytes;
        assert(sameBytes(bytes, first));
      }
    }
    const rows = await readRows(result);
    assertEquals(rows.length, ROWS / 2 + 1);
    const lines = new Map(LINES);
    rows.forEach(({ amplitude }, k) =>
      assertAlmostEquals(amplitude as number, lines.get(k) ?? 0, 1e-9, `bin ${k}`)
    );
  });
}

for (const way of LONG ? bothWays : ways) {
  const name = `a job can be cancelled while workers share a transform [${way.name}]`;
  randomTest("transform-cancels", name, async (count) => {
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
    const moment = randomNumbers(SEED);
    for (let round = 0; round < count; round++) {
      const { Id } = await submit(server, path, "endless.ts");
      await reach(server, Id, "running");
      await new Promise((resolve) => setTimeout(resolve, 100 + 600 * moment()));
      assertEquals((await told(server, "Cancel", { Id })).State, "cancelled");
      assertEquals((await ask(server, "Result", { Id })).Error.Code, "CANCELLED");
      const { Response } = await runFormula(server, path, FORMULAS.main);
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
    }
  });
}
