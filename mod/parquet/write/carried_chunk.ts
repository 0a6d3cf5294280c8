import type { Encoding, RowGroup, Statistics } from "hyparquet";
import { Encodings } from "../format/hyparquet.ts";
import { crc32 } from "node:zlib";
import { startOfChunk } from "../format/chunk_table.ts";
import {
  DATA_PAGE,
  DATA_PAGE_V2,
  DICTIONARY_PAGE,
  INDEX_PAGE,
  isListed,
  parsePageHeader,
  RLE,
} from "../format/page_header.ts";
import type { ParquetReader } from "../read/parquet_reader.ts";
import type { EncodedColumn } from "./output_column.ts";
import { isOrdered, isUnsigned, leafOfType, type OutputType, physicalType } from "./output_type.ts";
import { EndOfBytes } from "../format/thrift.ts";
import { Malformed } from "../io/errors.ts";
import { compareBytes, ofShortBounds } from "../format/column_statistics.ts";

/**
 * Reads a column chunk as it is stored, to be carried to a result.
 *
 * @param to What the result's column is written as, and whether it has no levels.
 * @returns Its bytes and what is in them, or null where a result can't have it so: then the values have to
 * be read and written anew.
 */
export function carryChunk(
  reader: ParquetReader,
  group: RowGroup,
  leafIndex: number,
  name: string,
  { type, required }: { type: OutputType; required: boolean },
): { bytes: Uint8Array<ArrayBuffer>; column: EncodedColumn } | null {
  const { meta_data: chunk, crypto_metadata: crypto } = group.columns[leafIndex]!;
  if (!chunk || crypto !== undefined) return null;
  const { source } = reader;
  const leaf = reader.leaf(leafIndex);
  // A result's columns are not nested: their pages have one level, or none.
  if (leaf.maxDefinition !== (required ? 0 : 1)) return null;
  if (leaf.maxRepetition > 0 || leaf.path.length > 2) return null;
  if (chunk.type !== physicalType(type) || chunk.num_values !== group.num_rows) return null;
  const { type_length: width } = leafOfType(name, type).element;
  if (chunk.type === "FIXED_LEN_BYTE_ARRAY" && leaf.element.type_length !== width) return null;
  const start = startOfChunk(chunk);
  const length = Number(chunk.total_compressed_size);
  if (start + length > source.size) return null;
  const bytes = source.read(start, length);
  const rows = Number(group.num_rows);
  const listed = bitsOf(chunk.encodings);
  const pages = pagesOf(bytes, rows, required, listed);
  if (!pages) return null;
  const { least, most } = isOrdered(leaf.element)
    ? boundsOf(chunk.statistics, chunk.type, isUnsigned(type))
    : { least: null, most: null };
  const nulls = required ? 0 : chunk.statistics?.null_count;
  return {
    bytes,
    column: {
      name,
      type,
      required,
      codec: chunk.codec,
      encodings: chunk.encodings,
      rows,
      nulls: nulls === undefined ? null : Number(nulls),
      dictionaryOffset: pages.dictionary,
      dataOffset: pages.data,
      offset: 0,
      compressedSize: length,
      uncompressedSize: Number(chunk.total_uncompressed_size),
      dataPages: pages.count,
      least,
      most,
    },
  };
}

/** Whether bytes are the pages of so many rows and nothing else; where the first of each kind is. */
function pagesOf(
  bytes: Uint8Array,
  rows: number,
  required: boolean,
  listed: number,
): { dictionary: number | null; data: number; count: number } | null {
  let dictionary: number | null = null;
  let data = -1, count = 0, seen = 0, at = 0;
  while (at < bytes.length) {
    const header = headerAt(bytes, at);
    if (!header) return null;
    const body = at + header.headerLength;
    const end = body + header.compressedLength;
    if (end > bytes.length) return null;
    if (header.crc !== null && (crc32(bytes.subarray(body, end)) | 0) !== (header.crc | 0)) {
      return null;
    }
    if (header.type === DICTIONARY_PAGE) {
      if (data >= 0 || dictionary !== null) return null;
      dictionary = at;
    } else if (header.type === DATA_PAGE || header.type === DATA_PAGE_V2) {
      const { type, encoding, definitionEncoding } = header;
      if (!isListed(encoding, listed)) return null;
      if (!required && type === DATA_PAGE && definitionEncoding !== RLE) return null;
      if (data < 0) data = at;
      count++;
      seen += header.values;
    } else if (header.type !== INDEX_PAGE) return null;
    at = end;
  }
  return seen === rows && data >= 0 ? { dictionary, data, count } : null;
}

function bitsOf(encodings: Encoding[]): number {
  return encodings.reduce((bits, encoding) => bits | (1 << Encodings.indexOf(encoding)), 0);
}

function headerAt(bytes: Uint8Array, at: number) {
  try {
    return parsePageHeader(bytes, at, bytes.length);
  } catch (thrown) {
    if (thrown instanceof EndOfBytes || thrown instanceof Malformed) return null;
    throw thrown;
  }
}

/** Bounds as the bytes they were stored as; none that are cut short, contradict themselves, or that an older writer made. */
function boundsOf(
  statistics: Statistics | undefined,
  physical: string,
  unsigned: boolean,
): { least: Uint8Array | null; most: Uint8Array | null } {
  const { min_value, max_value, is_min_value_exact, is_max_value_exact } = statistics ?? {};
  const exact = is_min_value_exact !== false && is_max_value_exact !== false;
  const sound = exact && areInOrder(min_value, max_value, unsigned);
  const least = sound ? storedBytes(min_value, physical) : null;
  const most = sound ? storedBytes(max_value, physical) : null;
  return ofShortBounds(least, most);
}

function areInOrder(least: unknown, most: unknown, unsigned: boolean): boolean {
  if (least instanceof Uint8Array && most instanceof Uint8Array) {
    return compareBytes(least, most) <= 0;
  }
  if (typeof least === "bigint" && typeof most === "bigint") {
    const as = (value: bigint) => unsigned ? BigInt.asUintN(64, value) : value;
    return as(least) <= as(most);
  }
  if (typeof least !== "number" || typeof most !== "number") return typeof least === typeof most;
  return unsigned ? least >>> 0 <= most >>> 0 : least <= most;
}

function storedBytes(value: unknown, physical: string): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  const view = new DataView(new ArrayBuffer(8));
  const first = (count: number) => new Uint8Array(view.buffer).slice(0, count);
  if (physical === "INT64" && typeof value === "bigint") {
    view.setBigInt64(0, BigInt.asIntN(64, value), true);
    return first(8);
  }
  if (physical === "BOOLEAN" && typeof value === "boolean") return Uint8Array.of(Number(value));
  if (typeof value !== "number") return null;
  switch (physical) {
    case "INT32":
      view.setInt32(0, value | 0, true);
      return first(4);
    case "FLOAT":
      view.setFloat32(0, value, true);
      return first(4);
    case "DOUBLE":
      view.setFloat64(0, value, true);
      return first(8);
    default:
      return null;
  }
}
