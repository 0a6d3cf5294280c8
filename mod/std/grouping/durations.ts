import { nearest } from "../../common/nearest.ts";
import { type Quotient, quotientOf } from "./exact_values.ts";

/** Nanoseconds in units of durations. */
const UNITS: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  "µs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  min: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
};

/** Months in units of the calendar. */
const MONTHS: Record<string, number> = { mo: 1, q: 3, y: 12 };

/** What others call units. */
const OTHER_WORDS: Record<string, string> = {
  ...{ nanosecond: "ns", microsecond: "us", millisecond: "ms", second: "s", sec: "s" },
  ...{ minute: "m", hour: "h", hr: "h", day: "d", week: "w" },
  ...{ M: "mo", ME: "mo", MS: "mo", month: "mo", mon: "mo", mth: "mo" },
  ...{ Q: "q", QE: "q", QS: "q", quarter: "q", qtr: "q" },
  ...{ Y: "y", YE: "y", YS: "y", A: "y", year: "y", yr: "y" },
};

/** A length of time in nanoseconds, exactly. */
export interface Duration extends Quotient {
  /** As it was given. */
  text: string;
}

/** So many months, which differ in length. */
export interface Months {
  months: number;
}

/**
 * A duration: a number and a unit such as `"1m"`, `"0.5 s"`, `"15min"`, `"100us"`, or milliseconds as they are.
 * Units are ns, us, ms, s, m or min, h, d and w; months and years are none, as they differ in length.
 *
 * @throws RangeError when it is no duration above 0.
 */
export function durationOf(duration: string | number): Duration {
  const { figure, unit } = readDuration(duration);
  const digits = quotientOf(figure), length = unitOf(UNITS, unit);
  if (digits && length && digits.numerator > 0n) {
    const { numerator, denominator } = digits;
    return { numerator: numerator * length, denominator, text: shown(duration) };
  }
  throw new RangeError(
    `"${duration}" is no duration; ${
      meant(unit, Object.keys(UNITS))
    } a number above 0 and ns, us, ms, s, m (minutes), h, d or w, such as "15m"`,
  );
}

/**
 * A duration, or a whole number of months (`"1mo"`), quarters (`"1q"`) or years (`"1y"`).
 *
 * @throws RangeError when it is none of them.
 */
export function lengthOf(length: string | number): Duration | Months {
  const { figure, unit } = readDuration(length);
  const months = unitOf(MONTHS, unit), digits = quotientOf(figure);
  if (!months) {
    if (digits && digits.numerator > 0n && unitOf(UNITS, unit)) return durationOf(length);
    throw new RangeError(
      `"${length}" is no duration; ${
        meant(unit, [...Object.keys(UNITS), ...Object.keys(MONTHS)])
      } a number above 0 and ns, us, ms, s, m (minutes), h, d, w, mo (months), q (quarters) or y (years), such as "15m"`,
    );
  }
  const count = Number(figure);
  if (Number.isInteger(count) && count > 0 && count * months <= MOST_MONTHS) {
    return { months: count * months };
  }
  throw new RangeError(
    `"${length}" is no duration: months, quarters and years are counted in whole numbers from 1 on, up to ${
      MOST_MONTHS / 12
    } years, such as "3mo"`,
  );
}

/** Months of the years that have a calendar, about. */
const MOST_MONTHS = 12 * 500_000;

function readDuration(duration: string | number): { figure: string; unit: string } {
  if (typeof duration === "number") return { figure: String(duration), unit: "ms" };
  const [, figure = "1", unit = ""] =
    /^\s*(\d+\.?\d*|\.\d+)?\s*([a-zµ]+)\s*$/i.exec(String(duration)) ?? [];
  return { figure, unit };
}

function unitOf<T>(units: Record<string, T>, unit: string): T | undefined {
  return Object.hasOwn(units, unit) ? units[unit] : undefined;
}

/** What to do: the unit that another word stands for, or the nearest one, is named. */
function meant(word: string, units: readonly string[]): string {
  const one = word.replace(/(.{3})s$/i, "$1");
  const words = Object.keys(OTHER_WORDS).filter((other) => other.length > 2);
  const unit = [word, one.toLowerCase(), nearest(one, words) ?? "", word.toLowerCase()]
    .map((like) => Object.hasOwn(OTHER_WORDS, like) ? OTHER_WORDS[like]! : like)
    .find((like) => units.includes(like));
  return unit === undefined || unit === word ? "write" : `did you mean "${unit}"? Write`;
}

function shown(duration: string | number): string {
  return typeof duration === "number" ? `${duration} ms` : `"${duration}"`;
}

/**
 * Whole nanoseconds.
 *
 * @throws RangeError for a duration that is no whole number of them.
 */
export function nanosecondsOf({ numerator, denominator, text }: Duration): bigint {
  if (numerator % denominator === 0n) return numerator / denominator;
  throw new RangeError(
    `${text} is no whole number of nanoseconds, so that times can't be counted by it exactly`,
  );
}
