import { NotBegun } from "../engine/engine.ts";
import { ServiceError } from "../errors.ts";
import { UnrecoverableError } from "./bull.ts";
import { reasonOf } from "./messages.ts";

/** Failures of which it matters where they happened. */
const PLACED = ["BASE_NOT_FOUND", "BASE_UNREADABLE", "FORBIDDEN_PATH", "OUTPUT_FAILED", "INTERNAL"];

/**
 * What BullMQ is told of a failure: one of the formula or the data is final; after one of the machinery the
 * part is tried again, and what it failed with last is told when it can't be done at all.
 */
export function failureOf(thrown: unknown, cancelled: AbortSignal, node: string): Error {
  if (cancelled.aborted) {
    const error = new ServiceError("CANCELLED", `the part was stopped: ${cancelled.reason}`);
    return new UnrecoverableError(reasonOf(error));
  }
  const { code, message, position } = ServiceError.from(thrown);
  const where = PLACED.includes(code) ? ` (on the node ${node})` : "";
  const error = new ServiceError(code, message + where, position);
  const again = thrown instanceof NotBegun || code === "INTERNAL";
  return again ? new Error(reasonOf(error)) : new UnrecoverableError(reasonOf(error));
}
