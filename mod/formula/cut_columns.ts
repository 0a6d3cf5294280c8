import type { OutputColumn } from "../parquet/write/output_column.ts";

/** Rows of a result's row group at most: 2^20, so that readers can work in parallel and in little memory. */
export const ROW_GROUP_ROWS: number = 1 << 20;

/** Some rows of columns: typed arrays are looked at where they are. */
export function cut(columns: OutputColumn[], from: number, to?: number): OutputColumn[] {
  return columns.map((column) => ({
    ...column,
    values: Array.isArray(column.values)
      ? column.values.slice(from, to)
      : column.values.subarray(from, to),
    validity: column.validity?.subarray(from, to) ?? null,
  }));
}
