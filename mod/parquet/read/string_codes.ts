/** Codes of texts and other byte strings, given to them as they lie in the pages. */
import type { StringCoder } from "../../std/grouping/exact_values.ts";
import { type ByteArrays, evenArrays } from "../encodings/byte_arrays.ts";
import { widthOf } from "../format/value_width.ts";
import { Malformed } from "../io/errors.ts";
import { copyIndexes, decodeIndexes, isIndexed } from "./indexes.ts";
import type { Page } from "./page.ts";
import { decodeByteArrays, decodeFixed } from "./page_values.ts";
import type { ParquetReader } from "./parquet_reader.ts";
import type { Partition } from "./partition.ts";
import { visitPartition } from "./visit_partition.ts";

/** What is read of a partition. */
interface Coded {
  coder: StringCoder;
  /** Where the codes go: as many as rows. */
  into: Int32Array;
  /** Rows in rising order; `null` for all. */
  chosen: Int32Array | null;
}

/**
 * Codes of a column's part of a partition.
 *
 * @throws Malformed when a text is not UTF-8; as {@linkcode readColumn}.
 */
export function codeStrings(
  reader: ParquetReader,
  name: string,
  partition: Partition,
  { coder, into, chosen }: Coded,
): void {
  const column = reader.column(name);
  const { element } = reader.leaf(column.leaf);
  const isText = column.kind === "string" || column.kind === "json";
  const width = widthOf(element);
  let at = 0;
  visitPartition(reader, column, partition, (page, dictionary, from, to, row) => {
    const rows = chosen && rowsOfPage(chosen, at, row, to - from);
    if (rows?.length === 0) return;
    const places = placesOf(page, from, to, rows);
    const known = coder.size;
    if (isIndexed(page) && !width) {
      const part = into.subarray(at, at + (places?.length ?? page.wanted - page.before));
      if (places) take(decodeIndexes(page, dictionary), places, -1, part);
      else copyIndexes(page, dictionary, part);
      if (part.length) coder.codeIndexes(dictionary?.arrays ?? NOTHING, part, places !== null);
      at += part.length;
    } else {
      const arrays = width
        ? evenArrays(decodeFixed(page, element, dictionary), 0, width, page.wanted - page.before)
        : decodeByteArrays(page, element, dictionary);
      const wanted = places ? takenArrays(arrays, places) : arrays;
      coder.code(wanted, into, at);
      at += wanted.starts.length;
    }
    if (isText && !coder.areUtf8(known)) throw new Malformed("a string is not UTF-8");
  });
}

/** A page of nothing but nulls needs no dictionary. */
const NOTHING: ByteArrays = {
  bytes: new Uint8Array(0),
  starts: new Int32Array(0),
  ends: new Int32Array(0),
};

/** Those of a partition's rows that are a page's, counted from its first. */
function rowsOfPage(chosen: Int32Array, from: number, first: number, count: number): Int32Array {
  let to = from;
  while (to < chosen.length && chosen[to]! < first + count) to++;
  return chosen.subarray(from, to).map((row) => row - first);
}

/** Of each row the place of its value among those that are there, -1 for null; `null` where all are there and wanted. */
function placesOf(
  { validity }: Page,
  from: number,
  to: number,
  rows: Int32Array | null,
): Int32Array | null {
  if (!validity) return rows;
  const places = new Int32Array(to - from);
  let place = 0;
  for (let row = 0; row < places.length; row++) {
    places[row] = validity[from + row] ? place++ : -1;
  }
  if (rows) return taken(places, rows, -1);
  return place === places.length ? null : places;
}

/** Values at places, and another one at -1. */
function take(values: Int32Array, places: Int32Array, none: number, to: Int32Array): Int32Array {
  for (let k = 0; k < to.length; k++) to[k] = places[k]! < 0 ? none : values[places[k]!]!;
  return to;
}

function taken(values: Int32Array, places: Int32Array, none: number): Int32Array {
  return take(values, places, none, new Int32Array(places.length));
}

/** Null ends before it begins. */
function takenArrays({ bytes, starts, ends }: ByteArrays, places: Int32Array): ByteArrays {
  return { bytes, starts: taken(starts, places, 0), ends: taken(ends, places, -1) };
}
