/**
 * The kernel: loops that a fresh worker would run slowly in JavaScript, as WebAssembly. V8 keeps one copy of
 * its machine code for all threads of a process for as long as one of them holds the module, so that a new
 * worker finds it compiled.
 */
import { CODE } from "./code.ts";

/** What kernel/ exports. Addresses are bytes from the start of the memory. */
export interface KernelCode {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  snappyBegin(output: number, length: number): void;
  snappyDone(): number;
  snappyMoved(count: number, first: number): void;
  snappySkipped(count: number): void;
  snappySkip(at: number, end: number, last: boolean, until: number): number;
  snappyMissed(): number;
  snappyOpen(): number;
  snappyStep(at: number, end: number, last: boolean, until: number): number;
  snappyEncode(input: number, length: number, to: number): number;
  hybridBegin(at: number, end: number, width: number): void;
  hybridNext(output: number, count: number): number;
  firstOutside(values: number, count: number, limit: number): number;
  int64ToNumber(from: number, to: number, count: number): number;
  millisToMillis(from: number, to: number, count: number): void;
  partsToMillis(from: number, to: number, count: number, parts: number): void;
  bounds64(at: number, count: number, bounds: number): void;
  mapCodes(codes: number, count: number, table: number, size: number, to: number): number;
  addRows(ids: number, count: number, rows: number): void;
  areBelow(ids: number, count: number, groups: number): number;
  addValues(values: number, ids: number, count: number, states: number): void;
  SUMS: WebAssembly.Global;
  openSums(): void;
  addToSums(values: number, ids: number, count: number, states: number, groups: number): void;
  closeSums(states: number, groups: number): void;
  sum64(at: number, count: number, state: number): number;
  sum32(at: number, count: number, state: number): void;
  extent64(at: number, count: number, state: number): void;
  squares64(at: number, count: number, mean: number, state: number): void;
  matchNumbers(
    ...of: [
      columns: number,
      ...[a: number, n: number, b: number, m: number],
      ...[stride: number, sides: number, used: number],
    ]
  ): number;
  countSides(sides: number, count: number, used: number): void;
  arePlaces(values: number, count: number, first: number): number;
  mergeKeys: MergeLoop;
  mergeAdd: MergeLoop;
  mergeMin: MergeLoop;
  mergeMax: MergeLoop;
  mergeFirst: MergeLoop;
  mergeLast: MergeLoop;
  mergeLost: MergeLoop;
  mergeSquares: MergeLoop;
  widenRange(values: number, count: number, range: number): number;
  codeByPlace: PlaceLoop;
  codeIntsByPlace: PlaceLoop;
  codesInOrder(table: number, places: number, to: number): void;
  pairsInOrder(
    ...of: [
      ...[table: number, width: number, first: number, n: number, second: number, m: number],
      ...[codes: number, firsts: number, seconds: number],
    ]
  ): number;
  pairCodes(first: number, second: number, count: number, width: number, to: number): void;
  encodeHashed(
    ...of: [
      ...[values: number, count: number, slots: number, mask: number, known: number],
      ...[size: number, most: number, to: number, used: number],
    ]
  ): number;
  rehash(slots: number, mask: number, known: number, size: number): void;
  sortPairs(pairs: number, other: number, count: number, counts: number): number;
  pairsOf(known: number, count: number, to: number): void;
  codesOfPairs(pairs: number, count: number, to: number): void;
  bitsOfNumbers(at: number, count: number): void;
  numbersOfBits(at: number, count: number): void;
  wholesToDoubles(from: number, count: number, signed: number, to: number): number;
  openRecords(
    ...of: [records: number, from: number, to: number, stride: number, empty: number]
  ): void;
  addToRecords(
    ...of: [values: number, ids: number, count: number, records: number, stride: number]
  ): void;
  addDeviations: RecordLoop;
  addLeast: RecordLoop;
  addMost: RecordLoop;
  addFirst: RecordLoop;
  addLast: RecordLoop;
  takeRecords(
    ...of: [
      ...[records: number, stride: number, order: number],
      ...[count: number, to: number, apart: number],
    ]
  ): void;
  openTexts(
    ...of: [
      ...[slots: number, bits: number, keys: number, count: number],
      ...[arena: number, bytes: number, same: number],
    ]
  ): void;
  partsOfTexts(
    ...of: [
      ...[bytes: number, starts: number, ends: number, count: number],
      ...[bits: number, parts: number],
    ]
  ): void;
  partsOfNumbers(values: number, count: number, bits: number, parts: number): void;
  partsByRange(
    values: number,
    count: number,
    low: number,
    scale: number,
    last: number,
    parts: number,
  ): void;
  countParts(parts: number, count: number, counts: number): void;
  countBytes(starts: number, ends: number, parts: number, count: number, counts: number): void;
  placeDoubles(values: number, parts: number, count: number, places: number, to: number): void;
  placeTexts(
    ...of: [
      ...[bytes: number, starts: number, ends: number, parts: number, count: number],
      ...[places: number, bytePlaces: number],
      ...[toStarts: number, toEnds: number, toBytes: number],
    ]
  ): void;
  areTexts(bytes: number, starts: number, ends: number, count: number): number;
  textsThere(): number;
  textBytes(): number;
  codeTexts(
    ...of: [
      ...[bytes: number, starts: number, ends: number, count: number],
      ...[none: number, to: number, hashes: number],
    ]
  ): void;
  codeFewIndexes(indexes: number, end: number, codes: number): void;
  codeIndexes(
    ...of: [
      ...[indexes: number, count: number, table: number, bytes: number],
      ...[starts: number, ends: number, none: number, to: number],
    ]
  ): void;
  addNone(): number;
  rehashTexts(none: number): void;
  orderSlots(end: number, to: number): number;
  codesOfSlots(ordered: number, count: number, to: number): void;
  commonBytes(pairs: number, count: number, depth: number): number;
  openTable(ends: number, bytes: number, length: number, count: number, pairs: number): void;
  writeTable(order: number, count: number, ends: number, bytes: number): void;
  wordsOfTexts(pairs: number, count: number, depth: number): void;
  equalWords(pairs: number, from: number, count: number, found: number): number;
  orderFew(pairs: number, count: number): void;
  writeKeys(
    ...of: [order: number, count: number, hashes: number, ends: number, bytes: number]
  ): void;
  areUtf8(from: number): number;
  matchTexts(tables: number, sides: number, used: number): number;
  placeMerged(
    ...of: [
      ...[sides: number, count: number, tables: number],
      ...[ends: number, from: number, to: number],
    ]
  ): void;
  movingSums(work: number, found: number, count: number, before: number, window: number): void;
}

/** Merges a column of two tables; arrays that belong to it lie `stride` bytes behind it, and so on. */
export type MergeLoop = (
  ...of: [sides: number, count: number, x: number, y: number, to: number, stride: number]
) => void;

/** Gives numbers that have a place in a table codes. */
export type PlaceLoop = (
  ...of: [
    ...[values: number, count: number, low: number, none: number],
    ...[table: number, known: number, size: number, to: number, used: number],
  ]
) => number;

/** Adds rows to a field of groups' records. */
export type RecordLoop = (
  ...of: [values: number, ids: number, count: number, records: number, stride: number, at: number]
) => void;

const PAGE = 1 << 16;

/** Where the memory is free: what lies before is the kernel's own. */
export const FREE = 1 << 16;

/** From where on arrays lie in a kernel's memory; from {@linkcode FREE} to there, loops over them have room. */
export const ARRAY = FREE + (1 << 17);

/** Kernels by their memory. */
const kernels = new WeakMap<ArrayBufferLike, Kernel>();

/** Whether this is the memory of a kernel in which arrays lie. */
export function isOfKernel(buffer: ArrayBufferLike): boolean {
  return kernels.has(buffer);
}

/** The kernel in whose memory an array lies; `null` where it lies elsewhere. */
export function kernelOf({ buffer, byteOffset }: ArrayBufferView): Kernel | null {
  return byteOffset >= ARRAY ? kernels.get(buffer) ?? null : null;
}

/** The compiled kernel. Whoever holds it keeps its machine code for other threads. */
export const kernelModule: WebAssembly.Module = new WebAssembly.Module(Uint8Array.fromBase64(CODE));

/** One instance of the kernel, with a memory of its own; it is made when it is first used. */
export class Kernel {
  #code: KernelCode | null = null;
  #bytes: Uint8Array<ArrayBuffer> | null = null;

  get code(): KernelCode {
    return this.#code ??= new WebAssembly.Instance(kernelModule).exports as unknown as KernelCode;
  }

  /** One for an array of so many bytes, which is to lie at {@linkcode ARRAY} in its memory. */
  static forArray(bytes: number): Kernel {
    const kernel = new Kernel();
    kernel.reserve(ARRAY + bytes);
    kernel.holdArrays();
    return kernel;
  }

  /** Has loops find it by arrays that lie in its memory from {@linkcode ARRAY} on, until it grows. */
  holdArrays(): void {
    kernels.set(this.bytes.buffer, this);
  }

  /** The memory as it is now; what was got before is no longer valid when it has grown. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes ??= new Uint8Array(this.code.memory.buffer);
  }

  /** Makes the memory reach up to an address. @throws RangeError when there is not so much. */
  reserve(end: number): void {
    const missing = end - this.bytes.length;
    if (missing <= 0) return;
    this.code.memory.grow(Math.ceil(missing / PAGE));
    this.#bytes = new Uint8Array(this.code.memory.buffer);
  }
}

/** Bytes of idle kernels that are kept at most. */
const MOST_IDLE = 64 << 20;
const idle: Kernel[] = [];

/** A kernel for one user; what its memory holds is of no meaning. */
export function takeKernel(): Kernel {
  return idle.pop() ?? new Kernel();
}

/** Gives a kernel back whose memory may be used for something else. */
export function giveKernel(kernel: Kernel): void {
  const held = idle.reduce((sum, { bytes }) => sum + bytes.length, kernel.bytes.length);
  if (held <= MOST_IDLE) idle.push(kernel);
}
