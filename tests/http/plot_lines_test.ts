/** Points of plots of several columns, and of groups of one, against DuckDB's. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { bothWays } from "../support/harness.ts";
import { api, pageOf } from "../support/http_client.ts";
import { end, submit, writeFormulas } from "../support/job_requests.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomCases, tellAmount } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";
import { SEED } from "../support/suite_options.ts";

/** Columns of the data as DuckDB makes them of `i`, the row's number, and `h`, a random number from 0 on. */
const COLUMNS: Record<string, string> = {
  at: "timestamp '2024-01-01' + interval (i * 3) second",
  wave: "case when h % 11 = 0 then null when h % 13 = 0 then 'nan'::double else h / 7 - 300 end",
  "odd, °C": "case when (i // 100) % 3 = 0 then null else (h % 997)::float end",
  count: "(h % 50)::smallint",
  far: "9007199254740993 + h * 1001",
  deep: "case when h % 4 = 0 then null else h * h * (i % 2000 - 1000) end",
  unsigned: "(18446744073709551615 - h::uhugeint)::ubigint",
  yes: "case when h % 9 = 0 then null else h % 2 = 0 end",
  "Насос": "case when h % 8 = 0 then null else ['б', 'a', 'B', 'null', '', 'ё'][1 + h % 6] end",
  unit: "'unit ' || (i // 977) % 12",
  code: "case when h % 5 = 0 then null else (h % 7 - 3)::tinyint end",
  id:
    "case h % 3 when 0 then 9007199254740993 when 1 then 9007199254740992 else -9223372036854775808 end",
};
const PLOTTED = ["at", "wave", "odd, °C", "count", "far", "deep", "unsigned", "yes"];
const GROUPS = ["yes", "Насос", "unit", "code", "id"];
const FORMULA = `export const keep = ${JSON.stringify(Object.keys(COLUMNS))};
  export const map = (_, { rows }) => ({ row: new Float64Array(rows) });`;

const duckdb = await sharedDuckDB();

/** A column as a number, which times and booleans are in plots, NaN being null. */
function numberOf(name: string): string {
  const column = `"${name}"`;
  if (name === "at") return `epoch_us(${column}) / 1000`;
  if (name === "wave") return `case when isnan(${column}) then null else ${column} end`;
  return `${column}::double`;
}

type Bounds = [min: number | null, max: number | null];

/** What a plot has to say of each bin and each value of a group that is there. */
async function boundsOf(
  path: string,
  y: string,
  group: string | null,
  edges: number[],
): Promise<Map<string, Bounds>> {
  const found = await duckdb.plainRows(`
    with bins as (select unnest(range(${edges.length - 1})) as bin,
      unnest([${edges.slice(0, -1)}]) as low, unnest([${edges.slice(1)}]) as high)
    select bin::integer, ${group === null ? "null" : `"${group}"::varchar`} as value,
      min(${numberOf(y)}), max(${numberOf(y)})
    from read_parquet(${quoted(path)}, file_row_number = true)
    join bins on file_row_number >= low and file_row_number < high
    group by all`);
  return new Map(
    found.map(([bin, value, min, max]) => [JSON.stringify([bin, value]), [min, max] as Bounds]),
  );
}

function some<T>(random: Random, all: readonly T[], most: number): T[] {
  const left = [...all];
  return Array.from(
    { length: 1 + random(most) },
    () => left.splice(random(left.length), 1)[0]!,
  );
}

async function writeData(path: string, random: Random, rows: number): Promise<void> {
  await duckdb.run(
    `copy (select ${
      Object.entries(COLUMNS).map(([name, sql]) => `${sql} as "${name}"`).join(", ")
    } from (select i, (hash(i + ${random(1e6)}) % 100000)::bigint as h from range(${rows}) as t(i)))
    to ${quoted(path)} (format parquet, row_group_size ${2048 + random(rows)})`,
  );
}

for (const way of bothWays) {
  const shared = shareService(way, { args: ["--http", "127.0.0.1:0"] });
  Deno.test(`lines of several columns and of groups are DuckDB's [${way.name}]`, async () => {
    using _told = tellAmount("plot-lines");
    const page = await pageOf(shared.server);
    let result = { id: "", path: "", rows: 0 };
    for (const index of randomCases("plot-lines")) {
      const random = fuzzRandom(index);
      if (index % 6 === 0) {
        const folder = await shared.folder(), rows = 1 + random(20_000);
        await writeData(join(folder, "time_series.parquet"), random, rows);
        await writeFormulas(folder, { "all.ts": FORMULA });
        const job = await end(shared.server, (await submit(shared.server, folder, "all.ts")).Id);
        assertEquals(job.State, "complete", JSON.stringify(job));
        result = { id: job.Id, path: join(folder, job.Result.File), rows };
      }
      const grouped = random(2) === 0;
      const y = some(random, PLOTTED, grouped ? 1 : 6);
      const group = grouped ? GROUPS[random(GROUPS.length)]! : null;
      const from = random(3) === 0 ? 0 : random(result.rows);
      const to = random(3) === 0 ? result.rows : from + 1 + random(result.rows - from);
      const query = new URLSearchParams([
        ...y.map((name) => ["y", name]),
        ...(group === null ? [] : [["group", group]]),
        ...Object.entries({ from, to, points: 1 + random(300), x: random(2) ? "at" : "" })
          .map(([name, value]) => [name, String(value)]),
        ["spacing", ["linear", "log"][random(2)]!],
      ]);
      const what = `case ${index}, seed ${SEED}, ${result.rows} rows: ${query}`;
      const answer = await api(page, `jobs/${result.id}/plot?${query}`);
      assert(answer.Plot, `${what}: ${JSON.stringify(answer)}`);
      const { Edges, Groups, Plot } = answer;
      if (group === null) {
        assertEquals([Groups, Plot.lines.length], [undefined, y.length], what);
        for (const [k, name] of y.entries()) {
          const bounds = await boundsOf(result.path, name, null, Edges);
          const { min, max } = Plot.lines[k];
          const told = min.map((least: number | null, bin: number) => [least, max[bin]]);
          const wanted = Edges.slice(1).map((_: number, bin: number) =>
            bounds.get(JSON.stringify([bin, null]))
          );
          assertEquals(told, wanted, `${name}, ${what}`);
        }
      } else {
        assertEquals(Groups, await valuesOf(result.path, group), what);
        const told = new Map<string, Bounds>();
        Plot.lines.forEach(({ bins, min, max }: Record<string, number[]>, line: number) => {
          bins!.forEach((bin, k) =>
            told.set(JSON.stringify([bin, Groups[line]]), [min![k]!, max![k]!])
          );
        });
        const wanted = await boundsOf(result.path, y[0]!, group, Edges);
        assertEquals(sorted(told), sorted(wanted), what);
      }
      const beyond = y.filter((name) => name === "far" || name === "unsigned");
      assertEquals(Plot.rounded.toSorted(), beyond.toSorted(), what);
      assertEquals(Plot.ascending, true, what);
    }
  });
}

/** A column's values as DuckDB sorts them, null last. */
async function valuesOf(path: string, column: string): Promise<unknown[]> {
  const found = await duckdb.plainRows(
    `select distinct "${column}"::varchar, "${column}" from read_parquet(${quoted(path)})
     order by "${column}" nulls last`,
  );
  return found.map(([value]) => value);
}

function sorted(bounds: Map<string, Bounds>): [string, Bounds][] {
  return [...bounds].sort(([a], [b]) => a < b ? -1 : 1);
}
