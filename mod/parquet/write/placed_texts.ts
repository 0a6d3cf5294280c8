/** Columns of texts that come in UTF-8, each of them once, and where each row's is. */
import type { TextBytes } from "../../kernel/texts.ts";
import { decodeString } from "../encodings/strings.ts";
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

/** Bytes of a text. */
export function sizeOfPlaced({ texts, places }: PlacedTexts, index: number): number {
  const place = places[index]!;
  return texts.ends[place]! - startOf(texts, place);
}

function startOf({ ends }: TextBytes, place: number): number {
  return place === 0 ? 0 : ends[place - 1]!;
}
