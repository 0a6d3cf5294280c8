import { isEnded, type JobState, type JobStatus, secondsLeft } from "../job/record.ts";
import type { JobKind } from "../job/kinds.ts";
import type { JobReport } from "../job/request.ts";
import { type ErrorInfo, errorInfo } from "./error_info.ts";

/** Figures of a run that is complete. */
export interface RunFigures {
  Kind: JobKind;
  /** Of the result, or of the input where the result is not columns. */
  Rows: number;
  Partitions: number;
  Seconds: number;
  BytesRead: number;
  BytesWritten: number;
  Workers: number;
  /** Of a result of several tables, these in their order. */
  Tables?: { Name: string; File: string; Rows: number; Bytes: number }[];
  /** What a filter ruled out without reading it. */
  Skipped?: { RowGroups: number; Pages: number; Rows: number };
  /** Columns that not all files of the data have alike, and how they were read. */
  Joined?: string[];
}

/** How far a running job is. */
interface ProgressFigures {
  Seconds: number;
  SecondsLeft: number | null;
  RowsDone: number;
  RowsTotal: number | null;
  TasksDone: number;
  TasksTotal: number | null;
}

/** How a job stands. A running one has figures of its progress, a complete one those of its run. */
export interface JobInfo extends Partial<RunFigures>, Partial<ProgressFigures> {
  Id: string;
  State: JobState;
  Directory: string;
  Base: string;
  File: string;
  /** JSON; a long text is shortened. */
  Params?: string;
  Output?: string;
  Client: string;
  Owner?: string;
  Key?: string;
  Priority: number;
  /** Times are of ISO 8601, in UTC. */
  Submitted: string;
  Started: string | null;
  Ended: string | null;
  Attempts: number;
  Result?: { Directory: string; File: string };
  Error?: ErrorInfo;
}

/** How a job stands, as replies and the page tell it. */
export function jobInfo({ record, progress, seconds }: JobStatus): JobInfo {
  const { id, state, priority, client, owner, key, directory, base, file } = record;
  const { params, output, report, error } = record;
  return {
    Id: id,
    State: state,
    Directory: directory,
    Base: base,
    File: file,
    ...(params === null ? {} : { Params: params }),
    ...(output === null ? {} : { Output: output }),
    Client: client,
    ...(owner === null ? {} : { Owner: owner }),
    ...(key === null ? {} : { Key: key }),
    Priority: priority,
    Submitted: time(record.submitted),
    Started: record.started === null ? null : time(record.started),
    Ended: record.ended === null ? null : time(record.ended),
    Attempts: record.attempts,
    ...(seconds === null ? {} : progressFigures(seconds, progress)),
    ...(report === null || !isEnded(state)
      ? {}
      : { Result: { Directory: directory, File: report.file }, ...runFigures(report) }),
    ...(error === null ? {} : { Error: errorInfo(error) }),
  };
}

/** A report's figures. */
export function runFigures(report: JobReport): RunFigures {
  return {
    Kind: report.kind,
    Rows: report.rows,
    Partitions: report.partitions,
    // To the microsecond, without the digits that are none of its own.
    Seconds: Math.round(report.seconds * 1e6) / 1e6,
    BytesRead: report.bytesRead,
    BytesWritten: report.bytesWritten,
    Workers: report.workers,
    ...(report.tables && {
      Tables: report.tables.map(({ name, file, rows, bytes }) => ({
        Name: name,
        File: file,
        Rows: rows,
        Bytes: bytes,
      })),
    }),
    ...(report.skipped && {
      Skipped: {
        RowGroups: report.skipped.rowGroups,
        Pages: report.skipped.pages,
        Rows: report.skipped.rows,
      },
    }),
    ...(report.joined && { Joined: report.joined }),
  };
}

function progressFigures(seconds: number, progress: JobStatus["progress"]): ProgressFigures {
  const left = progress === null ? null : secondsLeft(progress, seconds);
  return {
    Seconds: seconds,
    SecondsLeft: left === null ? null : Math.round(left * 1000) / 1000,
    RowsDone: progress?.rowsDone ?? 0,
    RowsTotal: progress?.rows ?? null,
    TasksDone: progress?.done ?? 0,
    TasksTotal: progress?.total ?? null,
  };
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
