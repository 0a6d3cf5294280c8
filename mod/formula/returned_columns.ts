import { isProxy } from "node:util/types";
import { ServiceError } from "../common/errors.ts";
import { type AnyView, viewOf } from "../kernel/views.ts";
import type { OutputColumn } from "../parquet/write/encode.ts";
import type { NamedType } from "../parquet/write/output_type.ts";
import { markOf } from "#marks";
import type { StoredTable } from "../std/grouping/exact_values.ts";
import { markedColumn } from "./stored_types.ts";
import { givenTimes, isTimes } from "./returned_times.ts";

type ColumnArray = OutputColumn["values"];

const TYPED: [new (length: number) => AnyView, NamedType][] = [
  [Float64Array, "float64"],
  [Float32Array, "float32"],
  [Int8Array, "int8"],
  [Int16Array, "int16"],
  [Int32Array, "int32"],
  [Uint8Array, "uint8"],
  [Uint8ClampedArray, "uint8"],
  [Uint16Array, "uint16"],
  [Uint32Array, "uint32"],
  [BigInt64Array, "int64"],
  [BigUint64Array, "uint64"],
];

/** Whether a value is an array that can be a column: an `Array` or a typed array. */
function isColumnArray(value: unknown): value is ColumnArray {
  return !isProxy(value) && (Array.isArray(value) || typedKind(viewOf(value)) !== undefined);
}

/** An array whose parts are arrays: another one where members or a class of its own would have a say in that. */
function plainList(values: unknown[]): unknown[] {
  const plain = Object.getPrototypeOf(values) === Array.prototype &&
    !Object.hasOwn(values, "constructor") && !Object.hasOwn(values, "slice");
  return plain ? values : Array.from({ length: values.length }, (_, k) => values[k]);
}

function typedKind(view: AnyView | null): NamedType | undefined {
  return view === null ? undefined : TYPED.find(([type]) => view instanceof type)?.[1];
}

/** A column of the input that a formula returned, as what it is; `null` for another array. */
export type KnownColumn = (name: string, values: Float64Array) => OutputColumn | null;

/**
 * The columns a formula returned, each with the type it is written as: a typed array its own type,
 * an `Array` of strings, numbers, booleans, bigints, `Date`s, byte arrays or nested values what
 * its elements are, `{ values, unit, utc }` times. Times of the input and of the library's tables that are returned as
 * they came are times again.
 *
 * @param value What was returned: a record of equally long arrays.
 * @param use Who returned it, for messages.
 * @param known Columns of the input that are returned as they came.
 * @throws ServiceError `FORMULA_FAILED` when it is no such record, naming what is wrong where.
 */
export function toColumns(
  value: unknown,
  use: string,
  known: KnownColumn = () => null,
): OutputColumn[] {
  if (value === null || typeof value !== "object" || isProxy(value) || isColumnArray(value)) {
    throw failed(
      `${use} must return a record of equally long arrays, such as { power: new Float64Array(n) }, not ${
        kindOf(value)
      }`,
    );
  }
  const columns = Object.entries(value).map(([name, values]): OutputColumn => {
    if (isTimes(values)) return givenTimes(name, values);
    if (!isColumnArray(values)) {
      throw failed(
        `${use} returned ${
          kindOf(values)
        } as column "${name}"; a column must be an array or a typed array${tablesHint(value)}`,
      );
    }
    const marked = markOf(values);
    if (marked) return markedColumn(name, marked);
    const times = values instanceof Float64Array ? known(name, values) : null;
    if (times) return times;
    if (Array.isArray(values)) {
      const list = plainList(values);
      return { name, values: list, type: elementType(name, list) };
    }
    const view = viewOf(values)!;
    return { name, values: view as ColumnArray, type: typedKind(view)! };
  });
  const [first] = columns;
  if (!first) {
    throw failed(`${use} returned no column; it must return a record of equally long arrays`);
  }
  for (const { name, values } of columns) {
    if (values.length !== first.values.length) {
      throw failed(
        `${use} returned columns of different lengths: "${first.name}" has ${first.values.length} rows, "${name}" has ${values.length}`,
      );
    }
  }
  return columns;
}

/** How several tables are returned, where what was returned looks like that. */
function tablesHint(value: object): string {
  const names = Object.keys(value);
  const areTables = Object.values(value).every((table) => looksLikeColumns(table));
  return areTables ? `; several tables take export const tables = ${JSON.stringify(names)}` : "";
}

/** Columns of a table of groups. @param use As {@linkcode toColumns} has it. */
export function storedColumns({ columns, texts }: StoredTable, use: string): OutputColumn[] {
  return toColumns(columns, use).map((column) => {
    const stored = texts.get(column.name);
    if (!stored) return column;
    const { places, validity, texts: bytes } = stored;
    return { ...column, type: "string", values: places, validity, texts: bytes };
  });
}

/**
 * Whether a result that need not be columns is: a record of equally long arrays. A record of typed
 * arrays of different lengths counts as columns gone wrong, so that {@linkcode toColumns} says so.
 */
export function looksLikeColumns(value: unknown): boolean {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  const columns = Object.values(value).map((column) =>
    isTimes(column) && isColumnArray(column.values) ? column.values : column
  );
  if (columns.length === 0 || !columns.every(isColumnArray)) return false;
  const arrays = columns as ColumnArray[];
  return arrays.every((array) => array.length === arrays[0]!.length) ||
    arrays.every((array) => !Array.isArray(array));
}

function elementType(name: string, values: unknown[]): NamedType {
  let found: NamedType = "null";
  for (let row = 0; row < values.length; row++) {
    const type = typeOfElement(values[row]);
    if (type === found || type === "null") continue;
    if (type === undefined) {
      throw failed(
        `column "${name}", row ${row}: ${kindOf(values[row])} can't be written to Parquet`,
      );
    }
    if (found !== "null") {
      throw failed(
        `column "${name}" mixes ${found} with ${type} (row ${row}); a column must hold one type`,
      );
    }
    found = type;
  }
  return found;
}

function typeOfElement(value: unknown): NamedType | undefined {
  if (value === null || value === undefined) return "null";
  switch (typeof value) {
    case "number":
      return "float64";
    case "string":
      return "string";
    case "boolean":
      return "boolean";
    case "bigint":
      return "int64";
    case "object":
      if (value instanceof Date) return "timestamp";
      if (value instanceof Uint8Array) return "binary";
      return "json";
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing (undefined)";
  if (isProxy(value)) return "a Proxy";
  if (Array.isArray(value)) return "an array";
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function failed(message: string): ServiceError {
  return new ServiceError("FORMULA_FAILED", message);
}
