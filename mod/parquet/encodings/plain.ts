/** The encodings of values that are all of one width, and PLAIN byte arrays (Encodings.md). */
import { joinStreams } from "../../kernel/decode.ts";
import type { ByteArrays } from "./delta.ts";
import { Malformed } from "../io/malformed.ts";
import type { Span } from "../io/span.ts";

/** PLAIN values `from` up to `to` of `width` bytes: where they are, unchanged. */
export function plainFixed(
  { bytes, at, end }: Span,
  width: number,
  from: number,
  to: number,
): Uint8Array {
  if (to * width > end - at) throw cutOff();
  return bytes.subarray(at + from * width, at + to * width);
}

/** PLAIN byte arrays: each has its length in front. */
export function plainByteArrays({ bytes, at, end }: Span, count: number): ByteArrays {
  if (count > (end - at) / 4) throw cutOff();
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  for (let k = 0; k < count; k++) {
    if (end - at < 4) throw cutOff();
    const length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) |
      (bytes[at + 3]! << 24);
    at += 4;
    if (length < 0 || length > end - at) throw cutOff();
    starts[k] = at;
    at += length;
    ends[k] = at;
  }
  return { bytes, starts, ends };
}

/**
 * Puts together the first `wanted` of `count` values whose first bytes stand first, then all second
 * bytes, and so on.
 */
export function decodeByteStreamSplit(
  { bytes, at, end }: Span,
  width: number,
  count: number,
  wanted: number,
  output: Uint8Array,
): void {
  if (count * width > end - at) throw cutOff();
  if (width === 4 || width === 8) {
    joinStreams(bytes.subarray(at, at + count * width), width, count, wanted, output);
    return;
  }
  for (let byte = 0; byte < width; byte++, at += count) {
    for (let k = 0, to = byte; k < wanted; k++, to += width) output[to] = bytes[at + k]!;
  }
}

function cutOff(): Malformed {
  return new Malformed("a page's values are cut off");
}
