import type { RowGroup } from "hyparquet";
import { carryChunk } from "../parquet/carry.ts";
import { closeColumns } from "../parquet/column_chunk.ts";
import { type Arrays, FRESH } from "../parquet/loan.ts";
import type { OutputType } from "../parquet/output.ts";
import {
  type RawValues,
  readColumn,
  readColumnInto,
  type ReadOptions,
  readRaw,
} from "../parquet/read.ts";
import {
  arrayTypeOf,
  type Column,
  type ColumnArray,
  type ColumnValues,
} from "../parquet/schema.ts";
import { type ByteSource, openSource } from "../parquet/source.ts";
import { readCodes, TextCoder } from "../parquet/text_column.ts";
import type { Dataset, DatasetPartition } from "./dataset.ts";
import { isHive } from "./hive.ts";

/** Files that are open at once at most. */
const MOST_OPEN = 64;

/** Codes of a column of text: `dictionary[codes[row]]` is the text, or null. */
export interface Codes {
  codes: Int32Array;
  dictionary: (string | null)[];
}

/** Reads columns of a dataset, synchronously: what lies in several files comes in one array. */
export class DatasetReader implements Disposable {
  /** Names of the columns that were read. */
  readonly touched = new Set<string>();
  readonly #dataset: Dataset;
  /** Open files by index, the one used last at the end. */
  readonly #open = new Map<number, ByteSource>();
  #readByClosed = 0;

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
  }

  /** Bytes read so far, of all files. */
  get bytesRead(): number {
    let bytes = this.#readByClosed;
    for (const source of this.#open.values()) bytes += source.bytesRead;
    return bytes;
  }

  /** A column's part of a partition. Errors are those of {@linkcode readColumn}. */
  column(name: string, partition: DatasetPartition, options: ReadOptions): ColumnValues {
    const column = this.#column(name);
    const { parts, rows } = partition;
    if (parts.length === 1 && !isHive(column)) {
      const [{ file, partition: part }] = parts as [DatasetPartition["parts"][0]];
      return readColumn(this.#source(file), this.#dataset.files[file]!, name, part, options);
    }
    const ArrayType = arrayTypeOf(column, options.int64);
    const { arrays = FRESH } = options;
    const values = ArrayType ? arrays.take(ArrayType, rows) : new Array<unknown>(rows);
    return { values, validity: this.#fill(column, partition, options, values, 0) };
  }

  /** A column's part of a partition, into `target[at]` and so on. */
  columnInto(
    name: string,
    partition: DatasetPartition,
    options: ReadOptions,
    target: ColumnArray,
    at: number,
  ): void {
    const column = this.#column(name);
    if (isHive(column)) {
      this.#fill(column, partition, options, target, at);
      return;
    }
    for (const { file, partition: part } of partition.parts) {
      const { files } = this.#dataset;
      readColumnInto(this.#source(file), files[file]!, name, part, options, target, at);
      at += part.rows;
    }
  }

  /** The stored integers of a time or date column. */
  raw(name: string, partition: DatasetPartition): RawValues {
    const { unit = "ms", utc = false } = this.#column(name);
    const { files } = this.#dataset;
    const parts = partition.parts.map(({ file, partition: part }) =>
      readRaw(this.#source(file), files[file]!, name, part)
    );
    if (parts.length === 1) return parts[0]!;
    const values = unit === "day"
      ? new Int32Array(partition.rows)
      : new BigInt64Array(partition.rows);
    let validity: Uint8Array | null = null;
    let at = 0;
    for (const part of parts) {
      values.set(part.values as never, at);
      if (part.validity) {
        validity ??= new Uint8Array(partition.rows).fill(1);
        validity.set(part.validity, at);
      }
      at += part.values.length;
    }
    return { values, unit, utc, validity };
  }

  /** A column chunk as it is stored, to be carried to a result; null where that can't have it so. */
  chunk(
    name: string,
    file: number,
    group: RowGroup,
    to: { type: OutputType; required: boolean },
  ): ReturnType<typeof carryChunk> {
    const column = this.#column(name);
    if (isHive(column)) return null;
    const planned = this.#dataset.files[file]!;
    const own = planned.columns.find((candidate) => candidate.name === name)!;
    return carryChunk(this.#source(file), planned, group, own.leaf, name, to);
  }

  /** A column for comparisons, without loss: stored integers of times, bigints of 64-bit integers. */
  stored(name: string, partition: DatasetPartition): {
    values: ArrayLike<unknown>;
    validity: Uint8Array | null;
  } {
    if (this.#column(name).unit) return this.raw(name, partition);
    return this.column(name, partition, { int64: "bigint" });
  }

  /** A column of text as codes: equal texts have equal codes, in the order of their first rows. */
  codes(name: string, partition: DatasetPartition, arrays: Arrays = FRESH): Codes {
    const column = this.#column(name);
    const codes = arrays.take(Int32Array, partition.rows);
    const coder = new TextCoder();
    let at = 0;
    for (const { file, partition: part } of partition.parts) {
      if (isHive(column) || column.kind !== "string") {
        const { values } = this.column(name, partition, { int64: "number" });
        for (let row = 0; row < codes.length; row++) {
          codes[row] = coder.codeOf(values[row] as string | null);
        }
        break;
      }
      readCodes(this.#source(file), this.#dataset.files[file]!, name, part, coder, codes, at);
      at += part.rows;
    }
    return { codes, dictionary: coder.dictionary };
  }

  [Symbol.dispose](): void {
    for (const source of this.#open.values()) close(source);
    this.#open.clear();
  }

  #fill(
    column: Column,
    { parts, rows }: DatasetPartition,
    options: ReadOptions,
    values: ColumnArray | unknown[],
    at: number,
  ): Uint8Array | null {
    let validity: Uint8Array | null = null;
    let done = 0;
    for (const { file, partition } of parts) {
      const part = isHive(column) ? this.#folderValues(column, file, partition.rows) : readColumn(
        this.#source(file),
        this.#dataset.files[file]!,
        column.name,
        partition,
        options,
      );
      if (Array.isArray(values)) {
        for (let row = 0; row < partition.rows; row++) values[at + done + row] = part.values[row];
      } else values.set(part.values as never, at + done);
      if (part.validity) {
        validity ??= new Uint8Array(rows).fill(1);
        validity.set(part.validity, done);
      }
      done += partition.rows;
    }
    return validity;
  }

  #folderValues(column: Column, file: number, rows: number): ColumnValues {
    const value = this.#dataset.files[file]!.hive[column.name] ?? null;
    const validity = value === null ? new Uint8Array(rows) : null;
    const ArrayType = arrayTypeOf(column, "number");
    if (!ArrayType) return { values: new Array<unknown>(rows).fill(value), validity };
    const values = new ArrayType(rows) as Int32Array;
    return { values: values.fill(value === null ? NaN : Number(value)), validity };
  }

  #column(name: string): Column {
    this.touched.add(name);
    const column = this.#dataset.columns.find((candidate) => candidate.name === name);
    if (!column) throw new TypeError(`there is no column "${name}" in ${this.#dataset.name}`);
    return column;
  }

  #source(file: number): ByteSource {
    let source = this.#open.get(file);
    this.#open.delete(file);
    const planned = this.#dataset.files[file]!;
    source ??= openSource(planned.path, planned);
    this.#open.set(file, source);
    if (this.#open.size > MOST_OPEN) {
      const [oldest, closed] = this.#open.entries().next().value!;
      this.#readByClosed += closed.bytesRead;
      close(closed);
      this.#open.delete(oldest);
    }
    return source;
  }
}

function close(source: ByteSource): void {
  closeColumns(source);
  source.close();
}
