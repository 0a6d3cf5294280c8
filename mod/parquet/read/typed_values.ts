import type { ParquetType, SchemaElement } from "hyparquet";
import {
  type ByteArrays,
  decodeDelta32,
  decodeDelta64,
  decodeDeltaByteArray,
  decodeDeltaLength,
} from "../encodings/delta.ts";
import { decodeBits, decodeHybrid, unpackBits } from "../encodings/hybrid.ts";
import { Malformed } from "../io/malformed.ts";
import { CONVERTED, type HeldPage } from "./held_page.ts";
import type { Page } from "./page.ts";
import {
  BYTE_STREAM_SPLIT,
  DELTA_BINARY_PACKED,
  DELTA_BYTE_ARRAY,
  DELTA_LENGTH_BYTE_ARRAY,
  PLAIN,
  PLAIN_DICTIONARY,
  RLE,
  RLE_DICTIONARY,
} from "../format/page_header.ts";
import { decodeByteStreamSplit, plainByteArrays, plainFixed } from "../encodings/plain.ts";
import { Scratch, type Span } from "../io/span.ts";

const packedBytes = new Scratch();
const indexBytes = new Scratch();
const alignedBytes = new Scratch();

const WIDTHS: Partial<Record<ParquetType, number>> = {
  BOOLEAN: 1,
  INT32: 4,
  FLOAT: 4,
  INT64: 8,
  DOUBLE: 8,
  INT96: 12,
};

/** Bytes of a value in memory, or 0 for byte arrays (with or without a fixed length). */
export function widthOf({ type, type_length, logical_type }: SchemaElement): number {
  if (type === "FIXED_LEN_BYTE_ARRAY" && logical_type?.type === "FLOAT16" && type_length === 2) {
    return 2;
  }
  return (type && WIDTHS[type]) ?? 0;
}

/** A dictionary page's entries. Of the two, columns have what their width says. */
export interface Dictionary {
  count: number;
  fixed: Uint8Array;
  arrays: ByteArrays | null;
}

/** Decodes a dictionary page (already decompressed). */
export function decodeDictionary(
  span: Span,
  encoding: number,
  count: number,
  element: SchemaElement,
): Dictionary {
  // Some writers name the encoding of the pages that refer to it.
  if (encoding !== PLAIN && encoding !== PLAIN_DICTIONARY && encoding !== RLE_DICTIONARY) {
    throw new Malformed("a dictionary's encoding is unknown");
  }
  const width = widthOf(element);
  if (element.type === "BOOLEAN") {
    return { count, fixed: plainBooleans(span, count).slice(), arrays: null };
  }
  if (width) {
    return { count, fixed: plainFixed(span, width, 0, count).slice(), arrays: null };
  }
  const own = { bytes: span.bytes.slice(span.at, span.end), at: 0, end: span.end - span.at };
  return { count, fixed: own.bytes, arrays: plainArrays(own, element, count) };
}

/** Whether a page's values are indexes into the dictionary. */
export function isIndexed({ encoding }: Page): boolean {
  return encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY;
}

/**
 * Decodes a page's wanted indexes (`before` up to `wanted`); each is checked to be in the dictionary. Valid
 * until the next page.
 */
export function decodeIndexes(page: Page, dictionary: Dictionary | null): Int32Array {
  return page.held ? heldIndexes(page, page.held, dictionary) : plainIndexes(page, dictionary);
}

/** The same into an array of as many. */
export function copyIndexes(page: Page, dictionary: Dictionary | null, output: Int32Array): void {
  if (page.held) heldIndexes(page, page.held, dictionary, output);
  else output.set(plainIndexes(page, dictionary));
}

/**
 * The next indexes of a page: partitions that share it each decode their own. They are in the kernel's memory
 * until the next page, or with an `output` there.
 */
function heldIndexes(
  page: Page,
  held: HeldPage,
  dictionary: Dictionary | null,
  output: Int32Array | null = null,
): Int32Array {
  const { count } = known(dictionary);
  const { before, wanted, values: { at, end } } = page;
  const { kernel, valuesEnd } = held;
  const rows = wanted - before;
  kernel.reserve(valuesEnd + 4 * (output ? CONVERTED : rows) + 64);
  if (rows === 0) return new Int32Array(0);
  if (at >= end) throw new Malformed("a page's values are cut off");
  const width = kernel.bytes[at]!;
  if (width > 32) throw new Malformed(`values can't be ${width} bits wide`);
  const { code } = kernel;
  if (width > 0) {
    if (page.decoded === 0 || page.decoded > before) {
      code.hybridBegin(at + 1, end, width);
      page.decoded = 0;
    }
    if (!code.hybridNext(0, before - page.decoded)) throw cutOffRuns();
    page.decoded = wanted;
  }
  const { buffer } = kernel.bytes;
  // As many at once as stay in a core's cache until they are checked, and where they are copied.
  for (let done = 0; done < rows; done += CONVERTED) {
    const some = Math.min(CONVERTED, rows - done);
    const to = output ? valuesEnd : valuesEnd + 4 * done;
    if (width === 0) kernel.bytes.fill(0, to, to + 4 * some);
    else if (!code.hybridNext(to, some)) throw cutOffRuns();
    const outside = code.firstOutside(to, some, count);
    if (outside < some) {
      const [index] = new Uint32Array(buffer, to + 4 * outside, 1);
      throw new Malformed(`an index of ${index} is outside its dictionary of ${count}`);
    }
    output?.set(new Int32Array(buffer, to, some), done);
  }
  return output ?? new Int32Array(buffer, valuesEnd, rows);
}

function known(dictionary: Dictionary | null): Dictionary {
  if (!dictionary) throw new Malformed("a page refers to a dictionary that is not there");
  return dictionary;
}

function cutOffRuns(): Malformed {
  return new Malformed("a page's runs are cut off");
}

function plainIndexes({ values, wanted }: Page, dictionary: Dictionary | null): Int32Array {
  const { count } = known(dictionary);
  const indexes = new Int32Array(indexBytes.take(4 * wanted).buffer, 0, wanted);
  if (wanted === 0) return indexes;
  const { bytes, at, end } = values;
  if (at >= end) throw new Malformed("a page's values are cut off");
  const width = bytes[at]!;
  if (width === 0) indexes.fill(0);
  else decodeHybrid({ bytes, at: at + 1, end }, width, indexes, wanted);
  for (let i = 0; i < wanted; i++) {
    if (indexes[i]! >>> 0 >= count) {
      throw new Malformed(`an index of ${indexes[i]! >>> 0} is outside its dictionary of ${count}`);
    }
  }
  return indexes;
}

/**
 * Decodes a page's wanted values without nulls (`before` up to `wanted`) as `width` bytes each, booleans
 * as 0 and 1. Valid until the next page; not necessarily aligned.
 */
export function decodeFixed(
  page: Page,
  element: SchemaElement,
  dictionary: Dictionary | null,
): Uint8Array {
  const { encoding, values, present, before, wanted } = page;
  const width = widthOf(element);
  if (wanted === 0) return new Uint8Array(0);
  if (isIndexed(page)) {
    const output = packedBytes.take((wanted - before) * width);
    gather(decodeIndexes(page, dictionary), dictionary!.fixed, width, output);
    return output.subarray(0, (wanted - before) * width);
  }
  if (element.type === "BOOLEAN") return decodeBooleans(page).subarray(before);
  if (encoding === PLAIN) return plainFixed(values, width, before, wanted);
  const output = packedBytes.take(wanted * width);
  if (encoding === BYTE_STREAM_SPLIT) {
    decodeByteStreamSplit(values, width, present, wanted, output);
  } else if (encoding === DELTA_BINARY_PACKED && element.type === "INT32") {
    decodeDelta32({ ...values }, new Int32Array(output.buffer), wanted, present);
  } else if (encoding === DELTA_BINARY_PACKED && element.type === "INT64") {
    decodeDelta64({ ...values }, new Int32Array(output.buffer), wanted, present);
  } else if (element.type === "FIXED_LEN_BYTE_ARRAY") {
    const { bytes, starts, ends } = arraysUpToWanted(page, element);
    for (let k = 0; k < wanted; k++) {
      output.set(bytes.subarray(starts[k], ends[k]), k * width);
    }
  } else throw unknownEncoding(encoding);
  return output.subarray(before * width, wanted * width);
}

function decodeBooleans({ encoding, values, wanted }: Page): Uint8Array {
  if (encoding === PLAIN) return plainBooleans(values, wanted);
  if (encoding !== RLE) throw unknownEncoding(encoding);
  const { bytes, at, end } = values;
  if (end - at < 4) throw new Malformed("a page's values are cut off");
  const output = packedBytes.take(wanted).subarray(0, wanted);
  decodeBits({ bytes, at: at + 4, end }, output, wanted);
  return output;
}

function plainBooleans({ bytes, at, end }: Span, count: number): Uint8Array {
  if (count > 8 * (end - at)) throw new Malformed("a page's values are cut off");
  const output = packedBytes.take(count).subarray(0, count);
  unpackBits(bytes, at, count, output, 0);
  return output;
}

/** Decodes a page's wanted byte arrays without nulls (`before` up to `wanted`). Valid until the next page. */
export function decodeByteArrays(
  page: Page,
  element: SchemaElement,
  dictionary: Dictionary | null,
): ByteArrays {
  const { before, wanted } = page;
  if (wanted === before) return { bytes: page.values.bytes, starts: EMPTY, ends: EMPTY };
  if (isIndexed(page)) return gatherArrays(decodeIndexes(page, dictionary), dictionary!.arrays!);
  const { bytes, starts, ends } = arraysUpToWanted(page, element);
  return { bytes, starts: starts.subarray(before), ends: ends.subarray(before) };
}

function arraysUpToWanted(page: Page, element: SchemaElement): ByteArrays {
  const { encoding, values, present, wanted } = page;
  if (encoding === PLAIN) return plainArrays(values, element, wanted);
  if (encoding === DELTA_LENGTH_BYTE_ARRAY) {
    return ofLength(decodeDeltaLength({ ...values }, present, wanted), element);
  }
  if (encoding === DELTA_BYTE_ARRAY) {
    return ofLength(decodeDeltaByteArray({ ...values }, present, wanted), element);
  }
  if (encoding === BYTE_STREAM_SPLIT && element.type === "FIXED_LEN_BYTE_ARRAY") {
    const width = fixedLength(element);
    if (present * width > values.end - values.at) {
      throw new Malformed("a page's values are cut off");
    }
    const bytes = new Uint8Array(wanted * width);
    decodeByteStreamSplit(values, width, present, wanted, bytes);
    return plainArrays({ bytes, at: 0, end: bytes.length }, element, wanted);
  }
  throw unknownEncoding(encoding);
}

const EMPTY = new Int32Array(0);

function plainArrays(span: Span, element: SchemaElement, count: number): ByteArrays {
  if (element.type === "BYTE_ARRAY") return plainByteArrays(span, count);
  const width = fixedLength(element);
  plainFixed(span, width, 0, count);
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  for (let k = 0, at = span.at; k < count; k++) {
    starts[k] = at;
    at += width;
    ends[k] = at;
  }
  return { bytes: span.bytes, starts, ends };
}

function fixedLength({ type, type_length }: SchemaElement): number {
  if (type === "FIXED_LEN_BYTE_ARRAY" && type_length !== undefined && type_length > 0) {
    return type_length;
  }
  throw new Malformed(`a ${type} has no length`);
}

function ofLength(arrays: ByteArrays, element: SchemaElement): ByteArrays {
  if (element.type === "BYTE_ARRAY") return arrays;
  const width = fixedLength(element);
  const { starts, ends } = arrays;
  for (let k = 0; k < starts.length; k++) {
    if (ends[k]! - starts[k]! !== width) throw new Malformed("a value has the wrong length");
  }
  return arrays;
}

function gather(indexes: Int32Array, entries: Uint8Array, width: number, output: Uint8Array): void {
  const count = indexes.length;
  if (width === 4) {
    const from = new Int32Array(entries.buffer, entries.byteOffset, entries.length / 4);
    const to = new Int32Array(output.buffer, output.byteOffset, count);
    for (let i = 0; i < count; i++) to[i] = from[indexes[i]!]!;
  } else if (width === 8) {
    const from = new Int32Array(entries.buffer, entries.byteOffset, entries.length / 4);
    const to = new Int32Array(output.buffer, output.byteOffset, 2 * count);
    for (let i = 0; i < count; i++) {
      const index = 2 * indexes[i]!;
      to[2 * i] = from[index]!;
      to[2 * i + 1] = from[index + 1]!;
    }
  } else {
    for (let i = 0; i < count; i++) {
      const index = indexes[i]! * width;
      for (let byte = 0; byte < width; byte++) output[i * width + byte] = entries[index + byte]!;
    }
  }
}

function gatherArrays(indexes: Int32Array, entries: ByteArrays): ByteArrays {
  const count = indexes.length;
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    starts[i] = entries.starts[indexes[i]!]!;
    ends[i] = entries.ends[indexes[i]!]!;
  }
  return { bytes: entries.bytes, starts, ends };
}

/** The same bytes, aligned for a typed array. */
export function aligned(bytes: Uint8Array): Uint8Array {
  if (bytes.byteOffset % 8 === 0) return bytes;
  const copy = alignedBytes.take(bytes.length);
  copy.set(bytes);
  return copy.subarray(0, bytes.length);
}

function unknownEncoding(encoding: number): Malformed {
  return new Malformed(`a page's encoding (number ${encoding}) is not supported for its type`);
}
