/** Results as CSV, against what DuckDB, pandas and Polars read in them. */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { encodeCsv } from "../../mod/csv/encode_csv.ts";
import { doubleText, floatText, halfText } from "../../mod/csv/numbers.ts";
import { dayText } from "../../mod/csv/times.ts";
import type { OutputColumn } from "../../mod/parquet/write/encode.ts";
import { runFormula } from "../support/fixtures.ts";
import { bothWays, ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { pythonScript, pythonTest } from "../support/peers/python.ts";
import { fuzzRandom } from "../support/random_numbers.ts";
import { randomCases, tellAmount } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();
const ask = pythonScript("result_readers.py");

/** Columns of the input that are kept, by their types in DuckDB; of each, values by `n`, a random number `r` and bits `b`. */
const KEPT: Record<string, string> = {
  tinyint: "(b % 128)::tinyint",
  smallint: "(b % 32768)::smallint - 5::smallint",
  integer: "(b % 2147483648)::int * (if(n % 2 = 0, 1, -1))::int",
  bigint: "b::bigint * if(n % 2 = 0, 1, -1)",
  utinyint: "(b % 256)::utinyint",
  usmallint: "(b % 65536)::usmallint",
  uinteger: "(b % 4294967296)::uinteger",
  ubigint: "(b::uhugeint * 2 + 1)::ubigint",
  float: "(r * 10 ** (n % 60 - 30))::float",
  double: `case n % 9 when 0 then 'nan'::double when 1 then 'inf'::double when 2 then '-inf'::double
             when 3 then 0 when 4 then n else (r - 0.5) * 10.0 ** (n % 600 - 300) end`,
  boolean: "n % 3 = 0",
  varchar: "'текст ' || n",
  date: "date '1960-01-01' + (b % 60000)::int",
  time: "time '00:00:00' + interval (b % 86400000000) microsecond",
  timestamp_ms: "(timestamp '1950-01-01' + interval (b % 4000000000000) millisecond)::timestamp_ms",
  timestamp: "timestamp '1950-01-01' + interval (b % 4000000000000000) microsecond",
  timestamp_ns: "make_timestamp_ns(b % 4000000000000000000 - 1000000000000000000)",
  timestamptz: "timestamptz '1950-01-01 00:00:00+00' + interval (b % 4000000000000000) microsecond",
  "decimal(9, 3)": "((b % 1000000000)::decimal(18, 0) / 1000 - 500000)::decimal(9, 3)",
  "decimal(18, 6)": "((b % 1000000000000) / 1000000.0 - 5)::decimal(18, 6)",
  "decimal(38, 10)": "(b::decimal(28, 0) - 4000000000)::decimal(38, 10) * 3",
  uuid: "md5(n::varchar)::uuid",
};
const NAMES = Object.keys(KEPT);

/** What texts are made of: all that CSV, or a reader of it, could take for something else. */
const PIECES = [
  ...['"', '""', ",", "\r\n", "\n", "\r", "", " ", "\t", ";", "|", "'", "#", "a", "Z9", "null"],
  ...["насос", "🌡", "\u00a0", "\ufeff", "é", "-", "1", "x,y", "\\"],
];

const FORMULA = `
  const PIECES = ${JSON.stringify(PIECES)};
  export const int64 = "bigint";
  export const keep = ${JSON.stringify(["n", ...NAMES])};
  export function map(chunk, { params }) {
    const n = chunk.n;
    const dice = (row, k, below) => {
      let t = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(k + params.seed, 0x85ebca6b);
      t = Math.imul(t ^ (t >>> 15), 0x2c1b3c6d);
      return ((t ^ (t >>> 13)) >>> 0) % below;
    };
    const text = (row) => {
      if (dice(row, 0, 7) === 0) return null;
      let made = "";
      for (let k = dice(row, 1, 6); k > 0; k--) made += PIECES[dice(row, k + 1, PIECES.length)];
      return made;
    };
    const rows = Array.from(n, Number);
    return {
      'a "name", of texts': rows.map(text),
      numbers: rows.map((row) => dice(row, 9, 5) === 0 ? null : dice(row, 10, 1e9) / 977),
      whole: Int32Array.from(rows, (row) => row - 5),
      dates: rows.map((row) => dice(row, 11, 4) === 0 ? null : new Date(row * 86_399_999 - 1e12)),
      nothing: rows.map(() => null),
    };
  }`;

/** Types of the columns that the formula makes. */
const MADE: Record<string, string> = {
  'a "name", of texts': "varchar",
  numbers: "double",
  whole: "integer",
  dates: "timestamptz",
  nothing: "integer",
};

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** How DuckDB reads a file of columns of these types. */
function csvOf(path: string, types: Record<string, string>): string {
  const columns = Object.entries(types).map(([name, type]) => `${quoted(name)}: ${quoted(type)}`);
  return `read_csv(${quoted(path)}, header = true, delim = ',', quote = '"', escape = '"',
    allow_quoted_nulls = false, nullstr = '', new_line = '\\r\\n', columns = {${columns}})`;
}

/** Rows that only one of two relations has. */
async function differing(one: string, other: string): Promise<unknown[][]> {
  return await duckdb.plainRows(
    `(from ${one} except all from ${other}) union all (from ${other} except all from ${one}) limit 3`,
  );
}

async function writeTable(path: string, rows: number, seed: number, nulls: number): Promise<void> {
  const columns = Object.entries(KEPT).map(([type, value], index) =>
    `case when hash(n, ${seed + index}) % 100 < ${nulls} then null else ${value} end::${type} as ${
      identifier(type)
    }`
  );
  await duckdb.run(
    `copy (select n, ${columns} from (select n, (hash(n, ${seed}) >> 2)::bigint as b,
       (hash(n, ${seed}, 'r') % 1000003) / 1000003 as r from range(${rows}) t(n)))
     to ${quoted(path)} (format parquet, row_group_size 20480)`,
  );
}

for (const way of ways) {
  const shared = shareService(way);

  pythonTest(
    `random tables are the same as CSV and as Parquet to DuckDB, pandas and Polars [${way.name}]`,
    async () => {
      using _told = tellAmount("csv-tables");
      for (const index of randomCases("csv-tables")) {
        const random = fuzzRandom(index);
        const folder = await shared.folder();
        const rows = [1, 50, 1000, 45_000][random(4)]! + random(100);
        await writeTable(join(folder, "time_series.parquet"), rows, random(1e6), random(2) * 20);
        const Params = { seed: random(1e6) };
        const Filter = random(2) ? { n: { $gte: random(rows) } } : undefined;
        for (const Output of ["rows.csv", "rows.parquet"]) {
          const fields = { Output, Params, ...(Filter ? { Filter } : {}) };
          const { Response } = await runFormula(shared.server, folder, FORMULA, fields);
          assertEquals(Response.Status, "complete", JSON.stringify(Response));
          assertEquals(Response.Discription, { Directory: folder, File: Output });
          assertEquals(Response.Job!.BytesWritten, Deno.statSync(join(folder, Output)).size);
        }
        const [csv, parquet] = ["rows.csv", "rows.parquet"].map((name) => join(folder, name));
        const types = {
          n: "bigint",
          ...Object.fromEntries(NAMES.map((name) => [name, name])),
          ...MADE,
        };
        const told = `case ${index}, ${rows} rows`;
        assertEquals(
          await differing(csvOf(csv!, types), `read_parquet(${quoted(parquet!)})`),
          [],
          told,
        );
        for (const peer of ["pandas", "polars"]) {
          const answer = JSON.parse(await ask(JSON.stringify([peer, [csv, parquet]]), peer));
          assertEquals(answer, { value: null }, `${told}, ${peer}`);
        }
      }
    },
  );
}

for (const way of bothWays) {
  const shared = shareService(way);

  Deno.test(`main and aggregate write tables as CSV, and all else as text [${way.name}]`, async () => {
    const folder = await shared.folder();
    await duckdb.run(
      `copy (select i as n, i % 7 as unit from range(100000) t(i))
       to ${quoted(join(folder, "time_series.parquet"))} (row_group_size 20480)`,
    );
    const answer = async (formula: string, fields: Record<string, unknown> = {}) =>
      (await runFormula(shared.server, folder, formula, { Output: "made.csv", ...fields }))
        .Response;
    const read = () => Deno.readTextFileSync(join(folder, "made.csv"));

    const grouped = await answer(
      `import { groupBy } from "measuring/groups";
       export const { chunk, combine, aggregate } = groupBy("unit").mean("n").count();`,
    );
    assertEquals(grouped.Discription, { Directory: folder, File: "made.csv" });
    assertEquals([grouped.Job!.Rows, grouped.Job!.BytesWritten], [7, read().length]);
    const wanted = await duckdb.rows(
      `select unit, avg(n), count(*) from ${
        quoted(join(folder, "time_series.parquet"))
      } group by unit order by unit`,
    );
    assertEquals(
      read(),
      "unit,mean_n,count\r\n" +
        wanted.map(([unit, mean, rows]) => `${unit},${doubleText(Number(mean))},${rows}\r\n`).join(
          "",
        ),
    );

    // Two workers share in a table of some size.
    const rows = 1_200_000;
    const large = await answer(
      `export const main = () => ({ n: Float64Array.from({ length: ${rows} }, (_, k) => k / 8) });`,
    );
    assertEquals(large.Job!.Rows, rows);
    const lines = read().split("\r\n");
    assertEquals([lines.length, lines[0], lines.at(-1)], [rows + 2, "n", ""]);
    assert(lines.slice(1, -1).every((line, k) => Number(line) === k / 8));

    const empty = await answer(`export const main = () => ({ n: [], text: new Array() });`);
    assertEquals([empty.Status, read()], ["complete", "n,text\r\n"]);

    const said = await answer(`export const main = () => "done";`);
    assertEquals(said.Discription, { Directory: folder, File: "made.txt" });
  });

  Deno.test(`what CSV can't hold is refused by its name, and no file is left [${way.name}]`, async () => {
    const folder = await shared.folder();
    await duckdb.run(
      `copy (select i as n, [i] as list, 'x'::blob as bytes from range(1000) t(i))
       to ${quoted(join(folder, "time_series.parquet"))}`,
    );
    const refused = async (formula: string, fields: Record<string, unknown> = {}) => {
      const more = { Output: "made.csv", ...fields };
      const { Response } = await runFormula(shared.server, folder, formula, more);
      assertEquals([...Deno.readDirSync(folder)].length, 2);
      return `${Response.Error?.Code}: ${Response.Error?.Message}`;
    };
    assertMatch(
      await refused(
        `export const map = ({ n }) => ({ raw: Array.from(n, () => new Uint8Array(2)) });`,
      ),
      /^FORMULA_FAILED: column "raw" holds bytes, which CSV can't hold; return them as texts/,
    );
    assertMatch(
      await refused(`export const main = () => ({ parts: [{ a: 1 }, [2]] });`),
      /^FORMULA_FAILED: .*column "parts" holds records or arrays, which CSV can't hold; return texts/,
    );
    for (const [name, what] of [["list", "LIST"], ["bytes", "BYTE_ARRAY"]]) {
      assertMatch(
        await refused(`export const keep = ["${name}"]; export const map = ({ n }) => ({ n });`),
        new RegExp(`^FORMULA_FAILED: column "${name}" holds ${what}, which CSV can't hold; `, "i"),
      );
    }
    assertMatch(
      await refused(`export const map = ({ n }) => ({ text: Array.from(n, () => "\\ud800") });`),
      /^FORMULA_FAILED: column "text", row 0: half a surrogate pair/,
    );
    assertMatch(
      await refused(`export const map = ({ n }) => ({ n });`, { Codec: "zstd" }),
      /^BAD_REQUEST: Request\.Codec compresses Parquet, and made\.csv is none/,
    );
  });
}

Deno.test("columns that come in another order from a later partition are refused", async () => {
  const { CsvWriter } = await import("../../mod/csv/csv_writer.ts");
  const path = await Deno.makeTempFile();
  await Deno.remove(path);
  const writer = new CsvWriter(path);
  const group = (...names: string[]) => {
    const made = encodeCsv(names.map((name) => ({ name, type: "float64", values: [1] })));
    return { rows: 1, parts: [[made]] };
  };
  writer.appendJoined(group("a", "b"));
  for (const names of [["b", "a"], ["a"], ["a", "b", "c"]]) {
    assertThrows(
      () => writer.appendJoined(group(...names)),
      Error,
      "the columns of CSV have one order",
    );
  }
  writer.abort();
});

Deno.test("numbers have the fewest digits that are exact, and show that they are no integers", () => {
  const texts: [number, string][] = [
    [3, "3.0"],
    [-0, "-0.0"],
    [0.1, "0.1"],
    [1e21, "1e+21"],
    [123456789012345680000, "123456789012345680000.0"],
    [5e-324, "5e-324"],
    [NaN, "NaN"],
    [-Infinity, "-inf"],
  ];
  for (const [value, text] of texts) assertEquals(doubleText(value), text);
  const random = fuzzRandom(1);
  for (let k = 0; k < 20_000; k++) {
    const bits = new Uint32Array([random(2 ** 32), random(2 ** 32)]);
    const [double] = new Float64Array(bits.buffer), [float] = new Float32Array(bits.buffer);
    const [half] = new Float16Array(bits.buffer);
    for (
      const [value, textOf, round] of [
        [double!, doubleText, (x: number) => x],
        [float!, floatText, Math.fround],
        [half!, halfText, (x: number) => new Float16Array([x])[0]!],
      ] as const
    ) {
      if (!Number.isFinite(value)) continue;
      const text = textOf(value);
      assert(Object.is(round(Number(text)), value), `${value}: ${text}`);
      assertMatch(text, /[.e]/);
      // None of fewer digits would do.
      const digits = text.replace(/e.*/, "").replace(/\D/g, "").replace(/^0+|0+$/g, "").length;
      if (digits > 1 && !Number.isInteger(value)) {
        assert(round(Number(value.toPrecision(digits - 1))) !== value, `${value}: ${text}`);
      }
    }
  }
  assertEquals([floatText(Math.fround(0.1)), floatText(16777216)], ["0.1", "16777216.0"]);
});

Deno.test("days are those of the Gregorian calendar, of any year", () => {
  const random = fuzzRandom(2);
  for (let k = 0; k < 20_000; k++) {
    const day = k < 800 ? k - 400 : random(200_000_000) - 100_000_000;
    assertEquals(dayText(day), new Date(day * 86_400_000).toISOString().slice(0, -14));
  }
});

Deno.test("a table of one column tells a null from an empty text", async () => {
  const texts: OutputColumn = { name: "only", type: "string", values: ["a", null, "", " b "] };
  const { bytes } = encodeCsv([texts]);
  assertEquals(new TextDecoder().decode(bytes), 'a\r\n\r\n""\r\n" b "\r\n');
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  await Deno.writeTextFile(path, "only\r\n" + new TextDecoder().decode(bytes));
  const read = await duckdb.rows(`from ${csvOf(path, { only: "varchar" })}`);
  assertEquals(read, [["a"], [null], [""], [" b "]]);
  await Deno.remove(path);
});
