/** Quantiles of groups that are estimated by t-digests: their ranks against those of the values, and what is exact. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { groupBy, type Groups, resample } from "measuring/groups";
import { COMPRESSION } from "../../mod/std/numeric/digest.ts";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { assertSameBits } from "../support/numeric_values.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomCases, randomTest } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";
import { SEED } from "../support/suite_options.ts";

const duckdb = await sharedDuckDB();

const PS = [0, 1e-4, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.9999, 1] as const;

const unit = (random: Random) => (random(2 ** 32) + 0.5) / 2 ** 32;
const normal = (random: Random) =>
  Math.sqrt(-2 * Math.log(unit(random))) * Math.cos(2 * Math.PI * unit(random));

/** Values by their number, of so many. */
const SHAPES: Record<string, (random: Random, k: number, rows: number) => number> = {
  uniform: unit,
  normal,
  "log-normal": (random) => Math.exp(5 * normal(random)),
  cauchy: (random) => Math.tan(Math.PI * (unit(random) - 0.5)),
  rising: (_, k) => k / 7,
  falling: (_, k) => -k,
  "two far apart": (random) => random(2) ? 1e300 * unit(random) : -1e300 * unit(random),
  "few different": (random) => random(5),
  "mostly one": (random) => random(50) ? 3 : normal(random),
  "with infinities": (random) =>
    random(20) ? normal(random) : random(2) ? Infinity : random(3) ? -Infinity : NaN,
  waves: (_, k, rows) => Math.sin(40 * k / rows) * k,
};

/** Groups rows cut at places, as an engine does: a balanced tree. */
function run<Table>(
  { chunk, combine, aggregate }: {
    chunk(chunk: object): Groups;
    combine(a: Groups, b: Groups): Groups;
    aggregate(total: Groups): Table;
  },
  columns: Record<string, Float64Array>,
  cuts: readonly number[] = [],
): { table: Table; total: Groups } {
  const rows = Object.values(columns)[0]!.length, borders = [0, ...cuts, rows];
  const parts = borders.slice(1).map((to, k) =>
    chunk(Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [name, values.slice(borders[k]!, to)]),
    ))
  );
  const merge = (from: number, to: number): Groups => {
    if (to - from === 1) return parts[from]!;
    const middle = (from + to) >> 1;
    return combine(merge(from, middle), merge(middle, to));
  };
  const total = structuredClone(merge(0, parts.length));
  return { table: aggregate(total), total };
}

/** Asserts that a quantile's rank among values in order is near its share. */
function assertRank(values: Float64Array, found: number, p: number, what: string): void {
  const least = lowerBound(values, (value) => value < found);
  const most = lowerBound(values, (value) => value <= found);
  const { length } = values, place = p * (length - 1);
  // Twice a point's share of the values, and the two places between which a quantile lies.
  const allowed = 2 * (Math.PI / COMPRESSION) * Math.sqrt(p * (1 - p)) * length + 2;
  assert(
    place > least - 1 - allowed && place < most + allowed,
    `${what}: ${found} of ${p} has places ${least} to ${most}, not ${place} ± ${allowed}`,
  );
}

function lowerBound(values: Float64Array, isBefore: (value: number) => boolean): number {
  let low = 0, high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(values[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

randomTest("digests", "estimated quantiles have nearly the rank that is asked for", () => {
  for (const index of randomCases("digests")) {
    const random = fuzzRandom(index), names = Object.keys(SHAPES);
    const name = names[index % names.length]!, rows = 1 + random(200_000);
    const values = Float64Array.from({ length: rows }, (_, k) => SHAPES[name]!(random, k, rows));
    const groups = 1 + random(random(2) ? 3 : 200);
    const n = Float64Array.from(values, () => Math.floor(Math.sqrt(random(groups * groups))));
    const cuts = Array.from({ length: random(6) }, () => random(rows)).sort((a, b) => a - b);
    const digestBeyond = 2000 + random(random(2) ? 10 : 20_000);
    const grouping = PS.reduce(
      (all, p) => all.quantile("v", p) as typeof all,
      groupBy("n", { digestBeyond }).count("v"),
    );
    const what =
      `seed ${SEED}, case ${index}: ${rows} ${name} values, beyond ${digestBeyond}, cuts ${cuts}`;
    console.error(what);
    const { table, total } = run(grouping, { n, v: values }, cuts);
    const { n: keys, count_v, exact_v, ...found } = table as unknown as {
      n: Float64Array;
      count_v: Int32Array;
      exact_v: boolean[];
    } & Record<string, Float64Array>;
    assertEquals(exact_v, Array.from(count_v, (count) => count <= digestBeyond), what);
    const { sizes, weights } = total.digests.v!;
    assertEquals(weights.reduce((sum, weight) => sum + weight, 0), sum(count_v), what);
    assert(sizes.every((size, k) => size <= (exact_v[k] ? count_v[k]! : digestBeyond)), what);
    for (const [group, key] of keys.entries()) {
      const own = values.filter((value, k) => n[k] === key && value === value).sort();
      for (const p of PS) {
        const quantile = found[`quantile_${p}_v`]![group]!;
        if (own.length === 0) assertEquals(quantile, NaN, what);
        else if (!Number.isNaN(quantile)) assertRank(own, quantile, p, `${what}, group ${key}`);
        else assert(own[0] === -Infinity && own.at(-1) === Infinity, what);
        if (own.length > 0 && p === 0) assertEquals(quantile, own[0], what);
        if (own.length > 0 && p === 1) assertEquals(quantile, own.at(-1), what);
      }
    }
  }
});

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((all, value) => all + value, 0);
}

Deno.test("groups that keep all their values have exact quantiles, to the last bit", () => {
  const random = fuzzRandom(1), rows = 10_000;
  const n = Float64Array.from({ length: rows }, () => random(7));
  const v = Float64Array.from({ length: rows }, () => normal(random));
  const of = (options: object) =>
    run(groupBy("n", options).median("v").quantile("v", 0.99, "high"), { n, v }, [17, 5000]).table;
  const exact = of({}),
    { exact_v, ...found } = of({ digestBeyond: 2000 }) as
      & typeof exact
      & { exact_v: boolean[] };
  assertEquals(exact_v, new Array(7).fill(true));
  assertEquals(Object.keys(found), Object.keys(exact));
  for (const name of ["median_v", "high"] as const) assertSameBits(found[name], exact[name], name);
});

Deno.test("digests go with intervals that are filled, with functions of one's own, and with a bound", () => {
  const t = Float64Array.of(1000, 1100, 4000), v = Float64Array.of(2, 4, 9);
  const options = { empty: "previous", digestBeyond: 2000 } as const;
  const { table } = run(resample("t", "1s", options).median("v"), { t, v }, [1]);
  assertEquals(Array.from(table.median_v), [3, 3, 3, 9]);
  assertEquals((table as unknown as { exact_v: boolean[] }).exact_v, [true, true, true, true]);
  const applied = groupBy("t", { digestBeyond: 2000 }).median("v").apply(["v"], ({ v }) => ({ v }));
  assertEquals(run(applied, { t, v }).table as unknown, {
    t,
    median_v: v,
    exact_v: [true, true, true],
    v,
  });
  const bounded = groupBy("t", { digestBeyond: 2000, mostValues: 2 }).median("v");
  assertThrows(() => run(bounded, { t, v }, [1]), RangeError, "more than 2 values");
  assertThrows(() => groupBy("t", { digestBeyond: 10 }), RangeError, `"digestBeyond"`);
  const named = groupBy("t", { digestBeyond: 2000 }).mean("v", "exact_v");
  assertThrows(() => named.median("v"), RangeError, `called "exact_v"`);
});

for (const way of ways) {
  const shared = shareService(way);

  Deno.test(`formulas say which quantiles are estimated; ranks are those that DuckDB counts [${way.name}]`, async () => {
    const folder = await shared.folder();
    const data = quoted(join(folder, "data.parquet"));
    await duckdb.run(
      `copy (select (i % 9 % 3)::int as n, case when i % 9 < 7 or i < 9000 then exp(3 * sin(i * 12.9898)) end as v
        from range(1000000) t(i)) to ${data} (format parquet, row_group_size 100000)`,
    );
    const formula = `import { groupBy } from "measuring/groups";
      export const { chunk, combine, aggregate } =
        groupBy(["n"], { digestBeyond: 300_000 }).median("v").quantile("v", 0.999, "high");`;
    const { Response } = await runFormula(shared.server, folder, formula, {
      Base: "data.parquet",
    });
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    assert(Response.Job!.Partitions > 1);
    const rows = await duckdb.plainRows(
      `with found as (from ${quoted(join(folder, "work_ansver.parquet"))})
       select n, exact_v, count(v)::int, count(*) filter (v <= median_v) / count(v),
         count(*) filter (v <= high) / count(v), median(v) - any_value(median_v)
       from ${data} join found using (n) group by n, exact_v order by n`,
    ) as [number, boolean, number, number, number, number][];
    assertEquals(rows.map(([n, exact, count]) => [n, exact, count > 300_000]), [
      [0, false, true],
      [1, true, false],
      [2, true, false],
    ]);
    for (const [, exact, , median, high, difference] of rows) {
      assert(Math.abs(median - 0.5) < 0.005 && Math.abs(high - 0.999) < 0.0005, `${rows}`);
      if (exact) assertEquals(difference, 0);
    }
  });
}
