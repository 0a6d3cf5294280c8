/** Columns of texts that come in UTF-8, each of them once, and where each row's is. */
import type { TextBytes } from "../../kernel/texts.ts";
import { decodeString } from "../encodings/strings.ts";
import type { Bounds } from "../format/column_statistics.ts";
import type { ByteSink } from "../io/byte_sink.ts";
import { buildDictionary, MOST_BYTES, MOST_ENTRIES, type TextDictionary } from "./dictionary.ts";

/** Texts without nulls, by their places. */
export interface PlacedTexts {
  texts: TextBytes;
  places: Int32Array;
}

/** Their dictionary, in the order in which they come; `null` where it would not pay. */
export function dictionaryOfPlaced({ texts, places }: PlacedTexts): TextDictionary | null {
  const indexes = new Int32Array(places.length);
  const known = new Int32Array(texts.ends.length).fill(-1);
  const entries: string[] = [];
  let length = 0;
  for (let row = 0; row < places.length; row++) {
    const place = places[row]!;
    let index = known[place]!;
    if (index < 0) {
      index = known[place] = entries.length;
      const from = startOf(texts, place), to = texts.ends[place]!;
      length += to - from + 4;
      if (index >= MOST_ENTRIES || length > MOST_BYTES) return null;
      if (index >= 1024 && (index + 1) * 2 > row + 1) return null;
      entries.push(decodeString(texts.bytes.subarray(from, to)));
    }
    indexes[row] = index;
  }
  return buildDictionary(indexes, entries, length);
}

/** Bytes of a text in PLAIN encoding: its length in 32 bits, then the text. */
export function sizeOfPlaced({ texts, places }: PlacedTexts, index: number): number {
  const place = places[index]!;
  return texts.ends[place]! - startOf(texts, place) + 4;
}

/** Writes texts in PLAIN encoding; gives the least and the most of them. There is one at least. */
export function writePlaced(
  placed: PlacedTexts,
  from: number,
  to: number,
  page: ByteSink,
): Bounds {
  const { texts, places } = placed, { bytes, ends } = texts;
  let length = 0;
  for (let index = from; index < to; index++) length += sizeOfPlaced(placed, index);
  let at = page.reserve(length);
  const out = page.bytes;
  let least = places[from]!, most = least;
  for (let index = from; index < to; index++) {
    const place = places[index]!, start = startOf(texts, place), end = ends[place]!;
    const size = end - start;
    out[at] = size;
    out[at + 1] = size >>> 8;
    out[at + 2] = size >>> 16;
    out[at + 3] = size >>> 24;
    at += 4;
    for (let k = start; k < end; k++) out[at++] = bytes[k]!;
    if (isBefore(texts, place, least)) least = place;
    else if (isBefore(texts, most, place)) most = place;
  }
  page.length = at;
  const bytesOf = (place: number) => bytes.slice(startOf(texts, place), ends[place]!);
  return { least: bytesOf(least), most: bytesOf(most) };
}

function startOf({ ends }: TextBytes, place: number): number {
  return place === 0 ? 0 : ends[place - 1]!;
}

/** Whether a text comes before another in the order of their bytes. */
function isBefore(texts: TextBytes, a: number, b: number): boolean {
  if (a === b) return false;
  const { bytes, ends } = texts;
  const endOfA = ends[a]!, endOfB = ends[b]!;
  let x = startOf(texts, a), y = startOf(texts, b);
  while (x < endOfA && y < endOfB && bytes[x] === bytes[y]) x++, y++;
  if (x === endOfA || y === endOfB) return x === endOfA && y !== endOfB;
  return bytes[x]! < bytes[y]!;
}
