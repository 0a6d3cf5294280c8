import { shownTimes } from "#marks";
import { type Applied, withApplied } from "./applied.ts";
import { type Fill, filledNumbers, filledTimes } from "./empty_intervals.ts";
import { type Key, keyValues, nameOf, type OrderedKey } from "./group_keys.ts";
import { type Groups, inKeyOrder } from "./group_partials.ts";
import type { Part, State } from "./group_states.ts";
import { quantilesOfDigests } from "./held_digests.ts";
import { quantilesByGroup } from "./held_values.ts";
import { isTimePart } from "./group_times.ts";
import { compensated } from "../numeric/summation.ts";

/** Rows or values counted; Float64Array only where one of them is above 2³¹ - 1. */
export type Counts = Int32Array | Float64Array;

export type Figure =
  | "count"
  | "sum"
  | "mean"
  | "std"
  | "rms"
  | "min"
  | "max"
  | "first"
  | "last"
  | "median"
  | "quantile";

/** A column of the result; without a column of the dataset, rows are counted. */
export interface Wanted {
  figure: Figure;
  column: string | null;
  name: string;
  /** Of a quantile: the share of values below it. */
  p?: number;
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
  median: ["values"],
  quantile: ["values"],
};

/** All of them. */
export const FIGURES = Object.keys(PARTS) as Figure[];

/** What a table has of a key's values. */
export type KeysAs = (column: OrderedKey, key: Key) => unknown;

/** How a table is made. */
export interface TableOptions {
  /** What of intervals without values becomes of those around them. */
  fill?: Fill | null;
  keysAs?: KeysAs;
  /** Values of a group beyond which a t-digest of them is held. */
  digestBeyond?: number | null;
  /** A function of one's own that makes more columns. */
  applied?: Applied | null;
}

/** The figures wanted, by group. */
export function tableOf(
  all: Groups,
  keys: readonly Key[],
  wanted: readonly Wanted[],
  { fill = null, keysAs = keyValues, applied = null, digestBeyond = null }: TableOptions = {},
): Record<string, unknown> {
  const total = inKeyOrder(all);
  const table: Record<string, unknown> = {};
  keys.forEach((key, k) => table[nameOf(key)] = keysAs(total.keys[k]!, key));
  const quantiles = new Quantiles(total, wanted);
  for (const { figure, column, name, p = 0.5 } of wanted) {
    table[name] = column === null
      ? counts(total.rows)
      : figure === "count"
      ? counts(total.states[column]!.count)
      : figure === "median" || figure === "quantile"
      ? filled(quantiles.of(column, p), total, column, fill)
      : timesOf(figure, total, column, fill) ?? figuresOf(figure, total, column, fill);
  }
  for (const column of Object.keys(total.digests)) {
    table[exactNameOf(column)] = Array.from(
      total.states[column]!.count,
      (count) => count <= digestBeyond!,
    );
  }
  return applied ? withApplied(table, total, keys, applied) : table;
}

/** A figure that is a time; `null` for one that is none. */
function timesOf(
  figure: Figure,
  { times, keys }: Groups<OrderedKey>,
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
  figure: NumberFigure,
  total: Groups<OrderedKey>,
  column: string,
  fill: Fill | null,
): Float64Array {
  const values = figures(figure, total.states[column]!);
  return figure === "sum" ? values : filled(values, total, column, fill);
}

/** Figures of a column, those of intervals without values as they are to be. */
function filled(
  values: Float64Array,
  { states, keys }: Groups<OrderedKey>,
  column: string,
  fill: Fill | null,
): Float64Array {
  return fill ? filledNumbers(values, states[column]!.count, keys[0]!.values, fill) : values;
}

/** Name of the column that says of which groups the quantiles of a column are exact. */
export function exactNameOf(column: string): string {
  return `exact_${column}`;
}

/** Columns of which quantiles are wanted. */
export function quantileColumns(wanted: readonly Wanted[]): string[] {
  return [...partsOf(wanted)].flatMap(([name, parts]) => parts.has("values") ? [name] : []);
}

/** Quantiles by group, all of a column at once. */
class Quantiles {
  readonly #groups: Groups<OrderedKey>;
  readonly #wanted = new Map<string, number[]>();
  readonly #found = new Map<string, Float64Array[]>();

  constructor(groups: Groups<OrderedKey>, wanted: readonly Wanted[]) {
    this.#groups = groups;
    for (const { figure, column, p = 0.5 } of wanted) {
      if (column === null || !PARTS[figure].includes("values")) continue;
      const known = this.#wanted.get(column) ?? [];
      this.#wanted.set(column, known);
      if (!known.includes(p)) known.push(p);
    }
  }

  of(column: string, p: number): Float64Array {
    const ps = this.#wanted.get(column)!;
    const { held, digests, states } = this.#groups, points = digests[column];
    const found = this.#found.get(column) ??
      (points
        ? quantilesOfDigests(points, ps)
        : quantilesByGroup(held[column]!, states[column]!.count, ps));
    this.#found.set(column, found);
    return found[ps.indexOf(p)]!.slice();
  }
}

/** Figures that are numbers, and made of a state. */
type NumberFigure = Exclude<Figure, "count" | "median" | "quantile">;

/** Loops, since the callbacks of `map` take several times as long where groups are many. */
function figures(figure: NumberFigure, state: State): Float64Array {
  const { count } = state;
  if (figure === "first" || figure === "last") return state[figure]!;
  if (figure === "min" || figure === "max") {
    const values = state[figure]!.slice();
    for (let k = 0; k < values.length; k++) if (count[k] === 0) values[k] = NaN;
    return values;
  }
  if (figure === "std") {
    const values = state.squares!.slice();
    for (let k = 0; k < values.length; k++) {
      values[k] = count[k]! > 1 ? Math.sqrt(values[k]! / (count[k]! - 1)) : NaN;
    }
    return values;
  }
  const sum = state.sum!, lost = state.lost!, values = new Float64Array(sum.length);
  for (let k = 0; k < values.length; k++) values[k] = compensated(sum[k]!, lost[k]!);
  if (figure === "sum") return values;
  for (let k = 0; k < values.length; k++) values[k]! /= count[k]!;
  if (figure === "rms") {
    const squares = state.squares!;
    for (let k = 0; k < values.length; k++) {
      const mean = values[k]!;
      values[k] = Number.isFinite(mean)
        ? Math.sqrt(squares[k]! / count[k]! + mean * mean)
        : Math.abs(mean);
    }
  }
  return values;
}

function counts(values: Float64Array): Counts {
  for (let k = 0; k < values.length; k++) if (values[k]! > 2 ** 31 - 1) return values;
  return new Int32Array(values);
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
