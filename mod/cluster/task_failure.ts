import { NotBegun } from "../engine/host/engine.ts";
import { ServiceError } from "../common/errors.ts";
import { UnrecoverableError } from "./bull.ts";
import { FAILURE, shapedJson } from "./shapes.ts";

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

/** An error as the reason of a failure that BullMQ keeps. */
function reasonOf(error: ServiceError): string {
  return JSON.stringify(error.toRecord());
}

/** The error that a failure is told by. */
export function errorOf(reason: string): ServiceError {
  try {
    return ServiceError.fromRecord(shapedJson(FAILURE, reason, "a failure"));
  } catch {
    const lost = /stalled more than/.test(reason);
    return new ServiceError(
      lost ? "INTERRUPTED" : "INTERNAL",
      lost
        ? "the nodes that had the job, or a part of it, were lost one after another; send it again"
        : `the cluster failed: ${reason}`,
    );
  }
}
