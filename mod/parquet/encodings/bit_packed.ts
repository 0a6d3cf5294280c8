/**
 * Levels in the deprecated encoding BIT_PACKED, which has no length in front. Encodings.md packs the highest bit
 * first, pyarrow and the files at hand the lowest, like all else in Parquet; so it is done here.
 */
import { unpack } from "./hybrid.ts";
import { Malformed } from "../io/malformed.ts";
import { BIT_PACKED, RLE } from "../format/page_header.ts";
import type { Span } from "../io/span.ts";

/** Where the levels of a page lie, and whether they are in BIT_PACKED. */
export interface FoundLevels {
  /** From the first of their bytes on, and how many there are: a length in front is not among them. */
  from: number;
  length: number;
  isPacked: boolean;
}

/**
 * Finds the `count` levels that a page of version 1 begins with, in the encoding that its header says: what is in RLE under
 * the name of BIT_PACKED can look like BIT_PACKED, so that nothing is told from the bytes.
 *
 * @param bytesOf Gives the first bytes of the page, as many as are asked for.
 * @param size Of the page.
 * @throws Malformed when they are in neither of the two encodings, or cut off.
 */
export function findLevels(
  bytesOf: (length: number) => Span,
  size: number,
  encoding: number,
  width: number,
  count: number,
): FoundLevels {
  if (encoding !== BIT_PACKED && encoding !== RLE) {
    throw new Malformed(`a page's levels can't be in the encoding of number ${encoding}`);
  }
  const isPacked = encoding === BIT_PACKED;
  const from = isPacked ? 0 : 4;
  const length = isPacked
    ? bitPackedLength(count, width)
    : size < 4
    ? Infinity
    : lengthAt(bytesOf(4));
  if (length > size - from) throw new Malformed("a page's levels are cut off");
  return { from, length, isPacked };
}

function lengthAt({ bytes, at }: Span): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
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
