/** What results' columns are written as, and as which elements of a schema. */
import type { ColumnMetaData, CompressionCodec, Encoding, SchemaElement } from "hyparquet";
import { columnsOf } from "../format/columns_of_schema.ts";
import {
  CompressionCodecs,
  ConvertedTypes,
  Encodings,
  FieldRepetitionTypes,
  ParquetTypes,
} from "../format/hyparquet.ts";
import { leavesOf, schemaTree } from "../format/schema_tree.ts";
import { Malformed } from "../io/errors.ts";

/** Timestamps as stored integers: `timestamp_us` counts in UTC, `timestamp_us_local` in local time. */
export type StoredTimestamp = `timestamp_${"ms" | "us" | "ns"}${"" | "_local"}`;

/** What a result's column is written as. `null` is a column that holds only nulls so far. */
export type OutputType = NamedType | StoredType;

/** A type of the input that has no name of its own here, as its schema has it. */
export interface StoredType {
  /** The column's element, and those below it. */
  schema: SchemaElement[];
  /** Which of its leaves it is, from 0. */
  leaf: number;
}

export type NamedType =
  | "float64"
  | "float32"
  | "int8"
  | "int16"
  | "int32"
  | "uint8"
  | "uint16"
  | "uint32"
  | "int64"
  | "uint64"
  | "boolean"
  | "string"
  | "timestamp"
  | StoredTimestamp
  | "date"
  | "binary"
  | "json"
  | "null";

function integer(bitWidth: number, isSigned: boolean): Partial<SchemaElement> {
  return {
    type: bitWidth === 64 ? "INT64" : "INT32",
    converted_type: `${isSigned ? "INT" : "UINT"}_${bitWidth}` as "INT_8",
    logical_type: { type: "INTEGER", bitWidth, isSigned },
  };
}

/** The format's words for units of time. */
export const FORMAT_UNITS = { ms: "MILLIS", us: "MICROS", ns: "NANOS" } as const;

function timestamp(
  unit: keyof typeof FORMAT_UNITS,
  isAdjustedToUTC: boolean,
): Partial<SchemaElement> {
  const logical_type = { type: "TIMESTAMP", isAdjustedToUTC, unit: FORMAT_UNITS[unit] } as const;
  // The older annotation has no nanoseconds and knows UTC only.
  if (unit === "ns" || !isAdjustedToUTC) return { type: "INT64", logical_type };
  return {
    type: "INT64",
    converted_type: `TIMESTAMP_${FORMAT_UNITS[unit]}` as "TIMESTAMP_MILLIS",
    logical_type,
  };
}

const ELEMENTS: Record<NamedType, Partial<SchemaElement>> = {
  float64: { type: "DOUBLE" },
  float32: { type: "FLOAT" },
  int8: integer(8, true),
  int16: integer(16, true),
  int32: { type: "INT32" },
  uint8: integer(8, false),
  uint16: integer(16, false),
  uint32: integer(32, false),
  int64: { type: "INT64" },
  uint64: integer(64, false),
  boolean: { type: "BOOLEAN" },
  string: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  timestamp: timestamp("ms", true),
  timestamp_ms: timestamp("ms", true),
  timestamp_us: timestamp("us", true),
  timestamp_ns: timestamp("ns", true),
  timestamp_ms_local: timestamp("ms", false),
  timestamp_us_local: timestamp("us", false),
  timestamp_ns_local: timestamp("ns", false),
  date: { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } },
  binary: { type: "BYTE_ARRAY" },
  json: { type: "BYTE_ARRAY", converted_type: "JSON", logical_type: { type: "JSON" } },
  null: { type: "INT32", logical_type: { type: "NULL" } },
};

/** The elements of a result's schema for a column, the column's own first. */
export function elementsOf(name: string, type: OutputType, required: boolean): SchemaElement[] {
  if (typeof type !== "string") {
    const [own, ...below] = type.schema;
    return [{ ...own!, name }, ...below];
  }
  return [{ name, repetition_type: required ? "REQUIRED" : "OPTIONAL", ...ELEMENTS[type] }];
}

/** The leaf of a column's schema that a column chunk is of, and the names on the way to it. */
export function leafOfType(
  name: string,
  type: OutputType,
): { element: SchemaElement; path: string[] } {
  if (typeof type === "string") {
    return { element: elementsOf(name, type, false)[0]!, path: [name] };
  }
  const root = schemaTree({
    schema: [{ name: "", num_children: 1 }, ...elementsOf(name, type, false)],
  });
  const { element, path } = leavesOf(root, root)[type.leaf]!;
  return { element, path: path.slice(1).map((tree) => tree.element.name) };
}

/** The physical type a column is stored as. */
export function physicalType(type: OutputType): ColumnMetaData["type"] {
  return typeof type === "string" ? ELEMENTS[type].type! : leafOfType("", type).element.type!;
}

/** Whether a row may hold any number of values. */
export function isNested(type: OutputType): boolean {
  return typeof type !== "string" &&
    (type.schema.length > 1 || type.schema[0]!.repetition_type === "REPEATED");
}

/** Whether two columns of a name are the same leaf of the same schema. */
export function isSameType(a: OutputType, b: OutputType): boolean {
  return a === b || (typeof a !== "string" && typeof b !== "string" &&
    JSON.stringify(a) === JSON.stringify(b));
}

/** Of the column chunks of a row group, what tells one from the others. */
export function keyOf({ name, type }: { name: string; type: OutputType }): string {
  return typeof type === "string" ? name : `${name}\0${type.leaf}`;
}

/** A type for messages. */
export function typeText(type: OutputType): string {
  return typeof type === "string" ? type : typeOfSchema(type.schema);
}

/** Least and most of an unsigned type are not those of its bits. */
export function isUnsigned(type: OutputType): boolean {
  return typeof type === "string" && type.startsWith("uint");
}

/**
 * Whether values of a leaf are ordered as their numbers or as unsigned bytes, so that readers may look at least and
 * most. The order of INT96 and of intervals is not defined, decimals in bytes have one of their own.
 */
export function isOrdered(
  { type, converted_type: converted, logical_type: logical }: SchemaElement,
): boolean {
  if (type === "INT96" || converted === "INTERVAL") return false;
  const bytes = type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY";
  const known = logical?.type ?? converted;
  return !(bytes && known !== undefined &&
    !["UTF8", "STRING", "ENUM", "JSON", "BSON", "UUID"].includes(known));
}

/** Whether a value is a type that a column can be written as. */
export function isOutputType(value: unknown): value is OutputType {
  if (typeof value === "string") return Object.hasOwn(ELEMENTS, value);
  const { schema, leaf } = (value ?? {}) as Partial<StoredType>;
  if (!Array.isArray(schema) || !schema.every(isElement)) return false;
  try {
    const root = schemaTree({ schema: [{ name: "", num_children: 1 }, ...schema] });
    return Number.isSafeInteger(leaf) && leaf! >= 0 && leaf! < leavesOf(root, root).length;
  } catch (thrown) {
    if (thrown instanceof Malformed) return false;
    throw thrown;
  }
}

function isElement(value: unknown): boolean {
  const { type, repetition_type, converted_type, name } = (value ?? {}) as SchemaElement;
  const isOf = (names: readonly unknown[], one: unknown) =>
    one === undefined || names.includes(one);
  return typeof name === "string" && isOf(ParquetTypes, type) &&
    FieldRepetitionTypes.includes(repetition_type as never) && isOf(ConvertedTypes, converted_type);
}

/** Whether a value names a compression codec of the format. */
export function isCodec(value: unknown): value is CompressionCodec {
  return CompressionCodecs.includes(value as CompressionCodec);
}

/** Whether a value names an encoding of the format. */
export function isEncoding(value: unknown): value is Encoding {
  return Encodings.includes(value as Encoding);
}

function typeOfSchema(schema: SchemaElement[]): string {
  return columnsOf([{ name: "", num_children: 1 }, ...schema], [])[0]!.type;
}
