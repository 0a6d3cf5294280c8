/** Values of a leaf in the memory layout of Arrow (format/Columnar.rst). */
import { isUtf8 } from "node:buffer";
import type { Data } from "apache-arrow";
import { UnfitValue } from "../parquet/io/errors.ts";
import { JULIAN_1970 } from "../parquet/read/convert.ts";
import type { ArrowType } from "./column_types.ts";
import { typeOf } from "./fields.ts";
import type { Arrow } from "./library.ts";

/** Byte arrays one behind the other: where each begins, and where the last one ends. */
export interface PlacedBytes {
  starts: Int32Array;
  bytes: Uint8Array;
}

/** Stored values by their places; where there is a null, anything or nothing. */
export interface StoredLeaf {
  length: number;
  /** 1 for a value, 0 for a null; `null` where there is no null. */
  validity: Uint8Array | null;
  values:
    | Int32Array
    | BigInt64Array
    | Float32Array
    | Float64Array
    | Uint8Array
    | PlacedBytes;
}

/** Says which row a place of a leaf is of, for messages. */
export type RowOf = (place: number) => number;

/** Validity as Arrow has it: a bit each, the lowest first. */
export function bitsOf(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array((bytes.length + 7) >> 3);
  for (let k = 0; k < bytes.length; k++) if (bytes[k]! !== 0) bits[k >> 3]! |= 1 << (k & 7);
  return bits;
}

/** What the library wants to know of the nulls of something. */
export function nullsOf(
  validity: Uint8Array | null,
): { nullCount: number; nullBitmap?: Uint8Array } {
  if (validity === null) return { nullCount: 0 };
  let there = 0;
  for (let k = 0; k < validity.length; k++) there += validity[k]!;
  if (there === validity.length) return { nullCount: 0 };
  return { nullCount: validity.length - there, nullBitmap: bitsOf(validity) };
}

/**
 * A leaf's values as the library takes them.
 *
 * @param nullable Whether the field may be null by itself; else only what is around it may.
 * @throws UnfitValue for a value that its type in Arrow can't hold.
 */
export function leafData(
  arrow: Arrow,
  column: string,
  type: ArrowType,
  nullable: boolean,
  stored: StoredLeaf,
  rowOf: RowOf,
): Data {
  const { length, validity } = stored;
  const fail = (place: number, what: string) =>
    new UnfitValue(`${what}; name an Output that ends in .parquet, which can hold it`, {
      column,
      row: rowOf(place),
    });
  if (type.form === "null") return arrow.makeData({ type: new arrow.Null(), length });
  const made = {
    type: typeOf(arrow, type),
    length,
    ...nullsOf(nullable ? validity : null),
    ...buffersOf(type, stored, fail),
  };
  // The library tells its types apart by what is given together; here they come from a table.
  return arrow.makeData(made as unknown as Parameters<typeof arrow.makeData>[0]);
}

type Fail = (place: number, what: string) => Error;

function buffersOf(
  type: ArrowType,
  stored: StoredLeaf,
  fail: Fail,
): { data: ArrayBufferView; valueOffsets?: Int32Array } {
  const { values } = stored;
  switch (type.form) {
    case "bool":
      return { data: bitsOf(values as Uint8Array) };
    case "int":
      return { data: integers(values as Int32Array, type, stored, fail) };
    case "float":
      if (type.bits !== 16) return { data: values as Float64Array };
      return { data: new Uint16Array(fixedBytes(stored, 2).buffer) };
    case "text": {
      const { starts, bytes } = values as PlacedBytes;
      assertUtf8(values as PlacedBytes, fail);
      return { data: bytes, valueOffsets: starts };
    }
    case "bytes": {
      const { starts, bytes } = values as PlacedBytes;
      return { data: bytes, valueOffsets: starts };
    }
    case "fixed":
      return { data: fixedBytes(stored, type.width) };
    case "decimal":
      return { data: decimals(stored, type.bits / 32, fail) };
    case "timestamp":
      return { data: type.int96 ? nanosOfInt96(stored, fail) : values as BigInt64Array };
    default:
      return { data: values as Int32Array };
  }
}

/** Integers below 32 bits are stored in 32. */
function integers(
  values: Int32Array | BigInt64Array,
  { bits, signed }: { bits: number; signed: boolean },
  { validity }: StoredLeaf,
  fail: Fail,
): ArrayBufferView {
  if (bits >= 32) return values;
  const narrow = signed
    ? bits === 8 ? new Int8Array(values.length) : new Int16Array(values.length)
    : bits === 8
    ? new Uint8Array(values.length)
    : new Uint16Array(values.length);
  for (let k = 0; k < narrow.length; k++) {
    const value = values[k] as number;
    narrow[k] = value;
    if (narrow[k] !== value && validity?.[k] !== 0) {
      throw fail(k, `${value} is no integer of ${bits} bits`);
    }
  }
  return narrow;
}

/** Values of a fixed width, with room where there is a null. */
function fixedBytes({ values, length, validity }: StoredLeaf, width: number): Uint8Array {
  const { starts, bytes } = values as PlacedBytes;
  if (validity === null) return bytes.slice();
  const all = new Uint8Array(length * width);
  for (let k = 0; k < length; k++) {
    if (starts[k + 1]! > starts[k]!) all.set(bytes.subarray(starts[k], starts[k + 1]), k * width);
  }
  return all;
}

/** Texts that are kept may be anything: each must be UTF-8 by itself. */
function assertUtf8({ starts, bytes }: PlacedBytes, fail: Fail): void {
  const isContinued = (at: number) => at < bytes.length && (bytes[at]! & 0xc0) === 0x80;
  let isWhole = isUtf8(bytes);
  for (let k = 0; isWhole && k < starts.length; k++) isWhole = !isContinued(starts[k]!);
  for (let k = 0; !isWhole && k + 1 < starts.length; k++) {
    if (isUtf8(bytes.subarray(starts[k], starts[k + 1]))) continue;
    throw fail(k, "its text is not UTF-8, which texts of Arrow are");
  }
}

/** Decimals as so many words of 32 bits, the lowest first. */
function decimals(
  { values, length, validity }: StoredLeaf,
  words: number,
  fail: Fail,
): Uint32Array {
  const all = new Uint32Array(length * words);
  const bytes = new Uint8Array(all.buffer);
  for (let k = 0; k < length; k++) {
    if (validity?.[k] === 0) continue;
    const at = k * words;
    if (values instanceof Int32Array) {
      const value = values[k]!;
      all[at] = value;
      if (value < 0) all.fill(0xffffffff, at + 1, at + words);
    } else if (values instanceof BigInt64Array) {
      const value = values[k]!;
      all[at] = Number(value & 0xffffffffn);
      all[at + 1] = Number((value >> 32n) & 0xffffffffn);
      if (value < 0n) all.fill(0xffffffff, at + 2, at + words);
    } else {
      const { starts, bytes: from } = values as PlacedBytes;
      const start = starts[k]!, end = starts[k + 1]!, width = 4 * words;
      const sign = end > start && from[start]! & 0x80 ? 0xff : 0;
      for (let byte = 0; byte < width; byte++) {
        bytes[k * width + byte] = end - 1 - byte >= start ? from[end - 1 - byte]! : sign;
      }
      const isCut = end - start > width &&
        (from.subarray(start, end - width).some((byte) => byte !== sign) ||
          (from[end - width]! & 0x80) !== (sign & 0x80));
      if (isCut) throw fail(k, `its decimal takes more than ${8 * width} bits`);
    }
  }
  return all;
}

const DAY = 86_400_000_000_000n;

/** INT96 is of any year; 64 bits of nanoseconds reach from 1677 to 2262. */
function nanosOfInt96({ values, length, validity }: StoredLeaf, fail: Fail): BigInt64Array {
  const { starts, bytes } = values as PlacedBytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const all = new BigInt64Array(length);
  for (let k = 0; k < length; k++) {
    if (validity?.[k] === 0) continue;
    const days = view.getInt32(starts[k]! + 8, true) - JULIAN_1970;
    const value = BigInt(days) * DAY + view.getBigInt64(starts[k]!, true);
    if (BigInt.asIntN(64, value) !== value) {
      throw fail(k, "its time is before 1677 or after 2262, where nanoseconds of 64 bits end");
    }
    all[k] = value;
  }
  return all;
}
