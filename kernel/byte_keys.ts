// Codes of byte strings: a hash table with open addressing, whose keys lie in order of their codes.

import { areEqual, compareBytes, put, SHORT, wordOf } from "./bytes";

const K: u64 = 0x9e3779b97f4a7c15, L: u64 = 0xd6e8feb86659fd93;

// @ts-ignore: decorator
@inline
function mixed(bits: u64): u64 {
  bits *= K;
  return bits ^ (bits >> 32);
}

/** A hash of a word, and of what came before it; 0 for nothing. */
// @ts-ignore: decorator
@inline
export function hashOfWord(hash: u64, word: u64): u64 {
  return mixed(hash ^ word) * L;
}

/** A hash of bytes. */
// @ts-ignore: decorator
@inline
export function hashOfBytes(at: usize, length: i32): u64 {
  let hash = <u64>length * L;
  for (let rest = length; rest > 0; rest -= 8, at += 8) hash = hashOfWord(hash, wordOf(at, rest));
  return mixed(hash);
}

/**
 * A key's record, 32 bytes: its hash, how many bytes it has, where they begin in the arena, and up to {@link SHORT} of
 * a short one itself, 0 behind them.
 */
// @ts-ignore: decorator
@inline
function keyOf(code: u32): usize {
  return keys + (<usize>code << 5);
}

// @ts-ignore: decorator
@inline
function lengthOf(key: usize): u32 {
  return load<u32>(key, 8);
}

/** Where a key's bytes lie. */
// @ts-ignore: decorator
@inline
function bytesOf(key: usize): usize {
  return lengthOf(key) <= SHORT ? key + 16 : arena + load<u32>(key, 12);
}

/**
 * Where the table is, and how full: set by openTexts. A slot has a code and 1, or 0 where it is empty, and above it the
 * upper half of the key's hash. The first slot of a hash is by its upper bits, so that slots are nearly in the order of
 * hashes; behind the last first slot there are as many slots as keys at most.
 */
let slots: usize = 0, shared: u64 = 0, shift: u64 = 0, keys: usize = 0, size: u32 = 0, arena: usize = 0, used: u32 = 0;

/**
 * Says where the table is.
 *
 * @param bits Of the number of first slots.
 * @param count Keys that are there.
 * @param atArena Where the bytes of keys lie, of which `bytes` are used.
 * @param same Upper bits that the hashes of all keys have in common.
 */
export function openTexts(
  atSlots: usize,
  bits: u32,
  atKeys: usize,
  count: u32,
  atArena: usize,
  bytes: u32,
  same: u32,
): void {
  slots = atSlots;
  shared = same;
  shift = <u64>64 - bits;
  keys = atKeys;
  size = count;
  arena = atArena;
  used = bytes;
}

/** Keys that are there now. */
export function textsThere(): u32 {
  return size;
}

/** Bytes of keys that are there now. */
export function textBytes(): u32 {
  return used;
}

// @ts-ignore: decorator
@inline
function firstSlot(hash: u64): usize {
  return slots + (<usize>(hash << shared >> shift) << 3);
}

// @ts-ignore: decorator
@inline
function slotOf(hash: u64, code: u32): u64 {
  return (hash & 0xffffffff00000000) | <u64>(code + 1);
}

/** A new key. */
function addKey(hash: u64, at: usize, length: u32): u32 {
  const key = keyOf(size);
  store<u64>(key, hash);
  store<u32>(key, length, 8);
  store<u32>(key, used, 12);
  if (length <= SHORT) {
    store<u64>(key, wordOf(at, length), 16);
    store<u64>(key, wordOf(at + 8, <i32>length - 8), 24);
  } else {
    memory.copy(arena + used, at, length);
    used += length;
  }
  return size++;
}

/** The code of a byte string, which is put into the table where it is not there. */
// @ts-ignore: decorator
@inline
function codeOf(hash: u64, at: usize, length: u32): u32 {
  let slot = firstSlot(hash), known: u64 = 0;
  while ((known = load<u64>(slot)) != 0) {
    if (known >> 32 == hash >> 32) {
      const code = <u32>known - 1, key = keyOf(code);
      if (load<u64>(key) == hash && lengthOf(key) == length && areEqual(bytesOf(key), at, length)) {
        return code;
      }
    }
    slot += 8;
  }
  store<u64>(slot, slotOf(hash, size));
  return addKey(hash, at, length);
}

/** What was loaded to have it near: it has to go somewhere. */
let near: u64 = 0;

/**
 * Codes of byte strings, of which one that ends before it begins is null.
 *
 * @param bytes Where the bytes lie that `starts` and `ends` count from, 32-bit integers.
 * @param none The code of null.
 * @param hashes Room for a hash of each.
 */
export function codeTexts(
  bytes: usize,
  starts: usize,
  ends: usize,
  count: u32,
  none: u32,
  to: usize,
  hashes: usize,
): void {
  // Slots, and then keys, are loaded ahead, many at once: they lie far apart.
  for (let k: u32 = 0; k < count; k++) {
    const from = load<i32>(starts + (k << 2)), length = load<i32>(ends + (k << 2)) - from;
    const hash = hashOfBytes(bytes + from, length);
    store<u64>(hashes + (k << 3), hash);
    near ^= load<u64>(firstSlot(hash));
  }
  for (let k: u32 = 0; k < count; k++) {
    const known = <u32>load<u64>(firstSlot(load<u64>(hashes + (k << 3))));
    near ^= load<u64>(keyOf(known == 0 ? size : known - 1));
  }
  for (let k: u32 = 0; k < count; k++) {
    const from = load<i32>(starts + (k << 2)), length = load<i32>(ends + (k << 2)) - from;
    const hash = load<u64>(hashes + (k << 3));
    store<u32>(to + (k << 2), length < 0 ? none : codeOf(hash, bytes + from, length));
  }
}

/**
 * Codes of indexes into a dictionary; -1 is null. An entry is looked up when it first occurs.
 *
 * @param table A place for each entry: its code and 1, or 0 where it has not occurred.
 */
export function codeIndexes(
  indexes: usize,
  count: u32,
  table: usize,
  bytes: usize,
  starts: usize,
  ends: usize,
  none: u32,
  to: usize,
): void {
  for (const end = to + (<usize>count << 2); to < end; to += 4, indexes += 4) {
    // Four at once, as long as there is no null and none is new: of neither is the sign bit set.
    while (to + 16 <= end) {
      const a = load<u64>(indexes), b = load<u64>(indexes, 8);
      if ((a | b) & 0x8000000080000000) break;
      const c = load<u32>(table + <usize>((a & 0xffffffff) << 2)) - 1;
      const d = load<u32>(table + <usize>((a >>> 32) << 2)) - 1;
      const e = load<u32>(table + <usize>((b & 0xffffffff) << 2)) - 1;
      const f = load<u32>(table + <usize>((b >>> 32) << 2)) - 1;
      if (<i32>(c | d | e | f) < 0) break;
      store<u64>(to, <u64>c | (<u64>d << 32));
      store<u64>(to, <u64>e | (<u64>f << 32), 8);
      to += 16;
      indexes += 16;
    }
    if (to == end) break;
    const index = load<i32>(indexes);
    if (index < 0) {
      store<u32>(to, none);
      continue;
    }
    const at = <usize>index << 2;
    let code = load<u32>(table + at);
    if (code == 0) {
      const from = load<u32>(starts + at), length = load<u32>(ends + at) - from;
      code = codeOf(hashOfBytes(bytes + from, length), bytes + from, length) + 1;
      store<u32>(table + at, code);
    }
    store<u32>(to, code - 1);
  }
}

/** Entries of a register of codes: from memory, as MASKS of kernel/fixed.ts. */
const ENTRIES = memory.data<u8>([16]);

/**
 * Replaces indexes into a dictionary of 64 entries at most by codes, 16 at a time, where they lie.
 *
 * @param codes Address of 64 bytes, the code of each entry.
 * @param end The first address behind the indexes; up to 60 bytes behind it may be overwritten.
 */
export function codeFewIndexes(indexes: usize, end: usize, codes: usize): void {
  const one = v128.load(codes), two = v128.load(codes, 16);
  const three = v128.load(codes, 32), four = v128.load(codes, 48);
  const entries = v128.load8_splat(ENTRIES);
  for (; indexes < end; indexes += 64) {
    const low = i16x8.narrow_i32x4_u(v128.load(indexes), v128.load(indexes, 16));
    const high = i16x8.narrow_i32x4_u(v128.load(indexes, 32), v128.load(indexes, 48));
    // What is not in a register becomes 0.
    let index = i8x16.narrow_i16x8_u(low, high), found = i8x16.swizzle(one, index);
    index = i8x16.sub(index, entries);
    found = v128.or(found, i8x16.swizzle(two, index));
    index = i8x16.sub(index, entries);
    found = v128.or(found, i8x16.swizzle(three, index));
    index = i8x16.sub(index, entries);
    found = v128.or(found, i8x16.swizzle(four, index));
    const first = i16x8.extend_low_i8x16_u(found), last = i16x8.extend_high_i8x16_u(found);
    v128.store(indexes, i32x4.extend_low_i16x8_u(first));
    v128.store(indexes, i32x4.extend_high_i16x8_u(first), 16);
    v128.store(indexes, i32x4.extend_low_i16x8_u(last), 32);
    v128.store(indexes, i32x4.extend_high_i16x8_u(last), 48);
  }
}

/** Fills empty slots with the keys that are there, but for one that stands for null. */
export function rehashTexts(none: u32): void {
  for (let code: u32 = 0; code < size; code++) {
    if (code == none) continue;
    const hash = load<u64>(keyOf(code));
    let slot = firstSlot(hash);
    while (load<u64>(slot) != 0) slot += 8;
    store<u64>(slot, slotOf(hash, code));
  }
}

function compareKeys(x: usize, y: usize): i32 {
  return compareBytes(bytesOf(x), lengthOf(x), bytesOf(y), lengthOf(y));
}

/** Whether one slot's key comes behind another's by their hashes and, of equal ones, their bytes. */
// @ts-ignore: decorator
@inline
function isBehind(a: u64, b: u64): bool {
  if (a >> 32 != b >> 32) return a >> 32 > b >> 32;
  const x = keyOf(<u32>a - 1), y = keyOf(<u32>b - 1);
  const one = load<u64>(x), other = load<u64>(y);
  return one != other ? one > other : compareKeys(x, y) > 0;
}

/** Puts slots with keys, in order, where there is room for them; gives how many they are. */
export function orderSlots(end: usize, to: usize): u32 {
  let count: u32 = 0;
  for (let slot = slots; slot < end; slot += 8) {
    const known = load<u64>(slot);
    if (known == 0) continue;
    let at = to + (<usize>(count++) << 3);
    for (; at > to && isBehind(load<u64>(at - 8), known); at -= 8) {
      store<u64>(at, load<u64>(at - 8));
    }
    store<u64>(at, known);
  }
  return count;
}

/** The codes of ordered slots. */
export function codesOfSlots(ordered: usize, count: u32, to: usize): void {
  for (const end = to + (<usize>count << 2); to < end; to += 4, ordered += 8) {
    store<u32>(to, load<u32>(ordered) - 1);
  }
}

/** A key that no byte string has, for null: its code. */
export function addNone(): u32 {
  return addKey(0, arena, 0);
}

/** Writes keys out in an order of their codes: hashes, where each ends from `bytes` on, and the bytes. */
export function writeKeys(
  order: usize,
  count: u32,
  hashes: usize,
  ends: usize,
  bytes: usize,
): void {
  let end: u32 = 0;
  for (let k: u32 = 0; k < count; k++, order += 4, hashes += 8, ends += 4) {
    const key = keyOf(load<u32>(order));
    store<u64>(hashes, load<u64>(key));
    put(bytes + end, bytesOf(key), lengthOf(key));
    end += lengthOf(key);
    store<u32>(ends, end);
  }
}

/** Whether bytes are UTF-8. Source: the Unicode Standard, table 3-7. */
export function isUtf8(at: usize, length: u32): bool {
  const end = at + length;
  while (at < end) {
    if (at + 8 <= end && (load<u64>(at) & 0x8080808080808080) == 0) {
      at += 8;
      continue;
    }
    const byte = load<u8>(at++);
    if (byte < 0x80) continue;
    if (byte < 0xc2 || byte > 0xf4) return false;
    let more = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (at + more > end) return false;
    const next = load<u8>(at);
    if (byte == 0xe0 && next < 0xa0) return false;
    if (byte == 0xed && next > 0x9f) return false;
    if (byte == 0xf0 && next < 0x90) return false;
    if (byte == 0xf4 && next > 0x8f) return false;
    for (; more > 0; more--) if ((load<u8>(at++) & 0xc0) != 0x80) return false;
  }
  return true;
}

/** Whether all keys from a code on are UTF-8. */
export function areUtf8(from: u32): bool {
  for (let code = from; code < size; code++) {
    const key = keyOf(code);
    if (!isUtf8(bytesOf(key), lengthOf(key))) return false;
  }
  return true;
}
