/**
 * Fourier transforms of any length, for formulas: `import { rfft } from "measuring/fft"`.
 *
 * Convention: `X[k] = Σ x[j]·exp(-2πi·jk/n)` without a factor; the inverse has the factor `1/n`.
 * Inputs stay as they are; results are new arrays. Lengths whose prime factors are small (powers of
 * two, 1000, 10⁶) are quickest; any other takes about six times as long.
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
