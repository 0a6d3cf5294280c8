// Sums of groups in fixed point. A value is a whole number of units, of at most 45 bits, and a fraction of 28,
// each of which a 64-bit integer adds up without rounding: so a row is one addition to 16 bytes. The unit is
// chosen by the values; those of a block that don't fit into that without loss are added as doubles. Compare
// Neal, "Fast exact summation using small and large superaccumulators" (2015).
import { addNothing, addValues, stateOf } from "./groups";
import { addTo } from "./sums";

/** Where the sums lie: 64 bytes for each group, 0 at first. */
export const SUMS: usize = 0x28000;

/** Bits of a fraction. */
const FRACTION = 28;
/** Largest exponent of a value beside that of the unit, and least one at which it has no bit below a fraction's. */
const HIGHEST = 44, LOWEST = 52 - FRACTION;
/** Bits left free above a block's values, for those of the next ones. */
const SPARE = 2;
/** Values whose sums have room, the count of them too. */
const MOST_VALUES: u32 = (1 << 18) - 1;
/** Exponents, as doubles have them, whose units and sums are doubles, too. */
const LEAST_EXPONENT = 128, GREATEST_EXPONENT = 1920;
/** What doubles have added to their exponents; the exponent of NaN and infinities. */
const BIAS = 1023, NO_NUMBER = 2047;
/** Rows that are looked at before they are added. */
const BLOCK: u32 = 2048;
/** The bit of a fraction's sum from which on values are counted. */
const COUNT = 46;

/** Exponent of the unit, and values added since it was chosen; it is chosen only by values that are not 0. */
let unit: i32 = 0, chosen = false, added: u32 = 0;

/** Greatest exponent of a block's values, and least one of those that are not 0; whether all are 0, or one is NaN. */
let greatest: i32 = 0, least: i32 = 0, nothing = false, gaps = false;

/** Before the first values. */
export function openSums(): void {
  chosen = false;
  added = 0;
}

/** Adds each value that is not NaN to its group; ids are below `groups`, `states` has what stateOf says. */
export function addToSums(values: usize, ids: usize, count: u32, states: usize, groups: u32): void {
  while (count > 0) {
    const rows = min(count, BLOCK);
    measure(values, rows);
    if (!makeRoom(rows, states, groups)) addValues(values, ids, rows, states);
    else if (gaps) addWithGaps(values, ids, rows, states);
    else addAll(values, ids, rows, states);
    values += <usize>rows << 3;
    ids += <usize>rows << 2;
    count -= rows;
  }
}

// One function each: what is inlined into a loop beside others has too few registers.

function addAll(values: usize, ids: usize, count: u32, states: usize): void {
  addRowsOf(values, ids, count, states, false);
}

function addWithGaps(values: usize, ids: usize, count: u32, states: usize): void {
  addRowsOf(values, ids, count, states, true);
}

/** Brings the sums into the states. */
export function closeSums(states: usize, groups: u32): void {
  if (added == 0) return;
  added = 0;
  const whole = wholeOf(unit), fraction = fractionOf(unit);
  const inverse = inverseOf(reinterpret<u64>(fraction) >> COUNT);
  const zero = i64x2.splat(0);
  for (let id: u32 = 0; id < groups; id++) {
    const at = SUMS + (<usize>id << 6), state = stateOf(states, id);
    const sum = i64x2.add(
      i64x2.add(v128.load(at), v128.load(at, 16)),
      i64x2.add(v128.load(at, 32), v128.load(at, 48)),
    );
    for (let copy = at; copy < at + 64; copy += 16) v128.store(copy, zero);
    let low = <u64>i64x2.extract_lane(sum, 1);
    const count = (low + ((<u64>1) << (COUNT - 1)) >> COUNT) * inverse & MOST_VALUES;
    if (count == 0) continue;
    const high = <i64>(<u64>i64x2.extract_lane(sum, 0) - count * reinterpret<u64>(whole));
    low -= count * reinterpret<u64>(fraction);
    addTo(state, <f64>(high >> 32) * power(unit + 32), 0);
    addTo(state, <f64>(high & 0xffffffff) * power(unit), 0);
    addTo(state, <f64><i64>low * power(unit - FRACTION), 0);
    store<f64>(state, load<f64>(state, 16) + <f64>count, 16);
  }
}

/** 2 to an exponent of -1022 to 1023. */
// @ts-ignore: decorator
@inline
function power(exponent: i32): f64 {
  return reinterpret<f64>(<u64>(BIAS + exponent) << 52);
}

/**
 * Added to a value, it leaves the whole number of units in the low bits of the sum; what is added beside that
 * to the bits is the same for all values.
 */
// @ts-ignore: decorator
@inline
function wholeOf(unit: i32): f64 {
  return 1.5 * power(unit + 52);
}

/** The same for the fraction, and a one where values are counted. */
// @ts-ignore: decorator
@inline
function fractionOf(unit: i32): f64 {
  return 1.5 * power(unit + 52 - FRACTION) + power(unit + COUNT - FRACTION);
}

/** The inverse of an odd number modulo 2 ** 24, by Newton's method: each step doubles the bits, of which 3 are known. */
function inverseOf(odd: u64): u64 {
  let inverse = odd;
  for (let step = 0; step < 3; step++) inverse *= 2 - odd * inverse;
  return inverse;
}

/** All bits but the sign, and -1: V8 makes a constant of 16 bytes anew wherever it is used, also in a loop. */
const MASKS = memory.data<u64>([0x7fffffffffffffff, 0xffffffffffffffff]);

/** Looks at the exponents of a block's values. */
function measure(values: usize, count: u32): void {
  extremes(values, count, false);
  gaps = greatest == NO_NUMBER;
  if (gaps) extremes(values, count, true);
}

/** Sets `greatest`, `least` and `nothing`; with `leaveOut` NaN counts as 0. */
// @ts-ignore: decorator
@inline
function extremes(values: usize, count: u32, leaveOut: bool): void {
  const end = values + (<usize>count << 3);
  const mask = v128.load32_splat(MASKS, 4), ones = v128.load64_splat(MASKS, 8);
  let most = i32x4.splat(0), most2 = most, fewest = ones, fewest2 = ones, at = values;
  for (; at + 64 <= end; at += 64) {
    const one = upperHalves(v128.load(at), v128.load(at, 16), mask, leaveOut);
    const two = upperHalves(v128.load(at, 32), v128.load(at, 48), mask, leaveOut);
    most = i32x4.max_u(most, one);
    most2 = i32x4.max_u(most2, two);
    // 1 less, so that 0 is the largest.
    fewest = i32x4.min_u(fewest, i32x4.add(one, ones));
    fewest2 = i32x4.min_u(fewest2, i32x4.add(two, ones));
  }
  for (; at < end; at += 8) {
    const value = v128.load64_splat(at), one = upperHalves(value, value, mask, leaveOut);
    most = i32x4.max_u(most, one);
    fewest = i32x4.min_u(fewest, i32x4.add(one, ones));
  }
  most = i32x4.max_u(most, most2);
  fewest = i32x4.min_u(fewest, fewest2);
  most = i32x4.max_u(most, i32x4.shuffle(most, most, 2, 3, 0, 1));
  fewest = i32x4.min_u(fewest, i32x4.shuffle(fewest, fewest, 2, 3, 0, 1));
  const high = max(<u32>i32x4.extract_lane(most, 0), <u32>i32x4.extract_lane(most, 1));
  greatest = high >>> 20;
  least = (min(<u32>i32x4.extract_lane(fewest, 0), <u32>i32x4.extract_lane(fewest, 1)) + 1) >>> 20;
  nothing = high == 0 && areZero(values, end, leaveOut);
}

/** The upper halves of four doubles, without their signs. */
// @ts-ignore: decorator
@inline
function upperHalves(one: v128, two: v128, mask: v128, leaveOut: bool): v128 {
  if (leaveOut) {
    one = v128.and(one, f64x2.eq(one, one));
    two = v128.and(two, f64x2.eq(two, two));
  }
  return v128.and(i32x4.shuffle(one, two, 1, 3, 5, 7), mask);
}

/** Whether all values are 0, or NaN where that is left out; others may be too small for an upper half of their own. */
function areZero(values: usize, end: usize, leaveOut: bool): bool {
  for (; values < end; values += 8) {
    const value = load<f64>(values);
    if (value != 0 && !(leaveOut && value != value)) return false;
  }
  return true;
}

/** Whether a block's values have room in the sums; these are brought into the states where that helps. */
function makeRoom(rows: u32, states: usize, groups: u32): bool {
  if (!nothing && !(chosen && fits(unit))) {
    if (greatest < LEAST_EXPONENT || greatest > GREATEST_EXPONENT) return false;
    const lowest = greatest - BIAS - HIGHEST;
    const next = fits(lowest + SPARE) ? lowest + SPARE : lowest;
    if (!fits(next)) return false;
    // Closing takes as long as some rows of each group do.
    if (added > 0 && added >>> 3 < groups) return false;
    closeSums(states, groups);
    unit = next;
    chosen = true;
  }
  if (added + rows > MOST_VALUES) closeSums(states, groups);
  added += rows;
  return true;
}

/** Whether a block's values have neither too high bits for this unit nor too low ones. */
// @ts-ignore: decorator
@inline
function fits(unit: i32): bool {
  return greatest - BIAS - unit <= HIGHEST && least - BIAS - unit >= LOWEST;
}

/** What is left of values without their whole numbers of units, as fractions. */
// @ts-ignore: decorator
@inline
function restOf(values: v128, whole: v128, wholes: v128, fractions: v128): v128 {
  return f64x2.add(f64x2.sub(values, f64x2.sub(whole, wholes)), fractions);
}

/** Where behind SUMS the sum of a row's group lies. */
// @ts-ignore: decorator
@inline
function groupOf(id: usize): usize {
  return <usize>load<u32>(id) << 6;
}

/**
 * Adds a block's rows. Those that follow each other are added to different copies of a group's sum, so that none
 * waits for the one before.
 *
 * @param gaps Whether values may be NaN.
 */
// @ts-ignore: decorator
@inline
function addRowsOf(values: usize, ids: usize, count: u32, states: usize, gaps: bool): void {
  const end = ids + (<usize>count << 2);
  const wholes = f64x2.splat(wholeOf(unit)), fractions = f64x2.splat(fractionOf(unit));
  for (; ids + 16 <= end; ids += 16, values += 32) {
    const a = groupOf(ids), b = groupOf(ids + 4), c = groupOf(ids + 8), d = groupOf(ids + 12);
    const one = v128.load(values), two = v128.load(values, 16);
    const wholeOne = f64x2.add(one, wholes), wholeTwo = f64x2.add(two, wholes);
    let high = wholeOne, low = restOf(one, wholeOne, wholes, fractions);
    let highTwo = wholeTwo, lowTwo = restOf(two, wholeTwo, wholes, fractions);
    if (gaps) {
      const isOne = f64x2.eq(one, one), isTwo = f64x2.eq(two, two);
      high = v128.and(high, isOne), low = v128.and(low, isOne);
      highTwo = v128.and(highTwo, isTwo), lowTwo = v128.and(lowTwo, isTwo);
    }
    let parts = f64x2.shuffle(high, low, 0, 2);
    v128.store(a, i64x2.add(v128.load(a, SUMS), parts), SUMS);
    parts = f64x2.shuffle(high, low, 1, 3);
    v128.store(b, i64x2.add(v128.load(b, SUMS + 16), parts), SUMS + 16);
    parts = f64x2.shuffle(highTwo, lowTwo, 0, 2);
    v128.store(c, i64x2.add(v128.load(c, SUMS + 32), parts), SUMS + 32);
    parts = f64x2.shuffle(highTwo, lowTwo, 1, 3);
    v128.store(d, i64x2.add(v128.load(d, SUMS + 48), parts), SUMS + 48);
    if (gaps && v128.any_true(v128.or(f64x2.ne(one, one), f64x2.ne(two, two)))) {
      for (let row: usize = 0; row < 4; row++) {
        const value = load<f64>(values + (row << 3));
        if (value != value) addNothing(stateOf(states, load<u32>(ids + (row << 2))));
      }
    }
  }
  for (; ids < end; ids += 4, values += 8) {
    const group = groupOf(ids), value = load<f64>(values);
    if (value != value) {
      addNothing(stateOf(states, load<u32>(ids)));
      continue;
    }
    const both = f64x2.splat(value), whole = f64x2.add(both, wholes);
    const parts = f64x2.shuffle(whole, restOf(both, whole, wholes, fractions), 0, 2);
    v128.store(group, i64x2.add(v128.load(group, SUMS), parts), SUMS);
  }
}
