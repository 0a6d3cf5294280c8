/** Types of a result that stand for a column's own: times, decimals, bytes that mean something. */
import type { SchemaElement } from "hyparquet";
import { ServiceError } from "../errors.ts";
import type { OutputColumn } from "../parquet/encode.ts";
import type { NamedType, StoredType } from "../parquet/output.ts";
import type { Column, TimeUnit } from "../parquet/schema.ts";
import { bytesOf, type ExactValues, type Marked } from "../std/exact_values.ts";

/** Decimals of files that have them in different sizes: INT64 up to 18 digits, else 16 bytes. */
export function decimalType(
  { name, nullable, precision = 0, scale = 0 }:
    & Pick<Column, "name" | "nullable">
    & Partial<Pick<Column, "precision" | "scale">>,
): StoredType {
  const long = precision > 18;
  return {
    schema: [{
      type: long ? "FIXED_LEN_BYTE_ARRAY" : "INT64",
      ...(long ? { type_length: DECIMAL_BYTES } : {}),
      repetition_type: nullable ? "OPTIONAL" : "REQUIRED",
      name,
      converted_type: "DECIMAL",
      scale,
      precision,
      logical_type: { type: "DECIMAL", scale, precision },
    }],
    leaf: 0,
  };
}

const DECIMAL_BYTES = 16;

export function storedDecimals(
  { values, validity }: ExactValues,
  { schema: [element] }: StoredType,
): Pick<OutputColumn, "values" | "validity"> {
  const isThere = (row: number) => values[row] !== null && (!validity || validity[row] === 1);
  if (element!.type === "INT64") {
    const whole = BigInt64Array.from(values, (value, row) => isThere(row) ? BigInt(value!) : 0n);
    return { values: whole, validity };
  }
  return {
    values: Array.from(values, (value, row) => isThere(row) ? bigEndian(BigInt(value!)) : null),
  };
}

/** The sixteen bytes of a whole number, the highest first. */
function bigEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(DECIMAL_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, value >> 64n);
  view.setBigUint64(8, BigInt.asUintN(64, value));
  return bytes;
}

/** Times of day of files that count them in different units. */
export function clockType(
  { name, nullable, clock, utc }: Pick<Column, "name" | "nullable" | "clock" | "utc">,
): StoredType {
  const repetition_type = nullable ? "OPTIONAL" : "REQUIRED";
  return flatType(name, { ...clockElement(clock!, utc ?? false), repetition_type });
}

export function storedClocks(
  { values, validity }: ExactValues,
  clock: NonNullable<Column["clock"]>,
): Pick<OutputColumn, "values" | "validity"> {
  return {
    values: clock === "ms"
      ? Int32Array.from(values, (value) => Number(value ?? 0))
      : BigInt64Array.from(values, (value) => BigInt(value ?? 0)),
    validity,
  };
}

/** What times of a unit are written as. */
export function timeType({ unit, utc }: Pick<Column, "unit" | "utc">): NamedType {
  return unit === "day" ? "date" : `timestamp_${unit!}${utc ? "" : "_local"}` as NamedType;
}

/** Times as whole numbers of their unit, 0 for null. @throws ServiceError `FORMULA_FAILED` for one that it can't hold. */
function storedTimes(
  name: string,
  times: ArrayLike<bigint | null>,
  unit: TimeUnit,
): Int32Array | BigInt64Array {
  const bits = unit === "day" ? 32 : 64;
  const whole = Array.from(times, (time, row) => {
    if (time === null || BigInt.asIntN(bits, time) === time) return time ?? 0n;
    throw new ServiceError(
      "FORMULA_FAILED",
      `column "${name}", row ${row}: the time lies outside what ${bits} bits can hold in ${unit} since 1970`,
    );
  });
  return unit === "day" ? Int32Array.from(whole, Number) : BigInt64Array.from(whole);
}

/**
 * A column of values that a formula returned as it had them from the library.
 *
 * @throws ServiceError `FORMULA_FAILED` for a time that its type can't hold.
 */
export function markedColumn(name: string, marked: Marked): OutputColumn {
  const { type: { kind, unit, utc, precision, scale, clock, type }, values, validity } = marked;
  const bigints = values as (bigint | null)[];
  switch (kind) {
    case "timestamp":
    case "date":
      return {
        name,
        type: timeType({ unit: unit!, utc: utc ?? false }),
        values: storedTimes(name, bigints, unit!),
        validity: validity?.includes(0) ? validity : null,
      };
    case "int64":
    case "uint64":
      return { name, type: kind, values: bigints };
    case "float32":
    case "float64":
      return type === "FLOAT16"
        ? { name, type: flatType(name, HALF), values: Array.from(values, halfOf) }
        : { name, type: kind, values: Array.from(values) };
    case "int8":
    case "int16":
    case "int32":
    case "uint8":
    case "uint16":
    case "uint32":
      return {
        name,
        type: kind,
        values: bigints.map((value) => value === null ? null : Number(value)),
      };
    case "decimal": {
      const type = decimalType({ name, nullable: true, precision: precision!, scale: scale! });
      return { name, type, ...storedDecimals(marked, type) };
    }
    case "time":
      return {
        name,
        type: clockType({ name, nullable: true, clock: clock!, utc: utc ?? false }),
        ...storedClocks(marked, clock!),
      };
    case "uuid":
      return {
        name,
        type: flatType(name, {
          type: "FIXED_LEN_BYTE_ARRAY",
          type_length: 16,
          logical_type: { type: "UUID" },
        }),
        values: bytesOfAll(values),
      };
    case "json":
      return {
        name,
        type: flatType(name, {
          type: "BYTE_ARRAY",
          converted_type: "JSON",
          logical_type: { type: "JSON" },
        }),
        values: Array.from(values, (text) => text === null ? null : utf8.encode(text as string)),
      };
    case "string":
    case "boolean":
      return { name, type: kind, values: Array.from(values) };
    default:
      return { name, type: bytesType(name, type), values: bytesOfAll(values) };
  }
}

const HALF: Partial<SchemaElement> = {
  type: "FIXED_LEN_BYTE_ARRAY",
  type_length: 2,
  logical_type: { type: "FLOAT16" },
};

/** The two bytes of a number that is a FLOAT16. */
function halfOf(value: ExactValues["values"][number]): Uint8Array | null {
  return value === null ? null : new Uint8Array(new Float16Array([value as number]).buffer);
}

/** Bytes of one length, or of any. */
function bytesType(name: string, type: string): OutputColumn["type"] {
  const [, length] = /^FIXED_LEN_BYTE_ARRAY\((\d+)\)$/.exec(type) ?? [];
  if (length === undefined) return "binary";
  return flatType(name, { type: "FIXED_LEN_BYTE_ARRAY", type_length: Number(length) });
}

const utf8 = new TextEncoder();

function bytesOfAll(values: ExactValues["values"]): (Uint8Array | null)[] {
  return Array.from(values, (text) => text === null ? null : bytesOf(text as string));
}

function flatType(name: string, element: Partial<SchemaElement>): StoredType {
  return { schema: [{ name, repetition_type: "OPTIONAL", ...element }], leaf: 0 };
}

const UNITS = { ms: "MILLIS", us: "MICROS", ns: "NANOS" } as const;

function clockElement(
  clock: NonNullable<Column["clock"]>,
  isAdjustedToUTC: boolean,
): Partial<SchemaElement> {
  const logical_type = { type: "TIME", isAdjustedToUTC, unit: UNITS[clock] } as const;
  // The older annotation has no nanoseconds and knows UTC only.
  const older = clock !== "ns" && isAdjustedToUTC
    ? { converted_type: `TIME_${UNITS[clock]}` as "TIME_MILLIS" }
    : {};
  return { type: clock === "ms" ? "INT32" : "INT64", ...older, logical_type };
}
