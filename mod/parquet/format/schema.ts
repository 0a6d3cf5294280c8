import type { FileMetaData, SchemaElement, SchemaTree } from "hyparquet";
import { Malformed } from "../io/malformed.ts";

export type ColumnKind =
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
  | "timestamp"
  | "date"
  | "string"
  | "decimal"
  /** A time of day. */
  | "time"
  | "uuid"
  | "json"
  | "bytes"
  /** Nulls of no type. */
  | "null"
  /** Lists, maps, records. */
  | "nested";

export type TimeUnit = "ms" | "us" | "ns" | "day";

/** A top-level column of a file. */
export interface Column {
  /** Unique in the file: of columns of one name, the second is called `name_1`, and so on. */
  name: string;
  kind: ColumnKind;
  nullable: boolean;
  /** Whether the whole file may hold a null here, so that all partitions agree on the array's type. */
  hasNulls: boolean;
  unit?: TimeUnit;
  /** Whether a timestamp counts from 1970 in UTC (or in local time). */
  utc?: boolean;
  /** Of a decimal: its digits, and how many of them stand behind the point. */
  precision?: number;
  scale?: number;
  /** What a time of day counts since midnight. */
  clock?: Exclude<TimeUnit, "day">;
  /** Of a timestamp that is stored as INT96, of any year. */
  int96?: true;
  /** Why it can't be read, where files of a dataset hold it as what can't be joined. */
  conflict?: string;
  /** For people: `DOUBLE`, `TIMESTAMP(us, UTC)`, `LIST`. */
  type: string;
  /** Where its element stands in the schema, and its leaves among the column chunks. */
  element: number;
  leaf: number;
  leaves: number;
}

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

const byName = new WeakMap<Column[], Map<string, Column>>();

/** A column by its name: a list of many is looked through once. */
export function columnNamed(columns: Column[], name: string): Column | undefined {
  let known = byName.get(columns);
  if (!known) byName.set(columns, known = new Map(columns.map((column) => [column.name, column])));
  return known.get(name);
}

/** Whether columns hold the same kind of values, in the same units. */
export function sameColumnType(a: ColumnType, b: ColumnType): boolean {
  return a.kind === b.kind && a.unit === b.unit && a.utc === b.utc && a.clock === b.clock &&
    a.precision === b.precision && a.scale === b.scale && a.int96 === b.int96;
}

/** A leaf of the schema: what a column chunk holds. */
export interface Leaf {
  element: SchemaElement;
  /** From the root to the leaf. */
  path: SchemaTree[];
  maxDefinition: number;
  maxRepetition: number;
}

/** The schema's elements as a tree. Paths are unique below one column, names are as stored. */
export function schemaTree({ schema }: Pick<FileMetaData, "schema">): SchemaTree {
  schema.forEach(checkElement);
  const root = subtree(schema, 0, [], 0);
  if (root.count !== schema.length || root.element.type) {
    throw new Malformed("its schema is not a tree");
  }
  return root;
}

/** What a damaged footer may hold instead of names and numbers would do harm later. */
function checkElement(element: SchemaElement): void {
  const { name, repetition_type, num_children, type_length, scale, precision } = element;
  const whole = [num_children, type_length, scale, precision].every((value) =>
    value === undefined || (typeof value === "number" && value >= 0)
  );
  if (typeof name !== "string" || !whole) throw new Malformed("its schema makes no sense");
  if (element.type && !repetition_type) throw new Malformed("its schema makes no sense");
}

function subtree(
  schema: SchemaElement[],
  index: number,
  path: string[],
  depth: number,
): SchemaTree {
  const element = schema[index];
  if (!element || depth > 64) throw new Malformed("its schema is not a tree");
  const children: SchemaTree[] = [];
  const taken = new Set<string>();
  let count = 1;
  for (let child = 0; child < (element.num_children ?? 0); child++) {
    const name = schema[index + count]?.name;
    if (typeof name !== "string") throw new Malformed("its schema is not a tree");
    const part = name.includes(".") || taken.has(name) ? `${child}\u0000` : name;
    taken.add(part);
    const tree = subtree(schema, index + count, [...path, part], depth + 1);
    count += tree.count;
    children.push(tree);
  }
  if (element.type && children.length) throw new Malformed("its schema is not a tree");
  return { element, children, count, path };
}

/** The leaves below a tree, in the order of the column chunks. */
export function leavesOf(root: SchemaTree, tree: SchemaTree): Leaf[] {
  const found: Leaf[] = [];
  const visit = (node: SchemaTree, above: SchemaTree[]) => {
    const path = [...above, node];
    for (const child of node.children) visit(child, path);
    if (!node.element.type) return;
    const repetitions = path.slice(1).map(({ element }) => element.repetition_type);
    found.push({
      element: node.element,
      path,
      maxDefinition: repetitions.filter((repetition) => repetition !== "REQUIRED").length,
      maxRepetition: repetitions.filter((repetition) => repetition === "REPEATED").length,
    });
  };
  visit(tree, tree === root ? [] : [root]);
  return found;
}

/**
 * The columns of a file.
 *
 * @param nulls By leaf: whether there may be a null.
 */
export function columnsOf(schema: SchemaElement[], nulls: boolean[]): Column[] {
  const root = schemaTree({ schema });
  const names = new Set<string>();
  const columns: Column[] = [];
  let leaf = 0;
  let element = 1;
  for (const tree of root.children) {
    const count = leavesOf(root, tree).length;
    const flat = isFlat(tree);
    const nullable = tree.element.repetition_type !== "REQUIRED";
    columns.push({
      name: uniqueName(tree.element.name, names),
      ...typeOf(tree),
      nullable,
      hasNulls: nullable && (!flat || nulls[leaf]!),
      element,
      leaf,
      leaves: count,
    });
    leaf += count;
    element += tree.count;
  }
  return columns;
}

/** Whether a column is one value or null a row. */
export function isFlat({ element, children }: SchemaTree): boolean {
  return children.length === 0 && element.type !== undefined &&
    element.repetition_type !== "REPEATED";
}

function uniqueName(name: string, taken: Set<string>): string {
  let unique = name;
  for (let count = 1; taken.has(unique); count++) unique = `${name}_${count}`;
  taken.add(unique);
  return unique;
}

/** What a column is, wherever it lies. */
export type ColumnType = Pick<
  Column,
  "kind" | "type" | "unit" | "utc" | "precision" | "scale" | "clock" | "int96"
>;

function typeOf(tree: SchemaTree): ColumnType {
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
    case "INT96": {
      const text = "TIMESTAMP(ns, local)";
      return { kind: "timestamp", unit: "ns", utc: false, int96: true, type: text };
    }
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
  let unit: TimeUnit;
  let utc = true;
  if (logical?.type === "TIMESTAMP") {
    unit = UNITS[logical.unit];
    utc = logical.isAdjustedToUTC;
  } else if (converted === "TIMESTAMP_MILLIS") unit = "ms";
  else if (converted === "TIMESTAMP_MICROS") unit = "us";
  else return undefined;
  return { kind: "timestamp", unit, utc, type: `TIMESTAMP(${unit}, ${zoneOf(utc)})` };
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

function zoneOf(utc: boolean): string {
  return utc ? "UTC" : "local";
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
