import { Malformed } from "../io/errors.ts";
import type { Span } from "../io/span.ts";
import { type ByteArrays, ofLength } from "./byte_arrays.ts";
import { decodeDelta32 } from "./delta.ts";
import type { ValueEncoding } from "./value_encoding.ts";

/** DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes ("Delta-length byte array"). */
export const deltaLength: ValueEncoding = {
  number: 6,
  arrays: ({ values, present, wanted }, length) =>
    ofLength(decodeDeltaLength({ ...values }, present, wanted), length),
};

/** Decodes the first `wanted` of `count` byte arrays whose lengths stand in front of all of them. */
export function decodeDeltaLength(span: Span, count: number, wanted = count): ByteArrays {
  const ends = new Int32Array(count);
  decodeDelta32(span, ends, count);
  const starts = new Int32Array(wanted);
  let at = span.at;
  for (let k = 0; k < wanted; k++) {
    const length = ends[k]!;
    if (length < 0 || length > span.end - at) throw new Malformed("a page's deltas are cut off");
    starts[k] = at;
    at += length;
    ends[k] = at;
  }
  return { bytes: span.bytes, starts, ends: ends.subarray(0, wanted) };
}
