import { Malformed } from "../io/errors.ts";
import { integerOf, STRUCT, ThriftReader } from "./thrift.ts";

export const DATA_PAGE = 0;
export const INDEX_PAGE = 1;
export const DICTIONARY_PAGE = 2;
export const DATA_PAGE_V2 = 3;

/** Numbers of encodings that more than their own modules know. */
export const PLAIN = 0;
export const PLAIN_DICTIONARY = 2;
export const RLE = 3;
export const BIT_PACKED = 4;
export const RLE_DICTIONARY = 8;
export const BYTE_STREAM_SPLIT = 9;

/** Values of a page at most: their levels and indexes have to fit into memory. */
const MOST_VALUES = 1 << 26;

/** What stands before a page. Numbers that a type of page lacks are 0. */
export interface PageHeader {
  type: number;
  /** Bytes of the header itself. */
  headerLength: number;
  /** Bytes of the page behind it, as stored and uncompressed (levels included). */
  compressedLength: number;
  uncompressedLength: number;
  crc: number | null;
  /** Values with nulls; for a dictionary its entries. */
  values: number;
  encoding: number;
  definitionEncoding: number;
  repetitionEncoding: number;
  /** Only of version 2. Nulls are -1 where a writer keeps no statistics (parquet-java before 1.18): it tells none. */
  nulls: number;
  rows: number;
  definitionLength: number;
  repetitionLength: number;
  compressed: boolean;
}

/**
 * Parses a page header at `at`.
 *
 * @throws EndOfBytes when it goes on behind the bytes; Malformed when it makes no sense.
 */
export function parsePageHeader(bytes: Uint8Array, at: number, end: number): PageHeader {
  const reader = new ThriftReader(bytes, at, end);
  const top = new Map<number, number>();
  const inner = new Map<number, number>();
  let innerId = 0;
  reader.struct((id, type) => {
    if (type === STRUCT && (id === 5 || id === 7 || id === 8)) {
      innerId = id;
      inner.clear();
      reader.struct((id, type) => readNumber(reader, inner, id, type), 1);
      return true;
    }
    return readNumber(reader, top, id, type);
  });
  const type = required(top, 1);
  const header: PageHeader = {
    type,
    headerLength: reader.at - at,
    uncompressedLength: count(top, 2),
    compressedLength: count(top, 3),
    crc: top.get(4) ?? null,
    values: 0,
    encoding: 0,
    definitionEncoding: RLE,
    repetitionEncoding: RLE,
    nulls: 0,
    rows: 0,
    definitionLength: 0,
    repetitionLength: 0,
    compressed: true,
  };
  const expected = type === DATA_PAGE ? 5 : type === DICTIONARY_PAGE ? 7 : 8;
  if (type !== DATA_PAGE && type !== DICTIONARY_PAGE && type !== DATA_PAGE_V2) return header;
  if (innerId !== expected) throw new Malformed("a page's header lacks its second part");
  header.values = count(inner, 1);
  if (header.values > MOST_VALUES) throw new Malformed(`a page can't hold ${header.values} values`);
  if (type === DATA_PAGE_V2) {
    header.nulls = inner.get(2) === -1 ? -1 : count(inner, 2);
    header.rows = count(inner, 3);
    header.encoding = required(inner, 4);
    header.definitionLength = count(inner, 5);
    header.repetitionLength = count(inner, 6);
    header.compressed = inner.get(7) !== 0;
    if (header.nulls > header.values || header.rows > header.values) {
      throw new Malformed("a page's header contradicts itself");
    }
  } else {
    header.encoding = required(inner, 2);
    if (type === DATA_PAGE) {
      header.definitionEncoding = required(inner, 3);
      header.repetitionEncoding = required(inner, 4);
    }
  }
  return header;
}

/**
 * Whether a page may be in an encoding, by what its column chunk lists (a bit for each; 0 where it lists none). Pages
 * in PLAIN and BYTE_STREAM_SPLIT look alike, so that a header's changed bit would give other values; pages in the
 * other encodings can't be taken for one another, and some writers don't list them.
 */
export function isListed(encoding: number, listed: number): boolean {
  const split = listed & (1 << BYTE_STREAM_SPLIT), plain = listed & (1 << PLAIN);
  if (encoding === BYTE_STREAM_SPLIT) return split !== 0 || listed === 0;
  return encoding !== PLAIN || plain !== 0 || split === 0;
}

function readNumber(
  reader: ThriftReader,
  into: Map<number, number>,
  id: number,
  type: number,
): boolean {
  const value = integerOf(reader, type);
  if (value !== null) into.set(id, value);
  return value !== null;
}

function required(from: Map<number, number>, id: number): number {
  const value = from.get(id);
  if (value === undefined) throw new Malformed("a page's header lacks a field");
  return value;
}

function count(from: Map<number, number>, id: number): number {
  const value = required(from, id);
  if (value < 0 || value > 0x7fffffff) throw new Malformed(`a page's header holds ${value}`);
  return value;
}
