import type { SchemaElement } from "hyparquet";
import type { Dataset, DatasetPartition } from "../dataset/dataset.ts";
import { isJoined } from "../dataset/hive.ts";
import { type DatasetReader, unjoined } from "../dataset/reader.ts";
import { TextCoder } from "../kernel/text_coder.ts";
import { FRESH } from "../parquet/read/array_pool.ts";
import { takeRows } from "../parquet/read/take_rows.ts";
import { inverse } from "../std/grouping/group_order.ts";
import { stringsOfKind } from "../std/grouping/key_texts.ts";
import { ServiceError } from "../common/errors.ts";
import type { ParquetFile } from "../parquet/read/parquet_file.ts";
import type { OutputColumn, OutputType } from "../parquet/write/encode.ts";
import { schemaOf, unitedSchema } from "../parquet/write/nested_rows.ts";
import type { StoredType } from "../parquet/write/output_type.ts";
import { arrayTypeOf, type ColumnArray } from "../parquet/format/column_array.ts";
import { type Column, columnNamed } from "../parquet/format/column.ts";
import { type ChunkOrigin, unknownColumn } from "./chunk.ts";
import { markedColumn, markedType, timeType } from "./stored_types.ts";

/**
 * Checks that columns can be carried to a result.
 *
 * @throws ServiceError `FORMULA_INVALID` for one that is not there, or that not all files have alike and a result
 * can't have so.
 */
export function assertKeepable({ dataset }: ChunkOrigin, keep: string[]): void {
  for (const name of keep) {
    const column = columnNamed(dataset.columns, name);
    if (!column) {
      const { message } = unknownColumn(dataset, name, `export "keep"`);
      throw new ServiceError("FORMULA_INVALID", message);
    }
    if (column.conflict !== undefined) throw unjoined(column);
    writtenAs(dataset, column);
  }
}

/**
 * Input columns as columns of the result: same type, unit and values, nulls included. What could hold
 * none still can't.
 *
 * @param selection Indices of the partition's rows that are wanted; `null` for all.
 */
export function keptColumns(
  { dataset, reader }: ChunkOrigin,
  keep: string[],
  partition: DatasetPartition,
  selection: Int32Array | null,
): OutputColumn[] {
  return keep.map((name) => {
    const column = columnNamed(dataset.columns, name)!;
    const kept = keptColumn(dataset, reader, column, partition);
    if (!selection) return kept;
    const values = takeRows(kept.values as ColumnArray, selection);
    return { ...kept, values, validity: kept.validity ? takeRows(kept.validity, selection) : null };
  });
}

/**
 * The same, but texts in bytes: no strings are made of them. For results whose texts nobody looks at: row groups of
 * Parquet.
 */
export function keptInBytes(
  origin: ChunkOrigin,
  keep: string[],
  partition: DatasetPartition,
  selection: Int32Array | null,
): OutputColumn[] {
  const { dataset, reader } = origin;
  return keep.map((name) => {
    const column = columnNamed(dataset.columns, name)!;
    const { type, required } = writtenAs(dataset, column);
    if (type !== "string") return keptColumns(origin, [name], partition, selection)[0]!;
    return { name, type, required, ...textsInBytes(reader, name, partition, selection) };
  });
}

/** Texts of rows, each of them once, and the place of each row's. */
function textsInBytes(
  reader: DatasetReader,
  name: string,
  partition: DatasetPartition,
  selection: Int32Array | null,
): Required<Pick<OutputColumn, "values" | "validity" | "texts">> {
  using coder = new TextCoder();
  const places = reader.codeStrings(
    name,
    partition,
    {
      coder,
      of: (values) => stringsOfKind(values, "string"),
    },
    selection,
    FRESH,
  );
  const { texts, order } = coder.finish();
  const placeOf = inverse(order), none = texts.ends.length;
  let validity: Uint8Array | null = null;
  for (let row = 0; row < places.length; row++) {
    const place = placeOf[places[row]!]!;
    if (place < none) places[row] = place;
    else {
      (validity ??= new Uint8Array(places.length).fill(1))[row] = 0;
      places[row] = 0;
    }
  }
  return { values: places, validity, texts };
}

/**
 * Puts kept columns before those that a formula returned.
 *
 * @throws ServiceError `FORMULA_FAILED` when names or lengths don't fit.
 */
export function joinKept(kept: OutputColumn[], own: OutputColumn[], use: string): OutputColumn[] {
  assertKeptRows(kept.map(({ name }) => name), kept[0]?.values.length ?? 0, own, use);
  return [...kept, ...own];
}

/** Checks that kept columns of `rows` rows can stand beside those that a formula returned. */
export function assertKeptRows(
  kept: string[],
  rows: number,
  own: OutputColumn[],
  use: string,
): void {
  for (const name of kept) {
    if (own.some((column) => column.name === name)) {
      throw new ServiceError(
        "FORMULA_FAILED",
        `${use} returned a column "${name}", which is in "keep", too; take it out of one of them`,
      );
    }
    if (rows !== own[0]!.values.length) {
      throw new ServiceError(
        "FORMULA_FAILED",
        `${use} returned ${
          own[0]!.values.length
        } rows for ${rows}; with "keep" it must return as many as came in`,
      );
    }
  }
}

function keptColumn(
  dataset: Dataset,
  reader: DatasetReader,
  column: Column,
  partition: DatasetPartition,
): OutputColumn {
  const { name, kind } = column;
  const { type, required } = writtenAs(dataset, column);
  const as = { name, type, required };
  if (kind === "nested" && typeof type !== "string") {
    const rows = Int32Array.from({ length: partition.rows }, (_, row) => row);
    return { ...as, values: rows, nested: reader.nested(name, partition, type.schema) };
  }
  if (typeof type !== "string") {
    if (!isConverted(dataset, column)) return { ...as, ...reader.stored(name, partition) };
    return { ...markedColumn(name, { type: column, ...reader.exact(name, partition) }), required };
  }
  if (column.unit) {
    const { values, validity } = reader.raw(name, partition);
    return { ...as, values, validity };
  }
  const { values, validity } = reader.column(name, partition, { int64: "bigint" });
  if (Array.isArray(values)) return { ...as, values };
  // Integers of a file with nulls arrive as numbers with NaN; stored they are integers again.
  const Stored = arrayTypeOf({ ...column, hasNulls: false }, "bigint")!;
  if (values instanceof Stored) return { ...as, values, validity };
  const stored = new Stored(values.length);
  for (let row = 0; row < stored.length; row++) stored[row] = values[row]!;
  return { ...as, values: stored, validity };
}

/**
 * What a column is written as when it is kept, and whether it can't hold nulls.
 *
 * @throws ServiceError `FORMULA_INVALID` for one that not all files have alike, where a result can't have it so.
 */
export function writtenAs(
  dataset: Dataset,
  column: Column,
): { type: OutputType; required: boolean } {
  const required = !column.nullable;
  const { name, kind } = column;
  switch (kind) {
    case "decimal":
    case "time":
    case "uuid":
    case "json":
    case "bytes":
      if (!isConverted(dataset, column)) return { type: storedType(dataset, column), required };
      return { type: markedType(name, column), required: false };
    case "nested":
      return { type: nestedType(dataset, column), required };
    case "float32":
      return { type: isHalf(dataset, column) ? storedType(dataset, column) : kind, required };
    case "timestamp":
      if (column.int96 && !isConverted(dataset, column)) {
        return { type: storedType(dataset, column), required };
      }
      return { type: timeType(column), required };
    case "date":
      return { type: timeType(column), required };
    default:
      return { type: kind, required };
  }
}

/** Whether all files that have a column of floats have it as FLOAT16. */
function isHalf(dataset: Dataset, column: Column): boolean {
  return column.type === "FLOAT16" && !isConverted(dataset, column);
}

/**
 * What nested columns of all files can be written as.
 *
 * @throws ServiceError `FORMULA_INVALID` where they are stored in different ways.
 */
function nestedType(dataset: Dataset, column: Column): StoredType {
  let known = united.get(dataset);
  if (!known) united.set(dataset, known = new Map());
  let type = known.get(column.name);
  if (!type) known.set(column.name, type = unitedType(dataset, column));
  return type;
}

const united = new WeakMap<Dataset, Map<string, StoredType>>();

function unitedType({ files }: Dataset, column: Column): StoredType {
  const all = files.flatMap((file) => {
    const own = columnNamed(file.columns, column.name);
    return own?.kind === "nested" ? [elementsOf(file, own, column)] : [];
  });
  const [own, ...inner] = unitedSchema(all) ?? [];
  const lacking = all.length < files.length;
  // What repeats by itself has an empty list, but no null.
  if (!own || (lacking && own.repetition_type === "REPEATED")) {
    throw new ServiceError(
      "FORMULA_INVALID",
      `export "keep": "${column.name}" is ${column.type}, which not all files store alike; return what you need of it from "map"`,
    );
  }
  return { schema: [lacking ? { ...own, repetition_type: "OPTIONAL" } : own, ...inner], leaf: 0 };
}

/** Whether a column is put together of values without loss: it is a further table's, or files that hold values of it have it as different elements of the schema. */
function isConverted(dataset: Dataset, column: Column): boolean {
  if (isJoined(column)) return true;
  let known = converted.get(dataset);
  if (!known) converted.set(dataset, known = new Map());
  let found = known.get(column.name);
  if (found === undefined) known.set(column.name, found = differs(dataset, column));
  return found;
}

const converted = new WeakMap<Dataset, Map<string, boolean>>();

function differs({ files }: Dataset, column: Column): boolean {
  let first: string | null = null;
  for (const file of files) {
    const own = columnNamed(file.columns, column.name);
    if (!own || own.kind === "null") continue;
    const text = JSON.stringify(elementsOf(file, own, column));
    first ??= text;
    if (text !== first) return true;
  }
  return false;
}

function storedType({ files }: Dataset, column: Column): StoredType {
  for (const file of files) {
    const own = columnNamed(file.columns, column.name);
    if (own && own.kind === column.kind) return { schema: elementsOf(file, own, column), leaf: 0 };
  }
  throw new TypeError(`no file has the column "${column.name}"`);
}

/** What the format says of a column: its elements, without what means nothing elsewhere. */
function elementsOf(file: ParquetFile, own: Column, column: Column): SchemaElement[] {
  return schemaOf(file, own).map((element, index) => {
    const { type, type_length, repetition_type, num_children, converted_type, logical_type } =
      element;
    const { scale, precision } = element;
    const flat = column.kind !== "nested";
    const kept = {
      type,
      type_length,
      repetition_type: flat ? (column.nullable ? "OPTIONAL" : "REQUIRED") : repetition_type,
      name: index === 0 ? column.name : element.name,
      num_children,
      converted_type,
      scale,
      precision,
      logical_type,
    };
    return Object.fromEntries(
      Object.entries(kept).filter(([, value]) => value !== undefined),
    ) as unknown as SchemaElement;
  });
}
