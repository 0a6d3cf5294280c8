/**
 * Least-squares fits of straight lines and polynomials to measured values:
 * `import { linearFit } from "measuring/fit"`.
 *
 * Pairs in which x or y is NaN are ignored.
 *
 * @module
 */
import { joint } from "./numeric/moments.ts";
import { assertWhole, type Numbers, numbersOf, pairsOf } from "./numeric/numbers.ts";
import { greatestOf, isOutOfRange, scaleToOne } from "./numeric/scale.ts";
import { numbers, optionsBy, whole } from "./common/options.ts";

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
export function linearFit(x: Numbers, y: Numbers): LinearFit {
  [x, y] = pairsOf(x, y);
  const { count, meanX, meanY, lostX, lostY, xx, yy, xy, scaleX, scaleY } = joint(x, y);
  const slope = xx > 0 ? xy / xx : NaN; // of scaled values
  let rest = 0;
  for (let k = 0; k < x.length; k++) {
    const apart = (y[k]! - meanY) * scaleY - lostY - slope * ((x[k]! - meanX) * scaleX - lostX);
    if (apart === apart) rest += apart * apart;
  }
  const deviation = count > 2 && slope === slope ? Math.sqrt(rest / (count - 2)) : NaN;
  const middleX = meanX * scaleX + lostX, middleY = meanY * scaleY + lostY;
  return {
    count,
    slope: slope * (scaleX / scaleY),
    intercept: (middleY - slope * middleX) / scaleY,
    r2: xx > 0 && yy > 0 ? Math.max(0, 1 - rest / yy) : NaN,
    residualDeviation: deviation / scaleY,
    slopeError: deviation / Math.sqrt(xx) * (scaleX / scaleY),
    interceptError: deviation * Math.sqrt(1 / count + middleX ** 2 / xx) / scaleY,
  };
}

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
export function polynomialFit(x: Numbers, y: Numbers, degree: number): PolynomialFit {
  assertWhole(degree, 0, "the degree");
  if (degree > 30) throw new RangeError(`a degree of ${degree} can't be fitted; 30 is the most`);
  const { t, rest, centre, scale, scaleY, isSteady } = prepared(x, y);
  const count = t.length;
  const coefficients = new Float64Array(degree + 1);
  // Two orthogonal polynomials that follow each other: values at the points, and coefficients.
  let last = new Float64Array(count), current = new Float64Array(count).fill(1);
  let lastTerms = new Float64Array(degree + 1), terms = new Float64Array(degree + 1);
  terms[0] = 1;
  let lastSquares = 1;
  let whole = NaN;
  for (let j = 0; j <= degree; j++) {
    let squares = 0, along = 0, centred = 0;
    for (let k = 0; k < count; k++) {
      const p = current[k]!;
      squares += p * p;
      along += p * rest[k]!;
      centred += t[k]! * p * p;
    }
    if (!(squares > count * 1e-24)) {
      throw new RangeError(`${count} pairs have too few different x for a degree of ${degree}`);
    }
    const share = along / squares, a = centred / squares, b = j === 0 ? 0 : squares / lastSquares;
    for (let k = 0; k < count; k++) {
      const p = current[k]!;
      rest[k]! -= share * p;
      last[k] = (t[k]! - a) * p - b * last[k]!;
    }
    const nextTerms = new Float64Array(degree + 1);
    for (let i = 0; i <= degree; i++) {
      coefficients[i]! += share * terms[i]!;
      nextTerms[i] = (i > 0 ? terms[i - 1]! : 0) - a * terms[i]! - b * lastTerms[i]!;
    }
    [lastTerms, terms] = [terms, nextTerms];
    [last, current] = [current, last];
    lastSquares = squares;
    if (j === 0) whole = squaresOf(rest);
  }
  const left = squaresOf(rest), free = count - degree - 1;
  return {
    count,
    coefficients: coefficients.map((coefficient) => coefficient / scaleY),
    centre,
    scale,
    r2: whole > 0 && !isSteady ? Math.max(0, 1 - left / whole) : NaN,
    residualDeviation: free > 0 ? Math.sqrt(left / free) / scaleY : NaN,
  };
}

/** Values of a fitted polynomial at given x. */
export function evaluate(fit: PolynomialFit, at: Numbers): Float64Array {
  const { coefficients, centre, scale } = fit;
  at = numbersOf(at);
  const out = new Float64Array(at.length);
  for (let k = 0; k < out.length; k++) {
    const t = (at[k]! - centre) / scale;
    let value = 0;
    for (let j = coefficients.length - 1; j >= 0; j--) value = value * t + coefficients[j]!;
    out[k] = value;
  }
  return out;
}

/**
 * Coefficients of rising powers of x itself, for a data sheet. If x is far
 * from 0 compared with its range, as times are, they lose digits that {@linkcode evaluate} keeps.
 */
export function powersOfX({ coefficients, centre, scale }: PolynomialFit): Float64Array {
  const powers = new Float64Array(coefficients.length);
  for (let j = coefficients.length - 1; j >= 0; j--) {
    // times (x - centre)/scale, plus the next coefficient
    for (let i = powers.length - 1; i >= 0; i--) {
      powers[i] = ((i > 0 ? powers[i - 1]! : 0) - centre * powers[i]!) / scale;
    }
    powers[0]! += coefficients[j]!;
  }
  return powers;
}

export interface DetrendOptions {
  /** 0 subtracts the mean, 1 (the default) a straight line. */
  degree?: number;
  /** The x of each value; evenly spaced by default. */
  x?: Numbers;
}

const detrendOptions = optionsBy<DetrendOptions>({ degree: whole(0), x: numbers });

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
export function detrend(
  values: Numbers,
  options?: DetrendOptions,
): Float64Array {
  const { degree = 1, x } = detrendOptions(options);
  values = numbersOf(values);
  const places = x ?? Float64Array.from({ length: values.length }, (_, k) => k);
  const out = evaluate(polynomialFit(places, values, degree), places);
  for (let k = 0; k < out.length; k++) out[k] = values[k]! - out[k]!;
  return out;
}

/**
 * Pairs that are there, with x brought to the range from -1 to 1, and y by a power of two to where
 * its squares are in the range of doubles.
 */
function prepared(x: Numbers, y: Numbers) {
  [x, y] = pairsOf(x, y);
  let low = Infinity, high = -Infinity, count = 0, first = NaN, isSteady = true;
  for (let k = 0; k < x.length; k++) {
    const at = x[k]!;
    if (at !== at || y[k] !== y[k]) continue;
    if (count++ === 0) first = y[k]!;
    isSteady &&= y[k] === first;
    if (at < low) low = at;
    if (at > high) high = at;
  }
  const centre = count > 0 ? low + (high - low) / 2 : 0;
  const scale = high > low ? (high - low) / 2 : 1;
  const most = greatestOf(y);
  const scaleY = isOutOfRange(most * most) ? scaleToOne(most) : 1;
  const t = new Float64Array(count), rest = new Float64Array(count);
  for (let k = 0, j = 0; k < x.length; k++) {
    if (x[k] !== x[k] || y[k] !== y[k]) continue;
    t[j] = (x[k]! - centre) / scale;
    rest[j++] = y[k]! * scaleY;
  }
  return { t, rest, centre, scale, scaleY, isSteady };
}

function squaresOf(values: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k]! * values[k]!;
  return sum;
}
