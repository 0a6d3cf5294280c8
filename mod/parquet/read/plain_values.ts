/** Values as plain JavaScript has them: what hyparquet makes of them, but for what that would round. */
import type { SchemaElement } from "hyparquet";
import { decodeString } from "../encodings/strings.ts";
import { nearestDouble, unscaled } from "../format/decimals.ts";
import { convert, decodeVariantColumn, DEFAULT_PARSERS } from "../format/hyparquet.ts";
import { InexactValue, Malformed, ParquetError } from "../io/errors.ts";
import type { Dictionary } from "./dictionary.ts";
import { nestedDecimal } from "./inexact_numbers.ts";
import type { Page } from "./page.ts";
import { storedValues } from "./stored_values.ts";

/** hyparquet's own conversions, but for text that must be UTF-8. */
const PARSERS = {
  ...DEFAULT_PARSERS,
  timestampFromMilliseconds: (time: bigint) => exactDate(time, 1n),
  timestampFromMicroseconds: (time: bigint) => exactDate(time, 1000n),
  timestampFromNanoseconds: (time: bigint) => exactDate(time, 1_000_000n),
  stringFromBytes: decodeString,
  jsonFromBytes: (bytes: Uint8Array) => JSON.parse(decodeString(bytes)),
};

/** Decodes the stored form of a VARIANT. @throws Malformed when it makes no sense. */
export function decodeVariant(stored: Record<string, unknown>): unknown {
  try {
    return decodeVariantColumn(stored, PARSERS);
  } catch (thrown) {
    if (thrown instanceof Malformed) throw thrown;
    throw new Malformed("its nested values make no sense");
  }
}

/**
 * A page's wanted values that are there.
 *
 * @throws InexactValue for one that would lose digits; Malformed when one can't be converted.
 */
export function plainValues(
  page: Page,
  element: SchemaElement,
  dictionary: Dictionary | null,
): unknown[] {
  const stored = hyparquetValues(page, element, dictionary);
  const scale = decimalScale(element);
  if (scale !== null) return decimals(stored as never, scale);
  try {
    const decoder = { element: asConverted(element), parsers: PARSERS, utf8: false };
    const rich = convert(stored as never, decoder as never);
    return Array.isArray(rich) ? rich : Array.from(rich as Iterable<unknown>);
  } catch (thrown) {
    if (thrown instanceof ParquetError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Malformed(`its values can't be converted: ${why}`);
  }
}

/** Digits behind the point; null for what is no decimal. */
function decimalScale({ converted_type: converted, logical_type: logical, scale }: SchemaElement) {
  if (logical?.type === "DECIMAL") return logical.scale;
  return converted === "DECIMAL" ? scale ?? 0 : null;
}

/** The doubles nearest to decimals. @throws InexactValue for one that a double can't hold. */
function decimals(stored: Int32Array | BigInt64Array | Uint8Array[], scale: number): number[] {
  return Array.from<number | bigint | Uint8Array, number>(stored, (value) => {
    const whole = unscaled(value);
    const number = nearestDouble(whole, scale);
    if (number === null) throw nestedDecimal(whole, scale);
    return number;
  });
}

/** Stored values as hyparquet's conversion wants them: booleans, and INT96 as one number. */
function hyparquetValues(
  page: Page,
  element: SchemaElement,
  dictionary: Dictionary | null,
): unknown {
  const stored = storedValues(page, element, dictionary);
  switch (element.type) {
    case "BOOLEAN":
      return Array.from(stored as Uint8Array, (bit) => bit === 1);
    case "INT96":
      return Array.from(stored as Uint8Array[], ({ buffer }) => {
        const view = new DataView(buffer);
        return (BigInt(view.getInt32(8, true)) << 64n) + view.getBigInt64(0, true);
      });
    default:
      return stored;
  }
}

/** The element with its annotation where hyparquet's conversion looks for it. */
function asConverted(element: SchemaElement): SchemaElement {
  const { converted_type: converted, logical_type: logical } = element;
  switch (logical?.type ?? converted) {
    case "ENUM":
      return { ...element, converted_type: "UTF8" };
    case "JSON":
    case "DATE":
      return { ...element, converted_type: (logical?.type ?? converted) as "JSON" | "DATE" };
    case "BSON":
    case "INTERVAL": {
      const { converted_type: _, logical_type: __, ...stored } = element;
      return stored;
    }
    default:
      return element;
  }
}

/**
 * The Date of a time within a list, a map or a record.
 *
 * @param perMillisecond Units of the time in a millisecond.
 * @throws InexactValue for a time that is no whole millisecond, or outside of what a Date can hold.
 */
function exactDate(time: bigint, perMillisecond: bigint): Date {
  const date = new Date(Number(time / perMillisecond));
  if (time % perMillisecond === 0n && !Number.isNaN(date.getTime())) return date;
  const unit = perMillisecond === 1n ? "ms" : perMillisecond === 1000n ? "µs" : "ns";
  const message = `a time in it, ${time} ${unit} since 1970, is none that a Date can hold`;
  throw new InexactValue("nested", message);
}
