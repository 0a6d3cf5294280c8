/**
 * Filters over columns: `import { movingMean } from "measuring/filters"`.
 *
 * All but {@linkcode convolve}, {@linkcode integral} and {@linkcode cumulativeIntegral} belong in
 * `map` with `overlap`: their results depend on the rows around each row in a way that is the same
 * wherever the array begins, so that the parts of a file give, to the last bit, what the whole
 * column at once would give. What to export as `overlap` is said by {@linkcode windowOverlap},
 * {@linkcode firOverlap} and {@linkcode iirOverlap}.
 *
 * Moving windows leave NaN out, as `measuring/statistics` does; filters and derivatives give NaN
 * where a NaN reaches.
 *
 * @module
 */
export { type ConvolutionMethod, type ConvolutionMode, convolve } from "./signal/convolution.ts";
export {
  type Band,
  filterFir,
  firBandpass,
  firBandstop,
  firHighpass,
  firLowpass,
  type FirOptions,
  firOverlap,
  type FirUse,
} from "./signal/fir.ts";
export { filterBothWays, filterIir, iirOverlap, type IirUse, type Section } from "./signal/iir.ts";
export {
  butterworthBandpass,
  butterworthBandstop,
  butterworthHighpass,
  butterworthLowpass,
} from "./signal/butterworth.ts";
export { gainOf } from "./signal/response.ts";
export {
  movingMax,
  movingMean,
  movingMin,
  type MovingOptions,
  movingRms,
  movingSum,
  type Overlap,
  windowOverlap,
} from "./signal/moving_windows.ts";
export { cumulativeIntegral, derivative, integral } from "./signal/calculus.ts";
