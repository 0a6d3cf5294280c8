/**
 * Levels in the deprecated encoding BIT_PACKED, which has no length in front. Encodings.md packs the highest bit
 * first, pyarrow and the files at hand the lowest, like all else in Parquet; so it is done here.
 */
import { isRuns, unpack } from "./hybrid.ts";
import { Malformed } from "./malformed.ts";
import { BIT_PACKED, RLE } from "./page_header.ts";
import type { Span } from "./span.ts";

/** Where the levels of a page lie, and whether they are in BIT_PACKED. */
export interface FoundLevels {
  /** From the first of their bytes on, and how many there are: a length in front is not among them. */
  from: number;
  length: number;
  isPacked: boolean;
}

/**
 * Finds the `count` levels that a page of version 1 begins with. Levels said to be in BIT_PACKED that are RLE to the
 * last byte, with its length in front, are taken for that: some writers name the one and write the other.
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
  const length = size < 4 ? Infinity : lengthAt(bytesOf(4));
  const isWithin = length <= size - 4;
  if (encoding === BIT_PACKED) {
    const isRle = isWithin && isRuns(behindLength(bytesOf(4 + length)), width, count);
    const packed = bitPackedLength(count, width);
    if (!isRle && packed > size) throw new Malformed("a page's levels are cut off");
    if (!isRle) return { from: 0, length: packed, isPacked: true };
  }
  if (!isWithin) throw new Malformed("a page's levels are cut off");
  return { from: 4, length, isPacked: false };
}

function lengthAt({ bytes, at }: Span): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

function behindLength({ bytes, at, end }: Span): Span {
  return { bytes, at: at + 4, end };
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
