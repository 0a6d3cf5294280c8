import type { ColumnArray } from "../format/column_array.ts";

/** Chosen rows of a column, in an array of the same type. */
export function takeRows<T extends ColumnArray | unknown[]>(values: T, rows: Int32Array): T {
  if (Array.isArray(values)) {
    const taken = new Array<unknown>(rows.length);
    for (let at = 0; at < rows.length; at++) taken[at] = values[rows[at]!]!;
    return taken as T;
  }
  if (values instanceof Float64Array) return takeDoubles(values, rows) as T;
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    return takeLong(values, rows) as T;
  }
  const taken = new (values.constructor as new (length: number) => ColumnArray)(rows.length);
  for (let at = 0; at < rows.length; at++) taken[at] = values[rows[at]!]! as never;
  return taken as T;
}

/** A loop that sees one type of array only takes a fraction of the time. */
function takeDoubles(values: Float64Array, rows: Int32Array): Float64Array {
  const taken = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at++) taken[at] = values[rows[at]!]!;
  return taken;
}

/** Integers of 64 bits by their halves: no bigint is made of them. */
function takeLong<T extends BigInt64Array | BigUint64Array>(values: T, rows: Int32Array): T {
  const taken = new (values.constructor as new (length: number) => T)(rows.length);
  const from = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const to = new Int32Array(taken.buffer);
  for (let at = 0; at < rows.length; at++) {
    const row = 2 * rows[at]!;
    to[2 * at] = from[row]!;
    to[2 * at + 1] = from[row + 1]!;
  }
  return taken;
}
