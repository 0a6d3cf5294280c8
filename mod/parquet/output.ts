import type { ColumnMetaData, CompressionCodec, Encoding, SchemaElement } from "hyparquet";
import { CompressionCodecs, Encodings } from "hyparquet/src/constants.js";
import type { ColumnArray } from "./schema.ts";

/** Timestamps as stored integers: `timestamp_us` counts in UTC, `timestamp_us_local` in local time. */
export type StoredTimestamp = `timestamp_${"ms" | "us" | "ns"}${"" | "_local"}`;

/** What a result's column is written as. `null` is a column that holds only nulls so far. */
export type OutputType =
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

/** A column of a result. Elements of a plain array may be null. */
export interface OutputColumn {
  name: string;
  type: OutputType;
  /**
   * The typed array of its type (stored timestamps are BigInt64Array, dates Int32Array of days), or an
   * array: of numbers, bigints (64-bit integers), booleans, strings, `Date`s (timestamp), byte arrays
   * (binary) or nested values (json).
   */
  values: ColumnArray | Uint8ClampedArray | unknown[];
  /** Of a typed array: 1 for a value, 0 for a null; absent where there is no null. */
  validity?: Uint8Array | null;
  /** There is no null, and the file's schema says that there can be none. */
  required?: boolean;
}

/** The memory that typed arrays of columns lie in, each of which has memory of its own. */
export function memoryOfColumns(columns: readonly OutputColumn[]): ArrayBuffer[] {
  return columns.flatMap(({ values, validity }) =>
    [values, validity].flatMap((array) =>
      ArrayBuffer.isView(array) ? [array.buffer as ArrayBuffer] : []
    )
  );
}

/** Where a column chunk lies in an encoded row group, and what is in it. */
export interface EncodedColumn {
  name: string;
  type: OutputType;
  /** Its pages have no levels: there can't be a null. */
  required: boolean;
  codec: CompressionCodec;
  encodings: Encoding[];
  rows: number;
  /** null where nobody has counted them. */
  nulls: number | null;
  /** From the start of the row group's bytes. */
  dictionaryOffset: number | null;
  dataOffset: number;
  /** First byte, and how many they are with all headers. */
  offset: number;
  compressedSize: number;
  uncompressedSize: number;
  dataPages: number;
  /** Smallest and largest value as stored; null when there are none. */
  least: Uint8Array | null;
  most: Uint8Array | null;
}

/** A row group ready to be written: plain data whose bytes can be transferred. */
export interface EncodedRowGroup {
  rows: number;
  bytes: Uint8Array<ArrayBuffer>;
  columns: EncodedColumn[];
}

function integer(bitWidth: number, isSigned: boolean): Partial<SchemaElement> {
  return {
    type: bitWidth === 64 ? "INT64" : "INT32",
    converted_type: `${isSigned ? "INT" : "UINT"}_${bitWidth}` as "INT_8",
    logical_type: { type: "INTEGER", bitWidth, isSigned },
  };
}

const UNITS = { ms: "MILLIS", us: "MICROS", ns: "NANOS" } as const;

function timestamp(unit: keyof typeof UNITS, isAdjustedToUTC: boolean): Partial<SchemaElement> {
  const logical_type = { type: "TIMESTAMP", isAdjustedToUTC, unit: UNITS[unit] } as const;
  // The older annotation has no nanoseconds and knows UTC only.
  if (unit === "ns" || !isAdjustedToUTC) return { type: "INT64", logical_type };
  return {
    type: "INT64",
    converted_type: `TIMESTAMP_${UNITS[unit]}` as "TIMESTAMP_MILLIS",
    logical_type,
  };
}

const ELEMENTS: Record<OutputType, Partial<SchemaElement>> = {
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

/** The element of a result's schema for a column. */
export function elementOf(name: string, type: OutputType, required: boolean): SchemaElement {
  return { name, repetition_type: required ? "REQUIRED" : "OPTIONAL", ...ELEMENTS[type] };
}

/** The physical type a column is stored as. */
export function physicalType(type: OutputType): ColumnMetaData["type"] {
  return ELEMENTS[type].type!;
}

/** Whether a value names a type that a column can be written as. */
export function isOutputType(value: unknown): value is OutputType {
  return typeof value === "string" && Object.hasOwn(ELEMENTS, value);
}

/** Whether a value names a compression codec of the format. */
export function isCodec(value: unknown): value is CompressionCodec {
  return CompressionCodecs.includes(value as CompressionCodec);
}

/** Whether a value names an encoding of the format. */
export function isEncoding(value: unknown): value is Encoding {
  return Encodings.includes(value as Encoding);
}
