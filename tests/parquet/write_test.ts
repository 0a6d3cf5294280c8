import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { ServiceError } from "../../mod/common/errors.ts";
import { withClientErrors } from "../../mod/dataset/client_errors.ts";
import { encodeRowGroup, type OutputColumn } from "../../mod/parquet/write/encode.ts";
import { ParquetWriter } from "../../mod/parquet/write/writer.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { makeColumns, write } from "../support/parquet/columns.ts";
import { inChunk, inFolder, OpenFile } from "../support/parquet/files.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";

const duckdb = await sharedDuckDB();

function expectedOf({ type, values }: OutputColumn, row: number): unknown {
  const value = values[row];
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.getTime();
  if (typeof value === "boolean") return value ? 1 : 0;
  return type === "json" ? JSON.stringify(value) : value;
}

for (const codec of ["SNAPPY", "ZSTD", "UNCOMPRESSED"] as const) {
  for (const nulls of [false, true]) {
    Deno.test(`DuckDB reads what was written: ${codec}${nulls ? ", with nulls" : ""}`, async () => {
      await inFolder(async (folder) => {
        const path = `${folder}/data.parquet`;
        const groups = [1, 3000, 13, 9000].map((rows, k) => makeColumns(rows, k + 1, nulls));
        write(path, groups, codec);
        const rows = await duckdb.rows(`select * from read_parquet(${quoted(path)})`);
        assertEquals(rows.length, 12_014);
        using open = new OpenFile(path);
        let first = 0;
        for (const group of groups) {
          const count = group[0]!.values.length;
          group.forEach((column, index) => {
            for (let row = 0; row < count; row++) {
              const actual = inChunk(rows[first + row]![index]);
              const wanted = expectedOf(column, row);
              if (wanted instanceof Uint8Array) assertEquals(actual, wanted);
              else assert(Object.is(actual, wanted), `${column.name} ${row}: ${actual}, ${wanted}`);
            }
          });
          first += count;
        }
        groups[0]!.forEach(({ name, type }, index) => {
          const mine = open.column(name);
          for (let row = 0; row < mine.length; row += 37) {
            const theirs = inChunk(rows[row]![index]);
            assertEquals(
              type === "json" ? mine[row] && JSON.stringify(mine[row]) : mine[row],
              theirs,
            );
          }
        });
      });
    });
  }
}

Deno.test("hyparquet reads what was written", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    const columns = makeColumns(3000, 4, true).filter(({ name }) => name !== "__proto__");
    write(path, [columns], "SNAPPY");
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path), utf8: false });
    for (const { name, values, type } of columns) {
      for (let row = 0; row < 3000; row++) {
        const actual = rows[row]![name] ?? null;
        assertEquals(actual, values[row] ?? null, `${name} (${type}), row ${row}`);
      }
    }
  });
});

Deno.test("types and nullability are what other programs expect", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    write(path, [makeColumns(10, 1, false)], "SNAPPY");
    const described = await duckdb.rows(`describe select * from read_parquet(${quoted(path)})`);
    // DuckDB has a name of its own for the column without one.
    const types = Object.fromEntries(described.map(([name, type]) => [`_${name}`, type]));
    assertEquals(types, {
      "_f64": "DOUBLE",
      "_f32": "FLOAT",
      "_i8": "TINYINT",
      "_i16": "SMALLINT",
      "_i32": "INTEGER",
      "_u8": "UTINYINT",
      "_u16": "USMALLINT",
      "_u32": "UINTEGER",
      "_i64": "BIGINT",
      "_u64": "UBIGINT",
      "_plain numbers": "DOUBLE",
      "_bigints": "BIGINT",
      "_flags": "BOOLEAN",
      "_words": "VARCHAR",
      "_texts": "VARCHAR",
      "_times": "TIMESTAMP WITH TIME ZONE",
      "_bytes": "BLOB",
      "_C17": "JSON",
      "___proto__": "INTEGER",
      "_a.b": "INTEGER",
    });
    const [[creator]] = await duckdb.rows(
      `select created_by from parquet_file_metadata(${quoted(path)})`,
    ) as [[string]];
    assertEquals(creator, "measuring-technologists");
  });
});

Deno.test("statistics keep every digit and follow the rules for NaN and zeros", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    write(path, [[
      { name: "nan", type: "float64", values: Float64Array.of(NaN, 3, 3) },
      { name: "zero", type: "float64", values: Float64Array.of(0, 0, 0) },
      { name: "minus", type: "float64", values: Float64Array.of(-0, -0, -2) },
      { name: "i64", type: "int64", values: BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n, 5n) },
      { name: "u64", type: "uint64", values: BigUint64Array.of(2n ** 64n - 1n, 3n, 7n) },
      { name: "u32", type: "uint32", values: Uint32Array.of(4294967295, 1, 2) },
      { name: "text", type: "string", values: ["🌡", "\uffee", null] },
      { name: "time", type: "timestamp", values: [new Date(1), new Date(8.64e15), null] },
      { name: "long", type: "string", values: ["x".repeat(5000), "y", "z"] },
      { name: "flag", type: "boolean", values: [true, null, true] },
    ]], "SNAPPY");
    using open = new OpenFile(path);
    const { columns } = open.file.rowGroups()[0]!;
    const statistics = Object.fromEntries(
      columns.map(({ meta_data }) => [meta_data!.path_in_schema[0]!, meta_data!.statistics!]),
    );
    assertEquals([statistics.nan!.min_value, statistics.nan!.max_value], [undefined, undefined]);
    assert(Object.is(statistics.zero!.min_value, -0) && Object.is(statistics.zero!.max_value, 0));
    assert(Object.is(statistics.minus!.max_value, 0) && statistics.minus!.min_value === -2);
    assertEquals(statistics.i64!.min_value, -(2n ** 63n));
    assertEquals(statistics.i64!.max_value, 2n ** 53n + 1n);
    assertEquals(statistics.u64!.max_value, 2n ** 64n - 1n);
    assertEquals(statistics.u32!.max_value, 4294967295);
    // By bytes of UTF-8 the thermometer is the larger, by UTF-16 units it is not.
    assertEquals(statistics.text!.max_value as unknown, new TextEncoder().encode("🌡"));
    assertEquals(statistics.time!.max_value as unknown, 8640000000000000n);
    assertEquals(statistics.long!.max_value, undefined);
    assertEquals(statistics.flag!.min_value, true);
    assertEquals(statistics.text!.null_count, 1n);
    const found = async (where: string) =>
      (await duckdb.column(`select count(*) from read_parquet(${quoted(path)}) where ${where}`))[0];
    assertEquals(await found("i64 = 9007199254740993"), 1n);
    assertEquals(await found("u64 = 18446744073709551615"), 1n);
    assertEquals(await found("zero = -0.0"), 3n);
    assertEquals(await found("isnan(nan)"), 1n);
    assertEquals(await found("nan = 3"), 2n);
    assertEquals(await found("nan > 5"), 1n);
    assertEquals(await found("text = '🌡'"), 1n);
    assertEquals(await found("time > '2000-01-01'"), 1n);
  });
});

Deno.test("required columns have no levels and are read by others", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    const columns = [1, 3000].map((rows) =>
      makeColumns(rows, rows, false).filter(({ type }) => type !== "null")
        .map((column) => ({ ...column, required: true }))
    );
    write(path, columns, "SNAPPY");
    const kinds = await duckdb.rows(
      `select distinct repetition_type from parquet_schema(${quoted(path)}) where type is not null`,
    );
    assertEquals(kinds, [["REQUIRED"]]);
    using open = new OpenFile(path);
    const theirs = await duckdb.rows(`select * from ${quoted(path)}`);
    const others = await parquetReadObjects({
      file: await asyncBufferFromFile(path),
      utf8: false,
      rowEnd: 3001,
    });
    columns[0]!.forEach(({ name, type }, index) => {
      const mine = open.column(name);
      for (let row = 0; row < 3001; row++) {
        const column = columns[row && 1]![index]!;
        const value = column.values[row && row - 1];
        const expected = expectedOf(column, row && row - 1);
        assertEquals(inChunk(theirs[row]![index]), expected, `${name}, row ${row}`);
        assertEquals(others[row]![name], value, `${name}, row ${row}`);
        if (type !== "json") assertEquals(mine[row], expected, `${name}, row ${row}`);
      }
    });
    const wrong = { name: "n", type: "float64", values: [1, null], required: true } as const;
    assertThrows(() => encodeRowGroup([{ ...wrong, values: [...wrong.values] }]), TypeError);
  });
});

Deno.test("many pages and long texts are read back", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    const rows = 280_000; // three pages
    const numbers = Float64Array.from({ length: rows }, (_, row) => row / 3);
    const texts = Array.from({ length: rows }, (_, row) => row % 3 ? `${row}`.repeat(4) : null);
    texts[5] = "long ".repeat(1 << 19);
    write(path, [[
      { name: "f", type: "float64", values: numbers },
      { name: "s", type: "string", values: texts },
      {
        name: "gaps",
        type: "int32",
        values: Array.from(numbers, (_, k) => k % 100 < 90 ? null : k),
      },
    ]], "SNAPPY");
    const sums = `select sum(f), count(s), sum(length(s)), count(gaps), sum(gaps)`;
    const [actual] = await duckdb.rows(`${sums} from read_parquet(${quoted(path)})`);
    const [expected] = await duckdb.rows(
      `${sums} from (select i::double / 3 as f, case when i = 5 then repeat('long ', 524288)
        when i % 3 = 0 then null else repeat(i::varchar, 4) end as s,
        case when i % 100 < 90 then null else i end as gaps from range(${rows}) t(i))`,
    );
    assertEquals(actual, expected);
    using open = new OpenFile(path);
    const same = (found: unknown[], expected: ArrayLike<unknown>) =>
      found.length === expected.length && found.every((value, row) => value === expected[row]);
    assert(same(open.column("s"), texts));
    assert(same(open.column("f"), numbers));
  });
});

Deno.test("a file without rows keeps its columns", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    write(path, [[
      { name: "f", type: "float64", values: new Float64Array(0) },
      { name: "n", type: "null", values: [] },
    ]], "SNAPPY");
    assertEquals(await duckdb.rows(`select * from read_parquet(${quoted(path)})`), []);
    using open = new OpenFile(path);
    assertEquals(open.file.rowGroups().length, 0);
    assertEquals(open.read("f").values, new Float64Array(0));
  });
});

Deno.test("row groups may order their columns differently and leave some null", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    write(path, [
      [
        { name: "a", type: "null", values: [null, null] },
        { name: "b", type: "int32", values: Int32Array.of(1, 2) },
      ],
      [
        { name: "b", type: "int32", values: Int32Array.of(3) },
        { name: "a", type: "string", values: ["x"] },
      ],
      [
        { name: "b", type: "null", values: [null] },
        { name: "a", type: "null", values: [null] },
      ],
    ], "SNAPPY");
    assertEquals(await duckdb.rows(`select * from read_parquet(${quoted(path)})`), [
      [null, 1],
      [null, 2],
      ["x", 3],
      [null, null],
    ]);
  });
});

Deno.test("partitions that don't fit together are refused, and the error names the column", () => {
  return inFolder((folder) => {
    const path = `${folder}/data.parquet`;
    const writer = new ParquetWriter(path);
    const group = (...columns: OutputColumn[]) => writer.append(encodeRowGroup(columns));
    const u: OutputColumn = { name: "u", type: "float64", values: Float64Array.of(1) };
    const i: OutputColumn = { name: "i", type: "int32", values: Int32Array.of(1) };
    group(u, i);
    const refused = (columns: OutputColumn[], message: string) => {
      const error = assertThrows(
        () => withClientErrors(() => group(...columns)),
        ServiceError,
        message,
      );
      assertEquals(error.code, "FORMULA_FAILED");
    };
    refused([u], 'column "i" is missing');
    refused([u, i, { ...i, name: "j" }], 'column "j" is in a later partition');
    refused([{ ...u, type: "int32", values: Int32Array.of(1) }, i], 'column "u" is float64');
    refused([{ ...u, required: true }, i], 'column "u" may hold nulls in one partition');
    writer.abort();
    assertThrows(() => Deno.statSync(path), Deno.errors.NotFound);
    writer.abort();
  });
});

Deno.test("elements that don't fit their type are refused with column and row", () => {
  const refused = (column: Omit<OutputColumn, "name">, piece: string) => {
    const error = assertThrows(
      () => withClientErrors(() => encodeRowGroup([{ name: "c", ...column }])),
      ServiceError,
      piece,
    );
    assertEquals(error.code, "FORMULA_FAILED");
    assert(error.message.includes('"c"'));
  };
  refused({ type: "int64", values: [null, 2n ** 63n] }, "row 1");
  refused({ type: "uint64", values: [-1n] }, "row 0");
  refused({ type: "timestamp", values: [new Date(NaN)] }, "row 0");
  refused({ type: "string", values: ["a", null, "\ud800"] }, "row 2");
  refused({ type: "int8", values: [1, 128] }, "row 1");
  refused({ type: "float64", values: [1, "2"] }, "row 1");
  refused({ type: "null", values: [null, 1] }, "row 1");
  assertThrows(
    () =>
      withClientErrors(() =>
        encodeRowGroup([
          { name: "a", type: "float64", values: new Float64Array(2) },
          { name: "b", type: "float64", values: new Float64Array(3) },
        ])
      ),
    ServiceError,
    '"b"',
  );
});

Deno.test("encoded row groups can be transferred between workers", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    const group = encodeRowGroup(makeColumns(1000, 9, true));
    const moved = structuredClone(group, { transfer: [group.bytes.buffer] });
    assertEquals(group.bytes.length, 0);
    const writer = new ParquetWriter(path);
    writer.append(moved);
    assertEquals(writer.finish().rows, 1000);
    writer.close();
    assertEquals(await duckdb.column(`select count(*) from read_parquet(${quoted(path)})`), [
      1000n,
    ]);
  });
});

Deno.test("an existing file is not overwritten", () => {
  return inFolder((folder) => {
    const path = `${folder}/data.parquet`;
    Deno.writeTextFileSync(path, "precious");
    assertThrows(() => new ParquetWriter(path), Deno.errors.AlreadyExists);
    assertEquals(Deno.readTextFileSync(path), "precious");
  });
});

Deno.test("other programs don't accept a partial file", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    const writer = new ParquetWriter(path);
    writer.append(encodeRowGroup(makeColumns(10, 1, false)));
    await assertRejects(() => duckdb.rows(`select * from read_parquet(${quoted(path)})`));
    writer.abort();
  });
});
