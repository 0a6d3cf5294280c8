/** Tables that are joined by what is near in time: the service against DuckDB's ASOF join and Polars' join_asof. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { callPeer, peerTest } from "../support/peers/peers.ts";
import { type Random, randomFrom } from "../support/random_numbers.ts";
import { randomCases, tellAmount } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";
import { SEED } from "../support/suite_options.ts";

const duckdb = await sharedDuckDB();

const MATCHES = ["backward", "forward", "nearest", "linear"] as const;

/** A column that rows are ordered by: how DuckDB makes it of nanoseconds, and of how many it is a multiple. */
interface AxisKind {
  name: string;
  sql: string;
  unit: bigint;
  /** What may stand on the other side. */
  like: "local" | "utc" | "date" | "number";
}

const AXES: readonly AxisKind[] = [
  {
    name: "ms",
    sql: "make_timestamp_ms(n // 1000000)::timestamp_ms",
    unit: 1_000_000n,
    like: "local",
  },
  { name: "us", sql: "make_timestamp(n // 1000)", unit: 1000n, like: "local" },
  { name: "ns", sql: "make_timestamp_ns(n)", unit: 1n, like: "local" },
  { name: "us, UTC", sql: "make_timestamp(n // 1000)::timestamptz", unit: 1000n, like: "utc" },
  { name: "date", sql: "make_timestamp(n // 1000)::date", unit: 86_400_000_000_000n, like: "date" },
  { name: "double", sql: "n::double", unit: 1n << 12n, like: "number" },
  { name: "int64", sql: "n // 4096", unit: 1n << 12n, like: "number" },
];

/** A random table in DuckDB with `row`, `n`, `v`, keys, some of all but `row` null. */
async function makeTable(
  name: string,
  rows: number,
  random: Random,
  { unit, distinct, keys, nulls }: { unit: bigint; distinct: number; keys: number; nulls: boolean },
): Promise<void> {
  const salt = random(1e9);
  const hash = (what: number) => `hash(i * 16 + ${what} + ${salt}::bigint * 1000003)`;
  const some = (what: number, sql: string) =>
    nulls ? `case when ${hash(what)} % 11 = 0 then null else ${sql} end` : sql;
  // Whole units about 2020, not far from each other.
  const middle = 1_577_836_800_000_000_000n / unit;
  await duckdb.run(
    `create or replace table ${name} as select i::integer as row,
       ${
      some(1, `(${middle}::bigint + (${hash(0)} % ${distinct})::bigint) * ${unit}::bigint`)
    } as n,
       ${some(2, `(${hash(3)} % 1000)::double / 8`)} as v,
       ${some(4, `'key ' || ${hash(5)} % ${keys}`)} as k,
       ${some(6, `(${hash(7)} % 3)::integer`)} as j
     from range(${rows}) r(i)`,
  );
}

/** Writes a table as files of row groups, its rows by `order`. */
async function writeTable(
  table: string,
  folder: string,
  { axis, order, files, group }: { axis: AxisKind; order: string; files: number; group: number },
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await duckdb.run(
    `create or replace table ${table} as
       select * replace ((row_number() over (order by ${order}) - 1)::integer as row) from ${table} order by row`,
  );
  const [[rows]] = await duckdb.plainRows(`select count(*)::integer from ${table}`) as [[number]];
  for (let file = 0; file < files; file++) {
    const [from, to] = [file, file + 1].map((k) => Math.floor(rows * k / files));
    await duckdb.run(
      `copy (select row, ${axis.sql} as time, v, k, j from ${table} where row >= ${from} and row < ${to} order by row)
       to ${
        quoted(join(folder, `part.${file}.parquet`))
      } (format parquet, row_group_size ${group})`,
    );
  }
}

/**
 * For each row of `l` the row of `r` on one side, its instant and value: DuckDB's ASOF, the ties told apart before. Null
 * keys are left out: with several keys, DuckDB's ASOF takes two nulls for the same, which its other joins don't.
 */
function sideSql(side: "backward" | "forward", by: readonly string[], tolerance: bigint | null) {
  const keys = by.map((key) => `, ${key}`).join("");
  const last = side === "backward";
  const there = `where n is not null${by.map((key) => ` and ${key} is not null`).join("")}`;
  return `select l.row, r.row as other, r.n as at, r.v as value
    from (select * from l ${there}) l asof left join (
      select * from r ${there}
      qualify row_number() over (partition by n${keys} order by row ${last ? "desc" : "asc"}) = 1
    ) r on ${by.map((key) => `l.${key} = r.${key} and `).join("")} l.n ${last ? ">=" : "<="} r.n
    ${tolerance === null ? "" : `where r.n is null or abs(l.n - r.n) <= ${tolerance}`}`;
}

/** What DuckDB finds: rows of `l` with the row of `r`, or for `linear` the value between. */
async function expected(
  match: typeof MATCHES[number],
  by: readonly string[],
  tolerance: bigint | null,
): Promise<unknown[][]> {
  const side = (name: "backward" | "forward") => `(${sideSql(name, by, tolerance)})`;
  const found = match === "backward" || match === "forward"
    ? `select l.row, f.other from l left join ${side(match)} f on l.row = f.row`
    : match === "nearest"
    ? `select l.row, case when b.other is null or f.at - l.n < l.n - b.at then coalesce(f.other, b.other) else b.other end
       from l left join ${side("backward")} b on l.row = b.row left join ${
      side("forward")
    } f on l.row = f.row`
    : `select l.row, case when b.other is null or f.other is null then null
         when b.at = f.at then b.value
         else b.value + (f.value - b.value) * ((l.n - b.at)::double / (f.at - b.at)::double) end
       from l left join ${side("backward")} b on l.row = b.row left join ${
      side("forward")
    } f on l.row = f.row`;
  return await duckdb.plainRows(`${found} order by l.row`);
}

for (const way of ways) {
  const shared = shareService(way, { args: ["--workers", "2"] });

  peerTest(`random tables are joined as DuckDB and Polars do [${way.name}]`, async () => {
    using _told = tellAmount("as-of");
    const folder = await shared.folder();
    let found = 0, missed = 0;
    for (const index of randomCases("as-of")) {
      const random = randomFrom(SEED + 104_729 * index);
      const right = AXES[random(AXES.length)]!;
      const likes = AXES.filter(({ like }) => like === right.like);
      const left = right.like === "number" ? right : likes[random(likes.length)]!;
      const isLarge = random(5) === 0;
      const rows = isLarge ? [150_000, 200_000] : [random(3000), random(600)];
      // A day is long: more of them are none that nanoseconds of 64 bits can count.
      const most = right.name === "date" || left.name === "date" ? 40_000 : Infinity;
      const distinct = Math.min(most, Math.max(1, rows[1]! * [1, 4][random(2)]! >> random(3)));
      const keys = [1, 4, 40][random(3)]!;
      const nulls = random(2) === 0;
      const unit = left.unit > right.unit ? left.unit : right.unit;
      const units = random(2) ? [unit, unit] : [left.unit, right.unit];
      await makeTable("l", rows[0]!, random, { unit: units[0]!, distinct, keys, nulls });
      await makeTable("r", rows[1]!, random, { unit: units[1]!, distinct, keys, nulls });
      for (const name of ["left", "right"]) {
        await Deno.remove(join(folder, name), { recursive: true }).catch(() => {});
      }
      const group = isLarge ? [2048, 20_480, 300_000][random(3)]! : 2048;
      const order = random(3) ? "n, row" : "row";
      await writeTable("l", join(folder, "left"), {
        axis: left,
        order,
        files: 1 + random(3),
        group,
      });
      await writeTable("r", join(folder, "right"), {
        axis: right,
        order: random(2) ? "n, row" : "n nulls first, row",
        files: 1 + random(4),
        group,
      });
      const by = [[], ["k"], ["k", "j"]][random(3)]!;
      const match = MATCHES[random(4)]!;
      const tolerance = random(2)
        ? null
        : unit * BigInt(1 + random(Math.max(1, Math.floor(6 * distinct / (rows[1]! + 1)))));
      const said = tolerance === null
        ? null
        : right.like !== "number"
        ? `${tolerance}ns`
        : right.name === "double"
        ? Number(tolerance)
        : Number(tolerance / right.unit);
      const spec = {
        on: "time",
        match,
        ...(by.length === 0 ? {} : { by: by.length === 1 ? by[0] : by }),
        ...(said === null ? {} : { tolerance: said }),
      };
      const what = `seed ${SEED}, case ${index}: ${left.name} ${rows} ${right.name} ${
        JSON.stringify(spec)
      }, by ${order}, row groups of ${group}, nulls ${nulls}`;
      const value = match === "linear" ? "v" : "row";
      const text = `export const inputs = ${JSON.stringify({ r: spec })};
        export const map = (chunk) => ({ row: chunk.row, found: chunk["r.${value}"] });`;
      const fields = { Base: "left", Inputs: { r: "right" } };
      const { Response } = await runFormula(shared.server, folder, text, fields);
      assertEquals(Response.Status, "complete", `${what}: ${JSON.stringify(Response)}`);
      const result = quoted(join(folder, "work_ansver.parquet"));
      const got = await duckdb.plainRows(`select row, found from ${result} order by row`);
      const wanted = await expected(match, by, tolerance);
      assertEquals(got.length, wanted.length, what);
      wanted.forEach(([row, other], k) => {
        const value = got[k]![1] as number | null;
        const isNone = value === null || Number.isNaN(value);
        if (other === null) missed++;
        else found++;
        const fits = other === null
          ? isNone
          : !isNone && Math.abs(value - (other as number)) <= (match === "linear" ? 1e-9 : 0);
        assert(fits && got[k]![0] === row, `${what}: row ${row} has ${value}, not ${other}`);
      });
      if (match === "linear") continue;
      const theirs = await callPeer<(number | null)[]>(
        "join_asof",
        join(folder, "left"),
        join(folder, "right"),
        by,
        match,
        said,
      );
      theirs.forEach((other, row) => {
        // Ties of "nearest" are left open: see the reference.
        if (other === -1) return;
        const value = got[row]![1] as number | null;
        const own = value === null || Number.isNaN(value) ? null : value;
        assertEquals(own, other, `${what}: row ${row}, Polars`);
      });
    }
    assert(found > missed / 20 && missed > found / 100, `${found} found, ${missed} missed`);
  });

  Deno.test(`a table that is not sorted is refused with file and row [${way.name}]`, async () => {
    const folder = await shared.folder();
    await Deno.mkdir(join(folder, "right"));
    const times = "timestamp '2024-01-01' + interval (case when i = 1234 then 0 else i end) minute";
    await duckdb.run(
      `copy (select i as id, ${times} as time from range(1000) r(i)) to ${
        quoted(join(folder, "right", "a.parquet"))
      } (format parquet)`,
    );
    await duckdb.run(
      `copy (select i as id, ${times} as time from range(1000, 2000) r(i)) to ${
        quoted(join(folder, "right", "b.parquet"))
      } (format parquet)`,
    );
    const text = (match: string) =>
      `export const inputs = { r: { on: "time", match: "${match}" } };
       export const map = (chunk) => ({ id: chunk["r.id"] });`;
    for (const match of MATCHES) {
      const { Response } = await runFormula(shared.server, folder, text(match), {
        Base: "right/a.parquet",
        Inputs: { r: "right" },
      });
      assertEquals([Response.Status, Response.Error?.Code], ["error", "FORMULA_FAILED"]);
      assertMatch(Response.Error!.Message, /Inputs\.r: b\.parquet, row 234: "time" is before/);
    }
  });
}
