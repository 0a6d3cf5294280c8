import type { Kernel } from "#kernel";
import { chunkPlace, type ChunkTable } from "../format/chunk_table.ts";
import type { Leaf } from "../format/schema_tree.ts";
import type { ByteSource } from "../io/source.ts";
import { ChunkPages } from "./chunk_pages.ts";
import { ColumnBuffers } from "./column_buffers.ts";
import { ColumnCursor } from "./column_cursor.ts";
import type { PageVisitor } from "./page.ts";
import type { RowSlice } from "./partition.ts";

/** Bytes that the pages of all columns may hold together until those not used for longest are let go. */
const MOST_HELD = 128 << 20;

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

/** Where the flat columns of one file are read on. */
export class ColumnCursors implements Disposable {
  readonly #source: ByteSource;
  readonly #chunks: ChunkTable;
  /** By leaf; the one used last at the end. */
  readonly #cursors = new Map<number, ColumnCursor>();
  /**
   * Leaves of which rows were kept, and are copied from then on: others would have to be read from the page's
   * beginning again and again.
   */
  readonly #copied = new Set<number>();

  constructor(source: ByteSource, chunks: ChunkTable) {
    this.#source = source;
    this.#chunks = chunks;
  }

  /**
   * Visits the pages of a leaf. Pages without wanted rows are stepped over unread. Rows that follow those of the last
   * visit are read on from there.
   */
  visit(index: number, leaf: Leaf, slice: RowSlice, visitor: PageVisitor): void {
    const cursor = this.#at(index, leaf, slice);
    try {
      cursor.visit(slice, visitor);
    } catch (thrown) {
      this.#cursors.delete(index);
      throw thrown;
    }
  }

  /**
   * Lends rows as {@linkcode ColumnCursor.lend} does. Until they are given back others can read the column, too.
   *
   * @returns `null` where they have to be visited.
   */
  lend(index: number, leaf: Leaf, slice: RowSlice): BorrowedRows | null {
    if (this.#copied.has(index) || slice.from === slice.to) return null;
    const cursor = this.#at(index, leaf, slice);
    try {
      const lent = cursor.lend(slice);
      return lent && { ...lent, release: (kept) => this.#release(index, cursor, kept) };
    } catch (thrown) {
      this.#cursors.delete(index);
      throw thrown;
    }
  }

  [Symbol.dispose](): void {
    for (const cursor of this.#cursors.values()) cursor.close();
    this.#cursors.clear();
  }

  #release(index: number, cursor: ColumnCursor, kept: boolean): void {
    cursor.isBorrowed = false;
    if (!kept) return;
    this.#cursors.delete(index);
    this.#copied.add(index);
  }

  #at(index: number, leaf: Leaf, slice: RowSlice): ColumnCursor {
    let cursor = this.#cursors.get(index);
    if (cursor?.isBorrowed) return this.#open(index, leaf, slice, new ColumnBuffers());
    this.#cursors.delete(index);
    if (!cursor?.reaches(slice)) {
      cursor = this.#open(index, leaf, slice, cursor?.buffersForNext() ?? new ColumnBuffers());
    }
    this.#cursors.set(index, cursor);
    this.#letGo(cursor);
    return cursor;
  }

  #open(index: number, leaf: Leaf, { rowGroup }: RowSlice, buffers: ColumnBuffers): ColumnCursor {
    const place = chunkPlace(this.#chunks, rowGroup, index);
    const pages = new ChunkPages(this.#source, place, leaf, buffers.ofFile);
    return new ColumnCursor(pages, rowGroup, leaf, buffers);
  }

  /** Lets go of cursors that were not used for longest, where all hold too much. */
  #letGo(used: ColumnCursor): void {
    let held = 0;
    for (const [index, cursor] of [...this.#cursors].toReversed()) {
      held += cursor.heldBytes;
      if (held > MOST_HELD && cursor !== used) this.#cursors.delete(index);
    }
  }
}
