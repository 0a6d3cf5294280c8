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
const START = COUNTS + 4 * 2048;
/** Byte strings of the same first bytes that are put in order one by one at most. */
const FEW = 32;
/** Bytes of keys that are compared at once: all of a pair's are there where others are equal. */
const WORD = 7;
/** What is loaded behind the bytes of the last key. */
const SPARE = 16;

/** Merges two tables; gives the place of each byte string of the first and of the second in the merged one. */
export function mergeTexts(
  a: Texts,
  b: Texts,
): { texts: Texts; first: Int32Array; second: Int32Array } {
  const kernel = takeKernel();
  try {
    const n = a.ends.length, m = b.ends.length;
    const memory = new Layout(kernel);
    const one = memory.put(a), two = memory.put(b);
    const hashes = memory.take(8 * (n + m)), ends = memory.take(4 * (n + m));
    const bytes = memory.take(a.bytes.length + b.bytes.length + SPARE);
    const first = memory.take(4 * n), second = memory.take(4 * m);
    memory.reserve();
    one();
    two();
    new Uint32Array(kernel.bytes.buffer, STATE, 11).set(
      [...one.at, n, ...two.at, m, hashes, ends, bytes],
    );
    const count = kernel.code.mergeTexts(STATE, first, second);
    return {
      texts: textsAt(kernel, count, hashes, ends, bytes),
      first: new Int32Array(kernel.bytes.buffer, first, n).slice(),
      second: new Int32Array(kernel.bytes.buffer, second, m).slice(),
    };
  } finally {
    giveKernel(kernel);
  }
}

/** Byte strings in the order of their bytes, and the number that each had before. */
export function inByteOrder(texts: Texts): { order: Int32Array; texts: TextBytes } {
  const kernel = takeKernel();
  try {
    const count = texts.ends.length, { code } = kernel;
    const memory = new Layout(kernel);
    const all = memory.put(texts), keys = memory.take(32 * count);
    const arena = memory.take(texts.bytes.length + SPARE);
    const pairs = memory.take(16 * count), other = memory.take(16 * count);
    memory.reserve();
    all();
    const [hashes, ends, bytes] = all.at;
    code.openTexts(0, 0, keys, 0, arena, 0, 0);
    code.putTexts(bytes, ends, count);
    code.pairsOfCodes(pairs);
    orderPairs(kernel, pairs, other, count, 0);
    code.codesOfPairs(pairs, count, other);
    code.writeKeys(other, count, hashes, ends, bytes); // the keys have bytes of their own
    const { ends: ended, bytes: ordered } = textsAt(kernel, count, hashes, ends, bytes);
    const order = new Int32Array(kernel.bytes.buffer, other, count).slice();
    return { order, texts: { ends: ended, bytes: ordered } };
  } finally {
    giveKernel(kernel);
  }
}

/** Orders pairs of keys whose first `depth` bytes are the same. */
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
  { bytes: { buffer } }: Kernel,
  count: number,
  hashes: number,
  ends: number,
  bytes: number,
): Texts {
  const ended = new Uint32Array(buffer, ends, count).slice();
  return {
    hashes: new BigUint64Array(buffer, hashes, count).slice(),
    ends: ended,
    bytes: new Uint8Array(buffer, bytes, ended.at(-1) ?? 0).slice(),
  };
}

/** Says what of a kernel's memory is what. */
export class Layout {
  readonly #kernel: Kernel;
  #end = START;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Where so many bytes have a place. */
  take(bytes: number): number {
    const at = this.#end;
    this.#end = aligned(at + bytes);
    return at;
  }

  /** Places for byte strings: where hashes, ends and bytes will lie, and what brings them there. */
  put({ hashes, ends, bytes }: Texts): (() => void) & { at: [number, number, number] } {
    const at: [number, number, number] = [
      this.take(hashes.byteLength),
      this.take(ends.byteLength),
      this.take(bytes.length + SPARE),
    ];
    const copy = () => {
      const { buffer } = this.#kernel.bytes;
      new BigUint64Array(buffer, at[0], hashes.length).set(hashes);
      new Uint32Array(buffer, at[1], ends.length).set(ends);
      this.#kernel.bytes.set(bytes, at[2]);
    };
    return Object.assign(copy, { at });
  }

  /** Makes the memory reach as far. */
  reserve(): void {
    this.#kernel.reserve(this.#end);
  }
}
