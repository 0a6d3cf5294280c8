// Raw LZ4 blocks (lz4_Block_format.md).

/**
 * Decompresses a block of exactly `length` bytes to `output`; 16 bytes behind either end may be read or
 * overwritten. False where the block is damaged.
 */
export function lz4Decode(at: usize, end: usize, output: usize, length: u32): bool {
  const stop = output + length;
  let to = output;
  while (at < end) {
    const token = <u32>load<u8>(at++);
    let count = token >>> 4;
    if (count == 15) {
      let byte: u32;
      do {
        if (at >= end) return false;
        byte = <u32>load<u8>(at++);
        count += byte;
      } while (byte == 255);
    }
    if (count > <u32>(end - at) || count > <u32>(stop - to)) return false;
    if (count <= 16) v128.store(to, v128.load(at));
    else memory.copy(to, at, count);
    at += count;
    to += count;
    if (at == end) break;
    if (at + 2 > end) return false;
    const offset = <u32>load<u16>(at);
    at += 2;
    count = token & 15;
    if (count == 15) {
      let byte: u32;
      do {
        if (at >= end) return false;
        byte = <u32>load<u8>(at++);
        count += byte;
      } while (byte == 255);
    }
    count += 4;
    if (offset == 0 || offset > <u32>(to - output) || count > <u32>(stop - to)) return false;
    let into = to;
    let from = to - offset;
    to += count;
    if (offset >= 16) {
      for (; into < to; into += 16, from += 16) v128.store(into, v128.load(from));
    } else if (offset >= 8) {
      for (; into < to; into += 8, from += 8) store<u64>(into, load<u64>(from));
    } else {
      for (; into < to; into++, from++) store<u8>(into, load<u8>(from));
    }
  }
  return to == stop;
}
