/** Window functions; see `measuring/windows`. */
import { besselI0 } from "../numeric/bessel.ts";
import { assertNumber, assertWhole, type Numbers, numbersOf } from "../numeric/numbers.ts";
import { oneOf } from "../common/options.ts";

export type { Numbers };

/** Whether both ends are equal, or the end is left out because the next period starts there. */
export type Symmetry = "symmetric" | "periodic";

const SYMMETRY = oneOf<Symmetry>("symmetric", "periodic");

/** No window: all factors 1. */
export function rectangular(n: number, symmetry: Symmetry = "symmetric"): Float64Array {
  return shape(n, symmetry, () => 1);
}

/** Triangle with 0 at both ends. */
export function bartlett(n: number, symmetry: Symmetry = "symmetric"): Float64Array {
  return shape(n, symmetry, (place) => 1 - Math.abs(2 * place - 1));
}

/**
 * `0.5 - 0.5·cos 2πt`: a good first choice for spectra.
 */
export function hann(n: number, symmetry: Symmetry = "symmetric"): Float64Array {
  return cosines(n, symmetry, [0.5, 0.5]);
}

/** `0.54 - 0.46·cos 2πt`: lowest first side lobe of its kind, -43 dB. */
export function hamming(n: number, symmetry: Symmetry = "symmetric"): Float64Array {
  return cosines(n, symmetry, [0.54, 0.46]);
}

/** `0.42 - 0.5·cos 2πt + 0.08·cos 4πt`; side lobes -58 dB. */
export function blackman(n: number, symmetry: Symmetry = "symmetric"): Float64Array {
  return cosines(n, symmetry, [0.42, 0.5, 0.08]);
}

/** The window of four terms with side lobes of -92 dB. */
export function blackmanHarris(n: number, symmetry: Symmetry = "symmetric"): Float64Array {
  return cosines(n, symmetry, [0.35875, 0.48829, 0.14128, 0.01168]);
}

/**
 * Flat top: amplitudes are correct to 0.01 dB anywhere between two bins.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { spectrum } from "measuring/fft";
 * import { applyWindow, coherentGain, flatTop } from "measuring/windows";
 *
 * // 50.5 periods: the sine falls between two bins, where no window at all shows two thirds of it.
 * const u = Float64Array.from({ length: 1000 }, (_, j) => 325 * Math.sin(2 * Math.PI * 50.5 * j / 1000));
 * const window = flatTop(1000, "periodic");
 * const { amplitude } = spectrum(applyWindow(u, window), 1000);
 * assertAlmostEquals(amplitude[50]! / coherentGain(window), 325, 0.5);
 * ```
 *
 * Source: D'Antona, Ferrero, "Digital signal processing for measurement systems" (2006), p. 70; the
 * coefficients that MATLAB and SciPy use.
 */
export function flatTop(n: number, symmetry: Symmetry = "symmetric"): Float64Array {
  const terms = [0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368];
  return cosines(n, symmetry, terms);
}

/**
 * Kaiser's window `I₀(β·√(1 - (2t - 1)²)) / I₀(β)`.
 *
 * @param beta 0 is a rectangle, 5 near a Hamming, 8.6 near a Blackman window.
 * @throws RangeError when `beta` is below 0 or above 700, where its Bessel function overflows.
 */
export function kaiser(n: number, beta: number, symmetry: Symmetry = "symmetric"): Float64Array {
  assertNumber(beta, "beta");
  if (!(beta >= 0 && beta <= 700)) throw new RangeError(`beta must be from 0 to 700, not ${beta}`);
  const top = besselI0(beta);
  return shape(n, symmetry, (place) => besselI0(beta * Math.sqrt(4 * place * (1 - place))) / top);
}

/**
 * Bell `exp(-(k - middle)²/2σ²)`.
 *
 * @param deviation σ, in values. Harris' α is `(n - 1)/2σ`.
 * @throws RangeError when the deviation is not above 0.
 */
export function gaussian(
  n: number,
  deviation: number,
  symmetry: Symmetry = "symmetric",
): Float64Array {
  assertNumber(deviation, "the deviation");
  if (!(deviation > 0)) throw new RangeError(`the deviation must be above 0, not ${deviation}`);
  const span = spanOf(n, symmetry);
  return shape(n, symmetry, (place) => Math.exp(-0.5 * ((place - 0.5) * span / deviation) ** 2));
}

/**
 * The factor by which a window reduces a sine's amplitude, `Σw/n`: divide an amplitude spectrum by it.
 *
 * @throws RangeError when the window is empty.
 */
export function coherentGain(window: Numbers): number {
  return sums(window).plain / window.length;
}

/**
 * Equivalent noise bandwidth in bins, `n·Σw²/(Σw)²`: how much more noise a bin
 * collects than with the rectangular window.
 *
 * @throws RangeError when the window is empty.
 */
export function noiseBandwidth(window: Numbers): number {
  const { plain, squares } = sums(window);
  return window.length * squares / (plain * plain);
}

/**
 * Values times the window, in a new array.
 *
 * @throws RangeError when they have different lengths.
 */
export function applyWindow(values: Numbers, window: Numbers): Float64Array {
  [values, window] = [numbersOf(values), numbersOf(window)];
  if (values.length !== window.length) {
    throw new RangeError(`a window of ${window.length} does not fit on ${values.length} values`);
  }
  const product = new Float64Array(values.length);
  for (let k = 0; k < product.length; k++) product[k] = values[k]! * window[k]!;
  return product;
}

/** From the first value to the last one's mirror image, in values. */
function spanOf(n: number, symmetry: Symmetry): number {
  assertWhole(n, 0, "the length of a window");
  return SYMMETRY(symmetry, "symmetry") === "periodic" ? n : n - 1;
}

/**
 * The function of the place from 0 to 1 at `n` places; mirrored, so that both halves are equal.
 */
function shape(n: number, symmetry: Symmetry, at: (place: number) => number): Float64Array {
  const span = spanOf(n, symmetry);
  const window = new Float64Array(n);
  if (n === 1) return window.fill(1);
  for (let k = 0; k < n; k++) {
    window[k] = span - k < k ? window[span - k]! : at(k / span);
  }
  return window;
}

function cosines(n: number, symmetry: Symmetry, terms: number[]): Float64Array {
  return shape(n, symmetry, (place) => {
    let value = 0;
    for (let j = terms.length - 1; j >= 0; j--) {
      value += (j % 2 === 0 ? terms[j]! : -terms[j]!) * Math.cos(2 * Math.PI * j * place);
    }
    return value;
  });
}

function sums(window: Numbers): { plain: number; squares: number } {
  window = numbersOf(window);
  if (window.length === 0) throw new RangeError("the window is empty");
  let plain = 0, squares = 0;
  for (let k = 0; k < window.length; k++) {
    plain += window[k]!;
    squares += window[k]! * window[k]!;
  }
  return { plain, squares };
}
