import type { JsonObject } from "../common/json_object.ts";
import { JOB_STATES, type JobFilter, type JobState } from "../job/record.ts";
import type { JobRequest } from "../job/request.ts";
import { shortText, wrong } from "./field_errors.ts";
import { JOB_HELP, type JobFields, jobOf } from "./job_fields.ts";
import { refuseMistyped, unknownField } from "./mistyped.ts";
import { type Request, requestFields } from "./request.ts";

/** Fields by their names, with what they are for. */
type Fields = Readonly<Record<string, string>>;

const ID: Fields = { Id: "of a job" };

/** Which jobs to list. */
export interface ListFields {
  State?: JobState | JobState[];
  Client?: string;
  Limit?: number;
  After?: string;
}

const LIST: Readonly<Record<keyof ListFields, string>> = {
  State: "of the jobs that are listed, or a list of states",
  Client: "of the jobs that are listed",
  Limit: "jobs at most",
  After: "what Next of the page before said",
};

/** The fields of each request whose `Request` is an object. Checks, help and messages come from here. */
export const REQUEST_FIELDS = {
  Dask: JOB_HELP,
  Submit: { ...JOB_HELP, Key: "submitted again under the same one it is the same job" },
  Status: ID,
  Result: ID,
  Watch: ID,
  Cancel: ID,
  List: LIST,
  Log: ID,
  Formula: ID,
} as const satisfies Record<string, Fields>;

/** What the `Request` of a job can be. */
export type AskedRequest = keyof typeof REQUEST_FIELDS;

/** What a `Job` request can have as its `Action`. */
export const ACTIONS = Object.keys(REQUEST_FIELDS)
  .filter((name) => name !== "Dask") as Exclude<AskedRequest, "Dask">[];

/** What a `Job` request asks for. */
export type JobAction =
  | { action: "submit"; job: JobRequest; key?: string }
  | { action: "status" | "result" | "watch" | "cancel" | "log" | "formula"; id: string }
  | { action: "list"; filter: JobFilter };

const LIST_LIMIT = 50, LONGEST_LIST = 1000;

/** The `Request` that submits a job under a key. */
export function submitRequest(job: JobFields, key: string): JsonObject {
  return { Action: "Submit", ...job, Key: key };
}

/** The `Request` that asks for something of one job. */
export function idRequest(
  action: "Status" | "Result" | "Watch" | "Cancel" | "Log",
  id: string,
): JsonObject {
  return { Action: action, Id: id };
}

/** The `Request` that lists jobs. */
export function listRequest(fields: ListFields): JsonObject {
  return { Action: "List", ...fields };
}

/**
 * The job a `Dask` request asks for.
 *
 * @throws {ServiceError} `BAD_REQUEST` naming the field, what came and what is wanted
 */
export function jobRequest({ value, frame }: Request): JobRequest {
  const fields = requestFields(value, "Dask", "an object with Directory, Base and File");
  if (Object.hasOwn(fields, "Key")) {
    throw unknownField("Key", "a key goes with a job that is submitted");
  }
  refuseMistyped(fields, Object.keys(REQUEST_FIELDS.Dask));
  return jobOf(fields, frame.text);
}

/** @throws {ServiceError} `BAD_REQUEST` naming the field, what came and what is wanted */
export function jobAction({ value, frame }: Request): JobAction {
  const fields = requestFields(value, "Job", "an object with an Action");
  const { Action } = fields;
  const name = typeof Action === "string" ? Action.toLowerCase() : "";
  const action = ACTIONS.find((one) => one.toLowerCase() === name);
  if (action === undefined) {
    const wanted = `one of ${ACTIONS.map((one) => `"${one}"`).join(", ")}`;
    throw wrong(fields, "Action", wanted, ACTIONS);
  }
  const key = action === "Submit" ? shortText(fields, "Key") : undefined;
  refuseMistyped(fields, ["Action", ...Object.keys(REQUEST_FIELDS[action])]);
  if (action === "List") return { action: "list", filter: listFilter(fields) };
  if (action !== "Submit") return { action: name as "status", id: jobId(fields) };
  const job = jobOf(fields, frame.text);
  return { action: "submit", job, ...(key === undefined ? {} : { key }) };
}

function jobId(fields: JsonObject): string {
  const { Id } = fields;
  if (typeof Id === "string" && Id !== "") return Id;
  throw wrong(fields, "Id", "the id of a job");
}

function listFilter(fields: JsonObject): JobFilter {
  const client = shortText(fields, "Client");
  const limit = listLimit(fields), before = listStart(fields), states = listStates(fields);
  return {
    limit,
    ...(client === undefined ? {} : { client }),
    ...(before === undefined ? {} : { before }),
    ...(states === undefined ? {} : { states }),
  };
}

function listLimit(fields: JsonObject): number {
  const { Limit = LIST_LIMIT } = fields;
  const fits = Number.isSafeInteger(Limit) && (Limit as number) >= 1;
  if (fits && (Limit as number) <= LONGEST_LIST) return Limit as number;
  throw wrong(fields, "Limit", `a whole number from 1 to ${LONGEST_LIST}`);
}

/** The job that those of the list came before. */
function listStart(fields: JsonObject): number | undefined {
  const { After } = fields;
  if (After === undefined) return undefined;
  if (typeof After === "string" && /^\d{1,15}$/.test(After)) return Number(After);
  throw wrong(fields, "After", "what Next of the page before said");
}

function listStates(fields: JsonObject): JobState[] | undefined {
  const { State } = fields;
  if (State === undefined) return undefined;
  const states = Array.isArray(State) ? State : [State];
  const known: readonly unknown[] = JOB_STATES;
  if (states.length > 0 && states.every((one) => known.includes(one))) return states;
  throw wrong(fields, "State", `one of ${JOB_STATES.join(", ")}, or a list of them`, JOB_STATES);
}
