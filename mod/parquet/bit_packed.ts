/**
 * Levels in the deprecated encoding BIT_PACKED, which has no length in front. Encodings.md packs the highest bit
 * first, pyarrow and the files at hand the lowest, like all else in Parquet; so it is done here.
 */
import { unpack } from "./hybrid.ts";
import { Malformed } from "./malformed.ts";
import { BIT_PACKED, RLE } from "./page_header.ts";
import type { Span } from "./span.ts";

/**
 * Whether levels are in BIT_PACKED, and not in RLE.
 *
 * @throws Malformed when they are in neither of the two.
 */
export function isBitPacked(encoding: number): boolean {
  if (encoding === BIT_PACKED || encoding === RLE) return encoding === BIT_PACKED;
  throw new Malformed(`a page's levels can't be in the encoding of number ${encoding}`);
}

/** Bits of a level of a column whose deepest is `most`. */
export function levelWidth(most: number): number {
  return 32 - Math.clz32(most);
}

/** Bytes of `count` levels. */
export function bitPackedLength(count: number, width: number): number {
  return Math.ceil(count * width / 8);
}

/**
 * Unpacks `count` levels of `width` bits, the lowest first.
 *
 * @throws Malformed when bits behind the last are not 0: then the highest are first, which can't be told elsewhere.
 */
export function unpackLevels(
  { bytes, at, end }: Span,
  width: number,
  output: Int32Array | Uint8Array,
  count: number,
): void {
  const length = bitPackedLength(count, width);
  if (length > end - at) throw new Malformed("a page's levels are cut off");
  const used = count * width & 7;
  if (used > 0 && bytes[at + length - 1]! >>> used !== 0) {
    throw new Malformed("a page's levels in BIT_PACKED are not packed with the lowest bit first");
  }
  unpack(bytes, at, width, output, 0, count);
}
