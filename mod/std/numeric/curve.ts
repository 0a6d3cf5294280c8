import { greatestOf, scaleToOne } from "./scale.ts";

/** Slopes of a curve at its points; null for straight lines between them. */
export type SlopesOf = ((x: Float64Array, y: Float64Array) => Float64Array) | null;

/** A curve through points: straight lines, or cubics with given slopes at the points. */
export class Curve {
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  readonly #slopes: Float64Array | null;
  /** What places and values were multiplied with. */
  readonly #scaleX: number;
  readonly #scaleY: number;

  /** @param x Rising, without NaN; `y` is as long. */
  constructor(x: Float64Array, y: Float64Array, slopesOf: SlopesOf) {
    this.#scaleX = scaleOf(x);
    this.#scaleY = scaleOf(y);
    this.#x = scaled(x, this.#scaleX);
    this.#y = scaled(y, this.#scaleY);
    this.#slopes = slopesOf === null || x.length < 2 ? null : slopesOf(this.#x, this.#y);
  }

  get points(): number {
    return this.#x.length;
  }

  get first(): number {
    return this.#x.length > 0 ? this.#x[0]! / this.#scaleX : NaN;
  }

  get last(): number {
    return this.#x.length > 0 ? this.#x[this.points - 1]! / this.#scaleX : NaN;
  }

  /** Values at places in any order; outside of the points the nearest y, or NaN. */
  at(places: ArrayLike<number>, nearest: boolean): Float64Array {
    const x = this.#x, y = this.#y, end = x.length - 1, scale = this.#scaleX;
    const out = new Float64Array(places.length).fill(NaN);
    if (end < 0) return out;
    let k = 0;
    for (let j = 0; j < out.length; j++) {
      const place = places[j]! * scale;
      if (place !== place) continue;
      if (place < x[0]!) {
        if (nearest) out[j] = y[0]!;
        continue;
      }
      if (place >= x[end]!) {
        if (nearest || place === x[end]) out[j] = y[end]!;
        continue;
      }
      if (place < x[k]!) k = this.#search(place, 0, k);
      else if (place >= x[k + 1]!) {
        k++;
        if (place >= x[k + 1]!) k = this.#search(place, k + 1, end);
      }
      out[j] = this.#between(k, place);
    }
    if (this.#scaleY !== 1) { for (let j = 0; j < out.length; j++) out[j]! /= this.#scaleY; }
    return out;
  }

  /** The value at a place of the piece from point `k` on. */
  #between(k: number, place: number): number {
    const x = this.#x, y = this.#y, slopes = this.#slopes;
    const width = x[k + 1]! - x[k]!, rise = y[k + 1]! - y[k]!, from = place - x[k]!;
    if (from === 0) return y[k]!;
    if (slopes === null) {
      const value = y[k]! + rise * (from / width);
      if (value === value) return value;
      // WithKept an infinite point: as seen from the other one.
      if (y[k] === y[k + 1]) return y[k]!;
      return y[k + 1]! + rise * ((place - x[k + 1]!) / width);
    }
    // Hermite's cubic in Newton's form, over the piece as 0 to 1.
    const left = slopes[k]! * width, right = slopes[k + 1]! * width, share = from / width;
    const bend = left + right - 2 * rise;
    return y[k]! + share * (left + share * (rise - left - bend + share * bend));
  }

  /** The piece from `low` to below `high` that holds a place. */
  #search(place: number, low: number, high: number): number {
    let from = low, to = high;
    while (to - from > 1) {
      const middle = (from + to) >>> 1;
      if (place < this.#x[middle]!) to = middle;
      else from = middle;
    }
    return from;
  }
}

/**
 * Slopes of a curve that is monotone wherever its points are: harmonic means of the neighbouring
 * chords, 0 where these change their sign.
 *
 * Source: Fritsch, Butland, "A method for constructing local monotone piecewise cubic interpolants"
 * (1984); the ends as in Moler, "Numerical computing with MATLAB" (2004), section 3.6.
 *
 * @param x Two points at least.
 */
export function pchipSlopes(x: Float64Array, y: Float64Array): Float64Array {
  const n = x.length;
  const { widths, chords } = pieces(x, y);
  if (n === 2) return Float64Array.of(chords[0]!, chords[0]!);
  const slopes = new Float64Array(n);
  for (let k = 1; k < n - 1; k++) {
    const a = chords[k - 1]!, b = chords[k]!;
    if (!(a < 0 && b < 0) && !(a > 0 && b > 0)) continue;
    const wa = 2 * widths[k]! + widths[k - 1]!, wb = widths[k]! + 2 * widths[k - 1]!;
    // In relation to the flatter one, so that neither share can overflow.
    const flat = Math.abs(a) < Math.abs(b) ? a : b;
    slopes[k] = flat * ((wa + wb) / (wa * (flat / a) + wb * (flat / b)));
  }
  slopes[0] = endSlope(widths[0]!, widths[1]!, chords[0]!, chords[1]!);
  slopes[n - 1] = endSlope(widths[n - 2]!, widths[n - 3]!, chords[n - 2]!, chords[n - 3]!);
  return slopes;
}

function endSlope(width: number, next: number, chord: number, nextChord: number): number {
  const slope = ((2 * width + next) * chord - width * nextChord) / (width + next);
  if (Math.sign(slope) !== Math.sign(chord)) return 0;
  return Math.sign(chord) !== Math.sign(nextChord) && Math.abs(slope) > 3 * Math.abs(chord)
    ? 3 * chord
    : slope;
}

/**
 * Slopes of the cubic spline: second derivatives agree at each point, third ones also at the second
 * and the last but one ("not-a-knot"). Three points give a parabola, two a line.
 *
 * Source: de Boor, "A practical guide to splines" (1978), chapter IV.
 *
 * @param x Two points at least.
 */
export function splineSlopes(x: Float64Array, y: Float64Array): Float64Array {
  const n = x.length;
  const { widths: h, chords: d } = pieces(x, y);
  if (n === 2) return Float64Array.of(d[0]!, d[0]!);
  if (n === 3) {
    const bend = (d[1]! - d[0]!) / (h[0]! + h[1]!);
    return Float64Array.of(d[0]! - bend * h[0]!, d[0]! + bend * h[0]!, d[1]! + bend * h[1]!);
  }
  const diagonal = new Float64Array(n), upper = new Float64Array(n), slopes = new Float64Array(n);
  const first = h[0]! + h[1]!;
  diagonal[0] = h[1]!;
  upper[0] = first;
  slopes[0] = ((h[0]! + 2 * first) * h[1]! * d[0]! + h[0]! ** 2 * d[1]!) / first;
  for (let k = 1; k < n - 1; k++) {
    const factor = h[k]! / diagonal[k - 1]!;
    diagonal[k] = 2 * (h[k - 1]! + h[k]!) - factor * upper[k - 1]!;
    upper[k] = h[k - 1]!;
    slopes[k] = 3 * (h[k]! * d[k - 1]! + h[k - 1]! * d[k]!) - factor * slopes[k - 1]!;
  }
  const end = n - 1, last = h[end - 1]! + h[end - 2]!;
  const right = (h[end - 1]! ** 2 * d[end - 2]! +
    (2 * last + h[end - 1]!) * h[end - 2]! * d[end - 1]!) / last;
  const factor = last / diagonal[end - 1]!;
  slopes[end] = (right - factor * slopes[end - 1]!) / (h[end - 2]! - factor * upper[end - 1]!);
  for (let k = end - 1; k >= 0; k--) {
    slopes[k] = (slopes[k]! - upper[k]! * slopes[k + 1]!) / diagonal[k]!;
  }
  return slopes;
}

/** Widths of the pieces between points, and the slopes of straight lines over them. */
function pieces(x: Float64Array, y: Float64Array): { widths: Float64Array; chords: Float64Array } {
  const widths = new Float64Array(x.length - 1), chords = new Float64Array(x.length - 1);
  for (let k = 0; k < widths.length; k++) {
    widths[k] = x[k + 1]! - x[k]!;
    chords[k] = (y[k + 1]! - y[k]!) / widths[k]!;
  }
  return { widths, chords };
}

/**
 * A power of two that brings numbers to where products and quotients of them stay in the range of
 * doubles; 1 for most.
 */
function scaleOf(values: Float64Array): number {
  const most = greatestOf(values);
  // Small ones keep their digits beside large ones: these aren't brought down to 1.
  if (most > 2 ** 500) return 2 ** -600;
  return most > 2 ** -250 ? 1 : scaleToOne(most);
}

function scaled(values: Float64Array, scale: number): Float64Array {
  return scale === 1 ? values : values.map((value) => value * scale);
}
