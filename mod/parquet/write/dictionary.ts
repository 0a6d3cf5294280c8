import { ByteSink } from "../io/byte_sink.ts";
import { type Bounds, textBounds } from "../format/column_statistics.ts";

/** Distinct strings of a column and which of them each value is. */
export interface TextDictionary {
  count: number;
  /** PLAIN encoded entries. */
  page: Uint8Array;
  indexes: Int32Array;
  /** Bits of an index. */
  width: number;
  bounds: Bounds | null;
}

/** A dictionary is given up when it has more entries or bytes than this. */
export const MOST_ENTRIES: number = 1 << 16;
export const MOST_BYTES: number = 1 << 20;

/**
 * The dictionary of a column's strings, or null where it would not pay.
 *
 * @param indexes Which of the entries each string is.
 * @param entries Distinct, in the order in which they are met first.
 * @param length Of the entries' bytes, about.
 */
export function buildDictionary(
  indexes: Int32Array,
  entries: readonly string[],
  length: number,
): TextDictionary | null {
  const count = entries.length;
  if (count === 0 || (count * 2 > indexes.length && indexes.length > 8)) return null;
  const page = new ByteSink(length + 64);
  for (const value of entries) writeText(value, page);
  const width = Math.max(1, 32 - Math.clz32(count - 1));
  return { count, page: page.written(), indexes, width, bounds: textBounds(entries) };
}

/** Writes a string in PLAIN encoding: its length in bytes, then its UTF-8. */
function writeText(value: string, page: ByteSink): void {
  const start = page.length;
  page.uint32(0);
  page.text(value);
  const end = page.length;
  page.length = start;
  page.uint32(end - start - 4);
  page.length = end;
}
