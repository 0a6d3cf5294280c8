/**
 * Memory of arrays that is used again. Fresh memory costs more than what is done with it: the system maps and
 * clears each page of it, and V8 lets go of it late.
 */
import { keptOf } from "../../common/work_memory.ts";
import { ARRAY, isOfKernel, Kernel } from "#kernel";
import type { ColumnArrayConstructor } from "../format/column_array.ts";

/** Where a column's array comes from. */
export interface Arrays {
  /** An array of any content. */
  take<T extends ColumnArrayConstructor>(ArrayType: T, length: number): InstanceType<T>;
  /**
   * Told of an array's memory that somebody else lends.
   *
   * @param release Is to be called when the array is no longer needed, or is to be kept.
   */
  borrow?(buffer: ArrayBuffer, release: (kept: boolean) => void): void;
}

/** Arrays of fresh memory. */
export const FRESH: Arrays = {
  take: <T extends ColumnArrayConstructor>(ArrayType: T, length: number) =>
    new ArrayType(length) as InstanceType<T>,
};

/** Bytes of idle memory that are kept at most: those of a partition of many columns, and the ends of its steps. */
const MOST_IDLE = 48 << 20;
/** Memory comes in multiples of these, so that pieces of almost the same size share it. */
const STEP = 1 << 16, SMALL_STEP = 1 << 13;
/** Bytes from which on the larger one is little. */
const LARGE = 1 << 19;
/** Arrays at most that lie in the memory of a kernel each, where loops of the library find them. */
const MOST_KERNELS = 16;
/** Values that are looked at in what a call returned; where there are more it may hold anything. */
const MOST_LOOKS = 10_000;

/** Keeps memory that nobody uses. */
export class ArrayPool {
  readonly #idle: ArrayBuffer[] = [];
  #bytes = 0;
  /** Memory of kernels that is idle or lent. */
  readonly #ofKernels = new Set<ArrayBuffer>();

  /** Begins to lend arrays. */
  lend(): BorrowedArrays {
    return new BorrowedArrays(this);
  }

  /** Memory for an array of so many bytes, and where in it. */
  take(bytes: number): { buffer: ArrayBuffer; at: number } {
    const step = bytes < LARGE ? SMALL_STEP : STEP;
    const size = Math.max(1, Math.ceil(bytes / step)) * step;
    const known = this.#takeIdle((buffer) =>
      this.#ofKernels.has(buffer) && buffer.byteLength >= ARRAY + size
    );
    if (known) return { buffer: known, at: ARRAY };
    if (this.#ofKernels.size === MOST_KERNELS) {
      const other = this.#takeIdle((buffer) => this.#ofKernels.has(buffer));
      if (other) this.lose(other);
    }
    if (this.#ofKernels.size < MOST_KERNELS) {
      const { buffer } = Kernel.forArray(size).bytes;
      this.#ofKernels.add(buffer);
      return { buffer, at: ARRAY };
    }
    const plain = this.#takeIdle((buffer) =>
      !this.#ofKernels.has(buffer) && isRoom(buffer.byteLength, size)
    );
    return { buffer: plain ?? new ArrayBuffer(size), at: 0 };
  }

  /** The one that became idle last of those that fit. */
  #takeIdle(fits: (buffer: ArrayBuffer) => boolean): ArrayBuffer | null {
    const index = this.#idle.findLastIndex(fits);
    if (index < 0) return null;
    const [buffer] = this.#idle.splice(index, 1);
    this.#bytes -= buffer!.byteLength;
    return buffer!;
  }

  /** Whether this memory is idle. */
  has(buffer: ArrayBuffer): boolean {
    return this.#idle.includes(buffer);
  }

  give(buffer: ArrayBuffer): void {
    this.#idle.push(buffer);
    this.#bytes += buffer.byteLength;
    while (this.#bytes > keptOf(MOST_IDLE)) {
      const oldest = this.#idle.shift()!;
      this.#bytes -= oldest.byteLength;
      this.lose(oldest);
      free(oldest);
    }
  }

  /** Gives the memory of an array that nobody uses back to the system, which V8 would do when it finds the time. */
  free({ buffer }: ArrayBufferView): void {
    if (buffer instanceof ArrayBuffer && !this.has(buffer)) free(buffer);
  }

  /** Knows no more of memory that somebody else holds. */
  lose(buffer: ArrayBuffer): void {
    this.#ofKernels.delete(buffer);
  }
}

/** Whether memory is enough, and not much more. */
function isRoom(bytes: number, size: number): boolean {
  return bytes >= size && bytes <= 1.25 * size;
}

/** Arrays that one call of a formula is given. */
export class BorrowedArrays implements Arrays {
  readonly #stock: ArrayPool;
  /** What is to be told of each array's memory in the end: whether it is kept. */
  readonly #borrowed = new Map<ArrayBuffer, (kept: boolean) => void>();

  constructor(stock: ArrayPool) {
    this.#stock = stock;
  }

  take<T extends ColumnArrayConstructor>(ArrayType: T, length: number): InstanceType<T> {
    const stock = this.#stock;
    const { buffer, at } = stock.take(length * ArrayType.BYTES_PER_ELEMENT);
    this.#borrowed.set(buffer, (kept) => kept ? stock.lose(buffer) : stock.give(buffer));
    return new ArrayType(buffer, at, length) as InstanceType<T>;
  }

  borrow(buffer: ArrayBuffer, release: (kept: boolean) => void): void {
    this.#borrowed.set(buffer, release);
  }

  /**
   * Takes everything back but what the call's result holds.
   *
   * @param result What is still used; `null` for nothing.
   */
  end(result: unknown): void {
    const free = new Set(this.#borrowed.keys());
    if (free.size && !drop(result, free)) free.clear();
    for (const [buffer, release] of this.#borrowed) release(!free.has(buffer));
    this.#borrowed.clear();
  }
}

/** What a kernel has goes with the kernel. */
function free(buffer: ArrayBuffer): void {
  if (!buffer.detached && !isOfKernel(buffer)) buffer.transfer(0);
}

/** Takes from a set what a value holds of it; false where the value can't be looked through. */
function drop(value: unknown, buffers: Set<ArrayBuffer>): boolean {
  const waiting = [value];
  for (let looks = 0; waiting.length; looks++) {
    const next = waiting.pop();
    if (typeof next === "function") return false;
    if (typeof next !== "object" || next === null) continue;
    if (looks > MOST_LOOKS) return false;
    if (ArrayBuffer.isView(next)) buffers.delete(next.buffer as ArrayBuffer);
    else if (next instanceof ArrayBuffer) buffers.delete(next);
    else if (next instanceof Map) waiting.push(...next.keys(), ...next.values());
    else if (next instanceof Set) waiting.push(...next);
    else if (next instanceof Date) continue;
    else if (!pushMembers(next, waiting)) return false;
    if (waiting.length > MOST_LOOKS) return false;
  }
  return true;
}

function pushMembers(value: object, to: unknown[]): boolean {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) {
    if ((value as unknown[]).length > MOST_LOOKS) return false;
  } else if (prototype !== Object.prototype && prototype !== null) return false;
  for (const name of Reflect.ownKeys(value)) {
    const member = Reflect.getOwnPropertyDescriptor(value, name)!;
    if (!("value" in member)) return false;
    to.push(member.value);
  }
  return true;
}
