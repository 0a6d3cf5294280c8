import { join } from "@std/path";
import { removeIfThere } from "../../common/remove_if_there.ts";
import { forged } from "../../formula/checks.ts";
import type { ResultTable } from "../../job/request.ts";
import { TABLE_KEY } from "../../job/lineage.ts";
import { fileOfTable } from "../../job/tables.ts";
import type { FooterNotes } from "../../parquet/format/key_values.ts";
import type { JoinedRowGroup } from "../../parquet/write/join_row_groups.ts";
import { syncFolder } from "../files.ts";
import type { ResultPlace } from "../place.ts";
import type { TableWriter } from "../table_writer.ts";

/** What a table's rows go to. */
interface OpenTable {
  name: string;
  file: string;
  writer: TableWriter;
  /** Whether any of it has come. */
  isThere: boolean;
}

/**
 * Writes a result of several tables: a hidden folder that holds a file for each of them, under the name that it gets
 * beside the data.
 */
export class TablesFolder implements TableWriter {
  readonly #path: string;
  readonly #tables: OpenTable[] = [];

  /**
   * @param path Of the folder, which must not be there yet.
   * @param open Opens a table's file; its lock shows that it is somebody's.
   */
  constructor(
    path: string,
    place: Pick<ResultPlace, "stem" | "format"> & { tables: readonly string[] },
    open: (path: string) => TableWriter,
  ) {
    this.#path = path;
    Deno.mkdirSync(path);
    try {
      for (const name of place.tables) {
        const file = fileOfTable(place, name);
        this.#tables.push({ name, file, writer: open(join(path, file)), isThere: false });
      }
    } catch (thrown) {
      this.abort();
      throw thrown;
    }
  }

  /** Bytes of all tables so far. */
  get bytes(): number {
    return this.#tables.reduce((sum, { writer }) => sum + writer.bytes, 0);
  }

  /** Adds rows behind those of their table. @throws ServiceError `FORMULA_FAILED` for rows of none */
  appendJoined(group: JoinedRowGroup): void {
    const name = tableOf(group);
    const table = this.#tables.find((table) => table.name === name);
    if (table === undefined) throw forged("the table of rows");
    table.writer.appendJoined(group);
    table.isThere = true;
  }

  /** Completes all files, which stay open, and locked, until they are closed. */
  async finish(
    notes?: FooterNotes,
  ): Promise<{ bytes: number; rows: number; tables: ResultTable[] }> {
    if (!this.#tables.every(({ isThere }) => isThere)) throw forged("a result of several tables");
    const tables: ResultTable[] = [];
    for (const { name, file, writer } of this.#tables) {
      const { bytes, rows } = await writer.finish(notes && withTable(notes, name));
      tables.push({ name, file, rows, bytes });
    }
    const sum = (of: (table: ResultTable) => number) =>
      tables.reduce((all, table) => all + of(table), 0);
    return { tables, rows: sum(({ rows }) => rows), bytes: sum(({ bytes }) => bytes) };
  }

  /** Brings what is written to the disk, with the files' names. */
  async sync(): Promise<void> {
    await Promise.all(this.#tables.map(({ writer }) => writer.sync()));
    await syncFolder(this.#path);
  }

  /** Closes all files and removes them, with the folder. */
  abort(): void {
    this.close();
    removeIfThere(this.#path);
  }

  /** Closes the files; further calls do nothing. */
  close(): void {
    for (const { writer } of this.#tables) writer.close();
  }
}

/** What a table's footer says, with the name of the table. */
function withTable(notes: FooterNotes, name: string): FooterNotes {
  return { ...notes, file: new Map([...notes.file, [TABLE_KEY, name]]) };
}

/** The one table that rows are of; `undefined` where they are of none, or several. */
function tableOf({ parts }: JoinedRowGroup): string | undefined {
  const [name, ...others] = new Set(parts.flat().map(({ table }) => table));
  return others.length === 0 ? name : undefined;
}
