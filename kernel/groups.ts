// Loops over the rows of groups. Codes and ids are 32-bit integers.
import { addTo, lostIn, lostInOne } from "./sums";

/** Looks codes up in a table of `size`; gives the index of the first that is outside, else `count`. */
export function mapCodes(codes: usize, count: u32, table: usize, size: u32, to: usize): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const code = load<u32>(codes + (i << 2));
    if (code >= size) return i;
    store<u32>(to + (i << 2), load<u32>(table + (code << 2)));
  }
  return count;
}

/** Adds the rows of each group to `rows`, doubles. */
export function addRows(ids: usize, count: u32, rows: usize): void {
  for (const end = ids + (count << 2); ids < end; ids += 4) {
    const at = rows + (load<u32>(ids) << 3);
    store<f64>(at, load<f64>(at) + 1);
  }
}

/** Adds a value to a group's state; NaN counts as a row without one. */
// @ts-ignore: decorator
@inline
function addValue(at: usize, value: f64): void {
  if (value != value) {
    store<f64>(at, load<f64>(at, 24) + 1, 24);
    return;
  }
  const sum = load<f64>(at), next = sum + value;
  store<f64>(at, next);
  const more = f64x2.replace_lane(f64x2.splat(lostInOne(sum, value, next)), 1, 1);
  v128.store(at, f64x2.add(v128.load(at, 8), more), 8);
}

/** Adds two values that are not NaN, each to a state of its own. */
// @ts-ignore: decorator
@inline
function addPair(one: usize, two: usize, values: v128): void {
  const sums = v128.load64_lane(two, v128.load64_zero(one), 1);
  const next = f64x2.add(sums, values);
  const lost = lostIn(sums, values, next);
  v128.store64_lane(one, next, 0);
  v128.store64_lane(two, next, 1);
  const rows = f64x2.splat(1);
  v128.store(one, f64x2.add(v128.load(one, 8), f64x2.shuffle(lost, rows, 0, 2)), 8);
  v128.store(two, f64x2.add(v128.load(two, 8), f64x2.shuffle(lost, rows, 1, 3)), 8);
}

/**
 * Adds each value that is not NaN to its group: `states` has sum, rounding errors of the sum, count, and rows
 * without a value of one group after the other, doubles. Where there are four `copies` of each, rows that
 * follow each other are mostly added to different ones, so that none waits for the one before.
 *
 * @returns Index of the first id that is not below `groups`, or of one shortly before it; `count` where all are.
 */
export function addValues(
  values: usize,
  ids: usize,
  count: u32,
  states: usize,
  groups: u32,
  copies: bool,
): u32 {
  const shift: usize = copies ? 7 : 5;
  const second: usize = copies ? 32 : 0;
  const third = 2 * second, fourth = 3 * second;
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) {
    const a = load<u32>(ids + (i << 2)), b = load<u32>(ids + (i << 2), 4);
    const c = load<u32>(ids + (i << 2), 8), d = load<u32>(ids + (i << 2), 12);
    if (max(max(a, b), max(c, d)) >= groups) return i;
    const one = states + (<usize>a << shift), two = states + (<usize>b << shift) + second;
    const three = states + (<usize>c << shift) + third, four = states + (<usize>d << shift) + fourth;
    const x = v128.load(values + (i << 3)), y = v128.load(values + (i << 3), 16);
    if (copies && !v128.any_true(v128.or(f64x2.ne(x, x), f64x2.ne(y, y)))) {
      addPair(one, two, x);
      addPair(three, four, y);
      continue;
    }
    addValue(one, f64x2.extract_lane(x, 0));
    addValue(two, f64x2.extract_lane(x, 1));
    addValue(three, f64x2.extract_lane(y, 0));
    addValue(four, f64x2.extract_lane(y, 1));
  }
  for (; i < count; i++) {
    const id = load<u32>(ids + (i << 2));
    if (id >= groups) return i;
    addValue(states + (<usize>id << shift), load<f64>(values + (i << 3)));
  }
  return count;
}

/** Makes one state of the four copies of each, one group after the other from `states` on. */
export function joinCopies(states: usize, groups: u32): void {
  for (let id: u32 = 0; id < groups; id++) {
    const copies = states + (<usize>id << 7);
    let counts = v128.load(copies, 16);
    for (let copy = copies + 32; copy < copies + 128; copy += 32) {
      addTo(copies, load<f64>(copy), load<f64>(copy, 8));
      counts = f64x2.add(counts, v128.load(copy, 16));
    }
    const to = states + (<usize>id << 5);
    v128.store(to, v128.load(copies));
    v128.store(to, counts, 16);
  }
}
