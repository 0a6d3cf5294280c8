/** Keys that are byte strings: texts in UTF-8, bytes, and numbers that a double can't hold, in bytes of their order. */
import type { ByteStrings } from "../../kernel/text_coder.ts";
import type { TextBytes } from "../../kernel/texts.ts";
import { bytesOf, type ExactType } from "./exact_values.ts";

/** Kinds of columns whose values are byte strings themselves. */
export const STRINGS: ReadonlySet<string> = new Set(["string", "json", "uuid", "bytes"]);

/** Texts as byte strings. @throws TypeError for one that UTF-8 can't hold. */
export function stringsOfTexts(texts: readonly (string | null)[]): ByteStrings {
  const encoded = texts.map((text) => {
    if (text === null) return null;
    if (!text.isWellFormed()) {
      throw new TypeError(
        `a key is no text in Unicode: ${JSON.stringify(text)} has half of a surrogate pair`,
      );
    }
    return utf8.encode(text);
  });
  return stringsOf(encoded);
}

/** Texts of a character a byte, or in Unicode, as a column of this kind has them. */
export function stringsOfKind(values: ArrayLike<unknown>, kind: string): ByteStrings {
  const texts = Array.from(values, (value) => (value ?? null) as string | null);
  if (kind === "string" || kind === "json") return stringsOfTexts(texts);
  return stringsOf(texts.map((text) => text === null ? null : bytesOf(text)));
}

/** Numbers as byte strings whose order is theirs: see {@linkcode lengthOfNumbers}. */
export function stringsOfNumbers(
  values: ArrayLike<number | bigint | string | null>,
  validity: Uint8Array | null,
  type: ExactType,
): ByteStrings {
  const isFloat = type.kind.startsWith("float");
  const length = lengthOfNumbers(type);
  const isThere = (row: number) =>
    values[row] !== null && (validity === null || validity[row] !== 0) &&
    (isFloat || values[row] === values[row]);
  return stringsOf(
    Array.from(values, (value, row) => {
      if (!isThere(row)) return null;
      return isFloat ? bytesOfDouble(Number(value)) : bytesOfWhole(BigInt(value!), length);
    }),
  );
}

/** Bytes of a number: 8 of a double, 16 of a whole number, more of decimals of more than 38 digits. */
function lengthOfNumbers({ kind, precision = 0 }: ExactType): number {
  if (kind.startsWith("float")) return 8;
  return precision <= 38 ? 16 : Math.ceil((precision * Math.log2(10) + 1) / 8);
}

/** Byte strings as the values that they are of. */
export function valuesOfTexts(
  texts: TextBytes,
  type: ExactType | "text",
): (string | number | bigint)[] {
  if (type === "text" || type.kind === "string" || type.kind === "json") return decoded(texts);
  const { bytes, ends } = texts;
  const one = (k: number) => bytes.subarray(k === 0 ? 0 : ends[k - 1]!, ends[k]!);
  const of = STRINGS.has(type.kind)
    ? (value: Uint8Array) => String.fromCharCode(...value)
    : type.kind.startsWith("float")
    ? doubleOf
    : wholeOf;
  return Array.from(ends, (_, k) => of(one(k)));
}

const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Texts, decoded together and cut apart. */
function decoded({ bytes, ends }: TextBytes): string[] {
  const text = strict.decode(bytes);
  const cuts = text.length === bytes.length ? ends : unitsUpTo(bytes, ends);
  const texts = new Array<string>(ends.length);
  for (let k = 0, from = 0; k < texts.length; k++) {
    texts[k] = text.slice(from, cuts[k]!);
    from = cuts[k]!;
  }
  return texts;
}

/** UTF-16 units up to each end. */
function unitsUpTo(bytes: Uint8Array, ends: Uint32Array): Uint32Array {
  let at = 0, units = 0;
  return ends.map((end) => {
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte < 0x80 || byte >= 0xc0) units += byte < 0xf0 ? 1 : 2;
    }
    return units;
  });
}

function stringsOf(list: readonly (Uint8Array | null)[]): ByteStrings {
  const starts = new Int32Array(list.length), ends = new Int32Array(list.length);
  let at = 0;
  list.forEach((value, k) => {
    starts[k] = at;
    ends[k] = value === null ? at - 1 : at += value.length;
  });
  const bytes = new Uint8Array(at);
  list.forEach((value, k) => value && bytes.set(value, starts[k]!));
  return { bytes, starts, ends };
}

const SIGN = 1n << 63n, ALL = (1n << 64n) - 1n;

/** A double's bits, so that bytes are in the order of numbers; NaN is the greatest. */
function bytesOfDouble(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  if (value !== value) view.setBigUint64(0, ALL);
  else {
    view.setFloat64(0, value + 0);
    const bits = view.getBigUint64(0);
    view.setBigUint64(0, bits & SIGN ? bits ^ ALL : bits | SIGN);
  }
  return new Uint8Array(view.buffer);
}

function doubleOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.slice().buffer);
  const bits = view.getBigUint64(0);
  if (bits === ALL) return NaN;
  view.setBigUint64(0, bits & SIGN ? bits ^ SIGN : bits ^ ALL);
  return view.getFloat64(0);
}

/** A whole number, the highest byte first, its sign turned round. */
function bytesOfWhole(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let rest = value + (1n << BigInt(8 * length - 1));
  for (let at = length - 1; at >= 0; at--, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  return bytes;
}

function wholeOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`) - (1n << BigInt(8 * bytes.length - 1));
}
