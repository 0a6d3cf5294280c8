/** Columns as they are stored: integers and bytes before they become what a formula sees. */
import { copyBytes } from "./convert.ts";
import type { ParquetReader } from "./parquet_reader.ts";
import { EXACT_DIGITS, nearestDouble, type StoredDecimals, unscaled } from "../format/decimals.ts";
import { fill } from "./fixed_column.ts";
import { unsafeDecimal } from "./inexact_numbers.ts";
import type { Partition } from "./partition.ts";

import type { Column } from "../format/column.ts";
import type { ColumnValues } from "../format/column_array.ts";
import { Validity } from "./validity.ts";
import { decodeByteArrays, decodeFixed } from "./page_values.ts";
import { widthOf } from "../format/value_width.ts";
import { visitPartition } from "./visit_partition.ts";

/** Values of one column in one partition, as they are stored. */
export interface StoredValues {
  /** Of INT32 and INT64 typed arrays, 0 where there is a null; of all else bytes, or null. */
  values: Int32Array | BigInt64Array | (Uint8Array | null)[];
  /** 1 for a value, 0 for a null; null when there is no null. */
  validity: Uint8Array | null;
}

/**
 * Decodes a column of INT32, INT64, INT96 or byte arrays.
 *
 * @throws As {@linkcode readColumn} does.
 */
export function readStored(
  reader: ParquetReader,
  name: string,
  partition: Partition,
): StoredValues {
  const column = reader.column(name);
  const { type } = reader.leaf(column.leaf).element;
  if (type === "INT32" || type === "INT64") {
    const values = new (type === "INT32" ? Int32Array : BigInt64Array)(partition.rows);
    const validity = fill(reader, column, partition, copyBytes, values, 0, 0);
    return { values, validity };
  }
  return readBytes(reader, column, partition);
}

function readBytes(
  reader: ParquetReader,
  column: Column,
  partition: Partition,
): StoredValues {
  const { element } = reader.leaf(column.leaf);
  const values = new Array<Uint8Array | null>(partition.rows);
  const validity = new Validity(partition.rows);
  const width = widthOf(element);
  visitPartition(reader, column, partition, (page, dictionary, from, to, row) => {
    let at: (k: number) => Uint8Array;
    if (width) {
      const fixed = decodeFixed(page, element, dictionary);
      at = (k) => fixed.slice(k * width, (k + 1) * width);
    } else {
      const { bytes, starts, ends } = decodeByteArrays(page, element, dictionary);
      at = (k) => bytes.slice(starts[k]!, ends[k]!);
    }
    for (let i = from, k = 0; i < to; i++) {
      values[row + i - from] = page.validity && !page.validity[i] ? null : at(k++);
    }
    if (page.validity) validity.set(page.validity, from, to, row);
  });
  return { values, validity: validity.withNulls };
}

/**
 * Decodes a column of decimals: the nearest doubles, an error where a double can't hold the digits. Under
 * `int64: "bigint"` whole numbers of more digits than a double tells apart become bigints.
 *
 * @throws InexactValue for what is more than 2^53 of the last digit, saying column and row; as {@linkcode readColumn}
 * does.
 */
export function readDecimals(
  reader: ParquetReader,
  column: Column,
  partition: Partition,
  int64: "number" | "bigint",
): ColumnValues {
  const { values: stored, validity } = readStored(reader, column.name, partition);
  const values = decimalsOf(stored, validity, column, int64, partition.rowStart);
  return { values, validity };
}

/**
 * Stored decimals as a formula sees them, null for null.
 *
 * @param rowStart Row of the first in the file, for messages.
 * @throws As {@linkcode readDecimals}.
 */
export function decimalsOf(
  stored: StoredDecimals | (bigint | null)[],
  validity: Uint8Array | null,
  column: Column,
  int64: "number" | "bigint",
  rowStart: number,
): (number | bigint | null)[] {
  const { scale = 0 } = column;
  const whole = isWhole(column, int64);
  return Array.from<number | bigint | Uint8Array | null, number | bigint | null>(
    stored,
    (value, row) => {
      if (value === null || (validity && !validity[row])) return null;
      if (whole) return unscaled(value);
      const number = nearestDouble(value instanceof Uint8Array ? unscaled(value) : value, scale);
      if (number === null) throw unsafeDecimal(column, rowStart + row, unscaled(value));
      return number;
    },
  );
}

/** Whether decimals of a column are seen as bigints: whole numbers of more digits than a double tells apart. */
function isWhole({ precision = 0, scale = 0 }: Column, int64: "number" | "bigint"): boolean {
  return int64 === "bigint" && scale === 0 && precision > EXACT_DIGITS;
}
