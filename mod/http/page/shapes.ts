import type { Role } from "../../access/principal.ts";
import type { ErrorInfo } from "../../wire/error_info.ts";
import type { JobInfo } from "../../wire/job_info.ts";
import type { Statistic } from "../../wire/statistic.ts";
import type { Sample } from "../metrics/history.ts";

/*
 * What the page is told: the API's answers by their paths, and events. The page's own modules take their
 * types from here.
 */

/** `/api/history`: the last hour, the oldest first. */
export interface HistoryAnswer {
  Samples: Sample[];
}

/** `/api/session`: who asks. */
export interface SessionAnswer {
  /** Null where clients aren't told apart. */
  Name: string | null;
  Role: Role;
}

/** `/api/jobs`: the newest first. */
export interface JobsAnswer {
  Jobs: JobInfo[];
}

/** `/api/jobs/ID`, and `/api/jobs/ID/cancel`. */
export interface JobAnswer {
  Job: JobInfo;
}

/** `/api/jobs/ID/log`: what the formula has printed so far. */
export interface LogAnswer {
  Log: string[];
}

/** A column of a result. */
export interface ColumnInfo {
  Name: string;
  Kind: string;
  Type: string;
  Unit: string | null;
}

/** `/api/jobs/ID/result`: of a result that is no table its text, where that is short enough. */
export interface ResultAnswer {
  File: string;
  Rows: number;
  Columns?: ColumnInfo[];
  Text?: string | null;
}

/** Points of a column: x at the first row of each bin, and the least and greatest value in it. */
export interface PlotPoints {
  x: (number | null)[];
  min: (number | null)[];
  max: (number | null)[];
}

/** `/api/jobs/ID/plot`: rows `From` up to `To` (not included), and those at which bins begin. */
export interface PlotAnswer {
  From: number;
  To: number;
  /** Of the whole result. */
  Rows: number;
  Edges: number[];
  /** `ascending`: whether x ascends. */
  Plot: { points: PlotPoints; ascending: boolean };
}

/** Of a request that failed. */
export interface FailureAnswer {
  Error: ErrorInfo;
}

/** `/api/events`: events by their names. */
export interface Events {
  /** The newest jobs, and those that haven't ended. */
  jobs: JobInfo[];
  service: Statistic;
  /** Why the jobs can't be told. */
  trouble: string;
}
