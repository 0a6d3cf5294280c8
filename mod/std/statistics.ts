/**
 * Statistics of columns: `import { mean, median } from "measuring/statistics"`.
 *
 * All functions follow one rule: **NaN is a missing value**. It is ignored; in pairs, both values are. Nulls of floating-point columns are NaN, so they are ignored, too. {@linkcode count} and
 * {@linkcode missing} count them. A result that the values don't determine is NaN: the mean of no values, the standard deviation of one. The sum of no values is 0. Infinities are values.
 *
 * @module
 */
import { extentOf } from "../kernel/sum_kernel.ts";
import { type Central, central, higher, joint, type Of } from "./numeric/moments.ts";
import { type Numbers, numbersOf } from "./numeric/numbers.ts";
import { oneOf } from "./common/options.ts";
import { quantiles } from "./numeric/quantiles.ts";
import { isOutOfRange } from "./numeric/scale.ts";
import { total } from "./numeric/summation.ts";

export { type Histogram, histogram } from "./numeric/histogram.ts";
export type { Numbers, Of };
export { quantiles };

const OF = oneOf<Of>("sample", "population");

/** Number of values that are not NaN. */
export function count(values: Numbers): number {
  return numbersOf(values).length - missing(values);
}

/** Number of values that are NaN. */
export function missing(values: Numbers): number {
  const own = numbersOf(values);
  let found = 0;
  for (let k = 0; k < own.length; k++) if (own[k] !== own[k]) found++;
  return found;
}

/**
 * Sum, correct to about the last bit: the rounding errors of all additions are summed as well (Ogita,
 * Rump, Oishi, "Accurate sum and dot product" (2005), algorithm Sum2).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sum } from "measuring/statistics";
 *
 * assertEquals(sum([1e16, 1, -1e16]), 1);
 * assertEquals(sum([1, NaN, 2]), 3);
 * ```
 */
export function sum(values: Numbers): number {
  return total(values).sum;
}

/** Arithmetic mean `Σx/n`, from the compensated sum. */
export function mean(values: Numbers): number {
  const { count, sum } = total(values);
  return sum / count;
}

/** Minimum; NaN if there are no values. */
export function min(values: Numbers): number {
  return extent(values)[0];
}

/** Maximum; NaN if there are no values. */
export function max(values: Numbers): number {
  return extent(values)[1];
}

/** Minimum and maximum; both NaN if there are no values. */
export function extent(values: Numbers): [min: number, max: number] {
  const [low, high] = extentOf(values);
  return low <= high ? [low, high] : [NaN, NaN];
}

/**
 * Variance: `Σ(x - mean)²` divided by `n - 1` for a sample, by `n` for a population.
 *
 * Computed in two passes and corrected for the rounding of
 * the mean, so it keeps digits that `Σx² - (Σx)²/n` loses.
 */
export function variance(values: Numbers, of: Of = "sample"): number {
  OF(of, "of");
  const { count, squares, scale } = central(values);
  return squares / divisor(count, of) / scale / scale;
}

/**
 * Standard deviation, the square root of the {@linkcode variance}; of a
 * sample by default.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { standardDeviation } from "measuring/statistics";
 *
 * assertEquals(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9], "population"), 2);
 * ```
 */
export function standardDeviation(values: Numbers, of: Of = "sample"): number {
  OF(of, "of");
  return deviation(central(values), of);
}

/** Root mean square `√(Σx²/n)`: the effective value of a voltage or a current. */
export function rms(values: Numbers): number {
  return effective(central(values));
}

/**
 * Skewness `m₃/m₂^1.5` of the population, mₖ being the k-th moment about the mean: 0 for symmetric
 * values, above 0 for a longer tail on the right. NaN if the values are constant.
 */
export function skewness(values: Numbers): number {
  if (!varies(values)) return NaN;
  const own = numbersOf(values), moments = central(own);
  return higher(own, moments).cubes / moments.count;
}

/** Excess kurtosis `m₄/m₂² - 3` of the population: 0 for a normal distribution. NaN if the values are constant. */
export function kurtosis(values: Numbers): number {
  if (!varies(values)) return NaN;
  const own = numbersOf(values), moments = central(own);
  return higher(own, moments).fourths / moments.count - 3;
}

/** The middle value; for an even number of values, the mean of the two in the middle. */
export function median(values: Numbers): number {
  return quantile(values, 0.5);
}

/**
 * Value below which the share `p` lies, interpolated linearly between neighbours: see
 * {@linkcode quantiles}, which computes several in little more time than one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { quantile } from "measuring/statistics";
 *
 * assertEquals(quantile([4, 1, 3, 2], 0.25), 1.75);
 * ```
 *
 * @throws RangeError when `p` is not from 0 to 1.
 */
export function quantile(values: Numbers, p: number): number {
  return quantiles(values, [p])[0]!;
}

/**
 * Covariance: `Σ(x - meanX)(y - meanY)` divided by `n - 1` for a sample, by `n` for a population.
 *
 * @throws RangeError when `x` and `y` have different lengths.
 */
export function covariance(x: Numbers, y: Numbers, of: Of = "sample"): number {
  OF(of, "of");
  const { count, xy, scaleX, scaleY } = joint(x, y);
  return xy / divisor(count, of) / (scaleX * scaleY);
}

/**
 * Pearson correlation, from -1 to 1; NaN if one of the two is constant.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { correlation } from "measuring/statistics";
 *
 * assertAlmostEquals(correlation([1, 2, 3, NaN], [2, 4, 6, 0]), 1);
 * ```
 *
 * @throws RangeError when `x` and `y` have different lengths.
 */
export function correlation(x: Numbers, y: Numbers): number {
  const { xx, yy, xy } = joint(x, y), squares = xx * yy;
  // Of a series with itself it is 1 exactly.
  const size = isOutOfRange(squares) ? Math.sqrt(xx) * Math.sqrt(yy) : Math.sqrt(squares);
  return Math.max(-1, Math.min(1, xy / size));
}

/** The figures of {@linkcode describe}. */
export interface Description {
  count: number;
  missing: number;
  mean: number;
  /** Of a sample. */
  standardDeviation: number;
  rms: number;
  min: number;
  max: number;
}

/** The usual figures at once, in fewer passes than by separate functions. */
export function describe(values: Numbers): Description {
  const moments = central(values);
  const { count, mean } = moments;
  const [min, max] = extent(values);
  return {
    count,
    missing: missing(values),
    mean,
    standardDeviation: deviation(moments, "sample"),
    rms: effective(moments),
    min,
    max,
  };
}

/**
 * Whether the values vary. Equal values deviate only by the rounding
 * of the mean; with an infinite mean, there are no deviations.
 */
function varies(values: Numbers): boolean {
  const [low, high] = extentOf(values);
  return low < high && low > -Infinity && high < Infinity;
}

function deviation({ count, squares, scale }: Central, of: Of): number {
  return Math.sqrt(squares / divisor(count, of)) / scale;
}

/** `√(Σx²/n)` from the moments about the mean: `Σx² = Σ(x - mean)² + n·mean²`. */
function effective(moments: Central): number {
  const { count, mean, squares, scale } = moments;
  if (!Number.isFinite(mean)) return count === 0 ? NaN : Infinity;
  const square = squares / count + mean * mean;
  if (scale === 1 && !isOutOfRange(square)) return Math.sqrt(square);
  return Math.hypot(deviation(moments, "population"), mean);
}

function divisor(count: number, of: Of): number {
  if (of === "population") return count;
  return count > 1 ? count - 1 : NaN;
}
