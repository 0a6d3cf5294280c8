import type { EncodedColumn, EncodedRowGroup } from "./output_column.ts";
import { isSameType, keyOf, typeText } from "./output_type.ts";
import { joinedColumn, type JoinedRowGroup } from "./join_row_groups.ts";
import type { FooterNotes } from "../format/key_values.ts";
import { encodeFooter, type WrittenColumn, type WrittenRowGroup } from "./footer_write.ts";
import { UnfitColumns } from "../io/errors.ts";
import { NewFile } from "../io/new_file.ts";

const MAGIC = new TextEncoder().encode("PAR1");

/** Writes a Parquet file row group by row group. */
export class ParquetWriter {
  readonly #file: NewFile;
  readonly #groups: WrittenRowGroup[] = [];
  #columns: WrittenColumn[] | null = null;

  /** Creates the file, as {@linkcode NewFile} does. */
  constructor(path: string) {
    this.#file = new NewFile(path);
    try {
      this.#file.write(MAGIC);
    } catch (thrown) {
      this.abort();
      throw thrown;
    }
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#file.length;
  }

  /**
   * Adds a row group behind those that are there. Its columns must be those of the first, in any
   * order; a column of nulls fits any type.
   *
   * @throws UnfitColumns, naming the column, when they are not.
   */
  append(group: EncodedRowGroup): void {
    this.appendJoined({ rows: group.rows, parts: [[group]] });
  }

  /** Like {@linkcode ParquetWriter.append}, for columns that come in parts. */
  appendJoined({ rows, parts }: JoinedRowGroup): void {
    const pieces = new Map<string, { from: EncodedRowGroup; column: EncodedColumn }[]>();
    for (const followers of parts) {
      for (const from of followers) {
        for (const column of from.columns) {
          const key = keyOf(column);
          const known = pieces.get(key) ?? [];
          pieces.set(key, known);
          known.push({ from, column });
        }
      }
    }
    const joined = [...pieces.values()].map((all) => joinedColumn(all.map(({ column }) => column)));
    const columns = this.#inOrder(joined);
    if (rows === 0) return;
    const start = this.#file.length;
    const placed: EncodedColumn[] = [];
    for (const column of columns) {
      placed.push(moved(column, this.#file.length - start));
      for (const { from, column: { offset, compressedSize } } of pieces.get(keyOf(column))!) {
        this.#file.write(from.bytes.subarray(offset, offset + compressedSize));
      }
    }
    this.#groups.push({ rows, start, bytes: this.#file.length - start, columns: placed });
  }

  /**
   * Writes the footer. The file stays open, and locked, until it is closed.
   *
   * @param notes What the footer says in keys and values.
   * @returns Its length and rows.
   */
  finish(notes?: FooterNotes): { bytes: number; rows: number } {
    if (!this.#columns) throw new Error("a Parquet file needs a row group before it is finished");
    this.#file.write(encodeFooter(this.#columns, this.#groups, notes));
    return {
      bytes: this.#file.length,
      rows: this.#groups.reduce((sum, group) => sum + group.rows, 0),
    };
  }

  /** Brings what is written to the disk. */
  sync(): Promise<void> {
    return this.#file.sync();
  }

  /** Closes the file and removes it, finished or not. */
  abort(): void {
    this.#file.abort();
  }

  /** Closes the file; further calls do nothing. */
  close(): void {
    this.#file.close();
  }

  /** The group's columns in the order of the file's. */
  #inOrder(columns: EncodedColumn[]): EncodedColumn[] {
    const byKey = new Map(columns.map((column) => [keyOf(column), column]));
    this.#columns ??= columns.map(({ name, type, required }) => ({ name, type, required }));
    const ordered = this.#columns.map((known) => {
      const column = byKey.get(keyOf(known));
      if (!column) throw mismatch(`column "${known.name}" is missing in a later partition`);
      if (!isSameType(column.type, known.type) && column.type !== "null") {
        if (known.type !== "null") {
          throw mismatch(
            `column "${known.name}" is ${typeText(known.type)} in one partition and ${
              typeText(column.type)
            } in another`,
          );
        }
        known.type = column.type;
      }
      if (column.required !== known.required) {
        throw mismatch(`column "${known.name}" may hold nulls in one partition and not in another`);
      }
      byKey.delete(keyOf(known));
      return column;
    });
    for (const { name } of byKey.values()) {
      throw mismatch(`column "${name}" is in a later partition and not in the first`);
    }
    return ordered;
  }
}

function moved(column: EncodedColumn, by: number): EncodedColumn {
  const { offset, dataOffset, dictionaryOffset } = column;
  return {
    ...column,
    offset: offset + by,
    dataOffset: dataOffset + by,
    dictionaryOffset: dictionaryOffset === null ? null : dictionaryOffset + by,
  };
}

function mismatch(what: string): UnfitColumns {
  return new UnfitColumns(what, true);
}
