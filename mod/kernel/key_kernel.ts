/** Codes of keys that are numbers, in a kernel's memory. */
import { FREE, giveKernel, Kernel, takeKernel } from "#kernel";
import { viewOf } from "./views.ts";

/** Rows that are looked at together. */
const BLOCK = 1 << 13;
const STATE = FREE;
const COUNTS = STATE + 16;
const VALUES = COUNTS + 4 * 2048;
const CODES = VALUES + 8 * BLOCK;
const TABLE = CODES + 4 * BLOCK;

/** Rows by code: `values[codes[row]]` is the row's number. Numbers are distinct, all occur, in rising order, NaN last. */
export interface CodedNumbers {
  codes: Int32Array;
  values: Float64Array;
}

/** Whole numbers from the least to the greatest are coded by a table of all of them up to so many, or two a row. */
const SMALL_RANGE = 65_536;

/** Codes of numbers; -0 counts as 0. */
export function codesOfNumbers(given: Float64Array | Int32Array): CodedNumbers {
  const kernel = takeKernel();
  try {
    const numbers = viewOf(given) as Float64Array | Int32Array;
    kernel.reserve(TABLE);
    const range = rangeOf(kernel, numbers);
    const isSmall = range && range.high - range.low < Math.max(SMALL_RANGE, 2 * numbers.length);
    return isSmall ? byRange(kernel, numbers, range) : byHash(kernel, numbers);
  } finally {
    giveKernel(kernel);
  }
}

function* blocks(
  kernel: Kernel,
  numbers: Float64Array | Int32Array,
): Generator<{ from: number; count: number }> {
  for (let from = 0; from < numbers.length; from += BLOCK) {
    const count = Math.min(BLOCK, numbers.length - from);
    new Float64Array(kernel.bytes.buffer, VALUES, count).set(numbers.subarray(from, from + count));
    yield { from, count };
  }
}

interface Range {
  low: number;
  high: number;
}

/** Least and greatest of whole numbers; `null` where there are others. */
function rangeOf(kernel: Kernel, numbers: Float64Array | Int32Array): Range | null {
  const state = new Float64Array(kernel.bytes.buffer, STATE, 2);
  state.set([Infinity, -Infinity]);
  for (const { count } of blocks(kernel, numbers)) {
    if (!kernel.code.widenRange(VALUES, count, STATE)) return null;
  }
  const [low, high] = state as unknown as [number, number];
  if (low > high) return { low: 0, high: 0 };
  return low > -Infinity && high < Infinity ? { low: low + 0, high } : null;
}

function byRange(
  kernel: Kernel,
  numbers: Float64Array | Int32Array,
  { low, high }: Range,
): CodedNumbers {
  const none = high - low + 1, places = none + 1;
  const found = align(TABLE + 4 * places);
  kernel.reserve(found + 8 * places);
  kernel.bytes.fill(0, TABLE, found);
  const codes = new Int32Array(numbers.length);
  for (const { from, count } of blocks(kernel, numbers)) {
    kernel.code.encodeRange(VALUES, count, low, none, TABLE, CODES);
    codes.set(new Int32Array(kernel.bytes.buffer, CODES, count), from);
  }
  const size = kernel.code.rankRange(TABLE, places, low, none, found);
  const values = new Float64Array(kernel.bytes.buffer, found, size).slice();
  return { codes: ranked(kernel, codes, TABLE, places), values };
}

function byHash(kernel: Kernel, numbers: Float64Array | Int32Array): CodedNumbers {
  const codes = new Int32Array(numbers.length);
  let most = 1 << 12, size = 0;
  /** Slots behind the numbers that are known, twice as many. */
  const slotsAt = () => TABLE + 8 * most;
  const open = () => {
    const end = slotsAt() + 8 * most;
    kernel.reserve(end);
    kernel.bytes.fill(0, slotsAt(), end);
    kernel.code.rehash(slotsAt(), 2 * most - 1, TABLE, size);
  };
  open();
  for (const { from, count } of blocks(kernel, numbers)) {
    for (let row = 0; row < count;) {
      const mask = 2 * most - 1, at = VALUES + 8 * row;
      size = kernel.code.encodeHashed(
        ...[at, count - row, slotsAt(), mask, TABLE] as const,
        ...[size, most, CODES + 4 * row, STATE] as const,
      );
      row += new Uint32Array(kernel.bytes.buffer, STATE, 1)[0]!;
      if (row === count) break;
      most *= 4;
      open();
    }
    codes.set(new Int32Array(kernel.bytes.buffer, CODES, count), from);
  }
  return sorted(kernel, codes, size);
}

/** Brings numbers that are known into order. */
function sorted(kernel: Kernel, codes: Int32Array, size: number): CodedNumbers {
  const { code } = kernel;
  const pairs = align(TABLE + 8 * size), other = pairs + 16 * size, ranks = other + 16 * size;
  kernel.reserve(ranks + 4 * size);
  code.pairsOf(TABLE, size, pairs);
  code.ranksOf(code.sortPairs(pairs, other, size, COUNTS), size, TABLE, ranks);
  const values = new Float64Array(kernel.bytes.buffer, TABLE, size).slice();
  return { codes: ranked(kernel, codes, ranks, size), values };
}

/** Replaces codes by their ranks. */
function ranked(kernel: Kernel, codes: Int32Array, ranks: number, size: number): Int32Array {
  for (let from = 0; from < codes.length; from += BLOCK) {
    const block = codes.subarray(from, from + BLOCK);
    new Int32Array(kernel.bytes.buffer, VALUES, block.length).set(block);
    kernel.code.mapCodes(VALUES, block.length, ranks, size, CODES);
    block.set(new Int32Array(kernel.bytes.buffer, CODES, block.length));
  }
  return codes;
}

/**
 * Whole numbers of 64 bits as doubles.
 *
 * @returns `null` where a double can't hold one of them without loss.
 */
export function doublesOfWholes(given: BigInt64Array | BigUint64Array): Float64Array | null {
  const kernel = takeKernel();
  try {
    const wholes = viewOf(given) as BigInt64Array | BigUint64Array;
    const isSigned = Number(wholes instanceof BigInt64Array);
    const doubles = new Float64Array(wholes.length);
    const bits = new BigUint64Array(wholes.buffer, wholes.byteOffset, wholes.length);
    kernel.reserve(TABLE + 8 * BLOCK);
    for (let from = 0; from < bits.length; from += BLOCK) {
      const block = bits.subarray(from, from + BLOCK), count = block.length;
      new BigUint64Array(kernel.bytes.buffer, VALUES, count).set(block);
      if (kernel.code.wholesToDoubles(VALUES, count, isSigned, TABLE) < count) return null;
      doubles.set(new Float64Array(kernel.bytes.buffer, align(TABLE), count), from);
    }
    return doubles;
  } finally {
    giveKernel(kernel);
  }
}

function align(at: number): number {
  return at + 15 & ~15;
}
