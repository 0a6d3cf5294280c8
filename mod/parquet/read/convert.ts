/**
 * Stored values without nulls, `width` bytes each, to the numbers a formula sees. Each function
 * takes aligned bytes and writes `output[at]` and so on.
 */
import type { KernelCode } from "#kernel";
import { Malformed } from "../io/errors.ts";
import type { Column } from "../format/column.ts";
import type { ColumnArray } from "../format/column_array.ts";

export type Converter = (bytes: Uint8Array, output: ColumnArray, at: number) => void;

/** An integer that a double can't hold. */
export class UnsafeInteger extends Error {
  /** Its place among the values that were converted. */
  readonly index: number;
  readonly value: bigint;

  constructor(index: number, value: bigint) {
    super(`${value} is no safe integer`);
    this.index = index;
    this.value = value;
  }
}

/** A time that 64 bits of nanoseconds can't hold: before 1677, or after 2262. */
export class FarTime extends Error {}

const DAY = 86_400_000;
/** Days whose nanoseconds a double can count. */
const NEAR = 100;
/** Julian day of 1970-01-01. */
export const JULIAN_1970 = 2_440_588;

function words(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
}

/** Copies bytes as they are; needs no alignment. */
export const copyBytes: Converter = (bytes, output, at) => {
  const offset = output.byteOffset + at * output.BYTES_PER_ELEMENT;
  new Uint8Array(output.buffer, offset, bytes.length).set(bytes);
};

const halfToFloat: Converter = (bytes, output, at) => {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 1);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    const exponent = (half >>> 10) & 31;
    const fraction = half & 1023;
    const size = exponent === 31
      ? (fraction ? NaN : Infinity)
      : exponent
      ? (1024 + fraction) * 2 ** (exponent - 25)
      : fraction * 2 ** -24;
    output[at + i] = half & 0x8000 ? -size : size;
  }
};

const widen: Converter = (bytes, output, at) => {
  const from = words(bytes);
  const to = output as Float64Array;
  for (let i = 0; i < from.length; i++) to[at + i] = from[i]!;
};

const widenUnsigned: Converter = (bytes, output, at) => {
  const from = words(bytes);
  const to = output as Float64Array;
  for (let i = 0; i < from.length; i++) to[at + i] = from[i]! >>> 0;
};

const bytesToFloat: Converter = (bytes, output, at) => {
  const to = output as Float64Array;
  for (let i = 0; i < bytes.length; i++) to[at + i] = bytes[i]!;
};

const RANGES: Partial<Record<Column["kind"], [number, number]>> = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  uint8: [0, 255],
  uint16: [0, 65535],
};

/** Small integers are stored in 32 bits: each is checked to fit its declared type. */
function narrow(kind: Column["kind"]): Converter {
  const [least, most] = RANGES[kind]!;
  return (bytes, output, at) => {
    const from = words(bytes);
    for (let i = 0; i < from.length; i++) {
      const value = from[i]!;
      if (value < least || value > most) {
        throw new Malformed(`the value ${value} does not fit its type ${kind.toUpperCase()}`);
      }
      output[at + i] = value;
    }
  };
}

const int64ToNumber: Converter = (bytes, output, at) => {
  const from = words(bytes);
  const to = output as Float64Array;
  for (let i = 0, k = 0; i < from.length; i += 2, k++) {
    const value = from[i + 1]! * 4294967296 + (from[i]! >>> 0);
    if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) {
      throw new UnsafeInteger(k, new BigInt64Array(bytes.buffer, bytes.byteOffset + 8 * k, 1)[0]!);
    }
    to[at + k] = value;
  }
};

const uint64ToNumber: Converter = (bytes, output, at) => {
  const from = words(bytes);
  const to = output as Float64Array;
  for (let i = 0, k = 0; i < from.length; i += 2, k++) {
    const value = (from[i + 1]! >>> 0) * 4294967296 + (from[i]! >>> 0);
    if (value > Number.MAX_SAFE_INTEGER) {
      throw new UnsafeInteger(k, new BigUint64Array(bytes.buffer, bytes.byteOffset + 8 * k, 1)[0]!);
    }
    to[at + k] = value;
  }
};

const millisToNumber: Converter = (bytes, output, at) => {
  const from = words(bytes);
  const to = output as Float64Array;
  for (let i = 0, k = at; i < from.length; i += 2, k++) {
    to[k] = from[i + 1]! * 4294967296 + (from[i]! >>> 0);
  }
};

/**
 * One division of an exact number gives the nearest there is. What is too large to be exact is taken
 * apart first: 2^32 µs are 4,294,967 ms and 296 µs.
 */
const microsToMillis: Converter = (bytes, output, at) => {
  const from = words(bytes);
  const to = output as Float64Array;
  for (let i = 0, k = at; i < from.length; i += 2, k++) {
    const high = from[i + 1]!, low = from[i]! >>> 0;
    const value = high * 4294967296 + low;
    if (value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER) to[k] = value / 1000;
    else {
      const micros = high * 296 + low;
      const whole = Math.floor(micros / 1000);
      to[k] = high * 4294967 + whole + (micros - whole * 1000) / 1000;
    }
  }
};

/** As {@linkcode microsToMillis}: 2^32 ns are 4,294 ms and 967,296 ns. */
const nanosToMillis: Converter = (bytes, output, at) => {
  const from = words(bytes);
  const to = output as Float64Array;
  for (let i = 0, k = at; i < from.length; i += 2, k++) {
    const high = from[i + 1]!, low = from[i]! >>> 0;
    const value = high * 4294967296 + low;
    if (value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER) to[k] = value / 1e6;
    else {
      const nanos = high * 967296 + low;
      const whole = Math.floor(nanos / 1e6);
      to[k] = high * 4294 + whole + (nanos - whole * 1e6) / 1e6;
    }
  }
};

const daysToMillis: Converter = (bytes, output, at) => {
  const from = words(bytes);
  const to = output as Float64Array;
  for (let i = 0; i < from.length; i++) to[at + i] = from[i]! * DAY;
};

/**
 * INT96: nanoseconds of a day, then the Julian day. Near 1970 the whole is taken in nanoseconds, of which one division
 * gives the nearest there is; else all but what is below a millisecond is added up exactly.
 */
const int96ToMillis: Converter = (bytes, output, at) => {
  const from = words(bytes);
  const to = output as Float64Array;
  for (let i = 0, k = at; i < from.length; i += 3, k++) {
    const nanos = from[i + 1]! * 4294967296 + (from[i]! >>> 0);
    const days = from[i + 2]! - JULIAN_1970;
    if (days < NEAR && days > -NEAR) to[k] = (days * DAY * 1e6 + nanos) / 1e6;
    else {
      const whole = Math.floor(nanos / 1e6);
      to[k] = days * DAY + whole + (nanos - whole * 1e6) / 1e6;
    }
  }
};

/** INT96 to nanoseconds since 1970 in 64 bits. */
export const int96ToNanos: Converter = (bytes, output, at) => {
  const from = words(bytes);
  const to = output as BigInt64Array;
  for (let i = 0, k = at; i < from.length; i += 3, k++) {
    const nanos = (BigInt(from[i + 1]!) << 32n) + BigInt(from[i]! >>> 0);
    const value = BigInt(from[i + 2]! - JULIAN_1970) * 86_400_000_000_000n + nanos;
    if (BigInt.asIntN(64, value) !== value) throw new FarTime();
    to[k] = value;
  }
};

/** Like a {@linkcode Converter}, by address; gives the index of an unsafe integer, else `count`. */
type KernelConverter = (code: KernelCode, from: number, to: number, count: number) => number;

const always =
  (convert: (...args: Parameters<KernelConverter>) => void): KernelConverter =>
  (code, from, to, count) => {
    convert(code, from, to, count);
    return count;
  };

/** Converters that the kernel has, too. */
export const kernelConverters: ReadonlyMap<Converter, KernelConverter> = new Map([
  [int64ToNumber, (code, from, to, count) => code.int64ToNumber(from, to, count)],
  [millisToNumber, always((code, from, to, count) => code.millisToMillis(from, to, count))],
  [microsToMillis, always((code, from, to, count) => code.partsToMillis(from, to, count, 1e3))],
  [nanosToMillis, always((code, from, to, count) => code.partsToMillis(from, to, count, 1e6))],
]);

/** How values of a column become elements of its typed array ({@linkcode arrayTypeOf}). */
export function converterOf(column: Column, stored: string, int64: "number" | "bigint"): Converter {
  const { kind, hasNulls, unit } = column;
  switch (kind) {
    case "float64":
      return copyBytes;
    case "float32":
      return stored === "FLOAT" ? copyBytes : halfToFloat;
    case "int32":
      return hasNulls ? widen : copyBytes;
    case "uint32":
      return hasNulls ? widenUnsigned : copyBytes;
    case "boolean":
      return hasNulls ? bytesToFloat : copyBytes;
    case "int64":
      return int64 === "number" ? int64ToNumber : copyBytes;
    case "uint64":
      return int64 === "number" ? uint64ToNumber : copyBytes;
    case "date":
      return daysToMillis;
    case "timestamp":
      if (stored === "INT96") return int96ToMillis;
      return unit === "ms" ? millisToNumber : unit === "us" ? microsToMillis : nanosToMillis;
    default:
      return narrow(kind);
  }
}
