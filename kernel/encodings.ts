// Encodings of numbers (Encodings.md): deltas, and bytes that are split into streams.

let value: u64 = 0;
let made: u32 = 0;

/** The value that the first delta is added to. */
export function deltaBegin(low: u32, high: u32): void {
  value = (<u64>high << 32) | <u64>low;
}

/** How many values {@linkcode deltaBlocks} has made. */
export function deltaMade(): u32 {
  return made;
}

// @ts-ignore: decorator
@inline
function bitsOf(width: u32): u64 {
  return width == 0 ? 0 : ~(<u64>0) >>> (64 - width);
}

/**
 * Decodes whole blocks of deltas to `output`, 4 or 8 bytes a value, as long as they are all there and there is room:
 * of the last block so many values as are `left`. 16 bytes behind `end` are readable. Returns where it stopped
 * reading, or 0 where a block is damaged or, if nothing follows (`last`), cut off.
 */
export function deltaBlocks(
  at: usize,
  end: usize,
  last: bool,
  miniblocks: u32,
  perMiniblock: u32,
  output: usize,
  room: u32,
  left: u32,
  wide: bool,
): usize {
  const blockSize = miniblocks * perMiniblock;
  const longest: u32 = 8 * blockSize + miniblocks + 10;
  made = 0;
  let sum = value;
  while (left > 0 && room >= min(left, blockSize) && (last || <u32>(end - at) >= longest)) {
    let zigzag: u64 = 0;
    for (let shift: u32 = 0;; shift += 7) {
      if (at >= end || shift >= 70) return 0;
      const byte = <u64>load<u8>(at++);
      zigzag |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    const least = (zigzag >>> 1) ^ (0 - (zigzag & 1));
    if (miniblocks > <u32>(end - at)) return 0;
    const widths = at;
    at += miniblocks;
    for (let block: u32 = 0; block < miniblocks && left > 0; block++) {
      const width = <u32>load<u8>(widths + block);
      const run = min(perMiniblock, left);
      if (width > 64 || ((<u64>run * width + 7) >>> 3) > <u64>(end - at)) return 0;
      const mask = bitsOf(width);
      if (wide && width <= 57) {
        let bit: u32 = 0;
        for (const stop = output + 8 * run; output < stop; output += 8, bit += width) {
          sum += least + ((load<u64>(at + (bit >>> 3)) >>> (bit & 7)) & mask);
          store<u64>(output, sum);
        }
      } else if (wide) {
        let bit: u32 = 0;
        for (const stop = output + 8 * run; output < stop; output += 8, bit += width) {
          const from = at + (bit >>> 3), shift = <u64>(bit & 7);
          // The ninth byte's bits, shifted in two steps as a shift by 64 would be one by 0.
          const high = (<u64>load<u8>(from + 8) << (63 - shift)) << 1;
          sum += least + (((load<u64>(from) >>> shift) | high) & mask);
          store<u64>(output, sum);
        }
      } else {
        // Of wider deltas the lower half is all that counts.
        let bit: u32 = 0;
        for (const stop = output + 4 * run; output < stop; output += 4, bit += width) {
          sum += least + ((load<u64>(at + (bit >>> 3)) >>> (bit & 7)) & mask);
          store<u32>(output, <u32>sum);
        }
      }
      at = min<usize>(end, at + (perMiniblock >>> 3) * width);
      made += run;
      left -= run;
      room -= run;
    }
  }
  value = sum;
  return at;
}

// @ts-ignore: decorator
@inline
function joined(a: v128, b: v128, c: v128, d: v128, to: usize, step: usize): void {
  const ab = i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const ab2 = i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const cd = i8x16.shuffle(c, d, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const cd2 = i8x16.shuffle(c, d, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  v128.store(to, i16x8.shuffle(ab, cd, 0, 8, 1, 9, 2, 10, 3, 11));
  v128.store(to + step, i16x8.shuffle(ab, cd, 4, 12, 5, 13, 6, 14, 7, 15));
  v128.store(to + 2 * step, i16x8.shuffle(ab2, cd2, 0, 8, 1, 9, 2, 10, 3, 11));
  v128.store(to + 3 * step, i16x8.shuffle(ab2, cd2, 4, 12, 5, 13, 6, 14, 7, 15));
}

/**
 * Joins streams of bytes, each `apart` bytes behind the one before, to values of 4 bytes. Values are made 16 at a time:
 * so many bytes behind each stream are readable, and the output has room for them.
 */
export function joinBytes4(from: usize, apart: usize, count: u32, output: usize): void {
  for (const end = from + count; from < end; from += 16, output += 64) {
    const a = v128.load(from), b = v128.load(from + apart);
    const c = v128.load(from + 2 * apart), d = v128.load(from + 3 * apart);
    joined(a, b, c, d, output, 16);
  }
}

/** The same for values of 8 bytes. */
export function joinBytes8(from: usize, apart: usize, count: u32, output: usize): void {
  for (const end = from + count; from < end; from += 16, output += 128) {
    const a = v128.load(from), b = v128.load(from + apart);
    const c = v128.load(from + 2 * apart), d = v128.load(from + 3 * apart);
    const e = v128.load(from + 4 * apart), f = v128.load(from + 5 * apart);
    const g = v128.load(from + 6 * apart), h = v128.load(from + 7 * apart);
    joined(a, b, c, d, output, 32);
    joined(e, f, g, h, output + 16, 32);
    for (let to = output; to < output + 128; to += 32) {
      const low = v128.load(to), high = v128.load(to + 16);
      v128.store(to, i32x4.shuffle(low, high, 0, 4, 1, 5));
      v128.store(to + 16, i32x4.shuffle(low, high, 2, 6, 3, 7));
    }
  }
}
