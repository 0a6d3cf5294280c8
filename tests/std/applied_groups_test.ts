/** Functions of one's own on the rows of groups, against DuckDB's window functions and plain loops. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { groupBy, type Groups, resample } from "measuring/groups";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { noise, withGaps } from "../support/numeric_values.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { fuzzRandom } from "../support/random_numbers.ts";
import { randomCases, randomTest } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();

interface Reduction<Table> {
  chunk(chunk: object): Groups;
  combine(a: Groups, b: Groups): Groups;
  aggregate(total: Groups): Table;
}

type Columns = Record<string, ArrayLike<unknown> & { slice(from: number, to: number): unknown }>;

/** Runs a grouping over columns cut at places, partial results going through a structured clone. */
function run<Table>(grouping: Reduction<Table>, columns: Columns, cuts: number[] = []): Table {
  const rows = Object.values(columns)[0]!.length, borders = [0, ...cuts, rows];
  const parts = borders.slice(1).map((to, k) =>
    structuredClone(grouping.chunk(Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [name, values.slice(borders[k]!, to)]),
    )))
  );
  return grouping.aggregate(parts.reduce((a, b) => structuredClone(grouping.combine(a, b))));
}

const CUTS = [[], [1], [2500], [0, 0, 17, 1000, 3999], [700, 1400, 2100, 2800, 3500]];

Deno.test("a function is given the rows of each group, whole and in order", () => {
  const rows = 4000, u = withGaps(rows), v = noise(rows, 3);
  const unit = Array.from({ length: rows }, (_, k) => k % 101 === 5 ? null : `unit ${(k * k) % 7}`);
  const names = [...[...new Set(unit)].filter((name) => name !== null).sort(), null];
  for (const cuts of CUTS) {
    const seen: unknown[] = [];
    const grouping = groupBy("unit").mean("v").apply(["v", "u"], (rows, group) => {
      seen.push([group, rows]);
      return { rows: rows.u.length, first: rows.v[0]!, name: group.unit };
    }).count();
    const table = run(grouping, { unit, u, v }, cuts);
    assertEquals(
      seen,
      names.map((name) => [
        { unit: name },
        { v: v.filter((_, k) => unit[k] === name), u: u.filter((_, k) => unit[k] === name) },
      ]),
    );
    assertEquals(Object.keys(table), ["unit", "mean_v", "count", "rows", "first", "name"]);
    assertEquals(Array.from(table.rows), Array.from(table.count));
    assertEquals(table.name, names);
    assertEquals(table.first, Float64Array.from(names, (name) => v[unit.indexOf(name)]!));
  }
});

Deno.test("arrays that a function returns are rows, beside keys and figures that repeat", () => {
  const unit = ["b", "a", "b", "a", "b"], u = Float64Array.of(1, 2, 3, NaN, 5);
  const grouping = groupBy("unit").count().apply(["u"], ({ u }) => ({
    u: u.filter((value) => value === value),
    text: Array.from(u).filter((value) => value === value).map(String),
  }));
  // A name of the table's own is taken.
  const taken = groupBy("unit").apply(["u"], () => ({ unit: 1 }));
  for (const cuts of [[], [1], [2, 3]]) {
    assertEquals(run(grouping, { unit, u }, cuts), {
      unit: ["a", "b", "b", "b"],
      count: Int32Array.of(2, 3, 3, 3),
      u: Float64Array.of(2, 1, 3, 5),
      text: ["2", "1", "3", "5"],
    });
    assertThrows(() => run(taken, { unit, u }, cuts), RangeError, `returned "unit", which is`);
  }
  const all = run(groupBy([]).apply(["u"], ({ u }) => ({ last: u.at(-1)! })), { u }, [2]);
  assertEquals(all.last, Float64Array.of(5));
});

Deno.test("empty intervals have no rows, and a function is told so", () => {
  const t = Float64Array.of(1000, 1100, 4000), u = Float64Array.of(2, 4, 9);
  const of = resample("t", "1s", { empty: "keep" }).apply(["u"], ({ u }) => ({ rows: u.length }));
  assertEquals(Array.from(run(of, { t, u }, [1]).rows), [2, 0, 0, 1]);
});

Deno.test("what a function can't return, and more rows than may be held, are refused by name", () => {
  const unit = ["a", "b", "b"], u = Float64Array.of(1, 2, 3);
  const cases: [of: (rows: { u: Float64Array }) => unknown, message: string][] = [
    [() => 1, `group unit a, must return a record of values, such as`],
    [() => ({}), `must return a record`],
    [() => null, `must return a record`],
    [() => [1], `must return a record`],
    [async () => await Promise.resolve({ x: 1 }), `group unit a, returned a promise`],
    [({ u }) => ({ x: u, y: 1 }), `returned "x" and "y", which are neither both values nor arrays`],
    [({ u }) => ({ x: u, y: [...u, 1] }), `returned "x" and "y"`],
    [
      ({ u }) => u.length === 1 ? { x: 1 } : { y: 1 },
      `group unit b, returned y, but x of the first`,
    ],
    [({ u }) => ({ x: u.length === 1 ? 1 : u }), `returned arrays of one group, and values of`],
    [
      ({ u }) => ({ x: { values: [1n], unit: u.length === 1 ? "s" : "ms" } }),
      `returned "x" in several units of time`,
    ],
  ];
  for (const [of, message] of cases) {
    const grouping = groupBy("unit").apply(["u"], of as never) as unknown as Reduction<unknown>;
    assertThrows(() => run(grouping, { unit, u }, [1]), TypeError, message);
  }
  const rows = () => ({ x: 1 });
  assertThrows(() => groupBy("unit").apply([], rows), TypeError, "a list of columns' names");
  assertThrows(() => groupBy("unit").apply("u" as never, rows), TypeError, "a list of columns'");
  assertThrows(() => groupBy("unit").apply(["u"], 1 as never), TypeError, "needs a function");
  const one = groupBy("unit").apply(["u"], rows);
  assertThrows(() => one.apply(["u"], rows), RangeError, "apply is called twice");
  assertThrows(() => run(one, { unit, u: unit }), TypeError, `column "u" can't be computed with`);
  assertThrows(() => run(one, { unit, u: u.subarray(1) }), RangeError, "rows, others 3");
  for (const cuts of [[], [1]]) {
    const held = (mostValues: number) =>
      run(groupBy("unit", { mostValues }).median("v").apply(["u"], rows), { unit, u, v: u }, cuts);
    held(6);
    assertThrows(() => held(5), RangeError, `hold more than 5 values of "v", "u"`);
  }
});

/** Rolling figures of the rows before, by group: the library's, and DuckDB's. */
const WINDOW = 4;

for (const way of ways) {
  const shared = shareService(way);

  randomTest(
    "applied-groups",
    `windows within groups are DuckDB's, and keys and times keep their types [${way.name}]`,
    async () => {
      for (const index of randomCases("applied-groups")) {
        const random = fuzzRandom(index);
        const oneOf = <T>(list: readonly T[]): T => list[random(list.length)]!;
        const path = await shared.folder();
        const data = quoted(join(path, "time_series.parquet"));
        const rows = oneOf([1, 1000, 30_000, 150_000]), groups = oneOf([1, 3, 50, 6000]);
        const key = oneOf([
          "case when g % 5 = 3 then null else 'unit ' || g end",
          "g::smallint",
          "(g + 0.25)::decimal(30, 2)",
          "9007199254740993 + g",
          "timestamp '2024-01-01' + interval (g) minute",
          "case when g % 2 = 0 then null else g % 3 = 0 end",
        ]);
        const time = oneOf([
          "make_timestamp_ns((1700000000000000001 + n * 1000003)::bigint)",
          "timestamptz '1969-12-31 23:59:59+00' + interval (n) millisecond",
          "date '1965-01-01' + (n % 9000)::int",
        ]);
        await duckdb.run(
          `copy (select n, ${key} as k, case when n % 17 = 2 then null else ${time} end as time,
             case when n % 13 = 4 then null else (hash(n) % 1000)::double end as u
           from (select n, (hash(n, 2) % ${groups})::int as g from range(${rows}) t(n)))
           to ${data} (format parquet, row_group_size 20480)`,
        );
        const isMapped = random(2) === 0;
        const value = isMapped ? "twice" : "u";
        const from = isMapped
          ? `export const keep = ["k", "time", "n"]; export const map = ({ u }) => ({ twice: u.map((v) => 2 * v) });`
          : "";
        const { Response } = await runFormula(
          shared.server,
          path,
          `import { groupBy } from "measuring/groups"; ${from}
          export const { chunk, combine, aggregate } = groupBy("k").count("${value}")
            .apply(["time", "${value}", "n"], ({ time, ${value}: u, n }) => ({
              time, n: Int32Array.from(n),
              before: u.map((_, row) => row === 0 ? NaN : u[row - 1]),
              highest: u.map((_, row) => u.subarray(Math.max(0, row - ${WINDOW}), row + 1)
                .reduce((a, b) => b !== b || a > b ? a : b, NaN)),
            }));`,
        );
        const text = `case ${index}: ${rows} rows, ${key}, ${time}, ${isMapped}`;
        assertEquals(Response.Status, "complete", `${text}: ${JSON.stringify(Response)}`);
        const u = isMapped ? "2 * u" : "u";
        const wanted = `select k, count(u) over (partition by k)::int as count, time, n::int as n,
            coalesce(lag(${u}) over w, 'nan') as before,
            coalesce(max(${u}) over (w rows between ${WINDOW} preceding and current row), 'nan') as highest
          from ${data} window w as (partition by k order by n)`;
        const found = `select k, count_${value} as count, time, n, before, highest
          from ${quoted(join(path, "work_ansver.parquet"))}`;
        for (const [a, b] of [[wanted, found], [found, wanted]]) {
          const [[different]] = await duckdb.rows(
            `select count(*)::int from (${a} except all ${b})`,
          ) as [[number]];
          assertEquals(different, 0, text);
        }
        const types = async (of: string) =>
          await duckdb.plainRows(
            `select column_name, column_type from (describe select k, time from (${of}))`,
          );
        assertEquals(await types(found), await types(wanted), text);
        const [[unsorted]] = await duckdb.rows(
          `select count(*)::int from (select row_number() over () as place,
             row_number() over (order by k nulls last, n) as wanted from (${found}))
           where place <> wanted`,
        ) as [[number]];
        assertEquals(unsorted, 0, text);
      }
    },
  );

  Deno.test(`what a function throws is told with its position [${way.name}]`, async () => {
    const path = await shared.folder();
    await duckdb.run(
      `copy (select i % 3 as k, i::double as u from range(1000) t(i))
       to ${quoted(join(path, "time_series.parquet"))} (format parquet)`,
    );
    const { Response } = await runFormula(
      shared.server,
      path,
      `import { groupBy } from "measuring/groups";
export const { chunk, combine, aggregate } = groupBy("k").apply(["u"], ({ u }, { k }) => {
  if (k === 1) throw new Error("group " + k);
  return { sum: u.reduce((a, b) => a + b, 0) };
});`,
    );
    assertEquals(Response.Error?.Code, "FORMULA_FAILED");
    assertMatch(Response.Error!.Message, /aggregate: Error: group 1/);
    assertEquals(Response.Error!.Where, "work.ts:3:22");
  });
}
