import { assert, assertEquals, assertThrows } from "@std/assert";
import { clientError } from "../../mod/dataset/client_errors.ts";
import type { ServiceError } from "../../mod/common/errors.ts";
import {
  InexactValue,
  Malformed,
  SourceError,
  UnfitValue,
  Unsupported,
} from "../../mod/parquet/io/errors.ts";
import { openParquet } from "../../mod/parquet/read/parquet_file.ts";
import { ParquetReader } from "../../mod/parquet/read/parquet_reader.ts";
import { planPartitions } from "../../mod/parquet/read/partition.ts";
import { readColumn } from "../../mod/parquet/read/read_column.ts";
import { encodeRowGroup, type OutputColumn } from "../../mod/parquet/write/encode.ts";
import { ParquetWriter } from "../../mod/parquet/write/writer.ts";
import { inFolder } from "../support/parquet/files.ts";

const COLUMNS: OutputColumn[] = [
  { name: "u", type: "float64", values: Float64Array.of(1, 2, 3) },
  { name: "n", type: "int64", values: BigInt64Array.of(1n, 2n ** 60n, 3n) },
];

function writeFile(path: string): void {
  const writer = new ParquetWriter(path);
  writer.append(encodeRowGroup(COLUMNS, { codec: "UNCOMPRESSED" }));
  writer.finish();
  writer.close();
}

function read(path: string, name: string): unknown {
  const file = openParquet(path);
  using reader = new ParquetReader(file);
  const [all] = planPartitions(file);
  return readColumn(reader, name, all!, { int64: "number" }).values;
}

function told(thrown: unknown): [code: string, message: string] {
  const { code, message } = clientError(thrown) as ServiceError;
  return [code, message];
}

Deno.test("an error in a page says file, column, row group and page", () => {
  return inFolder((folder) => {
    const path = `${folder}/data.parquet`;
    writeFile(path);
    const bytes = Deno.readFileSync(path);
    const value = bytes.indexOf(0x40); // of the double 2
    bytes[value]! ^= 1;
    Deno.writeFileSync(path, bytes);
    const error = assertThrows(() => read(path, "u"), Malformed);
    const { page, ...place } = error.place;
    assertEquals(place, { file: path, column: "u", type: "DOUBLE", rowGroup: 0 });
    assert(page! > 4 && page! < value, `${page}`);
    assertEquals(told(error), [
      "BASE_UNREADABLE",
      'data.parquet, column "u", row group 0: a page\'s checksum does not match its data',
    ]);
  });
});

Deno.test("an error for an integer that a number can't hold says column and row", () => {
  return inFolder((folder) => {
    const path = `${folder}/data.parquet`;
    writeFile(path);
    const error = assertThrows(() => read(path, "n"), InexactValue);
    assertEquals([error.use, error.place.column, error.place.row], ["integer", "n", 1]);
    const [code, message] = told(error);
    assertEquals(code, "FORMULA_FAILED");
    assert(message.startsWith(`column "n", row 1: ${2n ** 60n} is too large for a number`));
    assert(message.endsWith('`export const int64 = "bigint"` in the formula to get BigInt64Array'));
  });
});

Deno.test("an error in a footer says the file", () => {
  return inFolder((folder) => {
    const path = `${folder}/data.parquet`;
    Deno.writeTextFileSync(path, "no Parquet at all");
    const error = assertThrows(() => openParquet(path), Malformed);
    assertEquals(error.place, { file: path });
    const message =
      "data.parquet can't be used: it is not a Parquet file: it does not begin with PAR1";
    assertEquals(told(error), ["BASE_NOT_PARQUET", message]);
    Deno.writeTextFileSync(path, "PARE, encrypted, PARE");
    assertThrows(() => openParquet(path), Unsupported, "encrypted");
  });
});

Deno.test("a file that became another one is refused when it is opened again", () => {
  return inFolder((folder) => {
    const path = `${folder}/data.parquet`;
    writeFile(path);
    const file = openParquet(path);
    Deno.truncateSync(path, 20);
    const error = assertThrows(() => new ParquetReader(file), SourceError);
    assertEquals([error.fault, error.place.file], ["changed", path]);
    const [code, message] = told(error);
    assertEquals(code, "BASE_UNREADABLE");
    assert(message.startsWith("data.parquet changed or shrank while the job ran"));
  });
});

Deno.test("an error for a value that can't be stored says column and row", () => {
  const column: OutputColumn = { name: "small", type: "int8", values: [1, null, 128] };
  const error = assertThrows(() => encodeRowGroup([column]), UnfitValue);
  assertEquals(error.place, { column: "small", row: 2 });
  assertEquals(told(error), ["FORMULA_FAILED", 'column "small", row 2: 128 is no int8']);
});

Deno.test("what is not about Parquet passes through", () => {
  const error = new RangeError("another");
  assertEquals(clientError(error), error);
});
