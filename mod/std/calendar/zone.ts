/** Zones of time: how far their clocks are ahead of UTC, and from when to when. */
import { nearest, nearestFirst } from "../../common/nearest.ts";
import { told } from "../common/options.ts";

/** Instants in nanoseconds since 1970, from the first to before the last, at which a zone's clocks are equally far ahead. */
export interface Stretch {
  from: bigint;
  to: bigint;
  /** What the clocks show more than UTC, in nanoseconds. */
  ahead: bigint;
}

/** The instants that have a calendar: a hundred million days before 1970 and after it. */
const FIRST = -8_640_000_000_000_000_000_000n, LAST = -FIRST;

/** Errors of instants that have no calendar. A class of them would be shared by all formulas that catch one. */
const thrown = new WeakSet<object>();

/** The error of an instant that has no calendar; `what` says where it is. */
export function noCalendar(what: string): RangeError {
  const error = new RangeError(
    `there is no calendar for ${what} since 1970: it goes from the year -271821 to 275760`,
  );
  thrown.add(error);
  return error;
}

/** Whether an error is that of an instant without a calendar. */
export function isNoCalendar(error: unknown): error is RangeError {
  return thrown.has(error as object);
}

/** Whether an instant, in nanoseconds, has a calendar. */
export function hasCalendar(time: bigint): boolean {
  return time >= FIRST && time <= LAST;
}

/** A zone of the IANA database, or one that is always equally far ahead. */
export class Zone {
  readonly name: string;
  /** Those that were asked for, in order. */
  readonly #known: Stretch[] = [];
  #last: Stretch | null = null;

  /** @param name As {@linkcode zoneNamed} gives it. */
  constructor(name: string) {
    this.name = name;
  }

  /**
   * The stretch that an instant lies in.
   *
   * @throws RangeError for an instant that has no calendar.
   */
  at(time: bigint): Stretch {
    if (this.#last && this.#last.from <= time && time < this.#last.to) return this.#last;
    const known = this.#known;
    let low = 0, high = known.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (known[middle]!.to <= time) low = middle + 1;
      else high = middle;
    }
    const found = known[low];
    if (found && found.from <= time) return this.#last = found;
    const stretch = this.#find(time);
    known.splice(low, 0, stretch);
    return this.#last = stretch;
  }

  /** The stretch that an instant lies in, or the first one. */
  from(time: bigint): Stretch {
    return this.at(time < FIRST ? FIRST : time);
  }

  /** The stretch after another; `null` behind the last. */
  after({ to }: Stretch): Stretch | null {
    return to > LAST ? null : this.at(to);
  }

  #find(time: bigint): Stretch {
    if (!hasCalendar(time)) throw noCalendar(`${time / 1_000_000n} ms`);
    const here = this.#clock(time);
    const next = here.getTimeZoneTransition("next");
    // The one before an instant doesn't count the instant itself.
    const last = time === LAST ? here : this.#clock(time + 1n).getTimeZoneTransition("previous");
    return {
      from: last?.epochNanoseconds ?? FIRST,
      to: next?.epochNanoseconds ?? LAST + 1n,
      ahead: BigInt(here.offsetNanoseconds),
    };
  }

  #clock(time: bigint): Temporal.ZonedDateTime {
    return Temporal.Instant.fromEpochNanoseconds(time).toZonedDateTimeISO(this.name);
  }
}

/** Letters of a name that are looked at to find the nearest. */
const LONGEST = 60;

const OFFSET = /^[+-]\d\d(:?\d\d)?$/;

/**
 * A zone by its name in the IANA database, such as `"Europe/Moscow"`, or by what it is ahead, such as `"+03:00"`.
 *
 * @throws RangeError for one that there is none of, with the nearest.
 */
export function zoneNamed(name: string): Zone {
  const known = nameOf(name);
  if (known !== null) return new Zone(known);
  throw new RangeError(
    `there is no zone ${told(name)}; ${
      meant(name)
    } Give a name of the IANA database, such as "Europe/Moscow", or an offset, such as "+03:00"`,
  );
}

/** The name as the language has it; `null` where there is no such zone. */
function nameOf(name: string): string | null {
  // It would take the zone out of a whole date, too.
  if (!OFFSET.test(name) && !/^[a-z]/i.test(name)) return null;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** What may be meant by a name that is none: an offset, a zone with that city, or the nearest. */
function meant(name: string): string {
  const [, sign, hours = "", minutes = "00"] =
    /^(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d\d)?$/i.exec(name) ?? [];
  const offset = `${sign}${hours.padStart(2, "0")}:${minutes}`;
  if (sign && nameOf(offset) !== null) return `did you mean "${offset}"?`;
  const names = Intl.supportedValuesOf("timeZone");
  // A city is known without its continent, too.
  const plain = (of: string) => of.slice(name.includes("/") ? 0 : of.lastIndexOf("/") + 1);
  const byPlain = new Map(names.map((of) => [plain(of), of]));
  const typed = name.slice(0, LONGEST).replaceAll(" ", "_"), plains = [...byPlain.keys()];
  const near = nearest(typed, plains);
  if (near !== null) return `did you mean "${byPlain.get(near)}"?`;
  return `the nearest is "${byPlain.get(nearestFirst(typed, plains)[0]!)}".`;
}
