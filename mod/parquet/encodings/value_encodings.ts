import { byteStreamSplit } from "./byte_stream_split.ts";
import { deltaBinaryPacked } from "./delta.ts";
import { deltaByteArray } from "./delta_byte_array.ts";
import { deltaLength } from "./delta_length.ts";
import { plain } from "./plain.ts";
import { rleBooleans } from "./rle_booleans.ts";
import type { ValueEncoding } from "./value_encoding.ts";

/** All encodings of values that are read. Pages of indexes into a dictionary are a matter of their own. */
const ENCODINGS: readonly ValueEncoding[] = [
  plain,
  rleBooleans,
  deltaBinaryPacked,
  deltaLength,
  deltaByteArray,
  byteStreamSplit,
];

const byNumber = new Map(ENCODINGS.map((encoding) => [encoding.number, encoding]));

/** The encoding of a number in the format, if it is read. */
export function valueEncoding(number: number): ValueEncoding | undefined {
  return byNumber.get(number);
}
