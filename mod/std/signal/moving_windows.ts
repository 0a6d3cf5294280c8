import { movingSums } from "../../kernel/moving_kernel.ts";
import type { Numbers } from "../numeric/numbers.ts";
import { type MovingOptions, type Overlap, overlapFor, slide, type Sliding } from "./sliding.ts";

export type { MovingOptions, Overlap };

/**
 * The `overlap` that a formula exports for windows of this length.
 *
 * @example
 * ```ts
 * import { movingMean, windowOverlap } from "measuring/filters";
 * import type { Chunk } from "measuring/types";
 *
 * export const overlap = windowOverlap(1000);
 * export const map = ({ u }: Chunk<{ u: Float64Array }>) => ({ mean: movingMean(u, 1000) });
 * ```
 */
export function windowOverlap(window: number, align?: MovingOptions["align"]): Overlap {
  return overlapFor(window, align);
}

/**
 * Sum over a window at each value.
 *
 * @throws RangeError when the window is no whole number from 1 on.
 */
export function movingSum(values: Numbers, window: number, options?: MovingOptions): Float64Array {
  return slide(values, window, SUM, options);
}

/**
 * Mean over a window at each value.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { movingMean } from "measuring/filters";
 *
 * assertEquals(movingMean([1, 2, 3, NaN, 5], 2), Float64Array.of(1, 1.5, 2.5, 3, 5));
 * ```
 *
 * @throws RangeError when the window is no whole number from 1 on.
 */
export function movingMean(values: Numbers, window: number, options?: MovingOptions): Float64Array {
  return slide(values, window, MEAN, options);
}

/**
 * Root mean square over a window at each value: `√(Σx²/n)`. Squares of values below 1e-154 or above
 * 1e154 are out of the range of doubles; bring such values nearer to 1 first.
 *
 * @throws RangeError when the window is no whole number from 1 on.
 */
export function movingRms(values: Numbers, window: number, options?: MovingOptions): Float64Array {
  return slide(values, window, RMS, options);
}

/**
 * Least value of a window at each value.
 *
 * @throws RangeError when the window is no whole number from 1 on.
 */
export function movingMin(values: Numbers, window: number, options?: MovingOptions): Float64Array {
  return slide(values, window, MIN, options);
}

/**
 * Greatest value of a window at each value.
 *
 * @throws RangeError when the window is no whole number from 1 on.
 */
export function movingMax(values: Numbers, window: number, options?: MovingOptions): Float64Array {
  return slide(values, window, MAX, options);
}

/** -0 changes no sum, not even one of -0. */
const SUM: Sliding = { missing: -0, prepare() {}, over: movingSums, finish() {} };
const MEAN: Sliding = { ...SUM, finish: divide };
const RMS: Sliding = {
  ...SUM,
  missing: 0,
  prepare(work) {
    for (let k = 0; k < work.length; k++) work[k]! *= work[k]!;
  },
  finish(results, count) {
    divide(results, count);
    for (let k = 0; k < results.length; k++) results[k] = Math.sqrt(results[k]!);
  },
};
const MIN: Sliding = { missing: Infinity, prepare() {}, over: minima, finish() {} };
const MAX: Sliding = {
  missing: -Infinity,
  prepare: negate,
  over: minima,
  finish: negate,
};

/**
 * Least values from those of stretches as long as the window: a window is the end of one and the
 * beginning of the next. Source: van Herk, "A fast algorithm for local minimum and maximum filters"
 * (1992). `Math.min` puts -0 below 0, so that it doesn't matter where the stretches begin.
 */
function minima(work: Float64Array, before: number, window: number): Float64Array {
  const end = work.length;
  const starts = Float64Array.from(work);
  for (let from = 0; from < end; from += window) {
    const to = Math.min(from + window, end);
    for (let k = from + 1; k < to; k++) starts[k] = Math.min(starts[k - 1]!, starts[k]!);
    for (let k = to - 2; k >= from; k--) work[k] = Math.min(work[k]!, work[k + 1]!);
  }
  for (let k = Math.max(before, window - 1); k < end; k++) {
    starts[k] = Math.min(starts[k]!, work[k - window + 1]!);
  }
  return starts;
}

function divide(results: Float64Array, count: number | Float64Array): void {
  if (typeof count === "number") {
    for (let k = 0; k < results.length; k++) results[k]! /= count;
  } else {
    for (let k = 0; k < results.length; k++) results[k]! /= count[k]!;
  }
}

function negate(values: Float64Array): void {
  for (let k = 0; k < values.length; k++) values[k] = -values[k]!;
}
