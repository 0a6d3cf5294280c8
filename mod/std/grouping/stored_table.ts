/** Tables of groups as files have them. */
import type { TextBytes } from "../../kernel/texts.ts";
import type { StoredTable, StoredTexts } from "./exact_values.ts";
import { type Key, keyValues, type OrderedKey } from "./group_keys.ts";

/** A column of the result without text; what stands for texts is kept beside. */
export function storedKeys(texts: StoredTable["texts"]): (column: OrderedKey, key: Key) => unknown {
  return (column, key) => {
    if (column.type !== "text" || !column.texts || typeof key !== "string") {
      return keyValues(column, key);
    }
    const stored = storedTexts(column.values, column.texts);
    texts.set(key, stored);
    return stored.places;
  };
}

function storedTexts(values: Float64Array, texts: TextBytes): StoredTexts {
  const places = new Int32Array(values.length);
  let validity: Uint8Array<ArrayBuffer> | null = null;
  for (let row = 0; row < places.length; row++) {
    const place = values[row]!;
    if (place === place) places[row] = place;
    else (validity ??= new Uint8Array(places.length).fill(1))[row] = 0;
  }
  return { texts, places, validity };
}
