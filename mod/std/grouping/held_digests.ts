/** Values of groups, of which a t-digest is held where they are many. */
import { mergeColumn } from "../../kernel/merge_kernel.ts";
import { digestOf, quantilesOfPoints } from "../numeric/digest.ts";
import { type Sides, sidesOfGrown, taken } from "./group_states.ts";
import { byStretch, HeldValues, mergeHeld, reorderedHeld } from "./held_values.ts";

/** Values of a column, group by group: plain data. */
export interface Digests {
  /** Values, or means of some. */
  values: Float64Array;
  /** How many values each stands for. */
  weights: Float64Array;
  /** How many of them each group has. */
  sizes: Float64Array;
}

/** Values that are kept before they become points of groups: 24 MiB. */
const LOOSE = 2 ** 21;

/** Keeps values of groups, over chunks that follow each other. */
export class HeldDigests {
  readonly #beyond: number;
  #loose = new HeldValues();
  #held: Digests = none(0);

  /** @param beyond Values up to which a group keeps all of them. */
  constructor(beyond: number) {
    this.#beyond = beyond;
  }

  /** How many points are held. */
  get count(): number {
    return this.#held.values.length;
  }

  /** Adds a chunk's values. The arrays stay the caller's. @param size Groups that there are now. */
  add(values: Float64Array, groups: Int32Array, size: number): void {
    this.#loose.add(values, groups);
    if (this.#loose.count > LOOSE) this.#fold(size);
  }

  /** All of them, by group in an order of their ids. */
  finish(order: Int32Array): Digests {
    this.#fold(order.length);
    return reorderedDigests(this.#held, order);
  }

  #fold(size: number): void {
    const ids = Int32Array.from({ length: size }, (_, id) => id);
    const values = this.#loose.finish(ids);
    const more = {
      values,
      weights: new Float64Array(values.length).fill(1),
      sizes: this.#loose.counts(size),
    };
    const sides = sidesOfGrown(this.#held.sizes.length, size);
    this.#held = mergeDigests(this.#held, more, sides, this.#beyond);
    this.#loose = new HeldValues();
  }
}

/** Of groups that have no values. */
export function none(groups: number): Digests {
  return {
    values: new Float64Array(0),
    weights: new Float64Array(0),
    sizes: new Float64Array(groups),
  };
}

/**
 * Merges values of two tables whose groups are where `sides` says.
 *
 * @param beyond Values up to which a group keeps all of them.
 */
export function mergeDigests(a: Digests, b: Digests, sides: Sides, beyond: number): Digests {
  return digested({
    values: mergeHeld([a.values, a.sizes], [b.values, b.sizes], sides),
    weights: mergeHeld([a.weights, a.sizes], [b.weights, b.sizes], sides),
    sizes: mergeColumn("add", sides, [a.sizes], [b.sizes]),
  }, beyond);
}

/** With fewer points for groups that have more than they keep. */
function digested({ values, weights, sizes }: Digests, beyond: number): Digests {
  if (!sizes.some((size) => size > beyond)) return { values, weights, sizes };
  const made = { values: values.slice(), weights: weights.slice(), sizes: sizes.slice() };
  let from = 0, at = 0;
  for (let group = 0; group < sizes.length; group++) {
    const to = from + sizes[group]!;
    const own = { values: values.subarray(from, to), weights: weights.subarray(from, to) };
    const points = to - from > beyond ? digestOf(own.values, own.weights) : own;
    made.values.set(points.values, at);
    made.weights.set(points.weights, at);
    at += made.sizes[group] = points.values.length;
    from = to;
  }
  return {
    values: made.values.slice(0, at),
    weights: made.weights.slice(0, at),
    sizes: made.sizes,
  };
}

/** In another order of their groups: the group of place k is that of `places[k]`. */
export function reorderedDigests(
  { values, weights, sizes }: Digests,
  places: Int32Array,
): Digests {
  return {
    values: reorderedHeld(values, sizes, places),
    weights: reorderedHeld(weights, sizes, places),
    sizes: taken(sizes, places),
  };
}

/** Quantiles of each group's values; NaN of a group that has none. */
export function quantilesOfDigests(
  { values, weights, sizes }: Digests,
  ps: readonly number[],
): Float64Array[] {
  return byStretch(sizes, ps, (from, to) => {
    const points = { values: values.subarray(from, to), weights: weights.subarray(from, to) };
    return quantilesOfPoints(points, ps);
  });
}
