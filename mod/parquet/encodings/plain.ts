import { PLAIN } from "../format/page_header.ts";
import { Malformed } from "../io/errors.ts";
import { threadScratch } from "../io/scratch.ts";
import type { Span } from "../io/span.ts";
import { type ByteArrays, evenArrays } from "./byte_arrays.ts";
import { unpackBits } from "./hybrid.ts";
import type { ValueEncoding } from "./value_encoding.ts";

/** PLAIN: one value behind the other, booleans as bits, byte arrays with their length in front. */
export const plain: ValueEncoding = {
  number: PLAIN,
  fixed: ({ values, before, wanted }, type, width) =>
    type === "BOOLEAN"
      ? plainBooleans(values, wanted).subarray(before)
      : plainFixed(values, width, before, wanted),
  arrays: ({ values, wanted }, length) => plainArrays(values, length, wanted),
};

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

/** Booleans as 0 and 1; valid until the next page. */
export function plainBooleans({ bytes, at, end }: Span, count: number): Uint8Array {
  if (count > 8 * (end - at)) throw cutOff();
  const output = threadScratch.values.take(count).subarray(0, count);
  unpackBits(bytes, at, count, output, 0);
  return output;
}

/** PLAIN byte arrays, of one length or each with its own in front. */
export function plainArrays(span: Span, length: number | null, count: number): ByteArrays {
  if (length === null) return plainByteArrays(span, count);
  plainFixed(span, length, 0, count);
  return evenArrays(span.bytes, span.at, length, count);
}

function plainByteArrays({ bytes, at, end }: Span, count: number): ByteArrays {
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

/** The error for values that are not all there. */
export function cutOff(): Malformed {
  return new Malformed("a page's values are cut off");
}
