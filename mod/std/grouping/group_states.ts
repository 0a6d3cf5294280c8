import { extentsByGroup, squaresByGroup } from "../../kernel/group_kernel.ts";
import { mergeColumn } from "../../kernel/merge_kernel.ts";
import { deviationsOf, extentOf, sumOf } from "../../kernel/sum_kernel.ts";
import { compensated } from "../numeric/summation.ts";

/** What is kept of a column for each group, as plain data; only what is asked for. */
export interface State {
  /** Values that are not NaN. */
  count: Float64Array;
  sum?: Float64Array;
  /** Rounding errors of `sum`. */
  lost?: Float64Array;
  /** `Σ(x - mean)²` */
  squares?: Float64Array;
  min?: Float64Array;
  max?: Float64Array;
  first?: Float64Array;
  last?: Float64Array;
}

/** Where each group of two tables is: 1 in the first, 2 in the second, 3 in both. */
export type Sides = Uint8Array;

/** Where groups are whose first ones were known before: of as many as there are now. */
export function sidesOfGrown(known: number, groups: number): Sides {
  return new Uint8Array(groups).fill(3, 0, known).fill(2, known);
}

/** Parts of a state that may be asked for; `squares` need `sum`, and `values` are kept beside the state. */
export type Part = "sum" | "squares" | "min" | "max" | "first" | "last" | "values";

/** Sums of a column by group. */
export type Sums = Required<Pick<State, "count" | "sum" | "lost">>;

/** Whether sums are kept of a column. */
export function isSummed(parts: ReadonlySet<Part>): boolean {
  return parts.has("sum") || parts.has("squares");
}

/**
 * Sums up a column's values by group.
 *
 * @param sums Sums of these values, where the parts need them.
 */
export function stateOf(
  values: Float64Array,
  ids: Int32Array,
  groups: number,
  parts: ReadonlySet<Part>,
  sums: Sums | null,
): State {
  const state: State = sums
    ? { count: sums.count, sum: sums.sum, lost: sums.lost }
    : { count: new Float64Array(groups) };
  if (sums) {
    if (parts.has("squares")) addSquares(state, values, ids, groups);
  } else {
    const { count } = state;
    for (let row = 0; row < values.length; row++) {
      if (values[row] === values[row]) count[ids[row]!]!++;
    }
  }
  if (parts.has("min") || parts.has("max")) {
    const extents = extentsByGroup(values, ids, groups);
    const of = (side: 0 | 1) =>
      Float64Array.from({ length: groups }, (_, id) => extents[2 * id + side]!);
    if (parts.has("min")) state.min = of(0);
    if (parts.has("max")) state.max = of(1).map((value) => -value);
  }
  if (parts.has("first")) {
    const first = state.first = new Float64Array(groups).fill(NaN);
    for (let row = values.length - 1; row >= 0; row--) {
      if (values[row] === values[row]) first[ids[row]!] = values[row]!;
    }
  }
  if (parts.has("last")) {
    const last = state.last = new Float64Array(groups).fill(NaN);
    for (let row = 0; row < values.length; row++) {
      if (values[row] === values[row]) last[ids[row]!] = values[row]!;
    }
  }
  return state;
}

/** The state of all of a column's values as one group. */
export function stateOfAll(values: Float64Array, parts: ReadonlySet<Part>): State {
  const { count, sum, lost } = sumOf(values);
  const state: State = { count: Float64Array.of(count) };
  if (isSummed(parts)) {
    Object.assign(state, { sum: Float64Array.of(sum), lost: Float64Array.of(lost) });
  }
  if (parts.has("squares")) {
    const mean = compensated(sum, lost) / count;
    const { squares, rest } = deviationsOf(values, mean);
    const finite = Number.isFinite(mean) ? squares - rest * rest / count : NaN;
    state.squares = Float64Array.of(count === 0 ? 0 : finite);
  }
  if (parts.has("min") || parts.has("max")) {
    const [low, high] = extentOf(values);
    if (parts.has("min")) state.min = Float64Array.of(low);
    if (parts.has("max")) state.max = Float64Array.of(high);
  }
  const isThere = (value: number) => value === value;
  if (parts.has("first")) state.first = Float64Array.of(values.find(isThere) ?? NaN);
  if (parts.has("last")) state.last = Float64Array.of(values.findLast(isThere) ?? NaN);
  return state;
}

/** The groups of states that follow each other, as those of one. */
export function joinedStates(states: readonly State[]): State {
  const names = Object.keys(states[0]!) as (keyof State)[];
  const all = names.map((name) => [name, joinedNumbers(states.map((state) => state[name]!))]);
  return Object.fromEntries(all) as State;
}

/** A state with its groups in another order: the group of place k is that of `places[k]`. */
export function reordered(state: State, places: Int32Array): State {
  const entries = Object.entries(state) as [string, Float64Array][];
  return Object.fromEntries(entries.map(([part, values]) => [part, taken(values, places)])) as
    & State
    & Record<string, Float64Array>;
}

/** Arrays one behind the other. */
export function joinedNumbers(arrays: readonly Float64Array[]): Float64Array<ArrayBuffer> {
  const all = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

/** Values at places. */
export function taken(values: Float64Array, places: ArrayLike<number>): Float64Array {
  const found = new Float64Array(places.length);
  for (let k = 0; k < found.length; k++) found[k] = values[places[k]!]!;
  return found;
}

/** Squared deviations from the means, corrected for the rounding of these. */
function addSquares(state: State, values: Float64Array, ids: Int32Array, groups: number): void {
  const { count, sum, lost } = state as Required<State>;
  const squares = state.squares = new Float64Array(groups);
  const mean = new Float64Array(groups);
  for (let id = 0; id < groups; id++) mean[id] = compensated(sum[id]!, lost[id]!) / count[id]!;
  const sums = squaresByGroup(values, ids, mean);
  for (let id = 0; id < groups; id++) {
    const rest = sums[2 * id + 1]!;
    if (!Number.isFinite(mean[id]!)) squares[id] = count[id] === 0 ? 0 : NaN;
    else squares[id] = sums[2 * id]! - rest * rest / count[id]!;
  }
}

/** Parts whose merging needs no other part, and how they are merged. */
const MERGED = {
  count: "add",
  sum: "add",
  min: "min",
  max: "max",
  first: "first",
  last: "last",
} as const;

/** Merges two states whose groups are where `sides` says. */
export function mergeStates(a: State, b: State, sides: Sides): State {
  const state = {} as State;
  for (const part of Object.keys(MERGED) as (keyof typeof MERGED)[]) {
    const x = a[part], y = b[part];
    if (x && y) state[part] = mergeColumn(MERGED[part], sides, [x], [y]);
  }
  if (!a.sum || !b.sum || !a.lost || !b.lost) return state;
  const { count, sum, lost } = a, other = b;
  state.lost = mergeColumn("lost", sides, [lost, sum], [other.lost!, other.sum!]);
  if (a.squares && b.squares) {
    const x = [a.squares, count, sum, lost];
    const y = [b.squares, other.count, other.sum!, other.lost!];
    state.squares = mergeColumn("squares", sides, x, y);
  }
  return state;
}
