/** The levels that data pages of both versions begin with: how deep each value is there, and what it repeats. */
import { BIT_PACKED, DATA_PAGE_V2, type PageHeader, RLE } from "../format/page_header.ts";
import type { Leaf } from "../format/schema_tree.ts";
import { Malformed } from "../io/errors.ts";
import type { Scratch } from "../io/scratch.ts";
import type { Span } from "../io/span.ts";
import { decodeBits, decodeHybrid, isRunOfOnes, unpack } from "./hybrid.ts";

/** Where the levels of one kind lie, from the first byte of the page on: a length in front is not among them. */
export interface LevelsPlace {
  from: number;
  length: number;
  /** Whether they are in the deprecated BIT_PACKED, and not in RLE. */
  isPacked: boolean;
}

/** The levels of a page, and where its values begin. */
export interface PageLevels {
  repetition: LevelsPlace;
  definition: LevelsPlace;
  end: number;
}

/**
 * Finds the levels of a page.
 *
 * @param size Bytes of the page, uncompressed.
 * @param first Gives its first bytes, as many as are asked for.
 * @throws Malformed when they are in an encoding that is none of levels, or cut off.
 */
export function findLevels(
  header: PageHeader,
  leaf: Leaf,
  size: number,
  first: (length: number) => Span,
): PageLevels {
  const v2 = header.type === DATA_PAGE_V2;
  const at = (from: number, deepest: number, encoding: number, length: number) =>
    v2
      ? { from, length, isPacked: false }
      : deepest === 0 || header.values === 0
      ? { from, length: 0, isPacked: false }
      : findV1(from, levelWidth(deepest), encoding, header.values, size, first);
  const { repetitionEncoding, repetitionLength, definitionEncoding, definitionLength } = header;
  const repetition = at(0, leaf.maxRepetition, repetitionEncoding, repetitionLength);
  const next = repetition.from + repetition.length;
  const definition = at(next, leaf.maxDefinition, definitionEncoding, definitionLength);
  const end = definition.from + definition.length;
  if (end > size) throw cutOff();
  return { repetition, definition, end };
}

/**
 * Levels of a page of version 1 are in the encoding that its header says, those in RLE with a length in front: what is
 * in RLE under the name of BIT_PACKED can look like BIT_PACKED, so that nothing is told from the bytes.
 */
function findV1(
  from: number,
  width: number,
  encoding: number,
  count: number,
  size: number,
  first: (length: number) => Span,
): LevelsPlace {
  if (encoding === BIT_PACKED) {
    return { from, length: bitPackedLength(count, width), isPacked: true };
  }
  if (encoding !== RLE) {
    throw new Malformed(`a page's levels can't be in the encoding of number ${encoding}`);
  }
  if (from + 4 > size) throw cutOff();
  const { bytes, end } = first(from + 4);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(end - 4, true);
  return { from: from + 4, length, isPacked: false };
}

/**
 * Decodes the levels of a nested column.
 *
 * @param page At least the bytes of the page up to their end.
 * @param deepest The level of a value that is there.
 * @throws Malformed when they are cut off or damaged, or one is deeper.
 */
export function decodeLevels(
  page: Span,
  { from, length, isPacked }: LevelsPlace,
  deepest: number,
  count: number,
): Int32Array {
  const levels = new Int32Array(count);
  if (deepest === 0) return levels;
  const at = page.at + from;
  const decode = isPacked ? unpackLevels : decodeHybrid;
  decode({ bytes: page.bytes, at, end: at + length }, levelWidth(deepest), levels, count);
  for (let i = 0; i < count; i++) {
    if (levels[i]! > deepest) throw new Malformed(`a level can't be ${levels[i]}`);
  }
  return levels;
}

/**
 * Decodes the definition levels of a column that is not nested.
 *
 * @returns In scratch memory 1 for a value and 0 for a null, or null where there is no null; and how many values.
 * @throws Malformed when they are cut off or damaged.
 */
export function decodeValidity(
  page: Span,
  { from, length, isPacked }: LevelsPlace,
  count: number,
  scratch: Scratch,
): { validity: Uint8Array | null; present: number } {
  const at = page.at + from;
  const levels = { bytes: page.bytes, at, end: at + length };
  if (!isPacked && isRunOfOnes(levels, count)) return { validity: null, present: count };
  const validity = scratch.take(count);
  if (isPacked) unpackLevels(levels, 1, validity, count);
  const present = isPacked
    ? validity.subarray(0, count).reduce((sum, level) => sum + level, 0)
    : decodeBits(levels, validity, count);
  return { validity: present < count ? validity : null, present };
}

/** Bits of a level of a column whose deepest is `most`. */
function levelWidth(most: number): number {
  return 32 - Math.clz32(most);
}

function bitPackedLength(count: number, width: number): number {
  return Math.ceil(count * width / 8);
}

/**
 * Unpacks `count` levels in BIT_PACKED. Encodings.md packs the highest bit first, pyarrow and the files at hand the
 * lowest, like all else in Parquet; so it is done here.
 *
 * @throws Malformed when bits behind the last are not 0: then the highest are first, which can't be told elsewhere.
 */
function unpackLevels(
  { bytes, at, end }: Span,
  width: number,
  output: Int32Array | Uint8Array,
  count: number,
): void {
  const length = bitPackedLength(count, width);
  if (length > end - at) throw cutOff();
  const used = count * width & 7;
  if (used > 0 && bytes[at + length - 1]! >>> used !== 0) {
    throw new Malformed("a page's levels in BIT_PACKED are not packed with the lowest bit first");
  }
  unpack(bytes, at, width, output, 0, count);
}

function cutOff(): Malformed {
  return new Malformed("a page's levels are cut off");
}
