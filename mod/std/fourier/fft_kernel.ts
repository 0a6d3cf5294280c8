/** Fourier transforms of lengths without large factors, in WebAssembly. */
import { threads, TransformKernel } from "#transform";
import type { Complex } from "./complex.ts";

/** Bytes of memory that are kept between two transforms. */
const KEPT = 80 << 20;

const PAIR = 16;
/** Pairs from which on a transform is made in two steps. */
const LONG = 1 << 15;
/** Pairs from which on other threads are called to help. */
const SHARED = 1 << 17;

/** What is looked up to put together `exp(-2πik/n)`: powers of few and of many steps. */
interface Tables {
  coarse: number;
  fine: number;
  bits: number;
}

let kept: TransformKernel | null = null;

function within<T>(step: (kernel: TransformKernel) => T): T {
  const kernel = kept?.clear() ? kept : new TransformKernel();
  kept = null; // not to be trusted after an error
  const result = step(kernel);
  if (kernel.size <= KEPT) kept = kernel;
  return result;
}

/** The transform of `(re, im)` in new arrays, by passes of radices 2, 3, 4 and 5. */
export function transform(re: Float64Array, im: Float64Array, factors: number[]): Complex {
  const n = re.length;
  return within((kernel) => {
    const x = kernel.take(8 * n), y = kernel.take(8 * n);
    const a = kernel.take(PAIR * n), b = kernel.take(PAIR * n);
    kernel.numbers(x, n).set(re);
    kernel.numbers(y, n).set(im);
    kernel.code.interleave(x, y, a, n);
    let z = a;
    if (n < LONG) z = short(kernel, factors, a, b);
    else {
      describe(kernel, factors, a, b);
      kernel.run(n >= SHARED);
    }
    kernel.code.separate(z, x, y, n);
    return { re: kernel.numbers(x, n).slice(), im: kernel.numbers(y, n).slice() };
  });
}

/**
 * Bins 0 to n/2 of an even number of real values: as half as many complex ones, taken apart after.
 *
 * @param factors Of n/2.
 */
export function realTransform(values: ArrayLike<number>, factors: number[]): Complex {
  const bins = values.length / 2 + 1;
  return ofHalves(values, factors, (kernel, { z, half, free, tables: { coarse, fine, bits } }) => {
    const re = free, im = free + 8 * bins;
    if (z === null) {
      kernel.code.describeBins(coarse, fine, bits, re, im);
      kernel.run(half >= SHARED);
    } else kernel.code.realBins(z, half, 0, bins, coarse, fine, bits, re, im);
    return { re: kernel.numbers(re, bins).slice(), im: kernel.numbers(im, bins).slice() };
  });
}

/** Absolute values of what {@linkcode realTransform} gives, times 2 by the number of values. */
export function realLengths(values: ArrayLike<number>, factors: number[]): Float64Array {
  const n = values.length, bins = n / 2 + 1;
  return ofHalves(values, factors, (kernel, { z, half, free, tables: { coarse, fine, bits } }) => {
    if (z === null) {
      kernel.code.describeLengths(coarse, fine, bits, free);
      kernel.run(half >= SHARED);
    } else kernel.code.realLengths(z, half, 0, bins, coarse, fine, bits, free, n);
    return kernel.numbers(free, bins).slice();
  });
}

interface Halves {
  /** The transform of the values as pairs; `null` where it is described and not yet run. */
  z: number | null;
  /** How many pairs these are. */
  half: number;
  /** Room for one more pair than that. */
  free: number;
  tables: Tables;
}

function ofHalves<T>(
  values: ArrayLike<number>,
  factors: number[],
  finish: (kernel: TransformKernel, halves: Halves) => T,
): T {
  const n = values.length, half = n / 2;
  return within((kernel) => {
    const a = kernel.take(PAIR * (half + 1)), b = kernel.take(PAIR * (half + 1));
    const tables = tablesOf(kernel, n);
    kernel.numbers(a, n).set(values);
    if (half >= LONG) {
      describe(kernel, factors, a, b);
      return finish(kernel, { z: null, half, free: b, tables });
    }
    const z = short(kernel, factors, a, b);
    return finish(kernel, { z, half, free: z === a ? b : a, tables });
  });
}

/** Transforms pairs at `a`. Where the result is: `a` or `b`. */
function short(kernel: TransformKernel, factors: number[], a: number, b: number): number {
  const n = product(factors);
  return kernel.code.passes(listOf(kernel, factors), n, 1, a, b, powersOf(kernel, n));
}

/**
 * Describes a transform whose passes would each go through more memory than a cache holds, as transforms of the
 * columns and then of the rows of a matrix; the result will be at `a`.
 */
function describe(kernel: TransformKernel, factors: number[], a: number, b: number): void {
  const taken = factorsUpToRoot(factors, product(factors));
  const rowFactors = taken.map((index) => factors[index]!);
  const columnFactors = factors.filter((_, index) => !taken.includes(index));
  const rows = product(rowFactors), columns = product(columnFactors);
  const { coarse, fine, bits } = tablesOf(kernel, rows * columns);
  kernel.code.describe(
    rows,
    columns,
    listOf(kernel, rowFactors),
    listOf(kernel, columnFactors),
    powersOf(kernel, rows),
    powersOf(kernel, columns),
    a,
    b,
    coarse,
    fine,
    bits,
    kernel.take(threads() * kernel.code.scratchBytes(rows, columns)),
  );
}

/** Factors as the code wants them. */
function listOf(kernel: TransformKernel, factors: number[]): number {
  return kernel.put([...factors, 0]);
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

function product(factors: number[]): number {
  return factors.reduce((all, factor) => all * factor, 1);
}

/** `exp(-2πik/n)` for `k < n`. */
function powersOf(kernel: TransformKernel, n: number): number {
  const w = kernel.take(PAIR * n);
  const { coarse, fine, bits } = tablesOf(kernel, n);
  kernel.code.twiddles(w, n, coarse, fine, bits);
  return w;
}

function tablesOf(kernel: TransformKernel, n: number): Tables {
  const bits = Math.ceil(Math.log2(n + 1) / 2);
  const few = 2 ** bits, many = Math.floor(n / few) + 1;
  const fine = kernel.take(PAIR * few), coarse = kernel.take(PAIR * many);
  fill(kernel.numbers(fine, 2 * few), n, 1);
  fill(kernel.numbers(coarse, 2 * many), n, few);
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
