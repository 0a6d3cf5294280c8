import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Complex, fft, frequencies, ifft, irfft, rfft, spectrum } from "measuring/fft";

const SMALL = [...Array(64).keys()].map((n) => n + 1).concat([97, 100, 101, 121, 1000, 1009]);
/** A smooth length, a prime, and powers that are usual for records. */
const LARGE = [1000, 100_000, 100_003, 2 ** 18];

/** Values without structure that are the same in every run. */
function noise(n: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** The transform by its definition, with angles reduced to the circle before they are rounded. */
function direct({ re, im }: Complex): Complex {
  const n = re.length;
  const out = { re: new Float64Array(n), im: new Float64Array(n) };
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < n; j++) {
      const angle = -2 * Math.PI * ((j * k) % n) / n;
      const cos = Math.cos(angle), sin = Math.sin(angle);
      out.re[k]! += re[j]! * cos - im[j]! * sin;
      out.im[k]! += re[j]! * sin + im[j]! * cos;
    }
  }
  return out;
}

/** Distance of two complex series in relation to the second one's length, as vectors. */
function relativeError(found: Complex, expected: Complex): number {
  assertEquals([found.re.length, found.im.length], [expected.re.length, expected.im.length]);
  let distance = 0, length = 0;
  for (let k = 0; k < expected.re.length; k++) {
    distance += (found.re[k]! - expected.re[k]!) ** 2 + (found.im[k]! - expected.im[k]!) ** 2;
    length += expected.re[k]! ** 2 + expected.im[k]! ** 2;
  }
  return Math.sqrt(distance / length);
}

function assertClose(found: Complex, expected: Complex, what: string, most = 1e-13): void {
  const error = relativeError(found, expected);
  assert(error <= most, `${what}: relative error ${error}`);
}

const firstBins = ({ re, im }: Complex, bins: number): Complex => ({
  re: re.slice(0, bins),
  im: im.slice(0, bins),
});

Deno.test("complex and real transforms equal the definition, for every small length", () => {
  for (const n of SMALL) {
    const re = noise(n, n), im = noise(n, 2 * n + 1);
    assertClose(fft(re, im), direct({ re, im }), `fft of ${n}`);
    const real = direct({ re, im: new Float64Array(n) });
    assertClose(rfft(re), firstBins(real, Math.floor(n / 2) + 1), `rfft of ${n}`);
  }
});

Deno.test("a geometric series has its analytic transform, for every kind of length", () => {
  for (const n of LARGE) {
    // Σ a^j w^jk = (1 - a^n) / (1 - a w^k), with w = exp(-2πi/n); a^n vanishes or is near 0.
    const a = 0.9;
    const re = new Float64Array(n);
    for (let j = 0, value = 1; j < n; j++, value *= a) re[j] = value;
    const expected = { re: new Float64Array(n), im: new Float64Array(n) };
    const top = 1 - a ** n;
    for (let k = 0; k < n; k++) {
      const x = 1 - a * Math.cos(2 * Math.PI * k / n), y = a * Math.sin(2 * Math.PI * k / n);
      expected.re[k] = top * x / (x * x + y * y);
      expected.im[k] = -top * y / (x * x + y * y);
    }
    assertClose(fft(re, new Float64Array(n)), expected, `fft of ${n}`, 1e-9);
    assertClose(rfft(re), firstBins(expected, Math.floor(n / 2) + 1), `rfft of ${n}`, 1e-9);
  }
});

Deno.test("a sine has its peak value in its bin, for every kind of length", () => {
  for (const n of LARGE) {
    const periods = 50;
    const sine = Float64Array.from(
      { length: n },
      (_, j) => 325 * Math.sin(2 * Math.PI * ((periods * j) % n) / n + 0.3) + 7,
    );
    const { frequency, amplitude } = spectrum(sine, 1000);
    assertEquals(amplitude.length, Math.floor(n / 2) + 1);
    assert(Math.abs(frequency[periods]! - 1000 * periods / n) < 1e-12);
    for (let k = 0; k < amplitude.length; k++) {
      const expected = k === periods ? 325 : k === 0 ? 7 : 0;
      assert(Math.abs(amplitude[k]! - expected) < 325e-9, `n = ${n}, bin ${k}: ${amplitude[k]}`);
    }
  }
});

Deno.test("1000 hourly values of sin(15° × row) have a peak at one period a day", () => {
  const values = Float64Array.from({ length: 1000 }, (_, row) => Math.sin(row * Math.PI / 12));
  const found = rfft(values);
  const expected = direct({ re: values, im: new Float64Array(1000) });
  assertClose(found, firstBins(expected, 501), "transform");
  const { frequency, amplitude } = spectrum(values, 24);
  const peak = amplitude.indexOf(Math.max(...amplitude));
  assert(Math.abs(frequency[peak]! - 1) < 0.024, `${frequency[peak]} periods a day`);
});

Deno.test("the inverse restores the values, and energy is conserved", () => {
  for (const n of [1, 2, 3, 8, 101, 1000, 1009, 4096]) {
    const re = noise(n, n), im = noise(n, n + 7);
    const transformed = fft(re, im);
    assertClose(ifft(transformed.re, transformed.im), { re, im }, `inverse of ${n}`);
    const real = rfft(re);
    const back = irfft(real.re, real.im, n);
    const zero = new Float64Array(n);
    assertClose({ re: back, im: zero }, { re, im: zero }, `real inverse of ${n}`);
    const energy = (x: Complex) =>
      x.re.reduce((sum, v) => sum + v * v, 0) + x.im.reduce((sum, v) => sum + v * v, 0);
    const ratio = energy(transformed) / n / energy({ re, im });
    assert(Math.abs(ratio - 1) < 1e-12, `Parseval for ${n}: ${ratio}`);
  }
});

Deno.test("the spectrum of an impulse is flat, and that of a shifted one rotates evenly", () => {
  const n = 360;
  const impulse = new Float64Array(n);
  impulse[1] = 1;
  const { re, im } = fft(impulse, new Float64Array(n));
  for (let k = 0; k < n; k++) {
    assert(Math.abs(re[k]! - Math.cos(2 * Math.PI * k / n)) < 1e-14);
    assert(Math.abs(im[k]! + Math.sin(2 * Math.PI * k / n)) < 1e-14);
  }
});

Deno.test("shared memory and plain arrays are accepted, and inputs don't change", () => {
  const shared = new Float64Array(new SharedArrayBuffer(8 * 100));
  shared.set(noise(100, 3));
  const before = Float64Array.from(shared);
  const expected = rfft(before);
  assertEquals(rfft(shared), expected);
  assertEquals(rfft(Array.from(shared)), expected);
  fft(shared, shared);
  ifft(shared, shared);
  assertEquals(Float64Array.from(shared), before);
});

Deno.test("frequencies belong to the bins", () => {
  assertEquals(Array.from(frequencies(8, 1000)), [0, 125, 250, 375, 500]);
  assertEquals(Array.from(frequencies(5, 10)), [0, 2, 4]);
});

Deno.test("values that can't be transformed are refused", () => {
  assertThrows(() => fft([], []), RangeError, "no values");
  assertThrows(() => rfft([]), RangeError, "no values");
  assertThrows(() => fft([1, 2], [1]), RangeError, "2 real parts, but 1");
  assertThrows(() => irfft([1, 2], [0, 0], 9), RangeError, "5 bins");
  assertThrows(() => irfft([1, 2], [0, 0], 2.5), RangeError, "the number of values");
  assertThrows(() => irfft([1], [0], NaN), RangeError, "the number of values");
  assertThrows(() => frequencies(0, 1), RangeError, "number of values");
  assertThrows(() => frequencies(8, 0), RangeError, "above 0");
});

Deno.test("a NaN makes a whole spectrum NaN, except imaginary parts that are zero for real values", () => {
  for (const n of [1, 2, 5, 8, 31, 64, 1000, 1009]) {
    const values = new Float64Array(n).fill(1);
    values[0] = NaN;
    const { re, im } = rfft(values);
    assertEquals(re, new Float64Array(re.length).fill(NaN));
    assertEquals(im[0], 0);
    if (n % 2 === 0) assertEquals(im[n / 2], 0);
  }
});
