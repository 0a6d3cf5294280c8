import type { JobRecord } from "../job/record.ts";
import type { JobRequest } from "../job/request.ts";
import { ActiveJob } from "./active.ts";
import { JobClock } from "./clock.ts";
import { paramsText, shortened } from "./job_words.ts";
import type { Waiting } from "./queue.ts";

/** Who asks for a job, and under which key. */
export interface Origin {
  /** Where nothing else is said, jobs with the same one take turns with those of others. */
  client?: string;
  /** A job that its owner submitted under this key already is not submitted again. */
  key?: string;
  /** Name of the client that the job belongs to; null where clients aren't told apart. */
  owner?: string | null;
  /** Real paths of the folders it may name files under; null for all roots of the service. */
  roots?: readonly string[] | null;
  /** Among the jobs of all clients; the request's priority where it is absent. */
  precedence?: number;
  /** Told the job's id when it is taken on. */
  onAdmit?: (id: string) => void;
}

/** Characters of a base's name in lists, and of other names, which are paths. */
const LONGEST_BASE = 200, LONGEST_NAME = 4096;

/**
 * A job that has just come.
 *
 * @param seq Its number.
 * @param attached Somebody waits for it on an open connection.
 */
export function newJob(
  request: JobRequest,
  origin: Origin,
  { seq, attached }: Pick<JobRecord, "seq" | "attached">,
): ActiveJob {
  const { directory, base, file, priority = 0 } = request;
  const { key = null, owner = null, roots = null, precedence = priority } = origin;
  const name = typeof base === "string" ? base : base.join(", ");
  const clock = new JobClock();
  return new ActiveJob({
    seq,
    id: crypto.randomUUID(),
    key,
    client: clientOf(request, origin),
    owner,
    roots,
    attached,
    priority,
    precedence,
    directory: shortened(directory, LONGEST_NAME),
    base: shortened(name, LONGEST_BASE),
    file: shortened(file, LONGEST_NAME),
    params: paramsText(request),
    output: request.output ?? null,
    state: "queued",
    attempts: 0,
    submitted: clock.now(),
    started: null,
    ended: null,
    report: null,
    error: null,
  }, clock);
}

/** Who takes turns with others for a job: its owner, and where it has none, the client it is for. */
export function turnOf({ owner, client }: Pick<JobRecord, "owner" | "client">): string {
  return owner ?? client;
}

/** Who would take turns for a job that is asked for. */
export function turnOfRequest(request: JobRequest, origin: Origin): string {
  return turnOf({ owner: origin.owner ?? null, client: clientOf(request, origin) });
}

/** A job's place in the queue. */
export function placeOf(record: JobRecord): Waiting {
  const { id, priority, precedence } = record;
  return { id, client: turnOf(record), priority, precedence };
}

function clientOf(request: JobRequest, origin: Origin): string {
  return request.client ?? origin.client ?? "";
}
