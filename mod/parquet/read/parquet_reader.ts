import { chunkPlace } from "../format/chunk_table.ts";
import { type Column, columnNamed } from "../format/column.ts";
import { type Leaf, leavesOfTree, treeOfSchema } from "../format/schema_tree.ts";
import { placed } from "../io/errors.ts";
import { assertSame, type ByteSource, openSource } from "../io/source.ts";
import { fileName } from "../../remote/url.ts";
import { ChunkPages } from "./chunk_pages.ts";
import { ColumnBuffers } from "./column_buffers.ts";
import { type BorrowedRows, ColumnCursors } from "./column_cursors.ts";
import { CursorMemory } from "./cursor_memory.ts";
import { visitNested } from "./nested_pages.ts";
import type { PageVisitor } from "./page.ts";
import type { ParquetFile } from "./parquet_file.ts";
import type { RowSlice } from "./partition.ts";

/** A Parquet file that is open: its bytes, its footer, and what is held to read its columns on. */
export class ParquetReader implements Disposable {
  readonly file: ParquetFile;
  readonly source: ByteSource;
  readonly #cursors: ColumnCursors;
  #leaves: Leaf[] | null = null;

  /**
   * Opens a file whose footer is known.
   *
   * @param memory What its columns are read with; files of a dataset share it.
   * @throws SourceError when it is another version of the file by now, and as {@linkcode openSource}.
   */
  constructor(file: ParquetFile, memory: CursorMemory = new CursorMemory()) {
    this.file = file;
    this.source = openSource(file.path, file);
    this.#cursors = new ColumnCursors(this.source, file.chunks, memory);
    try {
      assertSame(file.path, file, this.source);
    } catch (thrown) {
      this.source.close();
      throw thrown;
    }
  }

  /** Bytes read so far. */
  get bytesRead(): number {
    return this.source.bytesRead;
  }

  /** A column by its name. @throws TypeError for one that is not there. */
  column(name: string): Column {
    const column = columnNamed(this.file.columns, name);
    if (!column) throw new TypeError(`there is no column "${name}" in ${fileName(this.file.path)}`);
    return column;
  }

  /** A leaf of the schema, by its place among all. */
  leaf(index: number): Leaf {
    return (this.#leaves ??= leavesOfTree(treeOfSchema(this.file.schema)))[index]!;
  }

  /** Runs a step of reading a column; what is wrong in it says where that is. */
  placed<T>({ name, type }: Column, rowGroup: number, step: () => T): T {
    return placed({ file: this.file.path, column: name, type, rowGroup }, step);
  }

  /** Visits the pages of a leaf that is not nested, as {@linkcode ColumnCursors.visit} does. */
  visitRows(leaf: number, slice: RowSlice, visitor: PageVisitor): void {
    this.#cursors.visit(leaf, this.leaf(leaf), slice, visitor);
  }

  /** Lends rows of a leaf that is not nested, as {@linkcode ColumnCursors.lend} does. */
  lendRows(leaf: number, slice: RowSlice): BorrowedRows | null {
    return this.#cursors.lend(leaf, this.leaf(leaf), slice);
  }

  /** Visits the pages of a nested column's leaf, as {@linkcode visitNested} does. */
  visitNested(index: number, slice: RowSlice, visitor: PageVisitor): void {
    const buffers = new ColumnBuffers();
    const leaf = this.leaf(index);
    const place = chunkPlace(this.file.chunks, slice.rowGroup, index);
    const pages = new ChunkPages(this.source, place, leaf, buffers.ofFile);
    try {
      pages.placed(() => visitNested(pages, leaf, slice, buffers.kernel, visitor));
    } finally {
      buffers.give();
    }
  }

  [Symbol.dispose](): void {
    this.#cursors[Symbol.dispose]();
    this.source.close();
  }
}
