/** Fourier transforms of any length; see `measuring/fft`. */
import { type Complex, kernelFactors, planOf } from "./fft_plan.ts";
import { realLengths, realTransform } from "./fft_kernel.ts";
import { doublesOf, numbersOf } from "../../kernel/views.ts";
import { assertNumber, assertWhole } from "../numeric/numbers.ts";

export type { Complex };

/** Numbers by index: a typed array or an array. */
export type Numbers = ArrayLike<number>;

/** A one-sided spectrum of `n/2 + 1` bins. */
export interface Spectrum {
  /** In the unit of the sample rate: Hz for samples per second. */
  frequency: Float64Array;
  /** In the unit of the values: the peak value of a sine, the mean at frequency 0. */
  amplitude: Float64Array;
}

/**
 * Discrete Fourier transform of complex values.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { fft } from "measuring/fft";
 *
 * const { re, im } = fft([1, 0, -1, 0], [0, 0, 0, 0]);
 * assertAlmostEquals(re[1], 2);
 * assertAlmostEquals(im[1], 0);
 * ```
 *
 * @param re Real parts.
 * @param im Imaginary parts, of the same number.
 * @throws RangeError when there are none, or their numbers differ.
 */
export function fft(re: Numbers, im: Numbers): Complex {
  const x = doublesOf(re), y = doublesOf(im);
  return planOf(commonLength(x, y)).forward(x, y);
}

/**
 * Inverse of {@linkcode fft}: `x[j] = 1/n·Σ X[k]·exp(2πi·jk/n)`.
 *
 * @throws RangeError when there are no values, or the numbers of parts differ.
 */
export function ifft(re: Numbers, im: Numbers): Complex {
  const given = { re: doublesOf(re), im: doublesOf(im) };
  const n = commonLength(given.re, given.im);
  // Exchanging the parts before and after turns the transform into its inverse, but for 1/n.
  const { re: x, im: y } = planOf(n).forward(given.im, given.re);
  for (let j = 0; j < n; j++) {
    x[j]! /= n;
    y[j]! /= n;
  }
  return { re: y, im: x };
}

/**
 * Transform of real values: bins 0 to n/2 (rounded down); the others are their conjugates.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rfft } from "measuring/fft";
 *
 * const { re } = rfft([1, 1, 1, 1]);
 * assertEquals(Array.from(re), [4, 0, 0]);
 * ```
 *
 * @throws RangeError when there are no values.
 */
export function rfft(values: Numbers): Complex {
  const own = numbersOf(values), spectrum = transformed(own);
  // Of real values these have no imaginary part, not even of NaN.
  spectrum.im[0] = 0;
  if (own.length % 2 === 0) spectrum.im[own.length / 2] = 0;
  return spectrum;
}

function transformed(values: Numbers): Complex {
  const n = values.length;
  if (n === 0) throw new RangeError("there are no values to transform");
  const bins = Math.floor(n / 2) + 1;
  if (n % 2 !== 0) {
    const { re, im } = planOf(n).forward(doublesOf(values), new Float64Array(n));
    return { re: re.slice(0, bins), im: im.slice(0, bins) };
  }
  const factors = kernelFactors(n / 2);
  return factors ? realTransform(values, factors) : splitHalves(values, bins);
}

/** An even number of real values as half as many complex ones, and their transform taken apart. */
function splitHalves(values: Numbers, bins: number): Complex {
  const half = bins - 1;
  const even = new Float64Array(half);
  const odd = new Float64Array(half);
  for (let j = 0; j < half; j++) {
    even[j] = values[2 * j]!;
    odd[j] = values[2 * j + 1]!;
  }
  const z = planOf(half).forward(even, odd);
  const re = new Float64Array(bins);
  const im = new Float64Array(bins);
  for (let k = 0; k <= half; k++) {
    const a = k === half ? 0 : k;
    const b = k === 0 ? 0 : half - k;
    const sumRe = (z.re[a]! + z.re[b]!) / 2, sumIm = (z.im[a]! - z.im[b]!) / 2;
    const oddRe = (z.im[a]! + z.im[b]!) / 2, oddIm = (z.re[b]! - z.re[a]!) / 2;
    const angle = (Math.PI * k) / half;
    const cos = Math.cos(angle), sin = Math.sin(angle);
    re[k] = sumRe + cos * oddRe + sin * oddIm;
    im[k] = sumIm + cos * oddIm - sin * oddRe;
  }
  return { re, im };
}

/**
 * Inverse of {@linkcode rfft}.
 *
 * @param n Number of real values: the bins alone don't distinguish an even number from the next odd one.
 * @throws RangeError when `n` is not a whole number, or the number of bins is not n/2 + 1, rounded down.
 */
export function irfft(re: Numbers, im: Numbers, n: number): Float64Array {
  const x = doublesOf(re), y = doublesOf(im), bins = commonLength(x, y);
  assertWhole(n, 1, "the number of values");
  if (bins !== Math.floor(n / 2) + 1) {
    throw new RangeError(`${n} values have ${Math.floor(n / 2) + 1} bins, not ${bins}`);
  }
  const fullRe = new Float64Array(n);
  const fullIm = new Float64Array(n);
  for (let k = 0; k < bins; k++) {
    fullRe[k] = x[k]!;
    fullIm[k] = y[k]!;
    if (k > 0 && k < n - k) {
      fullRe[n - k] = x[k]!;
      fullIm[n - k] = -y[k]!;
    }
  }
  return ifft(fullRe, fullIm).re;
}

/**
 * Frequencies of the bins of {@linkcode rfft}: `k·sampleRate/n`.
 *
 * @param n Number of values.
 * @param sampleRate Values per unit of time: in Hz for values per second.
 * @throws RangeError when `n` is not a whole number above 0, or the rate is not above 0.
 */
export function frequencies(n: number, sampleRate: number): Float64Array {
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`${n} is no number of values`);
  assertNumber(sampleRate, "the sample rate");
  if (!(sampleRate > 0) || sampleRate === Infinity) {
    throw new RangeError(`the sample rate must be above 0, not ${sampleRate}`);
  }
  const all = new Float64Array(Math.floor(n / 2) + 1);
  for (let k = 0; k < all.length; k++) all[k] = (k * sampleRate) / n;
  return all;
}

/**
 * Amplitudes of real values by frequency. A sine with a whole number of periods is one bin with its
 * peak value. Frequency 0 has the mean. The last bin of an even number of values is not doubled either.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { spectrum } from "measuring/fft";
 *
 * const mains = Float64Array.from({ length: 1000 }, (_, j) => 325 * Math.sin(2 * Math.PI * 50 * j / 1000));
 * const { frequency, amplitude } = spectrum(mains, 1000);
 * assertAlmostEquals(frequency[50], 50);
 * assertAlmostEquals(amplitude[50], 325);
 * ```
 *
 * @param sampleRate Values per unit of time: in Hz for values per second.
 * @throws RangeError when there are no values, or the rate is not above 0.
 */
export function spectrum(values: Numbers, sampleRate: number): Spectrum {
  const own = numbersOf(values);
  const n = own.length;
  const amplitude = amplitudes(own);
  amplitude[0]! /= 2;
  if (n % 2 === 0) amplitude[amplitude.length - 1]! /= 2;
  return { frequency: frequencies(n, sampleRate), amplitude };
}

/** Absolute values of {@linkcode rfft}, times 2 by the number of values. */
function amplitudes(values: Numbers): Float64Array {
  const n = values.length;
  const factors = n > 0 && n % 2 === 0 ? kernelFactors(n / 2) : null;
  if (factors) return realLengths(values, factors);
  const { re, im } = transformed(values);
  return re.map((real, k) => 2 * Math.hypot(real, im[k]!) / n);
}

function commonLength(re: Numbers, im: Numbers): number {
  if (re.length !== im.length) {
    throw new RangeError(`there are ${re.length} real parts, but ${im.length} imaginary ones`);
  }
  if (re.length === 0) throw new RangeError("there are no values to transform");
  return re.length;
}
