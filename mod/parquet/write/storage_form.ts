import type { TextBytes } from "../../kernel/texts.ts";
import { viewOf } from "../../kernel/views.ts";
import { toJson } from "../../common/json.ts";
import type { SchemaElement } from "hyparquet";
import { setHalves } from "../format/halves.ts";
import { rowOf } from "../read/validity.ts";
import { UnfitValue } from "../io/errors.ts";
import { isOrdered, leafOfType, type NamedType, type OutputType } from "./output_type.ts";
import type { OutputColumn } from "./output_column.ts";
import { dictionaryOfPlaced, type PlacedTexts } from "./placed_texts.ts";
import { gatherTexts, type TextList } from "./texts.ts";

/** A column's values without nulls, as they are stored, and where there are nulls. */
export interface StorageForm {
  rows: number;
  /** 1 for a value, 0 for a null; null when there is no null. */
  validity: Uint8Array | null;
  values: StoredValueList;
}

export type StoredValueList =
  | { form: "float"; values: Float64Array | Float32Array }
  | { form: "int32"; values: Int32Array; unsigned: boolean }
  | { form: "int64"; halves: Int32Array; unsigned: boolean }
  | { form: "boolean"; bits: Uint8Array }
  | { form: "strings" } & TextList
  | { form: "texts" } & PlacedTexts
  | { form: "binary"; values: Uint8Array[]; ordered: boolean }
  /** Byte arrays of one length, one behind the other. */
  | { form: "fixed"; bytes: Uint8Array; width: number; ordered: boolean }
  | { form: "none" };

/**
 * Brings a column into the form it is stored in. Typed arrays are taken as they are where that
 * is the stored form.
 *
 * @param plain Whether texts have no dictionary.
 * @throws UnfitValue for an element that its type can't hold.
 */
export function storageForm(column: OutputColumn, plain = false): StorageForm {
  const { values, validity: given = null } = column;
  const rows = values.length;
  if (!Array.isArray(values)) {
    if (column.texts) return placedForm(column, column.texts, plain);
    const present = given ? { ...column, values: compacted(values, given) } : column;
    return { rows, validity: given, values: presentTyped(present) };
  }
  const { from, to } = column.part ?? { from: 0, to: rows };
  if (column.type === "string" || column.type === "json") {
    return textForm(column, values, from, to, plain);
  }
  const { validity, present } = withoutNulls(values, from, to);
  return { rows: to - from, validity, values: presentList(column, present, validity) };
}

function textForm(
  { name, type }: OutputColumn,
  values: unknown[],
  from: number,
  to: number,
  plain: boolean,
): StorageForm {
  const fail = (row: number, what: string) => new UnfitValue(what, { column: name, row });
  const { validity, texts } = type === "json"
    ? gatherTexts(jsonTexts(values, from, to, fail), 0, to - from, fail, plain)
    : gatherTexts(values, from, to, fail, plain);
  return { rows: to - from, validity, values: { form: "strings", ...texts } };
}

function placedForm(
  { name, type, values, validity = null }: OutputColumn,
  texts: TextBytes,
  plain: boolean,
): StorageForm {
  if (type !== "string" || !(values instanceof Int32Array)) {
    throw new TypeError(`column "${name}": places of texts are not of its type ${type}`);
  }
  const placed = { texts, places: validity ? compacted(values, validity) : values };
  const dictionary = plain ? null : dictionaryOfPlaced(placed);
  return {
    rows: values.length,
    validity,
    values: dictionary
      ? { form: "strings", values: null, dictionary }
      : { form: "texts", ...placed },
  };
}

function jsonTexts(
  values: unknown[],
  from: number,
  to: number,
  fail: (row: number, what: string) => UnfitValue,
): (string | null)[] {
  const texts = new Array<string | null>(to - from).fill(null);
  for (let row = from; row < to; row++) {
    const value = values[row];
    if (value === null || value === undefined) continue;
    try {
      texts[row - from] = toJson(value);
    } catch (thrown) {
      throw fail(row, thrown instanceof Error ? thrown.message : String(thrown));
    }
  }
  return texts;
}

function withoutNulls(
  values: unknown[],
  from: number,
  to: number,
): { validity: Uint8Array | null; present: unknown[] } {
  let validity: Uint8Array | null = null;
  const present = new Array<unknown>(to - from);
  let count = 0;
  for (let row = from; row < to; row++) {
    const value = values[row];
    if (value !== null && value !== undefined) present[count++] = value;
    else (validity ??= new Uint8Array(to - from).fill(1))[row - from] = 0;
  }
  present.length = count;
  return { validity, present };
}

/** The values of a typed array that are not null. */
function compacted<T extends Exclude<OutputColumn["values"], unknown[]>>(
  values: T,
  validity: Uint8Array,
): T {
  let count = 0;
  for (let row = 0; row < validity.length; row++) count += validity[row]!;
  const present = new (values.constructor as new (length: number) => T)(count);
  for (let row = 0, at = 0; at < count; row++) if (validity[row]) present[at++] = values[row]!;
  return present;
}

/**
 * Values of a leaf as they are stored.
 *
 * @param values The typed array of its physical type, or byte arrays.
 * @throws TypeError for another one.
 */
export function storedValues(element: SchemaElement, values: unknown): StoredValueList {
  const { type, name, type_length } = element;
  if (Array.isArray(values)) {
    const ordered = isOrdered(element);
    if (type === "BYTE_ARRAY") return { form: "binary", values, ordered };
    const width = type === "INT96" ? 12 : type_length ?? 0;
    const bytes = new Uint8Array(width * values.length);
    values.forEach((value: Uint8Array, index) => {
      if (value.length !== width) throw new TypeError(`"${name}": a value has the wrong length`);
      bytes.set(value, width * index);
    });
    return { form: "fixed", bytes, width, ordered };
  }
  const { logical_type: logical, converted_type: converted } = element;
  const unsigned = logical?.type === "INTEGER" ? !logical.isSigned : /^UINT_/.test(converted ?? "");
  if (type === "INT32" && values instanceof Int32Array) return { form: "int32", values, unsigned };
  if (type === "INT64" && values instanceof BigInt64Array) {
    const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
    return { form: "int64", halves, unsigned };
  }
  const isFloat = type === "DOUBLE" && values instanceof Float64Array ||
    type === "FLOAT" && values instanceof Float32Array;
  if (isFloat) return { form: "float", values };
  if (type === "BOOLEAN" && values instanceof Uint8Array) return { form: "boolean", bits: values };
  throw new TypeError(`"${name}": its array is not of its type ${type}`);
}

const UNSIGNED: ReadonlySet<OutputType> = new Set(["uint8", "uint16", "uint32", "uint64"]);

function presentTyped({ name, type, values }: OutputColumn): StoredValueList {
  if (typeof type !== "string") return storedValues(leafOfType(name, type).element, values);
  const unsigned = UNSIGNED.has(type);
  if (type === "float64" && values instanceof Float64Array) return { form: "float", values };
  if (type === "float32" && values instanceof Float32Array) return { form: "float", values };
  if (
    (type === "int64" || type.startsWith("timestamp_")) && values instanceof BigInt64Array ||
    type === "uint64" && values instanceof BigUint64Array
  ) {
    const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
    return { form: "int64", halves, unsigned };
  }
  if ((type === "int32" || type === "date") && values instanceof Int32Array) {
    return { form: "int32", values, unsigned };
  }
  if (type === "uint32" && values instanceof Uint32Array) {
    const words = new Int32Array(values.buffer, values.byteOffset, values.length);
    return { form: "int32", values: words, unsigned };
  }
  if (type === "boolean" && values instanceof Uint8Array) {
    return { form: "boolean", bits: values.map((bit) => bit ? 1 : 0) };
  }
  const small = type === "int8" && values instanceof Int8Array ||
    type === "int16" && values instanceof Int16Array ||
    type === "uint16" && values instanceof Uint16Array ||
    type === "uint8" && (values instanceof Uint8Array || values instanceof Uint8ClampedArray);
  if (small) return { form: "int32", values: Int32Array.from(values), unsigned };
  throw new TypeError(`column "${name}": its array is not of its type ${type}`);
}

/** Least and most of integer types that are written from plain numbers. */
const RANGES: Partial<Record<NamedType, [number, number]>> = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
  uint8: [0, 255],
  uint16: [0, 65535],
  uint32: [0, 4294967295],
};

function presentList(
  { name, type }: OutputColumn,
  present: unknown[],
  validity: Uint8Array | null,
): StoredValueList {
  if (typeof type !== "string") return storedValues(leafOfType(name, type).element, present);
  const fail = (index: number, what: string): never => {
    const row = rowOf(validity, index);
    throw new UnfitValue(what, { column: name, row });
  };
  const each = <T>(accept: (value: unknown) => T | undefined): T[] => {
    const accepted = new Array<T>(present.length);
    for (let index = 0; index < present.length; index++) {
      const value = present[index];
      accepted[index] = accept(value) ?? fail(index, `${String(value)} is no ${type}`);
    }
    return accepted;
  };
  const unsigned = UNSIGNED.has(type);
  switch (type) {
    case "null":
      if (present.length) fail(0, "there is a value in a column of nulls");
      return { form: "none" };
    case "float64":
    case "float32": {
      const numbers = each((value) => typeof value === "number" ? value : undefined);
      const values = type === "float64" ? Float64Array.from(numbers) : Float32Array.from(numbers);
      return { form: "float", values };
    }
    case "int64":
    case "uint64": {
      const fits = unsigned ? BigInt.asUintN : BigInt.asIntN;
      const bigints = each((value) => {
        const integer = typeof value === "number" && Number.isSafeInteger(value)
          ? BigInt(value)
          : value;
        return typeof integer === "bigint" && fits(64, integer) === integer ? integer : undefined;
      });
      const stored = BigInt64Array.from(bigints, (value) => BigInt.asIntN(64, value));
      return { form: "int64", halves: new Int32Array(stored.buffer), unsigned };
    }
    case "timestamp": {
      const halves = new Int32Array(2 * present.length);
      present.forEach((value, index) => {
        const time = value instanceof Date ? value.getTime() : NaN;
        if (!Number.isSafeInteger(time)) fail(index, `${String(value)} is no ${type}`);
        setHalves(halves, index, time);
      });
      return { form: "int64", halves, unsigned: false };
    }
    case "boolean":
      return {
        form: "boolean",
        bits: Uint8Array.from(each((value) => typeof value === "boolean" ? +value : undefined)),
      };
    case "binary":
      return {
        form: "binary",
        ordered: true,
        values: each((value) => {
          const view = viewOf(value);
          return view instanceof Uint8Array ? view : undefined;
        }),
      };
    case "string":
    case "json":
      throw new TypeError(`column "${name}": texts are gathered otherwise`);
    default: {
      const [least, most] = RANGES[type]!;
      const numbers = each((value) =>
        Number.isInteger(value) && value as number >= least && value as number <= most
          ? value as number
          : undefined
      );
      return { form: "int32", values: Int32Array.from(numbers, (value) => value | 0), unsigned };
    }
  }
}
