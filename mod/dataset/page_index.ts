import { readColumnIndex, readOffsetIndex, type SchemaElement } from "hyparquet";
import { AS_STORED } from "../parquet/format/footer.ts";
import type { Column } from "../parquet/format/column.ts";
import type { ByteSource } from "../parquet/io/source.ts";
import { type Bounds, isSound, isWithin } from "./bounds.ts";
import type { OpenedFile } from "../parquet/read/parquet_file.ts";
import type { Comparable } from "./predicate.ts";

/** What is known of one page: rows of its row group, and bounds. */
export interface PageBounds {
  from: number;
  to: number;
  bounds: Bounds;
}

/** Bounds of a column chunk, from the statistics in the footer; null where there are none to be relied on. */
export function chunkBounds(file: OpenedFile, rowGroup: number, column: Column): Bounds | null {
  const group = file.rowGroups()[rowGroup]!;
  const statistics = group.columns[column.leaf]?.meta_data?.statistics;
  if (!statistics) return null;
  const { min_value, max_value, min, max, null_count } = statistics;
  // The older fields order unsigned numbers and text as if they were signed.
  const signed = !/^(u?int64|uint|string)/.test(column.kind) || column.kind === "int64";
  const bounds: Bounds = {
    least: comparable(min_value ?? (signed ? min : undefined), column),
    most: comparable(max_value ?? (signed ? max : undefined), column),
    nulls: nullsOf(null_count, group.num_rows, column),
    ...ofFloats(column),
  };
  const isStored = (min_value ?? max_value) !== undefined;
  return isSound(bounds) && !(isStored && bounds.nulls === "all") ? bounds : null;
}

/**
 * Bounds of the pages of a column chunk, from its page indexes; `null` where it has none, and where they contradict
 * themselves or the footer.
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
    const counts = [index.null_pages, index.min_values, index.max_values, index.null_counts];
    if (counts.some((one) => one !== undefined && one.length !== places.length)) return null;
    const pages = places.map(({ first_row_index }, page): PageBounds => {
      const from = Number(first_row_index);
      const to = page + 1 < places.length ? Number(places[page + 1]!.first_row_index) : rows;
      if (index.null_pages[page]) {
        const nulls = nullsOf(index.null_counts?.[page] ?? BigInt(to - from), to - from, column);
        return { from, to, bounds: { least: null, most: null, nulls } };
      }
      return {
        from,
        to,
        bounds: {
          least: comparable(index.min_values[page], column),
          most: comparable(index.max_values[page], column),
          nulls: nullsOf(index.null_counts?.[page], to - from, column),
          ...ofFloats(column),
        },
      };
    });
    const agree = pages.every(({ bounds }, page) =>
      isSound(bounds) && (index.null_pages[page] === (bounds.nulls === "all"))
    );
    const whole = chunkBounds(file, rowGroup, column);
    return agree && isPartition(pages, rows) && fits(pages, whole, column) ? pages : null;
  } catch {
    return null; // an index that can't be read only means that all pages are looked at
  }
}

/** Whether pages hold all rows of a row group, one after the other. */
function isPartition(pages: PageBounds[], rows: number): boolean {
  return pages[0]?.from === 0 && pages.every(({ from, to }) => from < to && to <= rows);
}

/** Whether pages fit what the footer says of all of them. Texts may be cut, and then are above what they are cut from. */
function fits(pages: PageBounds[], whole: Bounds | null, { kind }: Column): boolean {
  return whole === null || kind === "string" ||
    pages.every(({ bounds }) => isWithin(bounds, whole));
}

function elementOf(file: OpenedFile, column: Column): SchemaElement {
  return file.schema[column.element]!;
}

function nullsOf(
  count: bigint | undefined,
  rows: number | bigint,
  column: Column,
): Bounds["nulls"] {
  if (!column.nullable) return "none";
  if (count === undefined) return "unknown";
  return count === 0n ? "none" : BigInt(count) === BigInt(rows) ? "all" : "some";
}

function ofFloats({ kind }: Column): Pick<Bounds, "mayBeNaN"> {
  return kind.startsWith("float") ? { mayBeNaN: true } : {};
}

/** A stored bound as what predicates compare with; `null` for what can't be relied on. */
function comparable(value: unknown, column: Column): Comparable | null {
  if (value === undefined || value === null || column.int96) return null;
  switch (column.kind) {
    case "string":
      return value instanceof Uint8Array ? text(value) : null;
    case "boolean":
      return typeof value === "boolean" ? Number(value) : null;
    case "json":
    case "bytes":
    case "uuid":
    case "decimal":
    case "time":
    case "null":
    case "nested":
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
