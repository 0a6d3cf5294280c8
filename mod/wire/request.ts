import { ServiceError } from "../common/errors.ts";
import { isObject, type JsonObject } from "../common/json_object.ts";
import { badRequest, meantWord, whatCame } from "./field_errors.ts";
import { type Frame, frameOf } from "./framing.ts";
import { compact, members, withMember } from "./json_text.ts";

/** One request: what it says, and its text, from which the echo is made. */
export interface Request {
  value: JsonObject;
  frame: Frame;
}

/** What a request's `Header` can ask for. */
const HEADERS = ["Info", "Dask", "Job"] as const;

/** A `Header` as requests spell it, and in lower case, as they are compared. */
export type AskedHeader = typeof HEADERS[number];
export type Header = Lowercase<AskedHeader>;
const KNOWN: ReadonlySet<string> = new Set(HEADERS.map((one) => one.toLowerCase()));

/** What a client with a token adds to its requests. */
export function credentials(token: string): JsonObject {
  return { Token: token };
}

/** A request as text, on a connection that stays open for more. @param members What it has beside its own. */
export function requestText(header: string, request: unknown, members: JsonObject = {}): string {
  return JSON.stringify({
    ...members,
    Header: header,
    Request: request,
    Connection: "keep-alive",
  });
}

/**
 * A request that no connection brought.
 *
 * @param texts Fields as JSON text, where every digit matters.
 */
export function localRequest(
  header: AskedHeader,
  fields: object,
  texts: Readonly<Record<string, string | undefined>> = {},
): Request {
  const written = Object.entries(fields)
    .map(([name, value]) => `${JSON.stringify(name)}:${texts[name] ?? JSON.stringify(value)}`);
  const frame = frameOf(`{"Header":"${header}","Request":{${written.join(",")}}}`);
  return { value: { Header: header, Request: fields }, frame };
}

/** A request with a token, if there is one; a request that has a token, or is none, as it is. */
export function withToken(request: Uint8Array, token: unknown): Uint8Array {
  if (token === undefined) return request;
  let text, value;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(request);
    value = JSON.parse(text);
  } catch {
    return request; // the service says what is wrong with it
  }
  if (!isObject(value) || Object.hasOwn(value, "Token")) return request;
  return new TextEncoder().encode(withMember(text, "Token", token));
}

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
export function keepsAlive({ Connection }: JsonObject): boolean {
  return typeof Connection === "string" && Connection.toLowerCase() === "keep-alive";
}

/** The token that a request carries, whatever came as one. */
export function tokenOf({ Token }: JsonObject): unknown {
  return Token;
}

/** The error for a request whose token is not known. */
export function unauthorized(value: JsonObject): ServiceError {
  const fault = Object.hasOwn(value, "Token")
    ? "the Token is not that of this service"
    : "the Token is missing";
  return new ServiceError(
    "UNAUTHORIZED",
    `${fault}: each request carries it as a string, "Token", beside Header`,
  );
}

/** The header that a request names, or null where it names none that is known. */
export function knownHeader({ Header }: JsonObject): Header | null {
  if (typeof Header !== "string") return null;
  const name = Header.toLowerCase();
  return KNOWN.has(name) ? name as Header : null;
}

/**
 * The request's header, checked with everything that all requests have in common.
 *
 * @throws {ServiceError} `UNKNOWN_HEADER`; `BAD_REQUEST` for a key written twice or a `Connection` unknown
 */
export function headerOf({ value, frame }: Request): Header {
  const header = knownHeader(value);
  if (header === null) throw unknownHeader(value);
  if (frame.keys !== Object.keys(value).length || frame.innerKeys !== innerKeys(value)) {
    refuseRepeatedKeys(value, frame);
  }
  if (Object.hasOwn(value, "Connection") && !keepsAlive(value)) refuseUnlessClose(value);
  return header;
}

function unknownHeader(value: JsonObject): ServiceError {
  const came = whatCame(value, "Header"), meant = meantWord(value.Header, HEADERS);
  const message = `Header must be "Info", "Dask" or "Job", but ${came}${meant}`;
  return new ServiceError("UNKNOWN_HEADER", message);
}

function refuseUnlessClose(value: JsonObject): void {
  const { Connection } = value;
  if (typeof Connection === "string" && Connection.toLowerCase() === "close") return;
  const came = whatCame(value, "Connection");
  throw badRequest(`Connection must be "keep-alive" or "close", but ${came}`);
}

/** Refuses a key that is written twice, in the request itself or in its `Request`. */
function refuseRepeatedKeys(value: JsonObject, frame: Frame): void {
  const outer = members(compact(frame.text));
  refuseRepeated(outer.map(({ key }) => key), "");
  if (!isObject(value.Request)) return;
  const inner = members(outer.find(({ key }) => key === "Request")!.value);
  refuseRepeated(inner.map(({ key }) => key), "Request.");
}

function refuseRepeated(keys: string[], prefix: string): void {
  const seen = new Set<string>();
  for (const key of keys) {
    if (seen.has(key)) throw badRequest(`${prefix}${key} is written twice: write it once`);
    seen.add(key);
  }
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
  const came = whatCame(value, "Request"), meant = meantWord(asked, known);
  throw badRequest(`Request of Info must be one of ${names}, but ${came}${meant}`);
}

/** The `Request` of a header whose requests are objects. @throws {ServiceError} `BAD_REQUEST` */
export function requestFields(value: JsonObject, header: AskedHeader, wanted: string): JsonObject {
  if (isObject(value.Request)) return value.Request;
  const came = whatCame(value, "Request");
  throw badRequest(`Request of ${header} must be ${wanted}, but ${came}`);
}
