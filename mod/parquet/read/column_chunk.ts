import type { CompressionCodec } from "hyparquet";
import { giveKernel, type Kernel, takeKernel } from "#kernel";
import { type ChunkPlace, chunkPlace } from "../format/chunk_table.ts";
import { decompress } from "../encodings/codec.ts";
import type { ParquetFile } from "./parquet_file.ts";
import { Malformed } from "../io/malformed.ts";
import { FileBuffer } from "../io/file_buffer.ts";
import { FlatPage } from "./flat_page.ts";
import { HeldPage } from "./held_page.ts";
import { openPage, type Page, splitPage } from "./page.ts";
import { DATA_PAGE_V2, DICTIONARY_PAGE, type PageHeader } from "../format/page_header.ts";
import { PageWalk } from "./pages.ts";
import type { RowSlice } from "./partition.ts";
import type { Leaf } from "../format/schema_tree.ts";
import type { ByteSource } from "../io/source.ts";
import { KEPT, Scratch, threadScratch } from "../io/scratch.ts";
import { Dictionary } from "./dictionary.ts";

const nestedBytes = new FileBuffer(null);

/** Is given each page of a column chunk that holds wanted rows, or parts of it, in order. */
export interface PageVisitor {
  /**
   * @param from First wanted value of the page, nulls counted.
   * @param to The one behind the last.
   * @param at Which row of the wanted rows the first is.
   */
  page(page: Page, dictionary: Dictionary | null, from: number, to: number, at: number): void;
}

/**
 * Visits the pages of a column that is not nested. Pages without wanted rows are stepped over unread. Rows
 * that follow those of the last visit are read on from there.
 */
export function visitRows(
  source: ByteSource,
  file: ParquetFile,
  leafIndex: number,
  leaf: Leaf,
  slice: RowSlice,
  visitor: PageVisitor,
): void {
  const cursor = cursorOf(source, file, leafIndex, leaf, slice);
  try {
    cursor.visit(slice, visitor);
  } catch (thrown) {
    forget(source, leafIndex);
    throw thrown;
  }
}

/** Rows of a column where they were decompressed, for whoever may change them. */
export interface BorrowedRows {
  kernel: Kernel;
  /** Address of the first. */
  at: number;
  /**
   * Ends the lending.
   *
   * @param kept Whether they may still be looked at, or changed.
   */
  release(kept: boolean): void;
}

/** Leaves of which rows were kept, and are copied from then on: others would have to be read from the page's beginning again and again. */
const copied = new WeakMap<ByteSource, Set<number>>();

/**
 * Lends rows that follow each other in one page, are stored as they are wanted, and have no null. Until they are
 * given back others can read the column, too.
 *
 * @returns `null` where these have to be visited.
 */
export function lendRows(
  source: ByteSource,
  file: ParquetFile,
  leafIndex: number,
  leaf: Leaf,
  slice: RowSlice,
): BorrowedRows | null {
  if (copied.get(source)?.has(leafIndex) || slice.from === slice.to) return null;
  const cursor = cursorOf(source, file, leafIndex, leaf, slice);
  try {
    const lent = cursor.lend(slice);
    return lent && {
      ...lent,
      release(kept) {
        cursor.isBorrowed = false;
        if (!kept) return;
        forget(source, leafIndex);
        copied.set(source, (copied.get(source) ?? new Set()).add(leafIndex));
      },
    };
  } catch (thrown) {
    forget(source, leafIndex);
    throw thrown;
  }
}

/** Bytes that the pages of all columns may hold together until those not used for longest are let go. */
const MOST_HELD = 128 << 20;

/** Cursors of a file's columns, by leaf; the one used last at the end. */
const cursors = new WeakMap<ByteSource, Map<number, ColumnCursor>>();

function cursorOf(
  source: ByteSource,
  file: ParquetFile,
  leafIndex: number,
  leaf: Leaf,
  slice: RowSlice,
): ColumnCursor {
  let all = cursors.get(source);
  if (!all) cursors.set(source, all = new Map());
  let cursor = all.get(leafIndex);
  const open = (room: ColumnBuffers) => {
    const chunk = openChunk(source, file, leafIndex, slice.rowGroup, room.ofFile);
    return new ColumnCursor(chunk, slice.rowGroup, leaf, room);
  };
  if (cursor?.isBorrowed) return open(newBuffers());
  all.delete(leafIndex);
  if (!cursor?.reaches(slice)) cursor = open(cursor?.buffersForNext() ?? newBuffers());
  all.set(leafIndex, cursor);
  let held = 0;
  for (const [index, other] of [...all].toReversed()) {
    held += other.heldBytes;
    if (held > MOST_HELD && other !== cursor) all.delete(index);
  }
  return cursor;
}

function forget(source: ByteSource, leafIndex: number): void {
  cursors.get(source)?.delete(leafIndex);
}

/** Lets go of what was held to read a file's columns on. */
export function closeColumns(source: ByteSource): void {
  for (const cursor of cursors.get(source)?.values() ?? []) cursor.close();
  cursors.delete(source);
}

/** Memory that a column is read with. */
interface ColumnBuffers {
  kernel: Kernel;
  /** Of bytes of the file. */
  ofFile: FileBuffer;
  levels: Scratch;
}

function newBuffers(): ColumnBuffers {
  const kernel = takeKernel();
  return { kernel, ofFile: new FileBuffer(kernel), levels: new Scratch() };
}

/** Reads a column chunk's pages from front to back, and waits where it is between two visits. */
class ColumnCursor {
  readonly #room: ColumnBuffers;
  readonly #chunk: OpenChunk;
  readonly #rowGroup: number;
  readonly #leaf: Leaf;
  #dictionary: Dictionary | null = null;
  /** The page it stands on, and the row of its first value. */
  #page: FlatPage | null = null;
  #row = 0;
  /** Whether somebody else has what its kernel's memory holds. */
  isBorrowed = false;

  constructor(chunk: OpenChunk, rowGroup: number, leaf: Leaf, room: ColumnBuffers) {
    const { values, rows } = chunk.place;
    if (values !== rows) throw new Malformed(`it holds ${values} values in ${rows} rows`);
    this.#chunk = chunk;
    this.#rowGroup = rowGroup;
    this.#leaf = leaf;
    this.#room = room;
  }

  /** Memory that the cursor which takes this one's place may use. */
  buffersForNext(): ColumnBuffers {
    return this.heldBytes <= KEPT ? this.#room : newBuffers();
  }

  close(): void {
    if (this.heldBytes <= KEPT && !this.isBorrowed) giveKernel(this.#room.kernel);
  }

  /** Bytes of memory. */
  get heldBytes(): number {
    return this.#room.kernel.bytes.length;
  }

  /** Whether a slice begins where this one stands, or later. */
  reaches({ rowGroup, from }: RowSlice): boolean {
    return rowGroup === this.#rowGroup && from >= this.#row;
  }

  visit({ from, to }: RowSlice, visitor: PageVisitor): void {
    for (let row = from; row < to;) {
      const page = this.#pageOf(row, to);
      const last = Math.min(page.count, to - this.#row);
      for (let at = row - this.#row; at < last; at += page.step) {
        const next = Math.min(last, at + page.step);
        page.open(at, next);
        visitor.page(page, this.#dictionary, at, next, this.#row + at - from);
      }
      row = this.#row + last;
    }
  }

  /** Lends rows, as {@linkcode lendRows} does. */
  lend({ from, to }: RowSlice): Omit<BorrowedRows, "release"> | null {
    const page = this.#pageOf(from, to);
    if (to > this.#row + page.count) return null;
    const at = page.lend(from - this.#row, to - this.#row);
    if (at === null) return null;
    this.isBorrowed = true;
    const { kernel } = this.#room;
    kernel.holdArrays();
    return { kernel, at };
  }

  /**
   * Goes to the page with a row.
   *
   * @param to The row behind the last that is wanted.
   */
  #pageOf(row: number, to: number): FlatPage {
    const { place: { rows, start, compressedSize }, walk } = this.#chunk;
    const estimate = start + Math.ceil(compressedSize * (1.05 * to / rows));
    while (true) {
      const page = this.#page;
      const end = page ? this.#row + page.count : this.#row;
      if (page && end > row) {
        walk.until = estimate;
        return page;
      }
      walk.until = end >= row ? estimate : 0;
      this.#row = end;
      this.#page = null;
      this.#page = this.#next(rows - end, row - end, estimate);
    }
  }

  /** The next data page. One that ends before the first wanted row is not read. */
  #next(rowsLeft: number, wantedFrom: number, estimate: number): FlatPage {
    const { place: { rows, codec }, walk } = this.#chunk;
    while (true) {
      const header = walk.next();
      if (header.type === DICTIONARY_PAGE) {
        if (this.#dictionary) throw new Malformed("it has two dictionaries");
        this.#dictionary = readDictionary(walk, header, codec, this.#leaf);
        continue;
      }
      const { values } = header;
      if (values > rowsLeft) throw new Malformed(`its pages hold more than ${rows} values`);
      if (header.type === DATA_PAGE_V2 && header.rows !== values) {
        throw new Malformed("a page's header contradicts itself");
      }
      if (values > wantedFrom) walk.until = estimate;
      const { kernel, levels } = this.#room;
      const read = () => new HeldPage(kernel, walk, header, codec);
      return new FlatPage(header, this.#leaf, levels, read);
    }
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
  const { place, walk } = openChunk(source, file, leafIndex, slice.rowGroup, nestedBytes);
  const { rows, values: total, codec } = place;
  const { from, to } = slice;
  let dictionary: Dictionary | null = null;
  let seen = 0;
  /** Rows begun so far. */
  let begun = 0;
  while (seen < total) {
    const header = walk.next();
    if (header.type === DICTIONARY_PAGE) {
      if (dictionary) throw new Malformed("it has two dictionaries");
      dictionary = readDictionary(walk, header, codec, leaf);
      continue;
    }
    const { values } = header;
    if (values > total - seen) throw new Malformed(`its pages hold more than ${total} values`);
    seen += values;
    // Of a page of version 2 of lists Arrow before 12 gives its values as its rows.
    const areRowsTold = header.type === DATA_PAGE_V2 &&
      (leaf.maxRepetition === 0 || header.rows !== values);
    if (areRowsTold && begun + header.rows <= from) {
      begun += header.rows;
      continue;
    }
    const page = openPage(splitPage(walk.body(), header, codec, leaf), header, leaf);
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
    if (areRowsTold && begun <= to && begun - before !== header.rows) {
      throw new Malformed("a page's header contradicts its levels");
    }
    if (begun > rows) throw new Malformed(`it holds more than ${rows} rows`);
    if (start >= 0 && end > start) visitor.page(page, dictionary, start, end, before);
    if (begun > to) return;
  }
  if (begun < to) throw new Malformed(`it holds ${begun} rows instead of ${rows}`);
}

interface OpenChunk {
  place: ChunkPlace;
  walk: PageWalk;
}

function openChunk(
  source: ByteSource,
  { chunks }: ParquetFile,
  leafIndex: number,
  rowGroup: number,
  room: FileBuffer,
): OpenChunk {
  const place = chunkPlace(chunks, rowGroup, leafIndex);
  return { place, walk: new PageWalk(source, place, room) };
}

function readDictionary(
  walk: PageWalk,
  { uncompressedLength, encoding, values }: PageHeader,
  codec: CompressionCodec,
  { element }: Leaf,
): Dictionary {
  const span = decompress(codec, walk.body(), uncompressedLength, threadScratch.dictionary);
  return Dictionary.decode(span, encoding, values, element);
}
