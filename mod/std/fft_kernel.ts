/** Fourier transforms of lengths without large factors, in the kernel. */
import { FREE, Kernel } from "../kernel/kernel.ts";
import type { Complex } from "./complex.ts";

/** Bytes of the kernel's memory that are kept between two transforms. */
const KEPT = 64 << 20;

const PAIR = 16;

/** What is looked up to put together `exp(-2πik/n)`: powers of few and of many steps. */
interface Tables {
  coarse: number;
  fine: number;
  bits: number;
}

/** Memory of a kernel, handed out from front to back. */
class Room {
  readonly kernel: Kernel;
  #end = FREE;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  take(bytes: number): number {
    const at = this.#end;
    this.#end = at + Math.ceil(bytes / PAIR) * PAIR;
    this.kernel.reserve(this.#end);
    return at;
  }

  numbers(at: number, count: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.kernel.bytes.buffer, at, count);
  }
}

let kept: Kernel | null = null;

function within<T>(step: (room: Room) => T): T {
  const kernel = kept ?? new Kernel();
  kept = null; // not to be trusted after an error
  const result = step(new Room(kernel));
  if (kernel.bytes.length <= KEPT) kept = kernel;
  return result;
}

/** The transform of `(re, im)` in new arrays, by passes of radices 2, 3, 4 and 5. */
export function transform(re: Float64Array, im: Float64Array, factors: number[]): Complex {
  const n = re.length;
  return within((room) => {
    const x = room.take(8 * n), y = room.take(8 * n);
    const a = room.take(PAIR * n), b = room.take(PAIR * n), w = room.take(PAIR * n);
    const tables = tablesOf(room, n);
    const { code } = room.kernel;
    room.numbers(x, n).set(re);
    room.numbers(y, n).set(im);
    code.interleave(x, y, a, n);
    code.twiddles(w, n, tables.coarse, tables.fine, tables.bits);
    code.separate(runPasses(room, factors, n, a, b, w), x, y, n);
    return { re: room.numbers(x, n).slice(), im: room.numbers(y, n).slice() };
  });
}

/**
 * Bins 0 to n/2 of an even number of real values: as half as many complex ones, taken apart after.
 *
 * @param factors Of n/2.
 */
export function realTransform(values: ArrayLike<number>, factors: number[]): Complex {
  const n = values.length, half = n / 2, bins = half + 1;
  return within((room) => {
    const a = room.take(PAIR * half), b = room.take(PAIR * bins), w = room.take(PAIR * bins);
    const inner = tablesOf(room, half), outer = tablesOf(room, n);
    const { code } = room.kernel;
    room.numbers(a, n).set(values);
    code.twiddles(w, half, inner.coarse, inner.fine, inner.bits);
    const z = runPasses(room, factors, half, a, b, w);
    // The powers are not wanted any more, and give room for the real parts.
    const im = room.take(8 * bins);
    code.realBins(z, half, outer.coarse, outer.fine, outer.bits, w, im);
    return { re: room.numbers(w, bins).slice(), im: room.numbers(im, bins).slice() };
  });
}

/** Where the result is: `a` or `b`. */
function runPasses(
  { kernel: { code } }: Room,
  factors: number[],
  n: number,
  a: number,
  b: number,
  w: number,
): number {
  let from = a, to = b, length = n, stride = 1;
  for (const radix of factors) {
    const groups = length / radix;
    code.fftPass(radix, from, to, w, groups, stride);
    [from, to] = [to, from];
    length = groups;
    stride *= radix;
  }
  return from;
}

function tablesOf(room: Room, n: number): Tables {
  const bits = Math.ceil(Math.log2(n + 1) / 2);
  const few = 2 ** bits, many = Math.floor(n / few) + 1;
  const fine = room.take(PAIR * few), coarse = room.take(PAIR * many);
  fill(room.numbers(fine, 2 * few), n, 1);
  fill(room.numbers(coarse, 2 * many), n, few);
  return { coarse, fine, bits };
}

/** `exp(-2πi·k·step/n)` as pairs. */
function fill(pairs: Float64Array, n: number, step: number): void {
  for (let k = 0; 2 * k < pairs.length; k++) {
    const angle = (2 * Math.PI * (k * step)) / n;
    pairs[2 * k] = Math.cos(angle);
    pairs[2 * k + 1] = -Math.sin(angle);
  }
}
