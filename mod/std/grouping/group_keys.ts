import {
  type Coded,
  compareNumbers,
  encodeNumbers,
  encodeTexts,
  orderTexts,
  rankTexts,
} from "./coding.ts";
import { exactColumn, mark } from "#marks";
import type { ExactType, ExactValues } from "./exact_values.ts";
import {
  compareKeys,
  encodeDistinct,
  encodeExact,
  encodeFloats,
  EXACT_KINDS,
  type ExactKeys,
  exactKeys,
  type KeyValues,
} from "./exact_keys.ts";
import { asNumbers } from "./group_columns.ts";
import {
  type Interval,
  numbersOfCounts,
  numbersOfTimes,
  startsOf,
  startsOfCounts,
} from "./group_intervals.ts";
import type { Codes, Context } from "../types.ts";

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

/** Values of a key by group, as plain data. */
export type KeyColumn =
  | { type: "text"; values: (string | null)[] }
  | { type: NumberType; values: Float64Array }
  /** Without loss: numbers where doubles hold them all, NaN for null. Of an interval its number. */
  | { type: ExactType; values: ExactKeys };

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
  const exact = exactColumn(chunk, key);
  if (exact && EXACT_KINDS.has(exact.type.kind)) {
    const { codes, values } = encodeExact(exact.read(), exact.type);
    return { codes, key: { type: exact.type, values } };
  }
  const values = chunk[key];
  if (Array.isArray(values) && values.some((value) => typeof value === "string")) {
    return text(encodeTexts(values));
  }
  const floats = exact?.type.kind.startsWith("float") ? exact.read() : null;
  if (exact && floats && (floats.validity?.includes(0) || exact.type.type === "FLOAT16")) {
    const numbers = asNumbers(chunk[key], key);
    const validity = floats.validity ?? new Uint8Array(numbers.length).fill(1);
    const { codes, values } = encodeFloats(numbers, validity);
    return { codes, key: { type: exact.type, values } };
  }
  const { codes, values: distinct } = encodeNumbers(asNumbers(values, key));
  // Integers beside nulls come as doubles.
  if (exact && /^u?int/.test(exact.type.kind) && values instanceof Float64Array) {
    return { codes, key: { type: exact.type, values: distinct } };
  }
  const given = (values as object).constructor.name;
  const boolean = kindOf(key, context) === "boolean" ||
    (Array.isArray(values) && values.some((value) => typeof value === "boolean"));
  const type = boolean ? "boolean" : given in NUMBERS ? given as NumberType : "Float64Array";
  return { codes, key: { type, values: distinct } };
}

function text({ codes, values }: Coded<(string | null)[]>): { codes: Int32Array; key: KeyColumn } {
  return { codes, key: { type: "text", values } };
}

/** Times by the number of their interval. */
function encodeInterval(
  chunk: Record<string, unknown>,
  interval: Interval,
): { codes: Int32Array; key: KeyColumn } {
  const { column, unit } = interval;
  const exact = exactColumn(chunk, column);
  if (exact?.type.unit !== undefined) {
    const numbers = numbersOfTimes(exact.read(), exact.type, interval);
    const { codes, values } = encodeDistinct(numbers);
    return { codes, key: { type: exact.type, values } };
  }
  if (exact && unit === null) throw noTime(column, exact.type);
  const counts = numbersOfCounts(asNumbers(chunk[column], column), interval);
  const { codes, values } = encodeNumbers(counts);
  return { codes, key: { type: "Float64Array", values } };
}

function noTime(column: string, { kind, type }: ExactType): TypeError {
  const isNumber = /^(u?int|float|decimal)/.test(kind);
  return new TypeError(
    `column "${column}" is ${type}, no time; take a column of times${
      isNumber ? `, or say what its numbers count since 1970, such as { unit: "ms" }` : ""
    }`,
  );
}

/** A key's values at places. */
export function pick(key: KeyColumn, places: ArrayLike<number>): KeyColumn {
  const { type, values } = key;
  const picked = values instanceof Float64Array
    ? Float64Array.from(places, (place) => values[place]!)
    : Array.from(places, (place) => values[place]!);
  return { type, values: picked } as KeyColumn;
}

/** Order of group i of `a` and group j of `b`, by one key after the other. */
export function compareGroups(
  a: readonly KeyColumn[],
  i: number,
  b: readonly KeyColumn[],
  j: number,
): number {
  for (let k = 0; k < a.length; k++) {
    const x = a[k]!.values, y = b[k]!.values;
    const order = x instanceof Float64Array && y instanceof Float64Array
      ? compareNumbers(x[i]!, y[j]!)
      : compareKeys(x[i] as string | null, y[j] as string | null);
    if (order !== 0) return order;
  }
  return 0;
}

/** A key as a column of the result. */
export function keyValues({ type, values }: KeyColumn, key: Key): KeyValues {
  if (typeof key !== "string") {
    return typeof type === "string"
      ? startsOfCounts(values as Float64Array, key)
      : startsOf(values as Float64Array, type, key);
  }
  if (typeof type !== "string") return exactKeys(values as ExactKeys, type);
  if (!(values instanceof Float64Array)) return typed(values, "string", "STRING");
  if (type === "boolean") {
    const booleans = Array.from(values, (value) => value === value ? value !== 0 : null);
    return typed(booleans, "boolean", "BOOLEAN");
  }
  return type === "Float64Array" ? values : new NUMBERS[type as keyof typeof NUMBERS](values);
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
