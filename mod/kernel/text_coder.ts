/** Codes of byte strings, in a kernel's memory. */
import { FREE, giveKernel, type Kernel, takeKernel } from "#kernel";
import { aligned } from "./aligned.ts";
import { type Texts, textsAt } from "./texts.ts";

/** Byte strings: number k is `bytes[starts[k]]` up to `bytes[ends[k]]`, not included; null ends before it begins. */
export interface ByteStrings {
  bytes: Uint8Array;
  starts: Int32Array;
  ends: Int32Array;
}

/** Rows that are looked at together. */
const BLOCK = 1 << 13;
const STATE = FREE;
const STARTS = STATE + 16;
const ENDS = STARTS + 4 * BLOCK;
const CODES = ENDS + 4 * BLOCK;
const HASHES = CODES + 4 * BLOCK;
const KEYS = HASHES + 8 * BLOCK;
/** Bytes of a key, and of a slot; there are twice as many first slots as keys, and as many behind them as keys. */
const KEY = 32, SLOT = 8;
const SLOTS = 3;
const FIRST_ROOM = 1 << 8, FIRST_BYTES = 1 << 13;
/** What is loaded behind the bytes of a key. */
const SPARE = 16;
/** Bytes of a key that lie in its record at most. */
const SHORT = 16;
/** Entries of a dictionary that are looked at before its rows are, at most. */
const FEW_ENTRIES = 1 << 12;
/** Entries whose codes are looked up in registers, and codes that are bytes. */
const IN_REGISTERS = 64, BYTE_CODES = 1 << 8;
/** Rows that are looked at for each entry, to see whether all entries occur. */
const ROWS_AN_ENTRY = 64;

/** A dictionary in the kernel's memory. */
interface Known {
  of: ByteStrings;
  /** Where starts and ends of its entries lie, code and 1 of each that has one, and its bytes. */
  starts: number;
  ends: number;
  table: number;
  bytes: number;
  end: number;
  /** How its indexes become codes: one by one, at once by the bytes at `starts`, or not at all, as they are the same. */
  way: "one by one" | "at once" | "same";
}

/** Gives byte strings codes, from 0 on in the order in which they first occur; null has one, too. */
export class TextCoder implements Disposable {
  readonly #kernel: Kernel = takeKernel();
  /** Keys that there is room for. */
  #room = 0;
  /** Bytes of keys that there is room for. */
  #bytes = 0;
  #size = 0;
  #used = 0;
  #known: Known | null = null;
  /** The code of null; -1 where none has occurred. */
  #none = -1;

  readonly #same: number;

  /** @param same Upper bits that the hashes of all of them have in common. */
  constructor(same = 0) {
    this.#same = same;
    this.#makeRoom(FIRST_ROOM, FIRST_BYTES);
  }

  /** Forgets all of them, but not the room that they took. */
  clear(): void {
    const slots = KEYS + KEY * this.#room;
    this.#kernel.bytes.fill(0, slots, this.#arena());
    this.#size = this.#used = 0;
    this.#known = null;
    this.#none = -1;
  }

  /** Distinct ones so far, null among them. */
  get size(): number {
    return this.#size;
  }

  /** The code of each byte string, into `codes[at]` and so on. */
  code({ bytes, starts, ends }: ByteStrings, codes: Int32Array, at: number): void {
    for (let from = 0; from < starts.length; from += BLOCK) {
      const to = Math.min(starts.length, from + BLOCK), count = to - from;
      const { low, high, total, nulls } = extentOf(starts, ends, from, to);
      this.#makeRoom(this.#size + count + 1, this.#used + total);
      this.#known = null;
      const input = this.#end();
      this.#kernel.reserve(input + high - low + SPARE);
      this.#kernel.bytes.set(bytes.subarray(low, high), input);
      this.#put(STARTS, starts.subarray(from, to));
      this.#put(ENDS, ends.subarray(from, to));
      this.#run(
        nulls,
        (code, none) => code.codeTexts(input - low, STARTS, ENDS, count, none, CODES, HASHES),
      );
      codes.set(new Int32Array(this.#kernel.bytes.buffer, CODES, count), at + from);
    }
  }

  /** The code of one byte string, into all of `codes`. */
  codeSame(strings: ByteStrings, codes: Int32Array): void {
    const one = new Int32Array(1);
    this.code(strings, one, 0);
    codes.fill(one[0]!);
  }

  /**
   * Replaces indexes into a dictionary by codes.
   *
   * @param nulls Whether some may be -1, for null.
   */
  codeIndexes(dictionary: ByteStrings, indexes: Int32Array, nulls: boolean): void {
    if (this.#known?.of !== dictionary) this.#learn(dictionary, indexes);
    const { way, starts } = this.#known!, { code } = this.#kernel;
    if (way === "same" && !nulls) return;
    for (let from = 0; from < indexes.length; from += BLOCK) {
      const block = indexes.subarray(from, from + BLOCK);
      if (way === "at once" && !nulls) {
        this.#put(CODES, block);
        code.codeFewIndexes(CODES, CODES + 4 * block.length, starts);
      } else {
        this.#put(STARTS, block);
        this.#codeBlock(block.length, nulls && block.includes(-1));
      }
      block.set(new Int32Array(this.#kernel.bytes.buffer, CODES, block.length));
    }
  }

  /** Whether all from a code on are UTF-8. */
  areUtf8(from: number): boolean {
    this.#open();
    return this.#kernel.code.areUtf8(from) !== 0;
  }

  /** All of them but null, in order, and the codes in this order; that of null is the last. */
  finish(): { texts: Texts; order: Int32Array } {
    const kernel = this.#kernel, { code } = kernel, size = this.#size;
    const ordered = this.#end(), order = ordered + SLOT * size;
    const hashes = order + aligned(4 * size), ends = hashes + 8 * size, bytes = ends + 4 * size;
    // Short ones lie in their keys.
    kernel.reserve(bytes + this.#used + SHORT * size + SPARE);
    this.#open();
    const count = code.orderSlots(this.#arena(), ordered);
    code.codesOfSlots(ordered, count, order);
    const codes = new Int32Array(kernel.bytes.buffer, order, size);
    if (count < size) codes[count] = this.#none;
    code.writeKeys(order, count, hashes, ends, bytes);
    return { texts: textsAt(kernel, count, hashes, ends, bytes), order: codes.slice() };
  }

  [Symbol.dispose](): void {
    giveKernel(this.#kernel);
  }

  #put(at: number, values: Int32Array): void {
    new Int32Array(this.#kernel.bytes.buffer, at, values.length).set(values);
  }

  /** Has a loop of the kernel's work on the keys. */
  #run(nulls: boolean, loop: (code: Kernel["code"], none: number) => void): void {
    const { code } = this.#kernel;
    this.#open();
    if (nulls && this.#none < 0) this.#none = code.addNone();
    loop(code, this.#none);
    this.#size = code.textsThere();
    this.#used = code.textBytes();
  }

  #open(): void {
    this.#kernel.code.openTexts(
      ...[KEYS + KEY * this.#room, Math.log2(2 * this.#room), KEYS] as const,
      ...[this.#size, this.#arena(), this.#used, this.#same] as const,
    );
  }

  /** Where the bytes of keys lie, behind their slots. */
  #arena(room = this.#room): number {
    return KEYS + (KEY + SLOTS * SLOT) * room;
  }

  /** Where the memory behind keys, slots and their bytes is free. */
  #end(): number {
    return aligned(this.#arena() + this.#bytes + SPARE);
  }

  /** Makes room for keys and their bytes: what lies behind them is lost. */
  #makeRoom(keys: number, bytes: number): void {
    if (keys <= this.#room && bytes <= this.#bytes) return;
    const before = this.#room;
    let room = Math.max(FIRST_ROOM, before);
    while (room < keys) room *= 2;
    if (bytes > this.#bytes) this.#bytes = Math.max(FIRST_BYTES, 2 * this.#bytes, bytes);
    this.#room = room;
    this.#known = null;
    this.#kernel.reserve(this.#end());
    if (room === before) return;
    const from = this.#arena(before), to = this.#arena();
    this.#kernel.bytes.copyWithin(to, from, from + this.#used);
    this.#kernel.bytes.fill(0, KEYS + KEY * room, to);
    this.#open();
    this.#kernel.code.rehashTexts(this.#none);
  }

  /** Brings a dictionary into the kernel's memory. */
  #learn(dictionary: ByteStrings, indexes: Int32Array): void {
    const { bytes, starts, ends } = dictionary, count = starts.length;
    const { low, high, total } = extentOf(starts, ends, 0, count);
    this.#makeRoom(this.#size + count + 1, this.#used + total);
    const at = this.#end(), size = aligned(4 * count);
    const known = {
      ...{ of: dictionary, starts: at, ends: at + size, table: at + 2 * size },
      ...{ bytes: at + 3 * size - low, end: at + 3 * size + high - low },
      way: "one by one" as Known["way"],
    };
    this.#kernel.reserve(known.end + SPARE);
    this.#put(known.starts, starts);
    this.#put(known.ends, ends);
    this.#kernel.bytes.fill(0, known.table, known.table + size);
    this.#kernel.bytes.set(bytes.subarray(low, high), at + 3 * size);
    this.#known = known;
    if (count <= FEW_ENTRIES && doAllOccur(indexes, count)) known.way = this.#codeEntries(count);
  }

  /** Gives all entries codes, in their order; tells how indexes become these. */
  #codeEntries(count: number): Known["way"] {
    const { starts } = this.#known!;
    this.#put(STARTS, Int32Array.from({ length: count }, (_, index) => index));
    this.#codeBlock(count, false);
    const codes = new Int32Array(this.#kernel.bytes.buffer, CODES, count);
    if (codes.every((code, index) => code === index)) return "same";
    if (count > IN_REGISTERS || this.#size > BYTE_CODES) return "one by one";
    // No entry is looked at any more.
    this.#kernel.bytes.set(codes, starts);
    return "at once";
  }

  /** Codes of a block of indexes in {@linkcode STARTS} into {@linkcode CODES}. */
  #codeBlock(count: number, nulls: boolean): void {
    const { table, bytes, starts, ends } = this.#known!;
    this.#run(
      nulls,
      (code, none) => code.codeIndexes(STARTS, count, table, bytes, starts, ends, none, CODES),
    );
  }
}

/** Where byte strings begin and end, how many bytes they have, and whether there are nulls. */
export function extentOf(starts: Int32Array, ends: Int32Array, from: number, to: number) {
  let low = Infinity, high = 0, total = 0, nulls = false;
  for (let k = from; k < to; k++) {
    const start = starts[k]!, end = ends[k]!;
    if (end < start) {
      nulls = true;
      continue;
    }
    if (start < low) low = start;
    if (end > high) high = end;
    total += end - start;
  }
  return { low: Math.min(low, high), high, total, nulls };
}

/** Whether all entries of a dictionary occur in the first rows. */
function doAllOccur(indexes: Int32Array, count: number): boolean {
  const occurs = new Uint8Array(count);
  const rows = Math.min(indexes.length, ROWS_AN_ENTRY * count);
  for (let row = 0, missing = count; row < rows; row++) {
    const index = indexes[row]!;
    if (index < 0 || occurs[index]) continue;
    occurs[index] = 1;
    if (--missing === 0) return true;
  }
  return count === 0;
}
