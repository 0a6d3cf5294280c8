/** Columns of a file or a dataset, as plain data. */

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

/** What a column is, wherever it lies. */
export type ColumnType = Pick<
  Column,
  "kind" | "type" | "unit" | "utc" | "precision" | "scale" | "clock" | "int96"
>;

/** The type of times of a unit, in UTC or in local time. */
export function timestampOf(unit: Exclude<TimeUnit, "day">, utc: boolean) {
  return { kind: "timestamp", unit, utc, type: `TIMESTAMP(${unit}, ${zoneOf(utc)})` } as const;
}

/** The word for what times are counted in. */
export function zoneOf(utc: boolean): string {
  return utc ? "UTC" : "local";
}

/** Whether columns hold the same kind of values, in the same units. */
export function sameColumnType(a: ColumnType, b: ColumnType): boolean {
  return a.kind === b.kind && a.unit === b.unit && a.utc === b.utc && a.clock === b.clock &&
    a.precision === b.precision && a.scale === b.scale && a.int96 === b.int96;
}

const byName = new WeakMap<Column[], Map<string, Column>>();

/** A column by its name: a list of many is looked through once. */
export function columnNamed(columns: Column[], name: string): Column | undefined {
  let known = byName.get(columns);
  if (!known) byName.set(columns, known = new Map(columns.map((column) => [column.name, column])));
  return known.get(name);
}
