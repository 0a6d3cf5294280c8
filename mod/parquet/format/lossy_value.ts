import { decimalText } from "../../std/grouping/exact_values.ts";
import { InexactValue } from "../io/errors.ts";

/** A decimal with more digits than a double has. */
export function longDecimal(whole: bigint, scale: number): InexactValue {
  return new InexactValue(
    "nested",
    `a decimal in it, ${decimalText(whole, scale)}, is too long for a number without losing digits`,
  );
}

/**
 * The Date of a time within a list, a map or a record.
 *
 * @param perMillisecond Units of the time in a millisecond.
 * @throws InexactValue for a time that is no whole millisecond, or outside of what a Date can hold.
 */
export function exactDate(time: bigint, perMillisecond: bigint): Date {
  const date = new Date(Number(time / perMillisecond));
  if (time % perMillisecond === 0n && !Number.isNaN(date.getTime())) return date;
  const unit = perMillisecond === 1n ? "ms" : perMillisecond === 1000n ? "µs" : "ns";
  const message = `a time in it, ${time} ${unit} since 1970, is none that a Date can hold`;
  throw new InexactValue("nested", message);
}
