import { nanosecondsOf } from "./time.ts";

/** Seconds since 1970 beyond which a number is taken for milliseconds: the year 5138. */
const MOST_SECONDS = 1e11;

const DATE_AND_TIME = /^(.*?)(?:[Tt]|\s+|\s*,\s+)(\d{1,2}:\d.*)$/;
const YEAR_FIRST = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/;
const YEAR_LAST = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/;
const WITHOUT_MARKS = /^(\d{4})(\d\d)(\d\d)(?:[Tt ]?(\d\d)(\d\d)(\d\d)?(?:[.,](\d+))?\s*(.*))?$/;
const ZONED_DATE = /^(\d{4}-\d\d-\d\d)\s*(Z|[+-]\d\d:?\d\d)$/i;
const TIME = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?\s*(.*)$/;
const ZONE = /^(?:GMT|UTC)?([+-])(\d{1,2}):?(\d\d)?$/i;

/**
 * The ISO text that is likely meant by a value that is none: zeros in front, marks and capitals as ISO has them, days
 * of `5.1.2024`, numbers of seconds or milliseconds since 1970.
 *
 * @return `null` where no time looks like it; a time in no case differs from what was written.
 */
export function meantTime(value: unknown): string | null {
  if (typeof value === "number") return meantByNumber(value);
  if (typeof value !== "string") return null;
  const text = value.trim();
  const meant = meantByDigits(text) ?? meantByMarks(text);
  return meant !== null && nanosecondsOf(meant) !== null ? meant : null;
}

function meantByNumber(value: number): string | null {
  const date = new Date(Math.abs(value) < MOST_SECONDS ? value * 1000 : value);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** `20240501T123000Z` */
function meantByDigits(text: string): string | null {
  const found = WITHOUT_MARKS.exec(text);
  if (found === null) return null;
  const [, year, month, day, hour, minute, second, fraction, rest = ""] = found;
  const date = `${year}-${month}-${day}`;
  if (hour === undefined) return date;
  const zone = zoneOf(rest);
  return zone === null ? null : `${date}T${hour}:${minute}${secondsOf(second, fraction)}${zone}`;
}

function meantByMarks(text: string): string | null {
  const [, midnight, ofZone] = ZONED_DATE.exec(text) ?? [];
  if (midnight !== undefined) return `${midnight}T00:00${zoneOf(ofZone!)}`;
  const [, day = text, clock] = DATE_AND_TIME.exec(text) ?? [];
  const date = dateOf(day);
  if (date === null || clock === undefined) return date;
  const [, hour, minute, second, fraction, rest = ""] = TIME.exec(clock) ?? [];
  const zone = zoneOf(rest);
  if (hour === undefined || minute === undefined || zone === null) return null;
  return `${date}T${two(hour)}:${two(minute)}${secondsOf(second, fraction)}${zone}`;
}

function dateOf(text: string): string | null {
  const [, year, month, day] = YEAR_FIRST.exec(text) ?? [];
  if (year !== undefined) return `${year}-${two(month!)}-${two(day!)}`;
  const [, dayFirst, secondMonth, yearLast] = YEAR_LAST.exec(text) ?? [];
  return yearLast === undefined ? null : `${yearLast}-${two(secondMonth!)}-${two(dayFirst!)}`;
}

/** Seconds with no more digits than a nanosecond has. */
function secondsOf(second: string | undefined, fraction: string | undefined): string {
  if (second === undefined) return "";
  return `:${two(second)}${fraction === undefined ? "" : `.${fraction.slice(0, 9)}`}`;
}

function zoneOf(text: string): string | null {
  if (text === "" || /^(?:z|utc|gmt)$/i.test(text)) return text === "" ? "" : "Z";
  const [, sign, hours, minutes = "00"] = ZONE.exec(text) ?? [];
  return sign === undefined ? null : `${sign}${two(hours!)}:${minutes}`;
}

function two(digits: string): string {
  return digits.padStart(2, "0");
}
