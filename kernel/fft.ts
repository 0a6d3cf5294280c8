// Fourier transforms by Stockham's autosort, decimation in frequency: complex numbers as pairs of doubles.
// Sources: Cooley, Tukey (1965); Cochran et al., "What is the fast Fourier transform?" (1967).

// V8 makes a constant of 16 bytes anew wherever it is used, also in a loop; one from memory stays in a register.
const SIGNS = memory.data<u64>([0x8000000000000000, 0, 0x8000000000000000]);
const NUMBERS = memory.data<f64>([
  0.5,
  2,
  1e-280,
  1e280,
  0.86602540378443864676,
  0.30901699437494742410,
  -0.80901699437494742410,
  0.95105651629515357212,
  0.58778525229247312917,
]);
/** Where among them a number is; sines and cosines are of degrees. */
const HALF = 0, TWO = 1, LEAST = 2, MOST = 3, SIN_60 = 4, COS_72 = 5, COS_144 = 6, SIN_72 = 7, SIN_144 = 8;

/** The sign of a real part. */
// @ts-ignore: decorator
@inline
function realSign(): v128 {
  return v128.load(SIGNS);
}

/** The sign of an imaginary part. */
// @ts-ignore: decorator
@inline
function imaginarySign(): v128 {
  return v128.load(SIGNS, 8);
}

/** One of the numbers, twice. */
// @ts-ignore: decorator
@inline
function number(index: usize): v128 {
  return v128.load64_splat(NUMBERS + (index << 3));
}

/** The real part of a factor, twice, for `product`. */
// @ts-ignore: decorator
@inline
function realOf(w: v128): v128 {
  return i64x2.shuffle(w, w, 0, 0);
}

/** The imaginary part of a factor, with both signs. */
// @ts-ignore: decorator
@inline
function imaginaryOf(w: v128, flipRe: v128): v128 {
  return v128.xor(i64x2.shuffle(w, w, 1, 1), flipRe);
}

// @ts-ignore: decorator
@inline
function product(a: v128, re: v128, im: v128): v128 {
  return f64x2.add(f64x2.mul(a, re), f64x2.mul(i64x2.shuffle(a, a, 1, 0), im));
}

// @ts-ignore: decorator
@inline
function times(a: v128, w: v128, flipRe: v128): v128 {
  return product(a, realOf(w), imaginaryOf(w, flipRe));
}

// @ts-ignore: decorator
@inline
function conjugate(a: v128, flipIm: v128): v128 {
  return v128.xor(a, flipIm);
}

/** a·(-i) */
// @ts-ignore: decorator
@inline
function turned(a: v128, flipIm: v128): v128 {
  return conjugate(i64x2.shuffle(a, a, 1, 0), flipIm);
}

/** The power k, from `fine[k & mask]` and `coarse[k >> bits]`. */
// @ts-ignore: decorator
@inline
function powerOf(k: u32, coarse: usize, fine: usize, bits: u32, flipRe: v128): v128 {
  const mask: u32 = (1 << bits) - 1;
  return times(v128.load(coarse + ((k >>> bits) << 4)), v128.load(fine + ((k & mask) << 4)), flipRe);
}

/** `count` powers `exp(-2πik/n)` at `to`. */
export function twiddles(to: usize, count: u32, coarse: usize, fine: usize, bits: u32): void {
  const flipRe = realSign();
  for (let k: u32 = 0; k < count; k++) v128.store(to + (k << 4), powerOf(k, coarse, fine, bits, flipRe));
}

function pass2(from: usize, to: usize, w: usize, groups: u32, stride: u32, turn: usize): void {
  const flipRe = realSign();
  const half = <usize>groups * stride << 4, step = <usize>stride << 4;
  for (let p: u32 = 0; p < groups; p++) {
    const k = <usize>p * step;
    const w1 = v128.load(w + p * turn);
    const r1 = realOf(w1), i1 = imaginaryOf(w1, flipRe);
    let a = from + k, y = to + 2 * k;
    for (const end = a + step; a < end; a += 16, y += 16) {
      const x0 = v128.load(a), x1 = v128.load(a + half);
      v128.store(y, f64x2.add(x0, x1));
      v128.store(y + step, product(f64x2.sub(x0, x1), r1, i1));
    }
  }
}

function pass3(from: usize, to: usize, w: usize, groups: u32, stride: u32, turn: usize): void {
  const flipRe = realSign(), flipIm = imaginarySign();
  const part = <usize>groups * stride << 4, step = <usize>stride << 4;
  const half = number(HALF), sin = number(SIN_60);
  for (let p: u32 = 0; p < groups; p++) {
    const k = <usize>p * step;
    const t1 = <usize>p * turn;
    const w1 = v128.load(w + t1), w2 = v128.load(w + 2 * t1);
    const r1 = realOf(w1), i1 = imaginaryOf(w1, flipRe), r2 = realOf(w2), i2 = imaginaryOf(w2, flipRe);
    let a = from + k, y = to + 3 * k;
    for (const end = a + step; a < end; a += 16, y += 16) {
      const x0 = v128.load(a), x1 = v128.load(a + part), x2 = v128.load(a + 2 * part);
      const sum = f64x2.add(x1, x2);
      const mid = f64x2.sub(x0, f64x2.mul(half, sum));
      const side = turned(f64x2.mul(sin, f64x2.sub(x1, x2)), flipIm);
      v128.store(y, f64x2.add(x0, sum));
      v128.store(y + step, product(f64x2.add(mid, side), r1, i1));
      v128.store(y + 2 * step, product(f64x2.sub(mid, side), r2, i2));
    }
  }
}

function pass4(from: usize, to: usize, w: usize, groups: u32, stride: u32, turn: usize): void {
  const flipRe = realSign(), flipIm = imaginarySign();
  const part = <usize>groups * stride << 4, step = <usize>stride << 4;
  for (let p: u32 = 0; p < groups; p++) {
    const k = <usize>p * step;
    const t1 = <usize>p * turn;
    const w1 = v128.load(w + t1), w2 = v128.load(w + 2 * t1), w3 = v128.load(w + 3 * t1);
    const r1 = realOf(w1), r2 = realOf(w2), r3 = realOf(w3);
    const i1 = imaginaryOf(w1, flipRe), i2 = imaginaryOf(w2, flipRe), i3 = imaginaryOf(w3, flipRe);
    let a = from + k, y = to + 4 * k;
    for (const end = a + step; a < end; a += 16, y += 16) {
      const x0 = v128.load(a), x1 = v128.load(a + part);
      const x2 = v128.load(a + 2 * part), x3 = v128.load(a + 3 * part);
      const s = f64x2.add(x0, x2), t = f64x2.sub(x0, x2);
      const u = f64x2.add(x1, x3), v = turned(f64x2.sub(x1, x3), flipIm);
      v128.store(y, f64x2.add(s, u));
      v128.store(y + step, product(f64x2.add(t, v), r1, i1));
      v128.store(y + 2 * step, product(f64x2.sub(s, u), r2, i2));
      v128.store(y + 3 * step, product(f64x2.sub(t, v), r3, i3));
    }
  }
}

function pass5(from: usize, to: usize, w: usize, groups: u32, stride: u32, turn: usize): void {
  const flipRe = realSign(), flipIm = imaginarySign();
  const part = <usize>groups * stride << 4, step = <usize>stride << 4;
  const c1 = number(COS_72), c2 = number(COS_144), s1 = number(SIN_72), s2 = number(SIN_144);
  for (let p: u32 = 0; p < groups; p++) {
    const k = <usize>p * step;
    const t1 = <usize>p * turn;
    const w1 = v128.load(w + t1), w2 = v128.load(w + 2 * t1);
    const r1 = realOf(w1), i1 = imaginaryOf(w1, flipRe), r2 = realOf(w2), i2 = imaginaryOf(w2, flipRe);
    const w3 = v128.load(w + 3 * t1), w4 = v128.load(w + 4 * t1);
    const r3 = realOf(w3), i3 = imaginaryOf(w3, flipRe), r4 = realOf(w4), i4 = imaginaryOf(w4, flipRe);
    let a = from + k, y = to + 5 * k;
    for (const end = a + step; a < end; a += 16, y += 16) {
      const x0 = v128.load(a), x1 = v128.load(a + part), x2 = v128.load(a + 2 * part);
      const x3 = v128.load(a + 3 * part), x4 = v128.load(a + 4 * part);
      const a1 = f64x2.add(x1, x4), a2 = f64x2.add(x2, x3);
      const b1 = f64x2.sub(x1, x4), b2 = f64x2.sub(x2, x3);
      const m1 = f64x2.add(x0, f64x2.add(f64x2.mul(c1, a1), f64x2.mul(c2, a2)));
      const m2 = f64x2.add(x0, f64x2.add(f64x2.mul(c2, a1), f64x2.mul(c1, a2)));
      const n1 = turned(f64x2.add(f64x2.mul(s1, b1), f64x2.mul(s2, b2)), flipIm);
      const n2 = turned(f64x2.sub(f64x2.mul(s2, b1), f64x2.mul(s1, b2)), flipIm);
      v128.store(y, f64x2.add(x0, f64x2.add(a1, a2)));
      v128.store(y + step, product(f64x2.add(m1, n1), r1, i1));
      v128.store(y + 2 * step, product(f64x2.add(m2, n2), r2, i2));
      v128.store(y + 3 * step, product(f64x2.sub(m2, n2), r3, i3));
      v128.store(y + 4 * step, product(f64x2.sub(m1, n1), r4, i4));
    }
  }
}

/**
 * Transforms `side` sequences of `n` pairs that lie side by side at `a`, by passes of radices 2, 3, 4 and 5.
 * Where the result is: `a` or `b`.
 *
 * @param factors Of `n`, a byte each; 0 follows them.
 * @param w Powers `exp(-2πik/n)`.
 */
export function passes(factors: usize, n: u32, side: u32, a: usize, b: usize, w: usize): usize {
  let from = a, to = b, length = n, stride: u32 = 1;
  for (let radix: u32 = load<u8>(factors); radix != 0; radix = load<u8>(++factors)) {
    const groups = length / radix;
    pass(radix, from, to, w, groups, stride * side, <usize>stride << 4);
    const next = from;
    from = to;
    to = next;
    length = groups;
    stride *= radix;
  }
  return from;
}

/** Every `turn` bytes from `w` on is a power: for transforms side by side, strides are longer than turns. */
function pass(
  radix: u32,
  from: usize,
  to: usize,
  w: usize,
  groups: u32,
  stride: u32,
  turn: usize,
): void {
  switch (radix) {
    case 2:
      return pass2(from, to, w, groups, stride, turn);
    case 3:
      return pass3(from, to, w, groups, stride, turn);
    case 4:
      return pass4(from, to, w, groups, stride, turn);
    default:
      return pass5(from, to, w, groups, stride, turn);
  }
}

// A long transform as two of short ones, whose `side` neighbours lie side by side while they are computed:
// the matrix of `rows` times `columns` goes through the cache twice. Source: Bailey, "FFTs in external or
// hierarchical memory" (1990).

/** `side` columns from `column` on, side by side. */
export function takeColumns(
  from: usize,
  rows: u32,
  columns: u32,
  column: u32,
  side: u32,
  to: usize,
): void {
  const step = <usize>columns << 4;
  let row = from + (<usize>column << 4);
  for (let r: u32 = 0; r < rows; r++, row += step) {
    for (let a = row, end = row + (<usize>side << 4); a < end; a += 16, to += 16) {
      v128.store(to, v128.load(a));
    }
  }
}

/** Puts columns back, the element of row r and column c times `exp(-2πi·r·c/n)`: see `powerOf`. */
export function putColumns(
  from: usize,
  rows: u32,
  columns: u32,
  column: u32,
  side: u32,
  to: usize,
  coarse: usize,
  fine: usize,
  bits: u32,
): void {
  const flipRe = realSign();
  for (let r: u32 = 0; r < rows; r++) {
    let at = to + ((<usize>r * columns + column) << 4);
    let power = r * column;
    for (let c: u32 = 0; c < side; c++, at += 16, from += 16, power += r) {
      v128.store(at, times(v128.load(from), powerOf(power, coarse, fine, bits, flipRe), flipRe));
    }
  }
}

/** `side` rows from `row` on, side by side. */
export function takeRows(from: usize, columns: u32, row: u32, side: u32, to: usize): void {
  const step = <usize>columns << 4;
  let at = from + row * step;
  for (let c: u32 = 0; c < columns; c++, at += 16) {
    for (let s: u32 = 0, a = at; s < side; s++, a += step, to += 16) v128.store(to, v128.load(a));
  }
}

/** Puts rows back as columns. */
export function putRows(
  from: usize,
  rows: u32,
  columns: u32,
  row: u32,
  side: u32,
  to: usize,
): void {
  for (let c: u32 = 0; c < columns; c++) {
    let at = to + ((<usize>c * rows + row) << 4);
    for (let s: u32 = 0; s < side; s++, at += 16, from += 16) v128.store(at, v128.load(from));
  }
}

// The transform of 2·half real values, from that of them as pairs, z: with S = (z[k] + z[half - k]*)/2 and
// T = exp(-2πik/2half)·(z[k] - z[half - k]*)/2i, bin k is S + T, and bin half - k the conjugate of S - T.

// @ts-ignore: decorator
@inline
function evenPart(a: v128, b: v128, halves: v128, flipIm: v128): v128 {
  return f64x2.mul(halves, f64x2.add(a, conjugate(b, flipIm)));
}

// @ts-ignore: decorator
@inline
function oddPart(a: v128, b: v128, w: v128, halves: v128, flipRe: v128, flipIm: v128): v128 {
  const apart = f64x2.mul(halves, f64x2.sub(a, conjugate(b, flipIm)));
  return times(turned(apart, flipIm), w, flipRe);
}

/**
 * Of the bins 0 to `half` of 2·`half` real values, from the transform `z` of them as pairs, those from `first`
 * to before `until` and those as far from the other end; real parts go to `re`, imaginary ones to `im`. Powers
 * of exp(-2πi/2half) are put together as in `powerOf`.
 */
export function realBins(
  z: usize,
  half: u32,
  first: u32,
  until: u32,
  coarse: usize,
  fine: usize,
  bits: u32,
  re: usize,
  im: usize,
): void {
  const flipRe = realSign(), flipIm = imaginarySign(), halves = number(HALF);
  for (let k = first, l = half - first; k <= l && k < until; k++, l--) {
    const a = v128.load(z + (k << 4)), b = v128.load(z + ((k == 0 ? 0 : l) << 4));
    const s = evenPart(a, b, halves, flipIm), w = powerOf(k, coarse, fine, bits, flipRe);
    const t = oddPart(a, b, w, halves, flipRe, flipIm);
    const one = f64x2.add(s, t), other = conjugate(f64x2.sub(s, t), flipIm);
    v128.store64_lane(re + (l << 3), other, 0);
    v128.store64_lane(im + (l << 3), other, 1);
    v128.store64_lane(re + (k << 3), one, 0);
    v128.store64_lane(im + (k << 3), one, 1);
  }
}

/** As `realBins`, but the bins' absolute values times 2 by `count`. */
export function realLengths(
  z: usize,
  half: u32,
  first: u32,
  until: u32,
  coarse: usize,
  fine: usize,
  bits: u32,
  to: usize,
  count: f64,
): void {
  const flipRe = realSign(), flipIm = imaginarySign(), halves = number(HALF);
  const two = number(TWO), least = number(LEAST), most = number(MOST), by = f64x2.splat(count);
  for (let k = first, l = half - first; k <= l && k < until; k++, l--) {
    const a = v128.load(z + (k << 4)), b = v128.load(z + ((k == 0 ? 0 : l) << 4));
    const s = evenPart(a, b, halves, flipIm), w = powerOf(k, coarse, fine, bits, flipRe);
    const t = oddPart(a, b, w, halves, flipRe, flipIm);
    const one = f64x2.add(s, t), other = f64x2.sub(s, t);
    const p = f64x2.mul(one, one), q = f64x2.mul(other, other);
    const squares = f64x2.add(i64x2.shuffle(p, q, 0, 2), i64x2.shuffle(p, q, 1, 3));
    let lengths = f64x2.sqrt(squares);
    if (!i64x2.all_true(v128.and(f64x2.gt(squares, least), f64x2.lt(squares, most)))) {
      lengths = f64x2(lengthOf(one), lengthOf(other));
    }
    const found = f64x2.div(f64x2.mul(two, lengths), by);
    v128.store64_lane(to + (l << 3), found, 1);
    v128.store64_lane(to + (k << 3), found, 0);
  }
}

/** Where squares run over or vanish. */
function lengthOf(bin: v128): f64 {
  const re = abs(f64x2.extract_lane(bin, 0)), im = abs(f64x2.extract_lane(bin, 1));
  if (re == Infinity || im == Infinity) return Infinity;
  const most = max(re, im), least = min(re, im);
  return most > 0 ? most * sqrt(1 + (least / most) * (least / most)) : most;
}

/** Pairs of `re` and `im`. */
export function interleave(re: usize, im: usize, to: usize, count: u32): void {
  for (let k: u32 = 0; k < count; k++, to += 16) {
    store<f64>(to, load<f64>(re + (k << 3)));
    store<f64>(to, load<f64>(im + (k << 3)), 8);
  }
}

/** Pairs to `re` and `im`. */
export function separate(from: usize, re: usize, im: usize, count: u32): void {
  for (let k: u32 = 0; k < count; k++, from += 16) {
    store<f64>(re + (k << 3), load<f64>(from));
    store<f64>(im + (k << 3), load<f64>(from, 8));
  }
}
