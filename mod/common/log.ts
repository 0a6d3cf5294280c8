import { getConfig, getLogger, type Logger } from "@logtape/logtape";
import { ServiceError } from "./errors.ts";

/**
 * What the service tells of itself, event by event. Nobody hears of it before the command `serve`, or a
 * program that is built on these parts, configures LogTape for the category `measuring`.
 *
 * An event is a sentence with its figures in braces. No values of data, parameters or secrets are among
 * them, nor what a formula says: its messages may quote any of these.
 */
export const log: Readonly<Record<"audit" | "connection" | "request" | "job" | "service", Logger>> =
  {
    audit: getLogger(["measuring", "audit"]),
    connection: getLogger(["measuring", "connection"]),
    request: getLogger(["measuring", "request"]),
    job: getLogger(["measuring", "job"]),
    service: getLogger(["measuring", "service"]),
  };

/** Reports a fault of the service itself: in the log, or on the console if no log is configured. */
export function reportFault(what: string, error: unknown): void {
  if (getConfig() === null) return console.error(`${what}:`, error);
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  log.service.error("{what}: {stack}", { what, stack });
}

/** What was thrown as an error of the protocol; one that is none yet is a fault of the service, which is reported. */
export function reportedError(what: string, thrown: unknown): ServiceError {
  if (!(thrown instanceof ServiceError)) reportFault(what, thrown);
  return ServiceError.from(thrown);
}
