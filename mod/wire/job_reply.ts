import { byteLength } from "../common/byte_length.ts";
import type { JsonObject } from "../common/json_object.ts";
import type { JobStatus } from "../job/record.ts";
import type { JobReport, JobRequest } from "../job/request.ts";
import { type JobInfo, jobInfo, type RunFigures, runFigures } from "./job_info.ts";
import { compact } from "./json_text.ts";
import { completeReply, descriptionOf } from "./reply.ts";
import type { Request } from "./request.ts";

/** What a complete job came to. */
export interface JobResult {
  Directory: string;
  File: string;
  /** Figures of the run. */
  Job: RunFigures & { Id: string; Log?: string[] };
  /** A result that is not columns, where it is small enough to be sent. */
  Result?: unknown;
}

/** What a formula has printed; where that is too long, without its first lines. */
interface JobLog {
  Id: string;
  Log: string[];
  LinesLeftOut?: number;
}

/**
 * The reply to a job that has finished. What makes it longer than `maxBytes` and is in the result file
 * or a convenience (the result's text, then the log) is left out.
 */
export function jobReply(
  request: Request,
  { directory }: JobRequest,
  report: JobReport,
  maxBytes: number,
): string {
  const place = { Directory: directory, File: report.file };
  const figures: JobResult["Job"] = { Id: report.id, ...runFigures(report) };
  const whole = (log: string[], result: string | undefined) => {
    const job = JSON.stringify(log.length > 0 ? { ...figures, Log: log } : figures);
    const text = result === undefined ? "" : `,"Result":${oneLine(result)}`;
    return completeReply(request, place, `"Job":${job}${text}`);
  };

  const full = whole(report.log, report.result);
  if (byteLength(full) < maxBytes) return full;
  const withoutResult = whole(report.log, undefined);
  return byteLength(withoutResult) < maxBytes ? withoutResult : whole([], undefined);
}

function oneLine(json: string): string {
  return json.includes("\n") || json.includes("\r") ? compact(json) : json;
}

/** What a response to a finished job says of its result. */
export function resultIn(response: JsonObject): JobResult {
  const { Job, Result } = response as Pick<JobResult, "Job" | "Result">;
  const { Directory, File } = descriptionOf(response) as JobResult;
  return { Directory, File, Job, ...(Result === undefined ? {} : { Result }) };
}

/** The reply that tells how a job stands. */
export function jobStatusReply(request: Request, status: JobStatus): string {
  const { id, state } = status.record;
  const job = JSON.stringify(jobInfo(status));
  return completeReply(request, `Job ${id}: ${state}`, `"Job":${job}`);
}

/** How a response says that a job stands. */
export function jobIn(response: JsonObject): JobInfo {
  return response.Job as JobInfo;
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
    const text = JSON.stringify(jobInfo(job));
    room -= 3 * text.length; // bytes of a UTF-16 unit, at most
    if (room < 0 && texts.length > 0) break;
    texts.push(text);
  }
  const last = jobs[texts.length - 1]?.record.seq;
  const more = texts.length < jobs.length || jobs.length === limit;
  const next = more ? `,"Next":"${last}"` : "";
  return completeReply(request, `Jobs: ${texts.length}`, `"Jobs":[${texts.join(",")}]${next}`);
}

/** The jobs that a response lists, and what to ask for the next ones, if there are any. */
export function jobsIn(response: JsonObject): { jobs: JobInfo[]; next?: string } {
  const { Jobs, Next } = response as { Jobs: JobInfo[]; Next?: string };
  return { jobs: Jobs, ...(Next === undefined ? {} : { next: Next }) };
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
  const left = first > 0 ? { LinesLeftOut: first } : {};
  const job: JobLog = { Id: id, Log: lines.slice(first), ...left };
  return completeReply(request, `Job ${id}: ${lines.length} lines`, `"Job":${JSON.stringify(job)}`);
}

/** What a response says that a formula has printed. */
export function logIn(response: JsonObject): string[] {
  return (response.Job as JobLog).Log;
}
