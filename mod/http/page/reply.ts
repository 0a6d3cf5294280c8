import type { ServiceError } from "../../common/errors.ts";
import { reportedError } from "../../common/log.ts";
import { errorInfo } from "../../wire/error_info.ts";
import type { FailureAnswer } from "./shapes.ts";

/** What every reply says: nothing of it goes elsewhere, nothing of elsewhere gets in. */
const HEADERS = {
  "content-security-policy":
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** A reply with the headers that all have. */
export function reply(
  body: BodyInit | null,
  type: string,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(body, {
    status,
    headers: { ...HEADERS, "content-type": type, "cache-control": "no-store", ...headers },
  });
}

export function text(body: string, status = 200, headers: Record<string, string> = {}): Response {
  return reply(`${body}\n`, "text/plain; charset=utf-8", { status, headers });
}

/** @param body Becomes JSON. */
export function json<Body>(body: Body, status = 200): Response {
  return jsonText(JSON.stringify(body), status);
}

export function jsonText(body: string, status = 200): Response {
  return reply(body, "application/json", { status });
}

/** Statuses of the errors that are not the service's own fault; 422 for the rest of a formula's. */
const STATUS: Partial<Record<ServiceError["code"], number>> = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  FORBIDDEN_PATH: 403,
  BASE_NOT_FOUND: 404,
  JOB_NOT_FOUND: 404,
  JOB_NOT_ENDED: 409,
  BUSY: 503,
  INTERNAL: 500,
};

/** What failed, as the protocol's `Error`. */
export function failure(thrown: unknown): Response {
  const { code, message } = reportedError("an HTTP request failed", thrown);
  return json<FailureAnswer>({ Error: errorInfo({ code, message }) }, STATUS[code] ?? 422);
}
