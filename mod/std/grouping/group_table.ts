import { shownTimes } from "#marks";
import type { Interval } from "./group_intervals.ts";
import { type Key, keyValues, nameOf } from "./group_keys.ts";
import { combine, type Groups, inKeyOrder } from "./group_partials.ts";
import type { Part, State } from "./group_states.ts";
import { calendarsOf } from "./interval_steps.ts";
import { isTimePart, noTimes, type TimeState } from "./group_times.ts";
import { compensated } from "../numeric/summation.ts";

/** Rows or values counted; Float64Array only where one of them is above 2³¹ - 1. */
export type Counts = Int32Array | Float64Array;

export type Figure = "count" | "sum" | "mean" | "std" | "rms" | "min" | "max" | "first" | "last";

/** A column of the result; without a column of the dataset, rows are counted. */
export interface Wanted {
  figure: Figure;
  column: string | null;
  name: string;
}

const PARTS: Record<Figure, readonly Part[]> = {
  count: [],
  sum: ["sum"],
  mean: ["sum"],
  std: ["sum", "squares"],
  rms: ["sum", "squares"],
  min: ["min"],
  max: ["max"],
  first: ["first"],
  last: ["last"],
};

/** All of them. */
export const FIGURES = Object.keys(PARTS) as Figure[];

/** Intervals that a table may be filled up to. */
const MOST_INTERVALS = 50_000_000;

/** The figures wanted, by group. */
export function tableOf(all: Groups, keys: readonly Key[], wanted: readonly Wanted[]) {
  const total = inKeyOrder(all);
  const table: Record<string, unknown> = {};
  keys.forEach((key, k) => table[nameOf(key)] = keyValues(total.keys[k]!, key));
  for (const { figure, column, name } of wanted) {
    table[name] = column === null
      ? counts(total.rows)
      : figure === "count"
      ? counts(total.states[column]!.count)
      : timesOf(figure, total.times[column]) ?? figures(figure, total.states[column]!);
  }
  return table;
}

/** A figure that is a time; `null` for one that is none. */
function timesOf(figure: Figure, times: TimeState | undefined): Float64Array | null {
  const found = isTimePart(figure as Part) ? times?.[figure as "min"] : undefined;
  return found ? shownTimes(found, times!.type) : null;
}

function figures(figure: Exclude<Figure, "count">, state: State): Float64Array {
  const { count } = state;
  if (figure === "first" || figure === "last") return state[figure]!;
  if (figure === "min" || figure === "max") {
    return state[figure]!.map((value, k) => count[k] === 0 ? NaN : value);
  }
  const sums = state.sum!.map((sum, k) => compensated(sum, state.lost![k]!));
  switch (figure) {
    case "sum":
      return sums;
    case "mean":
      return sums.map((sum, k) => sum / count[k]!);
    case "std":
      return state.squares!.map((squares, k) =>
        count[k]! > 1 ? Math.sqrt(squares / (count[k]! - 1)) : NaN
      );
    case "rms":
      return state.squares!.map((squares, k) => {
        const mean = sums[k]! / count[k]!;
        return Number.isFinite(mean)
          ? Math.sqrt(squares / count[k]! + mean * mean)
          : Math.abs(mean);
      });
  }
}

function counts(values: Float64Array): Counts {
  return values.some((value) => value > 2 ** 31 - 1) ? values : new Int32Array(values);
}

/** What has to be kept of each column. */
export function partsOf(wanted: readonly Wanted[]): Map<string, Set<Part>> {
  const parts = new Map<string, Set<Part>>();
  for (const { figure, column } of wanted) {
    if (column === null) continue;
    const known = parts.get(column) ?? new Set();
    parts.set(column, known);
    for (const part of PARTS[figure]) known.add(part);
  }
  return parts;
}

/** With the intervals between the first and the last one that have no rows. */
export function withEmpty(total: Groups, { calendar }: Interval): Groups {
  const { type, values: numbers, texts } = total.keys[0]!;
  if (texts) throw tooManyIntervals("more than 2^53");
  const timed = numbers.filter((number) => number === number);
  if (timed.length === 0) return total;
  const first = timed[0]!, last = timed[timed.length - 1]!;
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
  return combine(total, { keys, rows: none, states, times });
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
