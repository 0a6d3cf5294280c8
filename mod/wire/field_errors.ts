import { ServiceError } from "../common/errors.ts";
import type { JsonObject } from "../common/json_object.ts";
import { nearest } from "../common/nearest.ts";

/** The error for a field that isn't what is wanted. @param words Those that it may be, where these are all. */
export function wrong(
  fields: JsonObject,
  field: string,
  wanted: string,
  words: readonly string[] = [],
): ServiceError {
  const came = whatCame(fields, field);
  const meant = meantWord(fields[field], words);
  return badRequest(`Request.${field} must be ${wanted}, but ${came}${meant}`);
}

/** The error for a request that can't be understood. */
export function badRequest(message: string): ServiceError {
  return new ServiceError("BAD_REQUEST", message);
}

/** What came in a field, for an error's sentence; says so when its key is mistyped. */
export function whatCame(fields: JsonObject, field: string): string {
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

/** What an error adds of a word that is none of those that are known: the one that is meant, if any. */
export function meantWord(value: unknown, known: readonly string[]): string {
  const meant = typeof value === "string" ? nearest(value, known) : null;
  return meant === null ? "" : `; did you mean "${meant}"?`;
}

/** A text that must be there. @throws {ServiceError} `BAD_REQUEST` */
export function requiredText(fields: JsonObject, field: string, wanted: string): string {
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (typeof value === "string" && value !== "") return value;
  throw wrong(fields, field, `${wanted}, a string that is not empty`);
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
