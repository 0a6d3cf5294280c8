/** How many ended jobs are kept, how long, and how much of them. */
export interface Keeping {
  keepSeconds: number;
  keepJobs: number;
  /** Of their requests, results and logs, as text. */
  keepBytes: number;
}

/** How many jobs there may be. */
export interface JobsLimits extends Keeping {
  /** That run at once. */
  jobs: number;
  /** That wait; one more is refused with `BUSY`. */
  queue: number;
  /** Of one client that wait; one more is refused with `BUSY`. */
  clientQueue: number;
  /** Runs of a job that was interrupted by the end of the service, the first one included. */
  attempts: number;
}
