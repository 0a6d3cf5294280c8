import { type Numbers, toFloat64 } from "../numeric/numbers.ts";
import { OUTSIDE } from "./fir.ts";
import { oneOf, optionsBy } from "../common/options.ts";
import { assertSections, type Section } from "./section.ts";
import type { Overlap } from "./sliding.ts";
import { numerator, pass, runWithKept, unrolled, withKeptOf } from "./unrolled.ts";

export type { Section };

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
export function filterIir(
  values: Numbers,
  sections: readonly Section[],
  use?: IirUse,
): Float64Array {
  const { outside } = iirUse(use);
  assertSections(sections);
  const out = Float64Array.from(toFloat64(values));
  let before = outside === "steady" && out.length > 0 ? out[0]! : 0;
  for (const section of sections) {
    const beside = withKeptOf(section);
    if (beside !== null) {
      before = runWithKept(out, beside, unrolled(section), before);
      continue;
    }
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
 * @throws TypeError when a section lacks a coefficient.
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
 * @throws TypeError when a section lacks a coefficient.
 */
export function iirOverlap(
  sections: readonly Section[],
  ways: "forward" | "both" = "forward",
): Overlap {
  WAYS(ways, "ways");
  assertSections(sections);
  let rows = 0;
  for (const section of sections) {
    for (const { taps, apart } of [numerator(section), ...unrolled(section)]) {
      rows += (taps.length - 1) * apart;
    }
  }
  return { before: rows, after: ways === "both" ? rows : 0 };
}
