/** Intervals of the time that a clock on the wall shows, in nanoseconds since the start of 1970 on it. */

/** An interval of wall-clock time; it includes its start, not its end. */
export interface Cell {
  from: bigint;
  to: bigint;
}

/** Intervals that follow each other without a gap. */
export interface Grid {
  /** The interval that shows a time. */
  cellOf(wall: bigint): Cell;
  /** How long each is; 0 where they differ. */
  readonly length: bigint;
  /** All of them begin and end at multiples of it. */
  readonly grain: bigint;
}

export const SECOND = 1_000_000_000n;
export const DAY = 86_400n * SECOND;
export const WEEK = 7n * DAY;

/** Monday, 2000-01-03 00:00: weeks start on it, and minutes, hours and days as on a clock. */
export const MONDAY = 10_959n * DAY;

/** Intervals of equal length, one of which begins at the origin. */
export class EvenGrid implements Grid {
  readonly length: bigint;
  readonly grain: bigint;
  readonly #origin: bigint;

  constructor(length: bigint, origin: bigint) {
    this.length = length;
    this.grain = greatestDivisor(length, origin);
    this.#origin = origin;
  }

  cellOf(wall: bigint): Cell {
    const from = this.#origin + floorDivided(wall - this.#origin, this.length) * this.length;
    return { from, to: from + this.length };
  }
}

/** Every so many months from an origin on, at its day of the month and its time of day. */
export class MonthGrid implements Grid {
  readonly length = 0n;
  readonly grain: bigint;
  readonly #months: bigint;
  readonly #first: bigint;
  /** From the first of a month to the start of the interval. */
  readonly #shift: bigint;

  /** @throws RangeError for an origin on a day that not every month has. */
  constructor(months: number, origin: bigint) {
    this.#months = BigInt(months);
    this.#first = monthOf(floorDivided(origin, DAY));
    this.#shift = origin - firstDayOf(this.#first) * DAY;
    this.grain = greatestDivisor(DAY, this.#shift);
    const day = this.#shift / DAY + 1n;
    if (day > 28n) {
      throw new RangeError(
        `"origin" is on day ${day} of its month, which not every month has; give one from 1 to 28`,
      );
    }
  }

  cellOf(wall: bigint): Cell {
    const month = monthOf(floorDivided(wall - this.#shift, DAY)) - this.#first;
    const from = this.#first + floorDivided(month, this.#months) * this.#months;
    return { from: this.#startOf(from), to: this.#startOf(from + this.#months) };
  }

  #startOf(month: bigint): bigint {
    return firstDayOf(month) * DAY + this.#shift;
  }
}

/** Days of 400 years, and to the first of March of the year 0 from 1970 on. */
const ERA = 146_097n, MARCH_0 = 719_468n;

/** The month of a day since 1970, counted from January of the year 0 on. */
function monthOf(day: bigint): bigint {
  const since = day + MARCH_0, era = floorDivided(since, ERA), left = since - era * ERA;
  const year = (left - left / 1460n + left / 36_524n - left / 146_096n) / 365n;
  const ofYear = left - (365n * year + year / 4n - year / 100n);
  const month = (5n * ofYear + 2n) / 153n; // from March on
  return 12n * (400n * era + year) + month + 2n;
}

/** The first day of a month, counted as above, since 1970. */
function firstDayOf(month: bigint): bigint {
  const fromMarch = month - 2n, ofYears = floorDivided(fromMarch, 12n);
  const era = floorDivided(ofYears, 400n), year = ofYears - 400n * era;
  const days = (153n * (fromMarch - 12n * ofYears) + 2n) / 5n;
  return era * ERA + 365n * year + year / 4n - year / 100n + days - MARCH_0;
}

export function floorDivided(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

export function greatestDivisor(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a, y = b < 0n ? -b : b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
