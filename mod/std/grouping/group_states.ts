import { deviationsOf, extentOf, sumOf } from "../../kernel/sum_kernel.ts";
import { lostInProduct } from "../numeric/exact_product.ts";
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

/** Parts of a state that may be asked for; `squares` need `sum`. */
export type Part = "sum" | "squares" | "min" | "max" | "first" | "last";

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
  if (parts.has("min")) {
    const min = state.min = new Float64Array(groups).fill(Infinity);
    for (let row = 0; row < values.length; row++) {
      if (values[row]! < min[ids[row]!]!) min[ids[row]!] = values[row]!;
    }
  }
  if (parts.has("max")) {
    const max = state.max = new Float64Array(groups).fill(-Infinity);
    for (let row = 0; row < values.length; row++) {
      if (values[row]! > max[ids[row]!]!) max[ids[row]!] = values[row]!;
    }
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

/** A state with its groups in another order: the group of place k is that of `places[k]`. */
export function reordered(state: State, places: Int32Array): State {
  const entries = Object.entries(state) as [string, Float64Array][];
  return Object.fromEntries(entries.map(([part, values]) => [part, taken(values, places)])) as
    & State
    & Record<string, Float64Array>;
}

/** Values at places. */
export function taken(values: Float64Array, places: Int32Array): Float64Array {
  const found = new Float64Array(places.length);
  for (let k = 0; k < found.length; k++) found[k] = values[places[k]!]!;
  return found;
}

/** Squared deviations from the means, corrected for the rounding of these. */
function addSquares(state: State, values: Float64Array, ids: Int32Array, groups: number): void {
  const { count, sum, lost } = state as Required<State>;
  const squares = state.squares = new Float64Array(groups);
  const mean = new Float64Array(groups), rest = new Float64Array(groups);
  for (let id = 0; id < groups; id++) mean[id] = compensated(sum[id]!, lost[id]!) / count[id]!;
  for (let row = 0; row < values.length; row++) {
    const id = ids[row]!, apart = values[row]! - mean[id]!;
    if (apart !== apart) continue;
    squares[id]! += apart * apart;
    rest[id]! += apart;
  }
  for (let id = 0; id < groups; id++) {
    if (!Number.isFinite(mean[id]!)) squares[id] = count[id] === 0 ? 0 : NaN;
    else squares[id]! -= rest[id]! * rest[id]! / count[id]!;
  }
}

/**
 * Merges two states.
 *
 * @param left Place in `a` of each group of the result, -1 where it is not there.
 * @param right The same for `b`.
 */
export function mergeStates(a: State, b: State, left: Int32Array, right: Int32Array): State {
  const both = (
    x: Float64Array,
    y: Float64Array,
    of: (x: number, y: number, i: number, j: number) => number,
  ): Float64Array => {
    const out = new Float64Array(left.length);
    for (let k = 0; k < out.length; k++) {
      const i = left[k]!, j = right[k]!;
      out[k] = i < 0 ? y[j]! : j < 0 ? x[i]! : of(x[i]!, y[j]!, i, j);
    }
    return out;
  };
  const state: State = { count: both(a.count, b.count, (x, y) => x + y) };
  if (a.sum && b.sum && a.lost && b.lost) {
    const { sum, lost } = { sum: a.sum, lost: a.lost }, other = { sum: b.sum, lost: b.lost };
    state.sum = both(sum, other.sum, (x, y) => x + y);
    state.lost = both(lost, other.lost, (x, y, i, j) => {
      const one = sum[i]!, two = other.sum[j]!, next = one + two, part = next - one;
      return x + y + ((one - (next - part)) + (two - part));
    });
    if (a.squares && b.squares) state.squares = both(a.squares, b.squares, squaresOf(a, b));
  }
  if (a.min && b.min) state.min = both(a.min, b.min, (x, y) => Math.min(x, y));
  if (a.max && b.max) state.max = both(a.max, b.max, (x, y) => Math.max(x, y));
  if (a.first && b.first) state.first = both(a.first, b.first, (x, y) => x === x ? x : y);
  if (a.last && b.last) state.last = both(a.last, b.last, (x, y) => y === y ? y : x);
  return state;
}

/**
 * Squared deviations of two groups together. Source: Chan, Golub, LeVeque, "Updating formulae and a
 * pairwise algorithm for computing sample variances" (1979).
 */
function squaresOf(a: State, b: State): (x: number, y: number, i: number, j: number) => number {
  return (x, y, i, j) => {
    const n = a.count[i]!, m = b.count[j]!;
    if (n === 0) return y;
    if (m === 0) return x;
    const one = meanOf(a, i), two = meanOf(b, j);
    const apart = (two.mean - one.mean) + (two.lost - one.lost);
    return x + y + apart * apart * (n * m / (n + m));
  };
}

/** A group's mean, and what was lost in it: beside a large mean, deviations hang on that. */
function meanOf({ count, sum, lost }: State, id: number): { mean: number; lost: number } {
  const n = count[id]!, total = sum![id]!, mean = total / n, product = mean * n;
  const rest = ((total - product) - lostInProduct(mean, n, product)) + lost![id]!;
  return { mean, lost: rest / n };
}
