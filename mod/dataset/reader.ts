import type { RowGroup, SchemaElement } from "hyparquet";
import { ServiceError } from "../common/errors.ts";
import { carryChunk } from "../parquet/write/carried_chunk.ts";
import { type Arrays, FRESH } from "../parquet/read/array_pool.ts";
import { joinedRows, nullRows, readNestedRows } from "../parquet/write/nested_rows.ts";
import type { NestedRows } from "../parquet/write/output_column.ts";
import type { OutputType } from "../parquet/write/output_type.ts";
import type { Partition } from "../parquet/read/partition.ts";
import {
  chosenOf,
  type RawValues,
  readColumn,
  readColumnInto,
  type ReadOptions,
} from "../parquet/read/read_column.ts";
import {
  arrayTypeOf,
  type ColumnArray,
  type ColumnValues,
  isWidened,
} from "../parquet/format/column_array.ts";
import { type Column, columnNamed, sameColumnType } from "../parquet/format/column.ts";
import { readStored, type StoredValues } from "../parquet/read/stored_column.ts";
import { codeStrings } from "../parquet/read/string_codes.ts";
import { matchColumn, type Wanted } from "../parquet/read/match_column.ts";
import { readCodes, TextCoder } from "../parquet/read/text_column.ts";
import type { StringCoder, StringsOf } from "../std/grouping/exact_values.ts";
import { type Exact, exactOf, exactOfFolder, timesOf, valuesOf } from "./exact_columns.ts";
import { withClientErrors } from "./client_errors.ts";
import type { Dataset, DatasetPartition } from "./dataset.ts";
import { lowerBound } from "./lower_bound.ts";
import { joinParts, nullsOf } from "./column_parts.ts";
import { isHive, ownColumn } from "./hive.ts";
import { OpenFiles } from "./open_files.ts";

/** Codes of a column of text: `dictionary[codes[row]]` is the text, or null. */
export interface Codes {
  codes: Int32Array;
  dictionary: (string | null)[];
}

/** What gives byte strings codes, and makes them of values that don't come as such. */
export interface Coding {
  coder: StringCoder;
  of: StringsOf;
}

/** Reads columns of a dataset, synchronously: what lies in several files comes in one array. */
export class DatasetReader implements Disposable {
  /** Names of the columns that were read. */
  readonly touched = new Set<string>();
  readonly #dataset: Dataset;
  readonly #files: OpenFiles;

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
    this.#files = new OpenFiles(dataset);
  }

  /** Bytes read so far, of all files. */
  get bytesRead(): number {
    return this.#files.bytesRead;
  }

  /**
   * A column's part of a partition. Errors are those of {@linkcode readColumn}.
   *
   * @throws ServiceError `BASE_UNREADABLE` for a column that the files hold as what can't be joined.
   */
  column(name: string, partition: DatasetPartition, options: ReadOptions): ColumnValues {
    const column = this.#column(name);
    const { parts, rows } = partition;
    if (parts.length === 1) {
      const [{ file, partition: part }] = parts as [DatasetPartition["parts"][0]];
      if (this.#hasAlike(column, file)) {
        return this.#files.read(file, (reader) => readColumn(reader, name, part, options));
      }
    }
    if (options.rows) {
      return chosenOf(this.column(name, partition, { ...options, rows: null }), options.rows);
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
    for (const part of partition.parts) {
      if (this.#hasAlike(column, part.file)) {
        this.#files.read(
          part.file,
          (reader) => readColumnInto(reader, name, part.partition, options, target, at),
        );
      } else {
        const alone = { ...partition, rows: part.partition.rows, parts: [part] };
        this.#fill(column, alone, options, target, at);
      }
      at += part.partition.rows;
    }
  }

  /** The stored integers of a time or date column. */
  raw(name: string, partition: DatasetPartition): RawValues {
    const column = this.#column(name);
    return timesOf(this.#exact(column, partition), column);
  }

  /** A column chunk as it is stored, to be carried to a result; null where that can't have it so. */
  chunk(
    name: string,
    file: number,
    group: RowGroup,
    to: { type: OutputType; required: boolean },
  ): ReturnType<typeof carryChunk> {
    const column = this.#column(name);
    if (!this.#hasAlike(column, file)) return null;
    const { leaf } = this.#own(file, name)!;
    return this.#files.read(file, (reader) => carryChunk(reader, group, leaf, name, to));
  }

  /**
   * A column without loss: see {@linkcode Exact}.
   *
   * @param arrays Where its array may come from.
   */
  exact(name: string, partition: DatasetPartition, arrays: Arrays = FRESH): Exact {
    return this.#exact(this.#column(name), partition, arrays);
  }

  /**
   * A column's values as bytes or integers, just as they are stored: all files that have it have it alike.
   */
  stored(name: string, partition: DatasetPartition): StoredValues {
    const column = this.#column(name);
    const found: StoredValues[] = [];
    const parts = partition.parts.map(({ file, partition: part }): StoredValues => {
      if (this.#own(file, name)?.kind !== column.kind) return nullsOf(part.rows);
      const values = this.#files.read(file, (reader) => readStored(reader, name, part));
      found.push(values);
      return values;
    });
    return joinParts(parts, found);
  }

  /**
   * Levels and values of a nested column.
   *
   * @param schema What they are levels of: {@linkcode unitedSchema} of what the files have.
   */
  nested(name: string, partition: DatasetPartition, schema: SchemaElement[]): NestedRows {
    this.#column(name);
    return joinedRows(
      schema,
      partition.parts.map(({ file, partition: part }) =>
        this.#own(file, name)?.kind === "nested"
          ? this.#files.read(file, (reader) => readNestedRows(reader, name, part))
          : nullRows(schema, part.rows)
      ),
    );
  }

  /** What a column is. */
  describe(name: string): Column {
    return this.#column(name);
  }

  /**
   * Answers for a column: 1 where its value is wanted, 0 elsewhere.
   *
   * @param wantedOf What is wanted, as it is stored by an element of the schema; `null` where that can't be told.
   * @param none Whether nulls are wanted.
   * @returns Whether it could: not where a file has the column otherwise than the dataset.
   */
  match(
    name: string,
    partition: DatasetPartition,
    wantedOf: (element: SchemaElement) => Wanted | null,
    none: boolean,
    out: Uint8Array,
  ): boolean {
    const column = this.#column(name);
    const { parts } = partition;
    if (!parts.every(({ file }) => this.#hasAlike(column, file))) return false;
    let at = 0;
    for (const { file, partition: part } of parts) {
      const isMatched = this.#files.read(file, (reader) => {
        const own = reader.column(name);
        const wanted = wantedOf(reader.leaf(own.leaf).element);
        if (wanted) matchColumn(reader, own, part, wanted, none, out, at);
        return wanted !== null;
      });
      if (!isMatched) return false;
      at += part.rows;
    }
    return true;
  }

  /** A column as codes: equal values have equal codes, in the order of their first rows. */
  codes(name: string, partition: DatasetPartition, arrays: Arrays = FRESH): Codes {
    const column = this.#column(name);
    const codes = arrays.take(Int32Array, partition.rows);
    const coder = new TextCoder();
    let at = 0;
    for (const part of partition.parts) {
      const { rows } = part.partition;
      if (column.kind === "string" && this.#hasAlike(column, part.file)) {
        this.#files.read(
          part.file,
          (reader) => readCodes(reader, name, part.partition, coder, codes, at),
        );
      } else if (column.kind === "string" && isHive(column)) {
        codes.fill(coder.codeOf(this.#folder(column, part.file)), at, at + rows);
      } else {
        const alone = { ...partition, rows, parts: [part] };
        const { values } = this.column(name, alone, { int64: "number" });
        for (let row = 0; row < rows; row++) {
          codes[at + row] = coder.codeOf(values[row] as string | null);
        }
      }
      at += rows;
    }
    return { codes, dictionary: coder.dictionary };
  }

  /** Codes that a coder gives to texts, or other byte strings, of a partition or of some of its rows. */
  codeStrings(
    name: string,
    { parts, rows }: DatasetPartition,
    { coder, of }: Coding,
    selection: Int32Array | null,
    arrays: Arrays,
  ): Int32Array {
    const column = this.#column(name);
    const codes = arrays.take(Int32Array, selection?.length ?? rows);
    let at = 0, before = 0;
    for (const { file, partition } of parts) {
      const chosen = selection && rowsBetween(selection, before, before + partition.rows);
      const into = codes.subarray(at, at + (chosen?.length ?? partition.rows));
      before += partition.rows;
      at += into.length;
      if (isHive(column) || !this.#own(file, name)) {
        const { values } = this.#exactPart(column, file, { ...partition, rows: 1 });
        if (into.length) coder.codeSame(of(values), into);
      } else if (this.#hasAlike(column, file)) {
        const read = { coder, into, chosen };
        this.#files.read(file, (reader) => codeStrings(reader, name, partition, read));
      } else {
        const { values, validity } = this.#exactPart(column, file, partition);
        const rows = chosen ?? Int32Array.from(values, (_, row) => row);
        const isThere = (row: number) => !validity || validity[row] === 1;
        const there = Array.from(rows, (row) => isThere(row) ? values[row]! : null);
        coder.code(of(there), into, 0);
      }
    }
    return codes;
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
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
      const of = this.#fillPart(column, file, partition, options, values, at + done);
      if (of) {
        validity ??= new Uint8Array(rows).fill(1);
        validity.set(of, done);
      }
      done += partition.rows;
    }
    return validity;
  }

  /** Puts what a file has of a column where it belongs; gives its validity. */
  #fillPart(
    column: Column,
    file: number,
    partition: Partition,
    options: ReadOptions,
    values: ColumnArray | unknown[],
    at: number,
  ): Uint8Array | null {
    if (!Array.isArray(values) && this.#hasAlike(column, file)) {
      return this.#files.read(
        file,
        (reader) => readColumnInto(reader, column.name, partition, options, values, at),
      );
    }
    if (isHive(column)) return this.#fillFolder(column, file, partition.rows, options, values, at);
    const part = this.#part(column, file, partition, options);
    if (Array.isArray(values)) {
      for (let row = 0; row < partition.rows; row++) values[at + row] = part.values[row];
    } else values.set(part.values as never, at);
    return part.validity;
  }

  /** The same of what folders say: one value for all rows. */
  #fillFolder(
    column: Column,
    file: number,
    rows: number,
    { int64 }: ReadOptions,
    values: ColumnArray | unknown[],
    at: number,
  ): Uint8Array | null {
    const exact = exactOfFolder(column, this.#folder(column, file), 1);
    const [value] = withClientErrors(() => valuesOf(exact, column, int64)).values;
    values.fill(value as never, at, at + rows);
    return exact.validity && new Uint8Array(rows);
  }

  #folder({ name }: Column, file: number): string | null {
    return this.#dataset.files[file]!.hive[name] ?? null;
  }

  /** What a file has of a column, as the dataset has it. */
  #part(
    column: Column,
    file: number,
    partition: Partition,
    options: ReadOptions,
  ): ColumnValues {
    if (this.#hasAlike(column, file)) {
      return this.#files.read(
        file,
        (reader) => readColumn(reader, column.name, partition, options),
      );
    }
    const own = ownColumn(this.#dataset.files[file]!, column);
    const isShown = own && (isWidened(own, column, options.int64) ||
      (column.unit && own.unit) || (column.kind === "nested" && own.kind === "nested"));
    if (isShown) {
      // Milliseconds, whatever they are stored as; records, whichever of their parts must be there.
      return this.#files.read(
        file,
        (reader) => readColumn(reader, column.name, partition, options),
      );
    }
    const exact = this.#exactPart(column, file, partition);
    return withClientErrors(() => valuesOf(exact, column, options.int64));
  }

  #exact(column: Column, { parts }: DatasetPartition, arrays: Arrays = FRESH): Exact {
    const all = parts.map(({ file, partition }) =>
      this.#exactPart(column, file, partition, parts.length === 1 ? arrays : FRESH)
    );
    return joinParts(all);
  }

  #exactPart(column: Column, file: number, partition: Partition, arrays: Arrays = FRESH): Exact {
    if (isHive(column)) {
      return exactOfFolder(column, this.#folder(column, file), partition.rows);
    }
    const own = this.#own(file, column.name);
    if (!own || own.kind === "null") return nullsOf(partition.rows);
    return this.#files.read(file, (reader) => exactOf(reader, own, column, partition, arrays));
  }

  /** Whether a file has a column as the dataset has it. */
  #hasAlike(column: Column, file: number): boolean {
    const own = ownColumn(this.#dataset.files[file]!, column);
    return own !== undefined && sameColumnType(own, column) && own.hasNulls === column.hasNulls;
  }

  #column(name: string): Column {
    this.touched.add(name);
    const column = columnNamed(this.#dataset.columns, name);
    if (!column) throw new TypeError(`there is no column "${name}" in ${this.#dataset.name}`);
    if (column.conflict !== undefined) throw unjoined(column);
    return column;
  }

  /** What a file has under a column's name. */
  #own(file: number, name: string): Column | undefined {
    return columnNamed(this.#dataset.files[file]!.columns, name);
  }
}

/** Rows of a selection from one up to another, counted from the first. */
function rowsBetween(selection: Int32Array, from: number, to: number): Int32Array {
  const start = lowerBound(selection, from);
  return selection.subarray(start, lowerBound(selection, to)).map((row) => row - from);
}

/** The error for a column that the files hold as what can't be joined. */
export function unjoined({ conflict }: Column): ServiceError {
  return new ServiceError(
    "BASE_UNREADABLE",
    `${conflict}; write it alike in all files, or leave it out`,
  );
}
