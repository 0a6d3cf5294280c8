// Tables of byte strings that lie one behind the other: how two are merged, and how one is put in the order of its bytes.
import { areEqual, compareBytes, put, wordOf } from "./bytes";

/** Where a byte string begins: where the one before ends. What lies before the first end says so of the first. */
// @ts-ignore: decorator
@inline
function startOf(ends: usize, k: u32): u32 {
  return load<u32>(ends + (<usize>k << 2) - 4);
}

// @ts-ignore: decorator
@inline
function endOf(ends: usize, k: u32): u32 {
  return load<u32>(ends + (<usize>k << 2));
}

/** Ends that don't rise would have loops read what lies elsewhere. */
// @ts-ignore: decorator
@inline
function assertRising(start: u32, end: u32, last: u32): void {
  if (end < start || end > last) unreachable();
}

/**
 * Finds byte strings that two tables have in common, until one of them is at its end. Both are in the order of their
 * hashes and, of equal ones, of their bytes.
 *
 * @param tables Where it stands where these lie, 32-bit integers: hashes, ends, bytes and number of the first, and of
 * the second. Before its ends it stands where a table's first one begins.
 * @param sides Where it is put for each of both: 1 in the first, 2 in the second, 3 in both.
 * @param used Where three 32-bit integers are put: those done of the first, of the second, and bytes of common ones.
 * @returns How many sides there are.
 */
export function matchTexts(tables: usize, sides: usize, used: usize): u32 {
  const x: usize = load<u32>(tables), xEnds: usize = load<u32>(tables, 4);
  const xBytes: usize = load<u32>(tables, 8), n = load<u32>(tables, 12);
  const y: usize = load<u32>(tables, 16), yEnds: usize = load<u32>(tables, 20);
  const yBytes: usize = load<u32>(tables, 24), m = load<u32>(tables, 28);
  const from = sides;
  let i: u32 = 0, j: u32 = 0, common: u32 = 0;
  for (; i < n && j < m; sides++) {
    const a = load<u64>(x + (<usize>i << 3)), b = load<u64>(y + (<usize>j << 3));
    let order = a < b ? -1 : a > b ? 1 : 0;
    if (order == 0) {
      const one = startOf(xEnds, i), two = startOf(yEnds, j);
      const length = endOf(xEnds, i) - one, other = endOf(yEnds, j) - two;
      if (length == other && areEqual(xBytes + one, yBytes + two, length)) common += length;
      else order = compareBytes(xBytes + one, length, yBytes + two, other);
    }
    store<u8>(sides, <u8>(order <= 0) | (<u8>(order >= 0) << 1));
    i += <u32>(order <= 0);
    j += <u32>(order >= 0);
  }
  store<u32>(used, i);
  store<u32>(used, j, 4);
  store<u32>(used, common, 8);
  return <u32>(sides - from);
}

/**
 * Puts byte strings of two tables one behind the other.
 *
 * @param sides Where each of them is: 1 in the first, 2 in the second, 3 in both.
 * @param tables Where it stands where these lie, 32-bit integers: ends, bytes and the last end of the first, and of the
 * second. Before its ends it stands where a table's first one begins.
 * @param ends Where it is put where each of them ends.
 * @param from Where the first of them begins.
 * @param to Where their bytes are put.
 */
export function placeMerged(
  sides: usize,
  count: u32,
  tables: usize,
  ends: usize,
  from: u32,
  to: usize,
): void {
  let x: usize = load<u32>(tables), y: usize = load<u32>(tables, 12);
  const xBytes: usize = load<u32>(tables, 4), yBytes: usize = load<u32>(tables, 16);
  const xLast = load<u32>(tables, 8), yLast = load<u32>(tables, 20);
  for (const last = sides + count; sides < last; sides++, ends += 4) {
    const side = load<u8>(sides), isFirst = (side & 1) != 0;
    const own = isFirst ? x : y, start = startOf(own, 0), end = endOf(own, 0);
    assertRising(start, end, isFirst ? xLast : yLast);
    const length = end - start;
    put(to, (isFirst ? xBytes : yBytes) + start, length);
    to += length;
    from += length;
    store<u32>(ends, from);
    x += <usize>(side & 1) << 2;
    y += <usize>(side >> 1) << 2;
  }
}

/** The table whose byte strings are put in order. */
let tableEnds: usize = 0, tableBytes: usize = 0;

// @ts-ignore: decorator
@inline
function bytesOf(place: u32): usize {
  return tableBytes + startOf(tableEnds, place);
}

// @ts-ignore: decorator
@inline
function lengthOf(place: u32): u32 {
  return endOf(tableEnds, place) - startOf(tableEnds, place);
}

/** The place in the table that a pair is of. */
// @ts-ignore: decorator
@inline
function placeOf(pair: usize): u32 {
  return load<u32>(pair, 8);
}

/**
 * Opens a table; makes pairs of all its places, for {@link wordsOfTexts}.
 *
 * @param ends Where it stands where each byte string ends, and before that where the first one begins.
 * @param length Of all bytes.
 */
export function openTable(ends: usize, bytes: usize, length: u32, count: u32, pairs: usize): void {
  tableEnds = ends;
  tableBytes = bytes;
  for (let place: u32 = 0; place < count; place++, pairs += 16) {
    assertRising(startOf(ends, place), endOf(ends, place), length);
    store<u64>(pairs, <u64>place, 8);
  }
}

/** Writes the table out in an order of its places: where each byte string ends, and the bytes. */
export function writeTable(order: usize, count: u32, ends: usize, bytes: usize): void {
  let end: u32 = 0;
  for (let k: u32 = 0; k < count; k++, order += 4, ends += 4) {
    const place = load<u32>(order), length = lengthOf(place);
    put(bytes + end, bytesOf(place), length);
    end += length;
    store<u32>(ends, end);
  }
}

/**
 * Puts up to 7 bytes of each byte string from `depth` on into its pair, the first one highest, and behind them how
 * many they are: one that ends comes before one that goes on, with 0, too. None ends before `depth`.
 */
export function wordsOfTexts(pairs: usize, count: u32, depth: u32): void {
  for (const end = pairs + (<usize>count << 4); pairs < end; pairs += 16) {
    const place = placeOf(pairs), bytes = min<u32>(lengthOf(place) - depth, 7);
    store<u64>(pairs, bswap<u64>(wordOf(bytesOf(place) + depth, bytes)) | bytes);
  }
}

/**
 * Where pairs of equal words begin, from one of `count` pairs on; `count` where there are none.
 *
 * @param found Where it is put how many they are, a 32-bit integer.
 */
export function equalWords(pairs: usize, from: u32, count: u32, found: usize): u32 {
  for (let k = from; k + 1 < count; k++) {
    const at = pairs + (<usize>k << 4), word = load<u64>(at);
    if (load<u64>(at, 16) != word) continue;
    let end = k + 2;
    while (end < count && load<u64>(pairs + (<usize>end << 4)) == word) end++;
    store<u32>(found, end - k);
    return k;
  }
  return count;
}

/** Brings a few pairs into the order of their byte strings. */
export function orderFew(pairs: usize, count: u32): void {
  for (let k: u32 = 1; k < count; k++) {
    for (let at = pairs + (<usize>k << 4); at > pairs; at -= 16) {
      const one = placeOf(at - 16), two = placeOf(at);
      if (compareBytes(bytesOf(one), lengthOf(one), bytesOf(two), lengthOf(two)) <= 0) break;
      const lower = v128.load(at);
      v128.store(at, v128.load(at - 16));
      v128.store(at - 16, lower);
    }
  }
}

/** Bytes that all byte strings of pairs begin with, of those from `depth` on. None ends before that. */
export function commonBytes(pairs: usize, count: u32, depth: u32): u32 {
  const first = placeOf(pairs);
  let same = lengthOf(first) - depth;
  for (let k: u32 = 1; k < count && same > 0; k++) {
    const place = placeOf(pairs + (<usize>k << 4));
    same = min(same, lengthOf(place) - depth);
    const x = bytesOf(first) + depth, y = bytesOf(place) + depth;
    for (let at: u32 = 0; at < same; at++) if (load<u8>(x + at) != load<u8>(y + at)) same = at;
  }
  return same;
}
