/** Keys of groups without loss: 64-bit integers, decimals, times, bytes. */
import { mark, shownTimes } from "#marks";
import { bytesOf, decimalText, type ExactType, uuidText } from "./exact_values.ts";

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

/**
 * Keys as a formula sees them. Times are milliseconds, 64-bit integers and decimals numbers where doubles hold them
 * all; else integers are bigints, and decimals texts of their digits. Returned as a column of a result they are what
 * they stand for.
 */
export function exactKeys(keys: ExactKeys, type: ExactType): KeyValues {
  if (type.kind.startsWith("float")) return floatKeys(keys as (number | null)[], type);
  if (/^u?int/.test(type.kind) && keys instanceof Float64Array) return wholeKeys(keys, type);
  const bigints = Array.from<number | bigint | string | null, bigint | string | null>(
    keys,
    (value) => typeof value !== "number" ? value : value === value ? BigInt(value) : null,
  );
  if (type.unit !== undefined) return shownTimes(bigints as (bigint | null)[], type);
  const shown = shownAs(keys, bigints, type);
  const validity = Uint8Array.from(bigints, (value) => value === null ? 0 : 1);
  const array = Array.from(bigints, (_, row) => shown(row));
  return mark(array as KeyValues & object, { type, values: bigints, validity, shown });
}

/** Whole numbers that doubles hold, NaN for null. */
function wholeKeys(keys: Float64Array, type: ExactType): KeyValues {
  const values = keys.slice();
  const validity = new Uint8Array(keys.length);
  for (let row = 0; row < validity.length; row++) validity[row] = Number(keys[row] === keys[row]);
  return mark(keys.slice(), { type, values, validity, shown: (row) => values[row] });
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
