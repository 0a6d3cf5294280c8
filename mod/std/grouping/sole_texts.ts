/** Groups by one key, which holds texts: each has a text of its own. */
import { arePlaces } from "../../kernel/merge_kernel.ts";
import type { Texts } from "../../kernel/texts.ts";
import type { KeyColumn } from "./group_keys.ts";

/** The key of such groups: theirs are its texts in order, and of one behind them null. */
export interface SoleTexts extends KeyColumn {
  texts: Texts;
}

/** The only key, where it is such a one; else `null`. */
export function soleTexts(keys: readonly KeyColumn[]): SoleTexts | null {
  const [key] = keys;
  if (keys.length !== 1 || !key?.texts) return null;
  const { values, texts: { ends: { length } } } = key;
  const isFit = values.length === length ||
    values.length === length + 1 && Number.isNaN(values[length]);
  return isFit && arePlaces(values, length) ? key as SoleTexts : null;
}

/** Whether a group of it has null. */
export function hasNull({ values, texts }: SoleTexts): boolean {
  return values.length > texts.ends.length;
}

/** Values of such a key: places of all texts and, behind them, of null where there is one more group. */
export function placesOf({ ends: { length } }: Texts, groups: number): Float64Array {
  const values = new Float64Array(groups).fill(NaN, length);
  for (let place = 0; place < length; place++) values[place] = place;
  return values;
}
