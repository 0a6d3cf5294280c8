// Merging two tables of groups that are in the order of their keys. A byte for each group of the result says where
// it is: 1 in the first table, 2 in the second, 3 in both; so all columns are read and written from front to back.
import { lostInOne } from "./sums";

/** Whether `x` is below `y`; NaN is above all numbers. */
// @ts-ignore: decorator
@inline
function isBelow(x: f64, y: f64): bool {
  return (x < y) | ((y != y) & (x == x));
}

/**
 * Matches groups whose keys are doubles until those of one table are used up. A table's columns lie `stride` bytes
 * apart.
 *
 * @param used Where it is put how many of each table were used, two 32-bit integers.
 * @returns Groups of the result.
 */
export function matchNumbers(
  columns: u32,
  a: usize,
  n: u32,
  b: usize,
  m: u32,
  stride: u32,
  sides: usize,
  used: usize,
): u32 {
  let i: u32 = 0, j: u32 = 0;
  const from = sides;
  for (; i < n && j < m; sides++) {
    let x = a + (i << 3), y = b + (j << 3), below = false, above = false;
    for (let column: u32 = 0; column < columns; column++, x += stride, y += stride) {
      const one = load<f64>(x), two = load<f64>(y);
      below = isBelow(one, two), above = isBelow(two, one);
      if (below | above) break;
    }
    store<u8>(sides, <u8>!above | (<u8>!below << 1));
    i += <u32>!above;
    j += <u32>!below;
  }
  store<u32>(used, i);
  store<u32>(used, j, 4);
  return <u32>(sides - from);
}

/** Counts the groups that are in each table, two 32-bit integers. */
export function countSides(sides: usize, count: u32, used: usize): void {
  let first: u32 = 0, second: u32 = 0;
  for (const end = sides + count; sides < end; sides++) {
    const side = load<u8>(sides);
    first += <u32>(side & 1);
    second += <u32>(side >> 1);
  }
  store<u32>(used, first);
  store<u32>(used, second, 4);
}

/** Whether doubles count up by one from the first on. */
export function arePlaces(values: usize, count: u32, first: f64): bool {
  for (let k: u32 = 0; k < count; k++) {
    if (load<f64>(values + (<usize>k << 3)) != first + <f64>k) return false;
  }
  return true;
}

/** What becomes of two values of a group. */
// @ts-ignore: decorator
@inline
const KEY = 0, ADD = 1, MIN = 2, MAX = 3, FIRST = 4, LAST = 5;

// @ts-ignore: decorator
@inline
function together(part: i32, x: f64, y: f64): f64 {
  if (part == ADD) return x + y;
  if (part == MIN) return min(x, y);
  if (part == MAX) return max(x, y);
  if (part == FIRST) return select<f64>(x, y, x == x);
  if (part == LAST) return select<f64>(y, x, y == y);
  return x;
}

/** What becomes of two values, of which one may not be there; which of them are is not to be guessed. */
// @ts-ignore: decorator
@inline
function chosen(side: u32, one: f64, two: f64, both: f64): f64 {
  const a = reinterpret<i64>(one), b = reinterpret<i64>(two), c = reinterpret<i64>(both);
  return reinterpret<f64>(select<i64>(a, select<i64>(b, c, side == 2), side == 1));
}

// @ts-ignore: decorator
@inline
function merge(part: i32, sides: usize, count: u32, x: usize, y: usize, to: usize): void {
  for (const end = sides + count; sides < end; sides++, to += 8) {
    const side = load<u8>(sides);
    // Both are loaded whether they count or not: behind the last one there is still memory.
    const one = load<f64>(x), two = load<f64>(y);
    store<f64>(to, chosen(side, one, two, together(part, one, two)));
    x += <usize>(side & 1) << 3;
    y += <usize>(side >> 1) << 3;
  }
}

export function mergeKeys(sides: usize, count: u32, x: usize, y: usize, to: usize): void {
  merge(KEY, sides, count, x, y, to);
}

export function mergeAdd(sides: usize, count: u32, x: usize, y: usize, to: usize): void {
  merge(ADD, sides, count, x, y, to);
}

export function mergeMin(sides: usize, count: u32, x: usize, y: usize, to: usize): void {
  merge(MIN, sides, count, x, y, to);
}

export function mergeMax(sides: usize, count: u32, x: usize, y: usize, to: usize): void {
  merge(MAX, sides, count, x, y, to);
}

export function mergeFirst(sides: usize, count: u32, x: usize, y: usize, to: usize): void {
  merge(FIRST, sides, count, x, y, to);
}

export function mergeLast(sides: usize, count: u32, x: usize, y: usize, to: usize): void {
  merge(LAST, sides, count, x, y, to);
}

/** Merges rounding errors of sums. The sums lie `stride` behind them. */
export function mergeLost(
  sides: usize,
  count: u32,
  x: usize,
  y: usize,
  to: usize,
  stride: u32,
): void {
  for (const end = sides + count; sides < end; sides++, to += 8) {
    const side = load<u8>(sides), one = load<f64>(x), two = load<f64>(y);
    const sum = load<f64>(x + stride), other = load<f64>(y + stride);
    const lost = lostInOne(sum, other, sum + other);
    store<f64>(to, chosen(side, one, two, one + two + lost));
    x += <usize>(side & 1) << 3;
    y += <usize>(side >> 1) << 3;
  }
}

/**
 * Merges squared deviations. Counts, sums and rounding errors of these lie `stride`, twice and three times that behind
 * them. Source: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances"
 * (1979).
 */
export function mergeSquares(
  sides: usize,
  count: u32,
  x: usize,
  y: usize,
  to: usize,
  stride: u32,
): void {
  for (const end = sides + count; sides < end; sides++, to += 8) {
    const side = load<u8>(sides), one = load<f64>(x), two = load<f64>(y);
    const n = load<f64>(x + stride), m = load<f64>(y + stride);
    let all = one;
    if (side == 2 || (side == 3 && n == 0)) all = two;
    else if (side == 3 && m != 0) {
      const mean = load<f64>(x + 2 * stride) / n, other = load<f64>(y + 2 * stride) / m;
      const rest = restOfMean(x + 2 * stride, stride, n, mean);
      const apart = (other - mean) + (restOfMean(y + 2 * stride, stride, m, other) - rest);
      all = one + two + apart * apart * (n * m / (n + m));
    }
    store<f64>(to, all);
    x += <usize>(side & 1) << 3;
    y += <usize>(side >> 1) << 3;
  }
}

/** What a mean leaves of a sum, by value: beside a large mean, deviations hang on that. */
function restOfMean(sum: usize, stride: u32, count: f64, mean: f64): f64 {
  const product = mean * count;
  const rest = ((load<f64>(sum) - product) - lostInProduct(mean, count, product)) +
    load<f64>(sum + stride);
  return rest / count;
}

/** 2²⁷ + 1: cuts a double into two halves. */
const SPLITTER: f64 = 134217729;

/** What a product lost when it was rounded; 0 where that can't be told. Source: Dekker (1971). */
function lostInProduct(a: f64, b: f64, product: f64): f64 {
  const x = SPLITTER * a, high = x - (x - a), low = a - high;
  const y = SPLITTER * b, top = y - (y - b), rest = b - top;
  const lost = low * rest - (((product - high * top) - low * top) - high * rest);
  return lost == lost ? lost : 0;
}
