import { ServiceError } from "../common/errors.ts";
import { isSlip, nearest } from "../common/nearest.ts";

/** Fields by their names, with what they are for. */
type Fields = Readonly<Record<string, string>>;

const JOB: Fields = {
  Directory: "folder of the data and the formula; the result is written there",
  Base: "Parquet file in it, a folder of such files, a glob, a URL, or a list of these",
  File: "formula file in it",
  Params: "any JSON, which the formula finds in context.params",
  Output: "name of the result file; with a / at its end that of a folder of files",
  Codec: "how the result is compressed",
  TimeoutSeconds: "ends the job after it has run for that time",
  Limits: "lowers the service's limits for this job",
  Priority: "jobs of a higher one start first",
  Client: "a name of the client's choice; clients take turns",
};

const ID: Fields = { Id: "of a job" };

/** The fields of each request whose `Request` is an object. Checks, help and messages come from here. */
export const REQUEST_FIELDS = {
  Dask: JOB,
  Submit: { ...JOB, Key: "submitted again under the same one it is the same job" },
  Status: ID,
  Result: ID,
  Watch: ID,
  Cancel: ID,
  List: {
    State: "of the jobs that are listed, or a list of states",
    Client: "of the jobs that are listed",
    Limit: "jobs at most",
    After: "what Next of the page before said",
  },
  Log: ID,
} as const satisfies Record<string, Fields>;

/** What the `Request` of a job can be. */
export type AskedRequest = keyof typeof REQUEST_FIELDS;

/** What a `Job` request can have as its `Action`. */
export const ACTIONS = Object.keys(REQUEST_FIELDS)
  .filter((name) => name !== "Dask") as Exclude<AskedRequest, "Dask">[];

/** Letters of a name from which on two slips are still one mistyped name. */
const LONG = 6;
/** Letters that two names begin with where one is a form of the other: `Parameters`, `Timeout`. */
const SHARED = 4;

/**
 * Refuses a field that is none and looks like one, or belongs to another request. What looks like none is a client's
 * own, and means nothing.
 *
 * @throws {ServiceError} `BAD_REQUEST`
 */
export function refuseMistyped(fields: object, request: AskedRequest): void {
  const known = Object.keys(REQUEST_FIELDS[request]);
  if (request !== "Dask") known.push("Action");
  for (const key of Object.keys(fields)) {
    if (known.includes(key)) continue;
    if (request === "Dask" && key === "Key") {
      throw unknownField(key, `a key goes with a job that is submitted`);
    }
    const meant = meantField(key, known, fields);
    if (meant === null) continue;
    const same = meant.toLowerCase() === key.toLowerCase();
    throw unknownField(key, same ? `it is written ${meant}` : `did you mean ${meant}?`);
  }
}

function unknownField(key: string, hint: string): ServiceError {
  return new ServiceError("BAD_REQUEST", `Request.${key} is not known: ${hint}`);
}

/** The field that is meant by a key; null for a key of the client's own. */
function meantField(key: string, known: readonly string[], fields: object): string | null {
  const slip = known.find((field) => isSlip(key, field));
  if (slip !== undefined) return slip;
  const meant = nearest(key, known);
  if (meant !== null && Math.min(meant.length, key.length) >= LONG) return meant;
  // WithKept the field itself another form of it is something else.
  return known.find((field) => isForm(key, field) && !Object.hasOwn(fields, field)) ?? null;
}

/** Whether one name is how the other begins or ends, or both begin alike for most of their letters. */
function isForm(key: string, field: string): boolean {
  const [a, b] = [key, field].map((name) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, ""));
  const [short, long] = a!.length < b!.length ? [a!, b!] : [b!, a!];
  if (short.length < SHARED) return false;
  const alike = [...short].findIndex((letter, at) => letter !== long[at]);
  return long.endsWith(short) || alike < 0 || alike > Math.max(SHARED, short.length / 2);
}

/** What an error adds of a word that is none of those that are known: the one that is meant, if any. */
export function meantWord(value: unknown, known: readonly string[]): string {
  const meant = typeof value === "string" ? nearest(value, known) : null;
  return meant === null ? "" : `; did you mean "${meant}"?`;
}
