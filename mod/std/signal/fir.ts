import { products } from "./convolution.ts";
import {
  assertNumber,
  assertWhole,
  type Numbers,
  numbersOf,
  toFloat64,
} from "../numeric/numbers.ts";
import { numbers, oneOf, optionsBy } from "../common/options.ts";
import { ALIGN, type Overlap, overlapFor } from "./sliding.ts";
import { hamming } from "./window_functions.ts";

/** Frequencies in the unit of the sample rate: Hz for values per second. */
export type Band = readonly [low: number, high: number];

export interface FirOptions {
  /** Factors for the ideal filter, one per tap; by default {@linkcode hamming}. */
  window?: Numbers;
}

/** Options of a filter. */
export interface FirUse {
  /**
   * `trailing` (the default): the row and those before it; a
   * symmetric filter then delays by half its length. `centre`: no delay.
   */
  align?: "trailing" | "centre";
  /**
   * The assumed values beyond the ends: `zero` (the
   * default), or the first and last value for `steady`.
   */
  outside?: "zero" | "steady";
}

const firOptions = optionsBy<FirOptions>({ window: numbers });
/** What values beyond the ends are assumed to be. */
export const OUTSIDE = oneOf("zero", "steady");
const firUse = optionsBy<FirUse>({ align: ALIGN, outside: OUTSIDE });

/**
 * Taps of a low-pass filter by the window method: the ideal filter, truncated by a window and
 * scaled to the gain 1 at frequency 0.
 *
 * Source: Oppenheim, Schafer, "Discrete-time signal processing", section 7.2 in the second edition.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { filterFir, firLowpass } from "measuring/filters";
 *
 * const taps = firLowpass(101, 10, 1000);
 * const smooth = filterFir(new Float64Array(500).fill(7), taps);
 * assertAlmostEquals(smooth[499]!, 7, 1e-12);
 * ```
 *
 * @param count Number of taps: more make the transition narrower.
 * @param cutoff The frequency at which the gain is a half.
 * @throws RangeError when the cut-off is not between 0 and half the sample rate.
 */
export function firLowpass(
  count: number,
  cutoff: number,
  sampleRate: number,
  options?: FirOptions,
): Float64Array {
  return design(count, [[0, cutoff]], 0, sampleRate, options);
}

/**
 * Like {@linkcode firLowpass}, with the gain 1 at half
 * the sample rate. The number of taps must be odd.
 */
export function firHighpass(
  count: number,
  cutoff: number,
  sampleRate: number,
  options?: FirOptions,
): Float64Array {
  assertOdd(count);
  return design(count, [[cutoff, sampleRate / 2]], sampleRate / 2, sampleRate, options);
}

/** Like {@linkcode firLowpass}, with the gain 1 in the middle of the band. */
export function firBandpass(
  count: number,
  [low, high]: Band,
  sampleRate: number,
  options?: FirOptions,
): Float64Array {
  return design(count, [[low, high]], (low + high) / 2, sampleRate, options);
}

/** Like {@linkcode firLowpass}, without a band. The number of taps must be odd. */
export function firBandstop(
  count: number,
  [low, high]: Band,
  sampleRate: number,
  options?: FirOptions,
): Float64Array {
  assertOdd(count);
  const bands: Band[] = [[0, low], [high, sampleRate / 2]];
  return design(count, bands, 0, sampleRate, options);
}

/**
 * Runs a filter over values: `y[k] = Σ taps[j]·x[k - j]`, always summed in this order. So a part of a column with enough overlap ({@linkcode firOverlap}) gives the
 * results of the whole column, to the last bit. A NaN affects only the results that it contributes to.
 *
 * For thousands of taps on a whole column, {@linkcode convolve} is faster.
 *
 * @throws RangeError when there are no taps.
 */
export function filterFir(values: Numbers, taps: Numbers, use?: FirUse): Float64Array {
  const { align, outside } = firUse(use);
  const { after } = firOverlap(taps, align);
  const x = toFloat64(values), kernel = toFloat64(taps);
  if (outside !== "steady" || x.length === 0) return products(x, kernel, after, x.length);
  return products(x, kernel, after, x.length, x[0], x[x.length - 1]);
}

/**
 * The `overlap` that a formula exports for a filter. @throws RangeError when there are no taps.
 */
export function firOverlap(taps: Numbers, align?: FirUse["align"]): Overlap {
  const { length } = numbersOf(taps);
  if (length === 0) throw new RangeError("the filter has no taps");
  return overlapFor(length, align);
}

/** Windowed ideal filter that passes the bands, scaled to the gain 1 at a frequency. */
function design(
  count: number,
  bands: readonly Band[],
  unity: number,
  sampleRate: number,
  options?: FirOptions,
): Float64Array {
  const { window } = firOptions(options);
  assertWhole(count, 1, "the number of taps");
  assertBorders(bands.flat().filter((f) => f !== 0 && f !== sampleRate / 2), sampleRate);
  const factors = window === undefined ? hamming(count) : numbersOf(window);
  if (factors.length !== count) {
    throw new RangeError(`a window of ${factors.length} does not fit on ${count} taps`);
  }
  const taps = new Float64Array(count);
  let gain = 0;
  for (let k = 0; k < count; k++) {
    const place = k - (count - 1) / 2;
    let ideal = 0;
    for (const [low, high] of bands) {
      ideal += lowpassTap(place, high / sampleRate) - lowpassTap(place, low / sampleRate);
    }
    taps[k] = ideal * factors[k]!;
    gain += taps[k]! * Math.cos(2 * Math.PI * place * unity / sampleRate);
  }
  for (let k = 0; k < count; k++) taps[k]! /= gain;
  return taps;
}

/** `sin(2πfk)/πk`: the ideal low-pass filter's tap `k` places from the middle. */
function lowpassTap(place: number, frequency: number): number {
  if (place === 0) return 2 * frequency;
  return Math.sin(2 * Math.PI * frequency * place) / (Math.PI * place);
}

/** @throws RangeError when frequencies don't rise between 0 and half the sample rate. */
export function assertBorders(borders: readonly number[], sampleRate: number): void {
  assertNumber(sampleRate, "the sample rate");
  for (const border of borders) assertNumber(border, "a frequency");
  let last = 0;
  if (borders.length === 0) {
    throw new RangeError("a cut-off must lie between 0 and half the sample rate");
  }
  for (const border of borders) {
    if (!(border > last && border < sampleRate / 2)) {
      throw new RangeError(
        `frequencies must rise between 0 and half the sample rate (${sampleRate / 2}), not ${
          borders.join(", ")
        }`,
      );
    }
    last = border;
  }
}

function assertOdd(count: number): void {
  if (count % 2 === 0) {
    throw new RangeError(
      `this filter needs an odd number of taps: ${count} let nothing through at half the sample rate`,
    );
  }
}
