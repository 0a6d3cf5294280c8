import { type Numbers, numbersOf } from "../numeric/numbers.ts";
import { assertSections, gainAt, type Section } from "./section.ts";

/**
 * Gain of a filter by frequency: what it multiplies a sine's amplitude with.
 *
 * @param filter Sections of a recursive filter, or the taps of another.
 * @param frequencies In the unit of the sample rate.
 */
export function gainOf(
  filter: readonly Section[] | Numbers,
  frequencies: Numbers,
  sampleRate: number,
): Float64Array {
  const taps = areTaps(filter) ? numbersOf(filter) : null, places = numbersOf(frequencies);
  const sections = areTaps(filter) ? [] : filter;
  assertSections(sections);
  return Float64Array.from({ length: places.length }, (_, k) => {
    const angle = 2 * Math.PI * places[k]! / sampleRate;
    if (taps !== null) return magnitude(taps, angle);
    let gain = 1;
    for (const section of sections) gain *= gainAt(section, angle);
    return gain;
  });
}

/** Whether a filter is given by its taps; one of no sections lets all through. */
function areTaps(filter: readonly Section[] | Numbers): filter is Numbers {
  return ArrayBuffer.isView(filter) || typeof filter[0] === "number";
}

/** `|Σ taps[j]·exp(-i·j·angle)|` */
function magnitude(taps: Numbers, angle: number): number {
  let re = 0, im = 0;
  for (let j = 0; j < taps.length; j++) {
    re += taps[j]! * Math.cos(j * angle);
    im -= taps[j]! * Math.sin(j * angle);
  }
  return Math.hypot(re, im);
}
