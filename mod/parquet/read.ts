import { fileName } from "../remote/url.ts";
import { visitRows } from "./column_chunk.ts";
import {
  type Converter,
  converterOf,
  copyBytes,
  int96ToNanos,
  kernelConverters,
  UnsafeInteger,
} from "./convert.ts";
import type { ParquetFile } from "./dataset.ts";
import { CONVERTED } from "./held_page.ts";
import { type Arrays, FRESH } from "./loan.ts";
import { located, unsafeInteger } from "./located.ts";
import { Malformed } from "./malformed.ts";
import type { Page } from "./page.ts";
import { PLAIN } from "./page_header.ts";
import type { Partition } from "./partition.ts";
import { readPlain } from "./plain_column.ts";
import {
  arrayTypeOf,
  type Column,
  type ColumnArray,
  type ColumnValues,
  type Leaf,
  leavesOf,
  schemaTree,
  type TimeUnit,
} from "./schema.ts";
import { assertSame, type ByteSource } from "./source.ts";
import { decodeStrings } from "./strings.ts";
import {
  aligned,
  decodeByteArrays,
  decodeFixed,
  decodeIndexes,
  type Dictionary,
  isIndexed,
  mapIndexes,
} from "./values.ts";

/** Times as they are stored. */
export interface RawValues {
  /** Days as Int32Array, all others as BigInt64Array; 0 where there is a null. */
  values: Int32Array | BigInt64Array;
  unit: TimeUnit;
  utc: boolean;
  validity: Uint8Array | null;
}

export type { ColumnValues };

export interface ReadOptions {
  /** What INT64 and UINT64 become: numbers (all must be safe integers) or bigints. */
  int64: "number" | "bigint";
  /** Where the column's array comes from; fresh memory where it is absent. */
  arrays?: Arrays;
}

/**
 * Decodes a column's part of a partition. Its array's type is the same for all partitions.
 *
 * @throws ServiceError `BASE_UNREADABLE` when the file is damaged or changed, naming file, column
 * and row group; `FORMULA_FAILED` for an INT64 that is no safe integer.
 */
export function readColumn(
  source: ByteSource,
  file: ParquetFile,
  column: string,
  partition: Partition,
  options: ReadOptions,
): ColumnValues {
  assertSame(file.path, file, source);
  const found = columnNamed(file, column);
  const ArrayType = arrayTypeOf(found, options.int64);
  if (ArrayType) {
    const values = (options.arrays ?? FRESH).take(ArrayType, partition.rows);
    return { values, validity: readNumbers(source, file, found, partition, options, values, 0) };
  }
  if (found.kind === "string") return readStrings(source, file, found, partition);
  if (found.kind === "plain") return readPlain(source, file, found, partition);
  return readBigints(source, file, found, partition);
}

/**
 * Decodes a column's part of a partition into `target[at]` and so on.
 *
 * @param target A typed array of the type that {@linkcode arrayTypeOf} gives.
 */
export function readColumnInto(
  source: ByteSource,
  file: ParquetFile,
  column: string,
  partition: Partition,
  options: ReadOptions,
  target: ArrayBufferView,
  at: number,
): void {
  assertSame(file.path, file, source);
  const found = columnNamed(file, column);
  const ArrayType = arrayTypeOf(found, options.int64);
  if (!ArrayType || !(target instanceof ArrayType)) {
    throw new TypeError(`column "${column}" can't be decoded into this array`);
  }
  const values: ColumnArray = target;
  if (at < 0 || at + partition.rows > values.length) {
    throw new RangeError(`column "${column}": the partition does not fit into the array at ${at}`);
  }
  readNumbers(source, file, found, partition, options, values, at);
}

/**
 * Decodes the stored integers of a TIMESTAMP or DATE column.
 *
 * @throws TypeError for another column; ServiceError as {@linkcode readColumn}.
 */
export function readRaw(
  source: ByteSource,
  file: ParquetFile,
  column: string,
  partition: Partition,
): RawValues {
  assertSame(file.path, file, source);
  const found = columnNamed(file, column);
  if (!found.unit) {
    throw new TypeError(`column "${column}" is ${found.type}, not a TIMESTAMP or DATE`);
  }
  const leaf = leafOf(file, found.leaf);
  const day = found.unit === "day";
  const values = day ? new Int32Array(partition.rows) : new BigInt64Array(partition.rows);
  const convert = leaf.element.type === "INT96" ? int96ToNanos : copyBytes;
  const validity = fill(source, file, found, leaf, partition, convert, values, 0, 0);
  return { values, unit: found.unit, utc: found.utc ?? false, validity };
}

function readNumbers(
  source: ByteSource,
  file: ParquetFile,
  column: Column,
  partition: Partition,
  { int64 }: ReadOptions,
  values: ColumnArray,
  at: number,
): Uint8Array | null {
  const leaf = leafOf(file, column.leaf);
  const convert = converterOf(column, leaf.element.type!, int64);
  const floating = values instanceof Float64Array || values instanceof Float32Array;
  const none = floating ? NaN : null;
  return fill(source, file, column, leaf, partition, convert, values, at, none);
}

/** Decodes fixed-width values into an array; returns the validity or null when there is no null. */
function fill(
  source: ByteSource,
  file: ParquetFile,
  column: Column,
  leaf: Leaf,
  partition: Partition,
  convert: Converter,
  values: ColumnArray,
  at: number,
  none: number | null,
): Uint8Array | null {
  const validity = new Validity(partition.rows);
  let done = 0;
  for (const slice of partition.slices) {
    located(file, column, slice.rowGroup, () => {
      visitRows(source, file, column.leaf, leaf, slice, {
        page(page, dictionary, from, to, row) {
          const count = page.wanted - page.before;
          const start = at + done + row;
          try {
            if (!convertHeld(page, convert, values, start)) {
              const wanted = decodeFixed(page, leaf.element, dictionary);
              convert(convert === copyBytes ? wanted : aligned(wanted), values, start);
            }
          } catch (thrown) {
            if (!(thrown instanceof UnsafeInteger)) throw thrown;
            const offset = rowOf(page, from, thrown.index);
            throw unsafeInteger(column, partition.rowStart + done + row + offset, thrown);
          }
          if (count === to - from) return;
          if (none === null) throw unexpectedNull();
          spread(values, start, page.validity!, from, to, count, none);
          validity.set(page.validity!, from, to, done + row);
        },
      });
    });
    done += slice.to - slice.from;
  }
  return validity.bytes;
}

/** Converts PLAIN 64-bit integers in the kernel; says whether it could. */
function convertHeld(
  { held, encoding, before, wanted, values: { at, end } }: Page,
  convert: Converter,
  output: ColumnArray,
  start: number,
): boolean {
  const inKernel = kernelConverters.get(convert);
  if (!inKernel || !held || encoding !== PLAIN) return false;
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

/** Validity of a partition: made when the first null is met. */
class Validity {
  bytes: Uint8Array | null = null;
  readonly #rows: number;

  constructor(rows: number) {
    this.#rows = rows;
  }

  set(from: Uint8Array, start: number, end: number, at: number): void {
    this.bytes ??= new Uint8Array(this.#rows).fill(1);
    this.bytes.set(from.subarray(start, end), at);
  }
}

function rowOf({ validity }: Page, from: number, index: number): number {
  if (!validity) return index;
  let row = from;
  for (let seen = 0;; row++) if (validity[row] && seen++ === index) return row - from;
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

function readBigints(
  source: ByteSource,
  file: ParquetFile,
  column: Column,
  partition: Partition,
): ColumnValues {
  const stored = new BigInt64Array(partition.rows);
  const leaf = leafOf(file, column.leaf);
  const validity = fill(source, file, column, leaf, partition, copyBytes, stored, 0, 0);
  const values = column.kind === "uint64" ? new BigUint64Array(stored.buffer) : stored;
  const list = Array.from<bigint, bigint | null>(
    values,
    (value, row) => validity && !validity[row] ? null : value,
  );
  return { values: list, validity };
}

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
 * @throws ServiceError as {@linkcode readColumn}.
 */
export function readCodes(
  source: ByteSource,
  file: ParquetFile,
  name: string,
  partition: Partition,
  coder: TextCoder,
  codes: Int32Array,
  at: number,
): void {
  assertSame(file.path, file, source);
  const column = columnNamed(file, name);
  const leaf = leafOf(file, column.leaf);
  for (const slice of partition.slices) {
    located(file, column, slice.rowGroup, () => {
      visitRows(source, file, column.leaf, leaf, slice, {
        page(page, dictionary, from, to, row) {
          const into = codes.subarray(at + row, at + row + to - from);
          const { validity } = page;
          if (isIndexed(page)) {
            const indexes = decodeIndexes(page, dictionary);
            const texts = indexes.length ? textsOf(dictionary!) : [];
            if (validity) codePresent(indexes, texts, validity.subarray(from), coder, into);
            else {
              const table = codesOf(indexes, texts, coder);
              if (table) mapIndexes(page, table, into);
              else into.set(indexes);
            }
            return;
          }
          const texts = decodeStrings(decodeByteArrays(page, leaf.element, dictionary));
          for (let i = 0, k = 0; i < into.length; i++) {
            into[i] = coder.codeOf(validity && !validity[from + i] ? null : texts[k++]!);
          }
        },
      });
    });
    at += slice.to - slice.from;
  }
}

/**
 * The code of each text of a dictionary that occurs, -1 of others; `null` where all are their own index.
 * New codes are given in the dictionary's order, so that they mostly are.
 */
function codesOf(indexes: Int32Array, texts: string[], coder: TextCoder): Int32Array | null {
  const occurs = new Uint8Array(texts.length);
  for (let i = 0, unseen = texts.length; unseen > 0 && i < indexes.length; i++) {
    const index = indexes[i]!;
    if (occurs[index]) continue;
    occurs[index] = 1;
    unseen--;
  }
  const codes = Int32Array.from(occurs, (yes, index) => yes ? coder.codeOf(texts[index]!) : -1);
  return codes.every((code, index) => code === index) ? null : codes;
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

const dictionaryTexts = new WeakMap<Dictionary, string[]>();

/** A dictionary's texts, decoded once for the partitions that share it. */
function textsOf(dictionary: Dictionary): string[] {
  let texts = dictionaryTexts.get(dictionary);
  if (!texts) dictionaryTexts.set(dictionary, texts = decodeStrings(dictionary.arrays!));
  return texts;
}

function readStrings(
  source: ByteSource,
  file: ParquetFile,
  column: Column,
  partition: Partition,
): ColumnValues {
  const leaf = leafOf(file, column.leaf);
  const values = new Array<string | null>(partition.rows);
  const validity = new Validity(partition.rows);
  let done = 0;
  for (const slice of partition.slices) {
    located(file, column, slice.rowGroup, () => {
      visitRows(source, file, column.leaf, leaf, slice, {
        page(page, dictionary, from, to, row) {
          const start = done + row;
          if (isIndexed(page)) {
            const indexes = decodeIndexes(page, dictionary);
            const texts = indexes.length ? textsOf(dictionary!) : [];
            place(values, start, page, from, to, (k) => texts[indexes[k]!]!);
          } else {
            const strings = decodeStrings(decodeByteArrays(page, leaf.element, dictionary));
            place(values, start, page, from, to, (k) => strings[k]!);
          }
          if (page.validity) validity.set(page.validity, from, to, start);
        },
      });
    });
    done += slice.to - slice.from;
  }
  const { bytes } = validity;
  return { values, validity: bytes && bytes.includes(0) ? bytes : null };
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

function leafOf(file: ParquetFile, index: number): Leaf {
  let leaves = leavesOfFile.get(file);
  if (!leaves) {
    const root = schemaTree(file);
    leaves = leavesOf(root, root);
    leavesOfFile.set(file, leaves);
  }
  return leaves[index]!;
}

const leavesOfFile = new WeakMap<ParquetFile, Leaf[]>();

function columnNamed(file: ParquetFile, name: string): Column {
  const column = file.columns.find((candidate) => candidate.name === name);
  if (!column) throw new TypeError(`there is no column "${name}" in ${fileName(file.path)}`);
  return column;
}

function unexpectedNull(): Malformed {
  return new Malformed("there is a null, though the file's statistics say that there is none");
}
