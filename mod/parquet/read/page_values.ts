import type { ParquetType, SchemaElement } from "hyparquet";
import type { ByteArrays } from "../encodings/byte_arrays.ts";
import { valueEncoding } from "../encodings/value_encodings.ts";
import { lengthOf, widthOf } from "../format/value_width.ts";
import { Unsupported } from "../io/errors.ts";
import { threadScratch } from "../io/scratch.ts";
import type { Dictionary } from "./dictionary.ts";
import { decodeIndexes, isIndexed } from "./indexes.ts";
import type { Page } from "./page.ts";

const EMPTY = new Int32Array(0);

/**
 * Decodes a page's wanted values without nulls (`before` up to `wanted`) as `width` bytes each, booleans
 * as 0 and 1. Valid until the next page; not necessarily aligned.
 */
export function decodeFixed(
  page: Page,
  element: SchemaElement,
  dictionary: Dictionary | null,
): Uint8Array {
  const { encoding, before, wanted } = page;
  const width = widthOf(element);
  if (wanted === 0) return new Uint8Array(0);
  if (isIndexed(page)) {
    const output = threadScratch.values.take((wanted - before) * width);
    gather(decodeIndexes(page, dictionary), dictionary!.fixed, width, output);
    return output.subarray(0, (wanted - before) * width);
  }
  const type: ParquetType = element.type!;
  const fixed = valueEncoding(encoding)?.fixed?.(page, type, width);
  if (fixed) return fixed;
  if (type === "FIXED_LEN_BYTE_ARRAY") return packed(page, element, width);
  throw unknownEncoding(encoding);
}

/** Byte arrays of a fixed length, put one behind the other. */
function packed(page: Page, element: SchemaElement, width: number): Uint8Array {
  const { before, wanted } = page;
  const output = threadScratch.values.take(wanted * width);
  const { bytes, starts, ends } = arraysUpToWanted(page, element);
  for (let k = 0; k < wanted; k++) output.set(bytes.subarray(starts[k], ends[k]), k * width);
  return output.subarray(before * width, wanted * width);
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
  const arrays = valueEncoding(page.encoding)?.arrays?.(page, lengthOf(element));
  if (arrays) return arrays;
  throw unknownEncoding(page.encoding);
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
  const copy = threadScratch.aligned.take(bytes.length);
  copy.set(bytes);
  return copy.subarray(0, bytes.length);
}

function unknownEncoding(encoding: number): Unsupported {
  return new Unsupported(`a page's encoding (number ${encoding}) is not supported for its type`);
}
