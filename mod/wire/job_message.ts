import type { JobRequest } from "../job/request.ts";
import {
  isEnded,
  JOB_STATES,
  type JobFilter,
  type JobState,
  type JobStatus,
  secondsLeft,
} from "../job/record.ts";
import {
  completeReply,
  errorFields,
  jobFields,
  type JsonObject,
  reportFields,
  type Request,
  requestFields,
  shortText,
  wrong,
} from "./message.ts";
import { ACTIONS, refuseMistyped } from "./request_fields.ts";

/** What a `Job` request asks for. */
export type JobAction =
  | { action: "submit"; job: JobRequest; key?: string }
  | { action: "status" | "result" | "watch" | "cancel" | "log"; id: string }
  | { action: "list"; filter: JobFilter };

const LIST_LIMIT = 50, LONGEST_LIST = 1000;

/** @throws {ServiceError} `BAD_REQUEST` naming the field, what came and what is wanted */
export function jobAction(request: Request): JobAction {
  const fields = requestFields(request.value, "Job", "an object with an Action");
  const { Action } = fields;
  const name = typeof Action === "string" ? Action.toLowerCase() : "";
  const action = ACTIONS.find((one) => one.toLowerCase() === name);
  switch (action) {
    case undefined: {
      const wanted = `one of ${ACTIONS.map((one) => `"${one}"`).join(", ")}`;
      throw wrong(fields, "Action", wanted, ACTIONS);
    }
    case "Submit": {
      const key = shortText(fields, "Key");
      const job = jobFields(fields, request.frame, action);
      return { action: "submit", job, ...(key === undefined ? {} : { key }) };
    }
    case "List":
      refuseMistyped(fields, action);
      return { action: "list", filter: listFilter(fields) };
    default: {
      refuseMistyped(fields, action);
      const { Id } = fields;
      if (typeof Id !== "string" || Id === "") throw wrong(fields, "Id", "the id of a job");
      return { action: name as "status", id: Id };
    }
  }
}

function listFilter(fields: JsonObject): JobFilter {
  const { State, Limit = LIST_LIMIT, After } = fields;
  const client = shortText(fields, "Client");
  if (!Number.isSafeInteger(Limit) || (Limit as number) < 1 || (Limit as number) > LONGEST_LIST) {
    throw wrong(fields, "Limit", `a whole number from 1 to ${LONGEST_LIST}`);
  }
  if (After !== undefined && (typeof After !== "string" || !/^\d{1,15}$/.test(After))) {
    throw wrong(fields, "After", "what Next of the page before said");
  }
  const states = State === undefined || Array.isArray(State) ? State : [State];
  const known: readonly unknown[] = JOB_STATES;
  if (states !== undefined && (states.length === 0 || states.some((one) => !known.includes(one)))) {
    throw wrong(fields, "State", `one of ${JOB_STATES.join(", ")}, or a list of them`, JOB_STATES);
  }
  return {
    limit: Limit as number,
    ...(client === undefined ? {} : { client }),
    ...(After === undefined ? {} : { before: Number(After) }),
    ...(states === undefined ? {} : { states: states as JobState[] }),
  };
}

/** The reply that tells how a job stands. */
export function jobStatusReply(request: Request, status: JobStatus): string {
  const { id, state } = status.record;
  return completeReply(
    request,
    `Job ${id}: ${state}`,
    `"Job":${JSON.stringify(statusFields(status))}`,
  );
}

/**
 * The reply that lists jobs. Of a page that would make it longer than `maxBytes` the rest is left to the next page.
 *
 * @param limit How many were asked for.
 */
export function jobListReply(
  request: Request,
  jobs: JobStatus[],
  limit: number,
  maxBytes: number,
): string {
  const texts: string[] = [];
  let room = maxBytes - 2 * request.frame.text.length - 200;
  for (const job of jobs) {
    const text = JSON.stringify(statusFields(job));
    room -= 3 * text.length; // bytes of a UTF-16 unit, at most
    if (room < 0 && texts.length > 0) break;
    texts.push(text);
  }
  const last = jobs[texts.length - 1]?.record.seq;
  const more = texts.length < jobs.length || jobs.length === limit;
  const next = more ? `,"Next":"${last}"` : "";
  return completeReply(request, `Jobs: ${texts.length}`, `"Jobs":[${texts.join(",")}]${next}`);
}

/** The reply that tells what a formula printed. Of a log that would make it longer than `maxBytes` the first lines are left out. */
export function jobLogReply(
  request: Request,
  id: string,
  lines: string[],
  maxBytes: number,
): string {
  let room = maxBytes - 2 * request.frame.text.length - 300;
  let first = lines.length;
  while (first > 0 && (room -= 3 * JSON.stringify(lines[first - 1]).length) > 0) first--;
  const job = { Id: id, Log: lines.slice(first), ...(first > 0 ? { LinesLeftOut: first } : {}) };
  return completeReply(request, `Job ${id}: ${lines.length} lines`, `"Job":${JSON.stringify(job)}`);
}

/** How a job stands, as replies tell it. */
export function statusFields({ record, progress, seconds }: JobStatus): JsonObject {
  const { id, state, priority, client, owner, key, directory, base, file, report, error } = record;
  return {
    Id: id,
    State: state,
    Directory: directory,
    Base: base,
    File: file,
    Client: client,
    ...(owner === null ? {} : { Owner: owner }),
    ...(key === null ? {} : { Key: key }),
    Priority: priority,
    Submitted: time(record.submitted),
    Started: time(record.started),
    Ended: time(record.ended),
    Attempts: record.attempts,
    ...(seconds === null ? {} : runningFields(seconds, progress)),
    ...(report === null || !isEnded(state)
      ? {}
      : { Result: { Directory: directory, File: report.file }, ...reportFields(report) }),
    ...(error === null ? {} : { Error: errorFields(error) }),
  };
}

function runningFields(seconds: number, progress: JobStatus["progress"]): JsonObject {
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

function time(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
