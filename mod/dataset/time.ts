/** What a time can be given as: a `Date`, ISO 8601 text, or milliseconds since 1970 in UTC. */
export type TimeValue = Date | string | number | bigint;

const ISO =
  /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):?(\d\d))?)?$/;

/** A time as a text has it. */
interface Fields {
  year: number;
  /** From 1. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  /** Of the zone; its sign is that of both. */
  zoneHour: number;
  zoneMinute: number;
}

/**
 * Nanoseconds since 1970 in UTC, exactly: text keeps up to nine digits of a second, and without a time
 * zone it is UTC. `null` for what is no time, as a day that no month has.
 */
export function nanosecondsOf(value: TimeValue): bigint | null {
  if (typeof value === "bigint") return value * 1_000_000n;
  if (value instanceof Date) value = value.getTime();
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return null;
    const whole = Math.floor(value);
    return BigInt(whole) * 1_000_000n + BigInt(Math.round((value - whole) * 1e6));
  }
  const fields = typeof value === "string" ? fieldsOf(value) : null;
  if (fields === null || faultOf(fields) !== null) return null;
  const { year, month, day, hour, minute, second, nanosecond, zoneHour, zoneMinute } = fields;
  const minutes = (daysSince1970(year, month, day) * 24 + hour - zoneHour) * 60 + minute -
    zoneMinute;
  return BigInt(minutes * 60 + second) * 1_000_000_000n + BigInt(nanosecond);
}

/**
 * Days from 1970-01-01 to a day of the Gregorian calendar, of any year. Years begin in March here, so that a leap day is
 * their last. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2021), days_from_civil.
 */
function daysSince1970(year: number, month: number, day: number): number {
  const from = month > 2 ? year : year - 1;
  const era = Math.floor(from / 400), yearOfEra = from - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) +
    dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Whether a text that is a time says of which zone it is. */
export function hasZone(text: string): boolean {
  return /[T ].*(?:Z|[+-]\d\d:?\d\d)$/.test(text);
}

/** Why a value that looks like a time is none, for an error's sentence; `null` where there is no more to say. */
export function timeFault(value: unknown): string | null {
  if (value instanceof Date) return "that Date is invalid";
  if (typeof value !== "string") return null;
  const fields = fieldsOf(value);
  return fields === null
    ? "times are written like 2024-05-01T12:30:00.5+02:00, zeros in front included, and years beyond 9999 like +012024"
    : faultOf(fields);
}

function fieldsOf(text: string): Fields | null {
  const match = ISO.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) =>
    Number(part ?? 0)
  );
  const [fraction = "", sign, zoneHour = "0", zoneMinute = "0"] = match.slice(7);
  const turn = sign === "-" ? -1 : 1;
  return {
    year: year!,
    month: month!,
    day: day!,
    hour: hour!,
    minute: minute!,
    second: second!,
    nanosecond: Number(fraction.padEnd(9, "0")),
    zoneHour: turn * Number(zoneHour),
    zoneMinute: turn * Number(zoneMinute),
  };
}

/** What of a time there is not. A day ends at 24:00, to the nanosecond; leap seconds have no number. */
function faultOf(fields: Fields): string | null {
  const { year, month, day, hour, minute, second, nanosecond, zoneHour, zoneMinute } = fields;
  if (month < 1 || month > 12) return `there is no month ${month}`;
  const days = daysOf(year, month);
  if (day < 1 || day > days) {
    return `month ${month} of the year ${year} has ${days} days`;
  }
  const rest = minute + second + nanosecond;
  if (hour > 24 || (hour === 24 && rest > 0)) return "a day has 24 hours";
  if (minute > 59) return "an hour has 60 minutes";
  if (second > 59) return "a minute has 60 seconds";
  if (Math.abs(zoneHour) > 23 || Math.abs(zoneMinute) > 59) {
    return "a zone is less than 24 hours from UTC";
  }
  return null;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
