import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { encodeRowGroup } from "../../mod/parquet/write/encode.ts";
import { ParquetWriter } from "../../mod/parquet/write/writer.ts";
import { amountOf, LONG } from "../support/suite_options.ts";
import { runFormula } from "../support/fixtures.ts";
import { bothWays, type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { enginesOf } from "../support/processes.ts";
import { until } from "../support/until.ts";

const MEBIBYTE = 2 ** 20;
const ROW_GROUP = 2 ** 18;
/** With the fewer, runs of partitions are as long already as they become. */
const FEW = 32, MANY = FEW + amountOf("memory-row-groups");
/** 240 MiB of values a row group. */
const WIDE_COLUMNS = 600, WIDE_ROWS = 52_000;
const MOST_OF_WIDE = 600 * MEBIBYTE;
/** Of each row of these, twelve are made. */
const LONG_ROWS = 122_880, LONG_GROUPS = 9, LONG_JOBS = 8;
/** The least that may be set, and what a job's data takes at most with it, and more than that without. */
const LITTLE = 64 * MEBIBYTE, MOST_OF_LITTLE = 320 * MEBIBYTE;
/** A setting with which a row group is one partition. */
const MUCH = 4096 * MEBIBYTE;
/** Keys that are all different, and memory that their groups exceed. */
const KEYS = 24 * ROW_GROUP, LEAST_MEMORY = 256 * MEBIBYTE;
const BY_KEY = `import { groupBy } from "measuring/groups";
export const { chunk, combine, aggregate } = groupBy("key").mean("key").count();`;
const COLUMNS = ["a", "b", "c", "d"];

/** Writes row groups of four columns of noise, 8 MiB each. */
function writeRowGroups(path: string, count: number): void {
  const columns = COLUMNS.map((name) => ({
    name,
    type: "float64" as const,
    values: Float64Array.from({ length: ROW_GROUP }, Math.random),
  }));
  const group = encodeRowGroup(columns, { codec: "UNCOMPRESSED" });
  const writer = new ParquetWriter(path);
  for (let index = 0; index < count; index++) writer.append(group);
  writer.finish();
  writer.close();
}

/** The most memory a process ever had, in bytes; 0 when it has just ended. */
function peakOf(pid: number): number {
  const status = readIfThere(`/proc/${pid}/status`);
  return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return "";
    throw thrown;
  }
}

/** The most memory that any of these processes has until something has ended. */
async function peakDuring(processes: { pid: number }[], end: Promise<unknown>): Promise<number> {
  let peak = 0, ended = false;
  end.finally(() => ended = true);
  await until("the job to end", () => {
    for (const { pid } of processes) peak = Math.max(peak, peakOf(pid));
    return ended;
  });
  return peak;
}

/** Writes row groups of so many columns of noise. */
function writeColumns(path: string, count: number, rows: number, groups: number): void {
  const values = Float64Array.from({ length: rows }, Math.random);
  const columns = Array.from(
    { length: count },
    (_, c) => ({ name: `c${c}`, type: "float64" as const, values }),
  );
  const group = encodeRowGroup(columns, { codec: "SNAPPY" });
  const writer = new ParquetWriter(path);
  for (let index = 0; index < groups; index++) writer.append(group);
  writer.finish();
  writer.close();
}

const SUM_OF_ALL = `import { sum } from "measuring/statistics";
export const chunk = (columns, { schema }) =>
  schema.reduce((all, { name }) => all + sum(columns[name]), 0);
export const combine = (a, b) => a + b;
export const aggregate = (sum) => ({ sum });`;

/** The result of the sum of all columns, as text, and the most bytes that its engines had resident. */
async function sumOfAll(
  server: RunningServer,
  folder: string,
): Promise<{ peak: number; result: string }> {
  const engines = await until("an engine", async () => {
    const listed = await enginesOf(server);
    return listed.length > 0 ? listed : null;
  });
  const running = runFormula(server, folder, SUM_OF_ALL);
  const peak = await peakDuring(engines, running);
  const { Response } = await running;
  assertEquals(Response.Status, "complete", JSON.stringify(Response));
  return { peak, result: JSON.stringify(Response.Result) };
}

for (const way of ways) {
  Deno.test(`a job's memory is bounded, however many columns are read [${way.name}]`, async () => {
    await using folder = await tempDir();
    writeColumns(join(folder.path, "time_series.parquet"), WIDE_COLUMNS, WIDE_ROWS, 2);
    await using server = await startServer(way, { root: folder.path, args: ["--workers", "2"] });
    const { peak } = await sumOfAll(server, folder.path);
    console.log(`memory came to ${Math.round(peak / MEBIBYTE)} MiB`);
    assert(peak > 0 && peak < MOST_OF_WIDE, `${peak / MEBIBYTE} MiB`);
  });
}

for (const way of ways) {
  Deno.test(`the memory of data under way is a setting, and the result the same for any number of workers [${way.name}]`, async () => {
    await using folder = await tempDir();
    const [wide, narrow] = [join(folder.path, "wide"), join(folder.path, "narrow")];
    for (const path of [wide, narrow]) await Deno.mkdir(path);
    writeColumns(join(wide, "time_series.parquet"), WIDE_COLUMNS, WIDE_ROWS, 2);
    writeColumns(join(narrow, "time_series.parquet"), 1, WIDE_ROWS, 2 * 3);
    const results = new Set<string>();
    const grown: number[] = [];
    for (const [workers, bytes] of [["1", LITTLE], ["3", LITTLE], ["3", MUCH]] as const) {
      const args = ["--workers", workers, "--limit", `work-bytes=${bytes}`];
      await using server = await startServer(way, { root: folder.path, args });
      const first = await sumOfAll(server, narrow);
      const { peak, result } = await sumOfAll(server, wide);
      const [before, after] = [first.peak, peak].map((size) => Math.round(size / MEBIBYTE));
      console.log(`${workers} workers, ${bytes / MEBIBYTE}: from ${before} to ${after} MiB`);
      grown.push(peak - first.peak);
      if (bytes === LITTLE) results.add(result);
    }
    assertEquals(results.size, 1, [...results].join());
    assert(Math.max(...grown.slice(0, 2)) < MOST_OF_LITTLE, grown.join());
    assert(grown[2]! > MOST_OF_LITTLE, grown.join());
  });
}

for (const way of ways) {
  Deno.test(`more groups than there is memory for end a job alone [${way.name}]`, async () => {
    await using folder = await tempDir();
    const writer = new ParquetWriter(join(folder.path, "time_series.parquet"));
    for (let first = 0; first < KEYS; first += ROW_GROUP) {
      const values = Float64Array.from({ length: ROW_GROUP }, (_, k) => 7919.5 * (first + k));
      writer.append(encodeRowGroup([{ name: "key", type: "float64", values }]));
    }
    writer.finish();
    writer.close();
    const args = ["--workers", "2", "--limit", `memory-bytes=${LEAST_MEMORY}`];
    await using server = await startServer(way, { root: folder.path, args });
    const groups = await runFormula(server, folder.path, BY_KEY);
    assertEquals(groups.Response.Error?.Code, "OUT_OF_MEMORY", JSON.stringify(groups.Response));
    const sum = await runFormula(server, folder.path, SUM_OF_ALL);
    assertEquals(sum.Response.Status, "complete", JSON.stringify(sum.Response));
  });
}

/** A row for each of twelve columns of each row: 40 MiB are made of a partition. It is no plain formula. */
const LONGER = `const NAMES = Array.from({ length: 12 }, (_, c) => "c" + c);
export function map(columns, { rowStart }) {
  const all = NAMES.map((name) => columns[name]);
  const count = NAMES.length, rows = all[0].length;
  const number = new BigInt64Array(rows * count), value = new Float64Array(rows * count);
  const sensor = new Array(rows * count);
  for (let row = 0, at = 0; row < rows; row++) {
    const own = BigInt(rowStart + row);
    for (let c = 0; c < count; c++, at++) {
      number[at] = own;
      sensor[at] = NAMES[c];
      value[at] = all[c][row];
    }
  }
  return { number, sensor, value };
}`;

for (const way of ways) {
  Deno.test(`what jobs no longer use is used again, by them and the next [${way.name}]`, async () => {
    await using folder = await tempDir();
    writeColumns(join(folder.path, "time_series.parquet"), 12, LONG_ROWS, LONG_GROUPS);
    await using server = await startServer(way, { root: folder.path, args: ["--workers", "2"] });
    const engines = await until("an engine", async () => {
      const listed = await enginesOf(server);
      return listed.length > 0 ? listed : null;
    });
    let peak = 0;
    for (let job = 0; job < LONG_JOBS; job++) {
      const running = runFormula(server, folder.path, LONGER);
      peak = Math.max(peak, await peakDuring(engines, running));
      const { Response } = await running;
      assertEquals(
        Response.Job?.Rows,
        12 * LONG_ROWS * LONG_GROUPS,
        JSON.stringify(Response),
      );
    }
    console.log(`memory came to ${Math.round(peak / MEBIBYTE)} MiB`);
    assert(peak > 0 && peak < MOST_OF_WIDE, `${peak / MEBIBYTE} MiB`);
  });
}

for (const way of LONG ? bothWays : ways) {
  Deno.test(`a job's memory does not grow with the file [${way.name}]`, async () => {
    await using folder = await tempDir();
    const peaks: number[] = [];
    for (const rowGroups of [FEW, MANY]) {
      const base = join(folder.path, "time_series.parquet");
      if (peaks.length) await Deno.remove(base);
      writeRowGroups(base, rowGroups);
      await using server = await startServer(way, { root: folder.path });
      const engines = await until("an engine", async () => {
        const listed = await enginesOf(server);
        return listed.length > 0 ? listed : null;
      });
      const running = runFormula(
        server,
        folder.path,
        `export function map({ a, b, c, d }) {
           const sum = new Float64Array(a.length);
           for (let k = 0; k < sum.length; k++) sum[k] = a[k] + b[k] + c[k] + d[k];
           return { sum, a };
         }`,
      );
      peaks.push(await peakDuring(engines, running));
      const { Response } = await running;
      assertEquals(Response.Job?.Rows, rowGroups * ROW_GROUP, JSON.stringify(Response));
    }
    assert(peaks[0]! > 0);
    const grown = peaks[1]! - peaks[0]!;
    // 8 MiB of each more were read, and 4 MiB written.
    const more = (MANY - FEW) * 12 * MEBIBYTE;
    const told = `${grown / MEBIBYTE} MiB where ${more / MEBIBYTE} MiB more went through`;
    console.log(`memory grew by ${told}`);
    assert(grown < Math.min(200 * MEBIBYTE, more / 2), `grew by ${told}`);
  });
}
