import { join } from "@std/path";
import { removeIfThere } from "../common/remove_if_there.ts";
import { ArrowWriter } from "../arrow/arrow_writer.ts";
import { CsvWriter } from "../csv/csv_writer.ts";
import { GroupsFile } from "../parquet/write/groups_file.ts";
import type { JoinedRowGroup } from "../parquet/write/join_row_groups.ts";
import { ParquetWriter } from "../parquet/write/writer.ts";
import { assertUnmoved } from "./directory.ts";
import { assertFits, outputError } from "./errors.ts";
import { syncFolder } from "./files.ts";
import { PartedFolder } from "./parted_folder.ts";
import type { TableWriter } from "./table_writer.ts";
import { TablesFolder } from "./tables/tables_folder.ts";
import { partialPath, partName, type ResultPlace, type SavedResult, tableName } from "./place.ts";
import { publish } from "./publish.ts";

/** Bytes after which the system starts to flush what was written, while further rows are computed. */
const DISK_BEHIND = 8 << 20;

/** Writes a result that is columns. */
export class TableFile {
  readonly #place: ResultPlace;
  readonly #partial: string;
  readonly #writer: TableWriter;
  /** Bytes that are flushed or being flushed. */
  #sent = 0;
  #sending: Promise<void> | null = null;
  #failure: unknown = null;
  /** Columns so far, by their tables; `null` once somebody was told. */
  #columns: Map<string | undefined, string[]> | null = new Map();

  constructor(place: ResultPlace) {
    this.#place = place;
    this.#partial = partialPath(place);
    assertUnmoved(place);
    this.#writer = this.#try(() => this.#open());
  }

  #open(): TableWriter {
    const { loose, folder, format, partitionBy, tables, stem } = this.#place;
    if (loose) return new GroupsFile(this.#partial);
    if (partitionBy !== undefined) return new PartedFolder(this.#partial, partitionBy);
    const open = (path: string): TableWriter => {
      if (format === "csv") return new CsvWriter(path);
      if (format === "arrow") return new ArrowWriter(path, () => this.#between());
      return new ParquetWriter(path);
    };
    if (tables !== undefined) {
      const named = { stem, tables, ...(format === undefined ? {} : { format }) };
      return new TablesFolder(this.#partial, named, open);
    }
    if (!folder) return open(this.#partial);
    Deno.mkdirSync(this.#partial);
    return new ParquetWriter(join(this.#partial, partName(0)));
  }

  /** Appends a row group. @throws ServiceError `TOO_LARGE`, `OUTPUT_FAILED` */
  append(group: JoinedRowGroup): void {
    this.#tellColumns(group);
    const bytes = group.parts.flat().reduce((sum, part) => sum + part.bytes.length, 0);
    assertFits(this.#place, this.#writer.bytes + bytes);
    this.#try(() => this.#writer.appendJoined(group));
    if (this.#place.loose || this.#sending || this.#writer.bytes - this.#sent < DISK_BEHIND) return;
    this.#sent = this.#writer.bytes;
    // The system reports a disk's failure once: it is kept until the commit.
    this.#sending = this.#writer.sync()
      .catch((thrown) => this.#failure ??= thrown)
      .finally(() => this.#sending = null);
  }

  /** While a file is completed, what has come meanwhile, such as a stop, is looked at. */
  async #between(): Promise<void> {
    assertFits(this.#place, this.#writer.bytes);
    await new Promise((resolve) => setTimeout(resolve));
    this.#place.ends?.throwIfAborted();
  }

  #tellColumns({ parts }: JoinedRowGroup): void {
    if (this.#columns === null) return;
    const { columnsKnown, partitionBy = [], tables } = this.#place;
    for (const { table, columns } of parts.flat()) {
      const names = columns.map(({ name }) => name);
      this.#columns.set(table, [...this.#columns.get(table) ?? [], ...names]);
    }
    if (this.#columns.size < (tables?.length ?? 1)) return;
    columnsKnown?.([...new Set([...[...this.#columns.values()].flat(), ...partitionBy])]);
    this.#columns = null;
  }

  /** Completes the file, flushes it and gives it its name. @throws ServiceError `OUTPUT_FAILED` */
  async commit(): Promise<SavedResult> {
    const { directory, folder, loose, notes } = this.#place;
    try {
      const { bytes, rows, tables, ...rest } = await this.#writer.finish(notes?.());
      if (loose) {
        this.#writer.close();
        return { file: "", bytes, rows, ...rest };
      }
      await this.#sending;
      if (this.#failure) throw this.#failure;
      const file = tables ? tables[0]!.file : tableName(this.#place);
      const saved: SavedResult = { file, bytes, rows, ...(tables && { tables }) };
      await publish(this.#place, saved, async () => {
        await this.#writer.sync();
        if (folder) await syncFolder(this.#partial);
      });
      this.#writer.close();
      return saved;
    } catch (thrown) {
      throw outputError(thrown, directory);
    }
  }

  /** Removes the incomplete result. */
  abort(): void {
    this.#writer.abort();
    if (this.#place.folder) removeIfThere(this.#partial);
  }

  #try<T>(step: () => T): T {
    try {
      return step();
    } catch (thrown) {
      throw outputError(thrown, this.#place.directory);
    }
  }
}
