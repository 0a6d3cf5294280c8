/** How time is divided, as options of intervals say it. */
import { Calendar } from "../calendar/calendar.ts";
import {
  DAY,
  EvenGrid,
  floorDivided,
  type Grid,
  MONDAY,
  MonthGrid,
  WEEK,
} from "../calendar/grid.ts";
import { wallTimeOf } from "../calendar/origin.ts";
import { hasCalendar, type Zone, zoneNamed } from "../calendar/zone.ts";
import { CalendarCounter } from "./calendar_counter.ts";
import { type Duration, lengthOf, nanosecondsOf } from "./durations.ts";
import { type ExactType, quotientOf } from "./exact_values.ts";

/** The days of a week, as its first one is chosen. */
export const WEEKDAYS = [
  ...["monday", "tuesday", "wednesday", "thursday"],
  ...["friday", "saturday", "sunday"],
] as ("monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday")[];

export type Weekday = typeof WEEKDAYS[number];

/** What options say of how time is divided. */
export interface StepOptions {
  zone?: string;
  weekStart?: Weekday;
  origin?: number | string;
}

/** Intervals of a zone's wall-clock time: so many months, or a length and one's start in nanoseconds; plain data. */
export interface CalendarSteps {
  readonly zone: string;
  /** 0 where intervals have the same length. */
  readonly months: number;
  readonly length: bigint;
  readonly origin: bigint;
}

/** What was made of steps; a formula that holds these must not reach it. */
const made = new WeakMap<CalendarSteps, Calendars>();

/** What steps by a calendar come to. */
export function calendarsOf(steps: CalendarSteps): Calendars {
  const known = made.get(steps);
  if (known) return known;
  const { zone, months, length, origin } = steps;
  const grid = months > 0 ? new MonthGrid(months, origin) : new EvenGrid(length, origin);
  const calendars = new Calendars(zoneNamed(zone), grid);
  made.set(steps, calendars);
  return calendars;
}

/** Intervals by a calendar, of instants and of dates: these are the same in all zones. */
export class Calendars {
  readonly #ofInstants: Calendar;
  readonly #ofDates: Calendar;
  /** What all intervals of dates begin at multiples of, in nanoseconds. */
  readonly #grain: bigint;
  readonly #counters = new Map<string, CalendarCounter>();

  constructor(zone: Zone, grid: Grid) {
    this.#ofInstants = new Calendar(zone, grid);
    this.#ofDates = new Calendar(zoneNamed("UTC"), grid);
    this.#grain = grid.grain;
  }

  /** In nanoseconds: see {@linkcode Calendar.step}. */
  get step(): bigint {
    return this.#ofInstants.step;
  }

  /** What intervals of a type's times begin at multiples of, in nanoseconds. */
  grainOf(type: ExactType): bigint {
    return type.unit === "day" ? this.#grain : this.step;
  }

  /** The calendar of a type's times. */
  calendarOf(type: ExactType | null): Calendar {
    return type?.unit === "day" ? this.#ofDates : this.#ofInstants;
  }

  /** Finds intervals of times in a unit of so many nanoseconds. */
  counterOf(type: ExactType | null, unit: bigint): CalendarCounter {
    const calendar = this.calendarOf(type), name = `${type?.unit === "day"} ${unit}`;
    const counter = this.#counters.get(name) ?? new CalendarCounter(calendar, unit);
    this.#counters.set(name, counter);
    return counter;
  }
}

/** Times are told by the number of steps of a length that they, or their interval's start, are behind an origin. */
export interface Steps {
  every: Duration;
  origin: Duration;
  /** Which intervals there are, where steps are not themselves the intervals. */
  calendar: CalendarSteps | null;
}

/** 2000-01-01 00:00: months and years start on it. */
const JANUARY = MONDAY - 2n * DAY;

/**
 * How time is divided.
 *
 * @throws RangeError for a length that is none, an unknown zone, an origin that is no time.
 */
export function stepsOf(every: string | number, options: StepOptions): Steps {
  const length = lengthOf(every), { weekStart, origin } = options;
  const zone = zoneNamed(options.zone ?? "UTC");
  if ("months" in length) {
    if (weekStart !== undefined) throw noWeeks(every);
    const { months } = length;
    return byCalendar({
      zone: zone.name,
      months,
      length: 0n,
      origin: wallOf(origin, JANUARY, zone),
    });
  }
  if (weekStart !== undefined && !isOfWeeks(length)) throw noWeeks(every);
  if (options.zone !== undefined) {
    const first = wallOf(origin, MONDAY, zone, weekStart);
    return byCalendar({ zone: zone.name, months: 0, length: nanosecondsOf(length), origin: first });
  }
  return {
    every: length,
    origin: typeof origin === "number"
      ? originOf(origin, weekStart)
      : wholly(wallOf(origin, MONDAY, zone, weekStart), `origin "${origin ?? weekStart}"`),
    calendar: null,
  };
}

function byCalendar(steps: CalendarSteps): Steps {
  const calendar = Object.freeze(steps);
  return {
    every: wholly(calendarsOf(calendar).step, "the step"),
    origin: wholly(0n, "the origin"),
    calendar,
  };
}

/** Where one of the intervals begins, as a clock shows it. */
function wallOf(
  origin: number | string | undefined,
  usual: bigint,
  zone: Zone,
  weekStart?: Weekday,
): bigint {
  const first = usual + BigInt(weekStart ? WEEKDAYS.indexOf(weekStart) : 0) * DAY;
  if (origin === undefined) return first;
  if (typeof origin === "number") {
    const instant = nanosecondsOf(originOf(origin, weekStart));
    if (!hasCalendar(instant)) {
      throw new RangeError(`"origin" is no time: there is no calendar for ${origin} ms since 1970`);
    }
    return instant + zone.at(instant).ahead;
  }
  const { wall, isOfDay } = wallTimeOf(origin, zone);
  if (!isOfDay && weekStart !== undefined) throw twoStarts();
  return isOfDay ? first + wall : wall;
}

function originOf(origin: number, weekStart?: Weekday): Duration {
  if (weekStart !== undefined) throw twoStarts();
  const { numerator, denominator } = quotientOf(origin)!;
  return { numerator: numerator * 1_000_000n, denominator, text: `origin ${origin} ms` };
}

function wholly(nanoseconds: bigint, text: string): Duration {
  return { numerator: nanoseconds, denominator: 1n, text };
}

function isOfWeeks({ numerator, denominator }: Duration): boolean {
  return floorDivided(numerator, denominator * WEEK) * denominator * WEEK === numerator;
}

function noWeeks(every: string | number): RangeError {
  return new RangeError(`"weekStart" is for weeks, such as "1w", not for "${every}"`);
}

function twoStarts(): RangeError {
  return new RangeError(
    `"weekStart" and an "origin" with a date both say when weeks begin; leave one out, or give a time of day such as "06:00" as "origin"`,
  );
}
