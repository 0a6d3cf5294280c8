/**
 * Filters over columns: `import { movingMean } from "measuring/filters"`.
 *
 * All but {@linkcode convolve}, {@linkcode integral} and {@linkcode cumulativeIntegral} belong in
 * `map` with `overlap`: a result depends only on the rows around it, wherever the array starts. So the parts of a file give the same
 * results as the whole column, to the last bit. {@linkcode windowOverlap}, {@linkcode firOverlap} and {@linkcode iirOverlap} return what to export as `overlap`.
 *
 * Moving windows ignore NaN, as `measuring/statistics` does. Filters
 * and derivatives return NaN wherever a NaN contributes.
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
