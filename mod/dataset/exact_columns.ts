/** Values of columns without loss, in the type that a dataset has a column in. */
import type { ParquetReader } from "../parquet/read/parquet_reader.ts";
import { FarTime } from "../parquet/read/convert.ts";
import { nearestDouble, unscaled } from "../parquet/format/decimals.ts";
import { int96Times } from "../parquet/read/int96.ts";
import { type Arrays, FRESH } from "../parquet/read/array_pool.ts";
import { unsafeDecimal, unsafeInteger } from "../parquet/read/inexact_numbers.ts";
import type { Partition } from "../parquet/read/partition.ts";
import { type RawValues, readColumn, readRaw } from "../parquet/read/read_column.ts";
import { arrayTypeOf, type ColumnValues } from "../parquet/format/column_array.ts";
import { type Column, sameColumnType, type TimeUnit } from "../parquet/format/column.ts";
import { decimalsOf, readStored } from "../parquet/read/stored_column.ts";
import { readStrings } from "../parquet/read/text_column.ts";
import { ServiceError } from "../common/errors.ts";
import {
  bytesOf,
  fitsIn64Bits,
  millisecondsOf,
  NANOSECONDS,
} from "../std/grouping/exact_values.ts";
import { nullsOf } from "./column_parts.ts";
import { folderValue } from "./hive.ts";

/**
 * Values of a column in one partition. Numbers and booleans are numbers, or bigints of 64 bits; times and dates whole
 * numbers of their unit since 1970, times of day since midnight; decimals whole numbers of the last digit; bytes and
 * UUIDs texts of a character a byte, in the order of the bytes; texts and JSON texts.
 */
export interface Exact {
  /** Anything where there is a null. */
  values: ArrayLike<number | bigint | string | null>;
  /** 1 for a value, 0 for a null; null when there is no null. */
  validity: Uint8Array | null;
}

/**
 * Reads what a file has of a column, and brings it into the dataset's type.
 *
 * @throws ServiceError `BASE_UNREADABLE` as {@linkcode readColumn} does; `FORMULA_FAILED` for a value that the
 * dataset's type can't hold, naming column and row.
 */
export function exactOf(
  reader: ParquetReader,
  own: Column,
  column: Column,
  partition: Partition,
  arrays: Arrays = FRESH,
): Exact {
  const found = readExact(reader, own, partition, arrays);
  if (sameColumnType(own, column)) return found;
  const convert = converterTo(column, own, partition.rowStart);
  if (convert === null) return found;
  const { values, validity } = found;
  const converted = Array.from(
    values,
    (value, row) => value === null || (validity && !validity[row]) ? null : convert(value, row),
  );
  return { values: converted, validity };
}

/** A folder's value in all rows. */
export function exactOfFolder(column: Column, text: string | null, rows: number): Exact {
  if (text === null) return nullsOf(rows);
  const value = folderValue(column, text);
  return { values: arrayFor(value, rows).fill(value as never), validity: null };
}

function arrayFor(value: number | bigint | string, rows: number) {
  if (typeof value === "number") return new Int32Array(rows);
  return typeof value === "bigint" ? new BigInt64Array(rows) : new Array<string>(rows);
}

/**
 * Times as typed arrays of their stored integers.
 *
 * @throws TypeError for a column that holds no times; ServiceError `FORMULA_FAILED` for one that 64 bits of its unit
 * can't hold, naming column and row.
 */
export function timesOf({ values, validity }: Exact, column: Column): RawValues {
  const { name, type, unit, utc = false } = column;
  if (!unit) throw new TypeError(`column "${name}" is ${type}, not a TIMESTAMP or DATE`);
  if (values instanceof Int32Array || values instanceof BigInt64Array) {
    return { values, unit, utc, validity };
  }
  const times = rawArray(unit, values.length);
  for (let row = 0; row < values.length; row++) {
    if (validity && !validity[row]) continue;
    const time = BigInt(values[row]!);
    if (!fitsIn64Bits(time)) throw farTime(column, row);
    if (times instanceof Int32Array) times[row] = Number(time);
    else times[row] = time;
  }
  return { values: times, unit, utc, validity };
}

function rawArray(unit: TimeUnit, rows: number): Int32Array | BigInt64Array {
  return unit === "day" ? new Int32Array(rows) : new BigInt64Array(rows);
}

/** The error for a time that its unit can't hold in 64 bits. */
function farTime({ name, type }: Column, row: number): ServiceError {
  return new ServiceError(
    "FORMULA_FAILED",
    `column "${name}", row ${row} of the partition: the time lies outside what 64 bits of nanoseconds can hold ` +
      `(${type}, years 1677 to 2262); compute with chunk["${name}"], milliseconds, and carry it to the result by "keep"`,
  );
}

/** Values as a formula sees them: what {@linkcode readColumn} gives of a column that all files have alike. */
export function valuesOf(
  { values, validity }: Exact,
  column: Column,
  int64: "number" | "bigint",
): ColumnValues {
  const ArrayType = arrayTypeOf(column, int64);
  if (!ArrayType) {
    if (column.kind === "decimal") {
      return {
        values: decimalsOf(values as (bigint | null)[], validity, column, int64, 0),
        validity,
      };
    }
    const list = Array.from(
      values,
      (value, row) => validity && !validity[row] ? null : plainOf(value, column),
    );
    return { values: list, validity };
  }
  const array = new ArrayType(values.length);
  const isBig = array instanceof BigInt64Array || array instanceof BigUint64Array;
  for (let row = 0; row < array.length; row++) {
    const value = values[row]!;
    if (validity && !validity[row]) array[row] = NaN;
    else if (column.unit) array[row] = millisecondsOf(BigInt(value), column.unit);
    else if (typeof value === "bigint" && !isBig) array[row] = safe(value, column, row);
    else array[row] = value as never;
  }
  return { values: array, validity };
}

/** A number of a bigint. @throws ServiceError `FORMULA_FAILED` when that loses digits. */
function safe(value: bigint, column: Column, row: number): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw unsafeInteger(column, row, value);
}

function plainOf(value: unknown, { kind, clock }: Column): unknown {
  if (value === null) return null;
  if (kind === "time") return clock === "ms" ? Number(value) : value;
  if (kind === "json") return JSON.parse(value as string);
  if (kind === "bytes") return bytesOf(value as string);
  if (kind === "int64" || kind === "uint64") return BigInt(value as bigint);
  return value;
}

function readExact(
  reader: ParquetReader,
  own: Column,
  partition: Partition,
  arrays: Arrays,
): Exact {
  if (own.unit) {
    try {
      return readRaw(reader, own.name, partition, arrays);
    } catch (thrown) {
      if (!(thrown instanceof FarTime)) throw thrown;
      return int96Times(readStored(reader, own.name, partition));
    }
  }
  switch (own.kind) {
    case "decimal":
    case "time":
    case "bytes":
    case "uuid":
      return exactOfStored(readStored(reader, own.name, partition), own);
    case "json":
      return readStrings(reader, own, partition) as Exact;
    case "nested":
      throw new TypeError(`column "${own.name}" is ${own.type}, which is no single value`);
    default:
      return readColumn(reader, own.name, partition, { int64: "bigint" }) as Exact;
  }
}

function exactOfStored(
  { values, validity }: ReturnType<typeof readStored>,
  { kind }: Column,
): Exact {
  if (!Array.isArray(values)) {
    return {
      values: values instanceof Int32Array ? BigInt64Array.from(values, BigInt) : values,
      validity,
    };
  }
  const of = kind === "decimal" ? unscaled : latin1;
  return { values: values.map((value) => value === null ? null : of(value)), validity };
}

/** A character a byte: such texts are in the order of their bytes. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

type Convert = (value: number | bigint | string, row: number) => number | bigint | string;

/** How a file's values become the dataset's; `null` where they are the same. */
function converterTo(column: Column, own: Column, rowStart: number): Convert | null {
  if (column.unit && own.unit) {
    const factor = NANOSECONDS[own.unit] / NANOSECONDS[column.unit];
    return factor === 1n ? null : (value) => BigInt(value) * factor;
  }
  if (column.clock && own.clock) {
    const factor = NANOSECONDS[own.clock] / NANOSECONDS[column.clock];
    return (value) => BigInt(value) * factor;
  }
  const { scale: from = 0 } = own, { scale: to = 0 } = column;
  if (column.kind === "decimal") {
    const factor = 10n ** BigInt(to - from);
    return (value) => BigInt(value) * factor;
  }
  if (column.kind === "float64" && own.kind === "decimal") {
    return (value, row) => {
      const number = nearestDouble(value as bigint, from);
      if (number === null) throw unsafeDecimal(own, rowStart + row, value as bigint);
      return number;
    };
  }
  if (column.kind === "float64") {
    return (value, row) =>
      typeof value === "bigint" ? exactDouble(value, column, rowStart + row) : value;
  }
  if (column.kind === "int64" || column.kind === "uint64") return (value) => BigInt(value);
  return null;
}

/** A file's whole number in a column that is DOUBLE in others. @throws ServiceError `FORMULA_FAILED` when that loses digits. */
function exactDouble(value: bigint, { name }: Column, row: number): number {
  const number = Number(value);
  if (BigInt(number) === value) return number;
  throw new ServiceError(
    "FORMULA_FAILED",
    `column "${name}", row ${row}: ${value} is too large for DOUBLE, which the column is in other files, without ` +
      "losing digits; write it alike in all files",
  );
}
