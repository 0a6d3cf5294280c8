/** The encodings of values that are all of one width, and PLAIN byte arrays (Encodings.md). */
import type { ByteArrays } from "./delta.ts";
import { Malformed } from "./malformed.ts";
import type { Span } from "./span.ts";

/** PLAIN values of `width` bytes: where they are, unchanged. */
export function plainFixed({ bytes, at, end }: Span, width: number, count: number): Uint8Array {
  if (count * width > end - at) throw cutOff();
  return bytes.subarray(at, at + count * width);
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

/** Puts together values whose first bytes stand first, then all second bytes, and so on. */
export function decodeByteStreamSplit(
  { bytes, at, end }: Span,
  width: number,
  count: number,
  output: Uint8Array,
): void {
  if (count * width > end - at) throw cutOff();
  if (width === 4 || width === 8) {
    const words = new Int32Array(output.buffer, output.byteOffset, count * width / 4);
    for (let half = 0; half < width / 4; half++, at += 4 * count) {
      joinStreams(bytes, at, count, words, half, width / 4);
    }
    return;
  }
  for (let byte = 0; byte < width; byte++) {
    for (let k = 0, to = byte; k < count; k++, to += width) output[to] = bytes[at++]!;
  }
}

/** Four streams of `count` bytes to words, one in every `step`. */
function joinStreams(
  bytes: Uint8Array,
  at: number,
  count: number,
  words: Int32Array,
  to: number,
  step: number,
): void {
  const second = at + count;
  const third = second + count;
  const fourth = third + count;
  for (let k = 0; k < count; k++, to += step) {
    words[to] = bytes[at + k]! | (bytes[second + k]! << 8) | (bytes[third + k]! << 16) |
      (bytes[fourth + k]! << 24);
  }
}

function cutOff(): Malformed {
  return new Malformed("a page's values are cut off");
}
