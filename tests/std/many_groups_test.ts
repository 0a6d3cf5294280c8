/** Groups by many keys of any form, against DuckDB and a table of JavaScript. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { groupBy } from "../../mod/std/groups.ts";
import { runFormula } from "../support/fixtures.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { fuzzRandom, oneOf, type Random } from "../support/random_numbers.ts";
import { randomCases, randomTest } from "../support/random_tests.ts";
import { resultBytes } from "../support/result_bytes.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();

/** Keys by `n`, one of some numbers. */
const KEYS: ((n: string) => string)[] = [
  (n) => `(${n} - 1000)::integer`,
  (n) => `(${n} * 3)::bigint`,
  (n) => `(hash(${n}) >> 1)::bigint`,
  (n) => `hash(${n})::ubigint`,
  (n) => `(${n} / 7 - 100)::double`,
  (n) => `case when ${n} % 97 = 5 then 'nan'::double else hash(${n})::double end`,
  (n) => `'part ' || ${n}`,
  (n) => `'line ' || ${n} || ' of a hall whose name is much longer than a word'`,
  (n) => `'ночь 🌙 ' || hash(${n}) || case when ${n} % 3 = 0 then chr(0) else '' end`,
  (n) => `repeat('x', (${n} % 40)::int) || ${n} // 40`,
  (n) => `('\\x00\\xff' || ${n})::blob`,
  (n) => `(${n} || '.25')::decimal(30, 2)`,
  (n) => `timestamp '2024-01-01' + interval (${n}) millisecond`,
  (n) => `make_timestamp_ns((1700000000000000000 + ${n})::bigint)`,
  (n) => `(${n} % 2 = 0)`,
];

/** Values whose sums are exact in any order. */
const FIGURES = [
  [`sum("u")`, "coalesce(sum(u), 0)"],
  [`mean("u")`, "avg(u)"],
  [`std("u")`, "stddev_samp(u)"],
  [`min("u")`, "min(u)"],
  [`max("u")`, "max(u)"],
  [`first("u")`, "arg_min(u, row)"],
  [`last("u")`, "arg_max(u, row)"],
  [`median("u")`, "median(u)"],
  [`quantile("u", 0.9)`, "quantile_cont(u, 0.9)"],
  [`quantile("u", 0)`, "min(u)"],
  [`count("u")`, "count(u)::int"],
  [`count()`, "count(*)::int"],
] as const;

/** A key in SQL: of few or many values, some of them null; from a row on there may be others. */
function randomKey(random: Random, rows: number): string {
  const some = () => {
    const count = oneOf(random, [1, 3, 20, 50, 64, 200, 5_000, 70_000, 1_000_000]);
    return `(hash(row, ${random(1000)}) % ${count})::bigint`;
  };
  const later = () =>
    `case when row >= ${random(rows)} and row % ${1 + random(300)} = 0
     then ${some()} + ${oneOf(random, [0, 5_000, 2 ** 20, 2 ** 30])} else ${some()} end`;
  const value = oneOf(random, KEYS)(random(2) ? some() : `(${later()})`);
  return random(3) === 0 ? `case when row % 11 = ${random(11)} then null else ${value} end` : value;
}

for (const way of ways) {
  const shared = shareService(way);

  randomTest(
    "many-groups",
    `groups by random keys are those of DuckDB [${way.name}]`,
    async () => {
      for (const index of randomCases("many-groups")) {
        const random = fuzzRandom(index);
        const rows = oneOf(random, [1, 1000, 150_000, 400_000]);
        const keys = Array.from({ length: 1 + random(3) }, () => randomKey(random, rows));
        const names = keys.map((_, k) => `k${k}`);
        const figures = FIGURES.filter(() => random(2));
        const path = await shared.folder();
        const data = quoted(join(path, "time_series.parquet"));
        await duckdb.run(
          `copy (select ${keys.map((key, k) => `${key} as k${k}`)}, row,
           case when hash(row, 3) % 13 = 0 then null else (hash(row, 4) % 1000)::double - 500 end as u
           from range(${rows}) t(row)) to ${data} (format parquet,
           row_group_size ${oneOf(random, [2048, 30_720, 122_880])})`,
        );
        const where = random(3) === 0 ? "where u > -400" : "";
        const filter = where ? `export const filter = { u: { $gt: -400 } };` : "";
        const grouping = `groupBy(${JSON.stringify(names)})${
          figures.map(([call]) => `.${call}`).join("")
        }`;
        const { Response } = await runFormula(
          shared.server,
          path,
          `import { groupBy } from "measuring/groups"; ${filter}
           export const { chunk, combine, aggregate } = ${grouping};`,
        );
        const text = `case ${index}: ${keys}; ${figures.map(([call]) => call)}; ${rows} rows`;
        assertEquals(Response.Status, "complete", `${text}: ${JSON.stringify(Response)}`);
        const result = quoted(join(path, "work_ansver.parquet"));
        const wanted = `select ${[
          ...names,
          ...figures.map(([, sql], k) => `${sql} as w${k}`),
        ]} from ${data} ${where} group by ${names}`;
        const own = (await duckdb.rows(`select column_name from (describe from ${result})`)).flat();
        const found = `select ${
          own.map((name, k) => k < names.length ? `"${name}"` : `"${name}" as f${k - names.length}`)
        } from ${result}`;
        const same = figures.map((_, k) =>
          `(coalesce(not isfinite(f${k}), true) and coalesce(not isfinite(w${k}), true)
            or abs(f${k} - w${k}) <= 1e-9 * abs(w${k}) + 1e-12)`
        );
        const on = names.map((name) => `a.${name} is not distinct from b.${name}`);
        const [[groups, others, equal]] = await duckdb.rows(
          `select (select count(*) from (${wanted}))::int, (select count(*) from (${found}))::int,
           (select count(*) from (${wanted}) a join (${found}) b on ${
            [...on, ...same].join(" and ")
          })::int`,
        ) as [[number, number, number]];
        assertEquals([others, equal], [groups, groups], text);
        const [[sorted]] = await duckdb.rows(
          `select count(*)::int from (select row_number() over () as n,
           row_number() over (order by ${names.map((name) => `${name} nulls last`)}) as m
           from ${result}) where n <> m`,
        ) as [[number]];
        assertEquals(sorted, 0, `${text}: order`);
        if (random(3)) continue;
        // A formula that looks at the table has its texts as strings: the file is to be the same.
        const twin = await runFormula(
          shared.server,
          path,
          `import { groupBy } from "measuring/groups"; ${filter}
           const grouping = ${grouping};
           export const { chunk, combine } = grouping;
           export const aggregate = (total) => grouping.aggregate(total);`,
          { Output: "twin.parquet" },
        );
        assertEquals(twin.Response.Status, "complete", `${text}: ${JSON.stringify(twin)}`);
        const other = quoted(join(path, "twin.parquet"));
        const types = (file: string) =>
          duckdb.rows(`select column_name, column_type from (describe from ${file})`);
        assertEquals(await types(other), await types(result), text);
        const numbered = (file: string) => `select *, row_number() over () as n from ${file}`;
        const [[differing]] = await duckdb.rows(
          `select count(*)::int from (${numbered(result)} except all ${numbered(other)})`,
        ) as [[number]];
        assertEquals(differing, 0, `${text}: beside a function of one's own`);
      }
    },
  );
}

Deno.test("sums of many groups are the same bits, whatever the number of workers", async () => {
  await using folder = await tempDir();
  const { path } = folder;
  const random = fuzzRandom(15_485_863);
  const keys = [
    `hash(row, ${random(1000)}) % 30000`,
    `'part ' || hash(row, ${random(1000)}) % 100000`,
    `hash(row, ${random(1000)}) % 11`,
    // More and more groups, and many of them in some blocks only.
    `row // 50`,
    `case when row % 1400000 < 700000 then row % 7 else hash(row) % 50000 end`,
    // Numbers that are parted by their hashes, until there is a null.
    `case when row > 700000 and row % 9 = 0 then null else hash(row) % 90000 + 0.5::double end`,
  ];
  await duckdb.run(
    `copy (select ${keys.map((key, k) => `${key} as k${k}`)},
     1e6 + exp(20 * (hash(row, 5) / 18446744073709551616.0 - 0.5)) as u
     from range(2500000) t(row)) to ${quoted(join(path, "time_series.parquet"))}
     (format parquet, row_group_size 122880)`,
  );
  const results = [];
  for (const workers of ["1", "3"]) {
    await using server = await startServer(ways[0]!, { root: path, args: ["--workers", workers] });
    for (const names of [["k0"], ["k1"], ["k2", "k0"], ["k3"], ["k4"], ["k5"]]) {
      const { Response } = await runFormula(
        server,
        path,
        `import { groupBy } from "measuring/groups";
         export const { chunk, combine, aggregate } = groupBy(${
          JSON.stringify(names)
        }).mean("u").std("u").sum("u").median("u").quantile("u", 0.99);`,
      );
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
      results.push(await resultBytes(join(path, "work_ansver.parquet")));
    }
  }
  assertEquals(results.slice(0, 6), results.slice(6));
  const counts = (from: string) => duckdb.rows(`select count(*)::int, count(k5)::int from ${from}`);
  const [data, result] = ["time_series", "work_ansver"].map((name) =>
    quoted(join(path, `${name}.parquet`))
  );
  assertEquals(await counts(result!), await counts(`(select distinct k5 from ${data})`));
});

const MASK = 2n ** 64n - 1n;

/** As in kernel/byte_keys.ts. */
function mixed(bits: bigint): bigint {
  const product = bits * 0x9e3779b97f4a7c15n & MASK;
  return product ^ product >> 32n;
}

const L = 0xd6e8feb86659fd93n;

/** What is hashed so far behind a first word of 8 bytes of a text of so many. */
function hashed(word: bigint, length: number): bigint {
  return mixed(BigInt(length) * L & MASK ^ word) * L & MASK;
}

function textOf(...words: bigint[]): string {
  const bytes = words.flatMap((word) =>
    Array.from({ length: 8 }, (_, k) => Number(word >> BigInt(8 * k) & 0xffn))
  );
  return String.fromCharCode(...bytes);
}

/** Texts of 16 bytes, or more, of the same hash. */
function colliding(count: number, random: Random, behind: string): string[] {
  const word = () =>
    Array.from({ length: 8 }).reduce<bigint>((word) => word << 8n | BigInt(97 + random(26)), 0n);
  const length = 16 + behind.length;
  const first = word(), state = hashed(first, length) ^ word();
  const texts = new Set<string>();
  while (texts.size < count) {
    const one = word(), two = state ^ hashed(one, length);
    if ((two & 0x8080808080808080n) === 0n) texts.add(textOf(one, two) + behind);
  }
  return [...texts];
}

randomTest(
  "many-groups",
  "texts of the same hash are groups of their own, and texts that others begin with come first",
  () => {
    for (const index of randomCases("many-groups")) {
      const random = fuzzRandom(104729 + index);
      const behind = ["", "more", "more than a word, too"][index % 3]!;
      const zeros = Array.from({ length: random(200) }, (_, k) => "a" + "\0".repeat(k));
      const texts = [...colliding(3 + random(60), random, behind), "", "a", "b", ...zeros];
      // Some parts have null, and others don't.
      const rows = Array.from(
        { length: 1 + random(2000) },
        () => random(500) ? oneOf(random, texts) : null,
      );
      const { chunk, combine, aggregate } = groupBy("t").count();
      const parts = [];
      for (let from = 0; from < rows.length;) {
        const to = from + 1 + random(500);
        parts.push(structuredClone(chunk({ t: rows.slice(from, to) }, undefined)));
        from = to;
      }
      const table = aggregate(parts.reduce(combine)) as Record<string, ArrayLike<unknown>>;
      const wanted = Map.groupBy(rows, (text) => text);
      const order: (string | null)[] = [...wanted.keys()].filter((text) => text !== null).sort();
      if (wanted.has(null)) order.push(null);
      assertEquals(table.t, order, `case ${index}`);
      assertEquals([...table.count as Int32Array], order.map((text) => wanted.get(text)!.length));
    }
  },
);
