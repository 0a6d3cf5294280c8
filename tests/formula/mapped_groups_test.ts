/** Group-bys of columns that `map` computes, against DuckDB. */
import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { fuzzRandom, oneOf } from "../support/random_numbers.ts";
import { randomCases, randomTest } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();

const ROWS = 150_000;
const IMPORTS = `import { groupBy, interval, resample } from "measuring/groups";`;

/** A column of the result: what makes it in a formula, and in SQL. */
interface Column {
  /** What `map` returns of it, or that it is kept. */
  map?: string;
  keep?: string;
  /** The key in the formula, and the same in SQL, of the columns of the data. */
  key: string;
  sql: string;
}

const KEYS: readonly Column[] = [
  { keep: "unit", key: `"unit"`, sql: "unit" },
  { keep: "big", key: `"big"`, sql: "big" },
  { keep: "price", key: `"price"`, sql: "price" },
  { keep: "flag", key: `"flag"`, sql: "flag" },
  {
    keep: "day",
    key: `interval("day", "1mo", { name: "month" })`,
    sql: "date_trunc('month', day)",
  },
  {
    keep: "time",
    key: `interval("time", "15m", { name: "at" })`,
    sql: "time_bucket(interval 15 minute, time)",
  },
  { map: "name: chunk.unit", key: `"name"`, sql: "unit" },
  { map: "same: chunk.time", key: `"same"`, sql: "time" },
  {
    map: `stored: chunk.raw("time")`,
    key: `interval("stored", "1h")`,
    sql: "date_trunc('hour', time)",
  },
  { map: `days: chunk.raw("day")`, key: `"days"`, sql: "day" },
  {
    map: `dates: Array.from(chunk.time, (t) => new Date(Math.floor(t / 60000) * 60000))`,
    key: `"dates"`,
    sql: "date_trunc('minute', time)",
  },
  {
    map: `band: Array.from(chunk.u, (v) => v !== v ? null : v > 0 ? "high" : "low")`,
    key: `"band"`,
    sql: "case when u is null then null when u > 0 then 'high' else 'low' end",
  },
  { map: "bin: chunk.u.map(Math.floor)", key: `"bin"`, sql: "floor(u)" },
  { map: "code: Int16Array.from(chunk.n, (n) => n % 5)", key: `"code"`, sql: "(n % 5)::smallint" },
  {
    map: `huge: BigInt64Array.from(chunk.n, (n) => 2n ** 60n + BigInt(n % 3))`,
    key: `"huge"`,
    sql: "(1152921504606846976 + n % 3)",
  },
  { map: "even: Array.from(chunk.n, (n) => n % 2 === 0)", key: `"even"`, sql: "n % 2 = 0" },
];

/** Values that are exact in both, by row or with a neighbour. */
const VALUES = [
  { map: "power: chunk.u.map((v, k) => v * chunk.i[k])", name: "power", sql: "u * i" },
  { keep: "u", name: "u", sql: "u" },
  {
    map: "step: chunk.u.map((v, k) => k === 0 ? NaN : v - chunk.u[k - 1])",
    name: "step",
    sql: "step",
  },
] as const;

const FIGURES: readonly [(name: string) => string, (sql: string) => string][] = [
  [(name) => `mean("${name}")`, (sql) => `avg(${sql})`],
  [(name) => `sum("${name}")`, (sql) => `coalesce(sum(${sql}), 0)`],
  [(name) => `median("${name}")`, (sql) => `median(${sql})`],
  [(name) => `quantile("${name}", 0.8)`, (sql) => `quantile_cont(${sql}, 0.8)`],
  [(name) => `max("${name}")`, (sql) => `max(${sql})`],
  [(name) => `first("${name}")`, (sql) => `arg_min(${sql}, n)`],
  [(name) => `count("${name}")`, (sql) => `count(${sql})::int`],
];

/** Whole numbers and halves, so that sums are exact in any order. */
async function writeData(folder: string): Promise<void> {
  await duckdb.run(
    `copy (select n, to_timestamp(1700000000 + n / 10.0) as time,
       date '2024-01-01' + (n // 2000)::int as day,
       case when n % 97 = 5 then null else (hash(n) % 200)::double / 2 - 50 end as u,
       (hash(n, 1) % 21)::double - 10 as i,
       case when n % 31 = 7 then null else 'unit ' || hash(n, 2) % 9 end as unit,
       9007199254740993 + (hash(n, 3) % 4)::bigint as big,
       ((hash(n, 4) % 6) / 4.0)::decimal(20, 2) as price, hash(n, 5) % 2 = 0 as flag
     from range(${ROWS}) t(n)) to ${quoted(join(folder, "time_series.parquet"))}
     (format parquet, row_group_size 20480)`,
  );
}

for (const way of ways) {
  const shared = shareService(way, { prepare: writeData });

  randomTest(
    "mapped-groups",
    `random columns of map are grouped as DuckDB groups them [${way.name}]`,
    async () => {
      const path = shared.root, data = quoted(join(path, "time_series.parquet"));
      for (const index of randomCases("mapped-groups")) {
        const random = fuzzRandom(index);
        const keys = Array.from({ length: random(3) }, () => oneOf(random, KEYS))
          .filter((key, k, all) => all.indexOf(key) === k);
        const value = oneOf(random, VALUES), figures = FIGURES.filter(() => random(2));
        const isStep = value.name === "step";
        const made = [...keys, value].flatMap((one) => "map" in one && one.map ? [one.map] : []);
        if (made.length === 0) made.push("other: chunk.n");
        const keep = [...keys, value].flatMap((one) => "keep" in one && one.keep ? [one.keep] : []);
        const filter = random(3) === 0
          ? `export const filter = { n: { $gte: 1000, $lt: 99_999 } };`
          : "";
        const request = random(3) === 0
          ? { From: "2023-11-14T23:00:00", To: "2023-11-15T01:00:00", Time: "time" }
          : {};
        const formula = `${IMPORTS} ${filter}
          ${isStep ? "export const overlap = { before: 1 };" : ""}
          ${keep.length ? `export const keep = ${JSON.stringify(keep)};` : ""}
          export const map = (chunk) => ({ ${made.join(", ")} });
          export const { chunk, combine, aggregate } = groupBy([${keys.map(({ key }) => key)}])${
          figures.map(([call]) => `.${call(value.name)}`).join("")
        }.count();`;
        const text = `case ${index}: ${formula}, ${JSON.stringify(request)}`;
        const { Response } = await runFormula(shared.server, path, formula, request);
        assertEquals(Response.Status, "complete", `${text}: ${JSON.stringify(Response)}`);
        const where = [
          ...(filter ? ["n >= 1000 and n < 99999"] : []),
          ...("From" in request
            ? [`time >= '2023-11-14 23:00:00+00' and time < '2023-11-15 01:00:00+00'`]
            : []),
        ];
        if (where.length === 0) assert(Response.Job!.Partitions > 1);
        const columns = [
          ...keys.map(({ sql }, k) => `${sql} as k${k}`),
          ...figures.map(([, sql], k) => `${sql(value.sql)} as f${k}`),
          `count(*)::int as rows`,
        ];
        const names = keys.map((_, k) => `k${k}`);
        const wanted = await duckdb.plainRows(
          `select ${columns} from (select *, u - lag(u) over (order by n) as step from ${data})
           ${where.length ? `where ${where.join(" and ")}` : ""}
           ${
            names.length ? `group by ${names} order by ${names.map((k) => `${k} nulls last`)}` : ""
          }`,
        );
        const found = await duckdb.plainRows(
          `from ${quoted(join(path, "work_ansver.parquet"))}`,
        );
        assertEquals(found.length, wanted.length, text);
        for (const [row, values] of wanted.entries()) {
          for (const [column, one] of values.entries()) {
            const other = found[row]![column];
            const what = `${text}: row ${row}, column ${column}`;
            if (column >= keys.length && typeof one === "number") {
              assertAlmostEquals(other as number, one, 1e-9 * Math.abs(one) + 1e-12, what);
            } else if (!(one === null && Number.isNaN(other))) assertEquals(other, one, what);
          }
        }
      }
    },
  );

  const refuses = async (formula: string, code: string, message: RegExp) => {
    const { Response } = await runFormula(shared.server, shared.root, `${IMPORTS} ${formula}`);
    assertEquals(Response.Error?.Code, code, JSON.stringify(Response));
    assertMatch(Response.Error!.Message, message);
  };

  Deno.test(`what can't be grouped of map's columns is refused by name [${way.name}]`, async () => {
    const byUnit = `export const { chunk, combine, aggregate } = groupBy("unit").mean("power");`;
    const power = `export const map = ({ u }) => ({ power: u });`;
    await refuses(
      `${power} ${byUnit}`,
      "FORMULA_FAILED",
      /^map on partition 0 returned no column "unit", which is grouped: export const keep = \["unit"\] has/,
    );
    await refuses(
      `export const keep = ["unit"]; export const map = ({ u }) => ({ powr: u }); ${byUnit}`,
      "FORMULA_FAILED",
      /^map on partition 0 returned no column "power", which is grouped: .*"?powr/,
    );
    await refuses(
      `export const keep = ["unit"]; export const map = ({ u }) => ({ power: u.subarray(1) }); ${byUnit}`,
      "FORMULA_FAILED",
      /with "keep" it must return as many as came in/,
    );
    await refuses(
      `export const map = ({ u, unit }) => ({ power: u, unit, unit2: u }); export const keep = ["unit"]; ${byUnit}`,
      "FORMULA_FAILED",
      /returned a column "unit", which is in "keep", too/,
    );
    await refuses(
      `export const map = ({ unit }) => ({ power: unit, unit }); ${byUnit}`,
      "FORMULA_FAILED",
      /^chunk on partition 0: TypeError: column "power" can't be computed with: it holds text/,
    );
    await refuses(
      `export const map = () => 1; ${byUnit}`,
      "FORMULA_FAILED",
      /^map on partition 0 must return a record of equally long arrays/,
    );
    await refuses(
      `export const map = ({ u }) => ({ power: u, unit: u.map(() => { throw new Error("mine"); }) }); ${byUnit}`,
      "FORMULA_FAILED",
      /^map on partition 0: Error: mine/,
    );
    await refuses(
      `${power} export const chunk = ({ u }) => u.length, combine = (a, b) => a + b;`,
      "FORMULA_INVALID",
      /exports both "map" and "chunk"; what "map" returns is grouped where the others are of groupBy or resample/,
    );
    await refuses(
      `export const mpa = ({ u }) => ({ power: u }); ${byUnit}`,
      "FORMULA_INVALID",
      /"mpa" is not known; did you mean "map"/,
    );
    await refuses(
      `export const keep = ["unit"]; ${byUnit}`,
      "FORMULA_INVALID",
      /goes with "map" only/,
    );
  });

  Deno.test(`map may make more rows or fewer, and an aggregate of one's own looks at the groups [${way.name}]`, async () => {
    const { Response } = await runFormula(
      shared.server,
      shared.root,
      `${IMPORTS}
      export const map = ({ u, unit, n }) => {
        const power = [], of = [];
        for (let row = 0; row < u.length; row++) {
          if (n[row] % 3 === 0) continue;
          power.push(u[row], 2 * u[row]);
          of.push(unit[row], "all");
        }
        return { power, of };
      };
      const groups = groupBy("of").sum("power").count();
      export const { chunk, combine } = groups;
      export const aggregate = (total, { rows }) => {
        const { of, sum_power, count } = groups.aggregate(total);
        return { rows, of, sums: Array.from(sum_power), counts: Array.from(count) };
      };`,
    );
    const [rows, ...wanted] = await Promise.all([
      ROWS,
      ...["of", "coalesce(sum(power), 0)", "count(*)::int"].map(async (column) =>
        (await duckdb.plainRows(
          `select ${column} from (
             select u as power, unit as "of", n from ${
            quoted(join(shared.root, "time_series.parquet"))
          }
             union all
             select 2 * u, 'all', n from ${quoted(join(shared.root, "time_series.parquet"))}
           ) where n % 3 <> 0 group by "of" order by "of" nulls last`,
        )).map(([value]) => value)
      ),
    ]);
    const [of, sums, counts] = wanted;
    assertEquals(Response.Result, { rows, of, sums, counts });
  });
}
