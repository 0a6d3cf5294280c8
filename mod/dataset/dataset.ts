import { type OpenedFile, openParquet, type ParquetFile } from "../parquet/dataset.ts";
import { type Partition, planPartitions, type RowSlice } from "../parquet/partition.ts";
import type { Column } from "../parquet/schema.ts";
import { fileName } from "../remote/url.ts";
import { unite } from "./agree.ts";
import { type FolderValues, hiveColumns } from "./hive.ts";

/** A file of a dataset. */
export interface DatasetFile extends ParquetFile {
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
  /** Of all files; those that folders name come last. */
  columns: Column[];
  rows: number;
}

/** A file of a dataset with all of its footer. */
export type OpenedDatasetFile = DatasetFile & OpenedFile;

/** A dataset with all that its files' footers say. */
export interface OpenedDataset extends Dataset {
  files: OpenedDatasetFile[];
}

/** What of a dataset is fit for a message to a worker. */
export function withoutFooters({ files, ...dataset }: OpenedDataset): Dataset {
  return { ...dataset, files: files.map(({ rowGroups: _, ...file }) => file) };
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

/**
 * Opens files as one table.
 *
 * @param name What the dataset is called in messages.
 * @throws ServiceError `BASE_NOT_PARQUET` for a file that is none, `BASE_UNREADABLE` for one whose
 * columns are not those of the first, naming file and column.
 */
export function openDataset(
  name: string,
  files: { path: string; hive: FolderValues }[],
): OpenedDataset {
  let rows = 0;
  const opened = files.map(({ path, hive }) => {
    const file = { ...openParquet(path), rowStart: rows, hive };
    rows += file.rows;
    return file;
  });
  const columns = unite(opened);
  for (const file of opened) {
    for (const column of file.columns) {
      column.hasNulls = columns.find(({ name }) => name === column.name)!.hasNulls;
    }
  }
  return { name, files: opened, columns: [...columns, ...hiveColumns(opened, columns)], rows };
}

/**
 * The partitions of a dataset: those of its files, small ones put together across files. They
 * depend on the files alone, so that a result does not change with the number of workers. A dataset
 * without rows is one partition of 0 rows.
 */
export function planDataset(dataset: Dataset): DatasetPartition[] {
  const planned: DatasetPartition[] = [];
  let parts: DatasetPartition["parts"] = [];
  let rows = 0, rowStart = 0;
  const close = () => {
    if (rows === 0) return;
    planned.push({ index: planned.length, rowStart, rows, parts });
    rowStart += rows;
    rows = 0;
    parts = [];
  };
  dataset.files.forEach((file, index) => {
    for (const partition of planPartitions(file)) {
      if (partition.rows === 0) continue;
      if (rows + partition.rows > 2 * FEWEST_ROWS) close();
      parts.push({ file: index, partition });
      rows += partition.rows;
      if (rows >= FEWEST_ROWS) close();
    }
  });
  close();
  return planned.length ? planned : [{ index: 0, rowStart: 0, rows: 0, parts: [] }];
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

/** A file's name for messages. */
export function nameOf({ path }: ParquetFile): string {
  return fileName(path);
}
