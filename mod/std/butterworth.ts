import { assertBorders, type Band } from "./fir.ts";
import type { Section } from "./iir.ts";
import { assertWhole } from "./numbers.ts";

/** A complex number. */
type Point = readonly [re: number, im: number];

/**
 * Butterworth's low-pass filter: flat up to the cut-off, where the gain is 1/√2 (-3 dB), and 20 dB
 * a decade and order beyond it. By the bilinear transform, so that the cut-off is met exactly and
 * nothing passes at half the sample rate.
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
 * @param cutoff In one unit with the sample rate.
 * @throws RangeError when the cut-off is not between 0 and half the sample rate.
 */
export function butterworthLowpass(order: number, cutoff: number, sampleRate: number): Section[] {
  const edge = warped(order, [cutoff], sampleRate)[0]!;
  return prototype(order).map((pole) => {
    return section(scaled(pole, edge), isReal(pole) ? [1, 1, 0] : [1, 2, 1], 0);
  });
}

/** Butterworth's high-pass filter: see {@linkcode butterworthLowpass}. */
export function butterworthHighpass(order: number, cutoff: number, sampleRate: number): Section[] {
  const edge = warped(order, [cutoff], sampleRate)[0]!;
  return prototype(order).map((pole) => {
    return section(scaled(inverse(pole), edge), isReal(pole) ? [1, -1, 0] : [1, -2, 1], Math.PI);
  });
}

/**
 * Butterworth's band-pass filter; it has twice the order given, as half of it goes to each side.
 */
export function butterworthBandpass(order: number, band: Band, sampleRate: number): Section[] {
  const [low, high] = warped(order, band, sampleRate) as [number, number];
  const centre = 2 * Math.atan(Math.sqrt(low * high));
  return prototype(order).flatMap((pole) =>
    bandSections(scaled(pole, high - low), low * high, [1, 0, -1], centre)
  );
}

/** Butterworth's band-stop filter; it has twice the order given. */
export function butterworthBandstop(order: number, band: Band, sampleRate: number): Section[] {
  const [low, high] = warped(order, band, sampleRate) as [number, number];
  const middle = -2 * (1 - low * high) / (1 + low * high);
  return prototype(order).flatMap((pole) =>
    bandSections(scaled(inverse(pole), high - low), low * high, [1, middle, 1], 0)
  );
}

/** Frequencies as the bilinear transform takes them, `tan(πf/rate)`. */
function warped(order: number, borders: readonly number[], sampleRate: number): number[] {
  assertWhole(order, 1, "the order of a filter");
  assertBorders(borders, sampleRate);
  return borders.map((border) => Math.tan(Math.PI * border / sampleRate));
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
 * A pole p of a low-pass filter becomes the two solutions of `s² - p·s + Ω² = 0`: sections with the
 * gain 1 at an angle of the unit circle.
 */
function bandSections(pole: Point, square: number, b: Point3, unity: number): Section[] {
  const [re, im] = pole;
  const root = squareRoot([(re * re - im * im) / 4 - square, re * im / 2]);
  const both: Point[] = [[re / 2 + root[0], im / 2 + root[1]], [
    re / 2 - root[0],
    im / 2 - root[1],
  ]];
  if (!isReal(pole)) return both.map((s) => section(s, b, unity));
  if (!isReal(root)) return [section(both[0]!, b, unity)];
  const [p, q] = both.map(([s]) => (1 + s) / (1 - s)) as [number, number];
  const [b0, b1, b2] = b;
  return [unit({ b0, b1, b2, a1: -(p + q), a2: p * q }, unity)];
}

type Point3 = readonly [number, number, number];

/**
 * A section of the analogue pole s and its conjugate, or of a real s alone, with the gain 1 at an
 * angle of the unit circle.
 */
function section(s: Point, [b0, b1, b2]: Point3, unity: number): Section {
  const [re, im] = s;
  if (isReal(s)) return unit({ b0, b1, b2, a1: -(1 + re) / (1 - re), a2: 0 }, unity);
  const below = (1 - re) ** 2 + im * im;
  const a1 = -2 * (1 - re * re - im * im) / below, a2 = ((1 + re) ** 2 + im * im) / below;
  return unit({ b0, b1, b2, a1, a2 }, unity);
}

/**
 * The section with its gain made 1 at an angle of the unit circle, of the coefficients as they are
 * rounded: a level stays the level to the last bits.
 */
function unit({ b0, b1, b2, a1, a2 }: Section, angle: number): Section {
  const at = (x: number, y: number, z: number) =>
    Math.hypot(
      x + y * Math.cos(angle) + z * Math.cos(2 * angle),
      y * Math.sin(angle) + z * Math.sin(2 * angle),
    );
  const gain = at(b0, b1, b2) / at(1, a1, a2);
  return { b0: b0 / gain, b1: b1 / gain, b2: b2 / gain, a1, a2 };
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
