/** Columns of text: each row's, and codes of equal ones. */
import { mapCodes } from "../../kernel/group_kernel.ts";
import { usedCodes } from "../../std/grouping/coding.ts";
import type { ParquetReader } from "./parquet_reader.ts";
import type { Page } from "./page.ts";
import type { Partition } from "./partition.ts";
import type { Column } from "../format/column.ts";
import type { ColumnValues } from "../format/column_array.ts";
import { RowRanges } from "./selected_column.ts";
import { Validity } from "./validity.ts";
import { copyIndexes, decodeIndexes, isIndexed } from "./indexes.ts";
import { decodeTexts } from "./page_texts.ts";
import { visitPartition } from "./visit_partition.ts";

/** Texts of one partition, each with a code: equal texts have equal codes, in the order of their first rows. */
export class TextCoder {
  readonly #codes = new Map<string | null, number>();

  codeOf(text: string | null): number {
    let code = this.#codes.get(text);
    if (code === undefined) this.#codes.set(text, code = this.#codes.size);
    return code;
  }

  /** The texts by code. */
  get dictionary(): (string | null)[] {
    return [...this.#codes.keys()];
  }
}

/**
 * Codes of a text column's part of a partition, into `codes[at]` and so on: those of the file's own
 * dictionaries, brought to one.
 *
 * @throws As {@linkcode readColumn}.
 */
export function readCodes(
  reader: ParquetReader,
  name: string,
  partition: Partition,
  coder: TextCoder,
  codes: Int32Array,
  at: number,
): void {
  const column = reader.column(name);
  const { element } = reader.leaf(column.leaf);
  visitPartition(reader, column, partition, (page, dictionary, from, to, row) => {
    const into = codes.subarray(at + row, at + row + to - from);
    const { validity } = page;
    if (isIndexed(page)) {
      if (validity) {
        const indexes = decodeIndexes(page, dictionary);
        const texts = indexes.length ? dictionary!.texts : [];
        codePresent(indexes, texts, validity.subarray(from), coder, into);
      } else if (into.length) {
        copyIndexes(page, dictionary, into);
        const table = codesOf(into, dictionary!.texts, coder);
        if (table) mapCodes(into, table, into);
      }
      return;
    }
    const texts = decodeTexts(page, element, dictionary);
    for (let i = 0, k = 0; i < into.length; i++) {
      into[i] = coder.codeOf(validity && !validity[from + i] ? null : texts[k++]!);
    }
  });
}

/**
 * The code of each text of a dictionary that occurs, -1 of others; `null` where all are their own index.
 * New codes are given in the dictionary's order, so that they mostly are.
 */
function codesOf(indexes: Int32Array, texts: string[], coder: TextCoder): Int32Array | null {
  const occurs = usedCodes(indexes, texts.length);
  const codes = new Int32Array(texts.length);
  let same = true;
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] = occurs[index] ? coder.codeOf(texts[index]!) : -1;
    same &&= code === index;
  }
  return same ? null : codes;
}

/** Indexes into a dictionary to codes, where some rows are null. */
function codePresent(
  indexes: Int32Array,
  texts: string[],
  validity: Uint8Array,
  coder: TextCoder,
  codes: Int32Array,
): void {
  const known = new Int32Array(texts.length).fill(-1);
  let none = -1;
  for (let i = 0, k = 0; i < codes.length; i++) {
    if (!validity[i]) {
      if (none < 0) none = coder.codeOf(null);
      codes[i] = none;
      continue;
    }
    const index = indexes[k++]!;
    let code = known[index]!;
    if (code < 0) code = known[index] = coder.codeOf(texts[index]!);
    codes[i] = code;
  }
}

/**
 * Decodes a text column's part of a partition.
 *
 * @param rows Those that are wanted, in rising order; `null` for all.
 */
export function readStrings(
  reader: ParquetReader,
  column: Column,
  partition: Partition,
  rows: Int32Array | null = null,
): ColumnValues {
  if (rows) return readSelected(reader, column, partition, rows);
  const { element } = reader.leaf(column.leaf);
  const values = new Array<string | null>(partition.rows);
  const validity = new Validity(partition.rows);
  visitPartition(reader, column, partition, (page, dictionary, from, to, row) => {
    if (isIndexed(page)) {
      const indexes = decodeIndexes(page, dictionary);
      const texts = indexes.length ? dictionary!.texts : [];
      place(values, row, page, from, to, (k) => texts[indexes[k]!]!);
    } else {
      const strings = decodeTexts(page, element, dictionary);
      place(values, row, page, from, to, (k) => strings[k]!);
    }
    if (page.validity) validity.set(page.validity, from, to, row);
  });
  return { values, validity: validity.withNulls };
}

function place(
  values: (string | null)[],
  at: number,
  { validity }: Page,
  from: number,
  to: number,
  value: (k: number) => string,
): void {
  let k = 0;
  for (let i = from; i < to; i++) values[at++] = validity && !validity[i] ? null : value(k++);
}

function readSelected(
  reader: ParquetReader,
  column: Column,
  partition: Partition,
  rows: Int32Array,
): ColumnValues {
  const { element } = reader.leaf(column.leaf);
  const values = new Array<string | null>(rows.length);
  const ranges = new RowRanges(rows);
  let validity: Uint8Array | null = null;
  visitPartition(reader, column, partition, (page, dictionary, from, to, row) => {
    const { start, end } = ranges.upTo(row + to - from);
    const indexes = isIndexed(page) ? decodeIndexes(page, dictionary) : null;
    const texts = indexes
      ? indexes.length ? dictionary!.texts : []
      : decodeTexts(page, element, dictionary);
    const places = placesOf(page, from, to);
    for (let k = start; k < end; k++) {
      const place = places ? places[rows[k]! - row]! : rows[k]! - row;
      if (place >= 0) values[k] = texts[indexes ? indexes[place]! : place]!;
      else {
        values[k] = null;
        (validity ??= new Uint8Array(rows.length).fill(1))[k] = 0;
      }
    }
  }, (_page, _dictionary, from, to, row) => ranges.hasNone(row + to - from));
  return { values, validity };
}

/** The place of each row among the values that are there, -1 of nulls; `null` where all are there. */
function placesOf({ validity }: Page, from: number, to: number): Int32Array | null {
  if (!validity) return null;
  const places = new Int32Array(to - from);
  for (let i = from, k = 0; i < to; i++) places[i - from] = validity[i] ? k++ : -1;
  return places;
}
