// Byte strings: what those who compare and move them have in common. Up to 16 bytes behind them are loaded, too.

/** Bytes of a short one at most: they are moved at once. */
// @ts-ignore: decorator
@inline
export const SHORT: u32 = 16;

/** Up to 8 bytes as a word, 0 behind them; those behind are loaded, too. */
// @ts-ignore: decorator
@inline
export function wordOf(at: usize, bytes: i32): u64 {
  if (bytes >= 8) return load<u64>(at);
  return bytes <= 0 ? 0 : load<u64>(at) & ((<u64>1 << (<u64>bytes << 3)) - 1);
}

// @ts-ignore: decorator
@inline
export function areEqual(a: usize, b: usize, length: i32): bool {
  for (; length > 0; length -= 8, a += 8, b += 8) {
    if (wordOf(a, length) != wordOf(b, length)) return false;
  }
  return true;
}

/** Order of byte strings by their bytes. */
// @ts-ignore: decorator
@inline
export function compareBytes(a: usize, n: u32, b: usize, m: u32): i32 {
  const both = min(n, m);
  for (let at: u32 = 0; at < both; at++) {
    const x = load<u8>(a + at), y = load<u8>(b + at);
    if (x != y) return <i32>x - <i32>y;
  }
  return n < m ? -1 : n > m ? 1 : 0;
}

/** Puts a short byte string where there is room for 16 bytes, or a long one. */
// @ts-ignore: decorator
@inline
export function put(to: usize, from: usize, length: u32): void {
  if (length <= SHORT) v128.store(to, v128.load(from));
  else memory.copy(to, from, length);
}
