import * as views from "../../kernel/views.ts";
import { told } from "../common/options.ts";

/** Numbers by index: a column's typed array, or an array in which null is a missing value. */
export type Numbers = ArrayLike<number>;

/**
 * A typed array of numbers: a view of them where they are one, else a new one.
 *
 * @throws TypeError that says what is no array, or no number.
 */
export function numbersOf(values: Numbers): Numbers {
  return views.numbersOf(values);
}

/** The same numbers as a Float64Array: a view of them where they are one. */
export function toFloat64(values: Numbers): Float64Array {
  return views.doublesOf(values);
}

/**
 * Two series that belong together.
 *
 * @throws RangeError when they have different lengths.
 */
export function pairsOf(x: Numbers, y: Numbers): [x: Numbers, y: Numbers] {
  const own: [Numbers, Numbers] = [numbersOf(x), numbersOf(y)];
  const [many, others] = own.map(({ length }) => length);
  if (many !== others) throw new RangeError(`there are ${many} values of x, but ${others} of y`);
  return own;
}

/** @throws TypeError when `value` is no number, such as a text of digits. */
export function assertNumber(value: unknown, what: string): void {
  if (typeof value !== "number") {
    throw new TypeError(`${what} must be a number, not ${told(value)}`);
  }
}

/** @throws RangeError when `value` is no whole number from `least` on. */
export function assertWhole(value: number, least: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${what} must be a whole number from ${least} on, not ${value}`);
  }
}
