// Keys of groups as codes: doubles to numbers from 0 on.
import { hashOfWord } from "./byte_keys";

/** Doubles as bits whose unsigned order is theirs; NaN is the greatest, -0 counts as 0. */
// @ts-ignore: decorator
@inline
export function orderedBits(value: f64): u64 {
  if (value != value) return 0xffffffffffffffff;
  const bits = reinterpret<i64>(value + 0);
  return <u64>(bits ^ ((bits >> 63) | <i64>0x8000000000000000));
}

// @ts-ignore: decorator
@inline
function numberOf(bits: u64): f64 {
  if (bits == 0xffffffffffffffff) return NaN;
  const signed = <i64>bits;
  return reinterpret<f64>(signed ^ (~(signed >> 63) | <i64>0x8000000000000000));
}

/** Widens least and greatest, two doubles, by whole numbers; false where one value is neither that nor NaN. */
export function widenRange(values: usize, count: u32, range: usize): bool {
  let low = load<f64>(range), high = load<f64>(range, 8);
  for (const end = values + (<usize>count << 3); values < end; values += 8) {
    const value = load<f64>(values);
    if (value != value) continue;
    if (value != floor(value)) return false;
    low = min(low, value);
    high = max(high, value);
  }
  store<f64>(range, low);
  store<f64>(range, high, 8);
  return true;
}

/** The code and 1 of the number at a place: of one that has not occurred the next one, and it is known then. */
// @ts-ignore: decorator
@inline
function codeAt(place: usize, number: f64, known: usize, size: u32): u32 {
  const code = load<u32>(place);
  if (code != 0) return code;
  store<f64>(known + (<usize>size << 3), number);
  store<u32>(place, size + 1);
  return size + 1;
}

/**
 * Codes of whole numbers, or NaN, by a table with a place for each number from the least on, and behind them one for
 * NaN. A place has a code from 1 on, 0 where its number has not occurred. Codes are given in the order in which numbers
 * first occur.
 *
 * @param known Where distinct numbers are put, doubles by code; `size` of them are there.
 * @param used Where it is put how many were coded, a 32-bit integer: those before one that has no place.
 * @returns Distinct numbers now.
 */
export function codeByPlace(
  values: usize,
  count: u32,
  low: f64,
  none: u32,
  table: usize,
  known: usize,
  size: u32,
  to: usize,
  used: usize,
): u32 {
  const from = values;
  for (const end = values + (<usize>count << 3); values < end; values += 8, to += 4) {
    const value = load<f64>(values), apart = value - low;
    let number = <u32>apart;
    if ((<f64>number != apart) | (number >= none)) {
      if (value == value) break;
      number = none;
    }
    const code = codeAt(table + (<usize>number << 2), value + 0, known, size);
    if (code > size) size = code;
    store<u32>(to, code - 1);
  }
  store<u32>(used, <u32>(values - from) >> 3);
  return size;
}

/** The same of 32-bit integers. */
export function codeIntsByPlace(
  values: usize,
  count: u32,
  low: i32,
  none: u32,
  table: usize,
  known: usize,
  size: u32,
  to: usize,
  used: usize,
): u32 {
  const from = values;
  for (const end = values + (<usize>count << 2); values < end; values += 4, to += 4) {
    const value = load<i32>(values), number = <u32>(value - low);
    if ((value < low) | (number >= none)) break;
    const code = codeAt(table + (<usize>number << 2), <f64>value, known, size);
    if (code > size) size = code;
    store<u32>(to, code - 1);
  }
  store<u32>(used, <u32>(values - from) >> 2);
  return size;
}

/** Codes that have places, in the order of these. */
export function codesInOrder(table: usize, places: u32, to: usize): void {
  for (const end = table + (<usize>places << 2); table < end; table += 4) {
    const code = load<u32>(table);
    if (code == 0) continue;
    store<u32>(to, code - 1);
    to += 4;
  }
}

/**
 * Pairs of codes that have places in a table, in an order of first codes and, of equal ones, of second codes.
 *
 * @param table A pair's place is `first * width + second`.
 * @param codes Where the codes of pairs are put.
 * @param firsts Where it is put where their first codes stand in their order.
 * @param seconds The same of their second codes.
 * @returns How many pairs there are.
 */
export function pairsInOrder(
  table: usize,
  width: u32,
  first: usize,
  n: u32,
  second: usize,
  m: u32,
  codes: usize,
  firsts: usize,
  seconds: usize,
): u32 {
  let found: usize = 0;
  for (let i: u32 = 0; i < n; i++) {
    const row = table + (<usize>load<u32>(first + (<usize>i << 2)) * width << 2);
    for (let j: u32 = 0; j < m; j++) {
      const code = load<u32>(row + (<usize>load<u32>(second + (<usize>j << 2)) << 2));
      if (code == 0) continue;
      store<u32>(codes + found, code - 1);
      store<u32>(firsts + found, i);
      store<u32>(seconds + found, j);
      found += 4;
    }
  }
  return <u32>(found >> 2);
}

/** Numbers as pairs of codes: `first[row] * width + second[row]`. */
export function pairCodes(
  first: usize,
  second: usize,
  count: u32,
  width: f64,
  to: usize,
): void {
  for (const end = first + (<usize>count << 2); first < end; first += 4, second += 4, to += 8) {
    store<f64>(to, <f64>load<u32>(first) * width + <f64>load<u32>(second));
  }
}

/**
 * Codes of any numbers by a hash table with open addressing, in the order in which they first occur. Slots of the
 * table are codes from 1 on, 0 where one is empty; at most half of the slots may be taken.
 *
 * @param known Where distinct numbers are put, as bits in order, by code; `size` of them are there.
 * @param most Distinct numbers that there is room for.
 * @param used Where the number of rows that were coded is put, a 32-bit integer.
 * @returns Distinct numbers now.
 */
export function encodeHashed(
  values: usize,
  count: u32,
  slots: usize,
  mask: u32,
  known: usize,
  size: u32,
  most: u32,
  to: usize,
  used: usize,
): u32 {
  let row: u32 = 0;
  for (; row < count; row++) {
    const bits = orderedBits(load<f64>(values + (<usize>row << 3)));
    let slot = <u32>(hashOfWord(0, bits) >> 32) & mask, code: u32 = 0;
    while ((code = load<u32>(slots + (<usize>slot << 2))) != 0) {
      if (load<u64>(known + (<usize>(code - 1) << 3)) == bits) break;
      slot = (slot + 1) & mask;
    }
    if (code == 0) {
      if (size == most) break;
      store<u64>(known + (<usize>size << 3), bits);
      code = ++size;
      store<u32>(slots + (<usize>slot << 2), code);
    }
    store<u32>(to + (<usize>row << 2), code - 1);
  }
  store<u32>(used, row);
  return size;
}

/** Fills an empty table with numbers that are known. */
export function rehash(slots: usize, mask: u32, known: usize, size: u32): void {
  for (let code: u32 = 0; code < size; code++) {
    let slot = <u32>(hashOfWord(0, load<u64>(known + (<usize>code << 3))) >> 32) & mask;
    while (load<u32>(slots + (<usize>slot << 2)) != 0) slot = (slot + 1) & mask;
    store<u32>(slots + (<usize>slot << 2), code + 1);
  }
}

const DIGIT: u32 = 11, DIGITS: u32 = 1 << DIGIT, PASSES: u32 = 6;

/**
 * Sorts distinct numbers, bits with their codes behind them, by radix: 16 bytes each, at `pairs`; `other` is as large.
 * Passes whose digits are all the same are left out.
 *
 * @param counts Memory for 2048 32-bit integers.
 * @returns Where the sorted ones lie.
 */
export function sortPairs(pairs: usize, other: usize, count: u32, counts: usize): usize {
  const bytes = <usize>count << 4;
  for (let pass: u32 = 0; pass < PASSES; pass++) {
    const shift = <u64>(pass * DIGIT);
    memory.fill(counts, 0, DIGITS << 2);
    for (let at = pairs; at < pairs + bytes; at += 16) {
      const place = counts + ((<usize>(load<u64>(at) >> shift) & (DIGITS - 1)) << 2);
      store<u32>(place, load<u32>(place) + 1);
    }
    const first = (<usize>(load<u64>(pairs) >> shift)) & (DIGITS - 1);
    if (load<u32>(counts + (first << 2)) == count) continue;
    let before: u32 = 0;
    for (let digit: u32 = 0; digit < DIGITS; digit++) {
      const place = counts + (<usize>digit << 2), here = load<u32>(place);
      store<u32>(place, before);
      before += here;
    }
    for (let at = pairs; at < pairs + bytes; at += 16) {
      const place = counts + ((<usize>(load<u64>(at) >> shift) & (DIGITS - 1)) << 2);
      const to = load<u32>(place);
      store<u32>(place, to + 1);
      v128.store(other + (<usize>to << 4), v128.load(at));
    }
    const swapped = pairs;
    pairs = other;
    other = swapped;
  }
  return pairs;
}

/** Pairs of numbers that are known with their codes, for {@link sortPairs}. */
export function pairsOf(known: usize, count: u32, to: usize): void {
  for (let code: u32 = 0; code < count; code++, to += 16) {
    store<u64>(to, load<u64>(known + (<usize>code << 3)));
    store<u64>(to, <u64>code, 8);
  }
}

/** The codes of sorted pairs. */
export function codesOfPairs(pairs: usize, count: u32, to: usize): void {
  for (const end = to + (<usize>count << 2); to < end; to += 4, pairs += 16) {
    store<u32>(to, load<u32>(pairs, 8));
  }
}

/** Numbers as bits in order, in place. */
export function bitsOfNumbers(at: usize, count: u32): void {
  for (const end = at + (<usize>count << 3); at < end; at += 8) store<u64>(at, orderedBits(load<f64>(at)));
}

/** Bits in order back to the numbers that they are of, in place. */
export function numbersOfBits(at: usize, count: u32): void {
  for (const end = at + (<usize>count << 3); at < end; at += 8) store<f64>(at, numberOf(load<u64>(at)));
}

/** Whole numbers of 64 bits as doubles, until one that a double can't hold; gives how many were converted. */
export function wholesToDoubles(from: usize, count: u32, signed: bool, to: usize): u32 {
  for (let row: u32 = 0; row < count; row++) {
    const bits = load<u64>(from + (<usize>row << 3));
    const most: u64 = 0x1fffffffffffff;
    if (signed ? bits + most > 2 * most : bits > most) return row;
    store<f64>(to + (<usize>row << 3), signed ? <f64><i64>bits : <f64>bits);
  }
  return count;
}
