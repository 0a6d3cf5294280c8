/** Fourier transforms of lengths without large factors, in the kernel. */
import { FREE, Kernel } from "#kernel";
import type { Complex } from "./complex.ts";

/** Bytes of the kernel's memory that are kept between two transforms. */
const KEPT = 80 << 20;

const PAIR = 16;
/** Pairs from which on a transform is made in two steps. */
const LONG = 1 << 15;
/** Transforms that are computed side by side. */
const SIDE = 8;

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
    const a = room.take(PAIR * n), b = room.take(PAIR * n);
    room.numbers(x, n).set(re);
    room.numbers(y, n).set(im);
    room.kernel.code.interleave(x, y, a, n);
    const z = forward(room, factors, n, a, b);
    room.kernel.code.separate(z, x, y, n);
    return { re: room.numbers(x, n).slice(), im: room.numbers(y, n).slice() };
  });
}

/**
 * Bins 0 to n/2 of an even number of real values: as half as many complex ones, taken apart after.
 *
 * @param factors Of n/2.
 */
export function realTransform(values: ArrayLike<number>, factors: number[]): Complex {
  return ofHalves(values, factors, (room, { z, half, free, tables: { coarse, fine, bits } }) => {
    const bins = half + 1, re = free, im = free + 8 * bins;
    room.kernel.code.realBins(z, half, coarse, fine, bits, re, im);
    return { re: room.numbers(re, bins).slice(), im: room.numbers(im, bins).slice() };
  });
}

/** Absolute values of what {@linkcode realTransform} gives. */
export function realLengths(values: ArrayLike<number>, factors: number[]): Float64Array {
  return ofHalves(values, factors, (room, { z, half, free, tables: { coarse, fine, bits } }) => {
    room.kernel.code.realLengths(z, half, coarse, fine, bits, free);
    return room.numbers(free, half + 1).slice();
  });
}

interface Halves {
  /** The transform of the values as pairs, and how many these are. */
  z: number;
  half: number;
  /** Room for one more pair than that. */
  free: number;
  tables: Tables;
}

function ofHalves<T>(
  values: ArrayLike<number>,
  factors: number[],
  finish: (room: Room, halves: Halves) => T,
): T {
  const n = values.length, half = n / 2;
  return within((room) => {
    const a = room.take(PAIR * (half + 1)), b = room.take(PAIR * (half + 1));
    room.numbers(a, n).set(values);
    const z = forward(room, factors, half, a, b);
    return finish(room, { z, half, free: z === a ? b : a, tables: tablesOf(room, n) });
  });
}

/** Transforms `n` pairs at `a`. Where the result is: `a` or `b`. */
function forward(room: Room, factors: number[], n: number, a: number, b: number): number {
  if (n < LONG) return runPasses(room, factors, n, 1, a, b, powersOf(room, n));
  const rows = factorsUpToRoot(factors, n);
  const columns = factors.filter((_, index) => !rows.includes(index));
  return inTwoSteps(room, rows.map((index) => factors[index]!), columns, a, b);
}

/** Indexes of factors whose product is near the root of the whole product. */
function factorsUpToRoot(factors: number[], n: number): number[] {
  const taken: number[] = [];
  let product = 1;
  factors.forEach((factor, index) => {
    if (product * factor * product * factor > 2 * n) return;
    product *= factor;
    taken.push(index);
  });
  return taken;
}

/**
 * A transform whose passes would each go through more memory than a cache holds, as transforms of the
 * columns and then of the rows of a matrix; the result is at `a`.
 */
function inTwoSteps(
  room: Room,
  rowFactors: number[],
  columnFactors: number[],
  a: number,
  b: number,
): number {
  const rows = product(rowFactors), columns = product(columnFactors);
  const tables = tablesOf(room, rows * columns);
  const { coarse, fine, bits } = tables;
  const ofRows = powersOf(room, rows), ofColumns = powersOf(room, columns);
  const most = PAIR * SIDE * Math.max(rows, columns);
  const from = room.take(most), to = room.take(most);
  const { code } = room.kernel;
  for (let column = 0; column < columns; column += SIDE) {
    const side = Math.min(SIDE, columns - column);
    code.takeColumns(a, rows, columns, column, side, from);
    const z = runPasses(room, rowFactors, rows, side, from, to, ofRows);
    code.putColumns(z, rows, columns, column, side, b, coarse, fine, bits);
  }
  for (let row = 0; row < rows; row += SIDE) {
    const side = Math.min(SIDE, rows - row);
    code.takeRows(b, columns, row, side, from);
    const z = runPasses(room, columnFactors, columns, side, from, to, ofColumns);
    code.putRows(z, rows, columns, row, side, a);
  }
  return a;
}

function product(factors: number[]): number {
  return factors.reduce((all, factor) => all * factor, 1);
}

/** Transforms `side` sequences of `n` pairs that lie side by side. Where the result is: `a` or `b`. */
function runPasses(
  { kernel: { code } }: Room,
  factors: number[],
  n: number,
  side: number,
  a: number,
  b: number,
  w: number,
): number {
  let from = a, to = b, length = n, stride = 1;
  for (const radix of factors) {
    const groups = length / radix;
    code.fftPass(radix, from, to, w, groups, stride * side, PAIR * stride);
    [from, to] = [to, from];
    length = groups;
    stride *= radix;
  }
  return from;
}

/** `exp(-2πik/n)` for `k < n`. */
function powersOf(room: Room, n: number): number {
  const w = room.take(PAIR * n);
  const { coarse, fine, bits } = tablesOf(room, n);
  room.kernel.code.twiddles(w, n, coarse, fine, bits);
  return w;
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
