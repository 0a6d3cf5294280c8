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
 * without a value of one group after the other, doubles.
 *
 * @returns Index of the first id that is not below `groups`; `count` where all are.
 */
export function addValues(
  values: usize,
  ids: usize,
  count: u32,
  states: usize,
  groups: u32,
): u32 {
  return <u32>(addSingly(values, ids, ids + (count << 2), states, groups, 5) - ids) >>> 2;
}

/** Adds values one after the other to states that lie 1 << `shift` bytes apart; gives where an id is no group's. */
// @ts-ignore: decorator
@inline
function addSingly(values: usize, ids: usize, end: usize, states: usize, groups: u32, shift: usize): usize {
  for (; ids < end; ids += 4, values += 8) {
    const id = load<u32>(ids);
    if (id >= groups) break;
    addValue(states + (<usize>id << shift), load<f64>(values));
  }
  return ids;
}

/**
 * The same with four copies of each group's state: rows that follow each other are mostly added to different
 * ones, so that none waits for the one before.
 *
 * @returns As {@linkcode addValues} does.
 */
export function addToCopies(
  values: usize,
  ids: usize,
  count: u32,
  states: usize,
  groups: u32,
): u32 {
  const start = ids, end = ids + (count << 2);
  for (; ids + 16 <= end; ids += 16, values += 32) {
    const a = load<u32>(ids), b = load<u32>(ids, 4), c = load<u32>(ids, 8), d = load<u32>(ids, 12);
    if (max(max(a, b), max(c, d)) >= groups) break;
    const one = states + (<usize>a << 7), two = states + 32 + (<usize>b << 7);
    const three = states + 64 + (<usize>c << 7), four = states + 96 + (<usize>d << 7);
    const x = v128.load(values), y = v128.load(values, 16);
    if (!v128.any_true(v128.or(f64x2.ne(x, x), f64x2.ne(y, y)))) {
      addPair(one, two, x);
      addPair(three, four, y);
      continue;
    }
    addValue(one, f64x2.extract_lane(x, 0));
    addValue(two, f64x2.extract_lane(x, 1));
    addValue(three, f64x2.extract_lane(y, 0));
    addValue(four, f64x2.extract_lane(y, 1));
  }
  return <u32>(addSingly(values, ids, end, states, groups, 7) - start) >>> 2;
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
