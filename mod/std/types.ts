/**
 * Types for formulas: `import type { Chunk, Context, Frame } from "measuring/types"`.
 *
 * @module
 */

/** The array of a column in a chunk: see the table of types in the reference. */
export type ColumnValues =
  | Float64Array
  | Float32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | unknown[];

/**
 * Stored integers of a time or date column, and the unit in which they count
 * since 1970. If a formula returns one, it becomes a TIMESTAMP, or a DATE for days.
 */
export interface RawTimes {
  values: Int32Array | BigInt64Array;
  unit: "ms" | "us" | "ns" | "day";
  /** Whether they are UTC; otherwise local time. */
  utc: boolean;
}

/** Stored integers of a decimal column, in units of the last digit. */
export interface RawDecimals {
  values: BigInt64Array | (bigint | null)[];
  /** Digits after the point, and in total. */
  scale: number;
  precision: number;
}

/** An instant: a `Date`, ISO text (UTC without a zone), or milliseconds since 1970. */
export type Instant = Date | string | number;

/** A column of text as integers, with each distinct text once. */
export interface Codes {
  codes: Int32Array;
  dictionary: (string | null)[];
}

/** Methods of a chunk. */
export interface ChunkMethods {
  /** The stored integers of a time or date column; with `raw<RawDecimals>(…)` of a column of decimals. */
  raw<Values extends RawTimes | RawDecimals = RawTimes>(column: string): Values;
  /**
   * A time column in seconds since an instant, NaN for null.
   * Differences are exact; milliseconds since 1970 only resolve about 0.2 µs.
   */
  seconds(column: string, since: Instant): Float64Array;
  /** 1 for a value and 0 for null; `null` if this partition has no null. */
  validity(column: string): Uint8Array | null;
  /** A column of text as codes: `dictionary[codes[row]]` is the text, or null. */
  codes(column: string): Codes;
}

/**
 * A partition's columns by name. Accessing a column reads it.
 *
 * Without a type parameter, every column is a `Float64Array`; with one, such as `Chunk<{ unit: string[] }>`, columns have the given types.
 */
export type Chunk<Columns = Record<string, Float64Array>> = Columns & ChunkMethods;

/** A column of the dataset. */
export interface ColumnDescription {
  name: string;
  /** `float64`, `int32`, `timestamp`, `string`, … */
  kind: string;
  /** As Parquet has it: `DOUBLE`, `TIMESTAMP(us, UTC)`, … */
  type: string;
  nullable: boolean;
  /** Keys and values that the first file with this column has for it, such as `unit`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file of the data. */
export interface DataFile {
  /** Its path from the folder on that holds all files of the data: `part.0.parquet`, `unit=7/a.parquet`. */
  readonly name: string;
  /** Its place among the files, from 0. */
  readonly index: number;
  /** Its first row in the dataset, and its number of rows, before any filter. */
  readonly rowStart: number;
  readonly rows: number;
  /** What the names of its folders say: `unit=7/` gives `{ unit: "7" }`. */
  readonly folders: Readonly<Record<string, string | null>>;
  /** The keys and values in its footer. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The keys and values that it has for a column. */
  columnMetadata(column: string): Readonly<Record<string, string>>;
}

/** A file with the rows of a chunk that are from it: from `from` up to `to`, not included. */
export interface ChunkFile extends DataFile {
  readonly from: number;
  readonly to: number;
}

/** What a formula is told about the piece of the dataset that it is given. */
export interface Context<Params = Record<string, unknown>> {
  /** `Params` of the request; `null` where it had none. */
  readonly params: Params;
  /** Index of this partition, from 0. */
  readonly partition: number;
  /** Number of partitions. */
  readonly partitions: number;
  /** Index of the partition's first row in the dataset. */
  readonly rowStart: number;
  /**
   * Rows of the partition, without its halo and after the filter; of the dataset in `main` and
   * `aggregate`.
   */
  readonly rows: number;
  /** Rows of its neighbours that a formula with `overlap` finds before and after the partition's own. */
  readonly before: number;
  readonly after: number;
  readonly schema: readonly ColumnDescription[];
  /**
   * The file that all rows of the chunk are from; in `main` and `aggregate` the only one of the data. Reading it throws
   * where there are several: small files are put together in one chunk.
   */
  readonly file: DataFile;
  /** The files that rows of the chunk are from, in their order; in `main` and `aggregate` all files. */
  readonly files: readonly ChunkFile[];
  /**
   * A table of the request's `Inputs`, whole: its columns by name, as those of a chunk. It is read anew at each call,
   * and throws for a table of more than 128 MiB.
   */
  input<Columns = Record<string, Float64Array>>(name: string): Chunk<Columns>;
  /** Adds a line to the job's log. */
  log(...values: unknown[]): void;
}

/**
 * Units of columns of the result, by the columns' names: `export const units: Units = { power: "W" }`. The file notes
 * them as metadata of its columns.
 */
export type Units = Readonly<Record<string, string>>;

/** What a function that gives the filter is told: `export const filter = ({ params }) => ({ … })`. */
export type FilterContext<Params = Record<string, unknown>> = Pick<
  Context<Params>,
  "params" | "schema" | "input" | "log"
>;

/** The whole dataset, as `main` gets it. */
export interface Frame {
  readonly rows: number;
  readonly partitions: number;
  readonly schema: readonly ColumnDescription[];
  /** All files of the data, whatever a filter lets through. */
  readonly files: readonly DataFile[];
  /** A table of the request's `Inputs`, whole, as {@linkcode Context.input} gives it. */
  input<Columns = Record<string, Float64Array>>(name: string): Chunk<Columns>;
  /** One whole column, gathered by all workers. */
  column<Values = Float64Array>(name: string): Promise<Values>;
  /** Several whole columns by name. */
  columns<Columns = Record<string, Float64Array>>(names: (keyof Columns)[]): Promise<Columns>;
  /** A whole column of times in seconds from an instant, or from the first row's time. */
  seconds(name: string, since?: Instant): Promise<Float64Array>;
  /**
   * Partial results of `chunk(chunk, context, ...args)`, merged by `combine(a, b)` pairwise in partition
   * order. Both must be exported.
   */
  reduction<Total, Args extends unknown[], Columns>(
    // deno-lint-ignore no-explicit-any
    chunk: (chunk: Chunk<Columns>, context: Context<any>, ...args: Args) => Total | Promise<Total>,
    combine: (a: Total, b: Total) => Total | Promise<Total>,
    ...args: Args
  ): Promise<Total>;
  /**
   * The table that the exported `fn(chunk, context, ...args)` makes of every partition; return it
   * from `main` to have it written.
   */
  mapPartitions<Args extends unknown[], Columns>(
    // deno-lint-ignore no-explicit-any
    fn: (chunk: Chunk<Columns>, context: Context<any>, ...args: Args) => unknown,
    ...args: Args
  ): unknown;
}
