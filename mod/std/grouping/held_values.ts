/** Values of groups that are kept one by one: what a quantile is exact with. */
import { quantiles } from "../numeric/quantiles.ts";
import { inverse } from "./group_order.ts";
import type { Sides } from "./group_states.ts";

/** Values that a grouping holds at most, of all columns together, where it isn't told otherwise: 128 MiB. */
export const MOST_VALUES = 2 ** 24;

/** Values of a column that are not NaN, group by group, in the order of the rows: as many of each as its state counts. */
export type Held = Float64Array;

/** Keeps values of groups, over chunks that follow each other. */
export class HeldValues {
  readonly #pieces: { values: Float64Array; ids: Int32Array }[] = [];
  #count = 0;

  /** How many are held. */
  get count(): number {
    return this.#count;
  }

  /** Adds a chunk's values. The arrays stay the caller's. */
  add(given: Float64Array, groups: Int32Array): void {
    const values = new Float64Array(given.length), ids = new Int32Array(given.length);
    let count = 0;
    for (let row = 0; row < given.length; row++) {
      const value = given[row]!;
      values[count] = value;
      ids[count] = groups[row]!;
      if (value === value) count++;
    }
    const isFull = count === given.length;
    this.#pieces.push(
      isFull ? { values, ids } : { values: values.slice(0, count), ids: ids.slice(0, count) },
    );
    this.#count += count;
  }

  /** How many each of so many groups has. */
  counts(size: number): Float64Array {
    const counts = new Float64Array(size);
    for (const { ids } of this.#pieces) {
      for (let row = 0; row < ids.length; row++) counts[ids[row]!]!++;
    }
    return counts;
  }

  /** All of them, by group in an order of their ids. */
  finish(order: Int32Array): Held {
    const pieces = this.#pieces.map(({ values, ids }) => ({ columns: [values], ids }));
    return byGroup(pieces, order, 1)[0]!;
  }
}

/** Rows of some columns, and the group of each. */
export interface GroupedRows {
  columns: readonly Float64Array[];
  ids: Int32Array;
}

/** Columns of rows that follow each other, by group in an order of their ids; the rows of a group stay in their order. */
export function byGroup(
  pieces: readonly GroupedRows[],
  order: Int32Array,
  width: number,
): Float64Array[] {
  const places = inverse(order), starts = new Float64Array(order.length + 1);
  for (const { ids } of pieces) {
    for (let row = 0; row < ids.length; row++) starts[places[ids[row]!]! + 1]!++;
  }
  for (let place = 0; place < order.length; place++) starts[place + 1]! += starts[place]!;
  const rows = starts[order.length]!;
  return Array.from({ length: width }, (_, k) => {
    const next = starts.slice(), held = new Float64Array(rows);
    for (const { columns, ids } of pieces) {
      const values = columns[k]!;
      for (let row = 0; row < ids.length; row++) held[next[places[ids[row]!]!]!++] = values[row]!;
    }
    return held;
  });
}

/** @throws RangeError when more values are held than may be. */
export function assertHeld(held: readonly { name: string; length: number }[], most: number): void {
  const count = held.reduce((sum, { length }) => sum + length, 0);
  if (count <= most) return;
  const columns = [...new Set(held.map(({ name }) => `"${name}"`))].join(", ");
  throw new RangeError(
    `the groups hold more than ${most} values of ${columns}, which a median, a quantile and apply need all at once; see fewer rows by a filter, or let more be held, 8 bytes each: groupBy(…, { mostValues: ${
      2 * most
    } })`,
  );
}

/** Values in another order of their groups: the group of place k is that of `places[k]`. */
export function reorderedHeld(held: Held, counts: Float64Array, places: Int32Array): Held {
  const starts = startsOf(counts), ordered = new Float64Array(held.length);
  let at = 0;
  for (let k = 0; k < places.length; k++) {
    const place = places[k]!;
    at = copied(held, starts[place]!, counts[place]!, ordered, at);
  }
  return ordered;
}

/** Merges values of two tables whose groups are where `sides` says; those of the first stand before those of the second. */
export function mergeHeld(
  [a, ofA]: readonly [Held, Float64Array],
  [b, ofB]: readonly [Held, Float64Array],
  sides: Sides,
): Held {
  const merged = new Float64Array(a.length + b.length);
  let i = 0, j = 0, fromA = 0, fromB = 0, at = 0;
  for (let k = 0; k < sides.length; k++) {
    if (sides[k] !== 2) {
      const count = ofA[i++]!;
      at = copied(a, fromA, count, merged, at);
      fromA += count;
    }
    if (sides[k] !== 1) {
      const count = ofB[j++]!;
      at = copied(b, fromB, count, merged, at);
      fromB += count;
    }
  }
  return merged;
}

/** Quantiles of each group's values; NaN of a group that has none. */
export function quantilesByGroup(
  held: Held,
  counts: Float64Array,
  ps: readonly number[],
): Float64Array[] {
  return byStretch(counts, ps, (from, to) => quantiles(held.subarray(from, to), ps));
}

/**
 * Quantiles by group; NaN of a group that holds nothing.
 *
 * @param sizes How much each group holds, one behind the other.
 * @param of Gives those of a group by where what it holds begins and ends.
 */
export function byStretch(
  sizes: Float64Array,
  ps: readonly number[],
  of: (from: number, to: number) => Float64Array,
): Float64Array[] {
  const found = ps.map(() => new Float64Array(sizes.length).fill(NaN));
  let from = 0;
  for (let group = 0; group < sizes.length; group++) {
    const to = from + sizes[group]!;
    if (to > from) {
      const own = of(from, to);
      for (let k = 0; k < found.length; k++) found[k]![group] = own[k]!;
    }
    from = to;
  }
  return found;
}

function startsOf(counts: Float64Array): Float64Array {
  const starts = new Float64Array(counts.length);
  for (let k = 1; k < counts.length; k++) starts[k] = starts[k - 1]! + counts[k - 1]!;
  return starts;
}

/** Values from which on a copy as a whole is quicker than one by one. */
const LONG = 32;

/** Copies values; gives the place behind them. */
function copied(
  from: Float64Array,
  first: number,
  count: number,
  to: Float64Array,
  at: number,
): number {
  if (count >= LONG) to.set(from.subarray(first, first + count), at);
  else for (let k = 0; k < count; k++) to[at + k] = from[first + k]!;
  return at + count;
}
