/** Row groups whose rows follow each other as one. */
import type { EncodedColumn, EncodedRowGroup } from "./output_column.ts";
import type { OutputType } from "./output_type.ts";
import { isSameType, isUnsigned, physicalType } from "./output_type.ts";
import { compareBytes, unitedBounds } from "../format/column_statistics.ts";

/** Columns of one row group, each in parts that follow each other. */
export interface JoinedRowGroup {
  rows: number;
  /** Whole columns, or the column's part of some rows: in the order of the rows. */
  parts: EncodedRowGroup[][];
}

/** The memory that row groups lie in. */
export function memoryOf(groups: readonly JoinedRowGroup[]): ArrayBuffer[] {
  return [...new Set(groups.flatMap(({ parts }) => parts.flat()).map(({ bytes }) => bytes.buffer))];
}

/**
 * Whether the columns of row groups can be joined part by part: they must be the same, and have no
 * dictionary, of which a column chunk can have but one. What comes in one part needs no joining.
 */
export function areJoinable(groups: EncodedRowGroup[]): boolean {
  const [first] = groups as [EncodedRowGroup];
  return groups.length === 1 ||
    groups.every(({ columns }) =>
      columns.length === first.columns.length && columns.every((column, index) => {
        const { name, type, required, codec } = first.columns[index]!;
        return column.name === name && isSameType(column.type, type) &&
          column.required === required &&
          column.codec === codec && column.dictionaryOffset === null;
      })
    );
}

/** What is in a column whose parts are put one behind the other, from offset 0. */
export function joinedColumn(parts: EncodedColumn[]): EncodedColumn {
  const [first] = parts as [EncodedColumn];
  const sum = (of: (part: EncodedColumn) => number) =>
    parts.reduce((all, part) => all + of(part), 0);
  const counted = parts.every(({ nulls }) => nulls !== null);
  const known = parts.filter(({ rows, nulls }) => nulls === null || rows > nulls);
  let bounds: { least: Uint8Array; most: Uint8Array } | null = null;
  for (const { least, most, type } of known) {
    if (least === null || most === null) {
      bounds = null;
      break;
    }
    bounds = bounds ? unitedBounds(bounds, { least, most }, orderOf(type)) : { least, most };
  }
  const { offset } = first;
  return {
    ...first,
    rows: sum(({ rows }) => rows),
    nulls: counted ? sum(({ nulls }) => nulls!) : null,
    dictionaryOffset: first.dictionaryOffset === null ? null : first.dictionaryOffset - offset,
    dataOffset: first.dataOffset - offset,
    offset: 0,
    compressedSize: sum(({ compressedSize }) => compressedSize),
    uncompressedSize: sum(({ uncompressedSize }) => uncompressedSize),
    dataPages: sum(({ dataPages }) => dataPages),
    least: bounds?.least ?? null,
    most: bounds?.most ?? null,
  };
}

/** Order of a type's values, PLAIN encoded. */
function orderOf(type: OutputType): (a: Uint8Array, b: Uint8Array) => number {
  const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const by = <T>(read: (view: DataView) => T) => (a: Uint8Array, b: Uint8Array) => {
    const x = read(view(a)), y = read(view(b));
    return x < y ? -1 : x > y ? 1 : 0;
  };
  const unsigned = isUnsigned(type);
  switch (physicalType(type)) {
    case "DOUBLE":
      return by((view) => view.getFloat64(0, true));
    case "FLOAT":
      return by((view) => view.getFloat32(0, true));
    case "INT64":
      return by((view) => unsigned ? view.getBigUint64(0, true) : view.getBigInt64(0, true));
    case "INT32":
      return by((view) => unsigned ? view.getUint32(0, true) : view.getInt32(0, true));
    default:
      return compareBytes;
  }
}
