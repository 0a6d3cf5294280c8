import { lostInProduct } from "./exact.ts";
import { type Numbers, toFloat64 } from "./numbers.ts";
import { OUTSIDE } from "./fir.ts";
import { oneOf, optionsBy } from "./options.ts";
import type { Overlap } from "./sliding.ts";

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
}

/** How a recursive filter meets the values. */
export interface IirUse {
  /**
   * What is taken to stand before the first value: `zero` (as where absent), or the first value for
   * `steady`, so that a filter doesn't begin with a jump.
   */
  outside?: "zero" | "steady";
}

const iirUse = optionsBy<IirUse>({ outside: OUTSIDE });
const WAYS = oneOf("forward", "both");

/**
 * What is left of a filter's memory when it is cut off: e^-38 is a quarter of a double's last bit.
 */
const FORGOTTEN = 38;

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
 */
export function filterIir(
  values: Numbers,
  sections: readonly Section[],
  use?: IirUse,
): Float64Array {
  const { outside } = iirUse(use);
  const out = Float64Array.from(toFloat64(values));
  let before = outside === "steady" && out.length > 0 ? out[0]! : 0;
  for (const section of sections) {
    for (const factor of [numerator(section), ...unrolled(section)]) {
      before = pass(out, factor, before);
    }
  }
  return out;
}

/**
 * Runs sections over values and then backwards over the result: no delay at any frequency, and
 * twice the attenuation in dB (at a Butterworth filter's cut-off -6 dB instead of -3 dB). A formula
 * exports `overlap = iirOverlap(sections, "both")` for it.
 *
 * @throws RangeError when a section is unstable.
 */
export function filterBothWays(
  values: Numbers,
  sections: readonly Section[],
  use?: IirUse,
): Float64Array {
  const forward = filterIir(values, sections, use).reverse();
  return filterIir(forward, sections, use).reverse();
}

/**
 * The `overlap` that a formula exports for a filter: how far back {@linkcode filterIir} looks, and
 * for `both`, how far {@linkcode filterBothWays} looks back and ahead. About `80/ln(1/r)` rows a
 * section, r being the greatest magnitude of its poles: the lower a cut-off in relation to the
 * sample rate, the more.
 *
 * @throws RangeError when a section is unstable.
 */
export function iirOverlap(
  sections: readonly Section[],
  ways: "forward" | "both" = "forward",
): Overlap {
  WAYS(ways, "ways");
  let rows = 0;
  for (const section of sections) {
    for (const { taps, apart } of [numerator(section), ...unrolled(section)]) {
      rows += (taps.length - 1) * apart;
    }
  }
  return { before: rows, after: ways === "both" ? rows : 0 };
}

/** A filter `Σ taps[j]·x[k - j·apart]` of two, three or five taps. */
interface Factor {
  taps: number[];
  apart: number;
}

function numerator({ b0, b1, b2 }: Section): Factor {
  return { taps: b2 === 0 ? [b0, b1] : [b0, b1, b2], apart: 1 };
}

/**
 * `1/(1 + a1/z + a2/z²)` as factors: by doublings, the last one a tripling where that is enough.
 */
function unrolled({ a1, a2 }: Section): Factor[] {
  const poles = polesOf(a1, a2);
  const lengths = Math.ceil(FORGOTTEN / -Math.log(poles.radius));
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
  /** The greater magnitude. */
  radius: number;
  /** `p^n + q^n` and `p^n·q^n`. */
  power(n: number): { sum: number; product: number };
}

function polesOf(a1: number, a2: number): Poles {
  const half = a1 / 2, square = half * half;
  // Poles near 1 hang on the last bits of this difference.
  const root = (square - a2) + lostInProduct(half, half, square);
  let poles: Poles;
  if (root < 0) {
    const radius = Math.sqrt(a2), angle = Math.atan2(Math.sqrt(-root), -half);
    poles = {
      radius,
      power: (n) =>
        n === 1
          ? { sum: -a1, product: a2 }
          : { sum: 2 * radius ** n * Math.cos(angle * n), product: a2 ** n },
    };
  } else {
    const p = -half - (a1 < 0 ? -1 : 1) * Math.sqrt(root);
    const q = p === 0 ? 0 : a2 / p;
    poles = {
      radius: Math.max(Math.abs(p), Math.abs(q)),
      power: (n) =>
        n === 1 ? { sum: -a1, product: a2 } : { sum: p ** n + q ** n, product: a2 ** n },
    };
  }
  if (poles.radius < 1) return poles;
  throw new RangeError(`the filter is unstable: a pole has the magnitude ${poles.radius}`);
}

/**
 * Runs a factor over values in place.
 *
 * @param before What stands before the first value.
 * @returns What stands before the first result.
 */
function pass(values: Float64Array, { taps, apart }: Factor, before: number): number {
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
