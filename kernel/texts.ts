// Texts in UTF-8, each with its length in 32 bits in front (PLAIN in Encodings.md), and cut apart.

/** Where {@linkcode takeTexts} and {@linkcode skipTexts} stopped reading. */
let reached: usize = 0;

export function textsReached(): usize {
  return reached;
}

/** Copies bytes in steps of 16; so many bytes behind either end may be read or overwritten. */
// @ts-ignore: decorator
@inline
function copyShort(to: usize, from: usize, count: usize): void {
  for (const end = to + count; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
}

/** Steps over texts. Gives how many are whole. */
export function skipTexts(at: usize, end: usize, count: u32): u32 {
  let k: u32 = 0;
  for (; k < count && at + 4 <= end; k++) {
    const length = <usize>load<u32>(at);
    if (length > end - at - 4) break;
    at += 4 + length;
  }
  reached = at;
  return k;
}

/**
 * Puts the bytes of texts one behind the other to `bytes`, up to `bytes + room`, and to `cuts` how many units of UTF-16
 * they have up to each one's end. 16 bytes behind `end` are readable, and as many behind the room may be overwritten.
 *
 * @returns How many texts there are: as many as are whole, begin with a character, and have room.
 */
export function takeTexts(at: usize, end: usize, count: u32, bytes: usize, room: usize, cuts: usize): u32 {
  const last = bytes + room;
  let units: u32 = 0, k: u32 = 0;
  for (; k < count && at + 4 <= end; k++) {
    const length = <usize>load<u32>(at);
    if (length > end - at - 4 || length > last - bytes) break;
    at += 4;
    if (length > 0 && (load<u8>(at) & 0xc0) == 0x80) {
      at -= 4;
      break;
    }
    copyShort(bytes, at, length);
    units += unitsOf(at, length);
    store<u32>(cuts + (<usize>k << 2), units);
    at += length;
    bytes += length;
  }
  reached = at;
  return k;
}

/** Units of UTF-16 that a text has: one for the first byte of each character, two for one of four bytes. */
// @ts-ignore: decorator
@inline
function unitsOf(at: usize, length: usize): u32 {
  const end = at + length;
  let high: u32 = 0;
  for (let from = at; from < end; from += 16) {
    const bits = <u32>i8x16.bitmask(v128.load(from)), rest = end - from;
    high |= rest >= 16 ? bits : bits & ((1 << <u32>rest) - 1);
  }
  if (high == 0) return <u32>length;
  let units: u32 = 0;
  for (; at < end; at++) {
    const byte = load<u8>(at);
    units += <u32>((byte & 0xc0) != 0x80) + <u32>(byte >= 0xf0);
  }
  return units;
}

/** The least and the most of the texts that were written, by their bytes: where their lengths stand. */
let least: usize = 0, most: usize = 0;

export function leastText(): usize {
  return least;
}

export function mostText(): usize {
  return most;
}

/** The first 8 bytes of a text, in their order; 0 for those that it does not have. */
// @ts-ignore: decorator
@inline
export function headOf(at: usize, length: usize): u64 {
  const head = bswap<u64>(load<u64>(at));
  if (length >= 8) return head;
  return length == 0 ? 0 : head & (~(<u64>0) << (64 - (<u64>length << 3)));
}

/** Whether a text is before another one whose first 8 bytes are the same; both have their lengths in front. */
export function isBefore(a: usize, b: usize): bool {
  const lengthOfA = <usize>load<u32>(a), lengthOfB = <usize>load<u32>(b);
  const common = min(lengthOfA, lengthOfB);
  for (let at: usize = 8; at < common; at++) {
    const x = load<u8>(a + 4 + at), y = load<u8>(b + 4 + at);
    if (x != y) return x < y;
  }
  return lengthOfA < lengthOfB;
}

/** What texts that are written begin with: the least one, and the most. */
let first: u64 = 0, last: u64 = 0;

/** Begins a part of texts, of which the least and the most are wanted. */
// @ts-ignore: decorator
@inline
function openPart(): void {
  first = last = 0;
  least = most = 0;
}

/** Writes a text with its length in front; gives where the next one is written. */
// @ts-ignore: decorator
@inline
function writeText(bytes: usize, length: usize, to: usize): usize {
  store<u32>(to, <u32>length);
  copyShort(to + 4, bytes, length);
  const head = headOf(bytes, length);
  if (least == 0 || head < first || (head == first && isBefore(to, least))) {
    least = to;
    first = head;
  }
  if (most == 0 || head > last || (head == last && isBefore(most, to))) {
    most = to;
    last = head;
  }
  return to + 4 + length;
}

/**
 * Cuts UTF-8 apart: writes `count` texts, each with its length in bytes in front. 16 bytes behind the bytes may be read,
 * and as many behind the output overwritten.
 *
 * @param units Of UTF-16 that each text has, 32 bits each.
 * @returns Where the output ends.
 */
export function writeTexts(bytes: usize, units: usize, count: u32, to: usize): usize {
  openPart();
  for (const end = units + (<usize>count << 2); units < end; units += 4) {
    const length = bytesOf(bytes, load<u32>(units));
    to = writeText(bytes, length, to);
    bytes += length;
  }
  return to;
}

/**
 * The same of texts that lie one behind the other.
 *
 * @param lengths In bytes of each text, 32 bits each.
 */
export function writeBytes(bytes: usize, lengths: usize, count: u32, to: usize): usize {
  openPart();
  for (const end = lengths + (<usize>count << 2); lengths < end; lengths += 4) {
    const length = <usize>load<u32>(lengths);
    to = writeText(bytes, length, to);
    bytes += length;
  }
  return to;
}

/** Bytes of so many units of UTF-16. */
// @ts-ignore: decorator
@inline
function bytesOf(at: usize, units: u32): usize {
  const start = at;
  let high: u32 = 0;
  for (let from: u32 = 0; from < units; from += 16) {
    const bits = <u32>i8x16.bitmask(v128.load(at + from)), rest = units - from;
    high |= rest >= 16 ? bits : bits & ((1 << rest) - 1);
  }
  if (high == 0) return units;
  while (units > 0) {
    const byte = load<u8>(at);
    const length: u32 = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    at += length;
    units -= length == 4 ? 2 : 1;
  }
  return at - start;
}
