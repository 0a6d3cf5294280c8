import { isList, told } from "../common/options.ts";

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

const COEFFICIENTS = ["b0", "b1", "b2", "a1", "a2"] as const;

/** @throws TypeError when sections are something else, such as rows of six coefficients. */
export function assertSections(sections: unknown): asserts sections is readonly Section[] {
  if (!isList(sections)) throw new TypeError(`sections are an array, not ${told(sections)}`);
  for (let k = 0; k < sections.length; k++) {
    const section = sections[k] as unknown as Partial<Section> | undefined;
    for (const name of COEFFICIENTS) {
      if (Number.isFinite(section?.[name])) continue;
      throw new TypeError(
        `a section is { ${COEFFICIENTS.join(", ")} } of finite numbers; ` +
          `"${name}" of section ${k} is ${told(section?.[name])}`,
      );
    }
  }
}

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
export function distancesOf({ a1, a2, rest }: Section): Distances {
  const lost1 = rest?.a1 ?? 0, lost2 = rest?.a2 ?? 0;
  const [even, lostEven] = twoSum(1, a2), [circle, lostCircle] = twoSum(1, -a2);
  const at = (a1: number, lost1: number) => {
    const [sum, lost] = twoSum(even, a1);
    return sum + (lost + lostEven + (lost1 + lost2));
  };
  return {
    fromOne: at(a1, lost1),
    fromMinusOne: at(-a1, -lost1),
    fromCircle: circle + (lostCircle - lost2),
  };
}

/** A sum and what it lost. Source: Knuth, "Seminumerical algorithms" (1969), section 4.2.2. */
export function twoSum(a: number, b: number): [sum: number, lost: number] {
  const sum = a + b, part = sum - a;
  return [sum, (a - (sum - part)) + (b - part)];
}

/** Gain of a section at an angle of the unit circle: 0 for a level, π for half the sample rate. */
export function gainAt(section: Section, angle: number): number {
  const { b0, b1, b2, rest } = section;
  const isLow = Math.cos(angle) >= 0;
  const middle = isLow ? b1 : -b1, lost = isLow ? rest?.b1 ?? 0 : -(rest?.b1 ?? 0);
  return magnitude((b0 + middle) + b2 + lost, b0 - b2, b2, angle) / poleGain(section, angle);
}

/** `|1 + a1·z + a2·z²|` at an angle. */
export function poleGain(section: Section, angle: number): number {
  const { fromOne, fromMinusOne, fromCircle } = distancesOf(section);
  const sum = Math.cos(angle) >= 0 ? fromOne : fromMinusOne;
  return magnitude(sum, fromCircle, section.a2, angle);
}

/**
 * `|c0 + c1·z + c2·z²|`, by powers of the distance from 1, or of that from -1 where this is nearer:
 * no difference of large numbers makes a small one.
 *
 * @param sum `c0 + c1 + c2`, or `c0 - c1 + c2` from -1.
 * @param difference `c0 - c2`
 */
function magnitude(sum: number, difference: number, c2: number, angle: number): number {
  const isLow = Math.cos(angle) >= 0;
  const half = isLow ? Math.sin(angle / 2) : Math.cos(angle / 2);
  const re = 2 * half * half, im = isLow ? Math.sin(angle) : -Math.sin(angle);
  return Math.hypot(
    sum * (1 - re) + difference * re + c2 * (re * re - im * im),
    im * (difference - sum + 2 * c2 * re),
  );
}
