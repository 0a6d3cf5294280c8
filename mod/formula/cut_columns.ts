import { type OutputColumn, rowsOfColumn } from "../parquet/write/output_column.ts";

/** Rows of a result's row group at most: 2^20, so that readers can work in parallel and in little memory. */
export const ROW_GROUP_ROWS: number = 1 << 20;

/** Elements `from` up to `to` of a list. V8 is slow at \`slice\` where nobody may change the constructor of arrays. */
export function partOfList(list: readonly unknown[], from: number, to: number): unknown[] {
  const part = new Array<unknown>(to - from);
  for (let k = 0; k < part.length; k++) part[k] = list[from + k];
  return part;
}

/** Some rows of columns, looked at where they are. */
export function cut(columns: OutputColumn[], from: number, to?: number): OutputColumn[] {
  return columns.map((column) => {
    const { values, validity = null, part } = column;
    const end = to ?? rowsOfColumn(column);
    if (Array.isArray(values)) {
      const before = part?.from ?? 0;
      return { ...column, part: { from: before + from, to: before + end } };
    }
    return {
      ...column,
      values: values.subarray(from, end),
      validity: validity?.subarray(from, end) ?? null,
    };
  });
}
