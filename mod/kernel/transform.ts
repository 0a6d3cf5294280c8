/**
 * Fourier transforms in WebAssembly, in memory that threads can share: a thread offers a long one, and others
 * of the same job take shares of it when they have time. Nobody is waited for who has taken none.
 */
import { CODE } from "./transform_code.ts";
import { FREE } from "./kernel.ts";

/** Bins `first` to below `until` of a real transform, and the tables of its roots of unity. */
type RealBins = [
  z: number,
  half: number,
  first: number,
  until: number,
  coarse: number,
  fine: number,
  bits: number,
];

/** What kernel/transform.ts exports. Addresses are bytes from the start of the memory. */
export interface TransformCode {
  interleave(re: number, im: number, to: number, count: number): void;
  separate(from: number, re: number, im: number, count: number): void;
  twiddles(to: number, count: number, coarse: number, fine: number, bits: number): void;
  passes(factors: number, n: number, side: number, a: number, b: number, w: number): number;
  realBins(...args: [...RealBins, re: number, im: number]): void;
  realLengths(...args: [...RealBins, to: number, count: number]): void;
  describe(
    rows: number,
    columns: number,
    rowFactors: number,
    columnFactors: number,
    ofRows: number,
    ofColumns: number,
    a: number,
    b: number,
    coarse: number,
    fine: number,
    bits: number,
    scratch: number,
  ): void;
  describeBins(coarse: number, fine: number, bits: number, re: number, im: number): void;
  describeLengths(coarse: number, fine: number, bits: number, to: number): void;
  open(): void;
  scratchBytes(rows: number, columns: number): number;
  work(thread: number): number;
  help(thread: number): number;
  helped(): number;
  finish(): void;
}

const PAGE = 1 << 16;
const MOST_PAGES = 1 << 16;

/** The compiled code. Whoever holds it keeps its machine code for other threads. */
export const transformModule: WebAssembly.Module = new WebAssembly.Module(
  Uint8Array.fromBase64(CODE),
);

function codeIn(memory: WebAssembly.Memory): TransformCode {
  const instance = new WebAssembly.Instance(transformModule, { env: { memory } });
  return instance.exports as unknown as TransformCode;
}

/** The code with a memory, handed out from front to back. */
export class TransformKernel {
  readonly code: TransformCode;
  readonly #memory: WebAssembly.Memory;
  #end = FREE;
  /** How many threads were called, and by whom the last were. */
  #called = 0;
  #helpers: Helpers | null = null;

  constructor() {
    this.#memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
    this.code = codeIn(this.#memory);
  }

  /** Bytes that it has. */
  get size(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Room for so many bytes, at a multiple of 16. @throws RangeError when there are not so many. */
  take(bytes: number): number {
    const at = this.#end;
    const end = at + Math.ceil(bytes / 16) * 16;
    const missing = end - this.size;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    this.#end = end;
    return at;
  }

  /**
   * Takes all room back that was handed out.
   *
   * @returns Whether it may be used again: a thread that was called for another job, which may have ended it,
   * and has not come yet must not take shares of this one.
   */
  clear(): boolean {
    this.#end = FREE;
    return this.#helpers === helpers || this.code.helped() === this.#called;
  }

  /** Doubles at an address. */
  numbers(at: number, count: number): Float64Array<SharedArrayBuffer> {
    return new Float64Array(this.#memory.buffer as unknown as SharedArrayBuffer, at, count);
  }

  /** Puts bytes into room of their own. */
  put(bytes: ArrayLike<number>): number {
    const at = this.take(bytes.length);
    new Uint8Array(this.#memory.buffer, at, bytes.length).set(bytes);
    return at;
  }

  /**
   * Does what is described.
   *
   * @param shared Whether others are called to take shares of it, where there are some.
   */
  run(shared: boolean): void {
    this.code.open();
    if (shared && helpers) {
      this.#helpers = helpers;
      this.#called += helpers.count;
      helpers.call(this.#memory);
    }
    this.code.work(0);
    this.code.finish();
  }
}

/** Other threads that may take shares of a transform. */
export interface Helpers {
  /** How many they are at most. */
  count: number;
  /** Has each of them call {@linkcode help}, with a number from 1 to `count`, some time. */
  call(memory: WebAssembly.Memory): void;
}

let helpers: Helpers | null = null;

/** Says who helps this thread from now on; `null` for nobody. */
export function setHelpers(others: Helpers | null): void {
  helpers = others;
}

/** How many threads may take shares of what this one describes, itself included. */
export function threads(): number {
  return 1 + (helpers?.count ?? 0);
}

/** Takes shares of the transform that is described in a memory, if there are any. Returns how many. */
export function help(memory: WebAssembly.Memory, thread: number): number {
  return codeIn(memory).help(thread);
}
