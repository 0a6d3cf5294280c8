/** Where one of several intervals begins: an instant, a date, a time of day. */
import { told } from "../common/options.ts";
import { DAY, SECOND } from "./grid.ts";
import type { Zone } from "./zone.ts";

/** A time that a clock on the wall shows, in nanoseconds since the start of 1970 on it. */
export interface WallTime {
  wall: bigint;
  /** Whether no day was named. */
  isOfDay: boolean;
}

const OF_DAY = /^\d\d:\d\d(:\d\d([.,]\d{1,9})?)?$/;
const DATE = /^(\d{4}|[+-]\d{6})-\d\d-\d\d(?<time>[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?)?$/;
const INSTANT =
  /^(\d{4}|[+-]\d{6})-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)$/;

/**
 * What a text says: `"06:00"`, `"2024-04-01"`, `"2024-04-01T06:00"`, or an instant such as `"2024-04-01T06:00Z"`.
 *
 * @throws RangeError for a text that is no time.
 */
export function wallTimeOf(text: string, zone: Zone): WallTime {
  try {
    if (OF_DAY.test(text)) return { wall: ofDay(Temporal.PlainTime.from(text)), isOfDay: true };
    if (DATE.test(text)) return { wall: onWall(Temporal.PlainDateTime.from(text)), isOfDay: false };
    if (INSTANT.test(text)) {
      const instant = Temporal.Instant.from(text).epochNanoseconds;
      return { wall: instant + zone.at(instant).ahead, isOfDay: false };
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new RangeError(
    `"origin" is no time: ${
      told(text)
    }; give a time of day such as "06:00", a date such as "2024-04-01" or "2024-04-01T06:00", or milliseconds since 1970`,
  );
}

function onWall(time: Temporal.PlainDateTime): bigint {
  const { days } = time.toPlainDate().since("1970-01-01", { largestUnit: "days" });
  return BigInt(days) * DAY + ofDay(time.toPlainTime());
}

function ofDay(time: Temporal.PlainTime): bigint {
  const { hour, minute, second, millisecond, microsecond, nanosecond } = time;
  const seconds = BigInt(3600 * hour + 60 * minute + second) * SECOND;
  return seconds + BigInt(1_000_000 * millisecond + 1000 * microsecond + nanosecond);
}
