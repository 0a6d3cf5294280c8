/**
 * What an engine and its formula workers say to each other, over a `MessagePort` that only the
 * worker's own module holds: the formula never sees it.
 */
import type { RowGroup } from "hyparquet";
import type { ErrorRecord } from "../common/errors.ts";
import type { JobKind } from "../job/request.ts";
import type { Dataset, DatasetPartition } from "../dataset/dataset.ts";
import type { OutputColumn, WrittenCodec } from "../parquet/write/encode.ts";
import type { JoinedRowGroup } from "../parquet/write/join_row_groups.ts";
import type { ColumnArray } from "../parquet/format/column_array.ts";

/** What the engine asks of a cell. */
export type ToCell =
  /** Starts a thread and gives it its private port. */
  | { type: "spawn"; id: number; heapMebibytes: number; port: MessagePort }
  | { type: "end"; id: number }
  /** Resident bytes of the process from which on all threads are ended; `null` for none. */
  | { type: "watch"; mostBytes: number | null };

/** What a cell tells the engine. */
export type FromCell =
  | { type: "ended"; id: number; why: "heap" | "error" | "exit"; message: string }
  | { type: "full"; resident: number };

/** First message to a formula worker: its private port, over which it is told of jobs. */
export interface WorkerConnect {
  port: MessagePort;
}

/** What a formula worker is told over its private port. */
export type WorkerTurn =
  /** A job begins, which has a port of its own. */
  | { type: "job"; port: MessagePort }
  /** The job is over, and nothing of its data may be held any longer. */
  | { type: "rest" }
  /** It is to end. */
  | { type: "end" };

/** What a formula worker answers over its private port. */
export type WorkerAnswer =
  /**
   * It has let go of the job.
   *
   * @property clean Nothing of it can go on, and nothing has changed that another job would see.
   */
  | { type: "rested"; clean: boolean }
  /** It runs nothing more. */
  | { type: "ending" };

/** What a formula worker will work on. */
export interface WorkerStart {
  /** To the fetcher, where files of the dataset lie on HTTP servers. */
  line?: MessagePort;
  /** URL of the formula's entry module in the snapshot. */
  entry: string;
  /** URL of each module of the snapshot and the author's name for it. */
  sources: [url: string, name: string][];
  dataset: Dataset;
  /** Paths of data files, and those that they are read by. */
  links: [path: string, link: string][];
  params: unknown;
  /** Whether arrays that a call was given may be used again when it has returned. */
  lend: boolean;
  /** What row groups of the result are compressed with. */
  codec: WrittenCodec;
}

/** A column's place in an array on shared memory that several workers fill. */
export interface ColumnTarget {
  values: ColumnArray;
  /** Index of the first piece's first row. */
  at: number;
}

/** A piece of the dataset, and how many pieces there are. */
export interface Piece {
  partition: DatasetPartition;
  of: number;
}

/** Rows and partitions that the whole job works on. */
export interface Extent {
  rows: number;
  partitions: number;
}

/** One unit of work for a worker. `name` is an export of the formula. */
export type Task =
  /** Row groups that are whole are told as parts, before the task is done; it comes to what is carried, if any. */
  | {
    type: "rows";
    name: string;
    pieces: Piece[];
    args: unknown[];
    carry: StoredRowGroup | null;
  }
  /** The columns that are kept beside those rows, where no filter chooses among them. */
  | { type: "kept"; pieces: Piece[] }
  /** Values of pieces that follow each other, merged by the export `combine`. */
  | { type: "value"; name: string; combine: string; pieces: Piece[]; args: unknown[] }
  /** Merges values that follow each other by the export `name`. */
  | { type: "combine"; name: string; values: unknown[] }
  /** Merges them by the export `combine`, and finishes by the export `name` where there is one. */
  | {
    type: "aggregate";
    name: string | null;
    combine: string;
    values: unknown[];
    extent: Extent;
    helpers: number;
  }
  /** Into the target where there is one, else one array for each piece. */
  | {
    type: "column";
    column: string;
    pieces: Piece[];
    target: ColumnTarget | null;
    /** Seconds from this instant, in nanoseconds since 1970; `null` for the column itself. */
    since: bigint | null;
  }
  | { type: "count"; piece: Piece }
  | { type: "touched" }
  /** @property helpers Other workers: one can encode a part of the result, which is told first. */
  | { type: "main"; extent: Extent; helpers: number }
  /** Encodes a part of another worker's result. */
  | { type: "encode"; columns: OutputColumn[] }
  /** Takes shares of another worker's Fourier transform. */
  | { type: "help"; memory: WebAssembly.Memory; thread: number };

/** A row group of the input whose kept columns are wanted as they are stored. */
export interface StoredRowGroup {
  /** Index of its file. */
  file: number;
  group: RowGroup;
}

/** Those columns; null where they can't be had so. */
export interface CarriedColumns {
  type: "carried";
  group: JoinedRowGroup | null;
}

/** What an engine needs to know of a formula to run it. */
export interface FormulaTraits {
  kind: JobKind;
  /** Names of all exports. */
  exports: string[];
  /** Whether `aggregate` finishes the reduction. */
  aggregate: boolean;
  /** How INT64 columns are handed over. */
  int64: "number" | "bigint";
  /** Rows of the neighbours that `map` is given, too. */
  overlap: { before: number; after: number };
  /** Input columns that are carried to the result unchanged. */
  keep: string[];
  /** Columns of bytes that are read as text. */
  text: string[];
  /** Rows the formula wants to see; `null` for all. */
  filter: unknown;
}

/** A result that is not columns, as the JSON text of the result file. */
export interface TextResult {
  type: "text";
  text: string;
}

/** A result that is columns, encoded as row groups. */
export interface TableResult {
  type: "table";
  groups: JoinedRowGroup[];
}

/** The first rows of a result, for another worker to encode: those of the outcome stand behind them. */
export interface FirstRows {
  type: "first";
  columns: OutputColumn[];
  /** Whether they are a part of the outcome's first row group. */
  partial: boolean;
}

/** A table that is still to be computed: `frame.mapPartitions(name, ...args)`. */
export interface LazyTable {
  type: "lazy";
  name: string;
  args: unknown[];
}

/** What a formula came to. */
export type Outcome = TextResult | TableResult | LazyTable;

/** What `main` asks of the engine: `frame` of all workers, a long Fourier transform of so many others. */
export type FrameRequest =
  | {
    type: "columns";
    names: string[];
    /** Of times: the instant that seconds are wanted from, in nanoseconds since 1970. */
    since?: bigint;
  }
  | { type: "reduction"; chunk: string; combine: string; args: unknown[] }
  | { type: "help"; memory: WebAssembly.Memory; count: number };

export type ToWorker =
  | { type: "start"; start: WorkerStart }
  | { type: "task"; id: number; task: Task }
  /** Memory of row groups that are written, to be used again. */
  | { type: "spare"; buffers: ArrayBuffer[] }
  | { type: "answer"; id: number; value: unknown }
  | { type: "refusal"; id: number; error: ErrorRecord };

export type FromWorker =
  | { type: "ready"; formula: FormulaTraits }
  /** A part of a task's result: what comes first stands first. */
  | { type: "part"; id: number; value: unknown }
  | { type: "done"; id: number; value: unknown; bytesRead: number }
  | { type: "failed"; id: number; error: ErrorRecord }
  | { type: "ask"; id: number; request: FrameRequest }
  | { type: "log"; lines: string[] };
