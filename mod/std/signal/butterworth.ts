import { assertBorders, type Band } from "./fir.ts";
import { assertWhole } from "../numeric/numbers.ts";
import { distancesOf, poleGain, type Section, twoSum } from "./section.ts";

/** A complex number. */
type Point = readonly [re: number, im: number];

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
export function butterworthLowpass(order: number, cutoff: number, sampleRate: number): Section[] {
  const edge = warped(order, [cutoff], sampleRate)[0]!;
  return prototype(order).map((pole) => {
    const denominator = ofPole(scaled(pole, edge)), isFirst = isReal(pole);
    const b0 = distancesOf(denominator).fromOne / (isFirst ? 2 : 4);
    return isFirst ? { ...denominator, b0, b1: b0 } : { ...denominator, b0, b1: 2 * b0, b2: b0 };
  });
}

/** Butterworth's high-pass filter: see {@linkcode butterworthLowpass}. */
export function butterworthHighpass(order: number, cutoff: number, sampleRate: number): Section[] {
  const edge = warped(order, [cutoff], sampleRate)[0]!;
  return prototype(order).map((pole) => {
    const denominator = ofPole(scaled(inverse(pole), edge)), isFirst = isReal(pole);
    const b0 = distancesOf(denominator).fromMinusOne / (isFirst ? 2 : 4);
    return isFirst ? { ...denominator, b0, b1: -b0 } : { ...denominator, b0, b1: -2 * b0, b2: b0 };
  });
}

/**
 * Butterworth's band-pass filter. It has twice the given order, half for each side.
 */
export function butterworthBandpass(order: number, band: Band, sampleRate: number): Section[] {
  const { width, square } = warpedBand(order, band, sampleRate);
  const centre = 2 * Math.atan(Math.sqrt(square));
  return prototype(order).flatMap((pole) => bandPoles(scaled(pole, width), square))
    .map((denominator) => {
      const b0 = poleGain(denominator, centre) / (2 * Math.sin(centre));
      return { ...denominator, b0, b1: 0, b2: -b0 };
    });
}

/** Butterworth's band-stop filter. It has twice the given order. */
export function butterworthBandstop(order: number, band: Band, sampleRate: number): Section[] {
  const { width, square } = warpedBand(order, band, sampleRate);
  // The zeros' distances from 1 and -1, multiplied.
  const fromOne = 4 * square / (1 + square), fromMinusOne = 4 / (1 + square);
  return prototype(order).flatMap((pole) => bandPoles(scaled(inverse(pole), width), square))
    .map((denominator) => {
      const b0 = distancesOf(denominator).fromOne / fromOne;
      const [b1, lost] = square < 1
        ? twoSum(-2 * b0, b0 * fromOne)
        : twoSum(2 * b0, -b0 * fromMinusOne);
      return { ...denominator, b0, b1, b2: b0, rest: { ...denominator.rest!, b1: lost } };
    });
}

/** Frequencies as the bilinear transform takes them, `tan(πf/rate)`. */
function warped(order: number, borders: readonly number[], sampleRate: number): number[] {
  assertWhole(order, 1, "the order of a filter");
  assertBorders(borders, sampleRate);
  return borders.map((border) => Math.tan(Math.PI * border / sampleRate));
}

/** The width of a band and the square of its centre, as the bilinear transform takes them. */
function warpedBand(order: number, band: Band, sampleRate: number) {
  const [low, high] = warped(order, band, sampleRate) as [number, number];
  // tan b - tan a, of which a narrow band would leave few digits.
  const width = Math.sin(Math.PI * (band[1] - band[0]) / sampleRate) *
    Math.sqrt((1 + low * low) * (1 + high * high));
  return { width, square: low * high };
}

/** Poles of the low-pass filter with the cut-off 1: a real one, and one of each conjugate pair. */
function prototype(order: number): Point[] {
  const poles: Point[] = order % 2 === 1 ? [[-1, 0]] : [];
  for (let k = 0; k < Math.floor(order / 2); k++) {
    const angle = Math.PI * (2 * k + 1) / (2 * order);
    poles.push([-Math.sin(angle), Math.cos(angle)]);
  }
  return poles;
}

/**
 * A pole p of a low-pass filter becomes the two solutions of `s² - p·s + Ω² = 0`.
 *
 * @returns Sections without zeros.
 */
function bandPoles([re, im]: Point, square: number): Section[] {
  const root = squareRoot([(re * re - im * im) / 4 - square, re * im / 2]);
  // The larger solution is a sum; the other one, the difference, follows from their product.
  const sign = re * root[0] + im * root[1] < 0 ? -1 : 1;
  const large: Point = [re / 2 + sign * root[0], im / 2 + sign * root[1]];
  const small = scaled(inverse(large), square);
  if (im !== 0) return [ofPole(large), ofPole(small)];
  return [isReal(root) ? ofRealPair(small[0], large[0]) : ofPole(large)];
}

/** A section without zeros of the analogue pole s and its conjugate, or of a real s alone. */
function ofPole(s: Point): Section {
  const [re, im] = s, size = re * re + im * im;
  if (isReal(s)) {
    const [a1, lost] = -re < 1 ? twoSum(-1, -2 * re / (1 - re)) : twoSum(1, -2 / (1 - re));
    return { b0: 1, b1: 0, b2: 0, a1, a2: 0, rest: { b1: 0, a1: lost, a2: 0 } };
  }
  const below = (1 - re) ** 2 + im * im;
  return ofDistances((size < 1 ? 4 * size : 4) / below, -4 * re / below, size < 1 ? 1 : -1);
}

/** A section without zeros of two real analogue poles, the first one nearer to 0. */
function ofRealPair(small: number, large: number): Section {
  const p = -2 * small / (1 - small), q = -2 * large / (1 - large);
  if (-large < 1) return ofDistances(p * q, p + q - p * q, 1);
  const y = 2 / (1 - large); // the distance of what becomes of the larger one from -1
  if (-small < 1) {
    const [a2, lost2] = twoSum(-1, y + p - p * y);
    return { b0: 1, b1: 0, b2: 0, a1: p - y, a2, rest: { b1: 0, a1: 0, a2: lost2 } };
  }
  const x = 2 / (1 - small);
  return ofDistances(x * y, x + y - x * y, -1);
}

/**
 * @param near The poles' distances from `side`, which is 1 or -1, multiplied.
 * @param fromCircle `1 - a2`
 */
function ofDistances(near: number, fromCircle: number, side: number): Section {
  const [sum, lost] = twoSum(near, fromCircle);
  const [a1, lost1] = twoSum(-2, sum), [a2, lost2] = twoSum(1, -fromCircle);
  const rest = { b1: 0, a1: side * (lost1 + lost), a2: lost2 };
  return { b0: 1, b1: 0, b2: 0, a1: side * a1, a2, rest };
}

function scaled([re, im]: Point, factor: number): Point {
  return [re * factor, im * factor];
}

function inverse([re, im]: Point): Point {
  const square = re * re + im * im;
  return [re / square, -im / square];
}

function squareRoot([re, im]: Point): Point {
  const size = Math.hypot(re, im);
  const a = Math.sqrt((size + Math.abs(re)) / 2), b = a === 0 ? 0 : Math.abs(im) / (2 * a);
  const sign = im < 0 ? -1 : 1;
  return re >= 0 ? [a, sign * b] : [b, sign * a];
}

function isReal([, im]: Point): boolean {
  return im === 0;
}
