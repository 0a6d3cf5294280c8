import type { ErrorRecord } from "../common/errors.ts";
import type { JobProgress, JobReport } from "./request.ts";

/** Where a job is in its life; the last three are ends, and final. */
export const JOB_STATES = ["queued", "running", "complete", "failed", "cancelled"] as const;

/** Where a job is in its life: {@linkcode JOB_STATES}. */
export type JobState = typeof JOB_STATES[number];

/** What is known of a job beside its request, its log and its result. Times are milliseconds since 1970. */
export interface JobRecord {
  /** Grows from job to job. */
  seq: number;
  id: string;
  /** Submitting it again under this key gives this very job. */
  key: string | null;
  /** Who asked for it: a name of their own, or an address. */
  client: string;
  /** Name of the client it belongs to; null where clients weren't told apart. */
  owner: string | null;
  /** Folders it may name files under; null for all roots of the service. */
  roots: readonly string[] | null;
  /** Somebody waits for it on an open connection; it doesn't outlive the service. */
  attached: boolean;
  /** Among the jobs of its client, and among those of all. */
  priority: number;
  precedence: number;
  /** Of the request, for lists. */
  directory: string;
  base: string;
  file: string;
  /** JSON; null where there are none. */
  params: string | null;
  output: string | null;
  state: JobState;
  /** Runs that were begun and not interrupted by a stop. */
  attempts: number;
  submitted: number;
  started: number | null;
  ended: number | null;
  /** Of a complete job; without the result's text and the log. */
  report: JobReport | null;
  /** Of a failed or a cancelled one. */
  error: ErrorRecord | null;
}

/** How many jobs there are in each state; those that ended, since the start of the service. */
export interface JobCounts {
  running: number;
  queued: number;
  /** That are complete. */
  done: number;
  failed: number;
  cancelled: number;
}

/** A job as it is now. */
export interface JobStatus {
  record: JobRecord;
  /** Of a running one that has told already. */
  progress: JobProgress | null;
  /** How long a running one has run. */
  seconds: number | null;
}

/** How a job ended. */
export type Outcome =
  | { state: "complete"; report: JobReport }
  | { state: "failed" | "cancelled"; error: ErrorRecord };

/** What lists of jobs can be sorted by. */
export const JOB_ORDERS = ["submitted", "file", "state", "client", "seconds"] as const;

/** What a list is sorted by; jobs that are alike in that, and all where there is none, are the newest first. */
export interface JobOrder {
  by: typeof JOB_ORDERS[number];
  descending: boolean;
}

/** Which jobs a list is of. */
export interface JobFilter {
  states?: JobState[];
  client?: string;
  owner?: string;
  file?: string;
  /** They have all of these in what tells one job from another, in small letters. */
  words?: string[];
  /** Submitted from the one on, and before the other, in milliseconds since 1970. */
  from?: number;
  to?: number;
  order?: JobOrder;
  /** Only jobs that came before the one with this number. */
  before?: number;
  /** Jobs at most. */
  limit: number;
}

/** Names that jobs have, in their order. */
export interface JobNames {
  files: string[];
  clients: string[];
}

export function isEnded(state: JobState): boolean {
  return state === "complete" || state === "failed" || state === "cancelled";
}

/**
 * Seconds until a job is done, if it goes on as it has.
 *
 * @param seconds It has run for.
 * @return null where nothing is done yet.
 */
export function secondsLeft(
  { done, total, rowsDone, rows }: JobProgress,
  seconds: number,
): number | null {
  const share = rowsDone > 0 && rows > 0 ? rowsDone / rows : total > 0 ? done / total : 0;
  return share > 0 ? Math.max(0, seconds * (1 - share) / share) : null;
}
