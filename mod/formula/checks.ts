/**
 * What a worker hands over is checked before it is used. A worker runs somebody else's formula; should
 * that ever get hold of the worker's own messages, it still can't make the engine write what is no
 * Parquet file or send what is no reply.
 */
import { ServiceError } from "../common/errors.ts";

/** The members of an object, whose values are not known yet. @throws ServiceError `FORMULA_FAILED`. */
export function fieldsOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw forged(what);
  return value as Record<string, unknown>;
}

/** Checks a number of rows, bytes or the like. @throws ServiceError `FORMULA_FAILED`. */
export function checkedCount(value: unknown): number {
  if (!isCount(value)) throw forged("a count");
  return value;
}

/** Whether a value is a whole number from 0 on. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether a value is a record as `{ … }` makes one. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether a value is a list of texts. */
export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

/** The error for a message that is not what it has to be. */
export function forged(what: string): ServiceError {
  return new ServiceError(
    "FORMULA_FAILED",
    `what a worker of the job handed over as ${what} is none; the formula must not meddle with its worker`,
  );
}
