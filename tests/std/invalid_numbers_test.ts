import { assertEquals, assertThrows } from "@std/assert";
import * as fft from "measuring/fft";
import * as filters from "measuring/filters";
import * as fit from "measuring/fit";
import * as interpolation from "measuring/interpolation";
import * as statistics from "measuring/statistics";
import * as windows from "measuring/windows";

const sections = filters.butterworthLowpass(2, 1, 10), line = fit.polynomialFit([0, 1], [0, 1], 1);

/** All functions of the library that take numbers by index, with these at each place where they may stand. */
const TAKES = (x: number[]): Record<string, () => unknown> => ({
  fft: () => fft.fft(x, x),
  ifft: () => fft.ifft(x, x),
  rfft: () => fft.rfft(x),
  irfft: () => fft.irfft(x, x, 5),
  spectrum: () => fft.spectrum(x, 1),
  convolve: () => filters.convolve(x, [1, 2]),
  "convolve with": () => filters.convolve([1, 2], x),
  filterFir: () => filters.filterFir(x, [1, 2]),
  "filterFir by": () => filters.filterFir([1, 2], x),
  firLowpass: () => filters.firLowpass(3, 1, 9, { window: x }),
  filterIir: () => filters.filterIir(x, sections),
  filterBothWays: () => filters.filterBothWays(x, sections),
  gainOf: () => filters.gainOf(sections, x, 9),
  movingSum: () => filters.movingSum(x, 2),
  movingMean: () => filters.movingMean(x, 2),
  movingRms: () => filters.movingRms(x, 2),
  movingMin: () => filters.movingMin(x, 2),
  movingMax: () => filters.movingMax(x, 2),
  derivative: () => filters.derivative(x, 1),
  "derivative by": () => filters.derivative([1, 2, 3], x),
  integral: () => filters.integral(x, 1),
  "integral by": () => filters.integral([1, 2, 3], x),
  cumulativeIntegral: () => filters.cumulativeIntegral(x, 1),
  linearFit: () => fit.linearFit(x, [1, 2, 3]),
  "linearFit to": () => fit.linearFit([1, 2, 3], x),
  polynomialFit: () => fit.polynomialFit([1, 2, 3], x, 1),
  evaluate: () => fit.evaluate(line, x),
  detrend: () => fit.detrend(x),
  interpolate: () => interpolation.interpolate([1, 2, 3], x, [2]),
  "interpolate from": () => interpolation.interpolate(x, [1, 2, 3], [2]),
  "interpolate at": () => interpolation.interpolate([1, 2, 3], [1, 2, 3], x),
  toEvenGrid: () => interpolation.toEvenGrid([1, 2, 3], x, 1),
  fillGaps: () => interpolation.fillGaps(x),
  count: () => statistics.count(x),
  missing: () => statistics.missing(x),
  sum: () => statistics.sum(x),
  mean: () => statistics.mean(x),
  min: () => statistics.min(x),
  max: () => statistics.max(x),
  extent: () => statistics.extent(x),
  variance: () => statistics.variance(x),
  standardDeviation: () => statistics.standardDeviation(x),
  rms: () => statistics.rms(x),
  skewness: () => statistics.skewness(x),
  kurtosis: () => statistics.kurtosis(x),
  median: () => statistics.median(x),
  quantile: () => statistics.quantile(x, 0.5),
  quantiles: () => statistics.quantiles(x, [0.5]),
  covariance: () => statistics.covariance(x, [1, 2, 3]),
  correlation: () => statistics.correlation([1, 2, 3], x),
  describe: () => statistics.describe(x),
  histogram: () => statistics.histogram(x, 2),
  coherentGain: () => windows.coherentGain(x),
  noiseBandwidth: () => windows.noiseBandwidth(x),
  applyWindow: () => windows.applyWindow(x, [1, 2, 3]),
  "applyWindow of": () => windows.applyWindow([1, 2, 3], x),
});

Deno.test("all functions refuse what is no number", () => {
  const wrong: unknown[] = [5, "123", null, {}, ["1", "2", "3"], [1, {}, 3], [1n, 2n, 3n]];
  for (const values of [...wrong, new BigInt64Array(3), () => {}]) {
    for (const [name, call] of Object.entries(TAKES(values as number[]))) {
      if (typeof values === "number" && /^(derivative|integral) by/.test(name)) continue; // a distance
      assertThrows(call, TypeError, undefined, `${name} of ${typeof values}`);
    }
  }
  const calls: (() => unknown)[] = [
    () => filters.firBandpass(9, ["1", "2"] as never, 10),
    () => filters.butterworthLowpass(2, 1, "10" as never),
    () => fft.frequencies(4, "1" as never),
    () => statistics.quantile([1, 2], "0.5" as never),
    () => windows.kaiser(4, "5" as never),
    () => windows.gaussian(4, "5" as never),
    () => interpolation.toEvenGrid([0, 1], [0, 1], "1" as never),
    () => filters.derivative([1, 2], "1" as never),
  ];
  for (const call of calls) assertThrows(call, TypeError);
});

Deno.test("all functions treat null in an array as missing, like NaN", () => {
  const nulls = TAKES([1, null, 3] as number[]), gaps = TAKES([1, NaN, 3]);
  for (const [name, call] of Object.entries(nulls)) {
    let expected: unknown;
    try {
      expected = gaps[name]!();
    } catch (error) {
      assertThrows(call, (error as Error).constructor as ErrorConstructor, undefined, name);
      continue;
    }
    assertEquals(call(), expected, name);
  }
  assertEquals(statistics.mean([true, false, true, true] as never), 0.75);
});

Deno.test("the correlation of a series with itself is exactly 1", () => {
  for (const x of [[1, 2, 3], [0.1, 0.7, -3, 8], [1e-200, 3e-200, 4e-200]]) {
    assertEquals(statistics.correlation(x, x), 1);
    assertEquals(statistics.correlation(x, x.map((value) => -value)), -1);
  }
});

Deno.test("an impossible grid is refused", () => {
  for (const [x, step] of [[[0, 1], 1e-13], [[0, Infinity], 1]] as const) {
    assertThrows(() => interpolation.toEvenGrid(x, [0, 1], step), RangeError, "too long");
  }
  assertThrows(() => interpolation.fillGaps([1, 2], { x: [1] }), RangeError, "1 values of x");
});
