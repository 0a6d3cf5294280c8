const UNITS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * A duration in milliseconds: a number and a unit such as `"1m"`, `"0.5 s"`, `"15min"`, or
 * milliseconds as they are. Units are ms, s, m or min, h, d and w; months and years are none, as
 * they differ in length.
 *
 * @throws RangeError when it is no duration above 0.
 */
export function milliseconds(duration: string | number): number {
  const [, figure, unit] = typeof duration === "number"
    ? [null, String(duration), "ms"]
    : /^\s*(\d+\.?\d*|\.\d+)?\s*([a-z]+)\s*$/i.exec(duration) ?? [];
  const length = Number(figure ?? 1) * (UNITS[unit ?? ""] ?? NaN);
  if (length > 0 && length < Infinity) return length;
  throw new RangeError(
    `"${duration}" is no duration; write a number above 0 and ms, s, m (minutes), h, d or w, such as "15m"`,
  );
}
