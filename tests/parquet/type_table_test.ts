/** The type table of the reference, every row of it, from DuckDB into a formula and back to DuckDB. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { quoted } from "../support/parquet/duckdb.ts";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();
await duckdb.run("create type mode as enum ('idle', 'run', 'alarm')");

interface Incoming {
  /** SQL of each row's value. */
  values: string[];
  /** The array in a chunk without nulls, and with them. */
  arrays: [string, string];
  /** What the formula must see, in SQL over `x`, as numbers, bigints or texts. */
  seen: string;
}

const NUMBER = "x::double";
const MILLISECONDS = "epoch_us(x) / 1000.0::double";
const doubles = (type: string) =>
  ["0", "'-0'", "'nan'", "'inf'", "'-inf'", "1.0/3", "1e30", "-2.5"].map((v) => `${v}::${type}`);
const integers = (type: string, least: string, most: string, array: string): Incoming => ({
  values: [least, most, "0", "1", "77"].map((value) => `(${value})::${type}`),
  arrays: [array, "Float64Array"],
  seen: NUMBER,
});

/** By name of the type in Parquet, or of what writes it. */
const INCOMING: Record<string, Incoming> = {
  double: {
    values: [...doubles("double"), "5e-324::double", "1.7976931348623157e308::double"],
    arrays: ["Float64Array", "Float64Array"],
    seen: NUMBER,
  },
  float: {
    values: [...doubles("float"), "1e-45::float", "3.4028234e38::float"],
    arrays: ["Float32Array", "Float32Array"],
    seen: NUMBER,
  },
  int8: integers("tinyint", "-128", "127", "Int8Array"),
  int16: integers("smallint", "-32768", "32767", "Int16Array"),
  int32: integers("integer", "-2147483648", "2147483647", "Int32Array"),
  uint8: integers("utinyint", "0", "255", "Uint8Array"),
  uint16: integers("usmallint", "0", "65535", "Uint16Array"),
  uint32: integers("uinteger", "0", "4294967295", "Uint32Array"),
  int64: integers("bigint", "-9007199254740991", "9007199254740991", "Float64Array"),
  uint64: integers("ubigint", "0", "9007199254740991", "Float64Array"),
  timestamp_ms: {
    values: ["1970-01-01", "1969-12-31 23:59:59.999", "2024-02-29 12:00:00.001", "9999-12-31"]
      .map((time) => `timestamp_ms '${time}'`),
    arrays: ["Float64Array", "Float64Array"],
    seen: MILLISECONDS,
  },
  timestamp_us: {
    values: ["1970-01-01", "1969-12-31 23:59:59.999999", "2024-02-29 12:00:00.000001", "0001-01-01"]
      .map((time) => `timestamp '${time}'`),
    arrays: ["Float64Array", "Float64Array"],
    seen: MILLISECONDS,
  },
  timestamp_ns: {
    values: ["1970-01-01", "1969-12-31 23:59:59.999999999", "2024-02-29 12:00:00.5", "2261-01-01"]
      .map((time) => `timestamp_ns '${time}'`),
    arrays: ["Float64Array", "Float64Array"],
    seen: "epoch_ns(x) / 1000000.0::double",
  },
  timestamp_tz: {
    values: ["2024-01-01 12:00:00+03", "2024-07-01 00:00:00.25-07", "1970-01-01 00:00:00+00"]
      .map((time) => `timestamptz '${time}'`),
    arrays: ["Float64Array", "Float64Array"],
    seen: MILLISECONDS,
  },
  date: {
    values: ["1970-01-01", "1969-12-31", "2024-02-29", "0001-01-01", "9999-12-31"]
      .map((day) => `date '${day}'`),
    arrays: ["Float64Array", "Float64Array"],
    seen: "(epoch_ms(x::timestamp))::double",
  },
  boolean: {
    values: ["true", "false"],
    arrays: ["Uint8Array", "Float64Array"],
    seen: "x::int::double",
  },
  string: {
    values: [
      "''",
      "'plain'",
      "'Ünïcode 温度 🌡'",
      "'a''b\"c'",
      "e'line\\nbreak\\ttab'",
      "repeat('x', 5000)",
    ],
    arrays: ["Array", "Array"],
    seen: "x",
  },
  enum: {
    values: ["idle", "run", "alarm"].map((word) => `'${word}'::mode`),
    arrays: ["Array", "Array"],
    seen: "x::varchar",
  },
  blob: {
    values: ["''::blob", "'\\x00\\xFF\\x80'::blob"],
    arrays: ["Array", "Array"],
    seen: "'Uint8Array ' || lower(hex(x))",
  },
  uuid: {
    values: [
      "'6f9619ff-8b86-d011-b42d-00c04fc964ff'::uuid",
      "'00000000-0000-0000-0000-000000000000'::uuid",
    ],
    arrays: ["Array", "Array"],
    seen: "x::varchar",
  },
  decimal: {
    values: ["123.45::decimal(9, 2)", "-0.01::decimal(9, 2)", "9999999.99::decimal(9, 2)"],
    arrays: ["Array", "Array"],
    seen: NUMBER,
  },
  list: {
    values: ["[1, 2, null]", "[]::integer[]", "[7]"],
    arrays: ["Array", "Array"],
    seen: "to_json(x)::varchar",
  },
  struct: {
    values: ["{'a': 1, 'b': 'x'}", "{'a': null, 'b': ''}"],
    arrays: ["Array", "Array"],
    seen: "to_json(x)::varchar",
  },
};

/** Tells of each named column which array it is and what it holds, as texts. */
const TELL = `
const hex = (bytes) => "Uint8Array " + bytes.toHex();
const tell = (v) => v === null ? null
  : Object.is(v, -0) ? "-0"
  : v instanceof Uint8Array ? hex(v)
  : typeof v === "object" ? JSON.stringify(v)
  : String(v);
export function map(chunk, { params }) {
  const out = {};
  for (const name of params) {
    const values = chunk[name];
    const validity = chunk.validity(name) ?? new Uint8Array(values.length).fill(1);
    out[name] = Array.from(values, tell);
    out[name + " array"] = Array.from(values, () => values.constructor.name);
    out[name + " valid"] = validity;
  }
  return out;
}
`;

/** Writes a column \`name\` of the type's values, and one \`name null\` with every other row null. */
async function writeIncoming(path: string, name: string): Promise<void> {
  const { values } = INCOMING[name]!;
  const rows = values.map((value, row) => `(${row}, ${value})`).join(", ");
  await duckdb.run(
    `copy (select k, x, case when k % 2 = 0 then x end as "x null"
       from (values ${rows}) t(k, x) order by k)
     to ${quoted(path)} (format parquet)`,
  );
}

/** A text that a formula told, as what DuckDB says it must be. */
function heard(text: unknown, expected: unknown): unknown {
  if (text === null || typeof expected === "string") return text;
  return typeof expected === "bigint" ? BigInt(text as string) : Number(text);
}

for (const way of ways) {
  const shared = shareService(way);

  Deno.test(`every type of the table is read as documented [${way.name}]`, async (test) => {
    const { server } = shared;
    const path = await shared.folder();
    const result = quoted(join(path, "work_ansver.parquet"));
    for (const [name, { arrays, seen }] of Object.entries(INCOMING)) {
      await test.step(name, async () => {
        const data = join(path, `${name}.parquet`);
        await writeIncoming(data, name);
        const fields = { Base: `${name}.parquet`, Params: ["x", "x null"] };
        const { Response } = await runFormula(server, path, TELL, fields);
        assertEquals(Response.Status, "complete", JSON.stringify(Response));
        const got = await duckdb.columns(`select * from ${result}`);
        const truth = await duckdb.columns(`select ${seen} as x, x is null as none,
          "x null" is null as "none null" from ${quoted(data)} order by k`);
        ["x", "x null"].forEach((column, kind) => {
          const absent = truth[kind ? "none null" : "none"]!;
          const nothing = arrays[kind] === "Array" ? null : NaN;
          const expected = truth.x!.map((value, row) => absent[row] ? nothing : value);
          const values = got[column]!.map((text, row) => heard(text, expected[row]));
          assertEquals(values, expected, column);
          assertEquals(new Set(got[`${column} array`]), new Set([arrays[kind]]), column);
          assertEquals(got[`${column} valid`], absent.map((isNull) => isNull ? 0 : 1), column);
        });
      });
    }
  });

  Deno.test(`64-bit integers beyond 2^53 are bigints or an error [${way.name}]`, async () => {
    const { server } = shared;
    const path = await shared.folder();
    const columns: Record<string, [least: string, most: string, array: string]> = {
      bigint: ["-9223372036854775808", "9223372036854775807", "BigInt64Array"],
      ubigint: ["9007199254740992", "18446744073709551615", "BigUint64Array"],
    };
    for (const [type, [least, most, array]] of Object.entries(columns)) {
      await duckdb.run(
        `copy (select x::${type} as x, case when k > 0 then x::${type} end as "x null"
           from (values (0, 5), (1, ${least}), (2, ${most})) t(k, x) order by k)
         to ${quoted(join(path, "time_series.parquet"))} (format parquet)`,
      );
      const fields = { Params: ["x", "x null"] };
      const refused = await runFormula(server, path, TELL, fields);
      assertEquals(refused.Response.Error?.Code, "FORMULA_FAILED");
      assertStringIncludes(refused.Response.Error!.Message!, `column "x", row 1: ${least}`);
      const big = await runFormula(server, path, `export const int64 = "bigint";${TELL}`, fields);
      assertEquals(big.Response.Status, "complete", JSON.stringify(big));
      const got = await duckdb.columns(
        `select * from ${quoted(join(path, "work_ansver.parquet"))}`,
      );
      assertEquals(got["x"], ["5", least, most]);
      assertEquals(got["x null"], [null, least, most]);
      assertEquals(got["x array"]![0], array);
      assertEquals(got["x null array"]![0], "Array");
    }
  });

  Deno.test(`raw times are the stored integers, to the nanosecond [${way.name}]`, async () => {
    const { server } = shared;
    const path = await shared.folder();
    const types: Record<string, [sql: string, unit: string, utc: boolean, stored: string]> = {
      ms: ["timestamp_ms '2024-02-29 12:00:00.001'", "ms", false, "epoch_ms(x)"],
      us: ["timestamp '0001-01-01 00:00:00.000001'", "us", false, "epoch_us(x)"],
      ns: ["timestamp_ns '1969-12-31 23:59:59.999999999'", "ns", false, "epoch_ns(x)"],
      tz: ["timestamptz '2024-07-01 00:00:00.250001-07'", "us", true, "epoch_us(x)"],
      day: ["date '1969-12-30'", "day", false, "date_diff('day', date '1970-01-01', x)"],
    };
    const formula = `export const map = (chunk, { params }) => {
      const { values, unit, utc } = chunk.raw("x");
      const validity = chunk.validity("x");
      return { told: [values[0] + " " + unit + " " + utc + " " + validity[1]] };
    };`;
    for (const [name, [sql, unit, utc, stored]] of Object.entries(types)) {
      const data = quoted(join(path, "time_series.parquet"));
      await duckdb.run(
        `copy (select unnest([${sql}, null]) as x) to ${data} (format parquet)`,
      );
      const { Response } = await runFormula(server, path, formula);
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
      const [expected] = await duckdb.column(`select (${stored})::varchar from ${data} limit 1`);
      const told = await duckdb.column(
        `select told from ${quoted(join(path, "work_ansver.parquet"))}`,
      );
      assertEquals(told, [`${expected} ${unit} ${utc} 0`], name);
    }
  });

  Deno.test(`every type of the table is written as documented [${way.name}]`, async () => {
    const { server } = shared;
    const path = await shared.folder();
    await duckdb.run(
      `copy (select k::double as x from range(4) t(k)) to ${
        quoted(join(path, "time_series.parquet"))
      } (format parquet)`,
    );
    const result = quoted(join(path, "work_ansver.parquet"));
    const formula = `export const map = () => ({\n${
      Object.entries(OUTGOING).map(([name, { js }]) => `${name}: ${js},`).join("\n")
    }\n});`;
    const { Response } = await runFormula(server, path, formula);
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const types = await duckdb.rows(
      `select column_name, column_type from (describe select * from ${result})`,
    );
    assertEquals(types, Object.entries(OUTGOING).map(([name, { type }]) => [name, type]));
    const values = await duckdb.columns(`select * from ${result}`);
    for (const [name, { values: expected }] of Object.entries(OUTGOING)) {
      const plain = values[name]!.map((value) =>
        value instanceof Uint8Array ? Uint8Array.from(value) : value
      );
      assertEquals(plain, expected, name);
    }
  });

  Deno.test(`a value that a column can't hold is refused, never rounded [${way.name}]`, async () => {
    const { server } = shared;
    const path = await shared.folder();
    await duckdb.run(
      `copy (select 1 as x) to ${quoted(join(path, "time_series.parquet"))} (format parquet)`,
    );
    const wrong: [returned: string, told: string][] = [
      ["[1, 'text']", `mixes float64 with string (row 1)`],
      ["[1, 1n]", "mixes float64 with int64 (row 1)"],
      ["[true, 1]", "mixes boolean with float64 (row 1)"],
      ["[2n ** 63n]", `column "y", row 0`],
      ["[-(2n ** 63n) - 1n]", `column "y", row 0`],
      ["[Symbol('s')]", `column "y", row 0: a symbol`],
      ["[new Date(NaN)]", `column "y", row 0`],
      ["['\\ud800']", `column "y", row 0`],
      ["[[1n, () => 1]]", `column "y", row 0`],
      ["new DataView(new ArrayBuffer(8))", `as column "y"`],
    ];
    for (const [returned, told] of wrong) {
      const formula = `export const map = () => ({ y: ${returned} });`;
      const { Response } = await runFormula(server, path, formula);
      assertEquals(Response.Error?.Code, "FORMULA_FAILED", returned);
      assertStringIncludes(Response.Error!.Message!, told, returned);
    }
  });
}

interface Outgoing {
  /** What the formula returns, as JavaScript. */
  js: string;
  /** What DuckDB calls the column, and what it reads. */
  type: string;
  values: unknown[];
}

const typed = (array: string, type: string, values: number[]): Outgoing => ({
  js: `${array}.of(${values.map((value) => Object.is(value, -0) ? "-0" : value).join(", ")})`,
  type,
  values,
});

const OUTGOING: Record<string, Outgoing> = {
  float64: typed("Float64Array", "DOUBLE", [NaN, -0, Infinity, 5e-324]),
  float64_more: typed("Float64Array", "DOUBLE", [1 / 3, -Infinity, 0, Number.MAX_VALUE]),
  float32: typed("Float32Array", "FLOAT", [NaN, -0, -Infinity, Math.fround(1 / 3)]),
  int8: typed("Int8Array", "TINYINT", [-128, 127, 0, 1]),
  int16: typed("Int16Array", "SMALLINT", [-32768, 32767, 0, 1]),
  int32: typed("Int32Array", "INTEGER", [-2147483648, 2147483647, 0, 1]),
  uint8: typed("Uint8Array", "UTINYINT", [0, 255, 128, 1]),
  clamped: typed("Uint8ClampedArray", "UTINYINT", [0, 255, 128, 1]),
  uint16: typed("Uint16Array", "USMALLINT", [0, 65535, 32768, 1]),
  uint32: typed("Uint32Array", "UINTEGER", [0, 4294967295, 2147483648, 1]),
  int64: {
    js: "BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n)",
    type: "BIGINT",
    values: [-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n],
  },
  uint64: {
    js: "BigUint64Array.of(2n ** 64n - 1n, 2n ** 63n, 0n, 1n)",
    type: "UBIGINT",
    values: [2n ** 64n - 1n, 2n ** 63n, 0n, 1n],
  },
  numbers: { js: "[1.5, null, NaN, undefined]", type: "DOUBLE", values: [1.5, null, NaN, null] },
  texts: {
    js: `["", null, "Ünïcode 温度 🌡", "a\\u0000b"]`,
    type: "VARCHAR",
    values: ["", null, "Ünïcode 温度 🌡", "a\u0000b"],
  },
  flags: { js: "[true, false, null, true]", type: "BOOLEAN", values: [true, false, null, true] },
  bigints: {
    js: "[2n ** 63n - 1n, null, -(2n ** 63n), 0n]",
    type: "BIGINT",
    values: [2n ** 63n - 1n, null, -(2n ** 63n), 0n],
  },
  dates: {
    js: "[new Date(0), null, new Date(-1), new Date(253402300799999)]",
    type: "TIMESTAMP WITH TIME ZONE",
    values: [new Date(0), null, new Date(-1), new Date(253402300799999)],
  },
  bytes: {
    js: "[Uint8Array.of(0, 255), null, new Uint8Array(0), Uint8Array.of(128)]",
    type: "BLOB",
    values: [Uint8Array.of(0, 255), null, new Uint8Array(0), Uint8Array.of(128)],
  },
  records: {
    js: `[{ a: [1, null] }, null, [], { "": "温" }]`,
    type: "JSON",
    values: [`{"a":[1,null]}`, null, "[]", `{"":"温"}`],
  },
};
