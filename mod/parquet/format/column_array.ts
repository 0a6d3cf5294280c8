/** Arrays that columns are decoded into. */
import type { Column, ColumnKind } from "./column.ts";

/** Typed arrays that columns are decoded into. */
export type ColumnArray =
  | Float64Array
  | Float32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** Values of one column in one partition. */
export interface ColumnValues {
  /** As long as the partition has rows. */
  values: ColumnArray | unknown[];
  /** 1 for a value, 0 for a null; null when there is no null. */
  validity: Uint8Array | null;
}

export interface ColumnArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
  new (length: number): ColumnArray;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): ColumnArray;
}

const INTEGERS: Partial<Record<ColumnKind, ColumnArrayConstructor>> = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  boolean: Uint8Array,
};

/**
 * The typed array a column is decoded into, the same for every partition, or undefined for
 * columns that become plain arrays: strings, bigints with nulls, nested and rare types.
 */
export function arrayTypeOf(
  column: Column,
  int64: "number" | "bigint",
): ColumnArrayConstructor | undefined {
  const { kind, hasNulls } = column;
  switch (kind) {
    case "float32":
      return Float32Array;
    case "float64":
    case "timestamp":
    case "date":
      return Float64Array;
    case "int64":
    case "uint64":
      if (int64 === "number") return Float64Array;
      if (hasNulls) return undefined;
      return kind === "int64" ? BigInt64Array : BigUint64Array;
    case "int8":
    case "int16":
    case "int32":
    case "uint8":
    case "uint16":
    case "uint32":
    case "boolean":
      return hasNulls ? Float64Array : INTEGERS[kind];
    default:
      return undefined;
  }
}

/** Kinds of numbers that a typed array of any wider kind holds as they are. */
const NARROW: ReadonlySet<ColumnKind> = new Set(
  ["int8", "int16", "int32", "uint8", "uint16", "uint32", "float32"] as const,
);

/** Whether a column's numbers are those of another one, which files have together with it, in a longer array. */
export function isWidened(own: Column, column: Column, int64: "number" | "bigint"): boolean {
  const ArrayType = arrayTypeOf(column, int64);
  if (ArrayType === undefined || !NARROW.has(own.kind)) return false;
  return ArrayType !== BigInt64Array && ArrayType !== BigUint64Array;
}
