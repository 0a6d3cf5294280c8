import { ServiceError } from "../common/errors.ts";
import { log, reportedError } from "../common/log.ts";
import type { Outcome } from "../job/record.ts";

/** Why a run is ended before its time: its client wants it no more, or the service stops. */
export const CANCELLED = new ServiceError("CANCELLED", "the job was cancelled");
export const STOPPED = new ServiceError(
  "CANCELLED",
  "the service was stopped before the job had ended: send it again",
);

/** The end of a job that nobody wants any more. */
export function cancelled(error: ServiceError): Outcome {
  return { state: "cancelled", error: error.toRecord() };
}

/** The end of a job that threw something; what is the service's own fault is reported. */
export function failed(thrown: unknown): Outcome {
  return { state: "failed", error: reportedError("a job failed unexpectedly", thrown).toRecord() };
}

/** The end of a job that the service's own end has interrupted. */
export function interrupted(why: string): Outcome {
  const message = `the job was interrupted: ${why}; send it again`;
  return { state: "failed", error: new ServiceError("INTERRUPTED", message).toRecord() };
}

/** Tells the log how a job ended. */
export function logEnd(job: string, outcome: Outcome): void {
  if (outcome.state === "complete") {
    const { rows, seconds } = outcome.report;
    log.job.info("{job} complete: {rows} rows in {seconds} s", { job, rows, seconds });
  } else if (outcome.state === "failed") {
    log.job.warn("{job} failed with {code}", { job, code: outcome.error.code });
  } else log.job.info("{job} cancelled", { job });
}
