import type { OpenedFile, ParquetFile } from "../parquet/read/parquet_file.ts";
import { groupBytes } from "../parquet/read/group_bytes.ts";
import {
  MOST_BYTES,
  type Partition,
  planPartitions,
  type RowSlice,
  SMALLEST_PIECE,
} from "../parquet/read/partition.ts";
import { type Column, columnNamed } from "../parquet/format/column.ts";
import { assertUnchanged } from "../parquet/io/source.ts";
import { fileName } from "../remote/url.ts";
import { withClientErrors } from "./client_errors.ts";
import type { FolderValues } from "./hive.ts";

/** A file of a dataset. */
export interface DatasetFile extends ParquetFile {
  /** What formulas know it by: its path from the folder on that holds all files of the dataset. */
  name: string;
  /** Its first row in the dataset. */
  rowStart: number;
  /** What the names of its folders say, by column. */
  hive: FolderValues;
}

/** Parquet files that are one table, as plain data. */
export interface Dataset {
  /** For messages: `time_series.parquet`, `parts`. */
  name: string;
  files: DatasetFile[];
  /** Of all files, by name; those that folders name come last. */
  columns: Column[];
  rows: number;
  /** For people: what of the files was joined to a column, and how. */
  joined: string[];
}

/** A file of a dataset with all of its footer. */
export type OpenedDatasetFile = DatasetFile & OpenedFile;

/** A dataset with all that its files' footers say. */
export interface OpenedDataset extends Dataset {
  files: OpenedDatasetFile[];
}

/** What of a dataset is fit for a message to a worker. */
export function withoutFooters({ files, ...dataset }: OpenedDataset): Dataset {
  return {
    ...dataset,
    joined: [],
    files: files.map(({ rowGroups: _, footerDigest: __, keyValues: ___, ...file }) => file),
  };
}

/** A piece of a dataset that a formula is run on at once: parts of one file or of several. */
export interface DatasetPartition {
  index: number;
  /** Its first row in the dataset. */
  rowStart: number;
  rows: number;
  parts: { file: number; partition: Partition }[];
}

/** Rows below which partitions of different files are put together. */
const FEWEST_ROWS = 1 << 16;
/** Files of a partition at most. */
const MOST_FILES = 512;

/** A function that is asked once of each list of columns: many files share theirs. */
export function once(change: (columns: Column[]) => Column[]): (columns: Column[]) => Column[] {
  const known = new Map<Column[], Column[]>();
  return (columns) => {
    let changed = known.get(columns);
    if (!changed) known.set(columns, changed = change(columns));
    return changed;
  };
}

/** Checks that files are what they were when they were opened. @throws ServiceError `BASE_UNREADABLE`. */
export function assertFilesUnchanged(files: readonly ParquetFile[]): void {
  withClientErrors(() => files.forEach(assertUnchanged));
}

/**
 * The partitions of a dataset: those of its files, small ones put together across files. They
 * depend on the files and the columns alone, so that a result does not change with the number of workers. A dataset
 * without rows is one partition of 0 rows.
 *
 * @param names Columns that are wanted, as far as they are known; `null` for all.
 * @param mostBytes What the columns of a partition take at most.
 */
export function planDataset(
  dataset: Dataset,
  names: readonly string[] | null = null,
  mostBytes = MOST_BYTES,
): DatasetPartition[] {
  const planned: DatasetPartition[] = [];
  let parts: DatasetPartition["parts"] = [];
  let rows = 0, rowStart = 0, bytes = 0;
  const close = () => {
    if (rows === 0) return;
    planned.push({ index: planned.length, rowStart, rows, parts });
    rowStart += rows;
    rows = bytes = 0;
    parts = [];
  };
  dataset.files.forEach((file, index) => {
    const bytesOf = groupBytes(file, columnsNamed(file, names));
    for (const partition of planPartitions(file, { mostBytes }, bytesOf)) {
      if (partition.rows === 0) continue;
      const more = bytesOfSlices(file, partition, bytesOf);
      const isFull = parts.length >= MOST_FILES && parts.at(-1)!.file !== index;
      if (isFull || rows + partition.rows > 2 * FEWEST_ROWS || bytes + more > mostBytes) close();
      parts.push({ file: index, partition });
      rows += partition.rows;
      bytes += more;
      if (rows >= FEWEST_ROWS) close();
    }
  });
  close();
  return planned.length ? planned : [{ index: 0, rowStart: 0, rows: 0, parts: [] }];
}

/**
 * Tells the most rows that a partition of a row group has where its columns are many; `most` where they are not.
 *
 * @param names As {@linkcode planDataset} has them, and the bytes.
 */
export function mostRowsOf(
  file: DatasetFile,
  names: readonly string[] | null,
  most: number,
  mostBytes: number,
): (rowGroup: number) => number {
  const bytesOf = groupBytes(file, columnsNamed(file, names));
  return (rowGroup) => {
    const rows = Math.floor(mostBytes * file.chunks.rows[rowGroup]! / bytesOf(rowGroup));
    return rows < FEWEST_ROWS ? Math.max(rows, SMALLEST_PIECE) : most;
  };
}

/** Bytes that the columns of the largest of some partitions take in memory. @param names As {@linkcode planDataset} has them. */
export function largestOf(
  { files }: Dataset,
  partitions: readonly DatasetPartition[],
  names: readonly string[] | null,
): number {
  const bytesOf = files.map((file) => groupBytes(file, columnsNamed(file, names)));
  let largest = 0;
  for (const { parts } of partitions) {
    const bytes = parts.reduce(
      (sum, { file, partition }) => sum + bytesOfSlices(files[file]!, partition, bytesOf[file]!),
      0,
    );
    largest = Math.max(largest, bytes);
  }
  return largest;
}

/** Columns of a file by their names; all of them where there are none. */
function columnsNamed({ columns }: DatasetFile, names: readonly string[] | null): Column[] {
  if (names === null) return columns;
  return names.map((name) => columnNamed(columns, name)).filter((column) => column !== undefined);
}

function bytesOfSlices(
  { chunks }: DatasetFile,
  { slices }: Partition,
  bytesOf: (rowGroup: number) => number,
): number {
  return slices.reduce(
    (bytes, { rowGroup, from, to }) =>
      bytes + bytesOf(rowGroup) * (to - from) / chunks.rows[rowGroup]!,
    0,
  );
}

/** Rows `from` up to `to` (not included) of a dataset, wherever they lie; its index is -1. */
export function rowRange({ files }: Dataset, from: number, to: number): DatasetPartition {
  const parts: DatasetPartition["parts"] = [];
  files.forEach((file, index) => {
    const start = Math.max(from, file.rowStart);
    const end = Math.min(to, file.rowStart + file.rows);
    if (start >= end) return;
    const rowStart = start - file.rowStart;
    const rows = end - start;
    const slices = slicesOf(file, rowStart, rowStart + rows);
    parts.push({ file: index, partition: { index: -1, rowStart, rows, slices } });
  });
  return { index: -1, rowStart: from, rows: to - from, parts };
}

function slicesOf({ chunks }: ParquetFile, from: number, to: number): RowSlice[] {
  const slices: RowSlice[] = [];
  let start = 0;
  chunks.rows.forEach((rows, rowGroup) => {
    const first = Math.max(from - start, 0);
    const end = Math.min(to - start, rows);
    if (first < end) slices.push({ rowGroup, from: first, to: end });
    start += rows;
  });
  return slices;
}

/** The file that a row of a dataset lies in, and the row's number there. */
export function placeOfRow({ files }: Dataset, row: number): { file: DatasetFile; row: number } {
  const file = files.findLast(({ rowStart, rows }) => rows > 0 && rowStart <= row)!;
  return { file, row: row - file.rowStart };
}

/** A file's name for messages. */
export function nameOf({ path }: ParquetFile): string {
  return fileName(path);
}
