import { type Numbers, numbersOf, pairsOf } from "../numeric/numbers.ts";
import { compensated } from "../numeric/summation.ts";

/**
 * Derivative by central differences; at the ends, by the difference to the only neighbour. For
 * uneven distances a before and b after a value, `(a²·y₊ - b²·y₋ + (b² - a²)·y) / (a·b·(a + b))`,
 * which is exact for parabolas.
 *
 * Needs one row before and one after: `export const overlap = { before: 1, after: 1 }`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { derivative } from "measuring/filters";
 *
 * assertEquals(derivative([0, 1, 4, 9], 1), Float64Array.of(1, 2, 4, 5));
 * assertEquals(derivative([0, 1, 9], [0, 1, 3]), Float64Array.of(1, 2, 4));
 * ```
 *
 * @param x The distance between values, or the x of each value. Times of a column are in
 * milliseconds; divide them by 1000 for a rate per second.
 * @returns In the values' unit divided by that of `x`. NaN next to a
 * NaN, at an infinite value between uneven distances, and for fewer than two values.
 * @throws RangeError when `x` and the values have different lengths.
 */
export function derivative(values: Numbers, x: number | Numbers): Float64Array {
  [x, values] = placed(values, x);
  const n = values.length;
  const out = new Float64Array(n).fill(NaN);
  if (n < 2) return out;
  const last = n - 1;
  if (typeof x === "number") {
    const twice = 2 * x;
    for (let k = 1; k < last; k++) out[k] = (values[k + 1]! - values[k - 1]!) / twice;
    out[0] = (values[1]! - values[0]!) / x;
    out[last] = (values[last]! - values[last - 1]!) / x;
    return out;
  }
  for (let k = 1; k < last; k++) {
    const a = x[k]! - x[k - 1]!, b = x[k + 1]! - x[k]!;
    const up = values[k + 1]! - values[k]!, down = values[k]! - values[k - 1]!;
    out[k] = (a * (up / b) + b * (down / a)) / (a + b);
  }
  out[0] = (values[1]! - values[0]!) / (x[1]! - x[0]!);
  out[last] = (values[last]! - values[last - 1]!) / (x[last]! - x[last - 1]!);
  return out;
}

/**
 * Integral from the first value to each, by trapezoids: turns power into an energy counter. A NaN is skipped: the trapezoid spans from the value before
 * it to the one after it, and the integral doesn't change at the NaN. Rounding errors are summed and added, so a million steps lose nothing.
 *
 * It starts at the first value, so use it in `main` on a whole column, not in `map`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { cumulativeIntegral } from "measuring/filters";
 *
 * assertEquals(cumulativeIntegral([2, 4, NaN, 4], 0.5), Float64Array.of(0, 1.5, 1.5, 5.5));
 * ```
 *
 * @param x The distance between values, or the x of each value.
 * @returns In the values' unit times that of `x`.
 * @throws RangeError when `x` and the values have different lengths.
 */
export function cumulativeIntegral(values: Numbers, x: number | Numbers): Float64Array {
  const out = new Float64Array(numbersOf(values).length);
  trapezoids(values, x, (total, k) => {
    out[k] = total;
  });
  return out;
}

/** Integral over all values, the last of {@linkcode cumulativeIntegral}; 0 if there are none. */
export function integral(values: Numbers, x: number | Numbers): number {
  let last = 0;
  trapezoids(values, x, (total) => {
    last = total;
  });
  return last;
}

/** Values with where they stand. @throws RangeError when both are not equally long. */
function placed(
  values: Numbers,
  x: number | Numbers,
): [x: number | Numbers, values: Numbers] {
  return typeof x === "number" ? [x, numbersOf(values)] : pairsOf(x, values);
}

function trapezoids(
  given: Numbers,
  places: number | Numbers,
  each: (total: number, k: number) => void,
): void {
  const [x, values] = placed(given, places), even = typeof x === "number";
  let sum = 0, lost = 0, from = -1;
  for (let k = 0; k < values.length; k++) {
    const there = values[k] === values[k] && (even || x[k] === x[k]);
    if (there) {
      if (from >= 0) {
        const width = even ? (k - from) * x : x[k]! - x[from]!;
        const area = width * (values[from]! + values[k]!) / 2;
        const next = sum + area, part = next - sum;
        lost += (sum - (next - part)) + (area - part);
        sum = next;
      }
      from = k;
    }
    each(compensated(sum, lost), k);
  }
}
