// Rows parted by their keys, so that the table of a part is small and stays near: a counting sort, which keeps rows of
// a part in their order.
import { hashOfBytes, hashOfWord, isUtf8 } from "./byte_keys";
import { orderedBits } from "./keys";

/** Parts of rows by the upper bits of the hashes of byte strings; one that ends before it begins is in the first part. */
export function partsOfTexts(bytes: usize, starts: usize, ends: usize, count: u32, bits: u32, parts: usize): void {
  const shift: u64 = 64 - bits;
  for (const end = starts + (<usize>count << 2); starts < end; starts += 4, ends += 4, parts += 4) {
    const from = load<i32>(starts), length = load<i32>(ends) - from;
    store<u32>(parts, length < 0 ? 0 : <u32>(hashOfBytes(bytes + from, length) >> shift));
  }
}

/** Counts rows of parts; `counts` are 0. */
export function countParts(parts: usize, count: u32, counts: usize): void {
  for (const end = parts + (<usize>count << 2); parts < end; parts += 4) {
    const at = counts + (<usize>load<u32>(parts) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

/** Counts bytes of parts; `counts` are 0. */
export function countBytes(starts: usize, ends: usize, parts: usize, count: u32, counts: usize): void {
  for (const end = parts + (<usize>count << 2); parts < end; parts += 4, starts += 4, ends += 4) {
    const length = load<i32>(ends) - load<i32>(starts);
    if (length < 0) continue;
    const at = counts + (<usize>load<u32>(parts) << 2);
    store<u32>(at, load<u32>(at) + <u32>length);
  }
}

/** Puts doubles where the next place of their part is. @param places The next place of each part, moved on. */
export function placeDoubles(values: usize, parts: usize, count: u32, places: usize, to: usize): void {
  for (const end = parts + (<usize>count << 2); parts < end; parts += 4, values += 8) {
    const at = places + (<usize>load<u32>(parts) << 2), place = load<u32>(at);
    store<u32>(at, place + 1);
    store<f64>(to + (<usize>place << 3), load<f64>(values));
  }
}

/** Bytes that are copied at once: so many are free behind those of each part. */
const SHORT: i32 = 16;

/**
 * Puts byte strings where the next place of their part is.
 *
 * @param places The next place of each part, and of its bytes, moved on.
 */
export function placeTexts(
  bytes: usize,
  starts: usize,
  ends: usize,
  parts: usize,
  count: u32,
  places: usize,
  bytePlaces: usize,
  toStarts: usize,
  toEnds: usize,
  toBytes: usize,
): void {
  for (const end = parts + (<usize>count << 2); parts < end; parts += 4, starts += 4, ends += 4) {
    const part = <usize>load<u32>(parts) << 2, place = <usize>load<u32>(places + part) << 2;
    store<u32>(places + part, load<u32>(places + part) + 1);
    const from = load<i32>(starts), length = load<i32>(ends) - from, at = load<u32>(bytePlaces + part);
    store<u32>(toStarts + place, at);
    store<i32>(toEnds + place, <i32>at + (length < 0 ? -1 : length));
    if (length <= 0) continue;
    if (length <= SHORT) v128.store(toBytes + at, v128.load(bytes + from));
    else memory.copy(toBytes + at, bytes + from, length);
    store<u32>(bytePlaces + part, at + <u32>length);
  }
}

/** Whether byte strings are UTF-8, of which one that ends before it begins is none. */
export function areTexts(bytes: usize, starts: usize, ends: usize, count: u32): bool {
  for (const end = starts + (<usize>count << 2); starts < end; starts += 4, ends += 4) {
    const from = load<i32>(starts), length = load<i32>(ends) - from;
    if (length > 0 && !isUtf8(bytes + from, length)) return false;
  }
  return true;
}

/**
 * Parts of numbers by where they lie: those below `low` are in the first, `1 / scale` of them in each, and what is
 * above all, or NaN, in the last. Parts are in the order of their numbers.
 */
export function partsByRange(values: usize, count: u32, low: f64, scale: f64, last: u32, parts: usize): void {
  const above = <f64>(last + 1);
  for (const end = values + (<usize>count << 3); values < end; values += 8, parts += 4) {
    const place = (load<f64>(values) - low) * scale;
    store<u32>(parts, place < above ? (place > 0 ? <u32>place : 0) : last);
  }
}

/** Parts of numbers by the upper bits of their hashes. */
export function partsOfNumbers(values: usize, count: u32, bits: u32, parts: usize): void {
  const shift: u64 = 64 - bits;
  for (const end = values + (<usize>count << 3); values < end; values += 8, parts += 4) {
    store<u32>(parts, <u32>(hashOfWord(0, orderedBits(load<f64>(values))) >> shift));
  }
}
