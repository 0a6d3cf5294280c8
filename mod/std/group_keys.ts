import {
  type Coded,
  compareNumbers,
  compareTexts,
  encodeNumbers,
  encodeTexts,
  orderTexts,
  rankTexts,
} from "./coding.ts";
import { asNumbers } from "./group_columns.ts";
import type { Codes, Context } from "./types.ts";

/** A key that is the interval a time falls into. */
export interface Interval {
  column: string;
  /** Milliseconds. */
  every: number;
  /** Where one of the intervals begins, in milliseconds since 1970. */
  origin: number;
  name: string;
}

/** A column's name, or an interval of times. */
export type Key = string | Interval;

/** Name of a key's column in the result. */
export function nameOf(key: Key): string {
  return typeof key === "string" ? key : key.name;
}

/** Values of a key by group, as plain data. */
export type KeyColumn =
  | { type: "text"; values: (string | null)[] }
  | { type: NumberType; values: Float64Array };

/** What numbers are given back as. */
type NumberType = "boolean" | keyof typeof NUMBERS;

const NUMBERS = {
  Float64Array,
  Float32Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint8Array,
  Uint16Array,
  Uint32Array,
};

/** A value of a key. */
export type KeyValue = string | number | boolean | null;

/** A key's values as a column of the result: a typed array for numbers, an array for all else. */
export type KeyValues = ArrayLike<KeyValue> & Iterable<KeyValue>;

/** A partition's rows, each with the number of its group. */
export interface Grouped {
  ids: Int32Array;
  groups: number;
  /** By group, in rising order. */
  keys: KeyColumn[];
  /** The number of each group, in the order of the keys; absent where that is its place. */
  places?: Int32Array;
}

/** What groups need to know of a context. */
export type Described = Pick<Context<unknown>, "schema">;

/** Groups the rows of a chunk. Without keys all of them are one group. */
export function group(
  chunk: Record<string, unknown>,
  keys: readonly Key[],
  rows: () => number,
  context?: Described,
): Grouped {
  const [first, ...others] = keys.map((key) => encodeKey(chunk, key, context));
  if (!first) return { ids: new Int32Array(rows()), groups: 1, keys: [] };
  let ids = first.codes, groups = first.key.values.length;
  const found = [first.key];
  for (const { codes, key } of others) {
    const count = key.values.length;
    const pairs = new Float64Array(ids.length);
    for (let row = 0; row < pairs.length; row++) pairs[row] = ids[row]! * count + codes[row]!;
    const coded = encodeNumbers(pairs);
    const before = Array.from(coded.values, (pair) => Math.floor(pair / count));
    found.forEach((key, index) => found[index] = pick(key, before));
    found.push(pick(key, Array.from(coded.values, (pair) => pair % count)));
    ids = coded.codes;
    groups = coded.values.length;
  }
  return { ids, groups, keys: found };
}

/**
 * Groups by a text with the column's own codes, without bringing them into order row by row.
 *
 * @returns `null` where that can't be done. The ids are below the number of groups in a chunk of the
 * service's, and may not be in another.
 */
export function groupByCodes(
  chunk: Record<string, unknown>,
  keys: readonly Key[],
  context?: Described,
): Grouped | null {
  const [key] = keys;
  if (keys.length !== 1 || typeof key !== "string" || !hasCodes(chunk, key, context)) return null;
  const { codes, dictionary } = chunk.codes(key);
  const ranked = rankTexts(codes, dictionary);
  if (!ranked) return null;
  const { values, places } = ranked;
  return { ids: codes, groups: values.length, keys: [{ type: "text", values }], places };
}

function hasCodes(
  chunk: Record<string, unknown>,
  key: string,
  context?: Described,
): chunk is { codes(name: string): Codes } & typeof chunk {
  return kindOf(key, context) === "string" && typeof chunk.codes === "function";
}

function kindOf(key: string, context?: Described): string | undefined {
  return context?.schema.find(({ name }) => name === key)?.kind;
}

function encodeKey(
  chunk: Record<string, unknown>,
  key: Key,
  context?: Described,
): { codes: Int32Array; key: KeyColumn } {
  if (typeof key !== "string") return encodeInterval(chunk, key);
  if (hasCodes(chunk, key, context)) {
    const { codes, dictionary } = chunk.codes(key);
    return text(orderTexts(codes, dictionary));
  }
  const values = chunk[key];
  if (Array.isArray(values) && values.some((value) => typeof value === "string")) {
    return text(encodeTexts(values));
  }
  const { codes, values: distinct } = encodeNumbers(asNumbers(values, key));
  const given = (values as object).constructor.name;
  const boolean = kindOf(key, context) === "boolean" ||
    (Array.isArray(values) && values.some((value) => typeof value === "boolean"));
  const type = boolean ? "boolean" : given in NUMBERS ? given as NumberType : "Float64Array";
  return { codes, key: { type, values: distinct } };
}

function text({ codes, values }: Coded<(string | null)[]>): { codes: Int32Array; key: KeyColumn } {
  return { codes, key: { type: "text", values } };
}

/** Times by the number of their interval; NaN where there is no time. */
function encodeInterval(
  chunk: Record<string, unknown>,
  { column, every, origin }: Interval,
): { codes: Int32Array; key: KeyColumn } {
  const times = asNumbers(chunk[column], column);
  const numbers = new Float64Array(times.length);
  let from = NaN, to = NaN, number = NaN;
  for (let row = 0; row < times.length; row++) {
    const time = times[row]!;
    // Times mostly rise, so that a row is mostly in the interval of the one before.
    if (!(time >= from && time < to)) {
      number = Math.floor((time - origin) / every);
      if (time < origin + number * every) number--;
      else if (time >= origin + (number + 1) * every) number++;
      from = origin + number * every;
      to = origin + (number + 1) * every;
    }
    numbers[row] = number;
  }
  const { codes, values } = encodeNumbers(numbers);
  const starts = values.map((number) => origin + number * every);
  return { codes, key: { type: "Float64Array", values: starts } };
}

/** A key's values at places. */
export function pick(key: KeyColumn, places: ArrayLike<number>): KeyColumn {
  if (key.type === "text") {
    return { type: "text", values: Array.from(places, (place) => key.values[place]!) };
  }
  return { type: key.type, values: Float64Array.from(places, (place) => key.values[place]!) };
}

/** Order of group i of `a` and group j of `b`, by one key after the other. */
export function compareGroups(
  a: readonly KeyColumn[],
  i: number,
  b: readonly KeyColumn[],
  j: number,
): number {
  for (let k = 0; k < a.length; k++) {
    const x = a[k]!, y = b[k]!;
    const order = x.type === "text" || y.type === "text"
      ? compareTexts(x.values[i] as string | null, y.values[j] as string | null)
      : compareNumbers(x.values[i]!, y.values[j]!);
    if (order !== 0) return order;
  }
  return 0;
}

/** A key as a column of the result. */
export function keyValues(key: KeyColumn): KeyValues {
  if (key.type === "text") return key.values;
  if (key.type === "boolean") {
    return Array.from(key.values, (value) => value === value ? value !== 0 : null);
  }
  return key.type === "Float64Array" ? key.values : new NUMBERS[key.type](key.values);
}
