import { Malformed } from "./malformed.ts";
import { copyWithin } from "./snappy_decode.ts";
import type { Span } from "./span.ts";

/**
 * Decompresses a raw LZ4 block of exactly `length` bytes to `output[start]`.
 *
 * @throws Malformed when the block is cut off, points before its start or is of another length.
 */
export function lz4Decode(
  { bytes, at, end }: Span,
  output: Uint8Array,
  length: number,
  start = 0,
): void {
  const stop = start + length;
  let from = at;
  let to = start;
  const more = (count: number): number => {
    if (count < 15) return count;
    let byte: number;
    do {
      if (from >= end) throw damaged();
      byte = bytes[from++]!;
      count += byte;
    } while (byte === 255);
    return count;
  };
  while (from < end) {
    const token = bytes[from++]!;
    const literals = more(token >>> 4);
    if (literals > end - from || literals > stop - to) throw damaged();
    output.set(bytes.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === end) break;
    if (from + 2 > end) throw damaged();
    const offset = bytes[from]! | (bytes[from + 1]! << 8);
    from += 2;
    const count = more(token & 15) + 4;
    if (offset === 0 || offset > to - start || count > stop - to) throw damaged();
    copyWithin(output, to, offset, count);
    to += count;
  }
  if (to !== stop) throw damaged();
}

/**
 * Decompresses what Parquet's deprecated codec LZ4 may mean: Hadoop's frames, each with its two
 * lengths in front, or else one raw block.
 */
export function lz4HadoopDecode(span: Span, output: Uint8Array, length: number): void {
  if (!decodeFrames(span, output, length)) lz4Decode(span, output, length);
}

function decodeFrames({ bytes, at, end }: Span, output: Uint8Array, length: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, end);
  let from = at;
  let to = 0;
  while (from < end) {
    if (end - from < 8) return false;
    const plain = view.getUint32(from);
    const packed = view.getUint32(from + 4);
    from += 8;
    if (packed > end - from || plain > length - to) return false;
    try {
      lz4Decode({ bytes, at: from, end: from + packed }, output, plain, to);
    } catch (thrown) {
      if (thrown instanceof Malformed) return false;
      throw thrown;
    }
    from += packed;
    to += plain;
  }
  return to === length;
}

function damaged(): Malformed {
  return new Malformed("a page's LZ4 data is damaged");
}
