import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { LONG } from "../support/suite_options.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { readRows, rowGroups, runFormula } from "../support/fixtures.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";
import { enginesOf } from "../support/processes.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { type SharedService, shareService } from "../support/shared_service.ts";
import { until } from "../support/until.ts";
import { sameBytes } from "../support/numeric_values.ts";
import { resultBytes } from "../support/result_bytes.ts";

const duckdb = await sharedDuckDB();

const ROW_GROUP = 1 << 20;
const PAGE = 1 << 17;

/** Columns of every form that is written as it is, of as many rows. */
const COLUMNS = `
  function columns(rows) {
    const x = new Float64Array(rows), n = new Int32Array(rows), big = new BigInt64Array(rows);
    const step = new Float32Array(rows), small = new Uint8Array(rows);
    for (let k = 0; k < rows; k++) {
      x[k] = k % 7 === 3 ? NaN : k / 7;
      n[k] = 3 * k - 1000;
      big[k] = BigInt(k * k);
      step[k] = k / 1000 | 0;
      small[k] = k * k;
    }
    return { x, n, big, step, small };
  }
`;

type Shape = [what: string, rows: number, groups: number[]];

const SHAPES: Shape[] = [
  ["rows of one page", PAGE, [PAGE]],
  ["a row more than a page", PAGE + 1, [PAGE + 1]],
  ["a part of a row group", 5 * PAGE - 77, [5 * PAGE - 77]],
  ...LONG ? [["one row group", ROW_GROUP, [ROW_GROUP]] as Shape] : [],
  ["a row more than a row group", ROW_GROUP + 1, [ROW_GROUP, 1]],
  ["three row groups", 2 * ROW_GROUP + PAGE + 9, [ROW_GROUP, ROW_GROUP, PAGE + 9]],
];

/** Three row groups: as many as jobs have partitions. */
async function writeData(folder: string): Promise<void> {
  const to = quoted(join(folder, "time_series.parquet"));
  await duckdb.run(
    `copy (select i from range(300000) t(i)) to ${to} (row_group_size 122880)`,
  );
}

for (const way of ways) {
  const [one, two] = ["1", "2"].map((workers) =>
    shareService(way, { args: ["--workers", workers], prepare: writeData })
  ) as [SharedService, SharedService];

  Deno.test(`a large table has the same bytes, whichever worker encodes it [${way.name}]`, async (t) => {
    for (const [what, rows, groups] of SHAPES) {
      await t.step(what, async () => {
        const formulas = {
          main: `${COLUMNS} export const main = () => columns(${rows});`,
          reduction:
            `${COLUMNS} export const chunk = () => 1; export const combine = (a, b) => a + b;
            export const aggregate = () => columns(${rows});`,
        };
        let first: Uint8Array | null = null;
        // Whole row groups take long; where they come from changes nothing any more.
        const kinds = Object.entries(formulas).slice(0, LONG || rows < ROW_GROUP ? 2 : 1);
        for (const [kind, formula] of kinds) {
          for (const [index, { server, root }] of [one, two].entries()) {
            const { Response } = await runFormula(server, root, formula);
            assertEquals(Response.Status, "complete", JSON.stringify(Response));
            assertEquals(Response.Job!.Workers, index + 1);
            const bytes = await resultBytes(join(root, "work_ansver.parquet"));
            first ??= bytes;
            assert(sameBytes(bytes, first), `${kind} with ${Response.Job!.Workers} workers`);
          }
        }
        const file = join(two.root, "work_ansver.parquet");
        assertEquals(await rowGroups(file), groups);
        const [counts] = await duckdb.plainRows(
          `with rows as (select *, row_number() over () - 1 as k from ${quoted(file)})
           select count(*)::int, count(*) filter (not (
             case when k % 7 = 3 then isnan(x) else x = k::double / 7 end
             and n = 3 * k - 1000 and big = k * k and step = k // 1000 and small = k * k % 256
           ))::int from rows`,
        );
        assertEquals(counts, [rows, 0]);
      });
    }
  });

  Deno.test(`columns that can't be divided are returned whole [${way.name}]`, async () => {
    const { server, root } = two;
    const rows = 3 * PAGE;
    const { Response } = await runFormula(
      server,
      root,
      `export const main = () => ({ k: Float64Array.from({ length: ${rows} }, (_, k) => k),
       unit: Array.from({ length: ${rows} }, (_, k) => k % 5 ? "unit " + k % 9 : null) });`,
    );
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const table = await readRows(join(root, "work_ansver.parquet"));
    assertEquals(table.length, rows);
    assert(
      table.every(({ k, unit }, at) => k === at && unit === (at % 5 ? `unit ${at % 9}` : null)),
    );
  });

  Deno.test(`an engine that uses much memory runs the next job of its formula, and ends soon after [${way.name}]`, async () => {
    await using folder = await tempDir();
    const root = folder.path;
    await writeData(root);
    await using server = await startServer(way, { root, args: ["--workers", "2"] });
    const formula = `export const main = () =>
    ({ length: Array.from({ length: 6e6 }, (_, k) => [k]).length });`;
    const pids = new Set<number>();
    for (let job = 0; job < 3; job++) {
      const { Response } = await runFormula(server, root, formula);
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
      for (const { pid } of await enginesOf(server)) pids.add(pid);
    }
    assertEquals(pids.size, 1);
    await until(
      "the engine to end",
      async () => (await enginesOf(server)).every(({ pid }) => !pids.has(pid)),
    );
  });
}
