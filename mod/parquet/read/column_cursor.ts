import type { Kernel } from "#kernel";
import { DATA_PAGE_V2 } from "../format/page_header.ts";
import type { Leaf } from "../format/schema_tree.ts";
import { Malformed } from "../io/errors.ts";
import type { ChunkPages } from "./chunk_pages.ts";
import type { ColumnBuffers } from "./column_buffers.ts";
import { FlatPage } from "./flat_page.ts";
import type { PageMark, PausedStream } from "./held_page.ts";
import type { PageVisitor } from "./page.ts";
import type { RowSlice } from "./partition.ts";

/** Reads a column chunk's pages from front to back, and waits where it is between two visits. */
export class ColumnCursor {
  #buffers: ColumnBuffers | null;
  readonly #pages: ChunkPages;
  /** -1 where it is nowhere any more. */
  #rowGroup: number;
  readonly #leaf: Leaf;
  #page: FlatPage | null = null;
  /** First row of the page, or of the next one when there is none. */
  #row = 0;
  /** Whether somebody else has what its kernel's memory holds. */
  isBorrowed = false;

  /** @throws Malformed when the chunk has not one value a row. */
  constructor(pages: ChunkPages, rowGroup: number, leaf: Leaf, buffers: ColumnBuffers) {
    const { values, rows } = pages.place;
    if (values !== rows) throw new Malformed(`it holds ${values} values in ${rows} rows`);
    this.#pages = pages;
    this.#rowGroup = rowGroup;
    this.#leaf = leaf;
    this.#buffers = buffers;
  }

  /** Whether it has memory to read with. */
  get isOpen(): boolean {
    return this.#buffers !== null;
  }

  /** Gives its memory up, if it has any; it stays where it is. */
  park(): ColumnBuffers | null {
    const buffers = this.#buffers;
    this.#page?.park();
    this.#buffers = null;
    return buffers;
  }

  /** Gives it memory to read on with. */
  resume(buffers: ColumnBuffers): void {
    this.#buffers = buffers;
    this.#pages.walk.moveTo(buffers.ofFile);
  }

  /** Bytes that it keeps when it is parked. */
  get keptBytes(): number {
    return this.#pages.dictionary?.bytes ?? 0;
  }

  /** Bytes of memory. */
  get heldBytes(): number {
    return this.#buffers?.heldBytes ?? 0;
  }

  /** Keeps nothing: it reaches no slice any more. */
  drop(): void {
    this.#rowGroup = -1;
    this.#page?.close();
    this.#page = null;
    this.#pages.dictionary = null;
  }

  /** Whether a slice begins where this one stands, or later. */
  reaches({ rowGroup, from }: RowSlice): boolean {
    return rowGroup === this.#rowGroup && from >= this.#row;
  }

  /** Goes through the pages with the rows of a slice. @throws Malformed when a page is damaged. */
  visit(slice: RowSlice, visitor: PageVisitor): void {
    this.#pages.placed(() => this.#visit(slice, visitor));
  }

  #visit({ from, to }: RowSlice, visitor: PageVisitor): void {
    for (let row = from; row < to;) {
      const page = this.#pageOf(row, to);
      const last = Math.min(page.count, to - this.#row);
      for (let at = row - this.#row; at < last; at += page.step) {
        const next = Math.min(last, at + page.step);
        const { dictionary } = this.#pages;
        if (visitor.skips?.(page, dictionary, at, next, this.#row + at - from)) continue;
        page.open(at, next);
        visitor.page(page, dictionary, at, next, this.#row + at - from);
      }
      row = this.#row + last;
    }
  }

  /**
   * Lends rows that follow each other in one page, are stored as they are wanted, and have no null.
   *
   * @returns Where they lie; `null` where they have to be visited.
   */
  lend(slice: RowSlice): { kernel: Kernel; at: number } | null {
    return this.#pages.placed(() => this.#lend(slice));
  }

  #lend({ from, to }: RowSlice): { kernel: Kernel; at: number } | null {
    const page = this.#pageOf(from, to);
    if (to > this.#row + page.count) return null;
    const at = page.lend(from - this.#row, to - this.#row);
    if (at === null) return null;
    const { kernel } = this.#buffers!;
    kernel.holdArrays();
    return { kernel, at };
  }

  /**
   * Goes to the page with a row.
   *
   * @param to The row behind the last that is wanted.
   */
  #pageOf(row: number, to: number): FlatPage {
    const { place: { rows, start, compressedSize }, walk } = this.#pages;
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
      page?.close();
      this.#page = null;
      this.#page = this.#next(rows - end, row - end, estimate);
    }
  }

  /** The next data page. One that ends before the first wanted row is not read. */
  #next(rowsLeft: number, wantedFrom: number, estimate: number): FlatPage {
    const { place: { rows }, walk } = this.#pages;
    const header = this.#pages.next();
    const { values } = header;
    if (values > rowsLeft) throw new Malformed(`its pages hold more than ${rows} values`);
    if (header.type === DATA_PAGE_V2 && header.rows !== values) {
      throw new Malformed("a page's header contradicts itself");
    }
    if (values > wantedFrom) walk.until = estimate;
    const hold = (marks: PageMark[], paused: PausedStream | null) =>
      this.#pages.hold(header, this.#buffers!.kernel, marks, paused);
    const levels = () => this.#buffers!.levels;
    return new FlatPage(header, this.#leaf, { levels, hold });
  }
}
