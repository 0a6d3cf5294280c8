/** What elements of a schema are annotated as (LogicalTypes.md). */
import type { SchemaElement, SchemaTree } from "hyparquet";
import {
  type Column,
  type ColumnKind,
  type ColumnType,
  timestampOf,
  type TimeUnit,
  zoneOf,
} from "./column.ts";
import { isFlat } from "./schema_tree.ts";

/** What a top-level column is. */
export function typeOf(tree: SchemaTree): ColumnType {
  const { element } = tree;
  if (isFlat(tree)) return flatType(element);
  const group = element.converted_type ?? element.logical_type?.type;
  return { kind: "nested", type: group ?? (element.type ? "LIST" : "STRUCT") };
}

const CONVERTED_INTEGERS: Record<string, ColumnKind> = {
  INT_8: "int8",
  INT_16: "int16",
  INT_32: "int32",
  INT_64: "int64",
  UINT_8: "uint8",
  UINT_16: "uint16",
  UINT_32: "uint32",
  UINT_64: "uint64",
};

/** What an element that has values says they are. */
export function flatType(element: SchemaElement): ColumnType {
  const { type, type_length } = element;
  if (annotation(element) === "NULL") return { kind: "null", type: "NULL" };
  const decimal = decimalType(element);
  if (decimal) return decimal;
  switch (type) {
    case "DOUBLE":
      return { kind: "float64", type };
    case "FLOAT":
      return { kind: "float32", type };
    case "BOOLEAN":
      return { kind: "boolean", type };
    case "INT96":
      return { ...timestampOf("ns", false), int96: true };
    case "INT32":
    case "INT64":
      return integerType(element, type);
    case "FIXED_LEN_BYTE_ARRAY":
      if (element.logical_type?.type === "FLOAT16" && type_length === 2) {
        return { kind: "float32", type: "FLOAT16" };
      }
      return bytesType(element, `FIXED_LEN_BYTE_ARRAY(${type_length})`);
    default:
      return bytesType(element, "BYTE_ARRAY");
  }
}

function bytesType(element: SchemaElement, type: string): ColumnType {
  const known = annotation(element);
  switch (known) {
    case "STRING":
    case "ENUM":
      return { kind: "string", type: known };
    case "JSON":
      return { kind: "json", type: known };
    case "UUID":
      return { kind: element.type_length === 16 ? "uuid" : "bytes", type: known };
    default:
      return { kind: "bytes", type: known ?? type };
  }
}

function integerType(element: SchemaElement, type: "INT32" | "INT64"): ColumnType {
  const { converted_type: converted, logical_type: logical } = element;
  const time = timestampType(element, type) ?? clockType(element, type);
  if (time) return time;
  if (type === "INT32" && (converted === "DATE" || logical?.type === "DATE")) {
    return { kind: "date", unit: "day", type: "DATE" };
  }
  const kind = logical?.type === "INTEGER"
    ? CONVERTED_INTEGERS[`${logical.isSigned ? "INT" : "UINT"}_${logical.bitWidth}`]
    : converted && CONVERTED_INTEGERS[converted];
  const wide = kind === "int64" || kind === "uint64";
  if (kind && wide === (type === "INT64")) return { kind, type: kind.toUpperCase() };
  return { kind: type === "INT32" ? "int32" : "int64", type };
}

const UNITS = { MILLIS: "ms", MICROS: "us", NANOS: "ns" } as const;

function timestampType(element: SchemaElement, type: "INT32" | "INT64"): ColumnType | undefined {
  const { converted_type: converted, logical_type: logical } = element;
  if (type !== "INT64") return undefined;
  let unit: Exclude<TimeUnit, "day">;
  let utc = true;
  if (logical?.type === "TIMESTAMP") {
    unit = UNITS[logical.unit];
    utc = logical.isAdjustedToUTC;
  } else if (converted === "TIMESTAMP_MILLIS") unit = "ms";
  else if (converted === "TIMESTAMP_MICROS") unit = "us";
  else return undefined;
  return timestampOf(unit, utc);
}

function clockType(element: SchemaElement, type: "INT32" | "INT64"): ColumnType | undefined {
  const { converted_type: converted, logical_type: logical } = element;
  let clock: Column["clock"];
  let utc = true;
  if (logical?.type === "TIME") {
    clock = UNITS[logical.unit];
    utc = logical.isAdjustedToUTC;
  } else if (converted === "TIME_MILLIS") clock = "ms";
  else if (converted === "TIME_MICROS") clock = "us";
  if (clock === undefined || (clock === "ms") !== (type === "INT32")) return undefined;
  return { kind: "time", clock, utc, type: `TIME(${clock}, ${zoneOf(utc)})` };
}

function decimalType(element: SchemaElement): ColumnType | undefined {
  const { converted_type: converted, logical_type: logical, type } = element;
  if (converted !== "DECIMAL" && logical?.type !== "DECIMAL") return undefined;
  if (!type || !["INT32", "INT64", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"].includes(type)) {
    return undefined;
  }
  const { precision = 0, scale = 0 } = logical?.type === "DECIMAL" ? logical : element;
  return { kind: "decimal", precision, scale, type: `DECIMAL(${precision}, ${scale})` };
}

/** What an element is annotated as, in the words of the logical types. */
function annotation({ converted_type: converted, logical_type: logical }: SchemaElement) {
  return logical?.type ?? (converted === "UTF8" ? "STRING" : converted);
}
