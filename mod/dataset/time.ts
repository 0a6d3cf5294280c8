/** What a time can be given as: a `Date`, ISO 8601 text, or milliseconds since 1970 in UTC. */
export type TimeValue = Date | string | number | bigint;

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Nanoseconds since 1970 in UTC, exactly: text keeps up to nine digits of a second, and without a time
 * zone it is UTC. `null` for what is no time.
 */
export function nanosecondsOf(value: TimeValue): bigint | null {
  if (typeof value === "bigint") return value * 1_000_000n;
  if (value instanceof Date) value = value.getTime();
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return null;
    const whole = Math.floor(value);
    return BigInt(whole) * 1_000_000n + BigInt(Math.round((value - whole) * 1e6));
  }
  const match = typeof value === "string" ? ISO.exec(value) : null;
  if (!match) return null;
  const [, date, time = "00:00:00", fraction = "", zone = "Z"] = match;
  const seconds = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}${zone}`);
  if (Number.isNaN(seconds)) return null;
  return BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}
