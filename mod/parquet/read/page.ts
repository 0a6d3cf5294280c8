import type { CompressionCodec } from "hyparquet";
import { findLevels, levelWidth, unpackLevels } from "../encodings/bit_packed.ts";
import { decompress } from "../encodings/codec.ts";
import type { HeldPage } from "./held_page.ts";
import { decodeHybrid } from "../encodings/hybrid.ts";
import { Malformed } from "../io/malformed.ts";
import { DATA_PAGE_V2, type PageHeader } from "../format/page_header.ts";
import type { Leaf } from "../format/schema_tree.ts";
import { threadScratch } from "../io/scratch.ts";
import type { Span } from "../io/span.ts";

/** A data page whose levels are decoded and whose values are not. Valid until the next page. */
export interface Page {
  /** Values without nulls before the first wanted one. */
  before: number;
  /** Values with nulls. */
  count: number;
  /** Values without nulls. */
  present: number;
  /** How many of those are decoded at least: later ones are not wanted. */
  wanted: number;
  /** Of a column that is not nested: 1 for a value, 0 for a null; null when there is no null. */
  validity: Uint8Array | null;
  /** Of a nested column. */
  levels: NestedLevels | null;
  encoding: number;
  values: Span;
  /** Of a column that is not nested: the page in the kernel's memory. */
  held: HeldPage | null;
  /** How many indexes of a held page its kernel has decoded or stepped over. */
  decoded: number;
}

export interface NestedLevels {
  definition: Int32Array;
  repetition: Int32Array;
}

/** Decompresses a data page of a nested column. What comes back is valid until the next page. */
export function splitPage(
  body: Span,
  header: PageHeader,
  codec: CompressionCodec,
  leaf: Leaf,
): PageParts {
  return (header.type === DATA_PAGE_V2 ? splitV2 : splitV1)(body, header, codec, leaf);
}

/** Decodes the levels of a decompressed page of a nested column. */
export function openPage(parts: PageParts, header: PageHeader, leaf: Leaf): Page {
  const { definition, repetition, values } = parts;
  const count = header.values;
  const page: Page = {
    count,
    before: 0,
    present: count,
    wanted: count,
    validity: null,
    levels: {
      definition: nestedLevels(definition, leaf.maxDefinition, count),
      repetition: nestedLevels(repetition, leaf.maxRepetition, count),
    },
    encoding: header.encoding,
    values,
    held: null,
    decoded: 0,
  };
  page.present = countEqual(page.levels!.definition, leaf.maxDefinition);
  page.wanted = page.present;
  checkNulls(header, count - page.present, leaf);
  return page;
}

/**
 * Holds the nulls that a page of version 2 tells of against those it has. Older versions of Arrow don't count what is
 * null or empty above an element of a list.
 *
 * @throws Malformed when they contradict each other.
 */
export function checkNulls({ type, nulls }: PageHeader, found: number, leaf: Leaf): void {
  if (type !== DATA_PAGE_V2 || nulls < 0 || nulls === found) return;
  if (leaf.maxRepetition > 0 && nulls < found) return;
  throw new Malformed(`a page says it has ${nulls} nulls and has ${found}`);
}

interface Levels extends Span {
  /** Whether they are in BIT_PACKED, and not in RLE. */
  isPacked: boolean;
}

/** A data page's bytes: its levels and its values. */
export interface PageParts {
  definition: Levels;
  repetition: Levels;
  values: Span;
}

const NO_LEVELS: Levels = { bytes: new Uint8Array(0), at: 0, end: 0, isPacked: false };

function splitV1(body: Span, header: PageHeader, codec: CompressionCodec, leaf: Leaf): PageParts {
  const values = { ...decompress(codec, body, header.uncompressedLength, threadScratch.page) };
  const take = (deepest: number, encoding: number): Levels => {
    if (deepest === 0 || header.values === 0) return NO_LEVELS;
    const { bytes, at, end } = values;
    const first = (length: number) => ({ bytes, at, end: at + length });
    const width = levelWidth(deepest);
    const found = findLevels(first, end - at, encoding, width, header.values);
    const from = at + found.from;
    values.at = from + found.length;
    return { bytes, at: from, end: values.at, isPacked: found.isPacked };
  };
  const repetition = take(leaf.maxRepetition, header.repetitionEncoding);
  const definition = take(leaf.maxDefinition, header.definitionEncoding);
  return { repetition, definition, values };
}

function splitV2(body: Span, header: PageHeader, codec: CompressionCodec): PageParts {
  const { bytes, at, end } = body;
  const { repetitionLength, definitionLength, uncompressedLength } = header;
  const levels = repetitionLength + definitionLength;
  if (levels > end - at || levels > uncompressedLength) {
    throw new Malformed("a page's levels are longer than the page");
  }
  const middle = at + repetitionLength;
  const values = { bytes, at: at + levels, end };
  return {
    repetition: { bytes, at, end: middle, isPacked: false },
    definition: { bytes, at: middle, end: values.at, isPacked: false },
    values: decompress(
      header.compressed ? codec : "UNCOMPRESSED",
      values,
      uncompressedLength - levels,
      threadScratch.page,
    ),
  };
}

function nestedLevels(span: Levels, deepest: number, count: number): Int32Array {
  const levels = new Int32Array(count);
  if (deepest === 0) return levels;
  const decode = span.isPacked ? unpackLevels : decodeHybrid;
  decode(span, levelWidth(deepest), levels, count);
  for (let i = 0; i < count; i++) {
    if (levels[i]! > deepest) throw new Malformed(`a level can't be ${levels[i]}`);
  }
  return levels;
}

function countEqual(values: Int32Array, wanted: number): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === wanted) count++;
  return count;
}
