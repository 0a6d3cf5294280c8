import { byteLength } from "../common/byte_length.ts";
import type { JsonObject } from "../common/json_object.ts";
import type { JobStatus } from "../job/record.ts";
import type { FormulaSource } from "../job/formula_source.ts";
import type { LineageModule } from "../job/lineage.ts";
import type { LogLine } from "../job/log_line.ts";
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

/** What a formula has printed, and for each line when and on which partition. */
export interface LogLines {
  Log: string[];
  /** Of ISO 8601, in UTC; null for lines of an earlier version of the service. */
  LogTimes: (string | null)[];
  /** Null for lines of calls on all of the data. */
  LogPartitions: (number | null)[];
}

/** A formula as it ran. */
export interface FormulaInfo {
  /** The text of its file; of a long one the beginning. */
  Text: string;
  /** Whether it goes on. */
  Cut: boolean;
  /** Of the whole file. */
  Bytes: number;
  /** The file and then those that it imports, by name. */
  Modules: LineageModule[];
}

/** What a formula has printed; where that is too long, without its first lines. */
interface JobLog extends LogLines {
  Id: string;
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

  const log = report.log.map(({ text }) => text);
  const full = whole(log, report.result);
  if (byteLength(full) < maxBytes) return full;
  const withoutResult = whole(log, undefined);
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
  lines: readonly LogLine[],
  maxBytes: number,
): string {
  let room = maxBytes - 2 * request.frame.text.length - 300;
  let first = lines.length;
  while (first > 0 && (room -= bytesOf(lines[first - 1]!)) > 0) first--;
  const left = first > 0 ? { LinesLeftOut: first } : {};
  const job: JobLog = { Id: id, ...logLines(lines.slice(first)), ...left };
  return completeReply(request, `Job ${id}: ${lines.length} lines`, `"Job":${JSON.stringify(job)}`);
}

/** Bytes of a line, its time and its partition in a reply, at most. */
function bytesOf({ text }: LogLine): number {
  return 3 * JSON.stringify(text).length + 50;
}

/** Lines as replies and the page tell them. */
export function logLines(lines: readonly LogLine[]): LogLines {
  return {
    Log: lines.map(({ text }) => text),
    LogTimes: lines.map(({ time }) => time === undefined ? null : new Date(time).toISOString()),
    LogPartitions: lines.map(({ partition }) => partition ?? null),
  };
}

/** The reply that tells a formula as it ran. */
export function jobFormulaReply(
  request: Request,
  id: string,
  source: FormulaSource | null,
): string {
  const text = source === null ? "its formula is not known" : `${source.bytes} bytes of formula`;
  const job = JSON.stringify({ Id: id, Formula: formulaInfo(source) });
  return completeReply(request, `Job ${id}: ${text}`, `"Job":${job}`);
}

/** A formula as replies and the page tell it; null where it isn't known. */
export function formulaInfo(source: FormulaSource | null): FormulaInfo | null {
  if (source === null) return null;
  const { text, cut, bytes, modules } = source;
  return { Text: text, Cut: cut, Bytes: bytes, Modules: modules };
}

/** What a response says that a formula has printed. */
export function logIn(response: JsonObject): string[] {
  return (response.Job as JobLog).Log;
}
