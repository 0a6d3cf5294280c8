import quickselect from "quickselect";
import { type Numbers, numbersOf } from "./numbers.ts";

/**
 * Several quantiles at once, in the given order.
 *
 * The quantile `p` of n values in rising order lies at the place `h = (n - 1)·p`, counted from 0;
 * between two values it is interpolated linearly (type 7 of Hyndman, Fan, "Sample quantiles in
 * statistical packages" (1996); what NumPy and pandas do by default).
 *
 * @param values NaN is ignored; without values, every quantile is NaN.
 * @throws RangeError when a `p` is not from 0 to 1.
 */
export function quantiles(values: Numbers, ps: Numbers): Float64Array {
  ps = numbersOf(ps);
  for (let j = 0; j < ps.length; j++) assertShare(ps[j]!);
  const there = present(numbersOf(values));
  const found = new Float64Array(ps.length).fill(NaN);
  if (there.length === 0) return found;
  const order = Array.from(ps, (_, j) => j).sort((a, b) => ps[a]! - ps[b]!);
  let left = 0;
  for (const j of order) {
    const place = (there.length - 1) * ps[j]!;
    const below = Math.floor(place);
    select(there, below, left);
    left = below;
    found[j] = place === below
      ? there[below]!
      : between(there[below]!, least(there, below + 1), place - below);
  }
  return found;
}

/** @throws RangeError when a `p` is not from 0 to 1. */
export function assertShare(p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`no quantile ${p}: 0 to 1 are`);
}

/**
 * Brings the value of rank `k` to its place; those of lower rank than `left` stay where they are.
 */
function select(values: Float64Array, k: number, left: number): void {
  quickselect(values as unknown as number[], k, left, values.length - 1);
}

/**
 * Interpolated from the nearer end, so that equal ends give themselves. Between a finite and an infinite value lies
 * what is infinite, between two infinities nothing that can be told.
 */
export function between(a: number, b: number, share: number): number {
  if (a === b) return a;
  if (a === -Infinity) return b === Infinity ? NaN : a;
  if (b === Infinity) return b;
  if (!Number.isFinite(b - a)) return a * (1 - share) + b * share;
  return share < 0.5 ? a + (b - a) * share : b - (b - a) * (1 - share);
}

function least(values: Float64Array, from: number): number {
  let found = values[from]!;
  for (let k = from + 1; k < values.length; k++) if (values[k]! < found) found = values[k]!;
  return found;
}

/** A copy without NaN. */
function present(values: Numbers): Float64Array {
  const there = new Float64Array(values.length);
  let count = 0;
  for (let k = 0; k < values.length; k++) {
    const value = values[k]!;
    if (value === value) there[count++] = value;
  }
  return there.subarray(0, count);
}
