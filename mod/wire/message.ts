import { type ErrorRecord, ServiceError } from "../common/errors.ts";
import { type JobLimits, type JobReport, type JobRequest, RESULT_CODECS } from "../job/request.ts";
import { meantOrAll, nearest } from "../common/nearest.ts";
import { refuseInexact } from "./exact_numbers.ts";
import type { Frame } from "./framing.ts";
import { compact, members } from "./json_text.ts";
import { meantWord, refuseMistyped } from "./request_fields.ts";

/** A JSON object as `JSON.parse` gives it. */
export type JsonObject = Record<string, unknown>;

/** One request: what it says, and its text, from which the echo is made. */
export interface Request {
  value: JsonObject;
  frame: Frame;
}

/** What a request's `Header` can ask for. */
export type Header = "info" | "dask" | "job";

/** What the name of a formula file gets, in place of its ending, to become its result's name. */
export const RESULT_SUFFIX = "_ansver";

/** @throws {ServiceError} `BAD_JSON` when the frame's brackets match, but it is not JSON. */
export function parseFrame(frame: Frame): JsonObject {
  try {
    return JSON.parse(frame.text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServiceError("BAD_JSON", `the request is not JSON: ${discreet(reason, frame.text)}`);
  }
}

/** V8's reason without its excerpt of the text, where a token may stand in it. */
function discreet(reason: string, text: string): string {
  return /token|\\u/i.test(text) ? reason.replace(/, (\.\.\.)?".*$/s, "") : reason;
}

/** Does this request keep its connection open for more? */
export function keepsAlive(value: JsonObject): boolean {
  const connection = value.Connection;
  return typeof connection === "string" && connection.toLowerCase() === "keep-alive";
}

/**
 * The request's header, checked with everything that all requests have in common.
 *
 * @throws {ServiceError} `UNKNOWN_HEADER`; `BAD_REQUEST` for a key written twice or a `Connection` unknown
 */
export function headerOf(request: Request): Header {
  const { value, frame } = request;
  const header = knownHeader(value);
  if (header === null) {
    throw new ServiceError(
      "UNKNOWN_HEADER",
      `Header must be "Info", "Dask" or "Job", but ${came(value, "Header")}${
        meantWord(value.Header, ["Info", "Dask", "Job"])
      }`,
    );
  }
  if (frame.keys !== Object.keys(value).length || frame.innerKeys !== innerKeys(value)) {
    const text = compact(frame.text);
    const outer = members(text);
    refuseRepeated(outer.map(({ key }) => key), "");
    if (isObject(value.Request)) {
      const inner = members(outer.find(({ key }) => key === "Request")!.value);
      refuseRepeated(inner.map(({ key }) => key), "Request.");
    }
  }
  if (Object.hasOwn(value, "Connection") && !keepsAlive(value)) {
    const { Connection } = value;
    if (typeof Connection !== "string" || Connection.toLowerCase() !== "close") {
      throw new ServiceError(
        "BAD_REQUEST",
        `Connection must be "keep-alive" or "close", but ${came(value, "Connection")}`,
      );
    }
  }
  return header;
}

/**
 * The name an `Info` request asks for, in lower case.
 *
 * @param known the names there are, as they are written
 * @throws {ServiceError} `BAD_REQUEST`
 */
export function infoName(value: JsonObject, known: readonly string[]): string {
  const asked = value.Request;
  if (typeof asked === "string") {
    const name = asked.toLowerCase();
    if (known.some((one) => one.toLowerCase() === name)) return name;
  }
  const names = known.map((name) => `"${name}"`).join(", ");
  throw new ServiceError(
    "BAD_REQUEST",
    `Request of Info must be one of ${names}, but ${came(value, "Request")}${
      meantWord(asked, known)
    }`,
  );
}

/** The greatest priority of a job; the least is as far below 0. */
const MOST_PRIORITY = 100;

/**
 * The job a `Dask` request asks for.
 *
 * @throws {ServiceError} `BAD_REQUEST` naming the field, what came and what is wanted
 */
export function jobRequest(request: Request): JobRequest {
  const fields = requestFields(request.value, "Dask", "an object with Directory, Base and File");
  return jobFields(fields, request.frame, "Dask");
}

/** The `Request` of a header whose requests are objects. @throws {ServiceError} `BAD_REQUEST` */
export function requestFields(value: JsonObject, header: string, wanted: string): JsonObject {
  if (isObject(value.Request)) return value.Request;
  throw new ServiceError(
    "BAD_REQUEST",
    `Request of ${header} must be ${wanted}, but ${came(value, "Request")}`,
  );
}

/**
 * The job that a request's fields ask for.
 *
 * @param frame Of the whole request: numbers are looked at as they are written.
 * @throws {ServiceError} `BAD_REQUEST`
 */
export function jobFields(
  fields: JsonObject,
  frame: Frame,
  request: "Dask" | "Submit",
): JobRequest {
  refuseMistyped(fields, request);
  const job: JobRequest = {
    directory: text(fields, "Directory", "a folder's path"),
    base: baseNames(fields),
    file: text(fields, "File", "the name of a formula file"),
  };
  if (Object.hasOwn(fields, "Params")) {
    refuseInexact(frame.text);
    job.params = fields.Params;
  }
  if (Object.hasOwn(fields, "Output")) job.output = outputName(fields);
  if (Object.hasOwn(fields, "Codec")) {
    const codec = RESULT_CODECS.find((one) => one === fields.Codec);
    if (codec === undefined) {
      const known = RESULT_CODECS.map((one) => `"${one}"`).join(", ");
      throw wrong(fields, "Codec", `one of ${known}`, RESULT_CODECS);
    }
    job.codec = codec;
  }
  if (Object.hasOwn(fields, "TimeoutSeconds")) {
    const seconds = fields.TimeoutSeconds;
    if (typeof seconds !== "number" || !Number.isFinite(seconds) || seconds <= 0) {
      throw wrong(fields, "TimeoutSeconds", "a number of seconds above 0");
    }
    job.timeoutSeconds = seconds;
  }
  if (Object.hasOwn(fields, "Priority")) {
    const priority = fields.Priority;
    if (!Number.isSafeInteger(priority) || Math.abs(priority as number) > MOST_PRIORITY) {
      throw wrong(fields, "Priority", `an integer from -${MOST_PRIORITY} to ${MOST_PRIORITY}`);
    }
    job.priority = priority as number;
  }
  if (Object.hasOwn(fields, "Limits")) job.limits = jobLimits(fields);
  const client = shortText(fields, "Client");
  if (client !== undefined) job.client = client;
  return job;
}

/** The reply to an `Info` request; `statistic` is JSON text. */
export function infoReply(request: Request, description: string, statistic: string): string {
  return completeReply(request, description, `"Statistic":${statistic}`);
}

/** The reply to a request that went well. @param members Text of what the response has beside its description. */
export function completeReply(request: Request, description: string, members: string): string {
  return `${echo(request)}"Response":{"Status":"complete","Discription":${
    JSON.stringify(description)
  },${members}}}`;
}

/**
 * The reply to a job that has finished. What makes it longer than `maxBytes` and is in the result file
 * or a convenience (the result's text, then the log) is left out.
 */
export function jobReply(
  request: Request,
  job: JobRequest,
  report: JobReport,
  maxBytes: number,
): string {
  const description = JSON.stringify({ Directory: job.directory, File: report.file });
  const figures = { Id: report.id, ...reportFields(report) };
  const whole = (log: string[], result: string | undefined) =>
    `${echo(request)}"Response":{"Status":"complete","Discription":${description},"Job":${
      JSON.stringify(log.length > 0 ? { ...figures, Log: log } : figures)
    }${result === undefined ? "" : `,"Result":${oneLine(result)}`}}}`;

  const full = whole(report.log, report.result);
  if (byteLength(full) < maxBytes) return full;
  const withoutResult = whole(report.log, undefined);
  return byteLength(withoutResult) < maxBytes ? withoutResult : whole([], undefined);
}

/** A report's figures. */
export function reportFields(report: JobReport): JsonObject {
  return {
    Kind: report.kind,
    Rows: report.rows,
    Partitions: report.partitions,
    // To the microsecond, without the digits that are none of its own.
    Seconds: Math.round(report.seconds * 1e6) / 1e6,
    BytesRead: report.bytesRead,
    BytesWritten: report.bytesWritten,
    Workers: report.workers,
    ...(report.skipped && {
      Skipped: {
        RowGroups: report.skipped.rowGroups,
        Pages: report.skipped.pages,
        Rows: report.skipped.rows,
      },
    }),
    ...(report.joined && { Joined: report.joined }),
  };
}

/** The reply to a request that failed; without a request, or one of an unknown header, a `noheader` reply. */
export function errorReply(request: Request | null, error: ServiceError): string {
  const response = JSON.stringify({
    Status: "error",
    Discription: error.message,
    Error: errorFields(error.toRecord()),
  });
  if (request !== null && knownHeader(request.value) !== null) {
    return `${echo(request)}"Response":${response}}`;
  }
  let id = "";
  if (request !== null && Object.hasOwn(request.value, "Id")) {
    const member = members(compact(request.frame.text)).findLast(({ key }) => key === "Id")!;
    id = `"Id":${member.value},`;
  }
  return `{"Header":"noheader",${id}"Response":${response}}`;
}

/** An error as a reply tells it. */
export function errorFields({ code, message, where, stack }: ErrorRecord): JsonObject {
  return {
    Code: code,
    Message: message,
    ...(where === undefined ? {} : { Where: where }),
    ...(stack === undefined ? {} : { Stack: stack }),
  };
}

/** Does this reply tell of an error? */
export function isError(reply: JsonObject): boolean {
  return !isObject(reply.Response) || reply.Response.Status !== "complete";
}

/** What a reply says in words, or of a job where its result is. */
export function descriptionOf(reply: JsonObject): unknown {
  return isObject(reply.Response) ? reply.Response.Discription : undefined;
}

/** Bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) continue;
    // Both halves of a surrogate pair together take four bytes.
    bytes += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 1 : 2;
  }
  return bytes;
}

/** The request's own text up to where `"Response"` is to follow. */
function echo({ value, frame }: Request): string {
  const text = frame.spaced ? compact(frame.text) : frame.text;
  if (Object.keys(value).some(isNotEchoed)) {
    const kept = members(text).filter(({ key }) => !isNotEchoed(key));
    return "{" + kept.map(({ text }) => text + ",").join("");
  }
  return frame.keys === 0 ? "{" : text.slice(0, -1) + ",";
}

/** A token stays with who sent it, also when its key is written in other capitals. */
function isNotEchoed(key: string): boolean {
  return key === "Response" || key.toLowerCase() === "token";
}

function oneLine(json: string): string {
  return json.includes("\n") || json.includes("\r") ? compact(json) : json;
}

function knownHeader({ Header }: JsonObject): Header | null {
  if (typeof Header !== "string") return null;
  const name = Header.toLowerCase();
  return name === "info" || name === "dask" || name === "job" ? name : null;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Keys of the objects that are values of this one. */
function innerKeys(value: JsonObject): number {
  let count = 0;
  for (const key of Object.keys(value)) {
    const inner = value[key];
    if (isObject(inner)) count += Object.keys(inner).length;
  }
  return count;
}

function refuseRepeated(keys: string[], prefix: string): void {
  const seen = new Set<string>();
  for (const key of keys) {
    if (seen.has(key)) {
      throw new ServiceError("BAD_REQUEST", `${prefix}${key} is written twice: write it once`);
    }
    seen.add(key);
  }
}

function text(fields: JsonObject, field: string, wanted: string): string {
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (typeof value !== "string" || value === "") {
    throw wrong(fields, field, `${wanted}, a string that is not empty`);
  }
  return value;
}

/** A name that a client gives, or undefined where it gives none. @throws {ServiceError} `BAD_REQUEST` */
export function shortText(fields: JsonObject, field: string): string | undefined {
  if (!Object.hasOwn(fields, field)) return undefined;
  const value = fields[field];
  // deno-lint-ignore no-control-regex
  if (typeof value === "string" && /^[^\x00-\x1f]{1,200}$/.test(value) && value.isWellFormed()) {
    return value;
  }
  throw wrong(fields, field, "a string of 1 to 200 characters, none of them a control character");
}

function outputName(fields: JsonObject): string {
  const name = fields.Output;
  const wanted =
    "a plain file name (not in a folder, not starting with a dot, at most 180 bytes), or with a / at its end that of a folder";
  // deno-lint-ignore no-control-regex
  const misfit = /^[./]|\/.|[\\\x00-\x1f]/;
  if (typeof name !== "string" || name === "" || misfit.test(name) || byteLength(name) > 180) {
    throw wrong(fields, "Output", wanted);
  }
  return name;
}

const LIMITS: Record<string, keyof JobLimits> = {
  HeapBytes: "heapBytes",
  MemoryBytes: "memoryBytes",
  ResultBytes: "resultBytes",
  LogBytes: "logBytes",
};

function jobLimits(fields: JsonObject): Partial<JobLimits> {
  const given = fields.Limits;
  const known = Object.keys(LIMITS).join(", ");
  if (!isObject(given)) throw wrong(fields, "Limits", `an object with some of ${known}`);
  const limits: Partial<JobLimits> = {};
  for (const [name, value] of Object.entries(given)) {
    const limit = Object.hasOwn(LIMITS, name) ? LIMITS[name] : undefined;
    if (limit === undefined) {
      throw new ServiceError(
        "BAD_REQUEST",
        `Request.Limits.${name} is not known: ${meantOrAll(name, Object.keys(LIMITS))}`,
      );
    }
    if (!Number.isSafeInteger(value) || (value as number) < 0) {
      throw new ServiceError(
        "BAD_REQUEST",
        `Request.Limits.${name} must be a whole number of bytes, but ${came(given, name)}`,
      );
    }
    limits[limit] = value as number;
  }
  return limits;
}

/** The error for a field that isn't what is wanted. @param words Those that it may be, where these are all. */
export function wrong(
  fields: JsonObject,
  field: string,
  wanted: string,
  words: readonly string[] = [],
): ServiceError {
  return new ServiceError(
    "BAD_REQUEST",
    `Request.${field} must be ${wanted}, but ${came(fields, field)}${
      meantWord(fields[field], words)
    }`,
  );
}

/** What came in a field, for an error's sentence; says so when its key is mistyped. */
function came(fields: JsonObject, field: string): string {
  if (!Object.hasOwn(fields, field)) {
    const other = nearest(field, Object.keys(fields));
    return other === null ? "it is missing" : `it is missing (${other} came instead)`;
  }
  const value = fields[field];
  const shown = JSON.stringify(value);
  const short = shown.length > 60 ? `${shown.slice(0, 57)}...` : shown;
  if (value === null || typeof value === "boolean") return `${short} came`;
  const kind = Array.isArray(value) ? "array" : typeof value;
  return `the ${kind} ${short} came`;
}

function baseNames(fields: JsonObject): string | string[] {
  const { Base } = fields;
  if (!Array.isArray(Base)) {
    return text(fields, "Base", "the name of a Parquet file, or a list of them");
  }
  if (Base.length === 0 || !Base.every((name) => typeof name === "string" && name !== "")) {
    throw wrong(fields, "Base", "the name of a Parquet file, or a list of them");
  }
  return Base;
}
