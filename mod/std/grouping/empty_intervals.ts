/** Intervals that have no rows, and figures of intervals that have no values. */
import { floorDivided } from "../calendar/grid.ts";
import { nanosecondsOf } from "./durations.ts";
import type { Interval } from "./group_intervals.ts";
import { combine, type Groups } from "./group_partials.ts";
import type { State } from "./group_states.ts";
import { none as noDigests } from "./held_digests.ts";
import { noTimes } from "./group_times.ts";
import { calendarsOf } from "./interval_steps.ts";

/** Where figures of intervals without values come from: the last one with values, or a line through both next to it. */
export type Fill = "previous" | "linear";

/** Intervals that a table may be filled up to. */
const MOST_INTERVALS = 50_000_000;

/** With the intervals between the first and the last one that have no rows. */
export function withEmpty(total: Groups, { calendar, every }: Interval): Groups {
  const { type, values: numbers, texts } = total.keys[0]!;
  if (texts) throw tooManyIntervals("more than 2^53");
  const timed = numbers.filter((number) => number === number);
  if (timed.length === 0) return total;
  const first = timed[0]!, last = timed[timed.length - 1]!;
  if (calendar && calendar.length > 0n) {
    const count = (last - first) / Number(calendar.length / nanosecondsOf(every));
    if (count > MOST_INTERVALS) throw tooManyIntervals(Math.ceil(count));
  }
  const all = calendar
    ? calendarsOf(calendar).calendarOf(typeof type === "string" ? null : type)
      .startsBetween(first, last, MOST_INTERVALS)
    : wholesBetween(first, last);
  const { length } = all;
  if (length > MOST_INTERVALS) throw tooManyIntervals(`more than ${MOST_INTERVALS}`);
  const none = new Float64Array(length);
  const states = Object.fromEntries(
    Object.entries(total.states).map(([name, state]) => [name, emptyState(state, none)]),
  );
  const times = Object.fromEntries(
    Object.entries(total.times).map(([name, state]) => [name, noTimes(state, length)]),
  );
  const keys = [{ type, values: all }];
  const held = Object.fromEntries(
    Object.keys(total.held).map((name) => [name, new Float64Array(0)]),
  );
  const digests = Object.fromEntries(
    Object.keys(total.digests).map((name) => [name, noDigests(length)]),
  );
  const ordered = Object.fromEntries(
    Object.entries(total.ordered).map(([name, columns]) => [
      name,
      columns.map(() => new Float64Array(0)),
    ]),
  );
  return combine(total, { keys, rows: none, states, times, held, digests, ordered });
}

function wholesBetween(first: number, last: number): Float64Array {
  const length = last - first + 1;
  if (length > MOST_INTERVALS) throw tooManyIntervals(length);
  return Float64Array.from({ length }, (_, k) => first + k);
}

function tooManyIntervals(count: number | string): RangeError {
  return new RangeError(
    `${count} intervals lie between the first and the last time; leave empty ones out, or take longer ones`,
  );
}

/** The state of groups of which nothing is there. */
function emptyState(like: State, none: Float64Array): State {
  const state: State = { count: none };
  if (like.sum) Object.assign(state, { sum: none, lost: none });
  if (like.squares) state.squares = none;
  if (like.min) state.min = none.map(() => Infinity);
  if (like.max) state.max = none.map(() => -Infinity);
  if (like.first) state.first = none.map(() => NaN);
  if (like.last) state.last = none.map(() => NaN);
  return state;
}

/**
 * Figures of intervals, also of those without values.
 *
 * @param counts Values of each.
 * @param keys Numbers of intervals in order; NaN, the last one, is none.
 */
export function filledNumbers(
  given: Float64Array,
  counts: Float64Array,
  keys: Float64Array,
  fill: Fill,
): Float64Array {
  const values = given.slice();
  eachGap(keys, (k) => counts[k]! > 0, (k, before, after) => {
    const from = given[before]!;
    if (fill === "previous") values[k] = from;
    else if (after !== null) {
      const part = keys[k]! - keys[before]!, all = keys[after]! - keys[before]!;
      values[k] = from + (given[after]! - from) * part / all;
    }
  });
  return values;
}

/** The same of times, in whole numbers of their unit; on a line the nearest one. */
export function filledTimes(
  given: readonly (bigint | null)[],
  keys: Float64Array,
  fill: Fill,
): (bigint | null)[] {
  const times = given.slice();
  eachGap(keys, (k) => given[k] !== null, (k, before, after) => {
    const from = given[before]!;
    if (fill === "previous") times[k] = from;
    else if (after !== null) {
      const part = BigInt(keys[k]! - keys[before]!), all = BigInt(keys[after]! - keys[before]!);
      times[k] = from + floorDivided(2n * (given[after]! - from) * part + all, 2n * all);
    }
  });
  return times;
}

/** Goes through intervals without values that have one with values before them, and the next one after them. */
function eachGap(
  keys: Float64Array,
  isThere: (k: number) => boolean,
  found: (k: number, before: number, after: number | null) => void,
): void {
  const length = keys.length > 0 && Number.isNaN(keys.at(-1)) ? keys.length - 1 : keys.length;
  let before = -1, after: number | null = -1;
  for (let k = 0; k < length; k++) {
    if (isThere(k)) {
      before = k;
      continue;
    }
    if (before < 0) continue;
    if (after !== null && after < k) {
      after = k + 1;
      while (after < length && !isThere(after)) after++;
      if (after === length) after = null;
    }
    found(k, before, after);
  }
}
