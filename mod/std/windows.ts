/**
 * Window functions for spectra and filters: `import { hann } from "measuring/windows"`.
 *
 * Each gives `n` factors that fall from the middle to both ends. `symmetric` ones are for designing
 * filters; `periodic` ones for spectra: the first `n` values of the symmetric window of `n + 1`, so
 * that the window continues where the next one begins.
 *
 * Source, where none is named: Harris, "On the use of windows for harmonic analysis with the
 * discrete Fourier transform" (1978).
 *
 * @module
 */
export {
  applyWindow,
  bartlett,
  blackman,
  blackmanHarris,
  coherentGain,
  flatTop,
  gaussian,
  hamming,
  hann,
  kaiser,
  noiseBandwidth,
  type Numbers,
  rectangular,
  type Symmetry,
} from "./signal/window_functions.ts";
