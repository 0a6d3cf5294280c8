/** Rows of a column that a filter has chosen: of the others nothing is kept. */
import { gather } from "../../kernel/select_kernel.ts";
import type { Column } from "../format/column.ts";
import type { ColumnArray } from "../format/column_array.ts";
import { PLAIN } from "../format/page_header.ts";
import { widthOf } from "../format/value_width.ts";
import { type Converter, copyBytes } from "./convert.ts";
import { decoderOf } from "./fixed_column.ts";
import type { Page } from "./page.ts";
import { decodeFixed } from "./page_values.ts";
import type { ParquetReader } from "./parquet_reader.ts";
import type { Partition } from "./partition.ts";
import { visitPartition } from "./visit_partition.ts";

/**
 * Decodes chosen rows of a column of fixed width.
 *
 * @param rows Of the partition, in rising order.
 * @param values Gets a value for each of them.
 * @param none What a null becomes; `null` where there can be none.
 * @returns The validity, or null when there is no null.
 */
export function fillSelected(
  reader: ParquetReader,
  column: Column,
  partition: Partition,
  convert: Converter,
  rows: Int32Array,
  values: ColumnArray,
  none: number | null,
): Uint8Array | null {
  const { element } = reader.leaf(column.leaf);
  const width = convert === copyBytes && element.type !== "BOOLEAN" ? widthOf(element) : 0;
  const decode = decoderOf(reader, column, partition, convert, none);
  const ranges = new RowRanges(rows);
  let validity: Uint8Array | null = null;
  let room: ColumnArray | null = null;
  visitPartition(reader, column, partition, (page, dictionary, from, to, row) => {
    const { start, end } = ranges.upTo(row + to - from);
    const some = rows.subarray(start, end);
    if (isLying(page, width, to - from)) {
      const { byteOffset } = decodeFixed(page, element, dictionary);
      const output = new Uint8Array(values.buffer, values.byteOffset + width * start);
      const { kernel, convertAt } = page.held;
      return gather(kernel, byteOffset, row, some, width, convertAt, output);
    }
    if (!room || room.length < to - from) {
      room = new (values.constructor as new (length: number) => ColumnArray)(to - from);
    }
    const nulls = decode(page, dictionary, from, to, row, room, 0);
    for (let k = start; k < end; k++) values[k] = room[rows[k]! - row]!;
    if (!nulls) return;
    validity ??= new Uint8Array(rows.length).fill(1);
    for (let k = start; k < end; k++) validity[k] = page.validity![from + rows[k]! - row]!;
  }, (_page, _dictionary, from, to, row) => ranges.hasNone(row + to - from));
  return validity;
}

/** Whether all values of a page's part lie in the kernel's memory as they are wanted. */
function isLying(page: Page, width: number, rows: number): boolean {
  const { encoding, before, wanted } = page;
  return (width === 4 || width === 8) && encoding === PLAIN && wanted - before === rows;
}

/** Goes along rows in rising order. */
export class RowRanges {
  readonly #rows: Int32Array;
  #at = 0;

  constructor(rows: Int32Array) {
    this.#rows = rows;
  }

  /** Whether none of the rows that are left is before this one. */
  hasNone(end: number): boolean {
    return this.#at === this.#rows.length || this.#rows[this.#at]! >= end;
  }

  /** The places of the next rows, up to the last that is before this one. */
  upTo(end: number): { start: number; end: number } {
    const rows = this.#rows, start = this.#at;
    let low = start, high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (rows[middle]! < end) low = middle + 1;
      else high = middle;
    }
    this.#at = low;
    return { start, end: low };
  }
}
