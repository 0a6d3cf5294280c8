import type { ColumnMetaData, RowGroup } from "hyparquet";
import { decompress } from "./codec.ts";
import type { ParquetFile } from "./dataset.ts";
import { Malformed } from "./malformed.ts";
import { largePagesOf } from "./large_pages.ts";
import { openPage, type Page, splitPage } from "./page.ts";
import { DATA_PAGE_V2, DICTIONARY_PAGE, type PageHeader } from "./page_header.ts";
import { PageWalk, startOfChunk } from "./pages.ts";
import type { RowSlice } from "./partition.ts";
import type { Leaf } from "./schema.ts";
import type { ByteSource } from "./source.ts";
import { Scratch } from "./span.ts";
import { decodeDictionary, type Dictionary } from "./values.ts";

const dictionaryBytes = new Scratch();

/** Is given each page of a column chunk that holds wanted rows, in order. */
export interface PageVisitor {
  /**
   * @param from First wanted value of the page, nulls counted.
   * @param to The one behind the last.
   * @param at Which row of the wanted rows the first is.
   */
  page(page: Page, dictionary: Dictionary | null, from: number, to: number, at: number): void;
}

/** Where reading of a chunk of several partitions can go on, so that its pages are walked once. */
interface Bookmark {
  rowGroup: number;
  row: number;
  offset: number;
}

const bookmarks = new WeakMap<ByteSource, Map<number, Bookmark>>();

/**
 * Visits the pages of a column that is not nested. Pages without wanted rows are stepped over
 * unread.
 */
export function visitRows(
  source: ByteSource,
  file: ParquetFile,
  leafIndex: number,
  leaf: Leaf,
  slice: RowSlice,
  visitor: PageVisitor,
): void {
  const { chunk, rows, walk } = openChunk(source, file, leafIndex, slice.rowGroup);
  if (Number(chunk.num_values) !== rows) {
    throw new Malformed(`it holds ${chunk.num_values} values in ${rows} rows`);
  }
  const bytesPerRow = Number(chunk.total_compressed_size) / rows * 1.1;
  const marks = bookmarks.get(source) ?? new Map<number, Bookmark>();
  bookmarks.set(source, marks);
  const mark = marks.get(leafIndex);
  const pages = largePagesOf(source);
  const { from, to } = slice;
  let dictionary: Dictionary | null = null;
  let row = 0;
  let first = true;
  while (row < to) {
    const offset = walk.offset;
    const header = walk.next();
    if (header.type === DICTIONARY_PAGE) {
      if (dictionary) throw new Malformed("it has two dictionaries");
      dictionary = readDictionary(walk, header, chunk, leaf);
      continue;
    }
    const { values } = header;
    if (values > rows - row) throw new Malformed(`its pages hold more than ${rows} values`);
    if (header.type === DATA_PAGE_V2 && header.rows !== values) {
      throw new Malformed("a page's header contradicts itself");
    }
    if (first && mark && mark.rowGroup === slice.rowGroup && mark.row <= from) {
      row = mark.row;
      walk.seek(mark.offset);
      first = false;
      continue;
    }
    first = false;
    if (row + values > from) {
      if (row <= from && (from > 0 || to < rows)) {
        marks.set(leafIndex, { rowGroup: slice.rowGroup, row, offset });
      }
      const ahead = Math.ceil((to - row - values) * bytesPerRow);
      let parts = pages.get(offset);
      if (!parts) {
        parts = splitPage(walk.body(ahead), header, chunk.codec, leaf);
        if (row < from || row + values > to) pages.set(offset, parts);
      }
      const page = openPage(parts, header, leaf);
      const start = Math.max(0, from - row);
      const end = Math.min(values, to - row);
      page.wanted = page.validity ? ones(page.validity, 0, end) : Math.min(end, page.present);
      if (end > start) visitor.page(page, dictionary, start, end, row + start - from);
    }
    row += values;
  }
}

/**
 * Visits the pages of a nested column's leaf up to the row behind the last wanted one. Rows are
 * told from repetition levels, so that every page up to there is opened; `from` and `to` are
 * values, `at` is the row of the chunk that the first value belongs to (or goes on with).
 */
export function visitValues(
  source: ByteSource,
  file: ParquetFile,
  leafIndex: number,
  leaf: Leaf,
  slice: RowSlice,
  visitor: PageVisitor,
): void {
  const { chunk, rows, walk } = openChunk(source, file, leafIndex, slice.rowGroup);
  const total = Number(chunk.num_values);
  const { from, to } = slice;
  let dictionary: Dictionary | null = null;
  let seen = 0;
  /** Rows begun so far. */
  let begun = 0;
  while (seen < total) {
    const header = walk.next();
    if (header.type === DICTIONARY_PAGE) {
      if (dictionary) throw new Malformed("it has two dictionaries");
      dictionary = readDictionary(walk, header, chunk, leaf);
      continue;
    }
    const { values } = header;
    if (values > total - seen) throw new Malformed(`its pages hold more than ${total} values`);
    seen += values;
    if (header.type === DATA_PAGE_V2 && begun + header.rows <= from) {
      begun += header.rows;
      continue;
    }
    const page = openPage(splitPage(walk.body(0), header, chunk.codec, leaf), header, leaf);
    const { repetition } = page.levels!;
    const before = begun;
    let start = -1;
    let end = values;
    for (let k = 0; k < values; k++) {
      if (repetition[k] === 0) begun++;
      else if (begun === 0) throw new Malformed("its first value belongs to no row");
      if (begun > to) {
        end = k;
        break;
      }
      if (start < 0 && begun > from) start = k;
    }
    if (header.type === DATA_PAGE_V2 && begun <= to && begun - before !== header.rows) {
      throw new Malformed("a page's header contradicts its levels");
    }
    if (start >= 0 && end > start) visitor.page(page, dictionary, start, end, before);
    if (begun > to) return;
    if (begun > rows) throw new Malformed(`it holds more than ${rows} rows`);
  }
  if (begun < to) throw new Malformed(`it holds ${begun} rows instead of ${rows}`);
}

/** How many of the bits `from` up to `to` are 1. */
export function ones(bits: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) count += bits[i]!;
  return count;
}

interface OpenChunk {
  chunk: ColumnMetaData;
  /** Rows of its row group. */
  rows: number;
  walk: PageWalk;
}

function openChunk(
  source: ByteSource,
  file: ParquetFile,
  leafIndex: number,
  rowGroup: number,
): OpenChunk {
  const group = file.metadata.row_groups[rowGroup]!;
  const chunk = group.columns[leafIndex]!.meta_data!;
  const walk = new PageWalk(source, chunk, endOfChunk(file, group, chunk));
  return { chunk, rows: Number(group.num_rows), walk };
}

function readDictionary(
  walk: PageWalk,
  { uncompressedLength, encoding, values }: PageHeader,
  { codec }: ColumnMetaData,
  { element }: Leaf,
): Dictionary {
  const span = decompress(codec, walk.body(0), uncompressedLength, dictionaryBytes);
  return decodeDictionary(span, encoding, values, element);
}

/**
 * Where a chunk's bytes end at the latest: where another chunk of its row group begins, or the footer.
 * The size that metadata give is not relied on; some writers leave parts of the chunk out of it.
 */
function endOfChunk(file: ParquetFile, { columns }: RowGroup, chunk: ColumnMetaData): number {
  const start = startOfChunk(chunk);
  let end = file.size - 8 - file.metadata.metadata_length;
  for (const { meta_data } of columns) {
    const other = startOfChunk(meta_data!);
    if (other > start && other < end) end = other;
  }
  return end;
}
