/** Decimals: whole numbers of their last digit (LogicalTypes.md, "DECIMAL"). */

/** Stored as 32 or 64 bits, or as bytes, the first one the highest. */
export type StoredDecimals = Int32Array | BigInt64Array | (Uint8Array | null)[];

/** Digits of a decimal that a double always tells apart. */
export const EXACT_DIGITS = 15;
/** The greatest power of ten that a double holds exactly, and all below. */
const EXACT_POWER = 22;

/** A stored decimal as a whole number of its last digit. */
export function unscaled(value: number | bigint | Uint8Array): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return BigInt(value);
  const text = value.toHex();
  return text === "" ? 0n : BigInt.asIntN(4 * text.length, BigInt(`0x${text}`));
}

/**
 * The double nearest to a decimal: a quotient of two numbers that are exact is rounded once; `null` for more than
 * 2^53 of the last digit.
 */
export function nearestDouble(whole: number | bigint, scale: number): number | null {
  const number = Number(whole);
  if (!Number.isSafeInteger(number)) return null;
  return scale <= EXACT_POWER ? number / 10 ** scale : Number(`${number}e-${scale}`);
}
