/** The protocol's error codes. They are stable, so clients may branch on them. */
export const ERROR_CODES = [
  "BAD_JSON",
  "UNKNOWN_HEADER",
  "BAD_REQUEST",
  "FORBIDDEN",
  "FORBIDDEN_PATH",
  "BASE_NOT_FOUND",
  "BASE_NOT_PARQUET",
  "BASE_UNREADABLE",
  "FORMULA_NOT_FOUND",
  "FORMULA_INVALID",
  "FORMULA_FAILED",
  "FORMULA_TIMEOUT",
  "OUTPUT_FAILED",
  "OUT_OF_MEMORY",
  "CANCELLED",
  "INTERRUPTED",
  "JOB_NOT_FOUND",
  "JOB_NOT_ENDED",
  "BUSY",
  "IDLE_TIMEOUT",
  "TOO_LARGE",
  "UNAUTHORIZED",
  "INTERNAL",
] as const;

/** One of the protocol's error codes. */
export type ErrorCode = typeof ERROR_CODES[number];

/** A setting that is not valid. The message names it, its value and what is expected. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** Where a formula failed, and its stack, in the author's own files. */
export interface FormulaPosition {
  /** `file:line:column`, line and column counted from 1. */
  where?: string;
  /** The author's stack frames, one per line. */
  stack?: string;
}

/** A {@linkcode ServiceError} as plain data, for messages between processes. */
export interface ErrorRecord extends FormulaPosition {
  code: ErrorCode;
  message: string;
}

/**
 * An error that a client is told about. Its message says what is wrong and what to do. Anything else that is
 * thrown is a fault of the service and is reported as `INTERNAL`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ServiceError } from "./errors.ts";
 *
 * const error = new ServiceError("BASE_NOT_FOUND", "a.parquet doesn't exist in /data");
 * assertEquals(ServiceError.from(error), error);
 * assertEquals(ServiceError.from(new RangeError("oops")).code, "INTERNAL");
 * ```
 */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly code: ErrorCode;
  readonly position: FormulaPosition;

  constructor(code: ErrorCode, message: string, position: FormulaPosition = {}) {
    super(message);
    this.code = code;
    this.position = position;
  }

  /** The error as plain data. */
  toRecord(): ErrorRecord {
    return { code: this.code, message: this.message, ...this.position };
  }

  /** The error that {@linkcode ServiceError.toRecord} was made from. */
  static fromRecord({ code, message, where, stack }: ErrorRecord): ServiceError {
    return new ServiceError(code, message, {
      ...(where === undefined ? {} : { where }),
      ...(stack === undefined ? {} : { stack }),
    });
  }

  /** Anything that was thrown, as a `ServiceError`. Other errors become `INTERNAL`. */
  static from(thrown: unknown): ServiceError {
    if (thrown instanceof ServiceError) return thrown;
    const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    return new ServiceError("INTERNAL", message);
  }
}
