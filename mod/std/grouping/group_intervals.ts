/** Intervals of time as keys: rows get the number of the interval that they fall into, in whole numbers. */
import { floorDivided, greatestDivisor } from "../calendar/grid.ts";
import { noCalendar } from "../calendar/zone.ts";
import { type Duration, nanosecondsOf } from "./durations.ts";
import { shownTimes } from "#marks";
import { type ExactType, type ExactValues, fitsIn64Bits, NANOSECONDS } from "./exact_values.ts";
import {
  endOfNulls,
  endWithin,
  type IntervalRuns,
  numbersOfRuns,
  RunCollector,
} from "./interval_runs.ts";
import { calendarsOf, type Steps } from "./interval_steps.ts";

/** What a column of numbers counts since 1970. */
export type CountedUnit = "s" | "ms" | "us" | "ns";

/** A key that is the interval a time falls into. */
export interface Interval extends Steps {
  column: string;
  name: string;
  /** Of a column of numbers. */
  unit: CountedUnit | null;
}

/** Numbers of intervals: see {@linkcode Steps}; NaN or null where there is no time. */
export type Numbers = Float64Array | (bigint | null)[];

/**
 * The interval of each time, counted from the origin. All is done in whole numbers: a time at a border is where it
 * belongs.
 *
 * @param times Whole numbers of the type's unit.
 * @throws RangeError for an interval or an origin that is no whole number of nanoseconds, and for a time that has no
 * calendar where intervals are those of one.
 */
export function numbersOfTimes(
  { values, validity }: ExactValues,
  type: ExactType,
  interval: Interval,
): IntervalRuns | (bigint | null)[] {
  const counter = counterOf(type, NANOSECONDS[type.unit ?? "ms"], interval);
  if (values instanceof BigInt64Array) return counted(values, validity, counter);
  const times = Array.from(values, (value) => value === null ? 0n : BigInt(value));
  const there = validity ?? Uint8Array.from(values, (value) => value === null ? 0 : 1);
  // INT96 has times of any year.
  return times.every(fitsIn64Bits)
    ? counted(BigInt64Array.from(times), there, counter)
    : counter.countFar(times, there);
}

type Counter = Pick<IntervalCounter, "count" | "countFar">;

function counterOf(
  type: ExactType | null,
  unit: bigint,
  { every, origin, calendar }: Interval,
): Counter {
  if (calendar) return calendarsOf(calendar).counterOf(type, unit);
  return new IntervalCounter(unit, nanosecondsOf(every), nanosecondsOf(origin));
}

function counted(
  times: BigInt64Array,
  validity: Uint8Array | null,
  counter: Counter,
): IntervalRuns | (bigint | null)[] {
  return counter.count(times, validity) ?? counter.countFar(times, validity);
}

/** 2^53: differences up to it are exact in doubles. */
const EXACT = 2 ** 53;

class IntervalCounter {
  readonly #unit: bigint;
  readonly #every: bigint;
  readonly #origin: bigint;
  /** Times of an interval, in their own unit; 0 where its borders lie between two of them. */
  readonly #length: number;

  /** All in nanoseconds. */
  constructor(unit: bigint, every: bigint, origin: bigint) {
    this.#unit = unit;
    this.#every = every;
    this.#origin = origin;
    const aligned = every % unit === 0n && origin % unit === 0n && every / unit < EXACT;
    this.#length = aligned ? Number(every / unit) : 0;
  }

  /** The intervals of times, in runs; `null` where a double can't hold a number. */
  count(times: BigInt64Array, validity: Uint8Array | null): IntervalRuns | null {
    const words = new Int32Array(times.buffer, times.byteOffset, 2 * times.length);
    const runs = new RunCollector(times.length), length = this.#length;
    // A time is a distance from the first interval's start: exact as a double while it is below 2^53.
    let base: { high: number; low: number; number: number } | null = null;
    for (let row = 0; row < times.length;) {
      if (validity && validity[row] === 0) {
        row = endOfNulls(validity, row);
        runs.add(NaN, row);
        continue;
      }
      const far = base
        ? (words[2 * row + 1]! - base.high) * 4294967296 + ((words[2 * row]! >>> 0) - base.low)
        : Infinity;
      let high = 0, low = 0, to = length, number = 0;
      if (base && length > 0 && far < EXACT / 2 && far > -EXACT / 2) {
        let steps = Math.floor(far / length);
        if (steps * length > far) steps--;
        else if ((steps + 1) * length <= far) steps++;
        number = base.number + steps;
        ({ high } = base);
        low = base.low + steps * length;
      } else {
        const found = this.#find(times[row]!);
        if (!Number.isSafeInteger(Number(found.number))) return null;
        number = Number(found.number);
        high = Number(found.from >> 32n);
        low = Number(found.from & 0xffffffffn);
        to = Math.min(EXACT, Number(found.to - found.from));
        base ??= { high, low, number };
      }
      row = endWithin(words, validity, row + 1, high, low, 0, to);
      runs.add(number, row);
    }
    return runs.runs();
  }

  /** Times that 64 bits can't hold, or more intervals than a double can count. */
  countFar(times: Iterable<bigint>, validity: Uint8Array | null): (bigint | null)[] {
    return Array.from(
      times,
      (time, row) => validity && validity[row] === 0 ? null : this.#find(time).number,
    );
  }

  /** A time's interval, and between which times it lies. */
  #find(time: bigint): { number: bigint; from: bigint; to: bigint } {
    const number = floorDivided(time * this.#unit - this.#origin, this.#every);
    const start = this.#origin + number * this.#every;
    const from = -floorDivided(-start, this.#unit);
    return { number, from, to: -floorDivided(-start - this.#every, this.#unit) };
  }
}

/** Units from coarse to fine. */
const UNITS = ["day", "ms", "us", "ns"] as const;

/**
 * Starts of intervals as times in the unit of the column, or the coarsest finer one in which they are whole
 * numbers.
 */
export function startsOf(
  numbers: Numbers,
  type: ExactType,
  { every, origin, calendar }: Interval,
): Float64Array {
  const step = nanosecondsOf(every), first = nanosecondsOf(origin);
  const grain = calendar ? calendarsOf(calendar).grainOf(type) : greatestDivisor(step, first);
  const fits = (unit: keyof typeof NANOSECONDS) => grain % NANOSECONDS[unit] === 0n;
  const unit = UNITS.slice(UNITS.indexOf(type.unit ?? "ms")).find(fits)!;
  const times = Array.from<number | bigint | null, bigint | null>(
    numbers,
    (number) =>
      number === null || number !== number
        ? null
        : (first + BigInt(number) * step) / NANOSECONDS[unit],
  );
  const kind = unit === "day" ? "date" : "timestamp";
  return shownTimes(times, { kind, unit, utc: type.utc ?? false, type: "TIMESTAMP" });
}

/** Nanoseconds of units that numbers are counted in. */
const COUNTED: Record<CountedUnit, bigint> = {
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1000n,
  ns: 1n,
};

/** The interval of each number, in the unit that the numbers count. */
export function numbersOfCounts(counts: Float64Array, interval: Interval): Float64Array {
  if (interval.calendar) return numbersByCalendar(counts, interval);
  const { every, origin } = inCounts(interval);
  const numbers = new Float64Array(counts.length);
  let from = NaN, to = NaN, number = NaN;
  for (let row = 0; row < counts.length; row++) {
    const time = counts[row]!;
    // Times mostly rise, so that a row is mostly in the interval of the one before.
    if (!(time >= from && time < to)) {
      number = Math.floor((time - origin) / every);
      if (time < origin + number * every) number--;
      else if (time >= origin + (number + 1) * every) number++;
      from = origin + number * every;
      to = origin + (number + 1) * every;
    }
    numbers[row] = number;
  }
  return numbers;
}

/** The same where intervals are those of a calendar. */
function numbersByCalendar(counts: Float64Array, interval: Interval): Float64Array {
  const unit = COUNTED[interval.unit ?? "ms"];
  // Intervals begin at whole ones of this unit: what is between them need not be looked at.
  const whole = greatestDivisor(unit, nanosecondsOf(interval.every)), per = Number(unit / whole);
  const times = new BigInt64Array(counts.length), validity = new Uint8Array(counts.length);
  const words = new Int32Array(times.buffer);
  for (let row = 0; row < counts.length; row++) {
    const count = counts[row]!;
    if (count !== count) continue;
    const time = Math.floor(count * per), high = Math.floor(time / 4294967296);
    if (!(high >= -0x80000000 && high <= 0x7fffffff)) {
      throw noCalendar(`${count} ${interval.unit ?? "ms"}`);
    }
    words[2 * row] = time - high * 4294967296;
    words[2 * row + 1] = high;
    validity[row] = 1;
  }
  const numbers = counted(times, validity, counterOf(null, whole, interval));
  // Numbers beyond 2^53 are as near as doubles are that count so far.
  return Array.isArray(numbers)
    ? Float64Array.from(numbers, (number) => number === null ? NaN : Number(number))
    : numbersOfRuns(numbers);
}

/** The interval of each whole number beyond 2^53, in the unit that the numbers count. */
export function numbersOfWholes(
  { values, validity }: ExactValues,
  interval: Interval,
): IntervalRuns | (bigint | null)[] {
  const counter = counterOf(null, COUNTED[interval.unit ?? "ms"], interval);
  if (values instanceof BigInt64Array) return counted(values, validity, counter);
  return counter.countFar(Array.from(values, (value) => BigInt(value ?? 0)), validity);
}

/** Starts of intervals of such numbers; `null` where some of them are no whole numbers. */
export function startsOfWholes(
  numbers: Numbers,
  { every, origin, unit }: Interval,
): (bigint | null)[] | null {
  const step = nanosecondsOf(every), first = nanosecondsOf(origin);
  const per = COUNTED[unit ?? "ms"];
  if (step % per !== 0n || first % per !== 0n) return null;
  return Array.from<number | bigint | null, bigint | null>(
    numbers,
    (number) => number === null || number !== number ? null : (first + BigInt(number) * step) / per,
  );
}

/** Starts of intervals in the unit that the numbers count. */
export function startsOfCounts(numbers: Float64Array, interval: Interval): Float64Array {
  if (interval.calendar) {
    const step = nanosecondsOf(interval.every), per = COUNTED[interval.unit ?? "ms"];
    const common = greatestDivisor(step, per);
    const times = Number(step / common), share = Number(per / common);
    return numbers.map((number) => number * times / share);
  }
  const { every, origin } = inCounts(interval);
  return numbers.map((number) => origin + number * every);
}

function inCounts({ every, origin, unit }: Interval): { every: number; origin: number } {
  const per = Number(COUNTED[unit ?? "ms"]);
  const of = ({ numerator, denominator }: Duration) =>
    Number(numerator) / (Number(denominator) * per);
  return { every: of(every), origin: of(origin) };
}
