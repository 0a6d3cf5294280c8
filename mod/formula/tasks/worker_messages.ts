/**
 * What an engine and its formula workers say to each other, over a `MessagePort` that only the
 * worker's own module holds: the formula never sees it.
 */
import { ERROR_CODES, type ErrorRecord, ServiceError } from "../../common/errors.ts";
import type { Dataset } from "../../dataset/dataset.ts";
import { isLogLine, type LogLine } from "../../job/log_line.ts";
import type { TableFormat } from "../../job/request.ts";
import type { Input } from "../../dataset/inputs.ts";
import type { WrittenCodec } from "../../parquet/write/encode.ts";
import { fieldsOf, forged } from "../checks.ts";
import type { Task } from "./tasks.ts";

/** What a formula worker will work on. */
export interface WorkerStart {
  /** To the fetcher, where files of the dataset lie on HTTP servers. */
  line?: MessagePort;
  /** URL of the formula's entry module in the snapshot. */
  entry: string;
  /** URL of each module of the snapshot and the author's name for it. */
  sources: [url: string, name: string][];
  /** `null` for the one that the worker holds since an earlier job. */
  dataset: Dataset | null;
  /** Its number, where it is to be held for later jobs. */
  hold: number | null;
  /** Further tables. */
  inputs: Input[];
  /** Paths of data files, and those that they are read by. */
  links: [path: string, link: string][];
  params: unknown;
  /** Whether arrays that a call was given may be used again when it has returned. */
  lend: boolean;
  /** Memory that it has for data under way, in bytes. */
  workBytes: number;
  /** What row groups of the result are compressed with. */
  codec: WrittenCodec;
  /** What the result's columns are written as; `null` for Parquet. */
  format: TableFormat | null;
  /** The columns by whose values rows go to folders; `null` where they don't. */
  partitionBy: readonly string[] | null;
}

export type ToWorker =
  | { type: "start"; start: WorkerStart }
  | { type: "task"; id: number; task: Task }
  /** Memory of row groups that are written, to be used again. */
  | { type: "spare"; buffers: ArrayBuffer[] }
  | { type: "answer"; id: number; value: unknown }
  | { type: "refusal"; id: number; error: ErrorRecord };

/** What is `unknown` here is checked by whoever takes it. */
export type FromWorker =
  | { type: "ready"; formula: unknown }
  /** A part of a task's result: what comes first stands first. */
  | { type: "part"; id: number; value: unknown }
  | { type: "done"; id: number; value: unknown; bytesRead: unknown }
  | { type: "failed"; id: number; error: unknown }
  | { type: "ask"; id: number; request: unknown }
  | { type: "log"; lines: unknown };

/** Checks why a task failed. @throws ServiceError `FORMULA_FAILED`. */
export function checkedFailure(value: unknown): ServiceError {
  const error = fieldsOf(value, "a failure");
  const { code, message, where, stack } = error;
  const isText = (text: unknown) => text === undefined || typeof text === "string";
  const fits = (ERROR_CODES as readonly unknown[]).includes(code) && typeof message === "string" &&
    isText(where) && isText(stack);
  if (!fits) throw forged("a failure");
  return ServiceError.fromRecord(error as unknown as ErrorRecord);
}

/** Lines that a formula printed. @throws ServiceError `FORMULA_FAILED`. */
export function checkedLines(value: unknown): LogLine[] {
  if (!Array.isArray(value) || !value.every(isLogLine)) throw forged("lines of the log");
  return value;
}
