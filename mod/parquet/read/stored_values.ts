import type { SchemaElement } from "hyparquet";
import { widthOf } from "../format/value_width.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Page } from "./page.ts";
import { decodeByteArrays, decodeFixed } from "./page_values.ts";

/** Values as they are stored, in memory of their own: booleans as bytes, what has no array of its type as byte arrays. */
export type StoredList =
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | Uint8Array
  | Uint8Array[];

const ARRAYS = {
  INT32: Int32Array,
  INT64: BigInt64Array,
  FLOAT: Float32Array,
  DOUBLE: Float64Array,
  BOOLEAN: Uint8Array,
} as const;

function arrayOf({ type }: SchemaElement) {
  return (ARRAYS as Partial<Record<string, typeof ARRAYS[keyof typeof ARRAYS]>>)[type!];
}

/** No values of a leaf. */
export function noValues(element: SchemaElement): StoredList {
  const Type = arrayOf(element);
  return Type ? new Type(0) : [];
}

/** The wanted values of a page that are there. */
export function storedValues(
  page: Page,
  element: SchemaElement,
  dictionary: Dictionary | null,
): StoredList {
  const width = widthOf(element);
  if (!width) {
    const { bytes, starts, ends } = decodeByteArrays(page, element, dictionary);
    return Array.from(starts, (start, k) => bytes.slice(start, ends[k]!));
  }
  const fixed = decodeFixed(page, element, dictionary);
  const Type = arrayOf(element);
  if (Type) return new Type(fixed.slice().buffer);
  return Array.from(
    { length: fixed.length / width },
    (_, k) => fixed.slice(k * width, (k + 1) * width),
  );
}
