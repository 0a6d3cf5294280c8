/**
 * Smallest and largest values of a column chunk as the bytes the specification wants
 * (parquet.thrift, "Statistics" and "ColumnOrder"): a zero counts as -0 in the minimum and as +0 in
 * the maximum, byte arrays are ordered as unsigned bytes.
 */
import { FREE } from "#kernel";
import { threadScratch } from "../io/scratch.ts";

/** Bounds as stored, PLAIN encoded without a length; null when there are none. */
export interface Bounds {
  least: Uint8Array;
  most: Uint8Array;
}

/** Doubles that are looked at together, in the kernel's memory. */
const BLOCK = 1 << 13;
const AFTER = FREE + 8 * BLOCK;
const { bounds: kernel } = threadScratch;
kernel.reserve(AFTER + 16);

/** Byte arrays longer than this make no bounds: they would swell the footer. */
const LONGEST = 256;

/**
 * Bounds of floats; none when there is a NaN. The specification allows bounds of the others, but
 * readers for whom NaN is the largest number (or that take equal bounds for equal values) would
 * then leave out rows, or find too many.
 */
export function floatBounds(values: Float64Array | Float32Array): Bounds | null {
  if (values.length === 0) return null;
  let least = Infinity;
  let most = -Infinity;
  if (values instanceof Float64Array) {
    for (let from = 0; from < values.length; from += BLOCK) {
      const block = values.subarray(from, from + BLOCK);
      new Float64Array(kernel.bytes.buffer, FREE, block.length).set(block);
      kernel.code.bounds64(FREE, block.length, AFTER);
      const [low, high] = new Float64Array(kernel.bytes.buffer, AFTER, 2);
      least = Math.min(least, low!);
      most = Math.max(most, high!);
    }
  } else {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value !== value) return null;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  }
  if (least !== least) return null;
  const pair = values instanceof Float64Array ? new Float64Array(2) : new Float32Array(2);
  pair[0] = least === 0 ? -0 : least;
  pair[1] = most === 0 ? 0 : most;
  return bounds(pair);
}

export function int32Bounds(values: Int32Array, unsigned: boolean): Bounds | null {
  if (values.length === 0) return null;
  const shift = unsigned ? 0x80000000 : 0;
  let least = values[0]! ^ shift;
  let most = least;
  for (let i = 1; i < values.length; i++) {
    const value = values[i]! ^ shift;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return bounds(Int32Array.of(least ^ shift, most ^ shift));
}

/** @param halves Low and high half of each value. */
export function int64Bounds(halves: Int32Array, unsigned: boolean): Bounds | null {
  if (halves.length === 0) return null;
  const shift = unsigned ? 0x80000000 : 0;
  let leastLow = halves[0]! >>> 0;
  let leastHigh = halves[1]! ^ shift;
  let mostLow = leastLow;
  let mostHigh = leastHigh;
  for (let i = 2; i < halves.length; i += 2) {
    const low = halves[i]! >>> 0;
    const high = halves[i + 1]! ^ shift;
    if (high < leastHigh || (high === leastHigh && low < leastLow)) {
      leastHigh = high;
      leastLow = low;
    }
    if (high > mostHigh || (high === mostHigh && low > mostLow)) {
      mostHigh = high;
      mostLow = low;
    }
  }
  return bounds(Int32Array.of(leastLow, leastHigh ^ shift, mostLow, mostHigh ^ shift));
}

/** @param bits 0 or 1 each. */
export function booleanBounds(bits: Uint8Array): Bounds | null {
  if (bits.length === 0) return null;
  return {
    least: Uint8Array.of(bits.includes(0) ? 0 : 1),
    most: Uint8Array.of(bits.includes(1) ? 1 : 0),
  };
}

/** Bounds of byte arrays. */
export function byteArrayBounds(values: Uint8Array[]): Bounds | null {
  let least = values[0];
  let most = least;
  for (const value of values) {
    if (compareBytes(value, least!) < 0) least = value;
    if (compareBytes(value, most!) > 0) most = value;
  }
  return shortBounds(least, most);
}

/** Bounds of strings, in the order of their UTF-8 bytes. */
export function textBounds(values: Iterable<string>): Bounds | null {
  let least: string | undefined;
  let most: string | undefined;
  for (const value of values) {
    if (least === undefined || compareText(value, least) < 0) least = value;
    if (most === undefined || compareText(value, most) > 0) most = value;
  }
  const text = new TextEncoder();
  return least === undefined ? null : shortBounds(text.encode(least), text.encode(most));
}

/** Bounds that are not too long for a footer; of one alone nothing is known. */
export function ofShortBounds(
  least: Uint8Array | null,
  most: Uint8Array | null,
): { least: Uint8Array | null; most: Uint8Array | null } {
  return shortBounds(least ?? undefined, most ?? undefined) ?? { least: null, most: null };
}

/**
 * Bounds of the values that two pairs of bounds are of.
 *
 * @param compare Order of the values as they are stored.
 */
export function unitedBounds(
  a: Bounds,
  b: Bounds,
  compare: (x: Uint8Array, y: Uint8Array) => number,
): Bounds {
  return {
    least: compare(a.least, b.least) <= 0 ? a.least : b.least,
    most: compare(a.most, b.most) >= 0 ? a.most : b.most,
  };
}

/** Bounds that are not too long for a footer. */
export function shortBounds(
  least: Uint8Array | undefined,
  most: Uint8Array | undefined,
): Bounds | null {
  if (!least || !most || least.length > LONGEST || most.length > LONGEST) return null;
  return { least: least.slice(), most: most.slice() };
}

export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    if (left[i] !== right[i]) return left[i]! - right[i]!;
  }
  return left.length - right.length;
}

/** Order of UTF-8 bytes, which is that of code points: surrogates come after U+E000 to U+FFFF. */
function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    let a = left.charCodeAt(i);
    let b = right.charCodeAt(i);
    if (a === b) continue;
    if (a >= 0xd800 && b >= 0xd800) {
      a += a >= 0xe000 ? -0x800 : 0x2000;
      b += b >= 0xe000 ? -0x800 : 0x2000;
    }
    return a - b;
  }
  return left.length - right.length;
}

/** Cuts an array of the least and the most value in two. */
function bounds(pair: Float64Array | Float32Array | Int32Array): Bounds {
  const bytes = new Uint8Array(pair.buffer);
  const half = bytes.length / 2;
  return { least: bytes.slice(0, half), most: bytes.slice(half) };
}
