/** Merging of two tables of groups that are in the order of their keys, block by block in a kernel's memory. */
import { FREE, Kernel } from "#kernel";
import { doublesOf, viewOf } from "./views.ts";

/** Groups of the result that are merged together, and arrays of each table that belong together at most. */
const BLOCK = 1 << 13, ARRAYS = 4;
const STRIDE = 8 * BLOCK;
const USED = FREE;
const SIDES = USED + 16;
const X = SIDES + BLOCK, Y = X + ARRAYS * STRIDE, TO = Y + ARRAYS * STRIDE, END = TO + STRIDE;
const kernel = new Kernel();

/**
 * Matches two tables by keys that are numbers in rising order, NaN last; a column each.
 *
 * @returns Where each group of the merged table is: 1 in the first table, 2 in the second, 3 in both.
 */
export function matchNumbers(a: readonly Float64Array[], b: readonly Float64Array[]): Uint8Array {
  kernel.reserve(END);
  const one = a.map(doublesOf), two = b.map(doublesOf);
  const n = one[0]!.length, m = two[0]!.length;
  const block = Math.floor(ARRAYS * BLOCK / Math.max(ARRAYS, one.length));
  const sides = new Uint8Array(n + m);
  let i = 0, j = 0, groups = 0;
  while (i < n && j < m) {
    const x = Math.min(block >> 1, n - i), y = Math.min(block >> 1, m - j);
    put(one, i, x, X, 8 * block);
    put(two, j, y, Y, 8 * block);
    const found = kernel.code.matchNumbers(one.length, X, x, Y, y, 8 * block, SIDES, USED);
    sides.set(kernel.bytes.subarray(SIDES, SIDES + found), groups);
    const [usedX, usedY] = used();
    i += usedX;
    j += usedY;
    groups += found;
  }
  sides.fill(1, groups, groups += n - i);
  sides.fill(2, groups, groups += m - j);
  return sides.subarray(0, groups);
}

/** What becomes of a column's values of a group that is in both tables. */
export type Merging = "keys" | "add" | "min" | "max" | "first" | "last" | "lost" | "squares";

const LOOPS = {
  keys: "mergeKeys",
  add: "mergeAdd",
  min: "mergeMin",
  max: "mergeMax",
  first: "mergeFirst",
  last: "mergeLast",
  lost: "mergeLost",
  squares: "mergeSquares",
} as const;

/**
 * Merges a column of two tables.
 *
 * @param x The column of the first table, and behind it what its merging needs: sums behind rounding errors; counts,
 * sums and rounding errors behind squared deviations.
 * @param y The same of the second.
 * @throws RangeError when a table has not as many groups as `sides` says.
 */
export function mergeColumn(
  merging: Merging,
  sides: Uint8Array,
  x: readonly Float64Array[],
  y: readonly Float64Array[],
): Float64Array<ArrayBuffer> {
  kernel.reserve(END);
  const loop = kernel.code[LOOPS[merging]];
  const all = viewOf(sides) as Uint8Array, one = x.map(doublesOf), two = y.map(doublesOf);
  const merged = new Float64Array(all.length);
  let i = 0, j = 0;
  for (let from = 0; from < all.length; from += BLOCK) {
    const count = Math.min(BLOCK, all.length - from);
    kernel.bytes.set(all.subarray(from, from + count), SIDES);
    kernel.code.countSides(SIDES, count, USED);
    const [usedX, usedY] = used();
    put(one, i, usedX, X, STRIDE);
    put(two, j, usedY, Y, STRIDE);
    loop(SIDES, count, X, Y, TO, STRIDE);
    merged.set(new Float64Array(kernel.bytes.buffer, TO, count), from);
    i += usedX;
    j += usedY;
  }
  return merged;
}

/** Whether the first `count` of values, or all that there are, count up by one from 0 on. */
export function arePlaces(values: Float64Array, count: number): boolean {
  kernel.reserve(END);
  for (let from = 0; from < count; from += BLOCK) {
    const some = values.subarray(from, Math.min(from + BLOCK, count));
    put([some], 0, some.length, X, STRIDE);
    if (!kernel.code.arePlaces(X, some.length, from)) return false;
  }
  return true;
}

function used(): [number, number] {
  const [x, y] = new Uint32Array(kernel.bytes.buffer, USED, 2);
  return [x!, y!];
}

function put(
  arrays: readonly Float64Array[],
  from: number,
  count: number,
  at: number,
  stride: number,
): void {
  arrays.forEach((array, k) => {
    if (from + count > array.length) throw new RangeError("a table has columns of unequal lengths");
    new Float64Array(kernel.bytes.buffer, at + k * stride, count)
      .set(array.subarray(from, from + count));
  });
}
