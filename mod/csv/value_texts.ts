/** Values of a result's columns as text. */
import type { SchemaElement } from "hyparquet";
import { unscaled } from "../parquet/format/decimals.ts";
import { UnfitColumns, UnfitValue } from "../parquet/io/errors.ts";
import { JULIAN_1970 } from "../parquet/read/convert.ts";
import type { OutputColumn } from "../parquet/write/output_column.ts";
import {
  isNested,
  type NamedType,
  type StoredType,
  typeText,
} from "../parquet/write/output_type.ts";
import { decimalText, uuidText } from "../std/grouping/exact_values.ts";
import { doubleText, floatText, halfText } from "./numbers.ts";
import { clockText, type ClockUnit, dayText, TimeTexts } from "./times.ts";

/** A column's values as text. */
export interface ValueTexts {
  /** Whether they may hold any character. */
  free: boolean;
  /** The text at a row; `null` for null. */
  at(row: number): string | null;
}

/** The text of a value that is there. */
type TextOf = (value: unknown, row: number) => string;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A column's values as text: numbers in the fewest digits that are exact, times as ISO 8601 with the digits of their
 * unit.
 *
 * @param forWhat What can't hold them, for messages.
 * @throws UnfitColumns for bytes and nested values, naming the column; `at` throws UnfitValue for what its type can't
 * be.
 */
export function valueTexts(column: OutputColumn, forWhat: string): ValueTexts {
  const { name, type, values, validity = null, part } = column;
  const { free, of } = typeof type === "string"
    ? namedTexts(name, type, forWhat)
    : storedTexts(name, type, forWhat);
  const from = part?.from ?? 0;
  return {
    free,
    at(row) {
      if (validity !== null && validity[row] === 0) return null;
      const value = values[from + row];
      return value === null || value === undefined ? null : of(value, row);
    },
  };
}

function namedTexts(
  name: string,
  type: NamedType,
  forWhat: string,
): { free: boolean; of: TextOf } {
  const plain = (of: TextOf) => ({ free: false, of });
  switch (type) {
    case "float64":
      return plain((value) => doubleText(value as number));
    case "float32":
      return plain((value) => floatText(value as number));
    case "int64":
    case "uint64": {
      const fits = type === "int64" ? BigInt.asIntN : BigInt.asUintN;
      return plain((value, row) => {
        if (typeof value === "bigint" ? fits(64, value) === value : Number.isSafeInteger(value)) {
          return String(value);
        }
        throw new UnfitValue(`${String(value)} is no ${type}`, { column: name, row });
      });
    }
    case "boolean":
      return plain((value) => value ? "true" : "false");
    case "date":
      return plain((value) => dayText(Number(value)));
    case "timestamp": {
      const texts = new TimeTexts("ms", { utc: true });
      return plain((value, row) => {
        const time = (value as Date).getTime();
        if (Number.isSafeInteger(time)) return texts.of(BigInt(time));
        throw new UnfitValue(`${String(value)} is no ${type}`, { column: name, row });
      });
    }
    case "string":
      return { free: true, of: (value, row) => wellFormed(value as string, name, row) };
    case "binary":
      throw refused(name, "bytes", forWhat, "return them as texts, such as bytes.toBase64()");
    case "json":
      throw refused(
        name,
        "records or arrays",
        forWhat,
        "return texts, such as JSON.stringify(value), or a column for each part",
      );
    case "null":
      return plain(String);
    default: {
      const [, unit, local] = /^timestamp_(ms|us|ns)(_local)?$/.exec(type) ?? [];
      if (unit === undefined) return plain(String);
      const texts = new TimeTexts(unit as ClockUnit, { utc: local === undefined });
      return plain((value) => texts.of(value as bigint));
    }
  }
}

/** Of a column that is kept, or a group's key, as the input has it. */
function storedTexts(
  name: string,
  type: StoredType,
  forWhat: string,
): { free: boolean; of: TextOf } {
  const plain = (of: TextOf) => ({ free: false, of });
  if (isNested(type)) {
    throw refused(name, typeText(type), forWhat, "return what you need of it");
  }
  const element = type.schema[0]!;
  const { logical_type: logical, converted_type: converted } = element;
  if (element.type === "INT96") return plain(int96Text());
  switch (logical?.type ?? converted) {
    case "DECIMAL": {
      const scale = scaleOf(element);
      return plain((value) => decimalText(unscaled(value as number | bigint | Uint8Array), scale));
    }
    case "TIME":
    case "TIME_MILLIS":
    case "TIME_MICROS": {
      const unit = clockOf(element);
      return plain((value) => clockText(value as number | bigint, unit));
    }
    case "UUID":
      return plain((value) => uuidText(value as Uint8Array));
    case "FLOAT16":
      return plain((value) => {
        const bytes = value as Uint8Array;
        return halfText(new DataView(bytes.buffer, bytes.byteOffset, 2).getFloat16(0, true));
      });
    case "JSON":
    case "STRING":
    case "UTF8":
    case "ENUM":
      return { free: true, of: (value, row) => decoded(value as Uint8Array, name, row) };
    default:
      throw refused(name, typeText(type), forWhat, "return it as texts");
  }
}

function scaleOf({ logical_type: logical, scale = 0 }: SchemaElement): number {
  return logical?.type === "DECIMAL" ? logical.scale : scale;
}

const CLOCKS: Record<string, ClockUnit> = { MILLIS: "ms", MICROS: "us", NANOS: "ns" };

function clockOf({ logical_type: logical, converted_type: converted }: SchemaElement): ClockUnit {
  if (logical?.type === "TIME") return CLOCKS[logical.unit]!;
  return converted === "TIME_MILLIS" ? "ms" : "us";
}

/** Nanoseconds of a day and the Julian day: of any year, where 64 bits would not do. */
function int96Text(): TextOf {
  const texts = new TimeTexts("ns", { utc: false });
  return (value) => {
    const { buffer, byteOffset } = value as Uint8Array;
    const view = new DataView(buffer, byteOffset, 12);
    const nanos = view.getBigInt64(0, true);
    const days = view.getInt32(8, true) - JULIAN_1970;
    const whole = nanos / 86_400_000_000_000n;
    const ofDay = nanos - whole * 86_400_000_000_000n;
    const isBefore = ofDay < 0n;
    const rest = isBefore ? ofDay + 86_400_000_000_000n : ofDay;
    return texts.ofDay(
      days + Number(whole) - (isBefore ? 1 : 0),
      Number(rest / 1_000_000n),
      Number(rest % 1_000_000n),
    );
  };
}

function decoded(bytes: Uint8Array, column: string, row: number): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new UnfitValue("its text is not UTF-8", { column, row });
  }
}

function wellFormed(text: string, column: string, row: number): string {
  if (text.isWellFormed()) return text;
  throw new UnfitValue("half a surrogate pair can't be written as UTF-8", { column, row });
}

function refused(name: string, what: string, forWhat: string, remedy: string): UnfitColumns {
  return new UnfitColumns(`column "${name}" holds ${what}, which ${forWhat} can't hold; ${remedy}`);
}
