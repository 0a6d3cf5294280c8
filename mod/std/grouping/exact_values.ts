/** Values of columns without loss. */
import type { ByteStrings } from "../../kernel/text_coder.ts";
import type { TextBytes } from "../../kernel/texts.ts";

/** What a column is: plain data. */
export interface ExactType {
  kind: string;
  /** Of a time or date: what it counts since 1970, and whether in UTC. */
  unit?: "ms" | "us" | "ns" | "day";
  utc?: boolean;
  /** Of a decimal: its digits, and how many of them stand behind the point. */
  precision?: number;
  scale?: number;
  /** Of a time of day: what it counts since midnight. */
  clock?: "ms" | "us" | "ns";
  /** As Parquet has it, for messages. */
  type: string;
}

/**
 * Values as they are stored: whole numbers of a time's unit, of a decimal's last digit; bytes as texts of a character
 * a byte.
 */
export interface ExactValues {
  values: ArrayLike<number | bigint | string | null>;
  /** 1 for a value, 0 for a null; null when there is no null. */
  validity: Uint8Array | null;
}

/** A column of a chunk, whose values are read when they are asked for. */
export interface ExactColumn {
  type: ExactType;
  read(): ExactValues;
  /** Of texts, JSON, UUIDs and bytes: the code of each row, which a coder gives to bytes as they are stored. */
  codes?(coder: StringCoder, of: StringsOf): Int32Array;
  /** Of what folders say: what is there of it once for all rows that follow each other; `null` where that is nothing. */
  runs?(): Runs | null;
}

/** Rows that follow each other and have the same value of a column. */
export interface Runs {
  /** A chunk that has a row for each run. */
  chunk: Record<string, unknown>;
  /** The row behind the last one of each run. */
  ends: Int32Array;
}

/** What gives byte strings codes: see kernel/text_coder.ts. */
export interface StringCoder {
  readonly size: number;
  code(strings: ByteStrings, codes: Int32Array, at: number): void;
  /** One byte string for all rows. */
  codeSame(strings: ByteStrings, codes: Int32Array): void;
  codeIndexes(dictionary: ByteStrings, indexes: Int32Array, nulls: boolean): void;
  areUtf8(from: number): boolean;
}

/** Values that don't come as bytes, as byte strings. */
export type StringsOf = (values: ExactValues["values"]) => ByteStrings;

/** What an array of a formula stands for. */
export interface Marked extends ExactValues {
  type: ExactType;
  /** The elements that the array was made with. */
  shown: (row: number) => unknown;
}

/** A column's texts in UTF-8, each of them once. */
export interface StoredTexts {
  texts: TextBytes;
  /** The text of each row, by its place. */
  places: Int32Array<ArrayBuffer>;
  /** 1 for a text, 0 for a null; `null` where there is no null. */
  validity: Uint8Array<ArrayBuffer> | null;
}

/** Columns by name: arrays as a formula would have them, but texts as they are stored. */
export interface StoredTable {
  columns: Record<string, unknown>;
  texts: Map<string, StoredTexts>;
}

const PER_MS = { ms: 1n, us: 1_000n, ns: 1_000_000n } as const;

/** Units in nanoseconds. */
export const NANOSECONDS = {
  day: 86_400_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  ns: 1n,
} as const;

/** Whether a whole number can be stored in 64 bits. */
export function fitsIn64Bits(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/** Milliseconds of whole numbers of a unit: the nearest double. */
export function millisecondsOf(value: bigint, unit: keyof typeof NANOSECONDS): number {
  if (unit === "day") return Number(value) * 86_400_000;
  const per = PER_MS[unit];
  return ratio(value, per);
}

/** The double nearest to a quotient of two whole numbers, the second of 2^53 at most. */
export function ratio(value: bigint, per: bigint): number {
  const near = Number(value);
  if (Number.isSafeInteger(near)) return near / Number(per);
  // Above 2^53 the whole part alone fills most of a double.
  const whole = value / per, rest = value % per;
  return Number(whole) + Number(rest) / Number(per);
}

/** A decimal's digits: 1234 of scale 2 is 12.34. */
export function decimalText(whole: bigint, scale: number): string {
  if (scale <= 0) return String(whole * 10n ** BigInt(-scale));
  const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, "0");
  const sign = whole < 0n ? "-" : "";
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A UUID of its sixteen bytes. */
export function uuidText(bytes: Uint8Array): string {
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Bytes of a text of a character each. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A quotient of two whole numbers, the second above 0. */
export interface Quotient {
  numerator: bigint;
  denominator: bigint;
}

const DIGITS = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d{1,3}))?$/i;

/** What a number's digits say, exactly: 0.07 is 7/100; `null` for what is none. */
export function quotientOf(figure: string | number): Quotient | null {
  const [, sign, whole, part, exponent = "0"] = DIGITS.exec(String(figure)) ?? [];
  if (whole === undefined || part === undefined || whole + part === "") return null;
  const digits = BigInt(whole + part) * (sign === "-" ? -1n : 1n);
  const power = Number(exponent) - part.length;
  return power >= 0
    ? { numerator: digits * 10n ** BigInt(power), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-power) };
}
