// What formulas may import, for editors. Written by `tcp_server types`; do not edit.

declare namespace Deno {
  /** Reads a file of the formula's folder or below. */
  function readTextFileSync(path: string | URL): string;
  /** Reads a file of the formula's folder or below. */
  function readFileSync(path: string | URL): Uint8Array<ArrayBuffer>;
}

declare module "measuring/fft" {
  /**
   * Fourier transforms of any length, for formulas: `import { rfft } from "measuring/fft"`.
   *
   * Convention: `X[k] = Σ x[j]·exp(-2πi·jk/n)` without a factor; the inverse has the factor `1/n`.
   * Inputs are not changed; results are new arrays. Lengths with small prime factors (powers
   * of two, 1000, 10⁶) are fastest; other lengths take about six times as long.
   *
   * @module
   */
  export { type Complex, fft, frequencies, ifft, irfft, type Numbers, rfft, type Spectrum, spectrum, } from "measuring/internal/fourier/transforms";
}

declare module "measuring/filters" {
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
  export { type ConvolutionMethod, type ConvolutionMode, convolve } from "measuring/internal/signal/convolution";
  export { type Band, filterFir, firBandpass, firBandstop, firHighpass, firLowpass, type FirOptions, firOverlap, type FirUse, } from "measuring/internal/signal/fir";
  export { filterBothWays, filterIir, iirOverlap, type IirUse, type Section } from "measuring/internal/signal/iir";
  export { butterworthBandpass, butterworthBandstop, butterworthHighpass, butterworthLowpass, } from "measuring/internal/signal/butterworth";
  export { gainOf } from "measuring/internal/signal/response";
  export { movingMax, movingMean, movingMin, type MovingOptions, movingRms, movingSum, type Overlap, windowOverlap, } from "measuring/internal/signal/moving_windows";
  export { cumulativeIntegral, derivative, integral } from "measuring/internal/signal/calculus";
}

declare module "measuring/fit" {
  import { type Numbers } from "measuring/internal/numeric/numbers";
  export type { Numbers };
  /** `y ≈ intercept + slope·x`. */
  export interface LinearFit {
      /** Pairs that were fitted. */
      count: number;
      slope: number;
      intercept: number;
      /** Share of y's variance that the line explains, 0 to 1; NaN if y is constant. */
      r2: number;
      /** Standard deviation of the residuals, `√(Σ(y - fit)²/(n - 2))`. */
      residualDeviation: number;
      /** Standard errors of slope and intercept. */
      slopeError: number;
      interceptError: number;
  }
  /**
   * The straight line that minimizes `Σ(y - intercept - slope·x)²`. It is computed from
   * moments about the means, so large values of x, such as times, keep their digits.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { linearFit } from "measuring/fit";
   *
   * const { slope, intercept, r2 } = linearFit([0, 1, 2, 3], [1, 3, 5, 7]);
   * assertEquals([slope, intercept, r2], [2, 1, 1]);
   * ```
   *
   * @throws RangeError when `x` and `y` have different lengths.
   */
  export function linearFit(x: Numbers, y: Numbers): LinearFit;
  /** `y ≈ Σ coefficients[j]·((x - centre)/scale)^j`. */
  export interface PolynomialFit {
      /** Pairs that were fitted. */
      count: number;
      /** Coefficients of rising powers of x, scaled to the range from -1 to 1. */
      coefficients: Float64Array;
      centre: number;
      scale: number;
      /** Share of y's variance that the polynomial explains; NaN if y is constant. */
      r2: number;
      /** `√(Σ(y - fit)²/(n - degree - 1))` */
      residualDeviation: number;
  }
  /**
   * The polynomial that minimizes `Σ(y - fit)²`. It is built from polynomials that are orthogonal
   * on the points, so there is no system of equations that loses digits, and no matrix.
   *
   * Source: Forsythe, "Generation and use of orthogonal polynomials for data-fitting with a digital
   * computer" (1957).
   *
   * @example
   * ```ts
   * import { assertAlmostEquals } from "@std/assert";
   * import { evaluate, polynomialFit } from "measuring/fit";
   *
   * const fit = polynomialFit([0, 1, 2, 3], [1, 2, 5, 10], 2); // 1 + x²
   * assertAlmostEquals(evaluate(fit, [4])[0]!, 17, 1e-12);
   * ```
   *
   * @param degree 0 for the mean, 1 for a line, at most 30.
   * @throws RangeError when `x` and `y` have different lengths, or the number of different
   * x is not above the degree.
   */
  export function polynomialFit(x: Numbers, y: Numbers, degree: number): PolynomialFit;
  /** Values of a fitted polynomial at given x. */
  export function evaluate(fit: PolynomialFit, at: Numbers): Float64Array;
  /**
   * Coefficients of rising powers of x itself, for a data sheet. If x is far
   * from 0 compared with its range, as times are, they lose digits that {@linkcode evaluate} keeps.
   */
  export function powersOfX({ coefficients, centre, scale }: PolynomialFit): Float64Array;
  export interface DetrendOptions {
      /** 0 subtracts the mean, 1 (the default) a straight line. */
      degree?: number;
      /** The x of each value; evenly spaced by default. */
      x?: Numbers;
  }
  /**
   * Values without their drift: minus the best-fitting polynomial of a
   * degree. It needs the whole column, so use it in `main`.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { detrend } from "measuring/fit";
   *
   * assertEquals(detrend([1, 2, 3, 4]), new Float64Array(4));
   * ```
   *
   * @throws RangeError as {@linkcode polynomialFit}.
   */
  export function detrend(values: Numbers, options?: DetrendOptions): Float64Array;
}

declare module "measuring/groups" {
  import { type Fill } from "measuring/internal/grouping/empty_intervals";
  import type { CountedUnit, Interval } from "measuring/internal/grouping/group_intervals";
  import { type Weekday } from "measuring/internal/grouping/interval_steps";
  import type { KeyValue, KeyValues } from "measuring/internal/grouping/exact_keys";
  import { type Described, type Key, type KeyColumn } from "measuring/internal/grouping/group_keys";
  import { type Groups } from "measuring/internal/grouping/group_partials";
  import type { State } from "measuring/internal/grouping/group_states";
  import { type Counts } from "measuring/internal/grouping/group_table";
  export type { Counts, Groups, Interval, Key, KeyColumn, KeyValue, KeyValues, State, Weekday };
  /**
   * A group-by. Each call adds a column to the result. By default,
   * `mean("u")` is named `mean_u`, and so on; a second argument sets another name.
   */
  export interface Grouping<Table> {
      /** Number of rows, as `count`; with a column, number of its values, as `count_u`. */
      count<Name extends string = "count">(column?: null, name?: Name): Grouping<Table & Record<Name, Counts>>;
      count<Column extends string, Name extends string = `count_${Column}`>(column: Column, name?: Name): Grouping<Table & Record<Name, Counts>>;
      /** Compensated sum; 0 if there are no values. */
      sum: Measure<Table, "sum">;
      /** Mean; NaN if there are no values. */
      mean: Measure<Table, "mean">;
      /** Sample standard deviation (divided by n - 1); NaN for a single value. */
      std: Measure<Table, "std">;
      /** Root mean square. */
      rms: Measure<Table, "rms">;
      min: Measure<Table, "min">;
      max: Measure<Table, "max">;
      /** The first value of the group, in the order of the file. */
      first: Measure<Table, "first">;
      /** The last value of the group: `last - first` is the increase of a counter. */
      last: Measure<Table, "last">;
      /**
       * The middle value; of an even number of values, the mean of the two in the middle. NaN if there are no values. It is
       * exact: all values are held until the groups are complete, as many as `mostValues` lets.
       */
      median: Measure<Table, "median">;
      /**
       * The value below which the share `p` lies, from 0 to 1, as `quantile_0.9_u`. Interpolated linearly between
       * neighbours, and exact, as the median is.
       */
      quantile: QuantileMeasure<Table>;
      /** Has a function of one's own make columns of the rows of each group. */
      apply: Apply<Table>;
      /** Groups one part of the dataset. */
      readonly chunk: (chunk: object, context?: Described) => Groups;
      /** Merges two parts, the first before the second. */
      readonly combine: (a: Groups, b: Groups) => Groups;
      /** The table: one row per group, sorted by the keys. */
      readonly aggregate: (total: Groups) => Table;
  }
  /** Adds a figure of a column to the result. */
  export type Measure<Table, Figure extends string> = <Column extends string, Name extends string = `${Figure}_${Column}`>(column: Column, name?: Name) => Grouping<Table & Record<Name, Float64Array>>;
  /** Adds a quantile of a column to the result. */
  export type QuantileMeasure<Table> = <Column extends string, const P extends number, Name extends string = `quantile_${P}_${Column}`>(column: Column, p: P, name?: Name) => Grouping<Table & Record<Name, Float64Array>>;
  /**
   * Calls a function for each group, with its rows, whole and in the order of the file: arrays by column, of numbers
   * (NaN for null) or times in milliseconds. What it returns are columns of the result:
   *
   * - values, such as `{ slope: 2 }`: a row for each group, as figures have it;
   * - arrays of one length, such as `{ time, mean }`: a row for each element, and keys and figures are repeated. Times
   *   that are returned as they came are times in the result.
   *
   * All rows are held until the groups are complete, as many values as `mostValues` lets; each time counts as two. The
   * function runs in one worker, group by group in the order of the table. It can't be async, and there can be one.
   *
   * ```ts
   * import { groupBy } from "measuring/groups";
   * import { movingMean } from "measuring/filters";
   *
   * export const { chunk, combine, aggregate } = groupBy("unit")
   *   .apply(["time", "u"], ({ time, u }) => ({ time, mean: movingMean(u, 60) }));
   * // unit, time, mean: a row for each row of the data, unit by unit
   * ```
   *
   * @throws TypeError, from `aggregate`, when the function returns something else, or other names than for the first group.
   */
  export type Apply<Table> = <Column extends string, Made extends Record<string, unknown>>(columns: readonly Column[], of: (rows: Record<Column, Float64Array>, group: Readonly<Record<string, KeyValue>>) => Made) => Grouping<Table & Record<keyof Made & string, ArrayLike<unknown>>>;
  /** What a group-by may be told. */
  export interface GroupOptions {
      /**
       * Values that may be held for medians, quantiles and {@linkcode Apply}, of all groups and columns together; by default 16,777,216. Each
       * takes 8 bytes, at several places at once while tables are merged. With more, the job fails.
       */
      mostValues?: number;
      /**
       * Values of a group, from 2000 on, beyond which its medians and quantiles are estimated by a t-digest. The result then
       * has a column `exact_u` for each column `u` of which there are any: true for groups whose values are all held. Without
       * it nothing is estimated.
       */
      digestBeyond?: number;
  }
  /** Name of a key's column in the result. */
  type KeyName<K> = K extends string ? K : K extends {
      name: infer Name extends string;
  } ? Name : string;
  /**
   * Groups rows by one or several columns: numbers, texts, booleans, or the {@linkcode interval} of a
   * time. Without a key, all rows are one group.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { groupBy } from "measuring/groups";
   *
   * const { chunk, combine, aggregate } = groupBy("unit").mean("u").count();
   * const a = chunk({ unit: ["b", "a", "b"], u: Float64Array.of(1, 2, 3) });
   * const b = chunk({ unit: ["a"], u: Float64Array.of(4) });
   * assertEquals(aggregate(combine(a, b)), {
   *   unit: ["a", "b"],
   *   mean_u: Float64Array.of(3, 2),
   *   count: Int32Array.of(2, 2),
   * });
   * ```
   *
   * To use it in `main`, export its functions under other names, so that all workers find them:
   *
   * ```ts
   * import { groupBy } from "measuring/groups";
   * import type { Frame } from "measuring/types";
   *
   * const units = groupBy("unit").mean("u").std("u");
   * export const { chunk: byUnit, combine: merge } = units;
   * export async function main(frame: Frame) {
   *   const { mean_u, std_u } = units.aggregate(await frame.reduction(byUnit, merge));
   *   return mean_u.map((mean, k) => std_u[k]! / mean);
   * }
   * ```
   *
   * @throws RangeError when two columns of the result have the same name, and, from `chunk` and `combine`, when more values
   * are to be held than {@linkcode GroupOptions} says.
   */
  export function groupBy<const K extends Key>(keys: K | readonly K[], options?: GroupOptions): Grouping<Record<KeyName<K>, KeyValues>>;
  export interface IntervalOptions<Name extends string> {
      /** Name of the column of interval starts; by default, that of the time column. */
      name?: Name;
      /**
       * The zone whose clocks and calendar count, such as `"Europe/Moscow"` or `"+03:00"`; by default UTC. Columns of
       * DATE have no time of day: their days, months and years are the same in all zones.
       */
      zone?: string;
      /** The day on which weeks begin; by default `"monday"`. */
      weekStart?: Weekday;
      /**
       * Where one of the intervals begins: a time of day (`"06:00"`), a date in the zone (`"2024-04-01"`,
       * `"2024-04-01T06:00"`), an instant (`"2024-04-01T06:00Z"`, or milliseconds since 1970). By default, weeks begin on
       * Monday, years in January, and all else as on a clock.
       */
      origin?: number | string;
      /** The unit in which a column of numbers counts since 1970. Not needed for a column of times. */
      unit?: CountedUnit;
  }
  /**
   * The interval of a time, as a key: `groupBy(["unit", interval("time", "1h")])`. Intervals are computed with the stored integers. In
   * the result, the starts are TIMESTAMPs with the column's unit, or a finer one if needed, and its zone.
   *
   * With a zone, intervals are those of the time that clocks show there. A day with a change of summer time is an hour
   * longer or shorter; a shift `"8h"` begins at the same time of day all year; a day that was skipped doesn't occur. What
   * a clock shows twice, as it is set back, is one interval, unless it comes twice in full: then the two are told apart,
   * such as the two hours at the end of summer time. Starts are the first instants of intervals, where there is no
   * midnight the first one of the day.
   *
   * @param column A column of times, or of numbers with `{ unit: "ms" }`; then the starts are numbers, too.
   * @param every Such as `"100us"`, `"100ms"`, `"1s"`, `"15m"` (or `"15min"`), `"1h"`, `"1d"`, `"1w"` from
   * Monday on, `"1mo"`, `"1q"`, `"1y"`, or milliseconds.
   * @throws RangeError when `every` is not a duration of whole nanoseconds, for a zone that doesn't exist, and for an
   * origin that is no time. TypeError, from `chunk`, for a column that is not a time.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { groupBy, interval } from "measuring/groups";
   *
   * const month = interval("time", "1mo", { zone: "Europe/Moscow", name: "month" });
   * const { chunk, aggregate } = groupBy(month).sum("u");
   * const time = Float64Array.of(Date.UTC(2024, 0, 31, 20), Date.UTC(2024, 0, 31, 21));
   * assertEquals(aggregate(chunk({ time, u: Float64Array.of(1, 2) })), {
   *   month: Float64Array.of(Date.UTC(2023, 11, 31, 21), Date.UTC(2024, 0, 31, 21)),
   *   sum_u: Float64Array.of(1, 2),
   * });
   * ```
   */
  export function interval<Column extends string, Name extends string = Column>(column: Column, every: string | number, options?: IntervalOptions<Name>): Interval & {
      name: Name;
  };
  export interface ResampleOptions<Name extends string> extends IntervalOptions<Name>, GroupOptions {
      /**
       * What becomes of empty intervals between the first and the last: see {@linkcode resample}. `"left out"` and `"kept"`
       * are older names of `"drop"` and `"keep"`.
       */
      empty?: Empty | "left out" | "kept";
  }
  /** What becomes of empty intervals: they are left out, kept, or filled. */
  export type Empty = "drop" | "keep" | Fill;
  /**
   * Groups rows by intervals of time. The first column has the start of each interval: a TIMESTAMP in the result, milliseconds since 1970 in a formula. An
   * interval includes its start, not its end.
   *
   * Empty intervals between the first and the last are left out (`empty: "drop"`, the default), or kept: with
   * `"keep"`, a count and a sum of 0 and NaN for the other figures; with `"previous"`, the other figures of the last
   * interval that has values; with `"linear"`, what lies on a straight line between those of the last and the next one that have
   * values, over their starts. An interval whose rows have no value of a column is empty for the figures of that column.
   * What has nothing before it, or on a line nothing behind it, stays NaN. Counts and sums are never filled.
   *
   * ```ts
   * import { resample } from "measuring/groups";
   *
   * export const { chunk, combine, aggregate } = resample("time", "1m").mean("u").max("i");
   * // time, mean_u, max_i: a row for each minute
   * ```
   *
   * Days, weeks, months, quarters and years can be those of a zone, and shifts of its clocks: see {@linkcode interval}.
   *
   * ```ts
   * import { resample } from "measuring/groups";
   *
   * const options = { zone: "Europe/Berlin", origin: "06:00" };
   * export const { chunk, combine, aggregate } = resample("time", "8h", options).mean("u");
   * // three shifts a day, from 6, 14 and 22 o'clock on
   * ```
   *
   * @throws RangeError as {@linkcode interval} does.
   */
  export function resample<Column extends string, Name extends string = Column>(time: Column, every: string | number, options?: ResampleOptions<Name>): Grouping<Record<Name, Float64Array>>;
}

declare module "measuring/interpolation" {
  /**
   * Values between measured ones: `import { interpolate } from "measuring/interpolation"`.
   *
   * Points in which x or y is NaN are ignored. Outside the
   * points, results are NaN, or the first or last y with `outside: "nearest"`.
   *
   * @module
   */
  import { type Numbers } from "measuring/internal/numeric/numbers";
  export type { Numbers };
  /**
   * `linear`: straight lines. `pchip`: smooth and without overshoot: between two points it stays
   * between their values (Fritsch, Butland, "A method for constructing local monotone piecewise cubic
   * interpolants" (1984)). `spline`: the smoothest, a cubic spline whose first two and last two
   * pieces are one each ("not-a-knot"); it overshoots at steps.
   */
  export type Method = "linear" | "pchip" | "spline";
  export interface InterpolationOptions {
      /** By default `linear`. */
      method?: Method;
      /** The result before the first and after the last point; by default `nan`. */
      outside?: "nan" | "nearest";
  }
  /** Values by x. */
  export interface Series {
      x: Float64Array;
      y: Float64Array;
  }
  /**
   * Values at the x in `at`, interpolated between points with ascending x.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { interpolate } from "measuring/interpolation";
   *
   * // A sensor's calibration: 0 mV at 20 °C, 4 mV at 120 °C.
   * assertEquals(interpolate([0, 4], [20, 120], [1, 3, 5]), Float64Array.of(45, 95, NaN));
   * ```
   *
   * @param at In any order; ascending is fastest.
   * @throws RangeError when `x` and `y` have different lengths, or x is not ascending.
   */
  export function interpolate(x: Numbers, y: Numbers, at: Numbers, options?: InterpolationOptions): Float64Array;
  /**
   * The points resampled at even distances, from the first x
   * to the last. Fourier transforms and filters need such points.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { toEvenGrid } from "measuring/interpolation";
   *
   * const { x, y } = toEvenGrid([0, 3, 4], [0, 6, 10], 2);
   * assertEquals(x, Float64Array.of(0, 2, 4));
   * assertEquals(y, Float64Array.of(0, 4, 10));
   * ```
   *
   * @param step In the unit of x: milliseconds for a column of times.
   * @throws RangeError as {@linkcode interpolate}, or when the step is not above 0.
   */
  export function toEvenGrid(x: Numbers, y: Numbers, step: number, options?: {
      method?: Method;
  }): Series;
  export interface GapOptions extends InterpolationOptions {
      /** The x of each value; evenly spaced by default. */
      x?: Numbers;
      /** Longer gaps stay as they are. */
      longest?: number;
  }
  /**
   * The values, with each NaN filled from the values around it. In a `map`,
   * `linear` needs `longest`, and an `overlap` of the longest gap plus one on both sides.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { fillGaps } from "measuring/interpolation";
   *
   * assertEquals(fillGaps([1, NaN, 3, NaN]), Float64Array.of(1, 2, 3, NaN));
   * ```
   *
   * @throws RangeError when x and the values have different lengths, or x is not ascending.
   */
  export function fillGaps(values: Numbers, options?: GapOptions): Float64Array;
}

declare module "measuring/statistics" {
  import { type Of } from "measuring/internal/numeric/moments";
  import { type Numbers } from "measuring/internal/numeric/numbers";
  import { quantiles } from "measuring/internal/numeric/quantiles";
  export { type Histogram, histogram } from "measuring/internal/numeric/histogram";
  export type { Numbers, Of };
  export { quantiles };
  /** Number of values that are not NaN. */
  export function count(values: Numbers): number;
  /** Number of values that are NaN. */
  export function missing(values: Numbers): number;
  /**
   * Sum, correct to about the last bit: the rounding errors of all additions are summed as well (Ogita,
   * Rump, Oishi, "Accurate sum and dot product" (2005), algorithm Sum2).
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { sum } from "measuring/statistics";
   *
   * assertEquals(sum([1e16, 1, -1e16]), 1);
   * assertEquals(sum([1, NaN, 2]), 3);
   * ```
   */
  export function sum(values: Numbers): number;
  /** Arithmetic mean `Σx/n`, from the compensated sum. */
  export function mean(values: Numbers): number;
  /** Minimum; NaN if there are no values. */
  export function min(values: Numbers): number;
  /** Maximum; NaN if there are no values. */
  export function max(values: Numbers): number;
  /** Minimum and maximum; both NaN if there are no values. */
  export function extent(values: Numbers): [min: number, max: number];
  /**
   * Variance: `Σ(x - mean)²` divided by `n - 1` for a sample, by `n` for a population.
   *
   * Computed in two passes and corrected for the rounding of
   * the mean, so it keeps digits that `Σx² - (Σx)²/n` loses.
   */
  export function variance(values: Numbers, of?: Of): number;
  /**
   * Standard deviation, the square root of the {@linkcode variance}; of a
   * sample by default.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { standardDeviation } from "measuring/statistics";
   *
   * assertEquals(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9], "population"), 2);
   * ```
   */
  export function standardDeviation(values: Numbers, of?: Of): number;
  /** Root mean square `√(Σx²/n)`: the effective value of a voltage or a current. */
  export function rms(values: Numbers): number;
  /**
   * Skewness `m₃/m₂^1.5` of the population, mₖ being the k-th moment about the mean: 0 for symmetric
   * values, above 0 for a longer tail on the right. NaN if the values are constant.
   */
  export function skewness(values: Numbers): number;
  /** Excess kurtosis `m₄/m₂² - 3` of the population: 0 for a normal distribution. NaN if the values are constant. */
  export function kurtosis(values: Numbers): number;
  /** The middle value; for an even number of values, the mean of the two in the middle. */
  export function median(values: Numbers): number;
  /**
   * Value below which the share `p` lies, interpolated linearly between neighbours: see
   * {@linkcode quantiles}, which computes several in little more time than one.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { quantile } from "measuring/statistics";
   *
   * assertEquals(quantile([4, 1, 3, 2], 0.25), 1.75);
   * ```
   *
   * @throws RangeError when `p` is not from 0 to 1.
   */
  export function quantile(values: Numbers, p: number): number;
  /**
   * Covariance: `Σ(x - meanX)(y - meanY)` divided by `n - 1` for a sample, by `n` for a population.
   *
   * @throws RangeError when `x` and `y` have different lengths.
   */
  export function covariance(x: Numbers, y: Numbers, of?: Of): number;
  /**
   * Pearson correlation, from -1 to 1; NaN if one of the two is constant.
   *
   * @example
   * ```ts
   * import { assertAlmostEquals } from "@std/assert";
   * import { correlation } from "measuring/statistics";
   *
   * assertAlmostEquals(correlation([1, 2, 3, NaN], [2, 4, 6, 0]), 1);
   * ```
   *
   * @throws RangeError when `x` and `y` have different lengths.
   */
  export function correlation(x: Numbers, y: Numbers): number;
  /** The figures of {@linkcode describe}. */
  export interface Description {
      count: number;
      missing: number;
      mean: number;
      /** Of a sample. */
      standardDeviation: number;
      rms: number;
      min: number;
      max: number;
  }
  /** The usual figures at once, in fewer passes than by separate functions. */
  export function describe(values: Numbers): Description;
}

declare module "measuring/tables" {
  /** What {@linkcode unpivot} does. */
  export interface UnpivotOptions {
      /** Columns whose values become rows, in this order; by default all that aren't kept. */
      columns?: readonly string[];
      /** Columns that are repeated beside each value, such as the time. */
      keep?: readonly string[];
      /** Name of the column that says which column a value is from; by default `"name"`. */
      name?: string;
      /** Name of the column of values; by default `"value"`. */
      value?: string;
  }
  /** A long table that is made when it is written: a `map` returns it as it is. */
  export interface LongTable {
      /** Throws: nothing can be read of it before. */
      readonly unpivot: never;
  }
  /**
   * A `map` that makes wide tables long: a row for each value of some columns, beside the name of its column. Rows follow
   * each other as in the data, and of a row's values those of the first column come first. Also called melt.
   *
   * Values have the columns' type where it is the same. Numbers of different types become doubles: floating-point numbers,
   * and integers up to 32 bits. Kept columns keep their types. Nulls stay nulls and are rows, too.
   *
   * ```ts
   * import { unpivot } from "measuring/tables";
   *
   * export const map = unpivot({ columns: ["u", "i"], keep: ["time"], name: "sensor" });
   * // time, sensor, value: two rows for each row
   * ```
   *
   * The `map` gives a {@linkcode LongTable}, which stands for a table that is made when it is written. A job whose columns
   * can't be one column without loss fails as `FORMULA_INVALID`, naming two of them.
   *
   * @throws RangeError when `columns` is empty, an option is unknown, or two columns of the result have the same name.
   */
  export function unpivot(options?: UnpivotOptions): (chunk: object) => LongTable;
}

declare module "measuring/types" {
  /**
   * Types for formulas: `import type { Chunk, Context, Frame } from "measuring/types"`.
   *
   * @module
   */
  /** The array of a column in a chunk: see the table of types in the reference. */
  export type ColumnValues = Float64Array | Float32Array | Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array | BigInt64Array | BigUint64Array | unknown[];
  /**
   * Stored integers of a time or date column, and the unit in which they count
   * since 1970. If a formula returns one, it becomes a TIMESTAMP, or a DATE for days.
   */
  export interface RawTimes {
      values: Int32Array | BigInt64Array;
      unit: "ms" | "us" | "ns" | "day";
      /** Whether they are UTC; otherwise local time. */
      utc: boolean;
  }
  /** Stored integers of a decimal column, in units of the last digit. */
  export interface RawDecimals {
      values: BigInt64Array | (bigint | null)[];
      /** Digits after the point, and in total. */
      scale: number;
      precision: number;
  }
  /** An instant: a `Date`, ISO text (UTC without a zone), or milliseconds since 1970. */
  export type Instant = Date | string | number;
  /** A column of text as integers, with each distinct text once. */
  export interface Codes {
      codes: Int32Array;
      dictionary: (string | null)[];
  }
  /** Methods of a chunk. */
  export interface ChunkMethods {
      /** The stored integers of a time or date column; with `raw<RawDecimals>(…)` of a column of decimals. */
      raw<Values extends RawTimes | RawDecimals = RawTimes>(column: string): Values;
      /**
       * A time column in seconds since an instant, NaN for null.
       * Differences are exact; milliseconds since 1970 only resolve about 0.2 µs.
       */
      seconds(column: string, since: Instant): Float64Array;
      /** 1 for a value and 0 for null; `null` if this partition has no null. */
      validity(column: string): Uint8Array | null;
      /** A column of text as codes: `dictionary[codes[row]]` is the text, or null. */
      codes(column: string): Codes;
  }
  /**
   * A partition's columns by name. Accessing a column reads it.
   *
   * Without a type parameter, every column is a `Float64Array`; with one, such as `Chunk<{ unit: string[] }>`, columns have the given types.
   */
  export type Chunk<Columns = Record<string, Float64Array>> = Columns & ChunkMethods;
  /** A column of the dataset. */
  export interface ColumnDescription {
      name: string;
      /** `float64`, `int32`, `timestamp`, `string`, … */
      kind: string;
      /** As Parquet has it: `DOUBLE`, `TIMESTAMP(us, UTC)`, … */
      type: string;
      nullable: boolean;
      /** Keys and values that the first file with this column has for it, such as `unit`. */
      readonly metadata: Readonly<Record<string, string>>;
  }
  /** A file of the data. */
  export interface DataFile {
      /** Its path from the folder on that holds all files of the data: `part.0.parquet`, `unit=7/a.parquet`. */
      readonly name: string;
      /** Its place among the files, from 0. */
      readonly index: number;
      /** Its first row in the dataset, and its number of rows, before any filter. */
      readonly rowStart: number;
      readonly rows: number;
      /** What the names of its folders say: `unit=7/` gives `{ unit: "7" }`. */
      readonly folders: Readonly<Record<string, string | null>>;
      /** The keys and values in its footer. */
      readonly metadata: Readonly<Record<string, string>>;
      /** The keys and values that it has for a column. */
      columnMetadata(column: string): Readonly<Record<string, string>>;
  }
  /** A file with the rows of a chunk that are from it: from `from` up to `to`, not included. */
  export interface ChunkFile extends DataFile {
      readonly from: number;
      readonly to: number;
  }
  /** What a formula is told about the piece of the dataset that it is given. */
  export interface Context<Params = Record<string, unknown>> {
      /** `Params` of the request; `null` where it had none. */
      readonly params: Params;
      /** Index of this partition, from 0. */
      readonly partition: number;
      /** Number of partitions. */
      readonly partitions: number;
      /** Index of the partition's first row in the dataset. */
      readonly rowStart: number;
      /**
       * Rows of the partition, without its halo and after the filter; of the dataset in `main` and
       * `aggregate`.
       */
      readonly rows: number;
      /** Rows of its neighbours that a formula with `overlap` finds before and after the partition's own. */
      readonly before: number;
      readonly after: number;
      readonly schema: readonly ColumnDescription[];
      /**
       * The file that all rows of the chunk are from; in `main` and `aggregate` the only one of the data. Reading it throws
       * where there are several: small files are put together in one chunk.
       */
      readonly file: DataFile;
      /** The files that rows of the chunk are from, in their order; in `main` and `aggregate` all files. */
      readonly files: readonly ChunkFile[];
      /**
       * A table of the request's `Inputs`, whole: its columns by name, as those of a chunk. It is read anew at each call,
       * and throws for a table of more than 128 MiB.
       */
      input<Columns = Record<string, Float64Array>>(name: string): Chunk<Columns>;
      /** Adds a line to the job's log. */
      log(...values: unknown[]): void;
  }
  /**
   * Units of columns of the result, by the columns' names: `export const units: Units = { power: "W" }`. The file notes
   * them as metadata of its columns.
   */
  export type Units = Readonly<Record<string, string>>;
  /** What a function that gives the filter is told: `export const filter = ({ params }) => ({ … })`. */
  export type FilterContext<Params = Record<string, unknown>> = Pick<Context<Params>, "params" | "schema" | "input" | "log">;
  /** The whole dataset, as `main` gets it. */
  export interface Frame {
      readonly rows: number;
      readonly partitions: number;
      readonly schema: readonly ColumnDescription[];
      /** All files of the data, whatever a filter lets through. */
      readonly files: readonly DataFile[];
      /** A table of the request's `Inputs`, whole, as {@linkcode Context.input} gives it. */
      input<Columns = Record<string, Float64Array>>(name: string): Chunk<Columns>;
      /** One whole column, gathered by all workers. */
      column<Values = Float64Array>(name: string): Promise<Values>;
      /** Several whole columns by name. */
      columns<Columns = Record<string, Float64Array>>(names: (keyof Columns)[]): Promise<Columns>;
      /** A whole column of times in seconds from an instant, or from the first row's time. */
      seconds(name: string, since?: Instant): Promise<Float64Array>;
      /**
       * Partial results of `chunk(chunk, context, ...args)`, merged by `combine(a, b)` pairwise in partition
       * order. Both must be exported.
       */
      reduction<Total, Args extends unknown[], Columns>(chunk: (chunk: Chunk<Columns>, context: Context<any>, ...args: Args) => Total | Promise<Total>, combine: (a: Total, b: Total) => Total | Promise<Total>, ...args: Args): Promise<Total>;
      /**
       * The table that the exported `fn(chunk, context, ...args)` makes of every partition; return it
       * from `main` to have it written.
       */
      mapPartitions<Args extends unknown[], Columns>(fn: (chunk: Chunk<Columns>, context: Context<any>, ...args: Args) => unknown, ...args: Args): unknown;
  }
}

declare module "measuring/windows" {
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
  export { applyWindow, bartlett, blackman, blackmanHarris, coherentGain, flatTop, gaussian, hamming, hann, kaiser, noiseBandwidth, type Numbers, rectangular, type Symmetry, } from "measuring/internal/signal/window_functions";
}

declare module "measuring/internal/fourier/transforms" {
  /** Fourier transforms of any length; see `measuring/fft`. */
  import { type Complex } from "measuring/internal/fourier/fft_plan";
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
  export function fft(re: Numbers, im: Numbers): Complex;
  /**
   * Inverse of {@linkcode fft}: `x[j] = 1/n·Σ X[k]·exp(2πi·jk/n)`.
   *
   * @throws RangeError when there are no values, or the numbers of parts differ.
   */
  export function ifft(re: Numbers, im: Numbers): Complex;
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
  export function rfft(values: Numbers): Complex;
  /**
   * Inverse of {@linkcode rfft}.
   *
   * @param n Number of real values: the bins alone don't distinguish an even number from the next odd one.
   * @throws RangeError when `n` is not a whole number, or the number of bins is not n/2 + 1, rounded down.
   */
  export function irfft(re: Numbers, im: Numbers, n: number): Float64Array;
  /**
   * Frequencies of the bins of {@linkcode rfft}: `k·sampleRate/n`.
   *
   * @param n Number of values.
   * @param sampleRate Values per unit of time: in Hz for values per second.
   * @throws RangeError when `n` is not a whole number above 0, or the rate is not above 0.
   */
  export function frequencies(n: number, sampleRate: number): Float64Array;
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
  export function spectrum(values: Numbers, sampleRate: number): Spectrum;
}

declare module "measuring/internal/signal/convolution" {
  import { type Numbers } from "measuring/internal/numeric/numbers";
  /** Which part of a convolution of n and m values is returned. */
  export type ConvolutionMode = 
  /** All `n + m - 1` values. */
  "full"
  /** As many as the longer input has, from the middle. */
   | "same"
  /** Those with complete overlap: `|n - m| + 1`. */
   | "valid";
  /** `auto` takes the faster one: `fft` for long kernels of finite values. */
  export type ConvolutionMethod = "auto" | "direct" | "fft";
  /**
   * Convolution `y[k] = Σ a[j]·b[k - j]`.
   *
   * With `direct`, each value is the sum of its own products in a fixed order and depends on nothing else. With
   * `fft`, it is correct to about 1e-15 of the largest values, and a NaN or an infinity would affect its neighbours.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { convolve } from "measuring/filters";
   *
   * assertEquals(convolve([1, 2, 3], [0, 1, 0.5]), Float64Array.of(0, 1, 2.5, 4, 1.5));
   * assertEquals(convolve([1, 2, 3], [0, 1, 0.5], "same"), Float64Array.of(1, 2.5, 4));
   * ```
   *
   * @throws RangeError when an input is empty, or the mode or method doesn't exist.
   */
  export function convolve(a: Numbers, b: Numbers, mode?: ConvolutionMode, method?: ConvolutionMethod): Float64Array;
  /**
   * `Σ kernel[j]·values[k - j]` for `length` places from `first` on, always summed from j = 0 up.
   *
   * @param before What stands before the first value.
   * @param behind What stands after the last one.
   */
  export function products(values: Float64Array, kernel: Float64Array, first: number, length: number, before?: number, behind?: number): Float64Array;
}

declare module "measuring/internal/signal/fir" {
  import { type Numbers } from "measuring/internal/numeric/numbers";
  import { type Overlap } from "measuring/internal/signal/sliding";
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
  /** What values beyond the ends are assumed to be. */
  export const OUTSIDE: import("measuring/internal/common/options").Rule<"zero" | "steady">;
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
  export function firLowpass(count: number, cutoff: number, sampleRate: number, options?: FirOptions): Float64Array;
  /**
   * Like {@linkcode firLowpass}, with the gain 1 at half
   * the sample rate. The number of taps must be odd.
   */
  export function firHighpass(count: number, cutoff: number, sampleRate: number, options?: FirOptions): Float64Array;
  /** Like {@linkcode firLowpass}, with the gain 1 in the middle of the band. */
  export function firBandpass(count: number, [low, high]: Band, sampleRate: number, options?: FirOptions): Float64Array;
  /** Like {@linkcode firLowpass}, without a band. The number of taps must be odd. */
  export function firBandstop(count: number, [low, high]: Band, sampleRate: number, options?: FirOptions): Float64Array;
  /**
   * Runs a filter over values: `y[k] = Σ taps[j]·x[k - j]`, always summed in this order. So a part of a column with enough overlap ({@linkcode firOverlap}) gives the
   * results of the whole column, to the last bit. A NaN affects only the results that it contributes to.
   *
   * For thousands of taps on a whole column, {@linkcode convolve} is faster.
   *
   * @throws RangeError when there are no taps.
   */
  export function filterFir(values: Numbers, taps: Numbers, use?: FirUse): Float64Array;
  /**
   * The `overlap` that a formula exports for a filter. @throws RangeError when there are no taps.
   */
  export function firOverlap(taps: Numbers, align?: FirUse["align"]): Overlap;
  /** @throws RangeError when frequencies don't rise between 0 and half the sample rate. */
  export function assertBorders(borders: readonly number[], sampleRate: number): void;
}

declare module "measuring/internal/signal/iir" {
  import { type Numbers } from "measuring/internal/numeric/numbers";
  import { type Section } from "measuring/internal/signal/section";
  import type { Overlap } from "measuring/internal/signal/sliding";
  export type { Section };
  /** How a recursive filter meets the values. */
  export interface IirUse {
      /**
       * What is taken to stand before the first value: `zero` (as where absent), or the first value for
       * `steady`, so that a filter doesn't begin with a jump.
       */
      outside?: "zero" | "steady";
  }
  /**
   * Runs sections one after the other over values.
   *
   * A recursion would remember its first value for ever, and a part of a column would never quite
   * agree with the whole. So the recursion is unrolled into factors,
   * `1/(1 - q) = (1 + q)(1 + q²)(1 + q⁴)…`, up to where what is left is below the last bit. Every result is then made of the
   * {@linkcode iirOverlap} values before it, in one order: a part with this overlap gives the whole
   * column's results to the last bit, and a NaN is forgotten after as many values.
   *
   * Source: Parhi, Messerschmitt, "Pipeline interleaving and parallelism in recursive digital
   * filters" (1989), section IV: scattered look-ahead and decomposition.
   *
   * @example
   * ```ts
   * import { butterworthLowpass, filterIir, iirOverlap } from "measuring/filters";
   * import type { Chunk } from "measuring/types";
   *
   * const smooth = butterworthLowpass(4, 10, 1000); // 10 Hz at 1000 values a second
   * export const overlap = iirOverlap(smooth);
   * export const map = ({ u }: Chunk<{ u: Float64Array }>) => ({
   *   u: filterIir(u, smooth, { outside: "steady" }),
   * });
   * ```
   *
   * @throws RangeError when a section is unstable.
   * @throws TypeError when a section lacks a coefficient.
   */
  export function filterIir(values: Numbers, sections: readonly Section[], use?: IirUse): Float64Array;
  /**
   * Runs sections over values and then backwards over the result: no delay at any frequency, and
   * twice the attenuation in dB (at a Butterworth filter's cut-off -6 dB instead of -3 dB). A formula
   * exports `overlap = iirOverlap(sections, "both")` for it.
   *
   * @throws RangeError when a section is unstable.
   * @throws TypeError when a section lacks a coefficient.
   */
  export function filterBothWays(values: Numbers, sections: readonly Section[], use?: IirUse): Float64Array;
  /**
   * The `overlap` that a formula exports for a filter: how far back {@linkcode filterIir} looks, and
   * for `both`, how far {@linkcode filterBothWays} looks back and ahead. About `80/ln(1/r)` rows a
   * section, r being the greatest magnitude of its poles: the lower a cut-off in relation to the
   * sample rate, the more.
   *
   * @throws RangeError when a section is unstable.
   * @throws TypeError when a section lacks a coefficient.
   */
  export function iirOverlap(sections: readonly Section[], ways?: "forward" | "both"): Overlap;
}

declare module "measuring/internal/signal/butterworth" {
  import { type Band } from "measuring/internal/signal/fir";
  import { type Section } from "measuring/internal/signal/section";
  /**
   * Butterworth's low-pass filter: flat up to the cut-off, where the gain is 1/√2 (-3 dB), and falling by 20 dB per decade and order beyond it. It uses the
   * bilinear transform, so the cut-off is exact and nothing passes at half the sample rate.
   *
   * Source: Butterworth, "On the theory of filter amplifiers" (1930); Oppenheim, Schafer,
   * "Discrete-time signal processing", section 7.1 in the second edition.
   *
   * @example
   * ```ts
   * import { assertAlmostEquals } from "@std/assert";
   * import { butterworthLowpass, gainOf } from "measuring/filters";
   *
   * const sections = butterworthLowpass(4, 50, 1000);
   * assertAlmostEquals(gainOf(sections, [0, 50], 1000)[1]!, Math.SQRT1_2);
   * ```
   *
   * @param order From 1 on.
   * @param cutoff In the unit of the sample rate.
   * @throws RangeError when the cut-off is not between 0 and half the sample rate.
   */
  export function butterworthLowpass(order: number, cutoff: number, sampleRate: number): Section[];
  /** Butterworth's high-pass filter: see {@linkcode butterworthLowpass}. */
  export function butterworthHighpass(order: number, cutoff: number, sampleRate: number): Section[];
  /**
   * Butterworth's band-pass filter. It has twice the given order, half for each side.
   */
  export function butterworthBandpass(order: number, band: Band, sampleRate: number): Section[];
  /** Butterworth's band-stop filter. It has twice the given order. */
  export function butterworthBandstop(order: number, band: Band, sampleRate: number): Section[];
}

declare module "measuring/internal/signal/response" {
  import { type Numbers } from "measuring/internal/numeric/numbers";
  import { type Section } from "measuring/internal/signal/section";
  /**
   * Gain of a filter by frequency: what it multiplies a sine's amplitude with.
   *
   * @param filter Sections of a recursive filter, or the taps of another.
   * @param frequencies In the unit of the sample rate.
   */
  export function gainOf(filter: readonly Section[] | Numbers, frequencies: Numbers, sampleRate: number): Float64Array;
}

declare module "measuring/internal/signal/moving_windows" {
  import type { Numbers } from "measuring/internal/numeric/numbers";
  import { type MovingOptions, type Overlap } from "measuring/internal/signal/sliding";
  export type { MovingOptions, Overlap };
  /**
   * The `overlap` that a formula exports for windows of this length.
   *
   * @example
   * ```ts
   * import { movingMean, windowOverlap } from "measuring/filters";
   * import type { Chunk } from "measuring/types";
   *
   * export const overlap = windowOverlap(1000);
   * export const map = ({ u }: Chunk<{ u: Float64Array }>) => ({ mean: movingMean(u, 1000) });
   * ```
   */
  export function windowOverlap(window: number, align?: MovingOptions["align"]): Overlap;
  /**
   * Sum over a window at each value.
   *
   * @throws RangeError when the window is no whole number from 1 on.
   */
  export function movingSum(values: Numbers, window: number, options?: MovingOptions): Float64Array;
  /**
   * Mean over a window at each value.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { movingMean } from "measuring/filters";
   *
   * assertEquals(movingMean([1, 2, 3, NaN, 5], 2), Float64Array.of(1, 1.5, 2.5, 3, 5));
   * ```
   *
   * @throws RangeError when the window is no whole number from 1 on.
   */
  export function movingMean(values: Numbers, window: number, options?: MovingOptions): Float64Array;
  /**
   * Root mean square over a window at each value: `√(Σx²/n)`. Squares of values below 1e-154 or above
   * 1e154 are out of the range of doubles; bring such values nearer to 1 first.
   *
   * @throws RangeError when the window is no whole number from 1 on.
   */
  export function movingRms(values: Numbers, window: number, options?: MovingOptions): Float64Array;
  /**
   * Least value of a window at each value.
   *
   * @throws RangeError when the window is no whole number from 1 on.
   */
  export function movingMin(values: Numbers, window: number, options?: MovingOptions): Float64Array;
  /**
   * Greatest value of a window at each value.
   *
   * @throws RangeError when the window is no whole number from 1 on.
   */
  export function movingMax(values: Numbers, window: number, options?: MovingOptions): Float64Array;
}

declare module "measuring/internal/signal/calculus" {
  import { type Numbers } from "measuring/internal/numeric/numbers";
  /**
   * Derivative by central differences; at the ends, by the difference to the only neighbour. For
   * uneven distances a before and b after a value, `(a²·y₊ - b²·y₋ + (b² - a²)·y) / (a·b·(a + b))`,
   * which is exact for parabolas.
   *
   * Needs one row before and one after: `export const overlap = { before: 1, after: 1 }`.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { derivative } from "measuring/filters";
   *
   * assertEquals(derivative([0, 1, 4, 9], 1), Float64Array.of(1, 2, 4, 5));
   * assertEquals(derivative([0, 1, 9], [0, 1, 3]), Float64Array.of(1, 2, 4));
   * ```
   *
   * @param x The distance between values, or the x of each value. Times of a column are in
   * milliseconds; divide them by 1000 for a rate per second.
   * @returns In the values' unit divided by that of `x`. NaN next to a
   * NaN, at an infinite value between uneven distances, and for fewer than two values.
   * @throws RangeError when `x` and the values have different lengths.
   */
  export function derivative(values: Numbers, x: number | Numbers): Float64Array;
  /**
   * Integral from the first value to each, by trapezoids: turns power into an energy counter. A NaN is skipped: the trapezoid spans from the value before
   * it to the one after it, and the integral doesn't change at the NaN. Rounding errors are summed and added, so a million steps lose nothing.
   *
   * It starts at the first value, so use it in `main` on a whole column, not in `map`.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { cumulativeIntegral } from "measuring/filters";
   *
   * assertEquals(cumulativeIntegral([2, 4, NaN, 4], 0.5), Float64Array.of(0, 1.5, 1.5, 5.5));
   * ```
   *
   * @param x The distance between values, or the x of each value.
   * @returns In the values' unit times that of `x`.
   * @throws RangeError when `x` and the values have different lengths.
   */
  export function cumulativeIntegral(values: Numbers, x: number | Numbers): Float64Array;
  /** Integral over all values, the last of {@linkcode cumulativeIntegral}; 0 if there are none. */
  export function integral(values: Numbers, x: number | Numbers): number;
}

declare module "measuring/internal/numeric/numbers" {
  /** Numbers by index: a column's typed array, or an array in which null is a missing value. */
  export type Numbers = ArrayLike<number>;
  /**
   * A typed array of numbers: a view of them where they are one, else a new one.
   *
   * @throws TypeError that says what is no array, or no number.
   */
  export function numbersOf(values: Numbers): Numbers;
  /** The same numbers as a Float64Array: a view of them where they are one. */
  export function toFloat64(values: Numbers): Float64Array;
  /**
   * Two series that belong together.
   *
   * @throws RangeError when they have different lengths.
   */
  export function pairsOf(x: Numbers, y: Numbers): [x: Numbers, y: Numbers];
  /** @throws TypeError when `value` is no number, such as a text of digits. */
  export function assertNumber(value: unknown, what: string): void;
  /** @throws RangeError when `value` is no whole number from `least` on. */
  export function assertWhole(value: number, least: number, what: string): void;
}

declare module "measuring/internal/grouping/empty_intervals" {
  import type { Interval } from "measuring/internal/grouping/group_intervals";
  import { type Groups } from "measuring/internal/grouping/group_partials";
  /** Where figures of intervals without values come from: the last one with values, or a line through both next to it. */
  export type Fill = "previous" | "linear";
  /** With the intervals between the first and the last one that have no rows. */
  export function withEmpty(total: Groups, { calendar, every }: Interval): Groups;
  /**
   * Figures of intervals, also of those without values.
   *
   * @param counts Values of each.
   * @param keys Numbers of intervals in order; NaN, the last one, is none.
   */
  export function filledNumbers(given: Float64Array, counts: Float64Array, keys: Float64Array, fill: Fill): Float64Array;
  /** The same of times, in whole numbers of their unit; on a line the nearest one. */
  export function filledTimes(given: readonly (bigint | null)[], keys: Float64Array, fill: Fill): (bigint | null)[];
}

declare module "measuring/internal/grouping/group_intervals" {
  import { type ExactType, type ExactValues } from "measuring/internal/grouping/exact_values";
  import { type IntervalRuns } from "measuring/internal/grouping/interval_runs";
  import { type Steps } from "measuring/internal/grouping/interval_steps";
  /** What a column of numbers counts since 1970. */
  export type CountedUnit = "s" | "ms" | "us" | "ns";
  /** A key that is the interval a time falls into. */
  export interface Interval extends Steps {
      column: string;
      name: string;
      /** Of a column of numbers. */
      unit: CountedUnit | null;
  }
  /** Numbers of intervals: see {@linkcode Steps}; NaN or null where there is no time. */
  export type Numbers = Float64Array | (bigint | null)[];
  /**
   * The interval of each time, counted from the origin. All is done in whole numbers: a time at a border is where it
   * belongs.
   *
   * @param times Whole numbers of the type's unit.
   * @throws RangeError for an interval or an origin that is no whole number of nanoseconds, and for a time that has no
   * calendar where intervals are those of one.
   */
  export function numbersOfTimes({ values, validity }: ExactValues, type: ExactType, interval: Interval): IntervalRuns | (bigint | null)[];
  /**
   * Starts of intervals as times in the unit of the column, or the coarsest finer one in which they are whole
   * numbers.
   */
  export function startsOf(numbers: Numbers, type: ExactType, { every, origin, calendar }: Interval): Float64Array;
  /** The interval of each number, in the unit that the numbers count. */
  export function numbersOfCounts(counts: Float64Array, interval: Interval): Float64Array;
  /** The interval of each whole number beyond 2^53, in the unit that the numbers count. */
  export function numbersOfWholes({ values, validity }: ExactValues, interval: Interval): IntervalRuns | (bigint | null)[];
  /** Starts of intervals of such numbers; `null` where some of them are no whole numbers. */
  export function startsOfWholes(numbers: Numbers, { every, origin, unit }: Interval): (bigint | null)[] | null;
  /** Starts of intervals in the unit that the numbers count. */
  export function startsOfCounts(numbers: Float64Array, interval: Interval): Float64Array;
}

declare module "measuring/internal/grouping/interval_steps" {
  /** How time is divided, as options of intervals say it. */
  import { Calendar } from "measuring/internal/calendar/calendar";
  import { type Grid } from "measuring/internal/calendar/grid";
  import { type Zone } from "measuring/internal/calendar/zone";
  import { CalendarCounter } from "measuring/internal/grouping/calendar_counter";
  import { type Duration } from "measuring/internal/grouping/durations";
  import { type ExactType } from "measuring/internal/grouping/exact_values";
  /** The days of a week, as its first one is chosen. */
  export const WEEKDAYS: ("monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday")[];
  export type Weekday = typeof WEEKDAYS[number];
  /** What options say of how time is divided. */
  export interface StepOptions {
      zone?: string;
      weekStart?: Weekday;
      origin?: number | string;
  }
  /** Intervals of a zone's wall-clock time: so many months, or a length and one's start in nanoseconds; plain data. */
  export interface CalendarSteps {
      readonly zone: string;
      /** 0 where intervals have the same length. */
      readonly months: number;
      readonly length: bigint;
      readonly origin: bigint;
  }
  /** What steps by a calendar come to. */
  export function calendarsOf(steps: CalendarSteps): Calendars;
  /** Intervals by a calendar, of instants and of dates: these are the same in all zones. */
  export class Calendars {
      #private;
      constructor(zone: Zone, grid: Grid);
      /** In nanoseconds: see {@linkcode Calendar.step}. */
      get step(): bigint;
      /** What intervals of a type's times begin at multiples of, in nanoseconds. */
      grainOf(type: ExactType): bigint;
      /** The calendar of a type's times. */
      calendarOf(type: ExactType | null): Calendar;
      /** Finds intervals of times in a unit of so many nanoseconds. */
      counterOf(type: ExactType | null, unit: bigint): CalendarCounter;
  }
  /** Times are told by the number of steps of a length that they, or their interval's start, are behind an origin. */
  export interface Steps {
      every: Duration;
      origin: Duration;
      /** Which intervals there are, where steps are not themselves the intervals. */
      calendar: CalendarSteps | null;
  }
  /**
   * How time is divided.
   *
   * @throws RangeError for a length that is none, an unknown zone, an origin that is no time.
   */
  export function stepsOf(every: string | number, options: StepOptions): Steps;
}

declare module "measuring/internal/grouping/exact_keys" {
  import { type ExactType } from "measuring/internal/grouping/exact_values";
  /** Values of a key without loss, in rising order, null last; of an interval its number. */
  export type ExactKeys = Float64Array | (bigint | null)[] | (string | null)[] | (number | null)[];
  /** A value of a key. */
  export type KeyValue = string | number | bigint | boolean | Uint8Array | null;
  /** A key's values as a column of the result: a typed array for numbers, an array for all else. */
  export type KeyValues = ArrayLike<KeyValue> & Iterable<KeyValue>;
  /** Kinds of columns that a chunk's own arrays may hold with loss, or as objects. */
  export const EXACT_KINDS: ReadonlySet<string>;
  /**
   * Keys as a formula sees them. Times are milliseconds, 64-bit integers and decimals numbers where doubles hold them
   * all; else integers are bigints, and decimals texts of their digits. Returned as a column of a result they are what
   * they stand for.
   */
  export function exactKeys(keys: ExactKeys, type: ExactType): KeyValues;
}

declare module "measuring/internal/grouping/group_keys" {
  import type { TextBytes, Texts } from "measuring/internal/../kernel/texts";
  import type { ColumnDescription } from "measuring/types";
  import { type KeyValues } from "measuring/internal/grouping/exact_keys";
  import type { ExactType } from "measuring/internal/grouping/exact_values";
  import { type Interval } from "measuring/internal/grouping/group_intervals";
  /** A column's name, or an interval of times. */
  export type Key = string | Interval;
  /** Name of a key's column in the result. */
  export function nameOf(key: Key): string;
  /** The column that a key is made of. */
  export function columnOf(key: Key): string;
  /** What groups need to know of a context. */
  export interface Described {
      readonly schema: readonly Pick<ColumnDescription, "name" | "kind">[];
  }
  const NUMBERS: {
      Float64Array: Float64ArrayConstructor;
      Float32Array: Float32ArrayConstructor;
      Int8Array: Int8ArrayConstructor;
      Int16Array: Int16ArrayConstructor;
      Int32Array: Int32ArrayConstructor;
      Uint8Array: Uint8ArrayConstructor;
      Uint16Array: Uint16ArrayConstructor;
      Uint32Array: Uint32ArrayConstructor;
  };
  /** What a key is given back as. */
  export type KeyType = "text" | "boolean" | keyof typeof NUMBERS | ExactType;
  /** Values of a key by group, as plain data. */
  export interface KeyColumn {
      type: KeyType;
      /** Numbers, of an interval its number; where there are texts, places in these. NaN for null. */
      values: Float64Array;
      /** Byte strings, of numbers that doubles can't hold, too: each that occurs, once. */
      texts?: Texts;
  }
  /** The same in a table's order, texts in that of their bytes. */
  export interface OrderedKey extends Omit<KeyColumn, "texts"> {
      texts: TextBytes | null;
  }
  /** What an array of numbers is given back as. */
  export function numberType(values: unknown): KeyType;
  /**
   * The type of a key in two parts of a dataset: the one that says more.
   *
   * @throws TypeError when it holds texts in one of them, and numbers in the other.
   */
  export function commonType(a: KeyType, b: KeyType): KeyType;
  /** A key as a column of the result. */
  export function keyValues(column: OrderedKey, key: Key): KeyValues;
  export {};
}

declare module "measuring/internal/grouping/group_partials" {
  import { type KeyColumn, type OrderedKey } from "measuring/internal/grouping/group_keys";
  import { type State } from "measuring/internal/grouping/group_states";
  import type { HeldColumn } from "measuring/internal/grouping/held_rows";
  import { type Digests } from "measuring/internal/grouping/held_digests";
  import { type Held } from "measuring/internal/grouping/held_values";
  import { type TimeState } from "measuring/internal/grouping/group_times";
  /**
   * Groups of a part of the dataset, in the order of their keys: plain data. Texts are in the order of their hashes, which
   * is quicker to make than that of their characters.
   */
  export interface Groups<Key = KeyColumn> {
      keys: Key[];
      /** Rows of each group. */
      rows: Float64Array;
      /** By column. */
      states: Record<string, State>;
      /** By column of times. */
      times: Record<string, TimeState>;
      /** Values by column of which quantiles are wanted. */
      held: Record<string, Held>;
      /** The same where a t-digest is held of many. */
      digests: Record<string, Digests>;
      /** Rows by column that a function is given. */
      ordered: Record<string, HeldColumn>;
  }
  /** How much may be held. */
  export interface HeldLimits {
      mostValues?: number;
      digestBeyond?: number | null;
  }
  /**
   * Merges two parts in linear time: both are in the order of their keys.
   *
   * @param limits Values that may be held for quantiles, and those of a group beyond which a t-digest of them is.
   * @throws TypeError when a key holds texts in one and numbers in the other. RangeError for more values than may be held.
   */
  export function combine(a: Groups, b: Groups, { mostValues, digestBeyond }?: HeldLimits): Groups;
  /** Groups in another order: that of place k is number `order[k]`. */
  export function reorderedGroups<Key extends {
      values: Float64Array;
  }>({ keys, rows, states, times, held, digests, ordered }: Groups<Key>, order: Int32Array): Groups<Key>;
  /** Groups in the order of their keys, texts in that of their code points. */
  export function inKeyOrder(groups: Groups): Groups<OrderedKey>;
}

declare module "measuring/internal/grouping/group_states" {
  /** What is kept of a column for each group, as plain data; only what is asked for. */
  export interface State {
      /** Values that are not NaN. */
      count: Float64Array;
      sum?: Float64Array;
      /** Rounding errors of `sum`. */
      lost?: Float64Array;
      /** `Σ(x - mean)²` */
      squares?: Float64Array;
      min?: Float64Array;
      max?: Float64Array;
      first?: Float64Array;
      last?: Float64Array;
  }
  /** Where each group of two tables is: 1 in the first, 2 in the second, 3 in both. */
  export type Sides = Uint8Array;
  /** Where groups are whose first ones were known before: of as many as there are now. */
  export function sidesOfGrown(known: number, groups: number): Sides;
  /** Parts of a state that may be asked for; `squares` need `sum`, and `values` are kept beside the state. */
  export type Part = "sum" | "squares" | "min" | "max" | "first" | "last" | "values";
  /** Sums of a column by group. */
  export type Sums = Required<Pick<State, "count" | "sum" | "lost">>;
  /** Whether sums are kept of a column. */
  export function isSummed(parts: ReadonlySet<Part>): boolean;
  /**
   * Sums up a column's values by group.
   *
   * @param sums Sums of these values, where the parts need them.
   */
  export function stateOf(values: Float64Array, ids: Int32Array, groups: number, parts: ReadonlySet<Part>, sums: Sums | null): State;
  /** The state of all of a column's values as one group. */
  export function stateOfAll(values: Float64Array, parts: ReadonlySet<Part>): State;
  /** The groups of states that follow each other, as those of one. */
  export function joinedStates(states: readonly State[]): State;
  /** A state with its groups in another order: the group of place k is that of `places[k]`. */
  export function reordered(state: State, places: Int32Array): State;
  /** Arrays one behind the other. */
  export function joinedNumbers(arrays: readonly Float64Array[]): Float64Array<ArrayBuffer>;
  /** Values at places. */
  export function taken(values: Float64Array, places: ArrayLike<number>): Float64Array;
  /** Merges two states whose groups are where `sides` says. */
  export function mergeStates(a: State, b: State, sides: Sides): State;
}

declare module "measuring/internal/grouping/group_table" {
  import { type Applied } from "measuring/internal/grouping/applied";
  import { type Fill } from "measuring/internal/grouping/empty_intervals";
  import { type Key, type OrderedKey } from "measuring/internal/grouping/group_keys";
  import { type Groups } from "measuring/internal/grouping/group_partials";
  import type { Part } from "measuring/internal/grouping/group_states";
  /** Rows or values counted; Float64Array only where one of them is above 2³¹ - 1. */
  export type Counts = Int32Array | Float64Array;
  export type Figure = "count" | "sum" | "mean" | "std" | "rms" | "min" | "max" | "first" | "last" | "median" | "quantile";
  /** A column of the result; without a column of the dataset, rows are counted. */
  export interface Wanted {
      figure: Figure;
      column: string | null;
      name: string;
      /** Of a quantile: the share of values below it. */
      p?: number;
  }
  /** All of them. */
  export const FIGURES: Figure[];
  /** What a table has of a key's values. */
  export type KeysAs = (column: OrderedKey, key: Key) => unknown;
  /** How a table is made. */
  export interface TableOptions {
      /** What of intervals without values becomes of those around them. */
      fill?: Fill | null;
      keysAs?: KeysAs;
      /** Values of a group beyond which a t-digest of them is held. */
      digestBeyond?: number | null;
      /** A function of one's own that makes more columns. */
      applied?: Applied | null;
  }
  /** The figures wanted, by group. */
  export function tableOf(all: Groups, keys: readonly Key[], wanted: readonly Wanted[], { fill, keysAs, applied, digestBeyond }?: TableOptions): Record<string, unknown>;
  /** Name of the column that says of which groups the quantiles of a column are exact. */
  export function exactNameOf(column: string): string;
  /** Columns of which quantiles are wanted. */
  export function quantileColumns(wanted: readonly Wanted[]): string[];
  /** What has to be kept of each column. */
  export function partsOf(wanted: readonly Wanted[]): Map<string, Set<Part>>;
}

declare module "measuring/internal/numeric/moments" {
  import { type Numbers } from "measuring/internal/numeric/numbers";
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
  export function central(numbers: Numbers): Central;
  /** `Σt³` and `Σt⁴` over `t`, the deviations in units of the population's standard deviation. */
  export function higher(values: Numbers, { count, mean, lost, squares, scale }: Central): {
      cubes: number;
      fourths: number;
  };
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
  export function joint(x: Numbers, y: Numbers): Joint;
}

declare module "measuring/internal/numeric/quantiles" {
  import { type Numbers } from "measuring/internal/numeric/numbers";
  /**
   * Several quantiles at once, in the given order.
   *
   * The quantile `p` of n values in rising order lies at the place `h = (n - 1)·p`, counted from 0;
   * between two values it is interpolated linearly (type 7 of Hyndman, Fan, "Sample quantiles in
   * statistical packages" (1996); what NumPy and pandas do by default).
   *
   * @param values NaN is ignored; without values, every quantile is NaN.
   * @throws RangeError when a `p` is not from 0 to 1.
   */
  export function quantiles(values: Numbers, ps: Numbers): Float64Array;
  /** @throws RangeError when a `p` is not from 0 to 1. */
  export function assertShare(p: number): void;
  /**
   * Interpolated from the nearer end, so that equal ends give themselves. Between a finite and an infinite value lies
   * what is infinite, between two infinities nothing that can be told.
   */
  export function between(a: number, b: number, share: number): number;
}

declare module "measuring/internal/numeric/histogram" {
  import { type Numbers } from "measuring/internal/numeric/numbers";
  /** Counts of values by bin. */
  export interface Histogram {
      /** Edges of the bins, ascending; one more than there are bins. */
      edges: Float64Array;
      /** Number of values per bin. Bin k has `edges[k] ≤ x < edges[k + 1]`; the last one includes its upper edge. */
      counts: Float64Array;
      /** Number of values below the first edge. */
      below: number;
      /** Number of values above the last edge. */
      above: number;
      /** NaN. */
      missing: number;
  }
  /**
   * Counts values by bin. With the same edges for every part of a dataset, counts of parts add up to
   * those of the whole.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { histogram } from "measuring/statistics";
   *
   * const { edges, counts } = histogram([0, 1, 1, 2, 5, 10], 5);
   * assertEquals(Array.from(edges), [0, 2, 4, 6, 8, 10]);
   * assertEquals(Array.from(counts), [3, 1, 1, 0, 1]);
   * ```
   *
   * @param bins Number of bins of equal width, or the edges.
   * @param range First and last edge for a number of bins;
   * by default, the least and the greatest finite value.
   * @throws TypeError when bins or the range are something else.
   * @throws RangeError when a range is given with edges, edges don't ascend, or there is no finite value for a default range.
   */
  export function histogram(values: Numbers, bins: number | Numbers, range?: readonly [from: number, to: number]): Histogram;
}

declare module "measuring/internal/signal/window_functions" {
  import { type Numbers } from "measuring/internal/numeric/numbers";
  export type { Numbers };
  /** Whether both ends are equal, or the end is left out because the next period starts there. */
  export type Symmetry = "symmetric" | "periodic";
  /** No window: all factors 1. */
  export function rectangular(n: number, symmetry?: Symmetry): Float64Array;
  /** Triangle with 0 at both ends. */
  export function bartlett(n: number, symmetry?: Symmetry): Float64Array;
  /**
   * `0.5 - 0.5·cos 2πt`: a good first choice for spectra.
   */
  export function hann(n: number, symmetry?: Symmetry): Float64Array;
  /** `0.54 - 0.46·cos 2πt`: lowest first side lobe of its kind, -43 dB. */
  export function hamming(n: number, symmetry?: Symmetry): Float64Array;
  /** `0.42 - 0.5·cos 2πt + 0.08·cos 4πt`; side lobes -58 dB. */
  export function blackman(n: number, symmetry?: Symmetry): Float64Array;
  /** The window of four terms with side lobes of -92 dB. */
  export function blackmanHarris(n: number, symmetry?: Symmetry): Float64Array;
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
  export function flatTop(n: number, symmetry?: Symmetry): Float64Array;
  /**
   * Kaiser's window `I₀(β·√(1 - (2t - 1)²)) / I₀(β)`.
   *
   * @param beta 0 is a rectangle, 5 near a Hamming, 8.6 near a Blackman window.
   * @throws RangeError when `beta` is below 0 or above 700, where its Bessel function overflows.
   */
  export function kaiser(n: number, beta: number, symmetry?: Symmetry): Float64Array;
  /**
   * Bell `exp(-(k - middle)²/2σ²)`.
   *
   * @param deviation σ, in values. Harris' α is `(n - 1)/2σ`.
   * @throws RangeError when the deviation is not above 0.
   */
  export function gaussian(n: number, deviation: number, symmetry?: Symmetry): Float64Array;
  /**
   * The factor by which a window reduces a sine's amplitude, `Σw/n`: divide an amplitude spectrum by it.
   *
   * @throws RangeError when the window is empty.
   */
  export function coherentGain(window: Numbers): number;
  /**
   * Equivalent noise bandwidth in bins, `n·Σw²/(Σw)²`: how much more noise a bin
   * collects than with the rectangular window.
   *
   * @throws RangeError when the window is empty.
   */
  export function noiseBandwidth(window: Numbers): number;
  /**
   * Values times the window, in a new array.
   *
   * @throws RangeError when they have different lengths.
   */
  export function applyWindow(values: Numbers, window: Numbers): Float64Array;
}

declare module "measuring/internal/fourier/fft_plan" {
  import type { Complex } from "measuring/internal/fourier/complex";
  export type { Complex };
  /** A forward transform of one length: its tables, and how it is computed. */
  export interface Plan {
      /** The transform of `(re, im)`, which stay as they are, in new arrays. */
      forward(re: Float64Array, im: Float64Array): Complex;
  }
  /** The plan for a length of at least 1, made once and kept while it is among the last used. */
  export function planOf(n: number): Plan;
  /** Factors of a length that the kernel transforms, else null. */
  export function kernelFactors(n: number): number[] | null;
}

declare module "measuring/internal/signal/sliding" {
  import { type Numbers } from "measuring/internal/numeric/numbers";
  /** Where a window lies, and what becomes of windows that the values' ends cut off. */
  export interface MovingOptions {
      /**
       * `trailing` (as where absent): the row and those before it. `centre`: as many before it as after
       * it; of an even length one more before it.
       */
      align?: "trailing" | "centre";
      /** `shorter` (as where absent): what is there of the window counts. `nan`: the result is NaN. */
      edges?: "shorter" | "nan";
  }
  /** Rows that a window needs beside its own: what a formula exports as `overlap`. */
  export interface Overlap {
      before: number;
      after: number;
  }
  /** How results over windows are made. Each step works on a block of rows. */
  export interface Sliding {
      /** What a missing value goes in as: it must change nothing. */
      missing: number;
      /** Makes of values what is put together, in place. */
      prepare(work: Float64Array): void;
      /**
       * Results of windows that end at each place of `work` from `before` on, at the same places;
       * `work` is used up.
       */
      over(work: Float64Array, before: number, window: number): Float64Array;
      /** Makes results of what was put together, in place; `count` values are there in each window. */
      finish(results: Float64Array, count: number | Float64Array): void;
  }
  /** Where a window may lie. */
  export const ALIGN: import("measuring/internal/common/options").Rule<"trailing" | "centre">;
  /** Rows before and after a row that its window covers. @throws RangeError for no window. */
  export function overlapFor(window: number, align?: MovingOptions["align"]): Overlap;
  /**
   * A result for the window of each value; NaN where nothing is there in the window.
   *
   * @throws RangeError when the window is no whole number from 1 on, or an option doesn't exist.
   */
  export function slide(values: Numbers, window: number, { missing, prepare, over, finish }: Sliding, options?: MovingOptions): Float64Array;
}

declare module "measuring/internal/common/options" {
  /**
   * What an option takes: gives the value when it is such.
   *
   * @param given Never undefined: that is an option which is absent.
   * @throws RangeError or TypeError that names the option, what was given and what there is.
   */
  export type Rule<T> = (given: unknown, name: string) => T;
  /** A rule for each option: a table without one of them has no such type. */
  export type Rules<Options> = {
      readonly [Name in keyof Options]-?: Rule<Exclude<Options[Name], undefined>>;
  };
  /** A reader of options. Each is read once, so that what was looked at is what is used. */
  export function optionsBy<Options extends object>(rules: Rules<Options>): (given?: Options) => Options;
  /** One word of several. */
  export function oneOf<Word extends string>(...words: readonly Word[]): Rule<Word>;
  /** A whole number from `least` on. */
  export function whole(least: number): Rule<number>;
  /** A text. */
  export const text: Rule<string>;
  /** A number, and neither NaN nor an infinity. */
  export const finite: Rule<number>;
  /** Numbers by index: a typed array or an array. */
  export const numbers: Rule<ArrayLike<number>>;
  /** Whether a value is a list by index; a text is none, though it has a length. */
  export function isList(value: unknown): value is ArrayLike<number>;
  /** A value as an error names it. */
  export function told(value: unknown): string;
}

declare module "measuring/internal/signal/section" {
  /**
   * A filter of second order, or of first order where `b2` and `a2` are 0:
   * `y[k] = b0·x[k] + b1·x[k-1] + b2·x[k-2] - a1·y[k-1] - a2·y[k-2]`.
   */
  export interface Section {
      b0: number;
      b1: number;
      b2: number;
      a1: number;
      a2: number;
      /**
       * What `b1`, `a1` and `a2` lost when they were rounded, to be added to them; 0 where absent. The
       * lower a cut-off in relation to the sample rate, the more hangs on it.
       */
      rest?: Rest;
  }
  /** What coefficients lost when they were rounded. */
  export interface Rest {
      b1: number;
      a1: number;
      a2: number;
  }
  /** @throws TypeError when sections are something else, such as rows of six coefficients. */
  export function assertSections(sections: unknown): asserts sections is readonly Section[];
  /** What follows the coefficients of a section to full precision. */
  export interface Distances {
      /** `1 + a1 + a2`: the poles' distances from 1, multiplied. */
      fromOne: number;
      /** `1 - a1 + a2`: the poles' distances from -1, multiplied. */
      fromMinusOne: number;
      /** `1 - a2`. */
      fromCircle: number;
  }
  /**
   * The distances of a section's poles. Near 1 they are small differences of its coefficients: sums
   * that lose nothing.
   */
  export function distancesOf({ a1, a2, rest }: Section): Distances;
  /** A sum and what it lost. Source: Knuth, "Seminumerical algorithms" (1969), section 4.2.2. */
  export function twoSum(a: number, b: number): [sum: number, lost: number];
  /** Gain of a section at an angle of the unit circle: 0 for a level, π for half the sample rate. */
  export function gainAt(section: Section, angle: number): number;
  /** `|1 + a1·z + a2·z²|` at an angle. */
  export function poleGain(section: Section, angle: number): number;
}

declare module "measuring/internal/grouping/exact_values" {
  /** Values of columns without loss. */
  import type { ByteStrings } from "measuring/internal/../kernel/text_coder";
  import type { TextBytes } from "measuring/internal/../kernel/texts";
  /** What a column is: plain data. */
  export interface ExactType {
      kind: string;
      /** Of a time or date: what it counts since 1970, and whether in UTC. */
      unit?: "ms" | "us" | "ns" | "day";
      utc?: boolean;
      /** Of a decimal: its digits, and how many of them stand behind the point. */
      precision?: number;
      scale?: number;
      /** Of a time of day: what it counts since midnight. */
      clock?: "ms" | "us" | "ns";
      /** As Parquet has it, for messages. */
      type: string;
  }
  /**
   * Values as they are stored: whole numbers of a time's unit, of a decimal's last digit; bytes as texts of a character
   * a byte.
   */
  export interface ExactValues {
      values: ArrayLike<number | bigint | string | null>;
      /** 1 for a value, 0 for a null; null when there is no null. */
      validity: Uint8Array | null;
  }
  /** A column of a chunk, whose values are read when they are asked for. */
  export interface ExactColumn {
      type: ExactType;
      read(): ExactValues;
      /** Of texts, JSON, UUIDs and bytes: the code of each row, which a coder gives to bytes as they are stored. */
      codes?(coder: StringCoder, of: StringsOf): Int32Array;
      /** Of what folders say: what is there of it once for all rows that follow each other; `null` where that is nothing. */
      runs?(): Runs | null;
  }
  /** Rows that follow each other and have the same value of a column. */
  export interface Runs {
      /** A chunk that has a row for each run. */
      chunk: Record<string, unknown>;
      /** The row behind the last one of each run. */
      ends: Int32Array;
  }
  /** What gives byte strings codes: see kernel/text_coder.ts. */
  export interface StringCoder {
      readonly size: number;
      code(strings: ByteStrings, codes: Int32Array, at: number): void;
      /** One byte string for all rows. */
      codeSame(strings: ByteStrings, codes: Int32Array): void;
      codeIndexes(dictionary: ByteStrings, indexes: Int32Array, nulls: boolean): void;
      areUtf8(from: number): boolean;
  }
  /** Values that don't come as bytes, as byte strings. */
  export type StringsOf = (values: ExactValues["values"]) => ByteStrings;
  /** What an array of a formula stands for. */
  export interface Marked extends ExactValues {
      type: ExactType;
      /** The elements that the array was made with. */
      shown: (row: number) => unknown;
  }
  /** A column's texts in UTF-8, each of them once. */
  export interface StoredTexts {
      texts: TextBytes;
      /** The text of each row, by its place. */
      places: Int32Array<ArrayBuffer>;
      /** 1 for a text, 0 for a null; `null` where there is no null. */
      validity: Uint8Array<ArrayBuffer> | null;
  }
  /** Columns by name: arrays as a formula would have them, but texts as they are stored. */
  export interface StoredTable {
      columns: Record<string, unknown>;
      texts: Map<string, StoredTexts>;
  }
  /** Units in nanoseconds. */
  export const NANOSECONDS: {
      readonly day: 86400000000000n;
      readonly ms: 1000000n;
      readonly us: 1000n;
      readonly ns: 1n;
  };
  /** Whether a whole number can be stored in 64 bits. */
  export function fitsIn64Bits(value: bigint): boolean;
  /** Milliseconds of whole numbers of a unit: the nearest double. */
  export function millisecondsOf(value: bigint, unit: keyof typeof NANOSECONDS): number;
  /** The double nearest to a quotient of two whole numbers, the second of 2^53 at most. */
  export function ratio(value: bigint, per: bigint): number;
  /** A decimal's digits: 1234 of scale 2 is 12.34. */
  export function decimalText(whole: bigint, scale: number): string;
  /** A UUID of its sixteen bytes. */
  export function uuidText(bytes: Uint8Array): string;
  /** Bytes of a text of a character each. */
  export function bytesOf(text: string): Uint8Array;
  /** A quotient of two whole numbers, the second above 0. */
  export interface Quotient {
      numerator: bigint;
      denominator: bigint;
  }
  /** What a number's digits say, exactly: 0.07 is 7/100; `null` for what is none. */
  export function quotientOf(figure: string | number): Quotient | null;
}

declare module "measuring/internal/grouping/interval_runs" {
  /** Numbers of intervals of rows: times mostly rise, so that one number is that of many rows. */
  /** Rows that follow each other and have the same number; NaN where there is no time. */
  export interface IntervalRuns {
      numbers: Float64Array;
      /** The row behind the last one of each run. */
      ends: Int32Array;
  }
  /** Collects runs. */
  export class RunCollector {
      #private;
      constructor(rows: number);
      add(number: number, end: number): void;
      runs(): IntervalRuns;
  }
  /** Whether runs are long enough to be looked at instead of rows. */
  export function areLong({ ends }: IntervalRuns): boolean;
  /** The number of each row. */
  export function numbersOfRuns({ numbers, ends }: IntervalRuns): Float64Array;
  /**
   * The row behind the last of those that follow each other and whose times lie in a range. The loop stands alone: V8
   * makes it six times as quick as within another.
   *
   * @param words Two of each time, the lower one first.
   * @param from How far the range begins behind a time, given by its words; and how far it ends.
   */
  export function endWithin(words: Int32Array, validity: Uint8Array | null, row: number, high: number, low: number, from: number, to: number): number;
  /** The row behind the last of those without a time that follow each other. */
  export function endOfNulls(validity: Uint8Array, row: number): number;
}

declare module "measuring/internal/calendar/calendar" {
  /** Intervals of a zone's wall-clock time as instants, through all changes of its clocks. */
  import { type Grid } from "measuring/internal/calendar/grid";
  import type { Zone } from "measuring/internal/calendar/zone";
  /** Instants in nanoseconds, from the first to before the last, whose intervals are told at once. */
  export interface Span {
      from: bigint;
      to: bigint;
      /** The first instant of their interval, or of the first one. */
      start: bigint;
      /** Of several intervals, how long each is; 0 where all instants are of one. */
      length: bigint;
  }
  /**
   * Which interval an instant belongs to. That is the one which its clock shows. What a clock shows twice, as it is set
   * back, is one interval, longer by what comes twice: a day of 25 hours. Only an interval that comes twice in full is
   * two: an hour of the night in which summer time ends. An interval is known by its first instant.
   */
  export class Calendar {
      #private;
      /** All intervals begin at multiples of it; clocks are set in whole seconds. */
      readonly step: bigint;
      constructor(zone: Zone, grid: Grid);
      /**
       * The instants around one that are of its interval, or of intervals of equal length.
       *
       * @throws RangeError for an instant that has no calendar.
       */
      spanAt(time: bigint): Span;
      /**
       * First instants of all intervals from one to another, in steps and in order.
       *
       * @param most Of them; where there are more, one more than that is given.
       */
      startsBetween(first: number, last: number, most: number): Float64Array;
  }
}

declare module "measuring/internal/calendar/grid" {
  /** Intervals of the time that a clock on the wall shows, in nanoseconds since the start of 1970 on it. */
  /** An interval of wall-clock time; it includes its start, not its end. */
  export interface Cell {
      from: bigint;
      to: bigint;
  }
  /** Intervals that follow each other without a gap. */
  export interface Grid {
      /** The interval that shows a time. */
      cellOf(wall: bigint): Cell;
      /** How long each is; 0 where they differ. */
      readonly length: bigint;
      /** All of them begin and end at multiples of it. */
      readonly grain: bigint;
  }
  export const SECOND = 1000000000n;
  export const DAY: bigint;
  export const WEEK: bigint;
  /** Monday, 2000-01-03 00:00: weeks start on it, and minutes, hours and days as on a clock. */
  export const MONDAY: bigint;
  /** Intervals of equal length, one of which begins at the origin. */
  export class EvenGrid implements Grid {
      #private;
      readonly length: bigint;
      readonly grain: bigint;
      constructor(length: bigint, origin: bigint);
      cellOf(wall: bigint): Cell;
  }
  /** Every so many months from an origin on, at its day of the month and its time of day. */
  export class MonthGrid implements Grid {
      #private;
      readonly length = 0n;
      readonly grain: bigint;
      /** @throws RangeError for an origin on a day that not every month has. */
      constructor(months: number, origin: bigint);
      cellOf(wall: bigint): Cell;
  }
  export function floorDivided(a: bigint, b: bigint): bigint;
  export function greatestDivisor(a: bigint, b: bigint): bigint;
}

declare module "measuring/internal/calendar/zone" {
  /** Instants in nanoseconds since 1970, from the first to before the last, at which a zone's clocks are equally far ahead. */
  export interface Stretch {
      from: bigint;
      to: bigint;
      /** What the clocks show more than UTC, in nanoseconds. */
      ahead: bigint;
  }
  /** The error of an instant that has no calendar; `what` says where it is. */
  export function noCalendar(what: string): RangeError;
  /** Whether an error is that of an instant without a calendar. */
  export function isNoCalendar(error: unknown): error is RangeError;
  /** Whether an instant, in nanoseconds, has a calendar. */
  export function hasCalendar(time: bigint): boolean;
  /** A zone of the IANA database, or one that is always equally far ahead. */
  export class Zone {
      #private;
      readonly name: string;
      /** @param name As {@linkcode zoneNamed} gives it. */
      constructor(name: string);
      /**
       * The stretch that an instant lies in.
       *
       * @throws RangeError for an instant that has no calendar.
       */
      at(time: bigint): Stretch;
      /** The stretch that an instant lies in, or the first one. */
      from(time: bigint): Stretch;
      /** The stretch after another; `null` behind the last. */
      after({ to }: Stretch): Stretch | null;
  }
  /**
   * A zone by its name in the IANA database, such as `"Europe/Moscow"`, or by what it is ahead, such as `"+03:00"`.
   *
   * @throws RangeError for one that there is none of, with the nearest.
   */
  export function zoneNamed(name: string): Zone;
}

declare module "measuring/internal/grouping/calendar_counter" {
  /** Intervals of a calendar for many rows: what is found for one of them is kept for all others. */
  import type { Calendar } from "measuring/internal/calendar/calendar";
  import { type IntervalRuns } from "measuring/internal/grouping/interval_runs";
  /** Finds the intervals of times in one unit. */
  export class CalendarCounter {
      #private;
      constructor(calendar: Calendar, unit: bigint);
      /**
       * The intervals of times, in runs; `null` where a double can't hold a number.
       *
       * @throws RangeError for a time that has no calendar.
       */
      count(times: BigInt64Array, validity: Uint8Array | null): IntervalRuns | null;
      /** Times that 64 bits can't hold, or intervals that doubles can't count. */
      countFar(times: Iterable<bigint>, validity: Uint8Array | null): (bigint | null)[];
  }
}

declare module "measuring/internal/grouping/durations" {
  import { type Quotient } from "measuring/internal/grouping/exact_values";
  /** A length of time in nanoseconds, exactly. */
  export interface Duration extends Quotient {
      /** As it was given. */
      text: string;
  }
  /** So many months, which differ in length. */
  export interface Months {
      months: number;
  }
  /**
   * A duration: a number and a unit such as `"1m"`, `"0.5 s"`, `"15min"`, `"100us"`, or milliseconds as they are.
   * Units are ns, us, ms, s, m or min, h, d and w; months and years are none, as they differ in length.
   *
   * @throws RangeError when it is no duration above 0.
   */
  export function durationOf(duration: string | number): Duration;
  /**
   * A duration, or a whole number of months (`"1mo"`), quarters (`"1q"`) or years (`"1y"`).
   *
   * @throws RangeError when it is none of them.
   */
  export function lengthOf(length: string | number): Duration | Months;
  /**
   * Whole nanoseconds.
   *
   * @throws RangeError for a duration that is no whole number of them.
   */
  export function nanosecondsOf({ numerator, denominator, text }: Duration): bigint;
}

declare module "measuring/internal/../kernel/texts" {
  import type { Kernel } from "measuring/internal/../kernel/kernel";
  /** Distinct byte strings, one behind the other: plain data. */
  export interface TextBytes {
      /** Where each ends in `bytes`; it begins where the one before ends. */
      ends: Uint32Array<ArrayBuffer>;
      bytes: Uint8Array<ArrayBuffer>;
  }
  /** The same in the order of their hashes and, of equal ones, of their bytes. */
  export interface Texts extends TextBytes {
      hashes: BigUint64Array<ArrayBuffer>;
  }
  /** What is loaded behind the bytes of the last key. */
  export const SPARE = 16;
  /** Byte strings in the order of their bytes, and the number that each had before. */
  export function inByteOrder({ ends, bytes }: TextBytes): {
      order: Int32Array;
      texts: TextBytes;
  };
  /** Byte strings that lie in a kernel's memory, copied. */
  export function textsAt(kernel: Kernel, count: number, hashes: number, ends: number, bytes: number): Texts;
}

declare module "measuring/internal/grouping/held_rows" {
  import { type ExactType } from "measuring/internal/grouping/exact_values";
  import type { TimeState } from "measuring/internal/grouping/group_times";
  /**
   * A column's rows, group by group, in the order of the file: numbers, NaN for null; or times, which are whole numbers
   * of their unit, as upper and lower halves.
   */
  export type HeldColumn = Float64Array[];
  /** Keeps a column's rows, over chunks that follow each other. */
  export class HeldRows {
      #private;
      readonly name: string;
      constructor(name: string);
      /** Numbers that are held. */
      get length(): number;
      /** Of times, what they are; with no figure of them. */
      get times(): TimeState | null;
      /** The column of a chunk. @throws TypeError for one that can't be computed with. */
      open(chunk: Record<string, unknown>): HeldColumn;
      /** Adds a chunk's rows. */
      add(columns: HeldColumn, ids: Int32Array): void;
      /** All of them, by group in an order of their ids. */
      finish(order: Int32Array): HeldColumn;
  }
  /** Rows of a group as a function is given them: an array of its own; times in milliseconds, which are times still. */
  export function rowsOfGroup(held: HeldColumn, from: number, to: number, type: ExactType | null): Float64Array;
}

declare module "measuring/internal/grouping/held_digests" {
  import { type Sides } from "measuring/internal/grouping/group_states";
  /** Values of a column, group by group: plain data. */
  export interface Digests {
      /** Values, or means of some. */
      values: Float64Array;
      /** How many values each stands for. */
      weights: Float64Array;
      /** How many of them each group has. */
      sizes: Float64Array;
  }
  /** Keeps values of groups, over chunks that follow each other. */
  export class HeldDigests {
      #private;
      /** @param beyond Values up to which a group keeps all of them. */
      constructor(beyond: number);
      /** How many points are held. */
      get count(): number;
      /** Adds a chunk's values. The arrays stay the caller's. @param size Groups that there are now. */
      add(values: Float64Array, groups: Int32Array, size: number): void;
      /** All of them, by group in an order of their ids. */
      finish(order: Int32Array): Digests;
  }
  /** Of groups that have no values. */
  export function none(groups: number): Digests;
  /**
   * Merges values of two tables whose groups are where `sides` says.
   *
   * @param beyond Values up to which a group keeps all of them.
   */
  export function mergeDigests(a: Digests, b: Digests, sides: Sides, beyond: number): Digests;
  /** In another order of their groups: the group of place k is that of `places[k]`. */
  export function reorderedDigests({ values, weights, sizes }: Digests, places: Int32Array): Digests;
  /** Quantiles of each group's values; NaN of a group that has none. */
  export function quantilesOfDigests({ values, weights, sizes }: Digests, ps: readonly number[]): Float64Array[];
}

declare module "measuring/internal/grouping/held_values" {
  import type { Sides } from "measuring/internal/grouping/group_states";
  /** Values that a grouping holds at most, of all columns together, where it isn't told otherwise: 128 MiB. */
  export const MOST_VALUES: number;
  /** Values of a column that are not NaN, group by group, in the order of the rows: as many of each as its state counts. */
  export type Held = Float64Array;
  /** Keeps values of groups, over chunks that follow each other. */
  export class HeldValues {
      #private;
      /** How many are held. */
      get count(): number;
      /** Adds a chunk's values. The arrays stay the caller's. */
      add(given: Float64Array, groups: Int32Array): void;
      /** How many each of so many groups has. */
      counts(size: number): Float64Array;
      /** All of them, by group in an order of their ids. */
      finish(order: Int32Array): Held;
  }
  /** Rows of some columns, and the group of each. */
  export interface GroupedRows {
      columns: readonly Float64Array[];
      ids: Int32Array;
  }
  /** Columns of rows that follow each other, by group in an order of their ids; the rows of a group stay in their order. */
  export function byGroup(pieces: readonly GroupedRows[], order: Int32Array, width: number): Float64Array[];
  /** @throws RangeError when more values are held than may be. */
  export function assertHeld(held: readonly {
      name: string;
      length: number;
  }[], most: number): void;
  /** Values in another order of their groups: the group of place k is that of `places[k]`. */
  export function reorderedHeld(held: Held, counts: Float64Array, places: Int32Array): Held;
  /** Merges values of two tables whose groups are where `sides` says; those of the first stand before those of the second. */
  export function mergeHeld([a, ofA]: readonly [Held, Float64Array], [b, ofB]: readonly [Held, Float64Array], sides: Sides): Held;
  /** Quantiles of each group's values; NaN of a group that has none. */
  export function quantilesByGroup(held: Held, counts: Float64Array, ps: readonly number[]): Float64Array[];
  /**
   * Quantiles by group; NaN of a group that holds nothing.
   *
   * @param sizes How much each group holds, one behind the other.
   * @param of Gives those of a group by where what it holds begins and ends.
   */
  export function byStretch(sizes: Float64Array, ps: readonly number[], of: (from: number, to: number) => Float64Array): Float64Array[];
}

declare module "measuring/internal/grouping/group_times" {
  /** First, last, least and most of times by group, in whole numbers of their unit. */
  import type { ExactType, ExactValues } from "measuring/internal/grouping/exact_values";
  import type { Part, Sides } from "measuring/internal/grouping/group_states";
  /** What is kept of a column of times for each group, as plain data; null where nothing is there. */
  export interface TimeState {
      type: ExactType;
      min?: (bigint | null)[];
      max?: (bigint | null)[];
      first?: (bigint | null)[];
      last?: (bigint | null)[];
  }
  /** The parts of a state that are times themselves. */
  export const TIME_PARTS: readonly ["min", "max", "first", "last"];
  /** Whether a part of a state is a time of its column. */
  export function isTimePart(part: Part): part is typeof TIME_PARTS[number];
  /** Finds the times that are asked for. */
  export function timeStateOf({ values, validity }: ExactValues, type: ExactType, ids: Int32Array, groups: number, parts: ReadonlySet<Part>): TimeState;
  /** Merges two states: see {@linkcode mergeStates}. */
  export function mergeTimes(a: TimeState, b: TimeState, sides: Sides): TimeState;
  /** A state with its groups in another order: the group of place k is that of `places[k]`. */
  export function reorderedTimes(state: TimeState, places: Int32Array): TimeState;
  /** A state of groups of which nothing is there. */
  export function noTimes(like: TimeState, groups: number): TimeState;
}

declare module "measuring/internal/grouping/applied" {
  import type { KeyValue } from "measuring/internal/grouping/exact_keys";
  import { type Key, type OrderedKey } from "measuring/internal/grouping/group_keys";
  import type { Groups } from "measuring/internal/grouping/group_partials";
  /** The rows of a group: its columns, in the order of the file. */
  export type GroupRows = Record<string, Float64Array>;
  /** A function of one's own, and the columns that it is given. */
  export interface Applied {
      columns: readonly string[];
      of: (rows: never, group: Readonly<Record<string, KeyValue>>) => unknown;
  }
  type Table = Record<string, unknown>;
  /**
   * A table of groups with what a function makes of each: values, which are columns beside those of the table, or equally
   * long arrays, for whose rows the table's own are repeated.
   *
   * @throws TypeError for what is neither, and RangeError for a column that the table has already.
   */
  export function withApplied(table: Table, { rows, ordered, times }: Groups<OrderedKey>, keys: readonly Key[], { columns, of }: Applied): Table;
  export {};
}

declare module "measuring/internal/fourier/complex" {
  /** Real and imaginary parts, of equal length. */
  export interface Complex {
      re: Float64Array;
      im: Float64Array;
  }
}

declare module "measuring/internal/../kernel/text_coder" {
  import { type Texts } from "measuring/internal/../kernel/texts";
  /** Byte strings: number k is `bytes[starts[k]]` up to `bytes[ends[k]]`, not included; null ends before it begins. */
  export interface ByteStrings {
      bytes: Uint8Array;
      starts: Int32Array;
      ends: Int32Array;
  }
  /** Gives byte strings codes, from 0 on in the order in which they first occur; null has one, too. */
  export class TextCoder implements Disposable {
      #private;
      /** @param same Upper bits that the hashes of all of them have in common. */
      constructor(same?: number);
      /** Forgets all of them, but not the room that they took. */
      clear(): void;
      /** Distinct ones so far, null among them. */
      get size(): number;
      /** The code of each byte string, into `codes[at]` and so on. */
      code({ bytes, starts, ends }: ByteStrings, codes: Int32Array, at: number): void;
      /** The code of one byte string, into all of `codes`. */
      codeSame(strings: ByteStrings, codes: Int32Array): void;
      /**
       * Replaces indexes into a dictionary by codes.
       *
       * @param nulls Whether some may be -1, for null.
       */
      codeIndexes(dictionary: ByteStrings, indexes: Int32Array, nulls: boolean): void;
      /** Whether all from a code on are UTF-8. */
      areUtf8(from: number): boolean;
      /** All of them but null, in order, and the codes in this order; that of null is the last. */
      finish(): {
          texts: Texts;
          order: Int32Array;
      };
      [Symbol.dispose](): void;
  }
  /** Where byte strings begin and end, how many bytes they have, and whether there are nulls. */
  export function extentOf(starts: Int32Array, ends: Int32Array, from: number, to: number): {
      low: number;
      high: number;
      total: number;
      nulls: boolean;
  };
}

declare module "measuring/internal/../kernel/kernel" {
  /** What kernel/ exports. Addresses are bytes from the start of the memory. */
  export interface KernelCode {
      memory: {
          readonly buffer: ArrayBuffer;
          grow(pages: number): number;
      };
      snappyBegin(output: number, length: number): void;
      snappyDone(): number;
      snappyMoved(count: number, first: number): void;
      snappySkipped(count: number): void;
      snappySkip(at: number, end: number, last: boolean, until: number): number;
      snappyMissed(): number;
      snappyOpen(): number;
      snappyStep(at: number, end: number, last: boolean, until: number): number;
      snappyEncode(input: number, length: number, to: number): number;
      hybridBegin(at: number, end: number, width: number): void;
      hybridNext(output: number, count: number): number;
      firstOutside(values: number, count: number, limit: number): number;
      int64ToNumber(from: number, to: number, count: number): number;
      millisToMillis(from: number, to: number, count: number): void;
      partsToMillis(from: number, to: number, count: number, parts: number): void;
      bounds64(at: number, count: number, bounds: number): void;
      mapCodes(codes: number, count: number, table: number, size: number, to: number): number;
      addRows(ids: number, count: number, rows: number): void;
      areBelow(ids: number, count: number, groups: number): number;
      addValues(values: number, ids: number, count: number, states: number): void;
      SUMS: WebAssembly.Global;
      openSums(): void;
      addToSums(values: number, ids: number, count: number, states: number, groups: number): void;
      closeSums(states: number, groups: number): void;
      sum64(at: number, count: number, state: number): number;
      sum32(at: number, count: number, state: number): void;
      extent64(at: number, count: number, state: number): void;
      squares64(at: number, count: number, mean: number, state: number): void;
      matchNumbers(...of: [
          columns: number,
          ...[a: number, n: number, b: number, m: number],
          ...[stride: number, sides: number, used: number]
      ]): number;
      countSides(sides: number, count: number, used: number): void;
      arePlaces(values: number, count: number, first: number): number;
      mergeKeys: MergeLoop;
      mergeAdd: MergeLoop;
      mergeMin: MergeLoop;
      mergeMax: MergeLoop;
      mergeFirst: MergeLoop;
      mergeLast: MergeLoop;
      mergeLost: MergeLoop;
      mergeSquares: MergeLoop;
      widenRange(values: number, count: number, range: number): number;
      codeByPlace: PlaceLoop;
      codeIntsByPlace: PlaceLoop;
      codesInOrder(table: number, places: number, to: number): void;
      pairsInOrder(...of: [
          ...[table: number, width: number, first: number, n: number, second: number, m: number],
          ...[codes: number, firsts: number, seconds: number]
      ]): number;
      pairCodes(first: number, second: number, count: number, width: number, to: number): void;
      encodeHashed(...of: [
          ...[values: number, count: number, slots: number, mask: number, known: number],
          ...[size: number, most: number, to: number, used: number]
      ]): number;
      rehash(slots: number, mask: number, known: number, size: number): void;
      sortPairs(pairs: number, other: number, count: number, counts: number): number;
      pairsOf(known: number, count: number, to: number): void;
      codesOfPairs(pairs: number, count: number, to: number): void;
      bitsOfNumbers(at: number, count: number): void;
      numbersOfBits(at: number, count: number): void;
      wholesToDoubles(from: number, count: number, signed: number, to: number): number;
      openRecords(...of: [records: number, from: number, to: number, stride: number, empty: number]): void;
      addToRecords(...of: [values: number, ids: number, count: number, records: number, stride: number]): void;
      addDeviations: RecordLoop;
      addLeast: RecordLoop;
      addMost: RecordLoop;
      addFirst: RecordLoop;
      addLast: RecordLoop;
      takeRecords(...of: [
          ...[records: number, stride: number, order: number],
          ...[count: number, to: number, apart: number]
      ]): void;
      openTexts(...of: [
          ...[slots: number, bits: number, keys: number, count: number],
          ...[arena: number, bytes: number, same: number]
      ]): void;
      partsOfTexts(...of: [
          ...[bytes: number, starts: number, ends: number, count: number],
          ...[bits: number, parts: number]
      ]): void;
      partsOfNumbers(values: number, count: number, bits: number, parts: number): void;
      partsByRange(values: number, count: number, low: number, scale: number, last: number, parts: number): void;
      countParts(parts: number, count: number, counts: number): void;
      countBytes(starts: number, ends: number, parts: number, count: number, counts: number): void;
      placeDoubles(values: number, parts: number, count: number, places: number, to: number): void;
      placeTexts(...of: [
          ...[bytes: number, starts: number, ends: number, parts: number, count: number],
          ...[places: number, bytePlaces: number],
          ...[toStarts: number, toEnds: number, toBytes: number]
      ]): void;
      areTexts(bytes: number, starts: number, ends: number, count: number): number;
      textsThere(): number;
      textBytes(): number;
      codeTexts(...of: [
          ...[bytes: number, starts: number, ends: number, count: number],
          ...[none: number, to: number, hashes: number]
      ]): void;
      codeFewIndexes(indexes: number, end: number, codes: number): void;
      codeIndexes(...of: [
          ...[indexes: number, count: number, table: number, bytes: number],
          ...[starts: number, ends: number, none: number, to: number]
      ]): void;
      addNone(): number;
      rehashTexts(none: number): void;
      orderSlots(end: number, to: number): number;
      codesOfSlots(ordered: number, count: number, to: number): void;
      commonBytes(pairs: number, count: number, depth: number): number;
      openTable(ends: number, bytes: number, length: number, count: number, pairs: number): void;
      writeTable(order: number, count: number, ends: number, bytes: number): void;
      wordsOfTexts(pairs: number, count: number, depth: number): void;
      equalWords(pairs: number, from: number, count: number, found: number): number;
      orderFew(pairs: number, count: number): void;
      writeKeys(...of: [order: number, count: number, hashes: number, ends: number, bytes: number]): void;
      areUtf8(from: number): number;
      matchTexts(tables: number, sides: number, used: number): number;
      placeMerged(...of: [
          ...[sides: number, count: number, tables: number],
          ...[ends: number, from: number, to: number]
      ]): void;
      movingSums(work: number, found: number, count: number, before: number, window: number): void;
  }
  /** Merges a column of two tables; arrays that belong to it lie `stride` bytes behind it, and so on. */
  export type MergeLoop = (...of: [sides: number, count: number, x: number, y: number, to: number, stride: number]) => void;
  /** Gives numbers that have a place in a table codes. */
  export type PlaceLoop = (...of: [
      ...[values: number, count: number, low: number, none: number],
      ...[table: number, known: number, size: number, to: number, used: number]
  ]) => number;
  /** Adds rows to a field of groups' records. */
  export type RecordLoop = (...of: [values: number, ids: number, count: number, records: number, stride: number, at: number]) => void;
  /** Where the memory is free: what lies before is the kernel's own. */
  export const FREE: number;
  /** From where on arrays lie in a kernel's memory; from {@linkcode FREE} to there, loops over them have room. */
  export const ARRAY: number;
  /** Whether this is the memory of a kernel in which arrays lie. */
  export function isOfKernel(buffer: ArrayBufferLike): boolean;
  /** The kernel in whose memory an array lies; `null` where it lies elsewhere. */
  export function kernelOf({ buffer, byteOffset }: ArrayBufferView): Kernel | null;
  /** The compiled kernel. Whoever holds it keeps its machine code for other threads. */
  export const kernelModule: WebAssembly.Module;
  /** One instance of the kernel, with a memory of its own; it is made when it is first used. */
  export class Kernel {
      #private;
      get code(): KernelCode;
      /** One for an array of so many bytes, which is to lie at {@linkcode ARRAY} in its memory. */
      static forArray(bytes: number): Kernel;
      /** Has loops find it by arrays that lie in its memory from {@linkcode ARRAY} on, until it grows. */
      holdArrays(): void;
      /** The memory as it is now; what was got before is no longer valid when it has grown. */
      get bytes(): Uint8Array<ArrayBuffer>;
      /** Makes the memory reach up to an address. @throws RangeError when there is not so much. */
      reserve(end: number): void;
  }
  /** A kernel for one user; what its memory holds is of no meaning. */
  export function takeKernel(): Kernel;
  /** Gives a kernel back whose memory may be used for something else. */
  export function giveKernel(kernel: Kernel): void;
}
