/** Byte strings as keys: texts in UTF-8, and others. */
import { FREE, giveKernel, takeKernel } from "#kernel";
import { aligned } from "./aligned.ts";
import type { Kernel } from "./kernel.ts";

/** Distinct byte strings, one behind the other: plain data. */
export interface TextBytes {
  /** Where each ends in `bytes`; it begins where the one before ends. */
  ends: Uint32Array<ArrayBuffer>;
  bytes: Uint8Array<ArrayBuffer>;
}

/** The same in the order of their hashes and, of equal ones, of their bytes. */
export interface Texts extends TextBytes {
  hashes: BigUint64Array<ArrayBuffer>;
}

const STATE = FREE;
const COUNTS = STATE + 64;
/** From where on the memory is free. */
const START = COUNTS + 4 * 2048 + 16;
/** Byte strings of the same first bytes that are put in order one by one at most. */
const FEW = 32;
/** Bytes of keys that are compared at once: all of a pair's are there where others are equal. */
const WORD = 7;
/** What is loaded behind the bytes of the last key. */
export const SPARE = 16;

/** Byte strings in the order of their bytes, and the number that each had before. */
export function inByteOrder({ ends, bytes }: TextBytes): { order: Int32Array; texts: TextBytes } {
  const kernel = takeKernel();
  try {
    const count = ends.length, { code } = kernel;
    const endsAt = START, bytesAt = aligned(endsAt + ends.byteLength);
    const other = aligned(bytesAt + bytes.length + SPARE), pairs = other + 16 * count;
    // Where pairs were, the texts will be, and their ends before them.
    const ordered = pairs + 4 * count;
    kernel.reserve(Math.max(pairs + 16 * count, ordered + bytes.length + SPARE));
    const { buffer } = kernel.bytes;
    new Uint32Array(buffer, endsAt - 4, 1)[0] = 0;
    new Uint32Array(buffer, endsAt, count).set(ends);
    kernel.bytes.set(bytes, bytesAt);
    code.openTable(endsAt, bytesAt, bytes.length, count, pairs);
    orderPairs(kernel, pairs, other, count, 0);
    code.codesOfPairs(pairs, count, other);
    code.writeTable(other, count, pairs, ordered);
    return {
      order: new Int32Array(buffer, other, count).slice(),
      texts: textBytesAt(kernel, count, pairs, ordered),
    };
  } finally {
    giveKernel(kernel);
  }
}

/** Orders pairs of byte strings whose first `depth` bytes are the same. */
function orderPairs(
  kernel: Kernel,
  pairs: number,
  other: number,
  count: number,
  depth: number,
): void {
  const { code, bytes } = kernel;
  if (count <= FEW) return code.orderFew(pairs, count);
  const from = depth + code.commonBytes(pairs, count, depth);
  code.wordsOfTexts(pairs, count, from);
  const sorted = code.sortPairs(pairs, other, count, COUNTS);
  if (sorted !== pairs) bytes.copyWithin(pairs, sorted, sorted + 16 * count);
  for (let at = 0;;) {
    at = code.equalWords(pairs, at, count, STATE);
    if (at === count) return;
    const equal = new Uint32Array(bytes.buffer, STATE, 1)[0]!;
    orderPairs(kernel, pairs + 16 * at, other, equal, from + WORD);
    at += equal;
  }
}

/** Byte strings that lie in a kernel's memory, copied. */
export function textsAt(
  kernel: Kernel,
  count: number,
  hashes: number,
  ends: number,
  bytes: number,
): Texts {
  const { buffer } = kernel.bytes;
  return {
    hashes: new BigUint64Array(buffer, hashes, count).slice(),
    ...textBytesAt(kernel, count, ends, bytes),
  };
}

function textBytesAt(
  { bytes: { buffer } }: Kernel,
  count: number,
  endsAt: number,
  bytesAt: number,
): TextBytes {
  const ends = new Uint32Array(buffer, endsAt, count).slice();
  return { ends, bytes: new Uint8Array(buffer, bytesAt, ends.at(-1) ?? 0).slice() };
}
