import { joinStreams } from "../../kernel/decode.ts";
import { BYTE_STREAM_SPLIT } from "../format/page_header.ts";
import { Malformed } from "../io/errors.ts";
import { threadScratch } from "../io/scratch.ts";
import type { Span } from "../io/span.ts";
import { evenArrays } from "./byte_arrays.ts";
import type { ValueEncoding } from "./value_encoding.ts";

/** BYTE_STREAM_SPLIT: the first bytes of all values, then all second ones, and so on. */
export const byteStreamSplit: ValueEncoding = {
  number: BYTE_STREAM_SPLIT,
  fixed({ values, present, before, wanted }, type, width) {
    if (type === "BOOLEAN") return null;
    const output = threadScratch.values.take(wanted * width);
    decodeByteStreamSplit(values, width, present, wanted, output);
    return output.subarray(before * width, wanted * width);
  },
  arrays({ values, present, wanted }, length) {
    if (length === null) return null;
    checkLength(values, length, present);
    const bytes = new Uint8Array(wanted * length);
    decodeByteStreamSplit(values, length, present, wanted, bytes);
    return evenArrays(bytes, 0, length, wanted);
  },
};

/**
 * Puts together the first `wanted` of `count` values whose first bytes stand first, then all second
 * bytes, and so on.
 */
function decodeByteStreamSplit(
  { bytes, at, end }: Span,
  width: number,
  count: number,
  wanted: number,
  output: Uint8Array,
): void {
  checkLength({ bytes, at, end }, width, count);
  if (width === 4 || width === 8) {
    joinStreams(bytes.subarray(at, at + count * width), width, count, wanted, output);
    return;
  }
  for (let byte = 0; byte < width; byte++, at += count) {
    for (let k = 0, to = byte; k < wanted; k++, to += width) output[to] = bytes[at + k]!;
  }
}

function checkLength({ at, end }: Span, width: number, count: number): void {
  if (count * width > end - at) throw new Malformed("a page's values are cut off");
}
