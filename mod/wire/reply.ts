import { ServiceError } from "../common/errors.ts";
import { isObject, type JsonObject } from "../common/json_object.ts";
import { type ErrorInfo, errorInfo, errorOf } from "./error_info.ts";
import { compact, members } from "./json_text.ts";
import { knownHeader, type Request } from "./request.ts";

/** What the name of a formula file gets, in place of its ending, to become its result's name. */
export const RESULT_SUFFIX = "_ansver";

/** What a reply's `Response` says of a request that failed. */
interface ErrorResponse {
  Status: "error";
  Discription: string;
  Error: ErrorInfo;
}

/**
 * The reply to a request that went well.
 *
 * @param description A text, or of a job where its result is.
 * @param members Text of what the response has beside its description.
 */
export function completeReply(request: Request, description: unknown, members: string): string {
  const discription = JSON.stringify(description);
  return `${
    echo(request)
  }"Response":{"Status":"complete","Discription":${discription},${members}}}`;
}

/** The reply to a request that failed; without a request, or one of an unknown header, a `noheader` reply. */
export function errorReply(request: Request | null, error: ServiceError): string {
  if (request === null) return JSON.stringify(noHeaderReply(error));
  const response = JSON.stringify(errorResponse(error));
  if (knownHeader(request.value) !== null) return `${echo(request)}"Response":${response}}`;
  let id = "";
  if (Object.hasOwn(request.value, "Id")) {
    const member = members(compact(request.frame.text)).findLast(({ key }) => key === "Id")!;
    id = `"Id":${member.value},`;
  }
  return `{"Header":"noheader",${id}"Response":${response}}`;
}

/** The reply where no request is known. */
export function noHeaderReply(error: ServiceError): JsonObject {
  return { Header: "noheader", Response: errorResponse(error) };
}

function errorResponse(error: ServiceError): ErrorResponse {
  return { Status: "error", Discription: error.message, Error: errorInfo(error.toRecord()) };
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

/** Does this reply tell of an error? */
export function isError(reply: JsonObject): boolean {
  return !isObject(reply.Response) || reply.Response.Status !== "complete";
}

/** Is this no reply, but what a service says when it ends an idle connection? */
export function isFarewell(text: string): boolean {
  return text.startsWith('{"Header":"noheader"') && text.includes('"Code":"IDLE_TIMEOUT"');
}

/** What a reply's `Response` says. @throws {ServiceError} the error that it tells of */
export function responseOf(reply: JsonObject): JsonObject {
  const { Response } = reply;
  if (!isError(reply)) return Response as JsonObject;
  const { Error, Discription } = (Response ?? {}) as Partial<ErrorResponse>;
  throw Error === undefined ? new ServiceError("INTERNAL", String(Discription)) : errorOf(Error);
}

/** What a response says in words, or of a job where its result is. */
export function descriptionOf({ Discription }: JsonObject): unknown {
  return Discription;
}
