import { unpackLz4 } from "../../kernel/decode.ts";
import { Malformed } from "../io/errors.ts";
import type { Span } from "../io/span.ts";

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
  if (!unpackLz4(bytes.subarray(at, end), output, length, start)) throw damaged();
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
