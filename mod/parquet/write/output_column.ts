import type { CompressionCodec, Encoding, SchemaElement } from "hyparquet";
import type { TextBytes } from "../../kernel/texts.ts";
import type { ColumnArray } from "../format/column_array.ts";
import type { OutputType } from "./output_type.ts";

/** A column of a result. Elements of a plain array may be null. */
export interface OutputColumn {
  name: string;
  type: OutputType;
  /**
   * The typed array of its type (stored timestamps are BigInt64Array, dates Int32Array of days), or an
   * array: of numbers, bigints (64-bit integers), booleans, strings, `Date`s (timestamp), byte arrays
   * (binary) or nested values (json). Of a stored type what its physical type is: Int32Array, BigInt64Array, byte
   * arrays, and of a nested one rows of {@linkcode OutputColumn.nested}.
   */
  values: ColumnArray | Uint8ClampedArray | unknown[];
  /** Which elements of an array are meant, where not all of them are: `to` is not included. */
  part?: { from: number; to: number };
  /** Of a typed array: 1 for a value, 0 for a null; absent where there is no null. */
  validity?: Uint8Array | null;
  /** Of texts in UTF-8: then the values are an Int32Array of places in them. */
  texts?: TextBytes;
  /** There is no null, and the file's schema says that there can be none. */
  required?: boolean;
  /** What the rows of a nested column of the input hold. */
  nested?: NestedRows;
}

/** Rows of a nested column as they are stored: levels and values of each of its leaves. */
export interface NestedRows {
  schema: SchemaElement[];
  leaves: NestedLeaf[];
}

export interface NestedLeaf {
  /** Names from the column's on. */
  path: string[];
  maxDefinition: number;
  maxRepetition: number;
  /** A level each, of all rows. */
  definition: Int32Array;
  repetition: Int32Array;
  /** What is there: an Int32Array, BigInt64Array, Float32Array, Float64Array, Uint8Array of booleans, or byte arrays. */
  values: ArrayBufferView | Uint8Array[];
  /** Where each row's levels and values begin; one more than there are rows. */
  levelStarts: Int32Array;
  valueStarts: Int32Array;
}

/** Rows of a column. */
export function rowsOfColumn({ values, part }: OutputColumn): number {
  return part ? part.to - part.from : values.length;
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
  /** Of a nested column the values, nulls and empty lists counted; else as many as the row group has. */
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
  /** Of a result that is parted by values of columns: the folder that its rows go to. */
  folder?: string;
  /** Of a result of several tables: the one that its rows are of. */
  table?: string;
}
