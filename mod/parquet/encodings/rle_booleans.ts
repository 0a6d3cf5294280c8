import { RLE } from "../format/page_header.ts";
import { Malformed } from "../io/errors.ts";
import { threadScratch } from "../io/scratch.ts";
import { decodeBits } from "./hybrid.ts";
import type { ValueEncoding } from "./value_encoding.ts";

/** RLE: booleans in the hybrid of run lengths and bit-packing, with a length in front. */
export const rleBooleans: ValueEncoding = {
  number: RLE,
  fixed({ values: { bytes, at, end }, before, wanted }, type) {
    if (type !== "BOOLEAN") return null;
    if (end - at < 4) throw new Malformed("a page's values are cut off");
    const output = threadScratch.values.take(wanted).subarray(0, wanted);
    decodeBits({ bytes, at: at + 4, end }, output, wanted);
    return output.subarray(before);
  },
};
