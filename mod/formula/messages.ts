/**
 * What an engine and its formula workers say to each other, over a `MessagePort` that only the
 * worker's own module holds: the formula never sees it.
 */
import type { ErrorRecord } from "../errors.ts";
import type { JobKind } from "../job.ts";
import type { EncodedRowGroup } from "../parquet/encode.ts";
import type { ParquetFile } from "../parquet/dataset.ts";
import type { Partition } from "../parquet/partition.ts";
import type { ColumnArray } from "../parquet/schema.ts";

/** First message, on the worker's own channel: the private port and what it will work on. */
export interface WorkerStart {
  port: MessagePort;
  /** URL of the formula's entry module in the snapshot. */
  entry: string;
  /** URL of each module of the snapshot and the author's name for it. */
  sources: [url: string, name: string][];
  /** Name of the dataset, for messages. */
  base: string;
  file: ParquetFile;
  partitions: Partition[];
  params: unknown;
}

/** A column's place in an array on shared memory that several workers fill. */
export interface ColumnTarget {
  values: ColumnArray;
  /** Index of the partition's first row. */
  at: number;
}

/** One unit of work for a worker. `name` is an export of the formula. */
export type Task =
  | { type: "rows"; name: string; partition: number; args: unknown[] }
  | { type: "value"; name: string; partition: number; args: unknown[] }
  | { type: "combine"; name: string; left: unknown; right: unknown }
  | { type: "aggregate"; name: string | null; value: unknown }
  | { type: "column"; column: string; partition: number; target: ColumnTarget | null }
  | { type: "main" };

/** A result that is not columns, as the JSON text of the result file. */
export interface TextResult {
  type: "text";
  text: string;
}

/** A result that is columns, encoded as row groups. */
export interface TableResult {
  type: "table";
  groups: EncodedRowGroup[];
}

/** A table that is still to be computed: `frame.mapPartitions(name, ...args)`. */
export interface LazyTable {
  type: "lazy";
  name: string;
  args: unknown[];
}

/** What a formula came to. */
export type Outcome = TextResult | TableResult | LazyTable;

/** What `frame` asks of the engine while `main` runs. */
export type FrameRequest =
  | { type: "columns"; names: string[] }
  | { type: "reduction"; chunk: string; combine: string; args: unknown[] };

export type ToWorker =
  | { type: "task"; id: number; task: Task }
  | { type: "answer"; id: number; value: unknown }
  | { type: "refusal"; id: number; error: ErrorRecord };

export type FromWorker =
  | { type: "ready"; kind: JobKind; aggregate: boolean; int64: "number" | "bigint" }
  | { type: "done"; id: number; value: unknown; bytesRead: number }
  | { type: "failed"; id: number; error: ErrorRecord }
  | { type: "ask"; id: number; request: FrameRequest }
  | { type: "log"; lines: string[] };
