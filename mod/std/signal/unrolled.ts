import { lostInProduct } from "../numeric/exact_product.ts";
import { distancesOf, type Section } from "./section.ts";

/**
 * What is left of a filter's memory when it is cut off: e^-38 is a quarter of a double's last bit.
 */
const FORGOTTEN = 38;

/** A filter `Σ taps[j]·x[k - j·apart]` of two, three or five taps. */
export interface Factor {
  taps: number[];
  apart: number;
  /** What the second of three taps lost when it was rounded. */
  lost?: number;
}

/** The part of a section that looks at values alone. */
export function numerator({ b0, b1, b2, rest }: Section): Factor {
  const taps = b2 === 0 ? [b0, b1] : [b0, b1, b2];
  return rest !== undefined && rest.b1 !== 0
    ? { taps, apart: 1, lost: rest.b1 }
    : { taps, apart: 1 };
}

/**
 * `1/(1 + a1/z + a2/z²)` as factors: by doublings, the last one a tripling where that is enough.
 */
export function unrolled(section: Section): Factor[] {
  const poles = polesOf(section);
  const lengths = Math.ceil(FORGOTTEN / poles.decay);
  const factors: Factor[] = [];
  let apart = 1, reach = lengths > 0 ? lengths : 1;
  for (; reach > 3 || (reach > 1 && reach <= 2); reach /= 2, apart *= 2) {
    const { sum, product } = poles.power(apart);
    factors.push({ taps: product === 0 ? [1, sum] : [1, sum, product], apart });
  }
  if (reach > 1) {
    const { sum, product } = poles.power(apart);
    const taps = [1, sum, sum * sum - product, product * sum, product * product];
    factors.push({ taps: product === 0 ? taps.slice(0, 3) : taps, apart });
  }
  return factors;
}

/** Poles p and q of a section. */
interface Poles {
  /** `-ln` of the greater magnitude. */
  decay: number;
  /** `p^n + q^n` and `p^n·q^n`. */
  power(n: number): { sum: number; product: number };
}

/**
 * Logarithms of the poles, from their distances from 1 or -1: a pole near the unit circle hangs on
 * the last bits of its coefficients, and its n-th power n times as much.
 */
function polesOf(section: Section): Poles {
  const { a1, a2 } = section;
  const { fromOne, fromMinusOne, fromCircle } = distancesOf(section);
  if (!(fromOne > 0 && fromMinusOne > 0 && fromCircle > 0)) throw unstable(a1, a2);
  // Mirrored, poles near -1 are some near 1.
  const isNearOne = a1 <= 0;
  const near = isNearOne ? fromOne : fromMinusOne, far = isNearOne ? fromMinusOne : fromOne;
  const powers = a2 === 0
    ? singlePowers(near, Math.abs(a1))
    : pairPowers(near, far, fromCircle, a2);
  const power = (n: number) => {
    if (n === 1) return { sum: -a1, product: a2 };
    const { sum, product } = powers.power(n);
    return { sum: isNearOne || n % 2 === 0 ? sum : -sum, product };
  };
  return { decay: powers.decay, power };
}

/** A single pole above 0. @param distance That of the pole from 1. */
function singlePowers(distance: number, pole: number): Poles {
  const decay = -logOf(distance, pole);
  return { decay, power: (n) => ({ sum: Math.exp(-n * decay), product: 0 }) };
}

/**
 * @param near `(1 - p)(1 - q)`
 * @param far `(1 + p)(1 + q)`
 * @param fromCircle `1 - p·q`
 */
function pairPowers(near: number, far: number, fromCircle: number, a2: number): Poles {
  const middle = (near + fromCircle) / 2, square = middle * middle;
  const under = (square - near) + lostInProduct(middle, middle, square);
  if (under < 0) {
    const decay = -logOf(fromCircle, a2) / 2, angle = Math.atan2(Math.sqrt(-under), 1 - middle);
    return {
      decay,
      power: (n) => ({
        sum: 2 * Math.exp(-n * decay) * Math.cos(angle * n),
        product: Math.exp(-2 * n * decay),
      }),
    };
  }
  const distance = middle + Math.sqrt(under), least = near / distance;
  const isBehind = distance > 1;
  const p = Math.log1p(-least);
  const q = isBehind ? logOf(far / (2 - least), distance - 1) : logOf(distance, 1 - distance);
  return {
    decay: -Math.max(p, q),
    power(n) {
      const one = Math.exp(n * p), other = (isBehind && n % 2 === 1 ? -1 : 1) * Math.exp(n * q);
      return { sum: one + other, product: one * other };
    },
  };
}

/** Logarithm of a number that is known, and of which its distance from 1 is known better. */
function logOf(distance: number, number: number): number {
  return distance < 0.5 ? Math.log1p(-distance) : Math.log(number);
}

function unstable(a1: number, a2: number): RangeError {
  const under = a1 * a1 / 4 - a2;
  const radius = under < 0 ? Math.sqrt(a2) : Math.abs(a1) / 2 + Math.sqrt(under);
  return new RangeError(`the filter is unstable: a pole has the magnitude ${radius}`);
}

/**
 * Runs a factor over values in place.
 *
 * @param before What stands before the first value.
 * @returns What stands before the first result.
 */
export function pass(values: Float64Array, factor: Factor, before: number): number {
  if (factor.lost !== undefined) return exactPass(values, factor.taps, factor.lost, before);
  const { taps, apart } = factor;
  const first = taps[0]!, reach = (taps.length - 1) * apart;
  let k = values.length - 1;
  if (taps.length === 2) {
    const b = taps[1]!;
    for (; k >= reach; k--) values[k] = first * values[k]! + b * values[k - apart]!;
  } else if (taps.length === 3) {
    const b = taps[1]!, c = taps[2]!;
    for (; k >= reach; k--) {
      values[k] = first * values[k]! + b * values[k - apart]! + c * values[k - 2 * apart]!;
    }
  } else {
    const b = taps[1]!, c = taps[2]!, d = taps[3]!, e = taps[4]!;
    for (; k >= reach; k--) {
      values[k] = first * values[k]! + b * values[k - apart]! + c * values[k - 2 * apart]! +
        d * values[k - 3 * apart]! + e * values[k - 4 * apart]!;
    }
  }
  for (; k >= 0; k--) {
    let sum = first * values[k]!;
    for (let j = 1; j < taps.length; j++) {
      const place = k - j * apart;
      sum += taps[j]! * (place >= 0 ? values[place]! : before);
    }
    values[k] = sum;
  }
  let sum = first * before;
  for (let j = 1; j < taps.length; j++) sum += taps[j]! * before;
  return sum;
}

/** The same of three taps, the second of which is the sum of two numbers. */
function exactPass(
  values: Float64Array,
  [a, b, c]: readonly number[],
  lost: number,
  before: number,
): number {
  for (let k = values.length - 1; k >= 0; k--) {
    const last = k > 0 ? values[k - 1]! : before, first = k > 1 ? values[k - 2]! : before;
    values[k] = (a! * values[k]! + b! * last + c! * first) + lost * last;
  }
  return (a! * before + b! * before + c! * before) + lost * before;
}

/**
 * A section as what it lets through of a value itself, and a filter of the rest: `share·x[k]` and
 * `(c0·(x[k] - side·x[k-1]) + c1·side·x[k-1]) / (1 + a1/z + a2/z²)`.
 */
export interface WithKept {
  share: number;
  c0: number;
  c1: number;
  side: number;
}

/** How near to 1 or -1 poles and zeros are that nearly cancel each other. */
const NEAR = 2 ** -7;

/**
 * Zeros beside poles, as a high-pass filter far below the sample rate has them, leave little of
 * slow values, and the poles make its rounding errors large again. Little of the values goes through
 * the poles when what passes beside them is taken out.
 *
 * @returns null for other sections.
 */
export function withKeptOf(section: Section): WithKept | null {
  const { b0, b1, b2, a1, a2, rest } = section;
  const { fromOne, fromMinusOne, fromCircle } = distancesOf(section);
  const side = a1 <= 0 ? 1 : -1;
  const level = (b0 + side * b1) + b2 + side * (rest?.b1 ?? 0), tilt = b0 - b2;
  const size = NEAR * Math.abs(b0);
  if (!(fromCircle < NEAR && Math.abs(level) < size && Math.abs(tilt) < size)) return null;
  const near = side === 1 ? fromOne : fromMinusOne;
  return {
    share: b2 / a2,
    c0: (tilt - b0 * fromCircle) / a2,
    c1: level - b2 * near / a2,
    side,
  };
}

/**
 * Runs a section over values in place.
 *
 * @param before What stands before the first value.
 * @returns What stands before the first result.
 */
export function runWithKept(
  values: Float64Array,
  { share, c0, c1, side }: WithKept,
  factors: readonly Factor[],
  before: number,
): number {
  const given = values.slice();
  for (let k = 0; k < values.length; k++) {
    const last = side * (k > 0 ? given[k - 1]! : before);
    values[k] = c0 * (given[k]! - last) + c1 * last;
  }
  const last = side * before;
  let rest = c0 * (before - last) + c1 * last;
  for (const factor of factors) rest = pass(values, factor, rest);
  for (let k = 0; k < values.length; k++) values[k] = share * given[k]! + values[k]!;
  return share * before + rest;
}
