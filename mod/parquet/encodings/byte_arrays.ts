import { Malformed } from "../io/errors.ts";

/** Bytes that are copied one by one at most. */
const FEW = 32;

/** Byte arrays: value k is `bytes[starts[k]]` up to `bytes[ends[k]]`, not included. */
export interface ByteArrays {
  bytes: Uint8Array;
  starts: Int32Array;
  ends: Int32Array;
}

/** `count` byte arrays of one length, one behind the other from `bytes[at]` on. */
export function evenArrays(
  bytes: Uint8Array,
  at: number,
  length: number,
  count: number,
): ByteArrays {
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  for (let k = 0; k < count; k++) {
    starts[k] = at;
    at += length;
    ends[k] = at;
  }
  return { bytes, starts, ends };
}

/** The same byte arrays. @throws Malformed when one has not the length that all should have. */
export function ofLength(arrays: ByteArrays, length: number | null): ByteArrays {
  if (length === null) return arrays;
  const { starts, ends } = arrays;
  for (let k = 0; k < starts.length; k++) {
    if (ends[k]! - starts[k]! !== length) throw new Malformed("a value has the wrong length");
  }
  return arrays;
}

/** Copies a byte array; gives where the next one goes. Few are copied one by one: a call takes as long as some dozens. */
export function copyArray(
  source: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  at: number,
): number {
  if (to - from > FEW) output.set(source.subarray(from, to), at);
  else for (let k = from, into = at; k < to; k++) output[into++] = source[k]!;
  return at + to - from;
}
