import type { Role } from "../../access/principal.ts";
import type { ErrorInfo } from "../../wire/error_info.ts";
import type { JobFields } from "../../wire/job_fields.ts";
import type { JobInfo } from "../../wire/job_info.ts";
import type { FormulaInfo, LogLines } from "../../wire/job_reply.ts";
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

/** `/api/session`: who asks, and how jobs are sent. */
export interface SessionAnswer {
  /** Null where clients aren't told apart. */
  Name: string | null;
  Role: Role;
  /** Where requests are taken, as far as it concerns who asks; null while none are. */
  Service: {
    Host: string;
    Port: number;
    Tls: boolean;
    /** Requests carry a token. */
    Token: boolean;
    /** The first folder that jobs may name. */
    Folder: string;
  } | null;
}

/** `/api/jobs`: those that were asked for, and whether there are more of them. */
export interface JobsAnswer {
  Jobs: JobInfo[];
  More: boolean;
}

/** `/api/names`: of formulas and clients that jobs have. */
export interface NamesAnswer {
  Formulas: string[];
  Clients: string[];
}

/** `/api/jobs/ID/request`: what a job asks for, as the protocol has it. */
export interface RequestAnswer {
  Request: JobFields;
}

/** `/api/jobs/ID`, `/api/jobs/ID/cancel`, and the new job of `/api/jobs/ID/retry`. */
export interface JobAnswer {
  Job: JobInfo;
}

/** `/api/jobs/ID/log`: what the formula has printed so far. */
export type LogAnswer = LogLines;

/** `/api/jobs/ID/formula`: the formula as it ran; null where that isn't known. */
export interface FormulaAnswer {
  Formula: FormulaInfo | null;
}

/** A column of a result. */
export interface ColumnInfo {
  Name: string;
  Kind: string;
  Type: string;
  Unit: string | null;
  /** Whether a plot can show it. */
  Plots: boolean;
  /** Whether a plot can have a line for each of its values. */
  Groups: boolean;
}

/** `/api/jobs/ID/result`: of a result that is no table its text, where that is short enough. */
export interface ResultAnswer {
  File: string;
  /** Of a result of several tables: the one that is described, and all. */
  Table?: string;
  Tables?: string[];
  Rows: number;
  Columns?: ColumnInfo[];
  Text?: string | null;
}

/** A line of a plot: the least and greatest value in each bin. */
export interface PlotLine {
  /** Indices of the bins that have rows of the group; not given where all bins are told of. */
  bins?: number[];
  min: (number | null)[];
  max: (number | null)[];
}

/** What an engine gives for a plot. */
export interface PlotPoints {
  /** At the first row of each bin. */
  x: (number | null)[];
  /** In the order of the columns that were asked for, or of the groups. */
  lines: PlotLine[];
  /** Whether x ascends. */
  ascending: boolean;
  /** Columns with whole numbers beyond 2^53, of which the nearest doubles are told. */
  rounded: string[];
}

/** `/api/jobs/ID/plot`: rows `From` up to `To` (not included), and those at which bins begin. */
export interface PlotAnswer {
  From: number;
  To: number;
  /** Of the whole result. */
  Rows: number;
  Edges: number[];
  /** Where there is a line for each value of a column: these, as texts or null. */
  Groups?: (string | null)[];
  Plot: PlotPoints;
}

/** `/api/jobs/ID/rows`: rows `From` up to `To` (not included), each a text or null for every column. */
export interface RowsAnswer {
  From: number;
  To: number;
  /** Of the whole result. */
  Rows: number;
  Page: { count: number; rows: (string | null)[][] };
}

/** `/api/jobs/ID/download`: the file that `/api/jobs/ID/file` sends. */
export interface DownloadAnswer {
  File: string;
  Bytes: number;
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
