import { type Converter, copyBytes, kernelConverters, UnsafeInteger } from "./convert.ts";
import type { ParquetReader } from "./parquet_reader.ts";
import { CONVERTED } from "./held_page.ts";
import { unsafeInteger } from "./inexact_numbers.ts";
import { Malformed } from "../io/errors.ts";
import type { Page } from "./page.ts";
import { PLAIN } from "../format/page_header.ts";
import { type Partition, rowInFile } from "./partition.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Column } from "../format/column.ts";
import type { ColumnArray } from "../format/column_array.ts";
import { rowOf, Validity } from "./validity.ts";
import { aligned, decodeFixed } from "./page_values.ts";
import { visitPartition } from "./visit_partition.ts";

/**
 * Decodes fixed-width values of a column into `values[at]` and so on.
 *
 * @param none What a null becomes; `null` where there can be none.
 * @returns The validity, or null when there is no null.
 */
export function fill(
  reader: ParquetReader,
  column: Column,
  partition: Partition,
  convert: Converter,
  values: ColumnArray,
  at: number,
  none: number | null,
): Uint8Array | null {
  const decode = decoderOf(reader, column, partition, convert, none);
  const validity = new Validity(partition.rows);
  visitPartition(reader, column, partition, (page, dictionary, from, to, row) => {
    if (decode(page, dictionary, from, to, row, values, at + row)) {
      validity.set(page.validity!, from, to, row);
    }
  });
  return validity.bytes;
}

/** Decodes a page's wanted values into `values[start]` and so on; says whether there are nulls among them. */
export type PageDecoder = (
  page: Page,
  dictionary: Dictionary | null,
  from: number,
  to: number,
  row: number,
  values: ColumnArray,
  start: number,
) => boolean;

/** What decodes the pages of a column's part of a partition, with the arguments of {@linkcode fill}. */
export function decoderOf(
  reader: ParquetReader,
  column: Column,
  partition: Partition,
  convert: Converter,
  none: number | null,
): PageDecoder {
  const { element } = reader.leaf(column.leaf);
  return (page, dictionary, from, to, row, values, start) => {
    const count = page.wanted - page.before;
    try {
      if (!convertHeld(page, convert, values, start)) {
        const wanted = decodeFixed(page, element, dictionary);
        convert(convert === copyBytes ? wanted : aligned(wanted), values, start);
      }
    } catch (thrown) {
      if (!(thrown instanceof UnsafeInteger)) throw thrown;
      const offset = row + rowOf(page.validity, thrown.index, from);
      throw unsafeInteger(column, rowInFile(reader.file, partition, offset), thrown.value);
    }
    if (count === to - from) return false;
    if (none === null) throw unexpectedNull();
    spread(values, start, page.validity!, from, to, count, none);
    return true;
  };
}

/** Converts PLAIN 64-bit integers in the kernel; says whether it could. */
function convertHeld(
  { held, encoding, before, wanted, values: { at, end } }: Page,
  convert: Converter,
  output: ColumnArray,
  start: number,
): boolean {
  const inKernel = kernelConverters.get(convert);
  if (!inKernel || encoding !== PLAIN) return false;
  if (wanted * 8 > end - at) throw new Malformed("a page's values are cut off");
  const { code, bytes: { buffer } } = held.kernel;
  const room = new Float64Array(buffer, held.convertAt, CONVERTED);
  for (let done = before; done < wanted; done += CONVERTED) {
    const count = Math.min(CONVERTED, wanted - done);
    const unsafe = inKernel(code, at + 8 * done, held.convertAt, count);
    if (unsafe < count) {
      const value = new DataView(buffer).getBigInt64(at + 8 * (done + unsafe), true);
      throw new UnsafeInteger(done + unsafe - before, value);
    }
    (output as Float64Array).set(
      count === CONVERTED ? room : room.subarray(0, count),
      start + done - before,
    );
  }
  return true;
}

/**
 * Moves `count` values that stand together at `values[at]` to where the validity has ones, from
 * the last to the first, and puts `none` at the others.
 */
function spread(
  values: ColumnArray,
  at: number,
  validity: Uint8Array,
  from: number,
  to: number,
  count: number,
  none: number,
): void {
  if (values instanceof Float64Array) spread64(values, at, validity, from, to, count, none);
  else if (values instanceof BigInt64Array) {
    for (let i = to - 1, k = at + count; i >= from; i--) {
      values[at + i - from] = validity[i] ? values[--k]! : 0n;
    }
  } else spread32(values as Float32Array, at, validity, from, to, count, none);
}

function spread64(
  values: Float64Array,
  at: number,
  validity: Uint8Array,
  from: number,
  to: number,
  count: number,
  none: number,
): void {
  for (let i = to - 1, k = at + count; i >= from; i--) {
    values[at + i - from] = validity[i] ? values[--k]! : none;
  }
}

function spread32(
  values: Float32Array,
  at: number,
  validity: Uint8Array,
  from: number,
  to: number,
  count: number,
  none: number,
): void {
  for (let i = to - 1, k = at + count; i >= from; i--) {
    values[at + i - from] = validity[i] ? values[--k]! : none;
  }
}

function unexpectedNull(): Malformed {
  return new Malformed("there is a null, though the file's statistics say that there is none");
}
