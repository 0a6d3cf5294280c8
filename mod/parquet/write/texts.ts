import type { UnfitValue } from "../io/errors.ts";
import { buildDictionary, MOST_BYTES, MOST_ENTRIES, type TextDictionary } from "./dictionary.ts";

/** Texts of a column without nulls, all of them well-formed. */
export type TextList =
  | { values: string[]; dictionary: null }
  | { values: null; dictionary: TextDictionary };

/** Texts, and where there is one; no validity where there is no null. */
export interface GatheredTexts {
  validity: Uint8Array | null;
  texts: TextList;
}

/** The error for an element at a row. */
type Fail = (row: number, what: string) => UnfitValue;

/**
 * Gathers the texts of a list from element `from` up to `to`, not included, each of which is looked at once. Their dictionary is made on the way, and given
 * up where it would not pay.
 *
 * @param plain Whether there is to be none.
 * @throws UnfitValue for what is no text, or not well-formed.
 */
export function gatherTexts(
  list: readonly unknown[],
  from: number,
  to: number,
  fail: Fail,
  plain = false,
): GatheredTexts {
  const coder = new TextCoder(to - from);
  const rest = plain ? from : coder.code(list, from, to, fail);
  if (!plain && rest === to) {
    const { validity, indexes, entries, bytes } = coder;
    const dictionary = buildDictionary(indexes, entries, bytes);
    if (dictionary) return { validity, texts: { values: null, dictionary } };
  }
  return gatherPlain(list, from, to, coder, rest, fail);
}

/** Numbers texts in the order in which they are met first. */
class TextCoder {
  validity: Uint8Array | null = null;
  readonly entries: string[] = [];
  /** Bytes of the entries in a dictionary, at least. */
  bytes = 0;
  readonly #indexes: Int32Array;
  readonly #places = new Map<string, number>();
  /** The entry that came behind each of them when it was met last: texts often come in the same order again. */
  readonly #next: number[] = [];
  #count = 0;

  constructor(rows: number) {
    this.#indexes = new Int32Array(rows);
  }

  /** The entry of each text that is there. */
  get indexes(): Int32Array {
    return this.#indexes.subarray(0, this.#count);
  }

  /** Codes a list's texts; returns the row at which a dictionary is given up, or how many rows there are. */
  code(list: readonly unknown[], from: number, to: number, fail: Fail): number {
    const indexes = this.#indexes, { entries } = this, next = this.#next;
    let last = -1, guess = -1, count = 0, row = from;
    for (; row < to; row++) {
      const value = list[row];
      if (value === null || value === undefined) {
        this.#setNull(row - from);
        continue;
      }
      let index = guess;
      if (guess < 0 || value !== entries[guess]) {
        index = this.#indexOf(textOf(value, row, fail));
        if (index === entries.length) {
          if (!this.#add(value as string, count)) break;
        }
        if (last >= 0) next[last] = index;
      }
      indexes[count++] = index;
      last = index;
      guess = next[index]!;
    }
    this.#count = count;
    return row;
  }

  /** Remembers that a row has no text. */
  #setNull(row: number): void {
    this.validity ??= new Uint8Array(this.#indexes.length).fill(1);
    this.validity[row] = 0;
  }

  #indexOf(text: string): number {
    return this.#places.get(text) ?? this.entries.length;
  }

  /** Adds an entry behind so many values; says whether a dictionary may still pay. */
  #add(text: string, count: number): boolean {
    const distinct = this.entries.length + 1;
    const bytes = this.bytes + text.length + 4;
    if (distinct > MOST_ENTRIES || bytes > MOST_BYTES) return false;
    if (distinct > 1024 && distinct * 2 > count + 1) return false;
    this.bytes = bytes;
    this.#places.set(text, this.entries.length);
    this.entries.push(text);
    this.#next.push(-1);
    return true;
  }
}

/** The texts of a list without a dictionary: those that are coded, and those from row `rest` on. */
function gatherPlain(
  list: readonly unknown[],
  from: number,
  to: number,
  coder: TextCoder,
  rest: number,
  fail: Fail,
): GatheredTexts {
  const { indexes, entries } = coder;
  let { validity } = coder;
  const values = new Array<string>(to - from);
  let count = 0;
  for (; count < indexes.length; count++) values[count] = entries[indexes[count]!]!;
  for (let row = rest; row < to; row++) {
    const value = list[row];
    if (value !== null && value !== undefined) values[count++] = textOf(value, row, fail);
    else (validity ??= new Uint8Array(to - from).fill(1))[row - from] = 0;
  }
  values.length = count;
  return { validity, texts: { values, dictionary: null } };
}

function textOf(value: unknown, row: number, fail: Fail): string {
  if (typeof value !== "string") throw fail(row, `${String(value)} is no string`);
  if (!value.isWellFormed()) throw fail(row, "half a surrogate pair can't be written as UTF-8");
  return value;
}
