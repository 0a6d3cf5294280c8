/** What hyparquet finds in a file, and whether all our ways to decode it find the same. */
import { assert, assertEquals } from "@std/assert";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { Partition } from "../../../mod/parquet/read/partition.ts";
import { readColumnInto, readRaw } from "../../../mod/parquet/read/read_column.ts";
import { readCodes, TextCoder } from "../../../mod/parquet/read/text_column.ts";
import { arrayTypeOf } from "../../../mod/parquet/format/column_array.ts";
import type { Column } from "../../../mod/parquet/format/column.ts";
import { type OpenFile, randomNumbers, rowsOf } from "./files.ts";

/** Kinds that are compared as what hyparquet makes of them. */
const RICH: ReadonlySet<Column["kind"]> = new Set(
  ["decimal", "time", "uuid", "json", "bytes", "null", "nested"],
);

/** Integers of times as they are stored, where hyparquet would make Dates of them. */
const PARSERS = {
  timestampFromMilliseconds: BigInt,
  timestampFromMicroseconds: (value: bigint) => value,
  timestampFromNanoseconds: (value: bigint) => value,
  dateFromDays: (value: number) => value,
};

/**
 * What hyparquet finds in a file, column by column: times as the integers they are stored as, nested and rare
 * types as it gives them.
 */
export async function readByHyparquet(path: string): Promise<(column: Column) => unknown[]> {
  const file = (await Deno.readFile(path)).buffer;
  const options = { file, compressors, utf8: false };
  const plain = await parquetReadObjects(options);
  const stored = await parquetReadObjects({ ...options, parsers: PARSERS as never });
  return ({ kind, name }) => (RICH.has(kind) ? plain : stored).map((row) => row[name]);
}

/**
 * Compares all that a column can be read as with what hyparquet finds: the whole of it, slices of row groups, into
 * an array, stored integers of times, codes of texts.
 */
export function assertColumn(
  open: OpenFile,
  column: Column,
  stored: unknown[],
  where: string,
): void {
  const { file, reader } = open;
  const { name, kind, unit } = column;
  const expected = stored.map((value) => decoded(column, value));
  assertSame(open.column(name), expected, where);
  const random = randomNumbers(stored.length + name.length);
  let start = 0;
  const whole: Partition = { index: 0, rowStart: 0, rows: stored.length, slices: [] };
  file.chunks.rows.forEach((rows, rowGroup) => {
    for (let turn = 0; turn < 4 && rowGroup < 4; turn++) {
      const from = Math.floor(random() * rows);
      const to = from + Math.floor(random() * (rows - from + 1));
      const { values, validity } = open.read(name, rowsOf(rowGroup, from, to));
      const part = Array.from<unknown, unknown>(
        values,
        (value, row) => validity?.[row] === 0 ? null : value,
      );
      const slice = `${where}, rows ${from} to ${to} of row group ${rowGroup}`;
      assertSame(part, expected.slice(start + from, start + to), slice);
    }
    whole.slices.push({ rowGroup, from: 0, to: rows });
    start += rows;
  });
  if (unit !== undefined) {
    const integer = (value: unknown) =>
      unit === "day" ? Number(value ?? 0) : BigInt(value as bigint ?? 0);
    const { values } = readRaw(reader, name, whole);
    assertSame(values, stored.map(integer), `${where}, stored`);
  }
  if (kind === "string") {
    const coder = new TextCoder(), codes = new Int32Array(whole.rows);
    readCodes(reader, name, whole, coder, codes, 0);
    assertSame(Array.from(codes, (code) => coder.dictionary[code]), expected, `${where}, codes`);
  }
  const ArrayType = arrayTypeOf(column, "number");
  if (!ArrayType || expected.some(isWide)) return;
  const target = new ArrayType(whole.rows + 5);
  readColumnInto(reader, name, whole, { int64: "number" }, target, 3);
  const numbers = expected.map((value) => value === null ? NaN : Number(value));
  assertSame(target.subarray(3, whole.rows + 3), numbers, `${where}, into an array`);
  const valid = expected.map((value) => value === null ? 0 : 1);
  const { validity } = open.read(name, whole, "number");
  assertSame(validity ?? new Uint8Array(whole.rows).fill(1), valid, `${where}, validity`);
}

/** What a column's array holds for a stored value. */
function decoded({ kind, unit, scale, precision }: Column, stored: unknown): unknown {
  if (stored === null || stored === undefined) return null;
  // hyparquet multiplies by a power of ten that is rounded itself.
  if (kind === "decimal") {
    const number = Number((stored as number).toFixed(scale));
    return scale === 0 && precision! > 15 ? BigInt(number) : number;
  }
  if (RICH.has(kind)) return withNulls(stored);
  if (kind === "boolean") return Number(stored);
  if (unit === undefined) return stored;
  if (unit === "day") return Number(stored) * 86_400_000;
  const value = stored as bigint;
  if (unit === "ms") return Number(value);
  if (unit === "us") return Number(value) / 1000;
  const whole = value / 1_000_000n;
  return Number(whole) + Number(value - whole * 1_000_000n) / 1e6;
}

/** hyparquet leaves some nested nulls undefined. */
function withNulls(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map(withNulls);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withNulls(item)]));
}

/** An integer that is refused as a number. */
function isWide(value: unknown): boolean {
  return typeof value === "bigint" && !Number.isSafeInteger(Number(value));
}

function assertSame(actual: ArrayLike<unknown>, expected: readonly unknown[], where: string): void {
  assertEquals(actual.length, expected.length, where);
  for (let row = 0; row < expected.length; row++) {
    const [one, other] = [actual[row], expected[row]];
    if (typeof other === "object" && other !== null) {
      assertEquals(one, other, `${where}, row ${row}`);
    } else assert(Object.is(one, other), `${where}, row ${row}: ${one} instead of ${other}`);
  }
}
