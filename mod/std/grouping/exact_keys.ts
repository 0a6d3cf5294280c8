/** Keys of groups without loss: 64-bit integers, decimals, times, bytes. */
import { doublesOfWholes } from "../../kernel/key_kernel.ts";
import { type Coded, compareCodePoints, encodeNumbers, encodeTexts } from "./coding.ts";
import { mark, shownTimes } from "#marks";
import { bytesOf, decimalText, type ExactType, type ExactValues } from "./exact_values.ts";

/** Values of a key without loss, in rising order, null last; of an interval its number. */
export type ExactKeys = Float64Array | (bigint | null)[] | (string | null)[] | (number | null)[];

/** A value of a key. */
export type KeyValue = string | number | bigint | boolean | Uint8Array | null;

/** A key's values as a column of the result: a typed array for numbers, an array for all else. */
export type KeyValues = ArrayLike<KeyValue> & Iterable<KeyValue>;

/** Kinds of columns that a chunk's own arrays may hold with loss, or as objects. */
export const EXACT_KINDS: ReadonlySet<string> = new Set([
  "int64",
  "uint64",
  "decimal",
  "timestamp",
  "date",
  "time",
  "uuid",
  "json",
  "bytes",
]);

/** Distinct values in rising order, null last, and each row's place among them. */
export function encodeExact(
  { values, validity }: ExactValues,
  { kind }: ExactType,
): Coded<ExactKeys> {
  if (kind === "uuid" || kind === "json" || kind === "bytes") {
    return encodeTexts(values as unknown as (string | null)[]);
  }
  const numbers = asDoubles(values, validity);
  return numbers ? encodeNumbers(numbers) : encodeBigints(values, validity);
}

/**
 * The same of floats, some of which may be null: NaN is a value of its own.
 *
 * @param values NaN where there is a null, too.
 */
export function encodeFloats(
  values: Float64Array,
  validity: Uint8Array,
): Coded<(number | null)[]> {
  const { codes, values: distinct } = encodeNumbers(values);
  const last = distinct.length - 1;
  if (!validity.includes(0)) return { codes, values: Array.from(distinct) };
  const isNaNThere = values.some((value, row) => value !== value && validity[row] === 1);
  if (!isNaNThere) {
    const keys: (number | null)[] = Array.from(distinct);
    keys[last] = null;
    return { codes, values: keys };
  }
  for (let row = 0; row < codes.length; row++) if (validity[row] === 0) codes[row] = last + 1;
  return { codes, values: [...distinct, null] };
}

/** Order of values of a key: null comes last, NaN before it; texts are ordered by code points. */
export function compareKeys<Value extends number | bigint | string>(
  a: Value | null,
  b: Value | null,
): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  if (typeof a === "string" && typeof b === "string") return compareCodePoints(a, b);
  if (a < b) return -1;
  return a > b ? 1 : Number(a !== a) - Number(b !== b);
}

/** The same of numbers that come as doubles or bigints. */
export function encodeDistinct(values: Float64Array | (bigint | null)[]): Coded<ExactKeys> {
  return values instanceof Float64Array ? encodeNumbers(values) : encodeBigints(values, null);
}

/** Whole numbers as doubles; `null` where a double can't hold one of them. */
function asDoubles(
  values: ExactValues["values"],
  validity: Uint8Array | null,
): Float64Array | null {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    const wholes = doublesOfWholes(values);
    if (wholes && validity) {
      for (let row = 0; row < wholes.length; row++) if (validity[row] === 0) wholes[row] = NaN;
    }
    return wholes;
  }
  const numbers = new Float64Array(values.length);
  for (let row = 0; row < numbers.length; row++) {
    const value = values[row] ?? null;
    const number = numbers[row] = value === null || (validity && validity[row] === 0)
      ? NaN
      : Number(value);
    if (number > Number.MAX_SAFE_INTEGER || number < Number.MIN_SAFE_INTEGER) return null;
  }
  return numbers;
}

function encodeBigints(
  values: ExactValues["values"],
  validity: Uint8Array | null,
): Coded<(bigint | null)[]> {
  const codes = new Int32Array(values.length);
  const known = new Map<bigint | null, number>();
  for (let row = 0; row < codes.length; row++) {
    const value = values[row] ?? null;
    const key = value === null || (validity && validity[row] === 0) ? null : BigInt(value);
    let code = known.get(key);
    if (code === undefined) known.set(key, code = known.size);
    codes[row] = code;
  }
  const distinct = [...known.keys()].sort(compareKeys);
  const ranks = new Int32Array(distinct.length);
  distinct.forEach((value, rank) => ranks[known.get(value)!] = rank);
  for (let row = 0; row < codes.length; row++) codes[row] = ranks[codes[row]!]!;
  return { codes, values: distinct };
}

/**
 * Keys as a formula sees them. Times are milliseconds, 64-bit integers and decimals numbers where doubles hold them
 * all; else integers are bigints, and decimals texts of their digits. Returned as a column of a result they are what
 * they stand for.
 */
export function exactKeys(keys: ExactKeys, type: ExactType): KeyValues {
  if (type.kind.startsWith("float")) return floatKeys(keys as (number | null)[], type);
  const bigints = Array.from<number | bigint | string | null, bigint | string | null>(
    keys,
    (value) => typeof value !== "number" ? value : value === value ? BigInt(value) : null,
  );
  if (type.unit !== undefined) return shownTimes(bigints as (bigint | null)[], type);
  const shown = shownAs(keys, bigints, type);
  const validity = Uint8Array.from(bigints, (value) => value === null ? 0 : 1);
  const isNumbers = /^u?int/.test(type.kind) && keys instanceof Float64Array;
  const array = isNumbers
    ? Float64Array.from(bigints, (_, row) => shown(row) as number)
    : Array.from(bigints, (_, row) => shown(row));
  return mark(array as KeyValues & object, { type, values: bigints, validity, shown });
}

/** Floats are doubles, NaN for null. */
function floatKeys(keys: (number | null)[], type: ExactType): KeyValues {
  const shown = (row: number) => keys[row] ?? NaN;
  const validity = Uint8Array.from(keys, (value) => value === null ? 0 : 1);
  const array = Float64Array.from(keys, (_, row) => shown(row));
  return mark(array, { type, values: keys, validity, shown });
}

function shownAs(
  keys: ExactKeys,
  bigints: (bigint | string | null)[],
  { kind, scale = 0, clock }: ExactType,
): (row: number) => unknown {
  const isSafe = keys instanceof Float64Array;
  const each = (of: (value: bigint | string) => unknown) => (row: number) => {
    const value = bigints[row]!;
    return value === null ? null : of(value);
  };
  switch (kind) {
    case "decimal":
      return each((value) => {
        const text = decimalText(value as bigint, scale);
        return isSafe ? Number(text) : text;
      });
    case "time":
      return each((value) => clock === "ms" ? Number(value) : value);
    case "uuid":
      return each((value) => uuidText(bytesOf(value as string)));
    case "bytes":
      return each((value) => bytesOf(value as string));
    default:
      return isSafe ? (row) => (keys as Float64Array)[row] : each((value) => value);
  }
}

function uuidText(bytes: Uint8Array): string {
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
