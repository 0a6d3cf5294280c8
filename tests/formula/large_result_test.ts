import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { DuckDB, quoted } from "../support/parquet/duckdb.ts";
import { readRows, rowGroups, runFormula } from "../support/fixtures.ts";
import { type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { enginesOf, until } from "../support/processes.ts";

const ROW_GROUP = 1 << 20;
const PAGE = 1 << 17;

/** Columns of every form that is written as it is, of as many rows. */
const columnsOf = (rows: number) =>
  `({ x: Float64Array.from({ length: ${rows} }, (_, k) => k % 7 === 3 ? NaN : Math.sin(k)),
      n: Int32Array.from({ length: ${rows} }, (_, k) => 3 * k - 1000),
      big: BigInt64Array.from({ length: ${rows} }, (_, k) => BigInt(k) ** 2n),
      step: Float32Array.from({ length: ${rows} }, (_, k) => k / 1000 | 0),
      small: Uint8Array.from({ length: ${rows} }, (_, k) => k * k) })`;

const SHAPES: [what: string, rows: number, groups: number[]][] = [
  ["rows of one page", PAGE, [PAGE]],
  ["a row more than a page", PAGE + 1, [PAGE + 1]],
  ["a part of a row group", 5 * PAGE - 77, [5 * PAGE - 77]],
  ["one row group", ROW_GROUP, [ROW_GROUP]],
  ["a row more than a row group", ROW_GROUP + 1, [ROW_GROUP, 1]],
  ["three row groups", 2 * ROW_GROUP + PAGE + 9, [ROW_GROUP, ROW_GROUP, PAGE + 9]],
];

/** Three row groups: as many as jobs have partitions. */
async function writeData(duckdb: DuckDB, folder: string): Promise<void> {
  const to = quoted(join(folder, "time_series.parquet"));
  await duckdb.run(
    `copy (select i from range(300000) t(i)) to ${to} (row_group_size 122880)`,
  );
}

async function twoWorkers(folder: string): Promise<RunningServer> {
  using duckdb = await DuckDB.open();
  await writeData(duckdb, folder);
  return await startServer(ways[1]!, { root: folder, args: ["--workers", "2"] });
}

for (const way of ways) {
  Deno.test(`a large table has the same bytes whoever encodes it [${way.name}]`, async (t) => {
    await using folder = await tempDir();
    const { path } = folder;
    using duckdb = await DuckDB.open();
    await writeData(duckdb, path);
    await using one = await startServer(way, { root: path, args: ["--workers", "1"] });
    await using two = await startServer(way, { root: path, args: ["--workers", "2"] });
    for (const [what, rows, groups] of SHAPES) {
      await t.step(what, async () => {
        const formulas = {
          main: `export const main = () => ${columnsOf(rows)};`,
          reduction: `export const chunk = () => 1; export const combine = (a, b) => a + b;
            export const aggregate = () => ${columnsOf(rows)};`,
        };
        const file = join(path, "work_ansver.parquet");
        let first: Uint8Array | null = null;
        for (const [kind, formula] of Object.entries(formulas)) {
          for (const server of [one, two]) {
            const { Response } = await runFormula(server, path, formula);
            assertEquals(Response.Status, "complete", JSON.stringify(Response));
            assertEquals(Response.Job!.Workers, server === one ? 1 : 2);
            const bytes = await Deno.readFile(file);
            first ??= bytes;
            const same = bytes.length === first.length &&
              bytes.every((byte, k) => byte === first![k]);
            assert(same, `${kind} with ${Response.Job!.Workers} workers`);
          }
        }
        assertEquals(await rowGroups(file), groups);
        const [counts] = await duckdb.plainRows(
          `with rows as (select *, row_number() over () - 1 as k from ${quoted(file)})
           select count(*)::int, count(*) filter (not (
             case when k % 7 = 3 then isnan(x) else abs(x - sin(k)) < 1e-9 end
             and n = 3 * k - 1000 and big = k * k and step = k // 1000 and small = k * k % 256
           ))::int from rows`,
        );
        assertEquals(counts, [rows, 0]);
      });
    }
  });
}

Deno.test("columns that can't be parted come whole", async () => {
  await using folder = await tempDir();
  const { path } = folder;
  await using server = await twoWorkers(path);
  const rows = 3 * PAGE;
  const { Response } = await runFormula(
    server,
    path,
    `export const main = () => ({ k: Float64Array.from({ length: ${rows} }, (_, k) => k),
       unit: Array.from({ length: ${rows} }, (_, k) => k % 5 ? "unit " + k % 9 : null) });`,
  );
  assertEquals(Response.Status, "complete", JSON.stringify(Response));
  const table = await readRows(join(path, "work_ansver.parquet"));
  assertEquals(table.length, rows);
  assert(table.every(({ k, unit }, at) => k === at && unit === (at % 5 ? `unit ${at % 9}` : null)));
});

Deno.test("an engine with much memory serves the next job of its formula, and ends soon after", async () => {
  await using folder = await tempDir();
  const { path } = folder;
  await using server = await twoWorkers(path);
  const formula = `export const main = () =>
    ({ length: Array.from({ length: 6e6 }, (_, k) => [k]).length });`;
  const pids = new Set<number>();
  for (let job = 0; job < 3; job++) {
    const { Response } = await runFormula(server, path, formula);
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    for (const { pid } of await enginesOf(server)) pids.add(pid);
  }
  assertEquals(pids.size, 1);
  await until(async () => (await enginesOf(server)).every(({ pid }) => !pids.has(pid)));
});
