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
const MOST_ENTRIES = 1 << 16;
const MOST_BYTES = 1 << 20;

/** The dictionary of a column's strings, or null where it would not pay. */
export function buildDictionary(values: string[]): TextDictionary | null {
  const count = values.length;
  if (count === 0) return null;
  const places = new Map<string, number>();
  const indexes = new Int32Array(count);
  let length = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    let index = places.get(value);
    if (index === undefined) {
      index = places.size;
      places.set(value, index);
      length += value.length + 4;
      const distinct = index + 1;
      if (distinct > MOST_ENTRIES || length > MOST_BYTES) return null;
      if (distinct > 1024 && distinct * 2 > i + 1) return null;
    }
    indexes[i] = index;
  }
  if (places.size * 2 > count && count > 8) return null;
  const page = new ByteSink(length + 64);
  for (const value of places.keys()) writeText(value, page);
  const width = Math.max(1, 32 - Math.clz32(places.size - 1));
  const bounds = textBounds(places.keys());
  return { count: places.size, page: page.written(), indexes, width, bounds };
}

/** Writes a string in PLAIN encoding: its length in bytes, then its UTF-8. */
export function writeText(value: string, page: ByteSink): void {
  const start = page.length;
  page.uint32(0);
  page.text(value);
  const end = page.length;
  page.length = start;
  page.uint32(end - start - 4);
  page.length = end;
}
