import { assertWhole, type Numbers, numbersOf } from "./numbers.ts";
import { isList, told } from "../common/options.ts";

/** Counts of values by bin. */
export interface Histogram {
  /** Edges of the bins, ascending; one more than there are bins. */
  edges: Float64Array;
  /** Number of values per bin. Bin k has `edges[k] ≤ x < edges[k + 1]`; the last one includes its upper edge. */
  counts: Float64Array;
  /** Number of values below the first edge. */
  below: number;
  /** Number of values above the last edge. */
  above: number;
  /** NaN. */
  missing: number;
}

/**
 * Counts values by bin. With the same edges for every part of a dataset, counts of parts add up to
 * those of the whole.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { histogram } from "measuring/statistics";
 *
 * const { edges, counts } = histogram([0, 1, 1, 2, 5, 10], 5);
 * assertEquals(Array.from(edges), [0, 2, 4, 6, 8, 10]);
 * assertEquals(Array.from(counts), [3, 1, 1, 0, 1]);
 * ```
 *
 * @param bins Number of bins of equal width, or the edges.
 * @param range First and last edge for a number of bins;
 * by default, the least and the greatest finite value.
 * @throws TypeError when bins or the range are something else.
 * @throws RangeError when a range is given with edges, edges don't ascend, or there is no finite value for a default range.
 */
export function histogram(
  values: Numbers,
  bins: number | Numbers,
  range?: readonly [from: number, to: number],
): Histogram {
  values = numbersOf(values);
  const areEven = typeof bins === "number";
  if (!areEven && !isList(bins)) {
    throw new TypeError(`bins are a number of bins or an array of edges, not ${told(bins)}`);
  }
  if (range !== undefined) assertRange(range, areEven);
  const edges = areEven
    ? evenEdges(bins, range ?? finiteRange(values))
    : Float64Array.from(numbersOf(bins));
  assertRising(edges);
  const size = edges.length - 1;
  const counts = new Float64Array(size);
  const first = edges[0]!, last = edges[size]!, scale = size / (last - first);
  // Of an edge below 1e-300 there is no such product.
  const even = areEven && scale > 0 && scale < Infinity;
  let below = 0, above = 0, missing = 0;
  for (let k = 0; k < values.length; k++) {
    const value = values[k]!;
    if (value !== value) missing++;
    else if (value < first) below++;
    else if (value > last) above++;
    else {
      let bin = even
        ? Math.min(size - 1, Math.floor((value - first) * scale))
        : bisect(edges, value);
      // The product is off where a value stands at an edge, or bins are as narrow as doubles.
      while (value < edges[bin]!) bin--;
      while (bin < size - 1 && value >= edges[bin + 1]!) bin++;
      counts[bin]!++;
    }
  }
  return { edges, counts, below, above, missing };
}

function assertRange(range: unknown, even: boolean): void {
  if (!isList(range) || range.length !== 2) {
    throw new TypeError(`the range is an array of the first and last edge, not ${told(range)}`);
  }
  if (!even) throw new RangeError("edges have a range of their own; leave the range out");
  if (!Number.isFinite(range[0]) || !Number.isFinite(range[1]) || range[0]! > range[1]!) {
    throw new RangeError(`a range is of finite numbers that rise, not ${range[0]} to ${range[1]}`);
  }
}

function evenEdges(bins: number, [from, to]: readonly [number, number]): Float64Array {
  assertWhole(bins, 1, "the number of bins");
  if (!Number.isFinite(from) || !Number.isFinite(to)) {
    throw new RangeError("there is no finite value to take the range from; give one");
  }
  // As NumPy: a single value stands in the middle of a range of 1.
  const [low, high] = from === to ? [from - 0.5, to + 0.5] : [from, to];
  const range = high - low, width = range / bins;
  const edgeAt = (k: number) =>
    range < Infinity ? low + k * width : low * (1 - k / bins) + high * (k / bins);
  return Float64Array.from({ length: bins + 1 }, (_, k) => k < bins ? edgeAt(k) : high);
}

function finiteRange(values: Numbers): [number, number] {
  let low = Infinity, high = -Infinity;
  for (let k = 0; k < values.length; k++) {
    const value = values[k]!;
    if (value < low && value > -Infinity) low = value;
    if (value > high && value < Infinity) high = value;
  }
  return [low, high];
}

function assertRising(edges: Float64Array): void {
  if (edges.length < 2) throw new RangeError("a histogram needs two edges at least");
  for (let k = 1; k < edges.length; k++) {
    if (!(edges[k]! > edges[k - 1]!)) {
      throw new RangeError(`edges must rise; ${edges[k]} follows ${edges[k - 1]}`);
    }
  }
}

/** Bin of a value from the first to the last edge. */
function bisect(edges: Float64Array, value: number): number {
  let low = 0, high = edges.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (value < edges[middle]!) high = middle;
    else low = middle;
  }
  return low;
}
