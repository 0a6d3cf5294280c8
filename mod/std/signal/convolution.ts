import { irfft, rfft } from "../fourier/transforms.ts";
import { type Numbers, toFloat64 } from "../numeric/numbers.ts";
import { oneOf } from "../common/options.ts";

/** Which part of a convolution of n and m values is returned. */
export type ConvolutionMode =
  /** All `n + m - 1` values. */
  | "full"
  /** As many as the longer input has, from the middle. */
  | "same"
  /** Those with complete overlap: `|n - m| + 1`. */
  | "valid";

/** `auto` takes the faster one: `fft` for long kernels of finite values. */
export type ConvolutionMethod = "auto" | "direct" | "fft";

const MODE = oneOf<ConvolutionMode>("full", "same", "valid");
const METHOD = oneOf<ConvolutionMethod>("auto", "direct", "fft");

/** Kernels from this length on are quicker by Fourier transforms. */
const LONG_KERNEL = 160;

/**
 * Convolution `y[k] = Σ a[j]·b[k - j]`.
 *
 * With `direct`, each value is the sum of its own products in a fixed order and depends on nothing else. With
 * `fft`, it is correct to about 1e-15 of the largest values, and a NaN or an infinity would affect its neighbours.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { convolve } from "measuring/filters";
 *
 * assertEquals(convolve([1, 2, 3], [0, 1, 0.5]), Float64Array.of(0, 1, 2.5, 4, 1.5));
 * assertEquals(convolve([1, 2, 3], [0, 1, 0.5], "same"), Float64Array.of(1, 2.5, 4));
 * ```
 *
 * @throws RangeError when an input is empty, or the mode or method doesn't exist.
 */
export function convolve(
  a: Numbers,
  b: Numbers,
  mode: ConvolutionMode = "full",
  method: ConvolutionMethod = "auto",
): Float64Array {
  MODE(mode, "mode");
  METHOD(method, "method");
  const [long, short] = a.length >= b.length
    ? [toFloat64(a), toFloat64(b)]
    : [toFloat64(b), toFloat64(a)];
  const n = long.length, m = short.length;
  if (m === 0) throw new RangeError("there is nothing to convolve: one of both is empty");
  const byTransform = method === "fft" ||
    (method === "auto" && m >= LONG_KERNEL && long.every(Number.isFinite) &&
      short.every(Number.isFinite));
  const [first, length] = mode === "full"
    ? [0, n + m - 1]
    : mode === "same"
    ? [Math.floor((m - 1) / 2), n]
    : [m - 1, n - m + 1];
  if (!byTransform) return products(long, short, first, length);
  return transformed(long, short).slice(first, first + length);
}

/**
 * `Σ kernel[j]·values[k - j]` for `length` places from `first` on, always summed from j = 0 up.
 *
 * @param before What stands before the first value.
 * @param behind What stands after the last one.
 */
export function products(
  values: Float64Array,
  kernel: Float64Array,
  first: number,
  length: number,
  before = 0,
  behind = 0,
): Float64Array {
  const n = values.length, m = kernel.length;
  const out = new Float64Array(length);
  const edge = (at: number): number => {
    let sum = 0;
    for (let j = 0; j < m; j++) {
      const place = at - j;
      const value = place < 0 ? before : place < n ? values[place]! : behind;
      // What isn't there spoils nothing, not even beside an infinite factor.
      if (value !== 0 || (place >= 0 && place < n)) sum += kernel[j]! * value;
    }
    return sum;
  };
  let k = 0;
  for (; k < length && first + k < m - 1; k++) out[k] = edge(first + k);
  // Four at a time: their sums don't wait for each other.
  for (; k + 3 < length && first + k + 3 < n; k += 4) {
    const at = first + k;
    let a = 0, b = 0, c = 0, d = 0;
    for (let j = 0; j < m; j++) {
      const factor = kernel[j]!, place = at - j;
      a += factor * values[place]!;
      b += factor * values[place + 1]!;
      c += factor * values[place + 2]!;
      d += factor * values[place + 3]!;
    }
    out[k] = a;
    out[k + 1] = b;
    out[k + 2] = c;
    out[k + 3] = d;
  }
  for (; k < length; k++) out[k] = edge(first + k);
  return out;
}

/** Full convolution, block by block: the results of blocks overlap and add up. */
function transformed(values: Float64Array, kernel: Float64Array): Float64Array {
  const n = values.length, m = kernel.length;
  const full = n + m - 1;
  const size = Math.min(powerFrom(full), Math.max(8192, powerFrom(4 * m)));
  const step = size - m + 1;
  const padded = new Float64Array(size);
  padded.set(kernel);
  const filter = rfft(padded);
  const out = new Float64Array(full);
  for (let from = 0; from < n; from += step) {
    padded.fill(0).set(values.subarray(from, Math.min(n, from + step)));
    const { re, im } = rfft(padded);
    for (let k = 0; k < re.length; k++) {
      const a = re[k]!, b = im[k]!, c = filter.re[k]!, d = filter.im[k]!;
      re[k] = a * c - b * d;
      im[k] = a * d + b * c;
    }
    const block = irfft(re, im, size);
    const length = Math.min(size, full - from);
    for (let k = 0; k < length; k++) out[from + k]! += block[k]!;
  }
  return out;
}

function powerFrom(least: number): number {
  return 2 ** Math.ceil(Math.log2(least));
}
