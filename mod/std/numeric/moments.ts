import { deviationsOf, extentOf } from "../../kernel/sum_kernel.ts";
import { type Numbers, numbersOf, pairsOf } from "./numbers.ts";
import { isOutOfRange, scaleToOne } from "./scale.ts";
import { total } from "./summation.ts";

/**
 * The divisor of a deviation: `n -
 * 1` for a sample, `n` for a population.
 */
export type Of = "sample" | "population";

/** Moments about the mean. */
export interface Central {
  count: number;
  mean: number;
  /** What the mean was rounded by: it is `mean + lost/scale`. */
  lost: number;
  /** `Σ(scale·(x - mean))²`; NaN where there is no finite mean. */
  squares: number;
  /** A power of two, 1 but for deviations whose squares would leave the range of doubles. */
  scale: number;
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
  if (count === 0 || !Number.isFinite(mean)) {
    return { count, mean, lost: 0, squares: NaN, scale: 1 };
  }
  const about = (values: Numbers, mean: number, scale: number): Central => {
    const { squares, rest } = deviationsOf(values, mean);
    const lost = rest / count;
    return { count, mean: mean / scale, lost, squares: squares - rest * rest / count, scale };
  };
  const found = about(values, mean, 1);
  if (!isOutOfRange(found.squares)) return found;
  const [low, high] = extentOf(values);
  const scale = scaleToOne(Math.max(high - mean, mean - low));
  if (low === high || scale === 1) return found;
  return about(Float64Array.from(values, (value) => value * scale), mean * scale, scale);
}

/** `Σt³` and `Σt⁴` over `t`, the deviations in units of the population's standard deviation. */
export function higher(
  values: Numbers,
  { count, mean, lost, squares, scale }: Central,
): { cubes: number; fourths: number } {
  const deviation = Math.sqrt(squares / count);
  let cubes = 0, fourths = 0;
  for (let k = 0; k < values.length; k++) {
    const apart = ((values[k]! - mean) * scale - lost) / deviation;
    if (apart !== apart) continue;
    const square = apart * apart;
    cubes += square * apart;
    fourths += square * square;
  }
  return { cubes, fourths };
}

/** Moments of pairs of which both values are there; NaN where there are no finite means. */
export interface Joint {
  count: number;
  meanX: number;
  meanY: number;
  /** What the means were rounded by: they are `meanX + lostX/scaleX` and `meanY + lostY/scaleY`. */
  lostX: number;
  lostY: number;
  /** `Σ(scaleX·(x - meanX))²` */
  xx: number;
  /** `Σ(scaleY·(y - meanY))²` */
  yy: number;
  /** `Σ(scaleX·(x - meanX)·scaleY·(y - meanY))` */
  xy: number;
  /** Powers of two, 1 but for deviations whose squares would leave the range of doubles. */
  scaleX: number;
  scaleY: number;
}

/** @throws RangeError when `x` and `y` have different lengths. */
export function joint(x: Numbers, y: Numbers): Joint {
  [x, y] = pairsOf(x, y);
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
  if (!Number.isFinite(meanX) || !Number.isFinite(meanY)) {
    const none = { xx: NaN, yy: NaN, xy: NaN };
    return { count, meanX, meanY, lostX: 0, lostY: 0, ...none, scaleX: 1, scaleY: 1 };
  }
  const found = about(x, y, count, meanX, meanY, 1, 1);
  const isSmallX = !isSteadyX && isOutOfRange(found.xx);
  const isSmallY = !isSteadyY && isOutOfRange(found.yy);
  if (!isSmallX && !isSmallY) return found;
  const scaleX = isSmallX ? scaleToOne(greatestApart(x, y, meanX)) : 1;
  const scaleY = isSmallY ? scaleToOne(greatestApart(y, x, meanY)) : 1;
  return about(x, y, count, meanX, meanY, scaleX, scaleY);
}

function about(
  x: Numbers,
  y: Numbers,
  count: number,
  meanX: number,
  meanY: number,
  scaleX: number,
  scaleY: number,
): Joint {
  let xx = 0, yy = 0, xy = 0, restX = 0, restY = 0;
  for (let k = 0; k < x.length; k++) {
    const a = (x[k]! - meanX) * scaleX, b = (y[k]! - meanY) * scaleY;
    if (a !== a || b !== b) continue;
    xx += a * a;
    yy += b * b;
    xy += a * b;
    restX += a;
    restY += b;
  }
  return {
    count,
    meanX,
    meanY,
    lostX: restX / count,
    lostY: restY / count,
    xx: xx - restX * restX / count,
    yy: yy - restY * restY / count,
    xy: xy - restX * restY / count,
    scaleX,
    scaleY,
  };
}

/** The greatest deviation from a mean, of the values that have a partner. */
function greatestApart(values: Numbers, partners: Numbers, mean: number): number {
  let most = 0;
  for (let k = 0; k < values.length; k++) {
    const apart = Math.abs(values[k]! - mean);
    if (apart > most && partners[k] === partners[k]) most = apart;
  }
  return most;
}
