import { deviationsOf } from "../kernel/sums.ts";
import { numbersOf } from "../kernel/views.ts";
import { assertPairs, type Numbers } from "./numbers.ts";
import { total } from "./summation.ts";

/**
 * What a deviation is divided by: `n - 1` for a sample of something larger, `n` where the values
 * are all there is.
 */
export type Of = "sample" | "population";

/** Moments about the mean. */
export interface Central {
  count: number;
  mean: number;
  /** `Σ(x - mean)²` */
  squares: number;
}

/**
 * Mean, and squared deviations from it in a second pass, corrected for the mean's own rounding.
 *
 * Source: Chan, Golub, LeVeque, "Algorithms for computing the sample variance" (1983), formula 1.7.
 */
export function central(numbers: Numbers): Central {
  const values = numbersOf(numbers);
  const { count, sum } = total(values);
  const mean = sum / count;
  const { squares, rest } = deviationsOf(values, mean);
  if (count === 0 || !Number.isFinite(mean)) return { count, mean, squares: NaN };
  return { count, mean, squares: squares - rest * rest / count };
}

/** `Σ(x - mean)³` and `Σ(x - mean)⁴` for a mean that is known. */
export function higher(values: Numbers, mean: number): { cubes: number; fourths: number } {
  let cubes = 0, fourths = 0;
  for (let k = 0; k < values.length; k++) {
    const apart = values[k]! - mean;
    if (apart !== apart) continue;
    const square = apart * apart;
    cubes += square * apart;
    fourths += square * square;
  }
  return { cubes, fourths };
}

/** Moments of pairs of which both values are there. */
export interface Joint {
  count: number;
  meanX: number;
  meanY: number;
  /** `Σ(x - meanX)²` */
  xx: number;
  /** `Σ(y - meanY)²` */
  yy: number;
  /** `Σ(x - meanX)(y - meanY)` */
  xy: number;
}

/** @throws RangeError when `x` and `y` are not equally long. */
export function joint(x: Numbers, y: Numbers): Joint {
  assertPairs(x, y);
  let count = 0, sumX = 0, sumY = 0, firstX = 0, firstY = 0;
  let isSteadyX = true, isSteadyY = true;
  for (let k = 0; k < x.length; k++) {
    const a = x[k]!, b = y[k]!;
    if (a !== a || b !== b) continue;
    if (count++ === 0) {
      firstX = a;
      firstY = b;
    }
    isSteadyX &&= a === firstX;
    isSteadyY &&= b === firstY;
    sumX += a;
    sumY += b;
  }
  // What doesn't vary deviates by nothing, not by what a mean is rounded by.
  const meanX = count > 0 && isSteadyX ? firstX : sumX / count;
  const meanY = count > 0 && isSteadyY ? firstY : sumY / count;
  let xx = 0, yy = 0, xy = 0, restX = 0, restY = 0;
  for (let k = 0; k < x.length; k++) {
    const a = x[k]! - meanX, b = y[k]! - meanY;
    if (a !== a || b !== b) continue;
    xx += a * a;
    yy += b * b;
    xy += a * b;
    restX += a;
    restY += b;
  }
  return {
    count,
    meanX: meanX + restX / count,
    meanY: meanY + restY / count,
    xx: xx - restX * restX / count,
    yy: yy - restY * restY / count,
    xy: xy - restX * restY / count,
  };
}
