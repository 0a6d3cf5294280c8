/** Errors of results that can't be written. */
import { ServiceError } from "../common/errors.ts";
import { clientError } from "../dataset/client_errors.ts";
import type { ResultPlace } from "./place.ts";

/** @throws ServiceError `TOO_LARGE` when a result has more bytes than it may */
export function assertFits({ mostBytes }: ResultPlace, bytes: number): void {
  if (bytes <= mostBytes) return;
  throw new ServiceError(
    "TOO_LARGE",
    `the result would take more than the ${mostBytes} bytes it is allowed; return less or ask for more`,
  );
}

/** The client's error for what was thrown while a result was written. */
export function outputError(thrown: unknown, directory: string): ServiceError {
  const known = clientError(thrown);
  if (known instanceof ServiceError) return known;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof Deno.errors.PermissionDenied || /read-only file system/i.test(why)) {
    return new ServiceError(
      "OUTPUT_FAILED",
      `the result can't be written: the service may not write to ${directory}`,
    );
  }
  if (/no space left|disk quota|os error 28|os error 122/i.test(why)) {
    return new ServiceError(
      "OUTPUT_FAILED",
      `the result can't be written: no space is left in ${directory}; make room and send the job again`,
    );
  }
  return new ServiceError("OUTPUT_FAILED", `the result can't be written to ${directory}: ${why}`);
}
