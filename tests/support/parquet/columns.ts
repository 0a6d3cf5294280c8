/** Columns of every type that results have, and files of them. */
import { assertEquals } from "@std/assert";
import {
  encodeRowGroup,
  type OutputColumn,
  type WrittenCodec,
} from "../../../mod/parquet/write/encode.ts";
import { ParquetWriter } from "../../../mod/parquet/write/writer.ts";
import { randomNumbers } from "./files.ts";

/** Writes a file with a row group of each list of columns. */
export function write(
  path: string,
  groups: OutputColumn[][],
  codec: WrittenCodec,
): void {
  const writer = new ParquetWriter(path);
  for (const group of groups) writer.append(encodeRowGroup(group, { codec }));
  const { bytes } = writer.finish();
  writer.close();
  assertEquals(bytes, Deno.statSync(path).size);
}

/** A column of every type but stored times, with values to the ends of the types. */
export function makeColumns(rows: number, seed: number, nulls: boolean): OutputColumn[] {
  const random = randomNumbers(seed);
  const list = <T>(value: (row: number) => T): (T | null)[] =>
    Array.from({ length: rows }, (_, row) => nulls && random() < 0.2 ? null : value(row));
  const numbers = (value: (row: number) => number) =>
    Array.from({ length: rows }, (_, k) => value(k));
  const special = [NaN, -0, 0, Infinity, -Infinity, 5e-324, 1.7976931348623157e308, -1.5];
  return [
    {
      name: "f64",
      type: "float64",
      values: Float64Array.from(numbers((row) => row % 10 < 8 ? special[row % 8]! : random())),
    },
    { name: "f32", type: "float32", values: Float32Array.from(numbers(() => random() * 100)) },
    { name: "i8", type: "int8", values: Int8Array.from(numbers(() => random() * 256 - 128)) },
    { name: "i16", type: "int16", values: Int16Array.from(numbers(() => random() * 65536)) },
    { name: "i32", type: "int32", values: Int32Array.from(numbers(() => random() * 2 ** 32)) },
    { name: "u8", type: "uint8", values: Uint8Array.from(numbers((row) => row)) },
    { name: "u16", type: "uint16", values: Uint16Array.from(numbers((row) => row * 7)) },
    { name: "u32", type: "uint32", values: Uint32Array.from(numbers(() => random() * 2 ** 32)) },
    {
      name: "i64",
      type: "int64",
      values: BigInt64Array.from(
        numbers(() => random()),
        (x) => BigInt(Math.floor((x - 0.5) * 2 ** 64)),
      ),
    },
    {
      name: "u64",
      type: "uint64",
      values: BigUint64Array.from(numbers(() => random()), (x) => BigInt(Math.floor(x * 2 ** 64))),
    },
    { name: "plain numbers", type: "float64", values: list(() => random()) },
    { name: "bigints", type: "int64", values: list((row) => 2n ** 63n - 1n - BigInt(row)) },
    { name: "flags", type: "boolean", values: list(() => random() < 0.5) },
    { name: "words", type: "string", values: list((row) => ["", "насос", "🌡"][row % 3]!) },
    { name: "texts", type: "string", values: list((row) => `${random()} ü ${row}`) },
    { name: "times", type: "timestamp", values: list((row) => new Date(row * 1e9 - 1e12)) },
    { name: "bytes", type: "binary", values: list((row) => Uint8Array.of(row, 255, 0)) },
    { name: "", type: "json", values: list((row) => ({ row, list: [row, null] })) },
    { name: "__proto__", type: "null", values: new Array(rows).fill(null) },
    { name: "a.b", type: "int32", values: list((row) => row) },
  ];
}

/** Stored times and dates: before 1970, odd in their last digit, and at the ends of what Python's dates reach. */
export function makeTimes(rows: number, seed: number, nulls: boolean): OutputColumn[] {
  const random = randomNumbers(seed);
  const validity = () =>
    nulls ? Uint8Array.from({ length: rows }, () => Number(random() < 0.8)) : null;
  const per = { ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n };
  const ends = [-9_000_000_000n, 9_000_000_000n, -1n, 0n];
  const stamps = Object.entries(per).flatMap(([unit, second]) =>
    ["", "_local"].map((zone): OutputColumn => ({
      name: `${unit}${zone}`,
      type: `timestamp_${unit}${zone}` as OutputColumn["type"],
      values: BigInt64Array.from(
        { length: rows },
        (_, row) =>
          row % 9 < 4
            ? ends[row % 9]! * second + BigInt(row)
            : BigInt(Math.floor(random() * 4e9) - 1e9) * second + BigInt(row),
      ),
      validity: validity(),
    }))
  );
  const days = Int32Array.from(
    { length: rows },
    (_, row) => Math.floor(random() * 40_000) - 9_000 + row,
  );
  return [...stamps, { name: "day", type: "date", values: days, validity: validity() }];
}
