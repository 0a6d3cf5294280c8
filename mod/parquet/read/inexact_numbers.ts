import { decimalText } from "../../std/grouping/exact_values.ts";
import type { Column } from "../format/column.ts";
import { InexactValue } from "../io/errors.ts";

/** The error for an INT64 value that a Float64Array can't hold. */
export function unsafeInteger({ name, type }: Column, row: number, value: bigint): InexactValue {
  const place = { column: name, type, row };
  const message = `${value} is too large for a number without losing digits`;
  return new InexactValue("integer", message, place);
}

/** The error for a decimal that a double can't hold. */
export function unsafeDecimal(
  { name, type, scale = 0 }: Column,
  row: number,
  whole: bigint,
): InexactValue {
  const place = { column: name, type, row };
  const text = decimalText(whole, scale);
  const message = `${text} of ${type} is too long for a number without losing digits`;
  return new InexactValue("decimal", message, place, scale);
}

/** The error for a decimal within a list, a map or a record that a double can't hold. */
export function nestedDecimal(whole: bigint, scale: number): InexactValue {
  const text = decimalText(whole, scale);
  return new InexactValue(
    "nested",
    `a decimal in it, ${text}, is too long for a number without losing digits`,
  );
}
