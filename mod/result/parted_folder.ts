import { dirname, join } from "@std/path";
import { removeIfThere } from "../common/remove_if_there.ts";
import { isFolderOf } from "../csv/folder_names.ts";
import { forged } from "../formula/checks.ts";
import { MOST_FOLDERS, tooManyFolders } from "../formula/parted_rows.ts";
import type { FooterNotes } from "../parquet/format/key_values.ts";
import { areJoinable, type JoinedRowGroup } from "../parquet/write/join_row_groups.ts";
import type { EncodedColumn, EncodedRowGroup } from "../parquet/write/output_column.ts";
import { ParquetWriter } from "../parquet/write/writer.ts";
import { syncFolder } from "./files.ts";
import { partName } from "./place.ts";

/** Rows of a file's row group, at least: so many are gathered if there is memory for them. */
const GATHERED_ROWS = 1 << 17;
/** Bytes that all rows that are gathered may take. */
const GATHERED_BYTES = 64 << 20;

/** A file of a folder, and rows that wait until a row group is worth it. */
interface Part {
  path: string;
  writer: ParquetWriter;
  waiting: EncodedRowGroup[];
  rows: number;
}

/**
 * Writes a result that is parted by values of columns: a Parquet file in a folder for each of them, as Hive lays them
 * out.
 */
export class PartedFolder {
  readonly #path: string;
  readonly #by: readonly string[];
  readonly #parts = new Map<string, Part>();
  /** The columns of all files, with their types as far as these are known. */
  #columns: EncodedColumn[] | null = null;
  #written = 0;
  #gathered = 0;
  #rows = 0;
  #isWhole = false;

  /**
   * @param path Of the folder, which must not be there yet; it is made with the first file, whose lock shows that it is
   * somebody's.
   * @param by The columns by which it is parted.
   */
  constructor(path: string, by: readonly string[]) {
    this.#path = path;
    this.#by = by;
  }

  /** Bytes written and gathered so far. */
  get bytes(): number {
    return this.#written + this.#gathered;
  }

  /**
   * Adds rows behind those of their folders. What is gathered of them is copied.
   *
   * @throws ServiceError `TOO_LARGE` for more folders than there may be, `FORMULA_FAILED` for a name that is none;
   * UnfitColumns when columns are not those of the rows before.
   */
  appendJoined({ parts }: JoinedRowGroup): void {
    for (const group of parts.flat()) {
      this.#columns = typed(this.#columns, group.columns);
      if (group.rows === 0) continue;
      const part = this.#partOf(group.folder);
      if (part.waiting.length > 0 && !areJoinable([part.waiting[0]!, group])) this.#write(part);
      part.waiting.push({ ...group, bytes: group.bytes.slice() });
      part.rows += group.rows;
      this.#rows += group.rows;
      this.#gathered += group.bytes.length;
      if (part.rows >= GATHERED_ROWS) this.#write(part);
    }
    if (this.#gathered > GATHERED_BYTES) {
      for (const part of this.#parts.values()) this.#write(part);
    }
  }

  /**
   * Writes what is gathered, and the footers. The files stay open, and locked, until they are closed.
   *
   * @param notes What each footer says in keys and values.
   */
  finish(notes?: FooterNotes): { bytes: number; rows: number } {
    if (this.#columns === null) throw new Error("a result needs columns before it is finished");
    if (this.#parts.size === 0) Deno.mkdirSync(this.#path);
    // A column that is null in all of a folder has its type all the same: readers take that of any file.
    const columns = { rows: 0, bytes: new Uint8Array(0), columns: this.#columns };
    let bytes = 0;
    for (const part of this.#parts.values()) {
      this.#write(part);
      part.writer.append(columns);
      bytes += part.writer.finish(notes).bytes;
    }
    this.#isWhole = true;
    return { bytes, rows: this.#rows };
  }

  /** Brings what is whole to the disk, with the names of the folders. */
  async sync(): Promise<void> {
    if (!this.#isWhole) return;
    const folders = new Set([this.#path]);
    await Promise.all(Array.from(this.#parts.values(), ({ writer }) => writer.sync()));
    for (const { path } of this.#parts.values()) {
      for (let folder = dirname(path); folder !== this.#path; folder = dirname(folder)) {
        folders.add(folder);
      }
    }
    for (const folder of folders) await syncFolder(folder);
  }

  /** Closes all files and removes them, with their folders. */
  abort(): void {
    this.close();
    removeIfThere(this.#path);
  }

  /** Closes the files; further calls do nothing. */
  close(): void {
    for (const { writer } of this.#parts.values()) writer.close();
  }

  #partOf(folder: string | undefined): Part {
    // A formula can't choose where its rows go, but through the values of its columns.
    if (!isFolderOf(folder, this.#by)) throw forged("the folder of rows");
    const known = this.#parts.get(folder);
    if (known) return known;
    if (this.#parts.size === MOST_FOLDERS) throw tooManyFolders();
    Deno.mkdirSync(join(this.#path, folder), { recursive: true });
    const path = join(this.#path, folder, partName(0));
    const part = { path, writer: new ParquetWriter(path), waiting: [], rows: 0 };
    this.#parts.set(folder, part);
    return part;
  }

  /** Writes the gathered rows of a folder as a row group. */
  #write(part: Part): void {
    const { waiting, rows, writer } = part;
    if (rows === 0) return;
    const before = writer.bytes;
    writer.appendJoined({ rows, parts: [waiting] });
    this.#written += writer.bytes - before;
    this.#gathered -= waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
    part.waiting = [];
    part.rows = 0;
  }
}

/** Columns without rows, of the types that they have where they hold anything. */
function typed(known: EncodedColumn[] | null, columns: EncodedColumn[]): EncodedColumn[] {
  if (known === null) return columns.map(withoutRows);
  return known.map((column) => {
    if (column.type !== "null") return column;
    const other = columns.find(({ name }) => name === column.name);
    return other === undefined || other.type === "null" ? column : withoutRows(other);
  });
}

function withoutRows(column: EncodedColumn): EncodedColumn {
  return {
    ...column,
    rows: 0,
    nulls: 0,
    dictionaryOffset: null,
    dataOffset: 0,
    offset: 0,
    compressedSize: 0,
    uncompressedSize: 0,
    dataPages: 0,
    least: null,
    most: null,
  };
}
