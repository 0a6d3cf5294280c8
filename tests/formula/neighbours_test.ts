/** Neighbours by rows and by time, beside rows that filters choose: the service against DuckDB. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { runFormula } from "../support/fixtures.ts";
import { type RunningServer, ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomCases, randomTest } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";
import { SEED } from "../support/suite_options.ts";

const duckdb = await sharedDuckDB();

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random(list.length)]!;
}

/** Types of times, and nanoseconds in what they count. `n` counts nanoseconds. */
const KINDS = {
  "timestamp_ms": ["make_timestamp_ms((n // 1000000)::bigint)::timestamp_ms", 1_000_000n],
  "timestamp_us": ["make_timestamp((n // 1000)::bigint)::timestamptz", 1_000n],
  "timestamp_ns": ["make_timestamp_ns(n::bigint)", 1n],
  "date": ["make_timestamp((n // 1000)::bigint)::date", 86_400_000_000_000n],
} as const;

/** How far neighbours reach: what the formula exports, and a condition on a neighbour `b` of `a`. */
interface Reach {
  exported: number | string;
  js: string;
  sql: (earlier: string, later: string) => string;
}

const UNITS = Object.entries({
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
});

function reachOf(random: Random, step: bigint): Reach {
  if (random(3) === 0) {
    const rows = pick(random, [0, 0, 1, 3, 40, 9000]);
    return {
      exported: rows,
      js: `Math.abs(k - row) <= ${rows}`,
      sql: (earlier, later) => `${later}.id - ${earlier}.id <= ${rows}`,
    };
  }
  // As many steps as a few rows have, a little more or less.
  const near = step * BigInt(pick(random, [1, 2, 7, 30])) + BigInt(random(3) - 1);
  const length = near > 0n ? near : 1n;
  const [unit, per] = pick(random, UNITS.filter(([, per]) => length >= per));
  const count = length / per;
  return {
    exported: `${count}${unit}`,
    js: `Math.abs(Number((values[k] - values[row]) * per)) <= ${count * per}`,
    sql: (earlier, later) => `${later}.n - ${earlier}.n <= ${count * per}`,
  };
}

/** A filter, and the same in SQL of `a`; of many rows one of few that lie far apart. */
function filterOf(random: Random, rows: number): [filter: unknown, sql: string] {
  if (rows > 20_000) {
    const few = Array.from({ length: 12 }, () => random(rows));
    return [{ id: { $in: few } }, `a.id in (${few})`];
  }
  const from = random(rows), to = from + random(1 + (rows >> 2));
  return pick<[unknown, string]>(random, [
    [{ id: { $gte: from, $lt: to } }, `a.id >= ${from} and a.id < ${to}`],
    [{ unit: "unit 3" }, "a.unit = 'unit 3'"],
    [{ id: { $in: [from, to, 0, rows - 1] } }, `a.id in (${from}, ${to}, 0, ${rows - 1})`],
    [{ u: { $gt: 95 } }, "a.u > 95"],
    [{ u: { $gt: 1000 } }, "false"],
  ]);
}

/** Runs a formula that sees neighbours and gives the rows as they are. */
function mapped(server: RunningServer, folder: string, overlap: string, Base: string) {
  const formula = `export const overlap = ${overlap}; export const map = ({ u }) => ({ u });`;
  return runFormula(server, folder, formula, { Base });
}

for (const way of ways) {
  const shared = shareService(way);

  randomTest(
    "neighbours",
    `sums over neighbours are those of DuckDB's joins, whatever rows are chosen [${way.name}]`,
    async () => {
      const folder = await shared.folder();
      for (const index of randomCases("neighbours")) {
        const random = fuzzRandom(index);
        const [kind, [sql, per]] = pick(random, Object.entries(KINDS));
        const isDate = kind === "date";
        const rows = 1 + random(pick(random, [30, 3000, 20_000, 150_000].slice(0, isDate ? 2 : 4)));
        const step = isDate ? per : pick(random, [per, 1_000n * per, 6_000_000_000n]);
        const table = `neighbours_${index % 2}`;
        const gaps = pick(random, [
          "0",
          "case when i % 97 = 0 then 50 else 0 end",
          "(hash(i) % 3)::int",
        ]);
        await duckdb.run(
          `create or replace table ${table} as select id, u, unit, n // ${per} * ${per} as n, time from (
             select *, ${sql} as time from (select i::integer as id, (hash(i, 7) % 100)::double as u, 'unit ' || hash(i, 9) % 200 as unit,
               (1700000000000000000::hugeint // ${per} * ${per} + ${step} * sum(${gaps} + (hash(i, 3) % 3)::int) over (order by i))::bigint as n
             from range(${rows}) r(i)))`,
        );
        const files = 1 + random(3);
        for (let file = 0; file < files; file++) {
          const [from, to] = [file, file + 1].map((k) => Math.floor(k * rows / files));
          await duckdb.run(
            `copy (select id, u, unit, time from ${table} where id >= ${from} and id < ${to} order by id)
             to ${quoted(join(folder, `part.${file}.parquet`))} (format parquet, row_group_size ${
              pick(random, [2048, 10_240])
            })`,
          );
        }
        const [before, after] = [reachOf(random, step), reachOf(random, step)];
        const fields: Record<string, unknown> = {
          Base: `part.[0-${files - 1}].parquet`,
        };
        let own = "", chosen = "true";
        if (random(4) || rows > 20_000) {
          const [filter, where] = filterOf(random, rows);
          chosen = where;
          if (random(2)) own = `export const filter = ${JSON.stringify(filter)};`;
          else fields.Filter = filter;
        }
        const keep = random(2) ? `export const keep = ["unit"];` : "";
        const formula = `export const overlap = ${
          JSON.stringify({ before: before.exported, after: after.exported })
        }; ${own} ${keep}
          export function map(chunk, context) {
            const { id, u } = chunk, { unit } = chunk.raw("time");
            const per = { day: 86400000000000n, ms: 1000000n, us: 1000n, ns: 1n }[unit];
            const values = Array.from(chunk.raw("time").values, BigInt);
            const { before, rows, after } = context;
            if (before + rows + after !== id.length) throw new Error("lengths");
            if (overlap.before !== 0 && rows > 0 && context.rowStart !== id[before]) throw new Error("rowStart");
            const count = new Int32Array(id.length), sum = new Float64Array(id.length);
            for (let row = 0; row < id.length; row++) {
              for (let k = row; k >= 0 && ${before.js}; k--) { count[row]++; sum[row] += u[k]; }
              for (let k = row + 1; k < id.length && ${after.js}; k++) { count[row]++; sum[row] += u[k]; }
            }
            return { id, count, sum };
          }`;
        const what = `seed ${SEED}, case ${index}: ${kind}, ${rows} rows, ${
          formula.split("\n")[0]
        } ${JSON.stringify(fields)}`;
        const { Response } = await runFormula(shared.server, folder, formula, fields);
        assertEquals(Response.Status, "complete", `${what}: ${JSON.stringify(Response)}`);
        const result = quoted(join(folder, "work_ansver.parquet"));
        const names = keep ? "unit, id, count, sum" : "id, count, sum";
        const wanted = `select ${keep && "a.unit,"} a.id, count(*)::int as count, sum(b.u) as sum
          from ${table} a join ${table} b on (b.id <= a.id and ${before.sql("b", "a")})
            or (b.id > a.id and ${after.sql("a", "b")})
          where ${chosen} group by all`;
        const [[found, missing, more]] = await duckdb.rows(
          `with wanted as (${wanted}), found as (select ${names} from ${result})
           select (select count(*) from wanted)::int, (select count(*) from (from wanted except all from found))::int,
             (select count(*) from (from found except all from wanted))::int`,
        ) as [[number, number, number]];
        assertEquals([missing, more], [0, 0], `${what}: of ${found} rows`);
        const order = await duckdb.rows(`select id from ${result}`);
        assert(order.every(([id], k) => k === 0 || id! > order[k - 1]![0]!), `${what}: order`);
      }
    },
  );

  Deno.test(`a window is warm where From begins, and rows far away are not read [${way.name}]`, async () => {
    const folder = await shared.folder();
    await duckdb.run(
      `copy (select timestamptz '2024-01-01 00:00:00+00' + interval (i) second as time, i::double as u from range(200000) r(i))
       to ${quoted(join(folder, "data.parquet"))} (format parquet, row_group_size 20480)`,
    );
    const { Response } = await runFormula(
      shared.server,
      folder,
      `export const overlap = { before: "10s" };
       export const map = ({ u }) => ({ ago: u.map((_, row) => row < 10 ? -1 : u[row - 10]) });`,
      { Base: "data.parquet", From: "2024-01-02", To: "2024-01-02T00:00:02Z" },
    );
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const rows = await duckdb.rows(`from ${quoted(join(folder, "work_ansver.parquet"))}`);
    assertEquals(rows, [[86_390], [86_391]]);
    assertEquals((Response.Job as { Skipped?: { RowGroups: number } }).Skipped?.RowGroups, 9);
  });

  Deno.test(`neighbours by time need times in their order [${way.name}]`, async () => {
    const folder = await shared.folder();
    const write = (name: string, time: string, rows = 3000) =>
      duckdb.run(
        `copy (select ${time} as time, i::double as u from range(${rows}) r(i)) to ${
          quoted(join(folder, name))
        } (format parquet, row_group_size 2048)`,
      );
    const start = "timestamp '2024-01-01'";
    await write("a.parquet", `${start} + interval (case when i = 2500 then 7 else i end) second`);
    await write("b.parquet", `case when i <> 2048 then ${start} + interval (i) second end`);
    await write("part.0.parquet", `${start} + interval (i + 1) hour`);
    await write("part.1.parquet", `${start} + interval (i) hour`);
    const refused = async (Base: string, overlap: string) => {
      const { Response } = await mapped(shared.server, folder, overlap, Base);
      return Response.Error ?? { Code: Response.Status, Message: "" };
    };
    for (const overlap of [`{ before: "5s" }`, `{ after: "1ms" }`, `{ before: 1, after: "1h" }`]) {
      for (
        const [base, place] of [
          ["a.parquet", /"time" row 2500 of a\.parquet is earlier than the row before it; sort/],
          ["b.parquet", /"time" row 2048 of b\.parquet has no time/],
          ["part.*.parquet", /"time" row 0 of part\.1\.parquet is earlier than the row before it/],
        ] as const
      ) {
        const { Code, Message } = await refused(base, overlap);
        assertEquals(Code, "FORMULA_FAILED", `${base} ${overlap}: ${Message}`);
        assertMatch(Message, place);
      }
    }
    assertEquals((await refused("a.parquet", "{ before: 5 }")).Code, "complete");
  });

  Deno.test(`an overlap by time names a column of times [${way.name}]`, async () => {
    const folder = await shared.folder();
    await duckdb.run(
      `copy (select timestamp '2024-01-01' as begun, date '2024-01-01' as day, 1.0::double as u) to ${
        quoted(join(folder, "two.parquet"))
      } (format parquet)`,
    );
    await duckdb.run(
      `copy (select 1.0::double as u) to ${quoted(join(folder, "none.parquet"))} (format parquet)`,
    );
    const refused = async (Base: string, overlap: string) => {
      const { Response } = await mapped(shared.server, folder, overlap, Base);
      assertEquals(Response.Error?.Code, "FORMULA_INVALID", JSON.stringify(Response));
      return Response.Error!.Message;
    };
    const two = (overlap: string) => refused("two.parquet", overlap);
    assertMatch(
      await two(`{ before: "5s" }`),
      /several columns of times, "begun", "day": say which/,
    );
    assertMatch(
      await two(`{ before: "5s", time: "u" }`),
      /"u" is DOUBLE, and no column of TIMESTAMP/,
    );
    assertMatch(
      await two(`{ before: "5s", time: "began" }`),
      /no column "began" in two\.parquet; the columns are "begun"/,
    );
    assertMatch(await two(`{ before: 5, time: "day" }`), /has "time", but counts rows/);
    assertMatch(await two(`{ before: "5 parsecs" }`), /"5 parsecs" is no duration/);
    assertMatch(await two(`{ before: "0.3ns" }`), /no whole number of nanoseconds/);
    assertMatch(
      await two(`{ befor: "5s" }`),
      /has "befor", which is not known: did you mean before/,
    );
    assertMatch(
      await refused("none.parquet", `{ before: "5s" }`),
      /none\.parquet has none; give numb/,
    );
    for (const time of ["begun", "day"]) {
      const { Response } = await runFormula(
        shared.server,
        folder,
        `export const overlap = { before: "5s", time: "${time}" }; export const map = ({ u }) => ({ u });`,
        { Base: "two.parquet" },
      );
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
    }
  });

  Deno.test(`neighbours have the columns of further tables, too [${way.name}]`, async () => {
    const folder = await shared.folder();
    await duckdb.run(
      `copy (select i::integer as id, timestamp '2024-01-01' + interval (i) second as time from range(150000) r(i)) to ${
        quoted(join(folder, "data.parquet"))
      } (format parquet, row_group_size 40960)`,
    );
    await duckdb.run(
      `copy (select timestamp '2024-01-01' + interval (i) minute as time, i::integer as number from range(2500) r(i)) to ${
        quoted(join(folder, "minutes.parquet"))
      } (format parquet)`,
    );
    const { Response } = await runFormula(
      shared.server,
      folder,
      `export const overlap = { before: "90s" };
       export const inputs = { minutes: { on: "time", match: "backward" } };
       export const map = (chunk) => {
         const { id } = chunk, number = chunk["minutes.number"];
         return { id, ago: Int32Array.from(number, (_, row) => row < 90 ? -1 : number[row - 90]) };
       };`,
      {
        Base: "data.parquet",
        Inputs: { minutes: "minutes.parquet" },
        Filter: { id: { $in: [70, 100, 99_999] } },
      },
    );
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const rows = await duckdb.rows(`from ${quoted(join(folder, "work_ansver.parquet"))}`);
    assertEquals(rows, [[70, -1], [100, 0], [99_999, 1665]]);
  });
}
