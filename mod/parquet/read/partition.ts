import { groupBytes } from "./group_bytes.ts";
import type { ParquetFile } from "./parquet_file.ts";

/** Rows `from` up to `to` (not included) of a row group. */
export interface RowSlice {
  rowGroup: number;
  from: number;
  to: number;
  /** Whether statistics say that a filter lets all of them through. */
  isSure?: true;
}

/** A piece of a dataset that a formula is run on at once. */
export interface Partition {
  index: number;
  /** Its first row in the file. */
  rowStart: number;
  rows: number;
  slices: RowSlice[];
}

/** Where in the file a row of a partition is; its slices may leave rows out. */
export function rowInFile(
  { chunks }: Pick<ParquetFile, "chunks">,
  { rowStart, slices }: Partition,
  row: number,
): number {
  for (const { rowGroup, from, to } of slices) {
    if (row >= to - from) row -= to - from;
    else {
      let start = from + row;
      for (let before = 0; before < rowGroup; before++) start += chunks.rows[before]!;
      return start;
    }
  }
  return rowStart + row;
}

export interface PartitionLimits {
  /** Row groups below this are put together up to it. */
  fewestRows?: number;
  /** Row groups above this are split. */
  mostRows?: number;
  /** Bytes that its columns take in memory, above which row groups are split. */
  mostBytes?: number;
}

/** Bytes that the columns of a partition take in memory at most, all together, as far as they are known before. */
export const MOST_BYTES = 40 << 20;

/** The same, of a job whose data under way may take so many bytes: some partitions at once, each with what is made of it. */
export function partitionBytes(workBytes: number): number {
  return Math.floor(workBytes / 12.8);
}

/** Even where rows are wide, a piece of a row group is not smaller. */
export const SMALLEST_PIECE = 1024;

/**
 * The partitions of a file: one or more row groups, or a part of one. They depend on the file
 * and the columns alone, so that a result does not change with the number of workers. A file without rows is one
 * partition of 0 rows.
 *
 * @param bytesOf What the columns that are wanted of a row group take in memory; those of all are taken for it.
 */
export function planPartitions(
  file: Pick<ParquetFile, "chunks" | "columns">,
  { fewestRows = 1 << 16, mostRows = 1 << 17, mostBytes = MOST_BYTES }: PartitionLimits = {},
  bytesOf: (rowGroup: number) => number = groupBytes(file),
): Partition[] {
  const partitions: Partition[] = [];
  let slices: RowSlice[] = [];
  let rows = 0;
  let bytes = 0;
  let rowStart = 0;
  const close = () => {
    if (rows === 0) return;
    partitions.push({ index: partitions.length, rowStart, rows, slices });
    rowStart += rows;
    slices = [];
    rows = bytes = 0;
  };
  file.chunks.rows.forEach((groupRows, rowGroup) => {
    if (groupRows === 0) return;
    const groupBytes = bytesOf(rowGroup);
    const pieces = Math.ceil(Math.max(groupRows / mostRows, groupBytes / mostBytes));
    const count = Math.max(1, Math.min(pieces, Math.ceil(groupRows / SMALLEST_PIECE)));
    if (count > 1 || rows + groupRows > mostRows || bytes + groupBytes > mostBytes) close();
    for (let piece = 0; piece < count; piece++) {
      const from = Math.floor(groupRows * piece / count);
      const to = Math.floor(groupRows * (piece + 1) / count);
      slices.push({ rowGroup, from, to });
      rows += to - from;
      bytes += groupBytes / count;
      if (count > 1 || rows >= fewestRows) close();
    }
  });
  close();
  return partitions.length ? partitions : [{ index: 0, rowStart: 0, rows: 0, slices: [] }];
}
