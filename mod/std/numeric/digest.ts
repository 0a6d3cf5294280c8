/**
 * Quantiles of more values than are held: the merging t-digest of T. Dunning and O. Ertl, "Computing extremely accurate
 * quantiles using t-digests" (2019), with the scale function k₁.
 */
import { between } from "./quantiles.ts";

/** Points that a digest has at most, about: a point holds π / 1000 of the values around the median, fewer further out. */
export const COMPRESSION = 1000;

/** Values in rising order, and how many stand at each. */
export interface Points {
  values: Float64Array;
  weights: Float64Array;
}

/**
 * Fewer points for many: neighbours become one at their mean. The least and the greatest value stay as they are.
 *
 * @param values In any order, none of them NaN.
 * @param weights How many values each stands for.
 */
export function digestOf(values: Float64Array, weights: Float64Array): Points {
  const sorted = inOrder(values, weights);
  const { length } = values, total = weights.reduce((sum, weight) => sum + weight, 0);
  const made = { values: new Float64Array(length), weights: new Float64Array(length) };
  let last = -1, before = 0, limit = 0;
  for (let k = 0; k < length; k++) {
    const value = sorted.values[k]!, weight = sorted.weights[k]!;
    const isInner = last > 0 && k < length - 1;
    if (isInner && isOne(made, last, value, before + weight <= limit)) {
      const all = made.weights[last]! += weight;
      if (value !== made.values[last]) {
        made.values[last]! += (value - made.values[last]!) * (weight / all);
      }
    } else {
      last++;
      made.values[last] = value;
      made.weights[last] = weight;
      limit = total * shareAfter(before / total);
    }
    before += weight;
  }
  return { values: made.values.slice(0, last + 1), weights: made.weights.slice(0, last + 1) };
}

/** Whether a value may be one point with the last. Between what is too far apart, or infinite, there is no mean. */
function isOne({ values }: Points, last: number, value: number, fits: boolean): boolean {
  const mean = values[last]!;
  if (!Number.isFinite(value - mean)) return value === mean;
  return fits;
}

/** Where the point ends that begins at a share of all values. */
function shareAfter(share: number): number {
  const angle = Math.asin(2 * share - 1) + 2 * Math.PI / COMPRESSION;
  return angle >= Math.PI / 2 ? 1 : (Math.sin(angle) + 1) / 2;
}

function inOrder(values: Float64Array, weights: Float64Array): Points {
  if (weights.every((weight) => weight === 1)) return { values: values.toSorted(), weights };
  const order = Array.from(values, (_, k) => k)
    .sort((a, b) => values[a]! - values[b]! || a - b);
  return {
    values: Float64Array.from(order, (k) => values[k]!),
    weights: Float64Array.from(order, (k) => weights[k]!),
  };
}

/**
 * Quantiles of a digest's values: linear between the middles of its points. Where each point is a value, they are those of
 * all values.
 *
 * @param ps From 0 to 1.
 */
export function quantilesOfPoints(
  { values, weights }: Points,
  ps: readonly number[],
): Float64Array {
  const sorted = inOrder(values, weights), { length } = values;
  const middles = new Float64Array(length);
  let before = 0;
  for (let k = 0; k < length; k++) {
    middles[k] = before + (sorted.weights[k]! - 1) / 2;
    before += sorted.weights[k]!;
  }
  return Float64Array.from(ps, (p) => {
    const place = p * (before - 1);
    let above = 0, high = length;
    while (above < high) {
      const middle = (above + high) >> 1;
      if (middles[middle]! < place) above = middle + 1;
      else high = middle;
    }
    if (above === length) return sorted.values[length - 1]!;
    if (above === 0 || middles[above] === place) return sorted.values[above]!;
    const from = middles[above - 1]!;
    return between(
      sorted.values[above - 1]!,
      sorted.values[above]!,
      (place - from) / (middles[above]! - from),
    );
  });
}
