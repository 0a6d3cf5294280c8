/**
 * Memory of arrays that is used again. Fresh memory costs more than what is done with it: the system maps and
 * clears each page of it, and V8 lets go of it late.
 */
import type { ColumnArrayConstructor } from "./schema.ts";

/** Where a column's array comes from. */
export interface Arrays {
  /** An array of any content. */
  take<T extends ColumnArrayConstructor>(ArrayType: T, length: number): InstanceType<T>;
}

/** Arrays of fresh memory. */
export const FRESH: Arrays = {
  take: <T extends ColumnArrayConstructor>(ArrayType: T, length: number) =>
    new ArrayType(length) as InstanceType<T>,
};

/** Bytes of idle memory that are kept at most. */
const MOST_IDLE = 32 << 20;
/** Memory comes in multiples of this, so that pieces of almost the same size share it. */
const STEP = 1 << 14;
/** Values that are looked at in what a call returned; where there are more it may hold anything. */
const MOST_LOOKS = 10_000;

/** Keeps memory that nobody uses. */
export class ArrayStock {
  readonly #idle: ArrayBuffer[] = [];
  #bytes = 0;

  /** Begins a loan. */
  lend(): Loan {
    return new Loan(this);
  }

  take(bytes: number): ArrayBuffer {
    const size = Math.ceil(bytes / STEP) * STEP;
    const at = this.#idle.findLastIndex(({ byteLength }) => byteLength === size);
    if (at < 0) return new ArrayBuffer(size);
    this.#bytes -= size;
    return this.#idle.splice(at, 1)[0]!;
  }

  /** Whether this memory is idle. */
  has(buffer: ArrayBuffer): boolean {
    return this.#idle.includes(buffer);
  }

  give(buffer: ArrayBuffer): void {
    this.#idle.push(buffer);
    this.#bytes += buffer.byteLength;
    while (this.#bytes > MOST_IDLE) this.#bytes -= free(this.#idle.shift()!);
  }
}

/** Arrays that one call of a formula is given. */
export class Loan implements Arrays {
  readonly #stock: ArrayStock;
  readonly #lent = new Set<ArrayBuffer>();

  constructor(stock: ArrayStock) {
    this.#stock = stock;
  }

  take<T extends ColumnArrayConstructor>(ArrayType: T, length: number): InstanceType<T> {
    const buffer = this.#stock.take(length * ArrayType.BYTES_PER_ELEMENT);
    this.#lent.add(buffer);
    return new ArrayType(buffer, 0, length) as InstanceType<T>;
  }

  /**
   * Takes everything back but what the call's result holds.
   *
   * @param result What is still used; `null` for nothing.
   */
  end(result: unknown): void {
    if (this.#lent.size && drop(result, this.#lent)) {
      for (const buffer of this.#lent) this.#stock.give(buffer);
    }
    this.#lent.clear();
  }

  /** Gives an array's memory back to the system, which V8 would do when it finds the time. */
  free({ buffer }: ArrayBufferView): void {
    if (buffer instanceof ArrayBuffer && !this.#stock.has(buffer)) free(buffer);
  }
}

function free(buffer: ArrayBuffer): number {
  const { byteLength } = buffer;
  if (!buffer.detached) buffer.transfer(0);
  return byteLength;
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
