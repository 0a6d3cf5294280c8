/** Codes of numbers, in a kernel's memory. */
import { FREE, giveKernel, type Kernel, type PlaceLoop, takeKernel } from "#kernel";
import { aligned } from "./aligned.ts";
import { type NumberArray, viewOf } from "./views.ts";

/** Rows that are looked at together. */
const BLOCK = 1 << 13;
const STATE = FREE;
const COUNTS = STATE + 16;
const VALUES = COUNTS + 4 * 2048;
const CODES = VALUES + 8 * BLOCK;
const FIRST = CODES + 4 * BLOCK, SECOND = FIRST + 4 * BLOCK;
const TABLE = SECOND + 4 * BLOCK;

/** Places of a table of whole numbers at least, for each number that has come, and at most. */
const FEW_PLACES = 1 << 16, PLACES_A_NUMBER = 16, MOST_PLACES = 1 << 22;
/** Places at most for each pair that is there, where they are gone through in order. */
const MOST_EMPTY = 8;
/** Numbers that a hash table has room for at first. */
const FIRST_ROOM = 1 << 12;

/**
 * Gives numbers codes, from 0 on in the order in which they first occur; -0 counts as 0, and NaN is equal to itself.
 * Whole numbers that lie close together are found by their distance from the least, others by a hash.
 */
export class NumberCoder implements Disposable {
  readonly #kernel: Kernel = takeKernel();
  #places: Places | null = null;
  #hashes: Hashes | null = null;
  #size = 0;
  #rows = 0;

  /** Whether numbers are looked up by their hashes, and not by their places in a table. */
  get isHashed(): boolean {
    return this.#hashes !== null;
  }

  /** Where numbers with a place in a table lie, if those that came first lie anywhere in it: they don't rise or fall. */
  get scattered(): NumberRange | null {
    if (!this.#places) return null;
    const { low, high } = this.#places, values = this.values();
    const [least, greatest] = extent(values.subarray(0, values.length >> 3));
    return 2 * (greatest - least) > high - low ? { low, high } : null;
  }

  /** Distinct numbers so far. */
  get size(): number {
    return this.#size;
  }

  /** The code of each number, into `codes`. */
  code(given: NumberArray, codes: Int32Array): void {
    const numbers = viewOf(given) as NumberArray;
    this.#kernel.reserve(TABLE);
    this.#rows += numbers.length;
    for (let from = 0; from < numbers.length;) {
      const rest = numbers.subarray(from, from + BLOCK);
      const done = this.#codeAny(rest);
      codes.set(new Int32Array(this.#kernel.bytes.buffer, CODES, done), from);
      from += done;
      // The next one has no place yet.
      if (done < rest.length) this.#prepare(this.#rangeOf(numbers.subarray(from)));
    }
  }

  /**
   * The code of each pair of codes, as the number `first * width + second`, into `first`.
   *
   * @param count First codes are below it, second ones below `width`.
   */
  codePairs(first: Int32Array, second: Int32Array, count: number, width: number): void {
    const kernel = this.#kernel;
    kernel.reserve(TABLE);
    this.#rows += first.length;
    if (!this.#hashes) this.#prepare({ low: 0, high: count * width - 1 });
    for (let from = 0; from < first.length; from += BLOCK) {
      const block = first.subarray(from, from + BLOCK), { length } = block;
      const { buffer } = kernel.bytes;
      new Int32Array(buffer, FIRST, length).set(block);
      new Int32Array(buffer, SECOND, length).set(second.subarray(from, from + length));
      kernel.code.pairCodes(FIRST, SECOND, length, width, VALUES);
      this.#codeBlock(length);
      block.set(new Int32Array(kernel.bytes.buffer, CODES, length));
    }
  }

  /**
   * Pairs of codes in an order of the first and, of equal ones, of the second; `null` where most pairs don't occur.
   *
   * @param width As {@linkcode NumberCoder.codePairs} was told last.
   */
  pairsInOrder(first: Int32Array, second: Int32Array, width: number): OrderedPairs | null {
    const n = first.length, m = second.length, size = this.#size;
    if (!this.#places || n * m > MOST_EMPTY * size) return null;
    const firstAt = this.#end(), secondAt = firstAt + 4 * n, codes = secondAt + 4 * m;
    const firsts = codes + 4 * size, seconds = firsts + 4 * size;
    const kernel = this.#kernel;
    kernel.reserve(seconds + 4 * size);
    const { buffer } = kernel.bytes;
    new Int32Array(buffer, firstAt, n).set(first);
    new Int32Array(buffer, secondAt, m).set(second);
    kernel.code.pairsInOrder(TABLE, width, firstAt, n, secondAt, m, codes, firsts, seconds);
    const taken = (at: number) => new Int32Array(buffer, at, size).slice();
    return { order: taken(codes), first: taken(firsts), second: taken(seconds) };
  }

  /** Forgets all of them. */
  clear(): void {
    this.#places = this.#hashes = null;
    this.#size = this.#rows = 0;
  }

  /** Distinct numbers by code. */
  values(): Float64Array {
    const { buffer } = this.#kernel.bytes;
    if (this.#places) return new Float64Array(buffer, this.#places.known, this.#size).slice();
    if (!this.#hashes) return new Float64Array(0);
    const end = this.#end(), bytes = 8 * this.#size;
    this.#kernel.reserve(end + bytes);
    this.#kernel.bytes.copyWithin(end, TABLE, TABLE + bytes);
    this.#kernel.code.numbersOfBits(end, this.#size);
    return new Float64Array(this.#kernel.bytes.buffer, end, this.#size).slice();
  }

  /** Codes in rising order of their numbers, NaN last. */
  order(): Int32Array {
    const { code } = this.#kernel;
    const end = this.#end(), size = this.#size;
    if (this.#places) {
      this.#kernel.reserve(end + 4 * size);
      code.codesInOrder(TABLE, this.#places.none + 1, end);
      return new Int32Array(this.#kernel.bytes.buffer, end, size).slice();
    }
    const other = end + 16 * size, order = other + 16 * size;
    this.#kernel.reserve(order + 4 * size);
    code.pairsOf(TABLE, size, end);
    code.codesOfPairs(code.sortPairs(end, other, size, COUNTS), size, order);
    return new Int32Array(this.#kernel.bytes.buffer, order, size).slice();
  }

  [Symbol.dispose](): void {
    giveKernel(this.#kernel);
  }

  /** Where the memory behind the table is free. */
  #end(): number {
    if (this.#places) return aligned(this.#places.known + 8 * this.#places.none + 8);
    return TABLE + (this.#hashes ? 16 * this.#hashes.room : 0);
  }

  *#blocks(numbers: NumberArray): Generator<{ from: number; count: number }> {
    for (let from = 0; from < numbers.length; from += BLOCK) {
      yield { from, count: this.#put(numbers.subarray(from, from + BLOCK)) };
    }
  }

  /** Brings a block of numbers to {@linkcode VALUES}. */
  #put(numbers: NumberArray): number {
    new Float64Array(this.#kernel.bytes.buffer, VALUES, numbers.length).set(numbers);
    return numbers.length;
  }

  /** Sees to it that there is a table that has a place for each number, or a hash table. */
  #prepare(range: NumberRange | null): void {
    if (!range) return this.#hash();
    const { low, high } = range;
    if (this.#places && this.#places.low <= low && high <= this.#places.high) return;
    const wanted = this.#places ? widened(this.#places, range) : range;
    const most = Math.min(MOST_PLACES, Math.max(FEW_PLACES, PLACES_A_NUMBER * this.#rows));
    if (wanted.high - wanted.low < most) this.#place(wanted);
    else this.#hash();
  }

  /** Least and greatest of whole numbers; `null` where there are others. */
  #rangeOf(numbers: NumberArray): NumberRange | null {
    const { buffer } = this.#kernel.bytes;
    const state = new Float64Array(buffer, STATE, 2);
    state.set([Infinity, -Infinity]);
    for (const { count } of this.#blocks(numbers)) {
      if (!this.#kernel.code.widenRange(VALUES, count, STATE)) return null;
    }
    const [low, high] = state as unknown as [number, number];
    if (low > high) return this.#places ?? { low: 0, high: 0 };
    return low > -Infinity && high < Infinity ? { low: low + 0, high } : null;
  }

  /** A table for whole numbers of a range, with those that are known. */
  #place({ low, high }: NumberRange): void {
    const known = this.values(), none = high - low + 1;
    const at = aligned(TABLE + 4 * (none + 1));
    this.#places = { low, high, none, known: at };
    this.#kernel.reserve(at + 8 * (none + 1));
    this.#kernel.bytes.fill(0, TABLE, at);
    this.#again(known);
  }

  /** A hash table, with those that are known. */
  #hash(): void {
    const known = this.values();
    this.#places = null;
    this.#hashes = { room: FIRST_ROOM };
    // There is nothing yet where those of a hash table lie.
    this.#size = 0;
    while (this.#hashes.room < known.length) this.#hashes.room *= 4;
    this.#open();
    this.#again(known);
  }

  #open(): void {
    const { room } = this.#hashes!;
    const slots = TABLE + 8 * room;
    this.#kernel.reserve(slots + 8 * room);
    this.#kernel.bytes.fill(0, slots, slots + 8 * room);
    this.#kernel.code.rehash(slots, 2 * room - 1, TABLE, this.#size);
  }

  #again(known: Float64Array): void {
    this.#size = 0;
    for (const { count } of this.#blocks(known)) this.#codeBlock(count);
  }

  /** Codes of a block of numbers; gives how many have one: those before one that has no place. */
  #codeAny(numbers: NumberArray): number {
    if (!this.#places) return this.#hashes ? this.#codeBlock(this.#put(numbers)) : 0;
    const { low, high } = this.#places;
    if (!(numbers instanceof Int32Array) || low < -(2 ** 31) || high >= 2 ** 31) {
      return this.#codeBlock(this.#put(numbers));
    }
    new Int32Array(this.#kernel.bytes.buffer, VALUES, numbers.length).set(numbers);
    return this.#codeByPlace(this.#kernel.code.codeIntsByPlace, numbers.length);
  }

  #codeByPlace(loop: PlaceLoop, count: number): number {
    const { low, none, known } = this.#places!;
    this.#size = loop(VALUES, count, low, none, TABLE, known, this.#size, CODES, STATE);
    return new Uint32Array(this.#kernel.bytes.buffer, STATE, 1)[0]!;
  }

  /** The same of doubles in {@linkcode VALUES}. */
  #codeBlock(count: number): number {
    const { code } = this.#kernel;
    if (this.#places) return this.#codeByPlace(code.codeByPlace, count);
    const hashes = this.#hashes!;
    for (let row = 0; row < count;) {
      const { room } = hashes;
      this.#size = code.encodeHashed(
        ...[VALUES + 8 * row, count - row, TABLE + 8 * room, 2 * room - 1, TABLE] as const,
        ...[this.#size, room, CODES + 4 * row, STATE] as const,
      );
      row += new Uint32Array(this.#kernel.bytes.buffer, STATE, 1)[0]!;
      if (row === count) break;
      hashes.room *= 4;
      this.#open();
    }
    return count;
  }
}

/** Pairs in order. */
export interface OrderedPairs {
  /** Their codes. */
  order: Int32Array;
  /** Where their first and second codes stand in their own orders. */
  first: Int32Array;
  second: Int32Array;
}

/** Whole numbers from the least to the greatest one. */
export interface NumberRange {
  low: number;
  high: number;
}

/** A table of whole numbers with a place for each. */
interface Places extends NumberRange {
  /** The place of NaN, behind all others. */
  none: number;
  /** Where distinct numbers lie. */
  known: number;
}

/** Numbers that a hash table has room for; it has twice as many slots. */
interface Hashes {
  room: number;
}

/** A range with room where it grows: numbers that rise go on rising. */
function widened(known: NumberRange, { low, high }: NumberRange): NumberRange {
  const spare = Math.ceil((Math.max(high, known.high) - Math.min(low, known.low)) / 4);
  return {
    low: low < known.low ? low - spare : known.low,
    high: high > known.high ? high + spare : known.high,
  };
}

/** The least and the greatest of numbers. */
function extent(numbers: Float64Array): [number, number] {
  let least = Infinity, greatest = -Infinity;
  for (const number of numbers) {
    if (number < least) least = number;
    if (number > greatest) greatest = number;
  }
  return [least, greatest];
}

/** Places of distinct numbers in rising order, NaN last. */
export function orderOfNumbers(numbers: Float64Array): Int32Array {
  const kernel = takeKernel();
  try {
    const count = numbers.length, pairs = aligned(VALUES + 8 * count);
    const other = pairs + 16 * count, order = other + 16 * count;
    kernel.reserve(order + 4 * count);
    new Float64Array(kernel.bytes.buffer, VALUES, count).set(numbers);
    const { code } = kernel;
    code.bitsOfNumbers(VALUES, count);
    code.pairsOf(VALUES, count, pairs);
    code.codesOfPairs(code.sortPairs(pairs, other, count, COUNTS), count, order);
    return new Int32Array(kernel.bytes.buffer, order, count).slice();
  } finally {
    giveKernel(kernel);
  }
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
      doubles.set(new Float64Array(kernel.bytes.buffer, TABLE, count), from);
    }
    return doubles;
  } finally {
    giveKernel(kernel);
  }
}
