import { basename, dirname, join } from "@std/path";
import type { RecordBatchFileWriter, Schema } from "apache-arrow";
import { removeIfThere } from "../common/remove_if_there.ts";
import type { FooterNotes } from "../parquet/format/key_values.ts";
import { NewFile } from "../parquet/io/new_file.ts";
import { openParquet } from "../parquet/read/parquet_file.ts";
import { ParquetReader } from "../parquet/read/parquet_reader.ts";
import type { JoinedRowGroup } from "../parquet/write/join_row_groups.ts";
import { readNestedRows } from "../parquet/write/nested_rows.ts";
import { ParquetWriter } from "../parquet/write/writer.ts";
import { type ArrowColumn, arrowColumn } from "./column_types.ts";
import { schemaOf } from "./fields.ts";
import { readFlat } from "./flat_leaf.ts";
import { leafData } from "./leaf_data.ts";
import { type Arrow, loadArrow } from "./library.ts";
import { nestedData } from "./nested_data.ts";
import { type RangeLimits, type RowRange, rowRanges } from "./row_ranges.ts";

const NO_NOTES: FooterNotes = { file: new Map(), columns: new Map() };

/** Where the rows of an Arrow file are gathered: a hidden file beside it, which is gone before the file gets its name. */
export function gatheredPath(path: string): string {
  return join(dirname(path), `.rows${hidden(basename(path))}`);
}

function hidden(name: string): string {
  return name.startsWith(".") ? name : `.${name}`;
}

/**
 * Writes a file of Arrow IPC from row groups. A file of Arrow begins with its types, which are known for sure when the
 * last rows are there: a column may hold only nulls so far. So rows are gathered in Parquet, and brought into record
 * batches at the end, a bounded number at a time.
 */
export class ArrowWriter {
  readonly #path: string;
  readonly #file: NewFile;
  readonly #gathered: ParquetWriter;
  readonly #columns = new Set<string>();
  readonly #between: () => Promise<void>;
  readonly #limits: RangeLimits;
  #isGathering = true;

  /**
   * Creates the file and the one for rows, as {@linkcode NewFile} does.
   *
   * @param between Is called after each record batch. What it throws ends the work.
   * @param limits Of record batches.
   */
  constructor(path: string, between: () => Promise<void>, limits: RangeLimits = {}) {
    this.#path = path;
    this.#limits = limits;
    this.#between = between;
    this.#file = new NewFile(path);
    try {
      this.#gathered = new ParquetWriter(gatheredPath(path));
    } catch (thrown) {
      this.#file.abort();
      throw thrown;
    }
  }

  /** Bytes written so far: of the rows, and once they are all there, of the file. */
  get bytes(): number {
    return this.#isGathering ? this.#gathered.bytes : this.#file.length;
  }

  /**
   * Adds rows behind those that are there.
   *
   * @throws UnfitColumns when their columns are not those of the first, and for one that Arrow has no type for.
   */
  appendJoined(group: JoinedRowGroup): void {
    for (const column of group.parts.flatMap((parts) => parts.flatMap(({ columns }) => columns))) {
      const key = `${JSON.stringify(column.type)} ${column.name}`;
      if (this.#columns.has(key)) continue;
      arrowColumn(column);
      this.#columns.add(key);
    }
    this.#gathered.appendJoined(group);
  }

  /**
   * Writes the file. It stays open, and locked, until it is closed.
   *
   * @param notes Keys and values of the schema, and of columns by their names.
   * @throws UnfitValue for what its type in Arrow can't hold; what `between` throws.
   */
  async finish(notes: FooterNotes = NO_NOTES): Promise<{ bytes: number; rows: number }> {
    const { rows } = this.#gathered.finish();
    const path = gatheredPath(this.#path);
    const arrow = await loadArrow();
    const parquet = openParquet(path);
    using lengths = new ParquetReader(parquet);
    using reader = new ParquetReader(parquet);
    this.#gathered.abort(); // it is open: no name is left, even if this process dies
    this.#isGathering = false;
    const columns = columnsOf(reader);
    const schema = schemaOf(arrow, columns, notes);
    const writer = writerTo(arrow, this.#file, schema);
    for (const range of rowRanges(lengths, this.#limits)) {
      writer.write(batchOf(arrow, schema, columns, reader, range));
      await this.#between();
    }
    writer.finish();
    return { bytes: this.#file.length, rows };
  }

  /** Brings the file to the disk; rows that are gathered need not be there. */
  async sync(): Promise<void> {
    if (!this.#isGathering) await this.#file.sync();
  }

  /** Closes the file and removes it, finished or not, with the rows. */
  abort(): void {
    this.#gathered.abort();
    this.#file.abort();
  }

  /** Closes the file; further calls do nothing. */
  close(): void {
    this.#gathered.close();
    this.#file.close();
  }
}

/** Removes rows that a process that died has gathered for a file. */
export function removeGathered(path: string): void {
  removeIfThere(gatheredPath(path));
}

/** The columns of a file of Parquet that was written here. */
function columnsOf({ file: { schema, columns } }: ParquetReader): ArrowColumn[] {
  return columns.map(({ name, element }, index) => {
    const end = columns[index + 1]?.element ?? schema.length;
    return arrowColumn({ name, type: { schema: schema.slice(element, end), leaf: 0 } });
  });
}

/** The library's writer, to a file: what it makes is written at once, and nothing waits in memory. */
function writerTo(arrow: Arrow, file: NewFile, schema: Schema): RecordBatchFileWriter {
  const writer = new arrow.RecordBatchFileWriter();
  const sink = new arrow.AsyncByteQueue();
  sink.write = (chunk) => file.write(arrow.util.toUint8Array(chunk));
  writer.reset(sink, schema);
  return writer;
}

function batchOf(
  arrow: Arrow,
  schema: Schema,
  columns: readonly ArrowColumn[],
  reader: ParquetReader,
  range: RowRange,
) {
  const children = columns.map((column) => {
    const { name, nullable, shape, types } = column;
    if (shape !== null) {
      const rows = readNestedRows(reader, name, range);
      return nestedData(arrow, column, rows, range.rowStart);
    }
    const stored = readFlat(reader, reader.column(name), range);
    return leafData(arrow, name, types[0]!, nullable, stored, (row) => range.rowStart + row);
  });
  const type = new arrow.Struct(schema.fields);
  const data = arrow.makeData({ type, length: range.rows, nullCount: 0, children });
  return new arrow.RecordBatch(schema, data);
}
