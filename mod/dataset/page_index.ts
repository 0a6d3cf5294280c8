import { readColumnIndex, readOffsetIndex, type SchemaElement } from "hyparquet";
import { AS_STORED } from "../parquet/footer.ts";
import type { Column } from "../parquet/schema.ts";
import type { ByteSource } from "../parquet/source.ts";
import type { Bounds } from "./bounds.ts";
import type { OpenedFile } from "../parquet/dataset.ts";
import type { Comparable } from "./predicate.ts";

/** What is known of one page: rows of its row group, and bounds. */
export interface PageBounds {
  from: number;
  to: number;
  bounds: Bounds;
}

/** Bounds of a column chunk, from the statistics in the footer. */
export function chunkBounds(file: OpenedFile, rowGroup: number, column: Column): Bounds | null {
  const group = file.rowGroups()[rowGroup]!;
  const statistics = group.columns[column.leaf]?.meta_data?.statistics;
  if (!statistics) return null;
  const { min_value, max_value, min, max, null_count } = statistics;
  // The older fields order unsigned numbers and text as if they were signed.
  const signed = !/^(u?int64|uint|string)/.test(column.kind) || column.kind === "int64";
  return {
    least: comparable(min_value ?? (signed ? min : undefined), column),
    most: comparable(max_value ?? (signed ? max : undefined), column),
    nulls: nullsOf(null_count, group.num_rows, column),
  };
}

/**
 * Bounds of the pages of a column chunk, from its page indexes; `null` where it has none.
 *
 * @param rows Of the row group.
 */
export function pageBounds(
  file: OpenedFile,
  rowGroup: number,
  column: Column,
  rows: number,
  open: () => ByteSource,
): PageBounds[] | null {
  const chunk = file.rowGroups()[rowGroup]!.columns[column.leaf];
  if (!chunk?.column_index_offset || !chunk.offset_index_offset) return null;
  const read = (offset: bigint, length: number | undefined) => {
    const bytes = open().read(Number(offset), length ?? 0);
    return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
  };
  try {
    const element = elementOf(file, column);
    const index = readColumnIndex(
      read(chunk.column_index_offset, chunk.column_index_length),
      element,
      AS_STORED as never,
    );
    const places =
      readOffsetIndex(read(chunk.offset_index_offset, chunk.offset_index_length)).page_locations;
    if (places.length !== index.null_pages.length) return null;
    return places.map(({ first_row_index }, page): PageBounds => {
      const from = Number(first_row_index);
      const to = page + 1 < places.length ? Number(places[page + 1]!.first_row_index) : rows;
      if (index.null_pages[page]) {
        return { from, to, bounds: { least: null, most: null, nulls: "all" } };
      }
      return {
        from,
        to,
        bounds: {
          least: comparable(index.min_values[page], column),
          most: comparable(index.max_values[page], column),
          nulls: nullsOf(index.null_counts?.[page], BigInt(to - from), column),
        },
      };
    });
  } catch {
    return null; // an index that can't be read only means that all pages are looked at
  }
}

function elementOf(file: OpenedFile, column: Column): SchemaElement {
  return file.schema[column.element]!;
}

function nullsOf(count: bigint | undefined, rows: bigint, column: Column): Bounds["nulls"] {
  if (!column.nullable) return "none";
  if (count === undefined) return "unknown";
  return count === 0n ? "none" : BigInt(count) === BigInt(rows) ? "all" : "some";
}

/** A stored bound as what predicates compare with; `null` for what can't be relied on. */
function comparable(value: unknown, column: Column): Comparable | null {
  if (value === undefined || value === null) return null;
  switch (column.kind) {
    case "string":
      return value instanceof Uint8Array ? text(value) : null;
    case "boolean":
      return typeof value === "boolean" ? Number(value) : null;
    case "plain":
      return null;
    default:
      if (typeof value === "bigint") return value;
      return typeof value === "number" && !Number.isNaN(value) ? value : null;
  }
}

/** Text that was cut in the middle of a character can't be compared by characters. */
function text(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
