/** Keys of groups, and what they become in a result. */
import { mark } from "#marks";
import type { TextBytes, Texts } from "../../kernel/texts.ts";
import type { ColumnDescription } from "../types.ts";
import { type ExactKeys, exactKeys, type KeyValues } from "./exact_keys.ts";
import type { ExactType, ExactValues } from "./exact_values.ts";
import {
  type Interval,
  type Numbers,
  startsOf,
  startsOfCounts,
  startsOfWholes,
} from "./group_intervals.ts";
import { STRINGS, valuesOfTexts } from "./key_texts.ts";

/** A column's name, or an interval of times. */
export type Key = string | Interval;

/** Name of a key's column in the result. */
export function nameOf(key: Key): string {
  return typeof key === "string" ? key : key.name;
}

/** The column that a key is made of. */
export function columnOf(key: Key): string {
  return typeof key === "string" ? key : key.column;
}

/** What groups need to know of a context. */
export interface Described {
  readonly schema: readonly Pick<ColumnDescription, "name" | "kind">[];
}

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

/** What a key is given back as. */
export type KeyType = "text" | "boolean" | keyof typeof NUMBERS | ExactType;

/** Values of a key by group, as plain data. */
export interface KeyColumn {
  type: KeyType;
  /** Numbers, of an interval its number; where there are texts, places in these. NaN for null. */
  values: Float64Array;
  /** Byte strings, of numbers that doubles can't hold, too: each that occurs, once. */
  texts?: Texts;
}

/** The same in a table's order, texts in that of their bytes. */
export interface OrderedKey extends Omit<KeyColumn, "texts"> {
  texts: TextBytes | null;
}

/** What an array of numbers is given back as. */
export function numberType(values: unknown): KeyType {
  const { name } = (values as object).constructor;
  return Object.hasOwn(NUMBERS, name) ? name as keyof typeof NUMBERS : "Float64Array";
}

/**
 * The type of a key in two parts of a dataset: the one that says more.
 *
 * @throws TypeError when it holds texts in one of them, and numbers in the other.
 */
export function commonType(a: KeyType, b: KeyType): KeyType {
  if (isText(a) !== isText(b)) {
    throw new TypeError("a key holds texts in one part of the dataset, and numbers in another");
  }
  return typeof a === "string" && typeof b !== "string" ? b : a;
}

function isText(type: KeyType): boolean {
  return type === "text" || (typeof type !== "string" && STRINGS.has(type.kind));
}

/** A key as a column of the result. */
export function keyValues(column: OrderedKey, key: Key): KeyValues {
  const { type, values } = column;
  if (typeof key !== "string") {
    if (typeof type === "string") return startsOfCounts(values, key);
    const numbers = listOf(column) as Numbers;
    return type.unit === undefined ? wholeStarts(numbers, type, key) : startsOf(numbers, type, key);
  }
  if (typeof type !== "string") return exactKeys(listOf(column), type);
  if (type === "text") return typed(listOf(column) as (string | null)[], "string", "STRING");
  if (type === "boolean") {
    const booleans = Array.from(values, (value) => value === value ? value !== 0 : null);
    return typed(booleans, "boolean", "BOOLEAN");
  }
  return type === "Float64Array" ? values : new NUMBERS[type](values);
}

/** Starts of intervals of whole numbers beyond 2^53. */
function wholeStarts(numbers: Numbers, type: ExactType, interval: Interval): KeyValues {
  const starts = startsOfWholes(numbers, interval);
  if (starts) return exactKeys(starts, type);
  const doubles = Array.from<number | bigint | null, number>(numbers, (n) => Number(n ?? NaN));
  return startsOfCounts(Float64Array.from(doubles), interval);
}

/** Values by group: numbers, or what the byte strings are of, null for null. */
function listOf({ type, values, texts }: OrderedKey): ExactKeys {
  if (!texts) return values;
  const known = valuesOfTexts(texts, typeof type === "string" ? "text" : type);
  const list = new Array<typeof known[number] | null>(values.length);
  for (let k = 0; k < list.length; k++) list[k] = known[values[k]!] ?? null;
  return list as ExactKeys;
}

/** Keys that say what they are, even where there is nothing but nulls. */
function typed<Value extends string | boolean>(
  values: (Value | null)[],
  kind: string,
  type: string,
): KeyValues {
  const kept = values.slice();
  return mark(values, {
    type: { kind, type },
    values: kept as ExactValues["values"],
    validity: null,
    shown: (row) => kept[row],
  });
}
