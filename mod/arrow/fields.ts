/** Schemas of Arrow files. */
import type { DataType, Field, Schema } from "apache-arrow";
import type { FooterNotes, KeyValues } from "../parquet/format/key_values.ts";
import type { Shape } from "../parquet/read/nested_shape.ts";
import type { ArrowColumn, ArrowType } from "./column_types.ts";
import type { Arrow } from "./library.ts";

/** Where Arrow notes what a type means beyond what is stored (format/CanonicalExtensions.rst). */
const EXTENSION = "ARROW:extension:name", EXTENSION_DATA = "ARROW:extension:metadata";

/** The schema of columns. @param notes Keys and values of the file, and of columns by their names. */
export function schemaOf(
  arrow: Arrow,
  columns: readonly ArrowColumn[],
  { file, columns: ofColumns }: FooterNotes,
): Schema {
  const fields = columns.map((column) => fieldOf(arrow, column, ofColumns.get(column.name)));
  return new arrow.Schema(fields, new Map(file));
}

function fieldOf(
  arrow: Arrow,
  { name, nullable, types, shape }: ArrowColumn,
  notes: KeyValues = new Map(),
): Field {
  if (shape === null) return leafField(arrow, name, nullable, types[0]!, notes);
  return new arrow.Field(name, nestedType(arrow, shape, types), nullable, new Map(notes));
}

/** The type of a nested value; its fields' names are those that Arrow's own writers give. */
export function nestedType(arrow: Arrow, shape: Shape, types: readonly ArrowType[]): DataType {
  switch (shape.kind) {
    case "leaf":
      return typeOf(arrow, types[shape.first]!);
    case "list":
      return new arrow.List(partField(arrow, "item", shape.element, types));
    case "record":
      return new arrow.Struct(
        shape.fields.map(({ name, shape }) => partField(arrow, name, shape, types)),
      );
    case "map": {
      const key = partField(arrow, "key", { ...shape.key, nullable: false }, types);
      const value = partField(arrow, "value", shape.value, types);
      const entries = new arrow.Struct<{ key: DataType; value: DataType }>([key, value]);
      return new arrow.Map_(new arrow.Field("entries", entries, false));
    }
  }
}

function partField(arrow: Arrow, name: string, shape: Shape, types: readonly ArrowType[]): Field {
  if (shape.kind === "leaf") {
    return leafField(arrow, name, shape.nullable, types[shape.first]!, new Map());
  }
  return new arrow.Field(name, nestedType(arrow, shape, types), shape.nullable);
}

function leafField(
  arrow: Arrow,
  name: string,
  nullable: boolean,
  type: ArrowType,
  notes: KeyValues,
): Field {
  const meaning = type.form === "text" && type.isJson
    ? "arrow.json"
    : type.form === "fixed" && type.isUuid
    ? "arrow.uuid"
    : null;
  const extension: [string, string][] = meaning === null
    ? []
    : [[EXTENSION, meaning], [EXTENSION_DATA, ""]];
  return new arrow.Field(name, typeOf(arrow, type), nullable, new Map([...notes, ...extension]));
}

/** A type as the library has it. */
export function typeOf(arrow: Arrow, type: ArrowType): DataType {
  switch (type.form) {
    case "int":
      return new arrow.Int(type.signed, type.bits);
    case "float": {
      const { HALF, SINGLE, DOUBLE } = arrow.Precision;
      return new arrow.Float({ 16: HALF, 32: SINGLE, 64: DOUBLE }[type.bits]);
    }
    case "bool":
      return new arrow.Bool();
    case "text":
      return new arrow.Utf8();
    case "bytes":
      return new arrow.Binary();
    case "fixed":
      return new arrow.FixedSizeBinary(type.width);
    case "decimal":
      return new arrow.Decimal(type.scale, type.precision, type.bits);
    case "date":
      return new arrow.DateDay();
    case "time":
      return new arrow.Time(unitOf(arrow, type.unit), type.unit === "ms" ? 32 : 64);
    case "timestamp":
      return new arrow.Timestamp(unitOf(arrow, type.unit), type.utc ? "UTC" : null);
    case "null":
      return new arrow.Null();
  }
}

function unitOf({ TimeUnit }: Arrow, unit: "ms" | "us" | "ns") {
  return { ms: TimeUnit.MILLISECOND, us: TimeUnit.MICROSECOND, ns: TimeUnit.NANOSECOND }[unit];
}
