import type { ParquetFile } from "../parquet/read/parquet_file.ts";
import { Malformed } from "../parquet/io/errors.ts";
import { schemaOf } from "../parquet/write/nested_rows.ts";
import { meaningOf } from "../parquet/read/nested_shape.ts";
import {
  type Column,
  columnNamed,
  type ColumnType,
  sameColumnType,
} from "../parquet/format/column.ts";
import { fileName } from "../remote/url.ts";
import { joinTypes } from "./join_types.ts";

/** Columns of a dataset, and what of its files was joined to them. */
export interface United {
  /** In the order of the first file that has them. */
  columns: Column[];
  /** For people: a text for each column that not all files have alike. */
  joined: string[];
}

/** Files that hold a column of one type. */
interface Variant {
  column: Column;
  /** Of a nested one. */
  shape: string | null;
  file: ParquetFile;
  files: number;
}

/**
 * The columns of all files, by name. Where a file lacks one, its rows hold null; types are joined as
 * {@linkcode joinTypes} has it. What can't be joined is a column that can't be read. Nulls of one file count for
 * all, so that a column's array type is the same in every partition.
 *
 * @param files Their footers tell whether a column holds nothing but nulls, should that matter.
 */
export function unite(files: FileToUnite[]): United {
  const byName = new Map<string, Variant[]>();
  /** By columns that files share. */
  const known = new Map<Column[], Variant[]>();
  for (const file of files) {
    const found = known.get(file.columns);
    if (found) {
      for (const variant of found) variant.files++;
      continue;
    }
    known.set(file.columns, variantsOf(file, byName));
  }
  const columns: Column[] = [], joined: string[] = [];
  for (const variants of byName.values()) {
    const { column, how } = joinVariants(variants, files);
    columns.push(column);
    if (how !== null) joined.push(how);
  }
  return { columns, joined };
}

/** Counts a file to the variants of its columns, of which some may be new. @returns Them, by column. */
function variantsOf(file: ParquetFile, byName: Map<string, Variant[]>): Variant[] {
  return file.columns.map((column) => {
    const variants = byName.get(column.name);
    const shape = shapeOf(file, column);
    const known = variants?.find((variant) => isAlike(variant, column, shape));
    if (!known) {
      const variant = { column: { ...column }, shape, file, files: 1 };
      if (variants) variants.push(variant);
      else byName.set(column.name, [variant]);
      return variant;
    }
    known.files++;
    known.column.nullable ||= column.nullable;
    known.column.hasNulls ||= column.hasNulls;
    // FLOAT16 beside FLOAT is FLOAT.
    if (column.kind === "float32" && column.type === "FLOAT") known.column.type = column.type;
    return known;
  });
}

/** A file whose footer can be asked whether a column is all null. */
export interface FileToUnite extends ParquetFile {
  isAllNull(column: Column): boolean;
}

function isAlike(variant: Variant, other: Column, shape: string | null): boolean {
  return sameColumnType(variant.column, other) && variant.shape === shape;
}

/** What a nested column is, or its schema as it stands where an object can't hold it; null of another column. */
function shapeOf(file: ParquetFile, column: Column): string | null {
  if (column.kind !== "nested") return null;
  const schema = schemaOf(file, column);
  try {
    return meaningOf(schema);
  } catch (thrown) {
    if (!(thrown instanceof Malformed)) throw thrown;
    return JSON.stringify(schema);
  }
}

function joinVariants(
  variants: Variant[],
  files: FileToUnite[],
): { column: Column; how: string | null } {
  const [first] = variants as [Variant];
  const holders = variants.reduce((sum, variant) => sum + variant.files, 0);
  const lacking = files.length - holders;
  const column: Column = {
    ...first.column,
    nullable: lacking > 0 || variants.some(({ column }) => column.nullable),
    hasNulls: lacking > 0 || variants.some(({ column }) => column.hasNulls),
  };
  const absent = lacking > 0 ? `absent in ${counted(lacking, files.length)}` : null;
  if (variants.length === 1) {
    const how = absent && `"${column.name}" is ${absent}, null there`;
    return { column, how };
  }
  const told = variants.map(({ column: { type }, file, files: count }) =>
    `${type} in ${count === 1 ? fileName(file.path) : counted(count, files.length)}`
  );
  const all = [...told, ...(absent ? [absent] : [])].join(", ");
  const type = joinAll(variants) ?? joinAll(withValues(variants, files));
  if (type === null) {
    const conflict = `"${column.name}" is ${all}, which can't be joined`;
    return { column: { ...column, conflict }, how: `${conflict}; it can't be read` };
  }
  const { name, nullable, hasNulls, element, leaf, leaves } = column;
  const joined: Column = { name, nullable, hasNulls, element, leaf, leaves, ...type };
  return { column: joined, how: `"${name}" is ${all}, read as ${type.type}` };
}

function joinAll(variants: Variant[]): ColumnType | null {
  let type: ColumnType | null = null;
  for (const { column } of variants) {
    const own = typeOf(column);
    const next: ColumnType | null = type === null ? own : joinTypes(type, own);
    if (next === null) return null;
    type = next;
  }
  return type;
}

function typeOf(column: Column): ColumnType {
  const { name: _, nullable: _n, hasNulls: _h, element: _e, leaf: _l, leaves: _s, ...type } =
    column;
  return type;
}

/** Those of files that hold a value: nulls can be of any type. */
function withValues(variants: Variant[], files: FileToUnite[]): Variant[] {
  return variants.filter((variant) =>
    files.some((file) => {
      const own = columnNamed(file.columns, variant.column.name);
      return own !== undefined && isAlike(variant, own, shapeOf(file, own)) && !file.isAllNull(own);
    })
  );
}

function counted(count: number, of: number): string {
  return `${count} of ${of} files`;
}
