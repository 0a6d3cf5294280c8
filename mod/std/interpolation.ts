/**
 * Values between measured ones: `import { interpolate } from "measuring/interpolation"`.
 *
 * Points in which x or y is NaN are ignored. Outside the
 * points, results are NaN, or the first or last y with `outside: "nearest"`.
 *
 * @module
 */
import { assertNumber, type Numbers, numbersOf, pairsOf } from "./numeric/numbers.ts";
import { numbers, oneOf, optionsBy, whole } from "./common/options.ts";
import { Curve, pchipSlopes, type SlopesOf, splineSlopes } from "./numeric/curve.ts";

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

const METHOD = oneOf<Method>("linear", "pchip", "spline");
const interpolationOptions = optionsBy<InterpolationOptions>({
  method: METHOD,
  outside: oneOf("nan", "nearest"),
});
const gridOptions = optionsBy<{ method?: Method }>({ method: METHOD });

const SLOPES: Record<Method, SlopesOf> = { linear: null, pchip: pchipSlopes, spline: splineSlopes };

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
export function interpolate(
  x: Numbers,
  y: Numbers,
  at: Numbers,
  options?: InterpolationOptions,
): Float64Array {
  const { method, outside } = interpolationOptions(options);
  return curveThrough(x, y, method).at(numbersOf(at), outside === "nearest");
}

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
export function toEvenGrid(
  x: Numbers,
  y: Numbers,
  step: number,
  options?: { method?: Method },
): Series {
  const { method } = gridOptions(options);
  assertNumber(step, "a step");
  if (!(step > 0 && step < Infinity)) throw new RangeError(`a step must be above 0, not ${step}`);
  const curve = curveThrough(x, y, method);
  const { first, last } = curve;
  // A last step that falls short of the last point by rounding alone, that of x too, is taken.
  const rounding = Number.EPSILON * (Math.abs(first) + Math.abs(last)) / step;
  const steps = (last - first) / step + Math.min(0.5, 1e-9 + rounding);
  const count = curve.points === 0 ? 0 : Math.floor(steps) + 1;
  if (count > 2 ** 32) {
    throw new RangeError(`a grid of ${count} points is too long: ${step} is too short`);
  }
  const grid = Float64Array.from({ length: count }, (_, k) => Math.min(first + k * step, last));
  return { x: grid, y: curve.at(grid, false) };
}

export interface GapOptions extends InterpolationOptions {
  /** The x of each value; evenly spaced by default. */
  x?: Numbers;
  /** Longer gaps stay as they are. */
  longest?: number;
}

const wholeFromZero = whole(0);
const gapOptions = optionsBy<GapOptions>({
  method: METHOD,
  outside: oneOf("nan", "nearest"),
  x: numbers,
  longest: (given, name) => given === Infinity ? Infinity : wholeFromZero(given, name),
});

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
export function fillGaps(values: Numbers, options?: GapOptions): Float64Array {
  const { method, outside, longest = Infinity, x: places } = gapOptions(options);
  values = numbersOf(values);
  const n = values.length;
  const [x] = pairsOf(places ?? Float64Array.from({ length: n }, (_, k) => k), values);
  const out = Float64Array.from(values);
  const gaps: number[] = [];
  for (let k = 0; k < n; k++) {
    if (out[k] === out[k]) continue;
    const from = k;
    while (k < n && out[k] !== out[k]) k++;
    if (k - from <= longest) { for (let j = from; j < k; j++) gaps.push(j); }
  }
  if (gaps.length === 0) return out;
  const filled = curveThrough(x, values, method)
    .at(Float64Array.from(gaps, (k) => x[k]!), outside === "nearest");
  gaps.forEach((k, j) => out[k] = filled[j]!);
  return out;
}

function curveThrough(x: Numbers, y: Numbers, method: Method = "linear"): Curve {
  [x, y] = pairsOf(x, y);
  const xs = new Float64Array(x.length), ys = new Float64Array(x.length);
  let points = 0;
  for (let k = 0; k < x.length; k++) {
    if (x[k] !== x[k] || y[k] !== y[k]) continue;
    if (points > 0 && !(x[k]! > xs[points - 1]!)) {
      throw new RangeError(`x must rise; ${x[k]} follows ${xs[points - 1]}, at index ${k}`);
    }
    xs[points] = x[k]!;
    ys[points++] = y[k]!;
  }
  return new Curve(xs.subarray(0, points), ys.subarray(0, points), SLOPES[method]);
}
