/** A time axis without loss: seconds from a chosen instant. */
import type { RawValues } from "../parquet/read/read_column.ts";
import { NANOSECONDS } from "../std/grouping/exact_values.ts";
import { nanosecondsOf, type TimeValue } from "./time.ts";

/**
 * Nanoseconds since 1970 of what a formula gives as an instant.
 *
 * @throws TypeError for what is none.
 */
export function instantOf(value: unknown, use: string): bigint {
  const instant = nanosecondsOf(value as TimeValue);
  if (instant !== null) return instant;
  throw new TypeError(
    `${use}: the instant that seconds are counted from is a Date, an ISO date and time such as "2024-05-01T06:00:00Z", or milliseconds since 1970, not ${
      String(value)
    }`,
  );
}

/**
 * Seconds from an instant to each time, NaN for null: whole numbers are subtracted, and the difference is rounded to
 * the nearest double once.
 *
 * @param since Nanoseconds since 1970.
 */
export function secondsSince({ values, unit, validity }: RawValues, since: bigint): Float64Array {
  const seconds = new Float64Array(values.length);
  const per = NANOSECONDS[unit];
  const isMissing = (row: number) => validity !== null && validity[row] === 0;
  if (values instanceof BigInt64Array && since % per === 0n) {
    const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
    const start = since / per, perSecond = Number(1_000_000_000n / per);
    const high = Number(start >> 32n), low = Number(start & 0xffffffffn);
    for (let row = 0; row < seconds.length; row++) {
      const apart = (words[2 * row + 1]! - high) * 4294967296 + ((words[2 * row]! >>> 0) - low);
      seconds[row] = isMissing(row)
        ? NaN
        : Number.isSafeInteger(apart)
        ? apart / perSecond
        : quotient(values[row]! * per - since);
    }
    return seconds;
  }
  for (let row = 0; row < seconds.length; row++) {
    seconds[row] = isMissing(row) ? NaN : quotient(BigInt(values[row]!) * per - since);
  }
  return seconds;
}

/** Nanoseconds in seconds. */
function quotient(nanoseconds: bigint): number {
  const near = Number(nanoseconds);
  if (Number.isSafeInteger(near)) return near / 1e9;
  return Number(nanoseconds / 1_000_000_000n) + Number(nanoseconds % 1_000_000_000n) / 1e9;
}
