import { Malformed } from "../io/errors.ts";
import type { Span } from "../io/span.ts";
import { type ByteArrays, copyArray, ofLength } from "./byte_arrays.ts";
import { decodeDelta32 } from "./delta.ts";
import { decodeDeltaLength } from "./delta_length.ts";
import type { ValueEncoding } from "./value_encoding.ts";

/** Bytes that strings with shared beginnings may grow to on one page. */
const MOST_TEXT = 1 << 29;

/** DELTA_BYTE_ARRAY: how much each shares with the one before, and the rest of each ("Delta Strings"). */
export const deltaByteArray: ValueEncoding = {
  number: 7,
  arrays: ({ values, present, wanted }, length) =>
    ofLength(decodeDeltaByteArray({ ...values }, present, wanted), length),
};

/** Decodes the first `wanted` of `count` byte arrays that share their beginnings with the one before. */
function decodeDeltaByteArray(span: Span, count: number, wanted = count): ByteArrays {
  const prefixes = new Int32Array(count);
  decodeDelta32(span, prefixes, count);
  const suffixes = decodeDeltaLength(span, count, wanted);
  let total = 0;
  let before = 0;
  for (let k = 0; k < wanted; k++) {
    const prefix = prefixes[k]!;
    if (prefix < 0 || prefix > before) {
      throw new Malformed("a page's shared beginnings are damaged");
    }
    before = prefix + suffixes.ends[k]! - suffixes.starts[k]!;
    total += before;
    if (total > MOST_TEXT) throw new Malformed("a page's shared beginnings grow too long");
  }
  const bytes = new Uint8Array(total);
  const { starts, ends } = suffixes;
  let at = 0;
  for (let k = 0; k < wanted; k++) {
    const from = starts[k]!;
    const to = ends[k]!;
    const start = at;
    if (k > 0) at = copyArray(bytes, starts[k - 1]!, starts[k - 1]! + prefixes[k]!, bytes, at);
    at = copyArray(span.bytes, from, to, bytes, at);
    starts[k] = start;
    ends[k] = at;
  }
  return { bytes, starts, ends };
}
