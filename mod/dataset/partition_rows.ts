/** Some of a partition's rows. */
import type { Partition, RowSlice } from "../parquet/read/partition.ts";
import type { DatasetPartition } from "./dataset.ts";
import { lowerBound } from "./lower_bound.ts";

/**
 * The first row of each of a partition's parts that have a row among the chosen ones.
 *
 * @param selection Indices of chosen rows; `null` for all.
 * @returns These rows, and for each of them the place behind its part's last row among the chosen ones.
 */
export function rowPerPart(
  { parts, ...partition }: DatasetPartition,
  selection: Int32Array | null,
): { partition: DatasetPartition; ends: Int32Array } {
  const first: DatasetPartition["parts"] = [], ends: number[] = [];
  let rows = 0, chosen = 0;
  for (const { file, partition: part } of parts) {
    rows += part.rows;
    const end = selection ? lowerBound(selection, rows) : rows;
    if (end === chosen) continue;
    chosen = end;
    first.push({ file, partition: cutPartition(part, 0, 1) });
    ends.push(end);
  }
  return {
    partition: { ...partition, rows: first.length, parts: first },
    ends: Int32Array.from(ends),
  };
}

/** Rows `from` up to `to` (not included) of a partition, counted from its first. */
export function rowsOfPartition(
  { index, rowStart, parts }: DatasetPartition,
  from: number,
  to: number,
): DatasetPartition {
  const cut: DatasetPartition["parts"] = [];
  let start = 0;
  for (const { file, partition } of parts) {
    const first = Math.max(from - start, 0), end = Math.min(to - start, partition.rows);
    if (first < end) cut.push({ file, partition: cutPartition(partition, first, end) });
    start += partition.rows;
  }
  return { index, rowStart: rowStart + from, rows: to - from, parts: cut };
}

function cutPartition({ index, rowStart, slices }: Partition, from: number, to: number): Partition {
  const cut: RowSlice[] = [];
  let start = 0;
  for (const slice of slices) {
    const rows = slice.to - slice.from;
    const first = Math.max(from - start, 0), end = Math.min(to - start, rows);
    if (first < end) cut.push({ ...slice, from: slice.from + first, to: slice.from + end });
    start += rows;
  }
  return { index, rowStart: rowStart + from, rows: to - from, slices: cut };
}
