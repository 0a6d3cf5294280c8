import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { exactOf } from "../../mod/dataset/exact_columns.ts";
import { ServiceError } from "../../mod/common/errors.ts";
import { converterOf } from "../../mod/parquet/read/convert.ts";
import type { Column } from "../../mod/parquet/format/column.ts";
import { SEED } from "../support/suite_options.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { inChunk, inFolder, OpenFile, rowsOf } from "../support/parquet/files.ts";
import { randomFrom } from "../support/random_numbers.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";

const duckdb = await sharedDuckDB();

/** Two row groups, the first of several blocks of deltas. */
const ROWS = 4500;

/** Numbers that reach to the ends of their types, times before 1970, texts of all lengths of UTF-8. */
const COLUMNS: Record<string, string> = {
  f64:
    "case when i % 97 = 0 then 'NaN'::double when i % 89 = 0 then '-0'::double else sin(i) * 1e10 end",
  f32: "(sin(i) * 1000)::float",
  few: "(i % 7)::double / 3",
  i8: "(i % 256 - 128)::tinyint",
  i16: "(i * 37 % 65536 - 32768)::smallint",
  i32: "case when i = 5 then -2147483648 else i * 7919 % 100003 - 50000 end::int",
  i64:
    "case when i = 6 then -9223372036854775808 when i = 7 then 9223372036854775807 else i::bigint * 1000003 * 1000003 end",
  u8: "(i % 256)::utinyint",
  u16: "(i * 31 % 65536)::usmallint",
  u32: "(4294967295 - i * 11)::uinteger",
  u64: "(18446744073709551615 - i)::ubigint",
  steps: "(i * 1000 + i % 3)::bigint",
  flag: "i % 5 < 2",
  runs: "i % 2000 < 1500",
  day: "date '1969-12-20' + (i % 40)::int",
  ms: "(timestamp '1969-06-01 00:00:00.123' + interval (i * 977) second)::timestamp_ms",
  us: "timestamp '1960-01-01 00:00:00.123456' + interval (i * 100003) millisecond",
  tz: "timestamptz '2024-02-29 23:59:59.999999+00' + interval (i) hour",
  ns: "make_timestamp_ns(1700000000123456789 + i * 1000000007)",
  text:
    "case when i % 11 = 0 then '' when i % 7 = 0 then 'Größe ' || i || ' 温度 🌡' else 'sensor-' || i end",
  word: "['pump', 'Ventil', '', 'насос', '🔧'][1 + i % 5]",
  mood: "['ok', 'sad', 'ok', 'happy'][1 + i % 4]::mood",
  bytes: "(case when i % 3 = 0 then '\\xFF\\x00' else '' end || ('v' || i))::blob",
};

/** Nested and rare types are compared with hyparquet, whose values they are. */
const PLAIN: Record<string, string> = {
  small: "(i * 1.25)::decimal(9, 2)",
  large: "(i * 1.25)::decimal(18, 2)",
  huge: "(i * 1.25)::decimal(30, 2)",
  id: "('00000000-0000-4000-8000-' || lpad(i::varchar, 12, '0'))::uuid",
  list: "case when i % 4 = 0 then [] when i % 4 = 1 then [i, null] else range(i % 9) end",
  point: "{'x': i, 'y': case when i % 2 = 0 then 'p' || i end}",
  deep: "[{'k': [i::int, 2], 's': 'a'}, null, {'k': null, 's': null}]",
  map: "map {'a': i, 'b' || i % 3: null}",
  time: "time '00:00:00' + interval (i) second",
};

const KINDS: { name: string; options: string }[] = [
  { name: "uncompressed", options: "codec uncompressed" },
  { name: "snappy", options: "codec snappy" },
  { name: "zstd", options: "codec zstd" },
  { name: "gzip", options: "codec gzip" },
  { name: "lz4_raw", options: "codec lz4_raw" },
  { name: "brotli", options: "codec brotli" },
  { name: "version 2 (deltas, split bytes)", options: "codec snappy, parquet_version v2" },
  {
    name: "version 2 without dictionaries",
    options: "codec uncompressed, parquet_version v2, dictionary_size_limit 1",
  },
  {
    name: "version 1 without dictionaries",
    options: "codec zstd, parquet_version v1, dictionary_size_limit 1",
  },
];

async function writeFile(
  path: string,
  columns: Record<string, string>,
  options: string,
  nulls: boolean,
): Promise<void> {
  await duckdb.run("create type if not exists mood as enum ('sad', 'ok', 'happy')");
  const fields = Object.entries(columns).map(([name, sql], index) =>
    `${nulls ? `case when (i + ${index}) % 3 = 0 then null else ${sql} end` : sql} as ${name}`
  );
  await duckdb.run(
    `copy (select ${fields.join(", ")} from range(${ROWS}) t(i)) to ${quoted(path)}
     (format parquet, row_group_size 3000, ${options})`,
  );
}

function assertSameValue(actual: unknown, expected: unknown, where: string): void {
  if (typeof expected === "object" && expected !== null) assertEquals(actual, expected, where);
  else if (!Object.is(actual, expected)) {
    assertStrictEquals(actual, expected, where);
    throw new Error(`${where}: ${actual} instead of ${expected}`);
  }
}

/** hyparquet leaves some nested nulls undefined. */
function withNulls(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map(withNulls);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withNulls(item)]));
}

for (const { name, options } of KINDS) {
  for (const nulls of [false, true]) {
    Deno.test(`columns equal what DuckDB wrote: ${name}${nulls ? ", with nulls" : ""}`, async () => {
      await inFolder(async (folder) => {
        const path = `${folder}/data.parquet`;
        await writeFile(path, COLUMNS, options, nulls);
        const expected = await duckdb.rows(`select * from read_parquet(${quoted(path)})`);
        using open = new OpenFile(path);
        assertEquals(open.file.rows, ROWS);
        Object.keys(COLUMNS).forEach((column, index) => {
          const values = open.column(column);
          assertEquals(values.length, ROWS);
          for (let row = 0; row < ROWS; row++) {
            const wanted = inChunk(expected[row]![index]);
            const actual = values[row];
            assertSameValue(actual, wanted, `${column}, row ${row}`);
          }
        });
      });
    });
  }
}

/** Values as text, that differ where the values do. */
function textOf(values: unknown[]): string[] {
  const plain = (_: string, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : Object.is(value, -0) ? "-0" : value;
  return values.map((value) => JSON.stringify(value, plain));
}

/** Nested and rare columns as hyparquet reads them, as text; the codec is no matter of theirs. */
async function readPlain(nulls: boolean): Promise<Record<string, string[]>> {
  let rows: Record<string, unknown>[] = [];
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    await writeFile(path, PLAIN, "codec snappy", nulls);
    rows = await parquetReadObjects({ file: await asyncBufferFromFile(path), compressors });
  });
  return Object.fromEntries(
    Object.keys(PLAIN).map((name) => [name, textOf(rows.map((row) => withNulls(row[name])))]),
  );
}

const plain = [await readPlain(false), await readPlain(true)];

for (const { name, options } of KINDS.slice(1, 8)) {
  Deno.test(`nested and rare columns equal hyparquet's: ${name}`, async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/data.parquet`;
      for (const [nulls, expected] of plain.entries()) {
        await writeFile(path, PLAIN, options, nulls === 1);
        using open = new OpenFile(path);
        for (const column of Object.keys(PLAIN)) {
          const found = textOf(open.column(column));
          assertEquals(found.length, ROWS);
          const differing = found.findIndex((text, row) => text !== expected[column]![row]);
          assertEquals(found[differing], expected[column]![differing], `${column} ${differing}`);
        }
      }
    });
  });
}

Deno.test("decimals of any precision and scale become the nearest doubles or are refused", async () => {
  const random = randomFrom(SEED);
  const digits = (count: number) => Array.from({ length: count }, () => random(10)).join("");
  const kinds = [1, 4, 9, 10, 18, 19, 28, 38].flatMap((precision) =>
    [...new Set([0, 1, precision >> 1, precision])].map((scale) => ({ precision, scale }))
  );
  const row = () =>
    kinds.map(({ precision, scale }) => {
      if (random(10) === 0) return null;
      const text = digits(1 + random(precision)).padStart(scale + 1, "0");
      const whole = text.slice(0, text.length - scale).slice(scale - precision || text.length);
      const rest = scale === 0 ? "" : `.${text.slice(-scale)}`;
      return `${random(2) ? "-" : ""}${whole || "0"}${rest}`;
    });
  const rows = Array.from({ length: 300 }, row);
  const values = rows.map((row) =>
    `(${
      row.map((text, k) => {
        const { precision, scale } = kinds[k]!;
        return `${text === null ? "null" : `'${text}'`}::decimal(${precision}, ${scale})`;
      })
    })`
  );
  const names = kinds.map(({ precision, scale }) => `d${precision}_${scale}`);
  await inFolder(async (folder) => {
    const path = `${folder}/decimals.parquet`;
    await duckdb.run(
      `copy (select * from (values ${values}) t(${names})) to ${quoted(path)} (format parquet)`,
    );
    using open = new OpenFile(path);
    const whole = rowsOf(0, 0, rows.length);
    for (const [k, name] of names.entries()) {
      const { precision, scale } = kinds[k]!;
      const texts = await duckdb.column(`select ${name}::varchar from ${quoted(path)}`) as (
        | string
        | null
      )[];
      const digits = texts.map((text) => text === null ? null : BigInt(text.replace(".", "")));
      const column = open.reader.column(name);
      const exact = exactOf(open.reader, column, column, whole);
      assertEquals(
        Array.from(exact.values, (value, row) => texts[row] === null ? null : value),
        digits,
      );
      const far = digits.find((whole) => whole !== null && !Number.isSafeInteger(Number(whole)));
      if (scale === 0 && precision > 15) assertEquals(open.column(name), digits, name);
      else if (far === undefined) {
        const wanted = texts.map((text) => text === null ? null : Number(text));
        assertEquals(open.column(name), wanted, name);
      } else {
        const { code, message } = assertThrows(() => open.column(name), ServiceError);
        assertEquals(code, "FORMULA_FAILED");
        assert(message.includes(`"${name}"`) && message.includes("without losing digits"), message);
      }
    }
  });
});

Deno.test("INT96 becomes the nearest number of milliseconds, before and after 1970", () => {
  const day = 86_400_000_000_000n;
  const times = [
    0n,
    1n,
    -1n,
    -2n,
    999_999n,
    -999_999n,
    -day,
    -day - 1n,
    99n * day + 7n,
    -(2n ** 62n),
  ];
  const far = 1_700_000_000_123_456_789n;
  const all = [...times, far, -far, 100n * day + 123n, -100n * day - 123n, -101n * day - 1n];
  const stored = new DataView(new ArrayBuffer(12 * all.length));
  for (const [k, time] of all.entries()) {
    const rest = ((time % day) + day) % day;
    stored.setBigUint64(12 * k, rest, true);
    stored.setInt32(12 * k + 8, Number((time - rest) / day) + 2_440_588, true);
  }
  const column: Column = {
    name: "t",
    kind: "timestamp",
    unit: "ns",
    int96: true,
    nullable: false,
    hasNulls: false,
    type: "TIMESTAMP(ns, local)",
    element: 1,
    leaf: 0,
    leaves: 1,
  };
  const found = new Float64Array(all.length);
  converterOf(column, "INT96", "number")(new Uint8Array(stored.buffer), found, 0);
  // Digits of a decimal are read as the number nearest to them.
  assertEquals(Array.from(found), all.map((time) => Number(`${time}e-6`)));
});
