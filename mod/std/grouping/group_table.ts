import { shownTimes } from "#marks";
import { type Fill, filledNumbers, filledTimes } from "./empty_intervals.ts";
import { type Key, keyValues, nameOf } from "./group_keys.ts";
import { type Groups, inKeyOrder } from "./group_partials.ts";
import type { Part, State } from "./group_states.ts";
import { isTimePart } from "./group_times.ts";
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

/** The figures wanted, by group; with `fill`, of intervals without values what it makes of those around them. */
export function tableOf(
  all: Groups,
  keys: readonly Key[],
  wanted: readonly Wanted[],
  fill: Fill | null = null,
) {
  const total = inKeyOrder(all);
  const table: Record<string, unknown> = {};
  keys.forEach((key, k) => table[nameOf(key)] = keyValues(total.keys[k]!, key));
  for (const { figure, column, name } of wanted) {
    table[name] = column === null
      ? counts(total.rows)
      : figure === "count"
      ? counts(total.states[column]!.count)
      : timesOf(figure, total, column, fill) ?? figuresOf(figure, total, column, fill);
  }
  return table;
}

/** A figure that is a time; `null` for one that is none. */
function timesOf(
  figure: Figure,
  { times, keys }: Groups,
  column: string,
  fill: Fill | null,
): Float64Array | null {
  const state = times[column];
  const found = isTimePart(figure as Part) ? state?.[figure as "min"] : undefined;
  if (!found) return null;
  return shownTimes(fill ? filledTimes(found, keys[0]!.values, fill) : found, state!.type);
}

/** A figure that is a number; a sum of nothing is 0, and not filled. */
function figuresOf(
  figure: Exclude<Figure, "count">,
  { states, keys }: Groups,
  column: string,
  fill: Fill | null,
): Float64Array {
  const state = states[column]!, values = figures(figure, state);
  if (!fill || figure === "sum") return values;
  return filledNumbers(values, state.count, keys[0]!.values, fill);
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
