import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { quoted } from "../support/parquet/duckdb.ts";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();

/** A column of every kind that can be carried, each with nulls but the first two. */
const COLUMNS: Record<string, string> = {
  id: "i",
  d: "i / 7",
  f64:
    "case when i % 5 = 0 then null when i % 7 = 0 then 'nan'::double when i % 11 = 0 then '-0'::double else i / 3 end",
  f32: "case when i % 5 = 1 then null else (i / 3)::float end",
  i8: "case when i % 5 = 2 then null else (i % 100 - 50)::tinyint end",
  i16: "case when i % 5 = 3 then null else (i % 30000 - 15000)::smallint end",
  i32: "case when i % 5 = 4 then null else i::int * 1000 end",
  u8: "case when i % 6 = 0 then null else (i % 256)::utinyint end",
  u16: "case when i % 6 = 1 then null else (i % 60000)::usmallint end",
  u32: "case when i % 6 = 2 then null else (4294967295 - i)::uinteger end",
  i64: "case when i % 6 = 3 then null else 9223372036854775807 - i end",
  u64: "case when i % 6 = 4 then null else (18446744073709551615 - i)::ubigint end",
  b: "case when i % 6 = 5 then null else i % 2 = 0 end",
  s: "case when i % 4 = 0 then null when i % 4 = 1 then '' else 'Ünïcode 温 ' || i end",
  ms:
    "case when i % 9 = 0 then null else (timestamp '2024-01-01' + interval (i) minute)::timestamp_ms end",
  us:
    "case when i % 9 = 1 then null else timestamp '1960-01-01 00:00:00.000001' + interval (i * 1001) microsecond end",
  ns:
    "case when i % 9 = 2 then null else (timestamp_ns '2024-01-01 00:00:00.000000001' + interval (i) second)::timestamp_ns end",
  tz:
    "case when i % 9 = 3 then null else timestamptz '2024-01-01 12:00:00+03' + interval (i) hour end",
  day: "case when i % 9 = 4 then null else date '1969-12-01' + i::int end",
  price:
    "case when i % 7 = 0 then null else (i * 7 % 1000)::decimal(9, 2) / 100 end::decimal(9, 2)",
  long: "case when i % 7 = 1 then null else (i - 500)::decimal(38, 6) end",
  uid: "case when i % 7 = 2 then null else md5(i::varchar)::uuid end",
  clock: "case when i % 7 = 3 then null else time '00:00:00.000001' + interval (i) second end",
  bytes: "case when i % 7 = 4 then null else ('\\xFF\\x00' || i)::blob end",
  lists: "case when i % 7 = 5 then null when i % 7 = 6 then [] else [i, null, i + 1] end::bigint[]",
  parts: "case when i % 8 = 0 then null else {'a': i / 3, 'b': [{'c': 'x' || i}, null]} end",
  table: "case when i % 8 = 1 then null else map {i: 'y' || i, i + 1: null} end",
};
const NAMES = Object.keys(COLUMNS);

/** Small row groups are put together to partitions, large ones are carried as they are stored. */
const SIZES = [{ rows: 100_000, rowGroup: 40_960 }, { rows: 160_000, rowGroup: 73_728 }];

async function writeData(
  path: string,
  extra = "",
  { rows, rowGroup } = SIZES[0]!,
): Promise<void> {
  const columns = Object.entries(COLUMNS).map(([name, sql]) => `${sql} as ${name}`).join(", ");
  await duckdb.run(
    `copy (select ${columns}${extra} from range(${rows}) t(i)) to ${quoted(path)}
     (format parquet, row_group_size ${rowGroup})`,
  );
}

const typesOf = (path: string) =>
  duckdb.rows(`select column_name, column_type from (describe select * from ${quoted(path)})`);

for (const way of ways) {
  const shared = shareService(way);

  Deno.test(`kept columns keep type, unit, nulls and every value [${way.name}]`, async () => {
    const { server } = shared;
    const path = await shared.folder();
    const data = join(path, "time_series.parquet");
    const result = join(path, "work_ansver.parquet");
    const jobs: [string, string][] = [
      [`export const map = ({ d }) => ({ twice: d.map((v) => 2 * v) });`, "true"],
      [
        `export const filter = { id: { $gte: 30000 }, b: true };
         export const map = ({ d }) => ({ twice: d.map((v) => 2 * v) });`,
        "id >= 30000 and b",
      ],
      [
        `export const overlap = { before: 10, after: 10 };
         export const map = ({ d }) => ({ twice: d.map((v) => 2 * v) });`,
        "true",
      ],
    ];
    for (const size of SIZES) {
      await writeData(data, "", size);
      for (const [formula, where] of jobs) {
        const keep = `export const keep = ${JSON.stringify(NAMES)};\n`;
        const { Response } = await runFormula(server, path, keep + formula);
        assertEquals(Response.Status, "complete", JSON.stringify(Response));
        assertEquals(
          await typesOf(result),
          [...await typesOf(data), ["twice", "DOUBLE"]],
        );
        const expected = `select *, 2 * d as twice from ${quoted(data)} where ${where}`;
        const [[count, same]] = await duckdb.rows(
          `select (select count(*) from ${quoted(result)}),
           (select count(*) from (${expected})) = (select count(*) from ${quoted(result)})
           and not exists (from (${expected}) except all from ${quoted(result)})`,
        ) as [[bigint, boolean]];
        assert(count > 20_000n);
        assertEquals(same, true, formula);
        const order = await duckdb.column(
          `select count(*) from (select id - lag(id) over () as step from ${
            quoted(result)
          }) where step <= 0`,
        );
        assertEquals(order, [0n]);
      }
    }
  });

  Deno.test(`a column that can't be kept is refused before anything runs [${way.name}]`, async () => {
    const { server } = shared;
    const path = await shared.folder();
    await writeData(join(path, "time_series.parquet"), "");
    const refused = async (text: string, code: string, message: RegExp) => {
      const { Response } = await runFormula(server, path, text);
      assertEquals(Response.Error?.Code, code, JSON.stringify(Response));
      assert(message.test(Response.Error!.Message), Response.Error!.Message);
    };
    const map = `export const map = ({ d }) => ({ d });`;
    await refused(`export const keep = ["none"]; ${map}`, "FORMULA_INVALID", /no column "none"/);
    await refused(`export const keep = "id"; ${map}`, "FORMULA_INVALID", /list of column names/);
    await refused(`export const keep = ["d"]; ${map}`, "FORMULA_FAILED", /"d", which is in "keep"/);
    await refused(
      `export const keep = ["id"]; export const map = ({ d }) => ({ d: d.subarray(1) });`,
      "FORMULA_FAILED",
      /as many as came in/,
    );
    await refused(
      `export const keep = ["id"]; export const main = () => 1;`,
      "FORMULA_INVALID",
      /goes with "map" only/,
    );
  });

  Deno.test(`columns of files without rows are kept with their types [${way.name}]`, async () => {
    const folder = await shared.folder();
    await writeData(join(folder, "time_series.parquet"), "", { rows: 0, rowGroup: 2048 });
    const { Response } = await runFormula(
      shared.server,
      folder,
      `export const keep = ${JSON.stringify(NAMES)};
       export const map = ({ id }) => ({ twice: Float64Array.from(id, Number) });`,
    );
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const typesOf = (file: string) =>
      duckdb.rows(
        `select column_name, column_type from (describe select ${
          NAMES.map((name) => `"${name}"`)
        } from ${quoted(join(folder, file))})`,
      );
    assertEquals(await typesOf("work_ansver.parquet"), await typesOf("time_series.parquet"));
  });
}
