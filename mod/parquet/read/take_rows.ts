import type { ColumnArray } from "../format/column_array.ts";

/** Chosen rows of a column, in an array of the same type. */
export function takeRows<T extends ColumnArray | unknown[]>(values: T, rows: Int32Array): T {
  const taken = Array.isArray(values)
    ? new Array<unknown>(rows.length)
    : new (values.constructor as new (length: number) => ColumnArray)(rows.length);
  for (let at = 0; at < rows.length; at++) taken[at] = values[rows[at]!]! as never;
  return taken as unknown as T;
}
