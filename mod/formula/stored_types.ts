/** Types of a result that stand for a column's own: times, decimals, bytes that mean something. */
import type { SchemaElement } from "hyparquet";
import { ServiceError } from "../common/errors.ts";
import type { OutputColumn } from "../parquet/write/encode.ts";
import {
  FORMAT_UNITS,
  type NamedType,
  type OutputType,
  type StoredType,
} from "../parquet/write/output_type.ts";
import type { Column } from "../parquet/format/column.ts";
import {
  bytesOf,
  type ExactType,
  type ExactValues,
  fitsIn64Bits,
} from "../std/grouping/exact_values.ts";

/** Decimals as a result has them: INT64 up to 18 digits, else as many bytes as they need. */
function decimalType(name: string, precision: number, scale: number): StoredType {
  const long = precision > 18;
  return {
    schema: [{
      type: long ? "FIXED_LEN_BYTE_ARRAY" : "INT64",
      ...(long ? { type_length: bytesOfDigits(precision) } : {}),
      repetition_type: "OPTIONAL",
      name,
      converted_type: "DECIMAL",
      scale,
      precision,
      logical_type: { type: "DECIMAL", scale, precision },
    }],
    leaf: 0,
  };
}

/** Bytes that hold whole numbers of so many digits, and their sign: 16 up to 38 digits. */
function bytesOfDigits(digits: number): number {
  return Math.max(16, Math.ceil((digits * Math.log2(10) + 1) / 8));
}

/** The bytes of a whole number, the highest first. */
function bigEndian(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = length - 1, rest = value; at >= 0; at--, rest >>= 8n) {
    bytes[at] = Number(rest & 0xffn);
  }
  return bytes;
}

/** What times of a unit are written as. */
export function timeType({ unit, utc }: Pick<Column, "unit" | "utc">): NamedType {
  return unit === "day" ? "date" : `timestamp_${unit!}${utc ? "" : "_local"}` as NamedType;
}

/** What values of a type are written as. */
export function markedType(name: string, type: ExactType): OutputType {
  const { kind, unit, utc = false, precision, scale, clock } = type;
  switch (kind) {
    case "timestamp":
    case "date":
      return timeType({ unit: unit!, utc });
    case "decimal":
      return decimalType(name, precision!, scale!);
    case "time":
      return flatType(name, clockElement(clock!, utc));
    case "uuid":
      return flatType(name, {
        type: "FIXED_LEN_BYTE_ARRAY",
        type_length: 16,
        logical_type: { type: "UUID" },
      });
    case "json":
      return flatType(name, {
        type: "BYTE_ARRAY",
        converted_type: "JSON",
        logical_type: { type: "JSON" },
      });
    case "bytes":
      return bytesType(name, type.type);
    case "float32":
      return type.type === "FLOAT16" ? flatType(name, HALF) : kind;
    default:
      return kind as NamedType;
  }
}

/** A column of values without loss. */
export function markedColumn(
  name: string,
  marked: ExactValues & { type: ExactType },
): OutputColumn {
  const { type: exact, values, validity } = marked;
  const type = markedType(name, exact);
  const isThere = (row: number) => values[row] !== null && (!validity || validity[row] === 1);
  const list = (of: (value: bigint | string) => unknown) =>
    Array.from(values, (value, row) => isThere(row) ? of(value as bigint) : null);
  const whole = (isShort: boolean) =>
    isShort
      ? Int32Array.from(values, (value, row) => isThere(row) ? Number(value) : 0)
      : BigInt64Array.from(values, (value, row) => isThere(row) ? in64Bits(name, value!) : 0n);
  const there = new Uint8Array(values.length);
  for (let row = 0; row < there.length; row++) there[row] = Number(isThere(row));
  const known = there.includes(0) ? there : null;
  switch (exact.kind) {
    case "timestamp":
    case "date":
      return { name, type, values: whole(exact.unit === "day"), validity: known };
    case "time":
      return { name, type, values: whole(exact.clock === "ms"), validity: known };
    case "decimal": {
      if (exact.precision! <= 18) return { name, type, values: whole(false), validity: known };
      const length = bytesOfDigits(exact.precision!);
      return { name, type, values: list((value) => bigEndian(BigInt(value), length)) };
    }
    case "uuid":
    case "bytes":
      return { name, type, values: list((text) => bytesOf(text as string)) };
    case "json":
      return { name, type, values: list((text) => utf8.encode(text as string)) };
    case "int64":
    case "uint64":
      if (values instanceof Float64Array) {
        const wholes = wholesOf(values);
        const array = exact.kind === "int64" ? wholes : new BigUint64Array(wholes.buffer);
        return { name, type, values: array, validity: known };
      }
      return { name, type, values: list((value) => BigInt(value)) };
    case "string":
      if (Array.isArray(values) && !validity) return { name, type, values };
      return { name, type, values: list((value) => value) };
    case "boolean":
      return { name, type, values: list((value) => value) };
    case "float32":
      return { name, type, values: list(exact.type === "FLOAT16" ? halfOf : Number) };
    default:
      return { name, type, values: list(Number) };
  }
}

/** Whole numbers that doubles hold, as 64-bit integers; 0 for NaN. */
function wholesOf(numbers: Float64Array): BigInt64Array<ArrayBuffer> {
  const wholes = new BigInt64Array(numbers.length);
  const words = new Int32Array(wholes.buffer);
  for (let row = 0; row < numbers.length; row++) {
    const number = numbers[row]!;
    if (number !== number) continue;
    words[2 * row] = number;
    words[2 * row + 1] = Math.floor(number / 2 ** 32);
  }
  return wholes;
}

const HALF: Partial<SchemaElement> = {
  type: "FIXED_LEN_BYTE_ARRAY",
  type_length: 2,
  logical_type: { type: "FLOAT16" },
};

/** The two bytes of a number that is a FLOAT16. */
function halfOf(value: unknown): Uint8Array {
  return new Uint8Array(new Float16Array([value as number]).buffer);
}

/** Bytes of one length, or of any. */
function bytesType(name: string, type: string): OutputType {
  const [, length] = /^FIXED_LEN_BYTE_ARRAY\((\d+)\)$/.exec(type) ?? [];
  if (length === undefined) return "binary";
  return flatType(name, { type: "FIXED_LEN_BYTE_ARRAY", type_length: Number(length) });
}

/** @throws ServiceError `FORMULA_FAILED` for what 64 bits can't hold: INT96 has times of any year. */
function in64Bits(name: string, value: number | bigint | string): bigint {
  const whole = BigInt(value);
  if (fitsIn64Bits(whole)) return whole;
  throw new ServiceError(
    "FORMULA_FAILED",
    `column "${name}": ${whole} is more than 64 bits can hold, which a result has for it; of nanoseconds they reach from 1677 to 2262`,
  );
}

const utf8 = new TextEncoder();

function flatType(name: string, element: Partial<SchemaElement>): StoredType {
  return { schema: [{ name, repetition_type: "OPTIONAL", ...element }], leaf: 0 };
}

function clockElement(
  clock: NonNullable<Column["clock"]>,
  isAdjustedToUTC: boolean,
): Partial<SchemaElement> {
  const logical_type = { type: "TIME", isAdjustedToUTC, unit: FORMAT_UNITS[clock] } as const;
  // The older annotation has no nanoseconds and knows UTC only.
  const older = clock !== "ns" && isAdjustedToUTC
    ? { converted_type: `TIME_${FORMAT_UNITS[clock]}` as "TIME_MILLIS" }
    : {};
  return { type: clock === "ms" ? "INT32" : "INT64", ...older, logical_type };
}
