import { byteLength } from "../common/byte_length.ts";
import { isObject, type JsonObject } from "../common/json_object.ts";
import { meantOrAll } from "../common/nearest.ts";
import {
  type JobLimits,
  type JobRequest,
  type RequestedRows,
  RESULT_CODECS,
  type ResultCodec,
} from "../job/request.ts";
import { refuseInexact } from "./exact_numbers.ts";
import { badRequest, requiredText, shortText, whatCame, wrong } from "./field_errors.ts";
import { type InputField, inputsField } from "./input_fields.ts";
import { filterField, fromField, timeField, toField } from "./row_fields.ts";

/** A job to be run, as the protocol spells it. */
export interface JobFields {
  Directory: string;
  Base: string | string[];
  File: string;
  Params?: unknown;
  Inputs?: Record<string, InputField>;
  Output?: string;
  Codec?: ResultCodec;
  TimeoutSeconds?: number;
  Priority?: number;
  Limits?: Record<string, number>;
  Client?: string;
  From?: string;
  To?: string;
  Time?: string;
  Filter?: Record<string, unknown>;
}

/** A field of a job: what it is for, and what it asks for. */
interface Field {
  help: string;
  required?: true;
  /**
   * @param text Of the whole request: numbers are looked at as they are written.
   * @throws {ServiceError} `BAD_REQUEST` naming the field, what came and what is wanted
   */
  read: (fields: JsonObject, text: string) => Partial<JobRequest>;
}

/** The greatest priority of a job; the least is as far below 0. */
export const MOST_PRIORITY = 100;

/** Limits by their names in requests. */
const LIMITS: Record<string, keyof JobLimits> = {
  HeapBytes: "heapBytes",
  MemoryBytes: "memoryBytes",
  ResultBytes: "resultBytes",
  LogBytes: "logBytes",
};

/** Names of the limits that a request may lower. */
export const JOB_LIMITS: readonly string[] = Object.keys(LIMITS);

/** All fields of a job, in the order in which they are checked. */
const FIELDS: { readonly [Name in keyof JobFields]-?: Field } = {
  Directory: {
    help: "folder of the data and the formula; the result is written there",
    required: true,
    read: (fields) => ({ directory: requiredText(fields, "Directory", "a folder's path") }),
  },
  Base: {
    help: "Parquet file in it, a folder of such files, a glob, a URL, or a list of these",
    required: true,
    read: (fields) => ({ base: baseNames(fields) }),
  },
  File: {
    help: "formula file in it",
    required: true,
    read: (fields) => ({ file: requiredText(fields, "File", "the name of a formula file") }),
  },
  Params: {
    help: "any JSON, which the formula finds in context.params",
    read: (fields, text) => {
      refuseInexact(text);
      return { params: fields.Params };
    },
  },
  Inputs: {
    help: "further tables by the names that the formula has for them, each as Base",
    read: (fields) => ({ inputs: inputsField(fields) }),
  },
  Output: {
    help:
      "name of the result file; .csv or .arrow at its end asks for that, a / for a folder, NAME/{COLUMN}/ for one a value",
    read: (fields) => ({ output: outputName(fields) }),
  },
  Codec: {
    help: "how the result is compressed",
    read: (fields) => ({ codec: resultCodec(fields) }),
  },
  TimeoutSeconds: {
    help: "ends the job after it has run for that time",
    read: (fields) => ({ timeoutSeconds: timeoutSeconds(fields) }),
  },
  Priority: {
    help: "jobs of a higher one start first",
    read: (fields) => ({ priority: priority(fields) }),
  },
  Limits: {
    help: "lowers the service's limits for this job",
    read: (fields) => ({ limits: jobLimits(fields) }),
  },
  Client: {
    help: "a name of the client's choice; clients take turns",
    read: (fields) => ({ client: shortText(fields, "Client")! }),
  },
  From: {
    help: "rows of this time and later: ISO 8601",
    read: fromField,
  },
  To: {
    help: "rows of earlier times than this",
    read: toField,
  },
  Time: {
    help: "the column that From and To are compared with, where there are several of times",
    read: timeField,
  },
  Filter: {
    help: "rows that fit, in the language of a formula's filter",
    read: filterField,
  },
};

/** What the fields of a job are for, by their names. */
export const JOB_HELP = Object.fromEntries(
  Object.entries(FIELDS).map(([name, { help }]) => [name, help]),
) as Readonly<Record<keyof JobFields, string>>;

/**
 * The job that fields ask for. Those that are not known mean nothing.
 *
 * @param text Of the whole request: numbers are looked at as they are written.
 * @throws {ServiceError} `BAD_REQUEST` naming the field, what came and what is wanted
 */
export function jobOf(fields: JsonObject, text: string): JobRequest {
  const asked: Partial<JobRequest> = {};
  for (const [name, { required = false, read }] of Object.entries(FIELDS)) {
    if (required || Object.hasOwn(fields, name)) Object.assign(asked, read(fields, text));
  }
  return asked as JobRequest;
}

/** The fields that ask for a job. */
export function fieldsOf(request: JobRequest): JobFields {
  const { directory, base, file, params, inputs, output, codec, timeoutSeconds, limits } = request;
  const { priority, client, from, to, time, filter } = request;
  const lowered = Object.entries(LIMITS).map(([name, key]) => [name, limits?.[key]])
    .filter(([, bytes]) => bytes !== undefined);
  return {
    Directory: directory,
    Base: base,
    File: file,
    ...(params === undefined ? {} : { Params: params }),
    ...(inputs === undefined ? {} : { Inputs: inputs }),
    ...(output === undefined ? {} : { Output: output }),
    ...(codec === undefined ? {} : { Codec: codec }),
    ...(timeoutSeconds === undefined ? {} : { TimeoutSeconds: timeoutSeconds }),
    ...(limits === undefined ? {} : { Limits: Object.fromEntries(lowered) }),
    ...(priority === undefined ? {} : { Priority: priority }),
    ...(client === undefined ? {} : { Client: client }),
    ...(from === undefined ? {} : { From: from }),
    ...(to === undefined ? {} : { To: to }),
    ...(time === undefined ? {} : { Time: time }),
    ...(filter === undefined ? {} : { Filter: filter as Record<string, unknown> }),
  };
}

/**
 * What of rows some fields ask for, without the request that they come in.
 *
 * @throws {ServiceError} `BAD_REQUEST`
 */
export function requestedRows(fields: JsonObject): RequestedRows {
  const rows: RequestedRows = {};
  for (const name of ["From", "To", "Time", "Filter"] as const) {
    if (Object.hasOwn(fields, name)) Object.assign(rows, FIELDS[name].read(fields, ""));
  }
  return rows;
}

function baseNames(fields: JsonObject): string | string[] {
  const { Base } = fields;
  const wanted = "the name of a Parquet file, or a list of them";
  if (!Array.isArray(Base)) return requiredText(fields, "Base", wanted);
  if (Base.length === 0 || !Base.every((name) => typeof name === "string" && name !== "")) {
    throw wrong(fields, "Base", wanted);
  }
  return Base;
}

function outputName(fields: JsonObject): string {
  const name = fields.Output;
  const wanted =
    "a plain file name (not in a folder, not starting with a dot, at most 180 bytes), or with a / at its end that of a folder, and behind that columns in braces, such as means/{unit}/";
  // deno-lint-ignore no-control-regex
  const misfit = /^[./]|\/.|[\\\x00-\x1f]/;
  if (typeof name !== "string") throw wrong(fields, "Output", wanted);
  const [plain, columns] = withoutColumns(name);
  if (plain === "" || misfit.test(plain) || byteLength(plain) > 180) {
    throw wrong(fields, "Output", wanted);
  }
  const [ending] = /\.(arrows?|feather)$/i.exec(plain) ?? [];
  if (ending !== undefined && ending !== ".arrow") {
    throw badRequest(
      `Request.Output ends in ${ending}, and Arrow's files are written under names that end in .arrow: give such a name`,
    );
  }
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) throw badRequest(`Request.Output names the column "${twice}" twice`);
  return name;
}

/** The name of a folder, and the columns that it is parted by: `means/{unit}/{day}/`. */
function withoutColumns(name: string): [plain: string, columns: string[]] {
  const [, plain, columns = ""] = /^([^/]*\/)((?:\{[^{}/]+\}\/)+)$/.exec(name) ?? [];
  if (plain === undefined) return [name, []];
  return [plain, columns.split("/").slice(0, -1).map((column) => column.slice(1, -1))];
}

function resultCodec(fields: JsonObject): ResultCodec {
  const codec = RESULT_CODECS.find((one) => one === fields.Codec);
  if (codec !== undefined) return codec;
  const known = RESULT_CODECS.map((one) => `"${one}"`).join(", ");
  throw wrong(fields, "Codec", `one of ${known}`, RESULT_CODECS);
}

function timeoutSeconds(fields: JsonObject): number {
  const seconds = fields.TimeoutSeconds;
  if (typeof seconds === "number" && Number.isFinite(seconds) && seconds > 0) return seconds;
  throw wrong(fields, "TimeoutSeconds", "a number of seconds above 0");
}

function priority(fields: JsonObject): number {
  const { Priority } = fields;
  if (Number.isSafeInteger(Priority) && Math.abs(Priority as number) <= MOST_PRIORITY) {
    return Priority as number;
  }
  throw wrong(fields, "Priority", `an integer from -${MOST_PRIORITY} to ${MOST_PRIORITY}`);
}

function jobLimits(fields: JsonObject): Partial<JobLimits> {
  const given = fields.Limits;
  const known = Object.keys(LIMITS);
  if (!isObject(given)) throw wrong(fields, "Limits", `an object with some of ${known.join(", ")}`);
  const limits: Partial<JobLimits> = {};
  for (const [name, value] of Object.entries(given)) {
    const limit = Object.hasOwn(LIMITS, name) ? LIMITS[name] : undefined;
    if (limit === undefined) {
      throw badRequest(`Request.Limits.${name} is not known: ${meantOrAll(name, known)}`);
    }
    if (!Number.isSafeInteger(value) || (value as number) < 0) {
      const came = whatCame(given, name);
      throw badRequest(`Request.Limits.${name} must be a whole number of bytes, but ${came}`);
    }
    limits[limit] = value as number;
  }
  return limits;
}
