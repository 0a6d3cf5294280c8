import { doublesOf } from "../kernel/views.ts";

/** Numbers by index: a column's typed array or an array. */
export type Numbers = ArrayLike<number>;

/** The same numbers as a Float64Array: a view of them where they are one. */
export function toFloat64(values: Numbers): Float64Array {
  return doublesOf(values);
}

/** @throws RangeError when two series that belong together are not equally long. */
export function assertPairs(x: Numbers, y: Numbers): void {
  if (x.length !== y.length) {
    throw new RangeError(`there are ${x.length} values of x, but ${y.length} of y`);
  }
}

/** @throws RangeError when `value` is no whole number from `least` on. */
export function assertWhole(value: number, least: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${what} must be a whole number from ${least} on, not ${value}`);
  }
}
