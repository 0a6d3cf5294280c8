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

/** A length of time in nanoseconds, exactly. */
export interface Duration extends Quotient {
  /** As it was given. */
  text: string;
}

/**
 * A duration: a number and a unit such as `"1m"`, `"0.5 s"`, `"15min"`, `"100us"`, or milliseconds as they are.
 * Units are ns, us, ms, s, m or min, h, d and w; months and years are none, as they differ in length.
 *
 * @throws RangeError when it is no duration above 0.
 */
export function durationOf(duration: string | number): Duration {
  const [, figure = "1", unit = ""] = typeof duration === "number"
    ? [null, String(duration), "ms"]
    : /^\s*(\d+\.?\d*|\.\d+)?\s*([a-zµ]+)\s*$/i.exec(duration) ?? [];
  const digits = quotientOf(figure);
  const length = UNITS[unit];
  if (digits && length && digits.numerator > 0n) {
    const { numerator, denominator } = digits;
    return { numerator: numerator * length, denominator, text: shown(duration) };
  }
  throw new RangeError(
    `"${duration}" is no duration; write a number above 0 and ns, us, ms, s, m (minutes), h, d or w, such as "15m"`,
  );
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
