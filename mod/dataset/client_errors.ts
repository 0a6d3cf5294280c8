/** What a client is told of what is wrong with Parquet files. */
import { type ErrorCode, ServiceError } from "../common/errors.ts";
import {
  InexactValue,
  Malformed,
  ParquetError,
  type Place,
  SourceError,
  type SourceFault,
  UnfitColumns,
  UnfitValue,
  Unsupported,
} from "../parquet/io/errors.ts";
import { fileName } from "../remote/url.ts";

/** Runs a step. @throws ServiceError for what is wrong with a Parquet file; all else passes through. */
export function withClientErrors<T>(step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    throw clientError(thrown);
  }
}

/** What is wrong with a Parquet file as a `ServiceError`; anything else as it is. */
export function clientError(thrown: unknown): unknown {
  if (!(thrown instanceof ParquetError)) return thrown;
  const { message, place } = thrown;
  if (thrown instanceof SourceError) {
    const [code, text] = SOURCE_FAULTS[thrown.fault];
    return new ServiceError(code, `${nameOf(place)} ${text(message)}`);
  }
  if (thrown instanceof Malformed || thrown instanceof Unsupported) {
    return place.column === undefined
      ? new ServiceError("BASE_NOT_PARQUET", `${nameOf(place)} can't be used: ${message}`)
      : new ServiceError("BASE_UNREADABLE", `${nameOf(place)}, ${whereIn(place)}: ${message}`);
  }
  if (thrown instanceof InexactValue) {
    return failed(`${whereIn(place)}: ${message}; ${remedyOf(thrown)}`);
  }
  if (thrown instanceof UnfitValue) return failed(`${whereIn(place)}: ${message}`);
  if (thrown instanceof UnfitColumns && thrown.areOthers) {
    return failed(`${message}; a formula must return the same columns for every partition`);
  }
  return failed(message);
}

const SOURCE_FAULTS: Record<SourceFault, [ErrorCode, (message: string) => string]> = {
  "not a file": ["BASE_NOT_PARQUET", () => "is not a file"],
  "not permitted": [
    "BASE_NOT_FOUND",
    () => "may not be read: give the service's user the right to",
  ],
  "changed": [
    "BASE_UNREADABLE",
    () =>
      "changed or shrank while the job ran; it must stay as it is until the job has ended: send the job again when nothing writes to it",
  ],
  "unreadable": ["BASE_UNREADABLE", (message) => `can't be read: ${message}`],
};

function failed(message: string): ServiceError {
  return new ServiceError("FORMULA_FAILED", message);
}

function nameOf({ file = "" }: Place): string {
  return fileName(file);
}

/** The column, and the row or else the row group. */
function whereIn({ column, rowGroup, row }: Place): string {
  const where = row === undefined ? `row group ${rowGroup}` : `row ${row}`;
  return `column "${column}", ${where}`;
}

/** How to have a value without losing digits. */
function remedyOf({ use, scale, place: { column, type } }: InexactValue): string {
  if (use === "nested") return `store it outside of the ${type}, or carry the column by "keep"`;
  const bigints = `write \`export const int64 = "bigint"\` in the formula to get`;
  if (use === "integer") return `${bigints} BigInt64Array`;
  if (scale === 0) return `${bigints} bigints`;
  return `take chunk.raw("${column}"), whole numbers of its last digit, or keep it`;
}
