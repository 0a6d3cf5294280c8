/** Times as ISO 8601 has them. */

/** How times of a day are counted. */
export type ClockUnit = "ms" | "us" | "ns";

const DAY_MS = 86_400_000;

/** Digits of a second, and counts in a millisecond. */
const DIGITS: Record<ClockUnit, number> = { ms: 3, us: 6, ns: 9 };
const PER_MS: Record<ClockUnit, bigint> = { ms: 1n, us: 1_000n, ns: 1_000_000n };

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

/** A day by its count since 1970: `2024-05-01`; years beyond four digits as `+010000` and `-000001`. */
export function dayText(day: number): string {
  // Years begin in March here, so that the day that may be missing is the last one.
  const days = day + 719_468;
  const era = Math.floor(days / 146_097);
  const ofEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
      365,
  );
  const ofYear = ofEra -
    (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const march = Math.floor((5 * ofYear + 2) / 153);
  const date = ofYear - Math.floor((153 * march + 2) / 5) + 1;
  const month = march < 10 ? march + 3 : march - 9;
  const year = yearOfEra + 400 * era + (month <= 2 ? 1 : 0);
  const isPlain = year >= 0 && year <= 9999;
  const shown = isPlain ? padded(year, 4) : `${year < 0 ? "-" : "+"}${padded(Math.abs(year), 6)}`;
  return `${shown}-${padded(month, 2)}-${padded(date, 2)}`;
}

/** A time of day by what its unit counts since midnight: `12:34:56.789`. */
export function clockText(count: number | bigint, unit: ClockUnit): string {
  const { ms, rest } = parted(BigInt(count), unit);
  return ofDay(ms, rest, unit);
}

/** Gives times by what their unit counts since 1970: `2024-05-01T12:34:56.789`, with a Z where they are in UTC. */
export class TimeTexts {
  readonly #unit: ClockUnit;
  readonly #between: string;
  readonly #end: string;
  #day = NaN;
  #dayText = "";

  constructor(unit: ClockUnit, { utc, between = "T" }: { utc: boolean; between?: string }) {
    this.#unit = unit;
    this.#between = between;
    this.#end = utc ? "Z" : "";
  }

  of(count: bigint): string {
    const { ms, rest } = parted(count, this.#unit);
    const day = Math.floor(ms / DAY_MS);
    return this.ofDay(day, ms - day * DAY_MS, rest);
  }

  /** @param rest What the unit counts behind the milliseconds. */
  ofDay(day: number, ms: number, rest: number): string {
    if (day !== this.#day) {
      this.#day = day;
      this.#dayText = dayText(day);
    }
    return this.#dayText + this.#between + ofDay(ms, rest, this.#unit) + this.#end;
  }
}

/** Milliseconds, and what the unit counts behind them, which is never below 0. */
function parted(count: bigint, unit: ClockUnit): { ms: number; rest: number } {
  const per = PER_MS[unit];
  if (per === 1n) return { ms: Number(count), rest: 0 };
  let ms = Number(count / per);
  let rest = Number(count % per);
  if (rest < 0) {
    ms--;
    rest += Number(per);
  }
  return { ms, rest };
}

function ofDay(ms: number, rest: number, unit: ClockUnit): string {
  const seconds = Math.floor(ms / 1000);
  const fraction = padded(ms % 1000, 3) + (unit === "ms" ? "" : padded(rest, DIGITS[unit] - 3));
  const hours = padded(Math.floor(seconds / 3600), 2);
  return `${hours}:${padded(Math.floor(seconds / 60) % 60, 2)}:${
    padded(seconds % 60, 2)
  }.${fraction}`;
}
