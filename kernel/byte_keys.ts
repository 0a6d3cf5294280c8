// Codes of byte strings: a hash table with open addressing, whose keys lie in order of their codes.

const K: u64 = 0x9e3779b97f4a7c15, L: u64 = 0xd6e8feb86659fd93;

// @ts-ignore: decorator
@inline
function mixed(bits: u64): u64 {
  bits *= K;
  return bits ^ (bits >> 32);
}

/** Up to 8 bytes as a word, 0 behind them; those behind are loaded, too. */
// @ts-ignore: decorator
@inline
function wordOf(at: usize, bytes: i32): u64 {
  if (bytes >= 8) return load<u64>(at);
  return bytes <= 0 ? 0 : load<u64>(at) & ((<u64>1 << (<u64>bytes << 3)) - 1);
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

// @ts-ignore: decorator
@inline
function areEqual(a: usize, b: usize, length: i32): bool {
  for (; length > 0; length -= 8, a += 8, b += 8) {
    if (wordOf(a, length) != wordOf(b, length)) return false;
  }
  return true;
}

/** Bytes of a key that lie in its record at most. */
const SHORT: u32 = 16;

/**
 * A key's record, 32 bytes: its hash, how many bytes it has, where they begin in the arena, and those of a short one
 * itself, 0 behind them.
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

/** Order of byte strings by their bytes. */
// @ts-ignore: decorator
@inline
function compareBytes(a: usize, n: u32, b: usize, m: u32): i32 {
  const both = min(n, m);
  for (let at: u32 = 0; at < both; at++) {
    const x = load<u8>(a + at), y = load<u8>(b + at);
    if (x != y) return <i32>x - <i32>y;
  }
  return n < m ? -1 : n > m ? 1 : 0;
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

/** Puts a short byte string where there is room for 16 bytes, or a long one. */
// @ts-ignore: decorator
@inline
function put(to: usize, from: usize, length: u32): void {
  if (length <= SHORT) v128.store(to, v128.load(from));
  else memory.copy(to, from, length);
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

/** Makes keys of byte strings that lie one behind the other. */
export function putTexts(bytes: usize, ends: usize, count: u32): void {
  let from: u32 = 0;
  for (let k: u32 = 0; k < count; k++, ends += 4) {
    const end = load<u32>(ends);
    addKey(0, bytes + from, end - from);
    from = end;
  }
}

/** Pairs of all codes, for {@link wordsOfTexts}. */
export function pairsOfCodes(to: usize): void {
  for (let code: u32 = 0; code < size; code++, to += 16) store<u64>(to, <u64>code, 8);
}

/**
 * Puts up to 7 bytes of each key from `depth` on into its pair, the first one highest, and behind them how many they
 * are: a key that ends comes before one that goes on, with 0, too. No key ends before `depth`.
 */
export function wordsOfTexts(pairs: usize, count: u32, depth: u32): void {
  for (const end = pairs + (<usize>count << 4); pairs < end; pairs += 16) {
    const key = keyOf(load<u32>(pairs, 8)), bytes = min<u32>(lengthOf(key) - depth, 7);
    store<u64>(pairs, bswap<u64>(wordOf(bytesOf(key) + depth, bytes)) | bytes);
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

/** Brings a few pairs into the order of the bytes of their keys. */
export function orderFew(pairs: usize, count: u32): void {
  for (let k: u32 = 1; k < count; k++) {
    for (let at = pairs + (<usize>k << 4); at > pairs; at -= 16) {
      if (compareKeys(keyOf(load<u32>(at - 8)), keyOf(load<u32>(at, 8))) <= 0) break;
      const lower = v128.load(at);
      v128.store(at, v128.load(at - 16));
      v128.store(at - 16, lower);
    }
  }
}

/** Bytes that all keys of pairs begin with, of those from `depth` on. No key ends before that. */
export function commonBytes(pairs: usize, count: u32, depth: u32): u32 {
  const first = keyOf(load<u32>(pairs, 8));
  let same = lengthOf(first) - depth;
  for (let k: u32 = 1; k < count && same > 0; k++) {
    const key = keyOf(load<u32>(pairs + (<usize>k << 4), 8));
    same = min(same, lengthOf(key) - depth);
    const x = bytesOf(first) + depth, y = bytesOf(key) + depth;
    for (let at: u32 = 0; at < same; at++) if (load<u8>(x + at) != load<u8>(y + at)) same = at;
  }
  return same;
}

/** Where a byte string ends that the one with this number in a table begins. */
// @ts-ignore: decorator
@inline
function startOf(ends: usize, k: u32): u32 {
  return k == 0 ? 0 : load<u32>(ends + (<usize>(k - 1) << 2));
}

/**
 * Merges two tables of byte strings that are in the order of their hashes and, of equal ones, of their bytes.
 *
 * @param tables Where it stands where these lie, 32-bit integers: hashes, ends, bytes and number of the first, of the
 * second, and hashes, ends and bytes of the result.
 * @param first Where the place in the result is put for each of the first.
 * @param second The same for the second.
 * @returns Byte strings of the result.
 */
export function mergeTexts(tables: usize, first: usize, second: usize): u32 {
  const x: usize = load<u32>(tables), xEnds: usize = load<u32>(tables, 4);
  const xBytes: usize = load<u32>(tables, 8), n = load<u32>(tables, 12);
  const y: usize = load<u32>(tables, 16), yEnds: usize = load<u32>(tables, 20);
  const yBytes: usize = load<u32>(tables, 24), m = load<u32>(tables, 28);
  const hashes: usize = load<u32>(tables, 32), ends: usize = load<u32>(tables, 36);
  const bytes: usize = load<u32>(tables, 40);
  let end: u32 = 0, count: u32 = 0;
  for (let i: u32 = 0, j: u32 = 0; i < n || j < m; count++) {
    const from = startOf(xEnds, i), other = startOf(yEnds, j);
    const length = i < n ? load<u32>(xEnds + (<usize>i << 2)) - from : 0;
    const otherLength = j < m ? load<u32>(yEnds + (<usize>j << 2)) - other : 0;
    let order = i == n ? 1 : j == m ? -1 : 0;
    if (order == 0) {
      const a = load<u64>(x + (<usize>i << 3)), b = load<u64>(y + (<usize>j << 3));
      order = a < b ? -1 : a > b ? 1 : 0;
      if (order == 0 && !(length == otherLength && areEqual(xBytes + from, yBytes + other, length))) {
        order = compareBytes(xBytes + from, length, yBytes + other, otherLength);
      }
    }
    const isFirst = order <= 0, to = bytes + end;
    store<u64>(hashes + (<usize>count << 3), load<u64>(isFirst ? x + (<usize>i << 3) : y + (<usize>j << 3)));
    put(to, isFirst ? xBytes + from : yBytes + other, isFirst ? length : otherLength);
    end += isFirst ? length : otherLength;
    store<u32>(ends + (<usize>count << 2), end);
    if (order <= 0) store<u32>(first + (<usize>(i++) << 2), count);
    if (order >= 0) store<u32>(second + (<usize>(j++) << 2), count);
  }
  return count;
}
