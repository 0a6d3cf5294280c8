import type { Kernel } from "#kernel";
import { chunkPlace, type ChunkTable } from "../format/chunk_table.ts";
import type { Leaf } from "../format/schema_tree.ts";
import type { ByteSource } from "../io/source.ts";
import { ChunkPages } from "./chunk_pages.ts";
import type { ColumnBuffers } from "./column_buffers.ts";
import { ColumnCursor } from "./column_cursor.ts";
import type { CursorMemory } from "./cursor_memory.ts";
import type { PageVisitor } from "./page.ts";
import type { RowSlice } from "./partition.ts";

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
  readonly #memory: CursorMemory;
  /** By leaf. */
  readonly #cursors = new Map<number, ColumnCursor>();
  /**
   * Leaves of which rows were kept, and are copied from then on: others would have to be read from the page's
   * beginning again and again.
   */
  readonly #copied = new Set<number>();

  constructor(source: ByteSource, chunks: ChunkTable, memory: CursorMemory) {
    this.#source = source;
    this.#chunks = chunks;
    this.#memory = memory;
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
      this.#forget(index, cursor);
      throw thrown;
    }
    this.#done(index, cursor, slice);
  }

  /**
   * Lends rows as {@linkcode ColumnCursor.lend} does. Until they are given back others can read the column, too.
   *
   * @returns `null` where they have to be visited.
   */
  lend(index: number, leaf: Leaf, slice: RowSlice): BorrowedRows | null {
    if (this.#copied.has(index) || slice.from === slice.to || !this.#memory.mayLend) return null;
    const cursor = this.#at(index, leaf, slice);
    try {
      const lent = cursor.lend(slice);
      if (!lent) return null;
      this.#memory.lent(cursor);
      return { ...lent, release: (kept) => this.#release(index, cursor, slice, kept) };
    } catch (thrown) {
      this.#forget(index, cursor);
      throw thrown;
    }
  }

  [Symbol.dispose](): void {
    for (const cursor of this.#cursors.values()) this.#memory.close(cursor);
    this.#cursors.clear();
  }

  #release(index: number, cursor: ColumnCursor, slice: RowSlice, kept: boolean): void {
    this.#memory.released(cursor);
    if (!kept) return this.#done(index, cursor, slice);
    this.#copied.add(index);
    this.#forget(index, cursor);
  }

  /** A cursor that took the place of one whose rows are lent is not kept, nor is one that has read all. */
  #done(index: number, cursor: ColumnCursor, { rowGroup, from, to }: RowSlice): void {
    const isWhole = from === 0 && to === this.#chunks.rows[rowGroup];
    const isKept = this.#cursors.get(index) === cursor;
    if (isKept && !isWhole) return;
    if (isKept) this.#cursors.delete(index);
    this.#memory.close(cursor);
  }

  /** What its memory holds may be looked at by somebody, or is in disorder. */
  #forget(index: number, cursor: ColumnCursor): void {
    if (this.#cursors.get(index) === cursor) this.#cursors.delete(index);
    this.#memory.lose(cursor);
  }

  #at(index: number, leaf: Leaf, slice: RowSlice): ColumnCursor {
    const known = this.#cursors.get(index);
    if (known?.isBorrowed) return this.#open(index, leaf, slice);
    if (known?.reaches(slice)) {
      this.#memory.resume(known);
      return known;
    }
    this.#cursors.delete(index);
    if (known) this.#memory.close(known);
    const cursor = this.#open(index, leaf, slice);
    this.#cursors.set(index, cursor);
    return cursor;
  }

  #open(index: number, leaf: Leaf, { rowGroup }: RowSlice): ColumnCursor {
    const place = chunkPlace(this.#chunks, rowGroup, index);
    return this.#memory.open((buffers: ColumnBuffers) => {
      const pages = new ChunkPages(this.#source, place, leaf, buffers.ofFile);
      return new ColumnCursor(pages, rowGroup, leaf, buffers);
    });
  }
}
