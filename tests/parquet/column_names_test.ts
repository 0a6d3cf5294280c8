import { assert, assertEquals, assertThrows } from "@std/assert";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { SchemaElement } from "hyparquet";
import { ServiceError } from "../../mod/common/errors.ts";
import { DuckDB, quoted } from "../support/parquet/duckdb.ts";
import { inFolder, OpenFile, randomNumbers } from "../support/parquet/files.ts";

type Columns = Parameters<typeof parquetWriteBuffer>[0]["columnData"];

function write(path: string, columnData: Columns, schema?: SchemaElement[]): void {
  const bytes = parquetWriteBuffer({ columnData, ...(schema ? { schema } : {}) });
  Deno.writeFileSync(path, new Uint8Array(bytes));
}

Deno.test("unusual column names work like others", () => {
  return inFolder((folder) => {
    const path = `${folder}/data.parquet`;
    const names = ["", ".", "a.b", "__proto__", "constructor", "then", "0", "ü 温", "\u0000", '"'];
    write(
      path,
      names.map((name, index) => ({ name, data: Int32Array.of(index, index + 1), type: "INT32" })),
    );
    using open = new OpenFile(path);
    assertEquals(open.file.columns.map(({ name }) => name), names);
    names.forEach((name, index) => {
      assertEquals(open.read(name).values, Int32Array.of(index, index + 1));
    });
    assertThrows(() => open.read("toString"), TypeError, "toString");
  });
});

Deno.test("columns of the same name keep their own values", () => {
  return inFolder((folder) => {
    const path = `${folder}/data.parquet`;
    write(
      path,
      [1, 2, 3].map((value) => ({ name: "u", data: Float64Array.of(value), type: "DOUBLE" })),
    );
    using open = new OpenFile(path);
    assertEquals(open.file.columns.map(({ name }) => name), ["u", "u_1", "u_2"]);
    assertEquals(open.file.columns.map(({ name }) => open.read(name).values[0]), [1, 2, 3]);
  });
});

Deno.test("nested fields with dots in their names are distinguished", async () => {
  using duckdb = await DuckDB.open();
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    await duckdb.run(
      `copy (select {'b.c': 1, 'b': {'c': 2}} as a, 3 as "a.b", {'x': null} as "y.z") to ${
        quoted(path)
      }`,
    );
    using open = new OpenFile(path);
    assertEquals(open.read("a").values, [{ "b.c": 1, b: { c: 2 } }]);
    assertEquals(open.read("a.b").values, Int32Array.of(3));
    assertEquals(open.read("y.z").values, [{ x: null }]);
  });
});

Deno.test("a nested field that an object can't hold is refused, not lost", async () => {
  using duckdb = await DuckDB.open();
  await inFolder(async (folder) => {
    const path = `${folder}/data.parquet`;
    await duckdb.run(`copy (select {'__proto__': 1, 'b': 2} as a, 3 as c) to ${quoted(path)}`);
    using open = new OpenFile(path);
    assertThrows(() => open.read("a"), ServiceError, '"__proto__"');
    assertEquals(open.read("c").values, Int32Array.of(3));
    const maps = `${folder}/maps.parquet`;
    await duckdb.run(`copy (select map {'__proto__': 1, 'b': 2} as m) to ${quoted(maps)}`);
    using other = new OpenFile(maps);
    assertThrows(() => other.read("m"), ServiceError, '"__proto__"');
  });
});

Deno.test("required columns read like others", () => {
  return inFolder((folder) => {
    const path = `${folder}/data.parquet`;
    const random = randomNumbers(5);
    const rows = 5000;
    const make = <T>(value: (row: number) => T) => Array.from({ length: rows }, (_, k) => value(k));
    const columns = [
      { name: "f", type: "DOUBLE", data: make(() => random()) },
      { name: "i", type: "INT32", data: make((row) => row * 7 - 9) },
      { name: "l", type: "INT64", data: make((row) => BigInt(row) * 10n ** 12n) },
      { name: "b", type: "BOOLEAN", data: make((row) => row % 3 === 0) },
      { name: "s", type: "STRING", data: make((row) => `v${row % 9}`) },
      { name: "h", type: "FLOAT16", data: make((row) => row / 8) },
    ] as const;
    write(path, columns.map((column) => ({ ...column, nullable: false })));
    using open = new OpenFile(path);
    assert(open.file.columns.every(({ nullable, hasNulls }) => !nullable && !hasNulls));
    for (const { name, data } of columns) {
      const expected = data.map((value) => typeof value === "boolean" ? Number(value) : value);
      const actual = open.column(name);
      if (name !== "h") assertEquals(actual, expected);
      else {
        // 11 bits of a float of 16 bits: a relative step of 2^-11 at most.
        actual.forEach((value, row) => {
          const wanted = expected[row] as number;
          assert(Math.abs(value as number - wanted) <= wanted / 2048, `${value}, ${wanted}`);
        });
      }
    }
  });
});

Deno.test("integers that don't fit their declared type are refused", () => {
  return inFolder((folder) => {
    const path = `${folder}/data.parquet`;
    const element: SchemaElement = {
      name: "t",
      type: "INT32",
      converted_type: "INT_8",
      repetition_type: "REQUIRED",
    };
    const schema: SchemaElement[] = [{ name: "root", num_children: 1 }, element];
    write(path, [{ name: "t", data: [127, -128] }], schema);
    {
      using open = new OpenFile(path);
      assertEquals(open.read("t").values, Int8Array.of(127, -128));
    }
    write(path, [{ name: "t", data: [1, 128] }], schema);
    using open = new OpenFile(path);
    assertThrows(() => open.read("t"), ServiceError, "128 does not fit its type INT8");
  });
});
