import type { ServiceError } from "../common/errors.ts";
import { isSlip, nearest } from "../common/nearest.ts";
import { badRequest } from "./field_errors.ts";

/** Letters of a name from which on two slips are still one mistyped name. */
const LONG = 6;
/** Letters that two names begin with where one is a form of the other: `Parameters`, `Timeout`. */
const SHARED = 4;

/**
 * Refuses a field that is none and looks like one, or belongs to another request. What looks like none is a client's
 * own, and means nothing.
 *
 * @param known The fields that the request may have.
 * @throws {ServiceError} `BAD_REQUEST`
 */
export function refuseMistyped(fields: object, known: readonly string[]): void {
  for (const key of Object.keys(fields)) {
    const meant = known.includes(key) ? null : meantField(key, known, fields);
    if (meant === null) continue;
    const same = meant.toLowerCase() === key.toLowerCase();
    throw unknownField(key, same ? `it is written ${meant}` : `did you mean ${meant}?`);
  }
}

/** The error for a field that a request doesn't have. */
export function unknownField(key: string, hint: string): ServiceError {
  return badRequest(`Request.${key} is not known: ${hint}`);
}

/** The field that is meant by a key; null for a key of the client's own. */
function meantField(key: string, known: readonly string[], fields: object): string | null {
  const slip = known.find((field) => isSlip(key, field));
  if (slip !== undefined) return slip;
  const meant = nearest(key, known);
  if (meant !== null && Math.min(meant.length, key.length) >= LONG) return meant;
  // Beside the field itself another form of it is something else.
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
