import type { RowGroup } from "hyparquet";
import type { SkippedWork } from "../job/request.ts";
import { type ByteSource, openSource } from "../parquet/io/source.ts";
import { MOST_BYTES, type RowSlice } from "../parquet/read/partition.ts";
import {
  type DatasetPartition,
  mostRowsOf,
  type OpenedDataset,
  type OpenedDatasetFile,
} from "./dataset.ts";
import { columnNamed } from "../parquet/format/column.ts";
import { type Bounds, brought, mayMatch, mustMatch } from "./bounds.ts";
import { chunkBounds, type PageBounds, pageBounds } from "./page_index.ts";
import { columnsOf, type Predicate } from "./predicate.ts";
import { folderValue, isHive, ownColumn } from "./hive.ts";
import { knownRowGroups } from "./known_row_groups.ts";

/** Rows from `from` up to `to` (not included). */
interface Range {
  from: number;
  to: number;
  /** Whether statistics say that all of them are let through. */
  isSure: boolean;
}

/** What of a dataset a predicate may let through, and what it can't. */
export interface FilteredPlan {
  partitions: DatasetPartition[];
  skipped: SkippedWork;
}

/** Rows and row groups of a partition at most; small row groups are put together. */
const MOST_ROWS = 1 << 20;
const FEWEST_ROWS = 1 << 16;

/**
 * Divides what statistics of row groups and pages don't rule out. A row group without statistics is
 * kept: leaving out what could match would be a wrong answer.
 *
 * @param names Columns that are wanted of what is let through, as far as they are known; `null` for all.
 * @param mostBytes What the columns of a partition take at most.
 */
export function planFiltered(
  dataset: OpenedDataset,
  predicate: Predicate,
  names: readonly string[] | null = null,
  mostBytes = MOST_BYTES,
): FilteredPlan {
  const skipped: SkippedWork = { rowGroups: 0, pages: 0, rows: 0 };
  const planner = new Planner();
  dataset.files.forEach((whole, index) => {
    const file = withRowGroupsOf(dataset, whole, predicate);
    const pages = new PageIndexes(dataset, file, predicate);
    const mostRows = mostRowsOf(file, names, MOST_ROWS, mostBytes);
    let start = file.rowStart;
    try {
      file.chunks.rows.forEach((rows, rowGroup) => {
        const bounds = (column: string) => boundsOf(dataset, file, rowGroup, column);
        if (rows > 0 && !mayMatch(predicate, bounds)) {
          skipped.rowGroups++;
          skipped.rows += rows;
        } else if (rows > 0) {
          const kept = mustMatch(predicate, bounds)
            ? { ranges: [{ from: 0, to: rows, isSure: true }], skippedPages: 0 }
            : pages.ranges(rowGroup, rows);
          skipped.pages += kept.skippedPages;
          const most = mostRows(rowGroup);
          for (const range of kept.ranges) planner.add(index, rowGroup, range, start, most);
          skipped.rows += rows - kept.ranges.reduce((sum, { from, to }) => sum + to - from, 0);
        }
        start += rows;
      });
    } finally {
      pages.close();
    }
  });
  return { partitions: planner.finish(), skipped };
}

/** A file whose row groups tell of a predicate's columns alone: a footer may describe a million others. */
function withRowGroupsOf(
  dataset: OpenedDataset,
  file: OpenedDatasetFile,
  predicate: Predicate,
): OpenedDatasetFile {
  const leaves = new Set<number>();
  for (const name of columnsOf(predicate)) {
    const own = ownColumn(file, columnNamed(dataset.columns, name)!);
    for (let k = 0; own && k < own.leaves; k++) leaves.add(own.leaf + k);
  }
  let found: RowGroup[] | null = null;
  return { ...file, rowGroups: () => found ??= knownRowGroups(dataset, file, leaves) };
}

/** Puts row ranges together to partitions, in order. */
class Planner {
  readonly #partitions: DatasetPartition[] = [];
  #parts: DatasetPartition["parts"] = [];
  #rowStart = 0;
  #rows = 0;

  /** @param most Rows of a partition at most. */
  add(
    file: number,
    rowGroup: number,
    { from, to, isSure }: Range,
    groupStart: number,
    most: number,
  ): void {
    for (let at = from; at < to;) {
      const end = Math.min(to, at + most);
      if (this.#rows + end - at > most) this.#close();
      if (this.#rows === 0) this.#rowStart = groupStart + at;
      const slice = { rowGroup, from: at, to: end };
      this.#slice(file, isSure ? { ...slice, isSure } : slice, groupStart + at);
      at = end;
      if (this.#rows >= Math.min(FEWEST_ROWS, most)) this.#close();
    }
  }

  finish(): DatasetPartition[] {
    this.#close();
    if (this.#partitions.length) return this.#partitions;
    return [{ index: 0, rowStart: 0, rows: 0, parts: [] }];
  }

  #slice(file: number, slice: RowSlice, rowStart: number): void {
    const rows = slice.to - slice.from;
    const last = this.#parts.at(-1);
    if (last?.file === file) {
      last.partition.slices.push(slice);
      last.partition.rows += rows;
    } else {
      const index = this.#partitions.length;
      this.#parts.push({ file, partition: { index, rowStart, rows, slices: [slice] } });
    }
    this.#rows += rows;
  }

  #close(): void {
    if (this.#rows === 0) return;
    this.#partitions.push({
      index: this.#partitions.length,
      rowStart: this.#rowStart,
      rows: this.#rows,
      parts: this.#parts,
    });
    this.#parts = [];
    this.#rows = 0;
  }
}

/** What the footer and the folders' names say of a column of a row group. */
function boundsOf(
  dataset: OpenedDataset,
  file: OpenedDatasetFile,
  rowGroup: number,
  name: string,
): Bounds | null {
  const column = columnNamed(dataset.columns, name)!;
  const own = ownColumn(file, column);
  if (own) return brought(chunkBounds(file, rowGroup, own), own, column);
  const value = isHive(column) ? file.hive[name] ?? null : null;
  if (value === null) return { least: null, most: null, nulls: "all" };
  const stored = folderValue(column, value);
  return { least: stored, most: stored, nulls: "none" };
}

/** A page of which nothing may be known in the dataset's type. */
type KnownPage = Omit<PageBounds, "bounds"> & { bounds: Bounds | null };

/** What the page indexes of a file say of a predicate's columns. */
class PageIndexes {
  readonly #dataset: OpenedDataset;
  readonly #file: OpenedDatasetFile;
  readonly #predicate: Predicate;
  #source: ByteSource | null = null;

  constructor(dataset: OpenedDataset, file: OpenedDatasetFile, predicate: Predicate) {
    this.#dataset = dataset;
    this.#file = file;
    this.#predicate = predicate;
  }

  /** The rows of a row group that may match, and how many pages lie wholly outside of them. */
  ranges(rowGroup: number, rows: number): { ranges: Range[]; skippedPages: number } {
    const all = { ranges: [{ from: 0, to: rows, isSure: false }], skippedPages: 0 };
    const names = columnsOf(this.#predicate);
    const pages = new Map<string, KnownPage[]>();
    for (const name of names) {
      const column = columnNamed(this.#dataset.columns, name)!;
      const own = ownColumn(this.#file, column);
      const found = own && pageBounds(this.#file, rowGroup, own, rows, () => this.#open());
      if (!found) continue;
      const known = found.map((page) => ({ ...page, bounds: brought(page.bounds, own, column) }));
      pages.set(name, known);
    }
    if (pages.size === 0) return all;
    const edges = [...new Set([...pages.values()].flat().map(({ from }) => from))]
      .sort((a, b) => a - b);
    const ranges: Range[] = [];
    edges.forEach((from, index) => {
      const to = edges[index + 1] ?? rows;
      const bounds = (name: string): Bounds | null => {
        const page = pages.get(name)?.find((page) => page.from <= from && from < page.to);
        return page ? page.bounds : boundsOf(this.#dataset, this.#file, rowGroup, name);
      };
      if (!mayMatch(this.#predicate, bounds)) return;
      const isSure = mustMatch(this.#predicate, bounds);
      const last = ranges.at(-1);
      if (last?.to === from && last.isSure === isSure) last.to = to;
      else ranges.push({ from, to, isSure });
    });
    const outside = (page: KnownPage) =>
      !ranges.some(({ from, to }) => page.from < to && from < page.to);
    const skippedPages = [...pages.values()].flat().filter(outside).length;
    return { ranges, skippedPages };
  }

  close(): void {
    this.#source?.close();
  }

  #open(): ByteSource {
    return this.#source ??= openSource(this.#file.path, this.#file);
  }
}
