import type { LogicalType, SchemaElement } from "hyparquet";
import {
  CompressionCodecs,
  ConvertedTypes,
  Encodings,
  FieldRepetitionTypes,
  ParquetTypes,
} from "../format/hyparquet.ts";
import { ByteWriter } from "../format/hyparquet.ts";
import { serializeTCompactProtocol, ThriftStruct } from "../format/hyparquet.ts";
import type { FooterNotes, KeyValues } from "../format/key_values.ts";
import { elementsOf, leafOfType, type OutputType } from "./output_type.ts";
import type { EncodedColumn } from "./output_column.ts";

/** A written column as the schema has it. */
export interface WrittenColumn {
  name: string;
  type: OutputType;
  required: boolean;
}

/** A row group that is in the file, from `start` on. */
export interface WrittenRowGroup {
  rows: number;
  start: number;
  bytes: number;
  columns: EncodedColumn[];
}

const NO_NOTES: FooterNotes = { file: new Map(), columns: new Map() };

const CREATED_BY = "measuring-technologists";
const BYTE = 3;
/** Fields of the union TimeUnit. */
const TIME_UNITS = { MILLIS: "field_1", MICROS: "field_2", NANOS: "field_3" };

/** Fields of the union LogicalType that hold nothing. */
const ANNOTATIONS = {
  STRING: "field_1",
  MAP: "field_2",
  LIST: "field_3",
  ENUM: "field_4",
  DATE: "field_6",
  NULL: "field_11",
  JSON: "field_12",
  BSON: "field_13",
  UUID: "field_14",
  FLOAT16: "field_15",
};

/**
 * The bytes behind the last row group: the file's metadata, its length and PAR1. Field numbers
 * are those of parquet.thrift; bounds are written as the bytes they were found as.
 */
export function encodeFooter(
  columns: WrittenColumn[],
  groups: WrittenRowGroup[],
  notes: FooterNotes = NO_NOTES,
): Uint8Array {
  const writer = new ByteWriter();
  // A nested column's leaves follow each other, and have one schema.
  const whole = columns.filter(({ type }) => typeof type === "string" || type.leaf === 0);
  const elements = whole.flatMap(({ name, type, required }) => elementsOf(name, type, required));
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  serializeTCompactProtocol(writer, {
    field_1: 2,
    field_2: [{ field_4: "schema", field_5: whole.length }, ...elements.map(schemaElement)],
    field_3: BigInt(rows),
    field_4: groups.map((group) => rowGroup(group, columns, notes)),
    field_5: keyValues(notes.file),
    field_6: CREATED_BY,
    field_7: columns.map(() => ({ field_1: {} })),
  });
  writer.appendUint32(writer.offset);
  writer.appendUint32(0x31524150);
  return writer.getBytes();
}

/** A list of `KeyValue`s; none where there are none. */
function keyValues(pairs: KeyValues): object[] | undefined {
  if (pairs.size === 0) return undefined;
  return Array.from(pairs, ([key, value]) => ({ field_1: key, field_2: value }));
}

function schemaElement(element: SchemaElement): object {
  return {
    field_1: element.type && ParquetTypes.indexOf(element.type),
    field_2: element.type_length,
    field_3: FieldRepetitionTypes.indexOf(element.repetition_type!),
    field_4: element.name,
    field_5: element.num_children,
    field_6: element.converted_type && ConvertedTypes.indexOf(element.converted_type),
    field_7: element.scale,
    field_8: element.precision,
    field_10: logicalType(element.logical_type),
  };
}

function logicalType(type: LogicalType | undefined): object | undefined {
  switch (type?.type) {
    case "STRING":
    case "MAP":
    case "LIST":
    case "ENUM":
    case "JSON":
    case "BSON":
    case "UUID":
    case "FLOAT16":
    case "DATE":
    case "NULL":
      return { [ANNOTATIONS[type.type]]: {} };
    case "DECIMAL":
      return { field_5: { field_1: type.scale, field_2: type.precision } };
    case "TIME":
      return {
        field_7: { field_1: type.isAdjustedToUTC, field_2: { [TIME_UNITS[type.unit]]: {} } },
      };
    case "TIMESTAMP":
      return {
        field_8: { field_1: type.isAdjustedToUTC, field_2: { [TIME_UNITS[type.unit]]: {} } },
      };
    case "INTEGER":
      return { field_10: new ThriftStruct([[1, BYTE, type.bitWidth], boolean(2, type.isSigned)]) };
    default:
      return undefined;
  }
}

/** In the compact protocol a boolean's value is its type. */
function boolean(id: number, value: boolean): [number, number, boolean] {
  return [id, value ? 1 : 2, value];
}

function rowGroup(
  { rows, start, bytes, columns }: WrittenRowGroup,
  types: WrittenColumn[],
  { columns: notes }: FooterNotes,
): object {
  const uncompressed = columns.reduce((sum, column) => sum + column.uncompressedSize, 0);
  return {
    field_1: columns.map((column, index) =>
      columnChunk(column, types[index]!.type, start, notes.get(column.name))
    ),
    field_2: BigInt(uncompressed),
    field_3: BigInt(rows),
    field_5: BigInt(start),
    field_6: BigInt(bytes),
  };
}

function columnChunk(
  column: EncodedColumn,
  type: OutputType,
  start: number,
  notes: KeyValues | undefined,
): object {
  const { dictionaryOffset, least, most } = column;
  const { element, path } = leafOfType(column.name, type);
  return {
    field_2: BigInt(start + column.offset),
    field_3: {
      field_1: ParquetTypes.indexOf(element.type!),
      field_2: column.encodings.map((encoding) => Encodings.indexOf(encoding)),
      field_3: path,
      field_4: CompressionCodecs.indexOf(column.codec),
      field_5: BigInt(column.rows),
      field_6: BigInt(column.uncompressedSize),
      field_7: BigInt(column.compressedSize),
      field_8: notes && keyValues(notes),
      field_9: BigInt(start + column.dataOffset),
      field_11: dictionaryOffset === null ? undefined : BigInt(start + dictionaryOffset),
      field_12: {
        field_3: column.nulls === null ? undefined : BigInt(column.nulls),
        field_5: most ?? undefined,
        field_6: least ?? undefined,
        field_7: most ? true : undefined,
        field_8: least ? true : undefined,
      },
    },
  };
}
