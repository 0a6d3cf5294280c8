/**
 * Fourier transforms of any length, for formulas: `import { rfft } from "measuring/fft"`.
 *
 * Convention: `X[k] = Σ x[j]·exp(-2πi·jk/n)` without a factor; the inverse has the factor `1/n`.
 * Inputs are not changed; results are new arrays. Lengths with small prime factors (powers
 * of two, 1000, 10⁶) are fastest; other lengths take about six times as long.
 *
 * @module
 */
export {
  type Complex,
  fft,
  frequencies,
  ifft,
  irfft,
  type Numbers,
  rfft,
  type Spectrum,
  spectrum,
} from "./fourier/transforms.ts";
