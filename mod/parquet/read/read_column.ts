import { converterOf, copyBytes, int96ToNanos } from "./convert.ts";
import type { ParquetReader } from "./parquet_reader.ts";
import { fill } from "./fixed_column.ts";
import { type Arrays, FRESH } from "./array_pool.ts";
import type { Partition } from "./partition.ts";
import { readPlain } from "./plain_column.ts";
import {
  arrayTypeOf,
  type ColumnArray,
  type ColumnArrayConstructor,
  type ColumnValues,
} from "../format/column_array.ts";
import type { Column, TimeUnit } from "../format/column.ts";
import { readDecimals } from "./stored_column.ts";
import { fillSelected } from "./selected_column.ts";
import { takeRows } from "./take_rows.ts";
import { readStrings } from "./text_column.ts";
import { widthOf } from "../format/value_width.ts";

/** Times as they are stored. */
export interface RawValues {
  /** Days as Int32Array, all others as BigInt64Array; 0 where there is a null. */
  values: Int32Array | BigInt64Array;
  unit: TimeUnit;
  utc: boolean;
  validity: Uint8Array | null;
}

export type { ColumnValues };

export interface ReadOptions {
  /** What INT64 and UINT64 become: numbers (all must be safe integers) or bigints. */
  int64: "number" | "bigint";
  /** Where the column's array comes from; fresh memory where it is absent. */
  arrays?: Arrays;
  /** Rows of the partition that are wanted, in rising order; all where it is absent. */
  rows?: Int32Array | null;
}

/**
 * Decodes a column's part of a partition. Its array's type is the same for all partitions.
 *
 * @throws Malformed, Unsupported or SourceError, saying file, column and row group, when the file is damaged or changed;
 * InexactValue for an INT64 that is no safe integer.
 */
export function readColumn(
  reader: ParquetReader,
  column: string,
  partition: Partition,
  options: ReadOptions,
): ColumnValues {
  const found = reader.column(column);
  const ArrayType = arrayTypeOf(found, options.int64);
  if (options.rows) {
    if (ArrayType) return readSelected(reader, found, partition, options.rows, options, ArrayType);
    if (found.kind === "string") return readStrings(reader, found, partition, options.rows);
    const all = readColumn(reader, column, partition, { ...options, rows: null });
    return chosenOf(all, options.rows);
  }
  if (ArrayType) {
    const lent = borrowNumbers(reader, found, partition, options, ArrayType);
    if (lent) return { values: lent, validity: null };
    const values = (options.arrays ?? FRESH).take(ArrayType, partition.rows);
    return { values, validity: readNumbers(reader, found, partition, options, values, 0) };
  }
  if (found.kind === "string") return readStrings(reader, found, partition);
  if (found.kind === "decimal") {
    return readDecimals(reader, found, partition, options.int64);
  }
  if (found.kind === "int64" || found.kind === "uint64") {
    return readBigints(reader, found, partition);
  }
  return readPlain(reader, found, partition);
}

function readSelected(
  reader: ParquetReader,
  column: Column,
  partition: Partition,
  rows: Int32Array,
  { int64, arrays = FRESH }: ReadOptions,
  ArrayType: ColumnArrayConstructor,
): ColumnValues {
  const convert = converterOf(column, reader.leaf(column.leaf).element.type!, int64);
  const values = arrays.take(ArrayType, rows.length);
  const none = noneOf(values);
  const validity = fillSelected(reader, column, partition, convert, rows, values, none);
  return { values, validity };
}

/** Chosen rows of a column. */
export function chosenOf({ values, validity }: ColumnValues, rows: Int32Array): ColumnValues {
  return { values: takeRows(values, rows), validity: validity && takeRows(validity, rows) };
}

/** What a null becomes in an array; `null` where there can be none. */
function noneOf(values: ColumnArray): number | null {
  return values instanceof Float64Array || values instanceof Float32Array ? NaN : null;
}

/**
 * Decodes a column's part of a partition into `target[at]` and so on.
 *
 * @param target A typed array of the type that {@linkcode arrayTypeOf} gives.
 * @returns 1 for a value, 0 for a null; null when there is no null.
 */
export function readColumnInto(
  reader: ParquetReader,
  column: string,
  partition: Partition,
  options: ReadOptions,
  target: ArrayBufferView,
  at: number,
): Uint8Array | null {
  const found = reader.column(column);
  const ArrayType = arrayTypeOf(found, options.int64);
  if (!ArrayType || !(target instanceof ArrayType)) {
    throw new TypeError(`column "${column}" can't be decoded into this array`);
  }
  const values: ColumnArray = target;
  if (at < 0 || at + partition.rows > values.length) {
    throw new RangeError(`column "${column}": the partition does not fit into the array at ${at}`);
  }
  return readNumbers(reader, found, partition, options, values, at);
}

/**
 * Decodes the stored integers of a TIMESTAMP or DATE column.
 *
 * @param arrays Where its array comes from.
 * @throws TypeError for another column; as {@linkcode readColumn}.
 */
export function readRaw(
  reader: ParquetReader,
  column: string,
  partition: Partition,
  arrays: Arrays = FRESH,
): RawValues {
  const found = reader.column(column);
  if (!found.unit) {
    throw new TypeError(`column "${column}" is ${found.type}, not a TIMESTAMP or DATE`);
  }
  const leaf = reader.leaf(found.leaf);
  const day = found.unit === "day";
  const values = arrays.take(day ? Int32Array : BigInt64Array, partition.rows);
  const convert = leaf.element.type === "INT96" ? int96ToNanos : copyBytes;
  const validity = fill(reader, found, partition, convert, values, 0, 0);
  return { values, unit: found.unit, utc: found.utc ?? false, validity };
}

function readNumbers(
  reader: ParquetReader,
  column: Column,
  partition: Partition,
  { int64 }: ReadOptions,
  values: ColumnArray,
  at: number,
): Uint8Array | null {
  const leaf = reader.leaf(column.leaf);
  const convert = converterOf(column, leaf.element.type!, int64);
  return fill(reader, column, partition, convert, values, at, noneOf(values));
}

/** The array of a column whose values are stored as they are wanted, where they were decompressed. */
function borrowNumbers(
  reader: ParquetReader,
  column: Column,
  { slices }: Partition,
  { arrays, int64 }: ReadOptions,
  ArrayType: ColumnArrayConstructor,
): ColumnArray | null {
  const [slice] = slices;
  if (!arrays?.borrow || !slice || slices.length > 1) return null;
  const { element } = reader.leaf(column.leaf);
  const isSame = converterOf(column, element.type!, int64) === copyBytes &&
    widthOf(element) === ArrayType.BYTES_PER_ELEMENT;
  if (!isSame) return null;
  const lent = reader.placed(column, slice.rowGroup, () => reader.lendRows(column.leaf, slice));
  if (!lent) return null;
  const { kernel, at, release } = lent;
  const values = new ArrayType(kernel.bytes.buffer, at, slice.to - slice.from);
  arrays.borrow(kernel.bytes.buffer, release);
  return values;
}

function readBigints(
  reader: ParquetReader,
  column: Column,
  partition: Partition,
): ColumnValues {
  const stored = new BigInt64Array(partition.rows);
  const validity = fill(reader, column, partition, copyBytes, stored, 0, 0);
  const values = column.kind === "uint64" ? new BigUint64Array(stored.buffer) : stored;
  const list = Array.from<bigint, bigint | null>(
    values,
    (value, row) => validity && !validity[row] ? null : value,
  );
  return { values: list, validity };
}
