import { ServiceError } from "../../common/errors.ts";
import { fileName } from "../../remote/url.ts";
import type { UnsafeInteger } from "./convert.ts";
import type { ParquetFile } from "./parquet_file.ts";
import { Malformed } from "../io/malformed.ts";
import { decimalText } from "../../std/grouping/exact_values.ts";
import type { Column } from "../format/column.ts";

/** Runs a step of decoding; what goes wrong in it says in which file, column and row group. */
export function located<T>(
  file: ParquetFile,
  { name }: Column,
  rowGroup: number,
  step: () => T,
): T {
  try {
    return step();
  } catch (thrown) {
    if (!(thrown instanceof Malformed)) throw thrown;
    throw new ServiceError(
      "BASE_UNREADABLE",
      `${fileName(file.path)}, column "${name}", row group ${rowGroup}: ${thrown.message}`,
    );
  }
}

/** The error for an INT64 value that a Float64Array can't hold. */
export function unsafeInteger(
  { name }: Column,
  row: number,
  { value }: Pick<UnsafeInteger, "value">,
): ServiceError {
  return new ServiceError(
    "FORMULA_FAILED",
    `column "${name}", row ${row}: ${value} is too large for a number without losing digits; ` +
      `write \`export const int64 = "bigint"\` in the formula to get BigInt64Array`,
  );
}

/** The error for a decimal that a double can't hold. */
export function unsafeDecimal(
  { name, type, scale = 0 }: Column,
  row: number,
  whole: bigint,
): ServiceError {
  const exact = scale === 0
    ? `write \`export const int64 = "bigint"\` in the formula to get bigints`
    : `take chunk.raw("${name}"), whole numbers of its last digit, or keep it`;
  return new ServiceError(
    "FORMULA_FAILED",
    `column "${name}", row ${row}: ${
      decimalText(whole, scale)
    } of ${type} is too long for a number without losing digits; ${exact}`,
  );
}
