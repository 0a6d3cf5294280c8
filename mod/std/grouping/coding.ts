import { mapCodes } from "../../kernel/group_kernel.ts";
import { codesOfNumbers } from "../../kernel/key_kernel.ts";

/** Rows by code: `values[codes[row]]` is the row's value. Values are distinct, and all occur. */
export interface Coded<Values> {
  codes: Int32Array;
  /** In rising order; null and NaN last. */
  values: Values;
}

/** Texts in rising order of their code points, null last. */
export function encodeTexts(texts: readonly (string | null)[]): Coded<(string | null)[]> {
  const known = new Map<string | null, number>();
  const codes = new Int32Array(texts.length);
  let last: string | null | undefined, code = -1;
  for (let row = 0; row < texts.length; row++) {
    const text = texts[row] ?? null;
    if (text !== last) {
      last = text;
      const found = known.get(text);
      code = found ?? known.size;
      if (found === undefined) known.set(text, code);
    }
    codes[row] = code;
  }
  return orderTexts(codes, [...known.keys()]);
}

/**
 * Brings codes of texts into order; the dictionary may hold texts twice, and some that don't occur.
 */
export function orderTexts(
  codes: Int32Array,
  dictionary: readonly (string | null)[],
): Coded<(string | null)[]> {
  const count = dictionary.length;
  const textAt = (code: number): string | null => dictionary[code] ?? null;
  const used = usedCodes(codes, count);
  const found = new Set<string | null>();
  for (let code = 0; code < count; code++) if (used[code]) found.add(textAt(code));
  const ordered = new Int32Array(codes.length);
  const ranked = (texts: Set<string | null>) => {
    const values = [...texts].sort(compareTexts);
    const rankOf = new Map(values.map((text, rank) => [text, rank]));
    return {
      values,
      rankOf,
      ranks: Int32Array.from(used, (_, code) => rankOf.get(textAt(code)) ?? 0),
    };
  };
  const { values, ranks } = ranked(found);
  if (mapCodes(codes, ranks, ordered)) return { codes: ordered, values };
  // A code that is not in the dictionary stands for null.
  const all = ranked(found.add(null));
  const none = all.rankOf.get(null)!;
  for (let row = 0; row < codes.length; row++) ordered[row] = all.ranks[codes[row]!] ?? none;
  return { codes: ordered, values: all.values };
}

/**
 * Order of a dictionary whose texts are all different and all occur, as they mostly do.
 *
 * @returns Its texts in rising order, and the code of each; `null` for another dictionary.
 */
export function rankTexts(
  codes: Int32Array,
  dictionary: readonly (string | null)[],
): { values: (string | null)[]; places: Int32Array } | null {
  const { values, order } = rankingOf(dictionary);
  if (values === null || usedCodes(codes, dictionary.length).includes(0)) return null;
  return { values: values.slice(), places: new Int32Array(order) };
}

/** The texts of a dictionary in rising order, `null` where one is there twice, and the code of each. */
interface Ranking {
  /** Nothing but texts and null, in an array that nobody else holds. */
  dictionary: readonly (string | null)[];
  values: (string | null)[] | null;
  order: number[];
}

/** That of the last dictionary: the next one of a file is mostly the same. */
let last: Ranking | null = null;

function rankingOf(given: readonly (string | null)[]): Ranking {
  const dictionary = Array.from(given);
  const known = last?.dictionary;
  if (known?.length === dictionary.length && dictionary.every((text, k) => text === known[k])) {
    return last!;
  }
  const order = Array.from(dictionary.keys());
  order.sort((a, b) => compareTexts(dictionary[a]!, dictionary[b]!));
  const values = order.map((code) => dictionary[code]!);
  const twice = values.some((text, place) => place > 0 && text === values[place - 1]);
  const ranking = { dictionary, values: twice ? null : values, order };
  if (dictionary.every((text) => text === null || typeof text === "string")) last = ranking;
  return ranking;
}

/** Which codes occur; looks at no more rows than it takes to find all of the dictionary's. */
export function usedCodes(codes: Int32Array, count: number): Uint8Array {
  const used = new Uint8Array(count);
  for (let row = 0, unseen = count; unseen > 0 && row < codes.length; row++) {
    const code = codes[row]!;
    if (code >>> 0 < count && used[code] === 0) {
      used[code] = 1;
      unseen--;
    }
  }
  return used;
}

/** Order of texts by code points; null comes last. */
export function compareTexts(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return compareCodePoints(a, b);
}

/** Orders texts by code points, as Parquet's statistics and SQL do; JavaScript's own order is by UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at), y = b.charCodeAt(at);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
}

/** Order of numbers; NaN comes last, and is equal to itself. */
export function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : Number(a !== a) - Number(b !== b);
}

/** Numbers in rising order, NaN last; -0 counts as 0. */
export function encodeNumbers(numbers: Float64Array | Int32Array): Coded<Float64Array> {
  return codesOfNumbers(numbers);
}
