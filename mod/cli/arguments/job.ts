import type { ResultCodec } from "../../job/request.ts";
import { RESULT_CODECS } from "../../job/request.ts";
import { spelled } from "../../settings/row.ts";
import { SETTINGS } from "../../settings/table.ts";
import { REQUEST_FIELDS } from "../../wire/job_action.ts";
import { JOB_HELP, JOB_LIMITS, type JobFields, MOST_PRIORITY } from "../../wire/job_fields.ts";
import { meantOrAll } from "../../common/nearest.ts";
import { INPUT_OPTION, inputFields } from "./inputs.ts";
import { checkedParams, PARAMS_OPTION } from "./params.ts";
import { ROW_OPTIONS, rowFields } from "./rows.ts";
import { settingOption } from "./setting_options.ts";
import { type Given, type Option, optionOf, UsageError } from "./usage.ts";

/** Limits of a job by their names on the command line. */
const LIMITS: ReadonlyMap<string, string> = new Map(
  JOB_LIMITS.map((name) => [spelled(name[0]!.toLowerCase() + name.slice(1)), name]),
);

/** The options that say what a job is, wherever it runs. */
export const JOB_OPTIONS: readonly Option[] = [
  { name: "directory", value: "DIR", help: "folder of the data and the formula" },
  {
    name: "base",
    value: "FILE",
    help: "Parquet file, folder or glob in the folder, or a URL; may be repeated",
    many: true,
  },
  { name: "file", value: "FILE", help: "formula file in the folder" },
  PARAMS_OPTION,
  { name: "output", value: "NAME", help: JOB_HELP.Output },
  INPUT_OPTION,
  ...ROW_OPTIONS,
  settingOption(
    "codec",
    `how the result is compressed: ${
      RESULT_CODECS.join(", ")
    } (default: ${SETTINGS.codec.default}, or the service's own)`,
  ),
  { name: "timeout", value: "SECONDS", help: JOB_HELP.TimeoutSeconds },
  {
    name: "limit",
    value: "NAME=BYTES",
    help: `lowers a limit for this job: ${[...LIMITS.keys()].join(", ")}; may be repeated`,
    many: true,
  },
];

/** The options that make sense on a service alone, where jobs of several clients wait. */
export const QUEUE_OPTIONS: readonly Option[] = [
  { name: "key", value: "KEY", help: REQUEST_FIELDS.Submit.Key },
  {
    name: "priority",
    value: "N",
    help: `${JOB_HELP.Priority}: from -${MOST_PRIORITY} to ${MOST_PRIORITY}`,
  },
  { name: "client", value: "NAME", help: JOB_HELP.Client },
];

/** A job that a command line asks for. */
export interface GivenJob {
  fields: JobFields;
  /** Of the parameters: in it, every digit is as it was given. */
  params: string | undefined;
  key: string | undefined;
}

/**
 * The job that {@linkcode JOB_OPTIONS} and {@linkcode QUEUE_OPTIONS} ask for. What is wrong with a field that is
 * no matter of the command line's own is told by whoever runs it.
 *
 * @param pathOf Changes the folder's path.
 * @throws {UsageError}
 */
export function givenJob(
  given: Given,
  command: string,
  pathOf: (directory: string) => string = (directory) => directory,
): GivenJob {
  const directory = pathOf(required(given, "directory", command));
  required(given, "base", command);
  const bases = given.options.get("base")!;
  const params = optionOf(given, "params");
  const json = params === undefined ? undefined : checkedParams(params, command);
  const limits = limitsOf(given, command);
  const codec = optionOf(given, "codec"), output = optionOf(given, "output");
  const timeout = optionOf(given, "timeout");
  const priority = optionOf(given, "priority"), client = optionOf(given, "client");
  const fields: JobFields = {
    Directory: directory,
    Base: bases.length === 1 ? bases[0]! : bases,
    File: required(given, "file", command),
    ...(json === undefined ? {} : { Params: JSON.parse(json) }),
    ...(output === undefined ? {} : { Output: output }),
    ...(codec === undefined ? {} : { Codec: codec as ResultCodec }), // checked with the other fields
    ...(timeout === undefined ? {} : { TimeoutSeconds: secondsOf(timeout, command) }),
    ...(limits === undefined ? {} : { Limits: limits }),
    ...(priority === undefined ? {} : { Priority: priorityOf(priority, command) }),
    ...(client === undefined ? {} : { Client: client }),
    ...inputFields(given, command),
    ...rowFields(given, command),
  };
  return { fields, params: json, key: optionOf(given, "key") };
}

function secondsOf(text: string, command: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds < Infinity) return seconds;
  throw new UsageError(`--timeout must be a number of seconds above 0, not ${text}`, command);
}

function priorityOf(text: string, command: string): number {
  const priority = Number(text);
  if (Number.isInteger(priority) && Math.abs(priority) <= MOST_PRIORITY) return priority;
  const wanted = `a whole number from -${MOST_PRIORITY} to ${MOST_PRIORITY}`;
  throw new UsageError(`--priority must be ${wanted}, not ${text}`, command);
}

function limitsOf(given: Given, command: string): Record<string, number> | undefined {
  const texts = given.options.get("limit");
  if (texts === undefined) return undefined;
  const limits = new Map<string, number>();
  for (const text of texts) {
    const [, name, bytes] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
    if (name === undefined) {
      throw new UsageError(
        `--limit must be NAME=BYTES, such as heap-bytes=268435456, not ${text}`,
        command,
      );
    }
    const field = LIMITS.get(name);
    if (field === undefined) {
      throw new UsageError(
        `--limit ${name} is not known: ${meantOrAll(name, [...LIMITS.keys()])}`,
        command,
      );
    }
    if (limits.has(field)) throw new UsageError(`--limit names ${name} twice`, command);
    limits.set(field, Number(bytes));
  }
  return Object.fromEntries(limits);
}

function required(given: Given, name: string, command: string): string {
  const value = optionOf(given, name);
  if (value === undefined) throw new UsageError(`--${name} is missing`, command);
  return value;
}
