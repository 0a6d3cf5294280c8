import type { Complex } from "./complex.ts";
import { transform } from "./fft_kernel.ts";

export type { Complex };

/** Prime factors above this make a length go through Bluestein's algorithm. */
const LARGEST_FACTOR = 31;
/** Plans kept, so that a repeated length costs no tables. */
const KEPT_PLANS = 4;

const plans = new Map<number, Plan>();

/** A forward transform of one length: its tables, and how it is computed. */
export interface Plan {
  /** The transform of `(re, im)`, which stay as they are, in new arrays. */
  forward(re: Float64Array, im: Float64Array): Complex;
}

/** The plan for a length of at least 1, made once and kept while it is among the last used. */
export function planOf(n: number): Plan {
  let plan = plans.get(n);
  plans.delete(n);
  plan ??= makePlan(n);
  plans.set(n, plan);
  if (plans.size > KEPT_PLANS) plans.delete(plans.keys().next().value!);
  return plan;
}

function makePlan(n: number): Plan {
  const forKernel = kernelFactors(n);
  if (forKernel) return { forward: (re, im) => transform(re, im, forKernel) };
  const factors = factorsOf(n);
  return factors.some((factor) => factor > LARGEST_FACTOR)
    ? new BluesteinPlan(n)
    : new MixedRadixPlan(n, factors);
}

/** Largest factor that the kernel has a pass for. */
const KERNEL_FACTOR = 5;

/** Factors of a length that the kernel transforms, else null. */
export function kernelFactors(n: number): number[] | null {
  const factors = factorsOf(n);
  return n > 1 && factors.at(-1)! <= KERNEL_FACTOR ? factors : null;
}

/** Factors of `n`: fours first, then primes in rising order. */
function factorsOf(n: number): number[] {
  const factors: number[] = [];
  let rest = n;
  while (rest % 4 === 0) {
    factors.push(4);
    rest /= 4;
  }
  for (let factor = 2; factor * factor <= rest; factor++) {
    while (rest % factor === 0) {
      factors.push(factor);
      rest /= factor;
    }
  }
  if (rest > 1) factors.push(rest);
  return factors;
}

/** `exp(-2πik/n)` for `k < n`, each from its own angle; a quarter of the circle gives the others. */
function twiddlesOf(n: number): Complex {
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  const own = n % 4 === 0 ? n / 4 : n;
  for (let k = 0; k < own; k++) {
    const angle = (2 * Math.PI * k) / n;
    re[k] = Math.cos(angle);
    im[k] = -Math.sin(angle);
  }
  for (let k = own; k < n; k++) {
    re[k] = im[k - own]!;
    im[k] = -re[k - own]!;
  }
  return { re, im };
}

/**
 * Decimation in frequency with Stockham's autosort, radices 4, 2, 3, 5 and small primes: no bit
 * reversal, unit stride in all but the first passes.
 *
 * Sources: Cooley, Tukey, "An algorithm for the machine calculation of complex Fourier series"
 * (1965); Cochran et al., "What is the fast Fourier transform?" (1967), for Stockham's ordering.
 */
class MixedRadixPlan implements Plan {
  readonly #twiddles: Complex;
  readonly #n: number;
  readonly #factors: number[];

  constructor(n: number, factors: number[]) {
    this.#n = n;
    this.#factors = factors;
    this.#twiddles = twiddlesOf(n);
  }

  forward(re: Float64Array, im: Float64Array): Complex {
    let from: Complex = { re: Float64Array.from(re), im: Float64Array.from(im) };
    let to: Complex = { re: new Float64Array(this.#n), im: new Float64Array(this.#n) };
    let length = this.#n;
    let stride = 1;
    for (const radix of this.#factors) {
      const groups = length / radix;
      if (radix === 4) pass4(from, to, this.#twiddles, groups, stride);
      else if (radix === 2) pass2(from, to, this.#twiddles, groups, stride);
      else passAny(from, to, this.#twiddles, radix, groups, stride);
      [from, to] = [to, from];
      length = groups;
      stride *= radix;
    }
    return from;
  }
}

function pass2(from: Complex, to: Complex, w: Complex, groups: number, stride: number): void {
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  const half = groups * stride;
  for (let p = 0; p < groups; p++) {
    const wr = w.re[p * stride]!, wi = w.im[p * stride]!;
    const source = p * stride, target = 2 * source;
    for (let q = 0; q < stride; q++) {
      const ar = xr[source + q]!, ai = xi[source + q]!;
      const br = xr[source + q + half]!, bi = xi[source + q + half]!;
      const dr = ar - br, di = ai - bi;
      yr[target + q] = ar + br;
      yi[target + q] = ai + bi;
      yr[target + q + stride] = dr * wr - di * wi;
      yi[target + q + stride] = dr * wi + di * wr;
    }
  }
}

function pass4(from: Complex, to: Complex, w: Complex, groups: number, stride: number): void {
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  const quarter = groups * stride;
  for (let p = 0; p < groups; p++) {
    const k = p * stride;
    const w1r = w.re[k]!, w1i = w.im[k]!;
    const w2r = w.re[2 * k]!, w2i = w.im[2 * k]!;
    const w3r = w.re[3 * k]!, w3i = w.im[3 * k]!;
    const target = 4 * k;
    for (let q = 0; q < stride; q++) {
      const a = k + q, b = a + quarter, c = b + quarter, d = c + quarter;
      const sr = xr[a]! + xr[c]!, si = xi[a]! + xi[c]!;
      const tr = xr[a]! - xr[c]!, ti = xi[a]! - xi[c]!;
      const ur = xr[b]! + xr[d]!, ui = xi[b]! + xi[d]!;
      const vr = xi[b]! - xi[d]!, vi = xr[d]! - xr[b]!; // (b - d)·(-i)
      const at = target + q;
      yr[at] = sr + ur;
      yi[at] = si + ui;
      const er = tr + vr, ei = ti + vi;
      yr[at + stride] = er * w1r - ei * w1i;
      yi[at + stride] = er * w1i + ei * w1r;
      const fr = sr - ur, fi = si - ui;
      yr[at + 2 * stride] = fr * w2r - fi * w2i;
      yi[at + 2 * stride] = fr * w2i + fi * w2r;
      const gr = tr - vr, gi = ti - vi;
      yr[at + 3 * stride] = gr * w3r - gi * w3i;
      yi[at + 3 * stride] = gr * w3i + gi * w3r;
    }
  }
}

/** A pass of any radix: the small transform of each group by its definition. */
function passAny(
  from: Complex,
  to: Complex,
  w: Complex,
  radix: number,
  groups: number,
  stride: number,
): void {
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  const part = groups * stride;
  const n = w.re.length;
  const turn = n / radix;
  for (let p = 0; p < groups; p++) {
    for (let k = 0; k < radix; k++) {
      const wr = w.re[p * k * stride]!, wi = w.im[p * k * stride]!;
      const target = (radix * p + k) * stride;
      for (let q = 0; q < stride; q++) {
        let sr = 0, si = 0;
        for (let j = 0, at = p * stride + q, angle = 0; j < radix; j++, at += part) {
          const cr = w.re[angle]!, ci = w.im[angle]!;
          sr += xr[at]! * cr - xi[at]! * ci;
          si += xr[at]! * ci + xi[at]! * cr;
          angle += k * turn;
          if (angle >= n) angle -= n;
        }
        yr[target + q] = sr * wr - si * wi;
        yi[target + q] = sr * wi + si * wr;
      }
    }
  }
}

/**
 * Any length as a convolution with a chirp, by transforms of a power of two.
 *
 * Source: Bluestein, "A linear filtering approach to the computation of the discrete Fourier
 * transform" (1970).
 */
class BluesteinPlan implements Plan {
  readonly #n: number;
  readonly #size: number;
  readonly #inner: Plan;
  /** `exp(-πik²/n)`. */
  readonly #chirp: Complex;
  /** Transform of the conjugate chirp, laid out for a cyclic convolution. */
  readonly #filter: Complex;

  constructor(n: number) {
    this.#n = n;
    this.#size = 2 ** Math.ceil(Math.log2(2 * n - 1));
    this.#inner = makePlan(this.#size);
    const chirp = { re: new Float64Array(n), im: new Float64Array(n) };
    const re = new Float64Array(this.#size);
    const im = new Float64Array(this.#size);
    // k² modulo 2n, stepped so that it stays exact where k² itself would not.
    for (let k = 0, square = 0; k < n; square = (square + 2 * k + 1) % (2 * n), k++) {
      const angle = (Math.PI * square) / n;
      chirp.re[k] = Math.cos(angle);
      chirp.im[k] = -Math.sin(angle);
      re[k] = chirp.re[k]!;
      im[k] = -chirp.im[k]!;
      if (k > 0) {
        re[this.#size - k] = re[k]!;
        im[this.#size - k] = im[k]!;
      }
    }
    this.#chirp = chirp;
    this.#filter = this.#inner.forward(re, im);
  }

  forward(re: Float64Array, im: Float64Array): Complex {
    const n = this.#n, size = this.#size;
    const { re: cr, im: ci } = this.#chirp;
    const ar = new Float64Array(size), ai = new Float64Array(size);
    for (let k = 0; k < n; k++) {
      ar[k] = re[k]! * cr[k]! - im[k]! * ci[k]!;
      ai[k] = re[k]! * ci[k]! + im[k]! * cr[k]!;
    }
    const a = this.#inner.forward(ar, ai);
    const { re: fr, im: fi } = this.#filter;
    for (let k = 0; k < size; k++) {
      const pr = a.re[k]! * fr[k]! - a.im[k]! * fi[k]!;
      const pi = a.re[k]! * fi[k]! + a.im[k]! * fr[k]!;
      ar[k] = pi; // the inverse by a forward transform: parts exchanged before and after
      ai[k] = pr;
    }
    const c = this.#inner.forward(ar, ai);
    const out = { re: new Float64Array(n), im: new Float64Array(n) };
    for (let k = 0; k < n; k++) {
      const vr = c.im[k]! / size, vi = c.re[k]! / size;
      out.re[k] = vr * cr[k]! - vi * ci[k]!;
      out.im[k] = vr * ci[k]! + vi * cr[k]!;
    }
    return out;
  }
}
