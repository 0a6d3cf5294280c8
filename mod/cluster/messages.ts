/** What travels through BullMQ's queues. */
import { type ErrorRecord, ServiceError } from "../errors.ts";
import type { JobReport } from "../job.ts";

/** Of a flow's parent and of its children: whose they are, and the digest of the plan. */
export interface FlowData {
  job: string;
  flow: string;
  plan: string;
}

/** A part of a job: partitions `from` up to `to`; null for all that there is to do, in one piece. */
export interface TaskData extends FlowData {
  span: { from: number; to: number } | null;
}

/** What a server has to know to take up a flow again. */
export interface ParentData extends FlowData {
  groups: number;
  partitions: number;
  each: number;
  rows: number;
  /** When the job was submitted, in milliseconds since 1970. */
  began: number;
}

/** What a part of a job came to. */
export interface TaskResult {
  /** With what has to be put together, or where the result lies if that is all. */
  report: JobReport;
  /** Hidden name of the result, where it is whole: {@linkcode PartialPlace.part}. */
  part: string;
  /** Rows of the dataset that the part was of. */
  rows: number;
  node: string;
  workers: number;
}

/** A whole result under its hidden name. */
export interface FlowResult {
  report: JobReport;
  part: string;
}

/** How far a part is. */
export interface TaskProgress {
  done: number;
  rows: number;
  /** Lines that the formula printed, from the one of this index on. */
  at: number;
  lines: string[];
}

/** An error as the reason of a failure that BullMQ keeps. */
export function reasonOf(error: ServiceError): string {
  return JSON.stringify(error.toRecord());
}

/** The error that a failure is told by. */
export function errorOf(reason: string): ServiceError {
  try {
    return ServiceError.fromRecord(JSON.parse(reason) as ErrorRecord);
  } catch {
    const lost = /stalled more than/.test(reason);
    return new ServiceError(
      lost ? "INTERRUPTED" : "INTERNAL",
      lost
        ? "the nodes that had the job, or a part of it, were lost one after another; send it again"
        : `the cluster failed: ${reason}`,
    );
  }
}
