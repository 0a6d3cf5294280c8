import { assertEquals, assertThrows } from "@std/assert";
import * as windows from "measuring/windows";
import { assertClose } from "../support/numeric_values.ts";

type Shape = (n: number, symmetry?: windows.Symmetry) => Float64Array;

const SHAPES: Record<string, Shape> = {
  rectangular: windows.rectangular,
  bartlett: windows.bartlett,
  hann: windows.hann,
  hamming: windows.hamming,
  blackman: windows.blackman,
  blackmanHarris: windows.blackmanHarris,
  flatTop: windows.flatTop,
  kaiser: (n, symmetry) => windows.kaiser(n, 8.6, symmetry),
  gaussian: (n, symmetry) => windows.gaussian(n, 1.5, symmetry),
};

/** Halves of scipy.signal.windows (SciPy 1.17.1): 8 symmetric, 8 periodic (five of them), 7 symmetric. */
const SCIPY: Record<string, [number[], number[], number[]]> = {
  bartlett: [
    [0, 0.2857142857142857, 0.5714285714285714, 0.8571428571428571],
    [0, 0.25, 0.5, 0.75, 1],
    [0, 0.3333333333333333, 0.6666666666666666, 1],
  ],
  hann: [
    [0, 0.18825509907063326, 0.6112604669781572, 0.9504844339512095],
    [0, 0.14644660940672627, 0.5, 0.8535533905932737, 1],
    [0, 0.25, 0.75, 1],
  ],
  hamming: [
    [0.08, 0.25319469114498266, 0.6423596296199047, 0.9544456792351128],
    [0.08, 0.21473088065418822, 0.54, 0.865269119345812, 1],
    [0.08, 0.31, 0.77, 1],
  ],
  blackman: [
    [0, 0.09045342435412808, 0.45918295754596367, 0.9203636180999082],
    [0, 0.06644660940672624, 0.34, 0.7735533905932738, 1],
    [0, 0.13, 0.63, 1],
  ],
  blackmanHarris: [
    [6e-5, 0.0333917234781512, 0.33283350429856506, 0.8893697722232838],
    [6e-5, 0.021735837018679628, 0.21747, 0.6957641629813204, 1],
    [6e-5, 0.055645, 0.520575, 1],
  ],
  flatTop: [
    [-0.000421051, -0.03684078115492349, 0.010703716716153475, 0.78087391493877],
    [-0.000421051, -0.026872193286334545, -0.05473684, 0.4441353572863345, 1.000000003],
    [-0.000421051, -0.051263156, 0.19821053, 1.000000003],
  ],
  kaiser: [
    [0.0013325139979024198, 0.09113651292826536, 0.45964377459338085, 0.9204615832581574],
    [0.0013325139979024198, 0.06747207920440855, 0.34039362244018856, 0.7738293810170912, 1],
    [0.0013325139979024198, 0.13040194654166437, 0.6304119273359405, 1],
  ],
  gaussian: [
    [0.06572852861653047, 0.24935220877729622, 0.6065306597126334, 0.9459594689067654],
    [0.028565500784550377, 0.1353352832366127, 0.41111229050718745, 0.8007374029168081, 1],
    [0.1353352832366127, 0.41111229050718745, 0.8007374029168081, 1],
  ],
};

Deno.test("windows equal SciPy's, symmetric and periodic, even and odd", () => {
  for (const [name, [even, periodic, odd]] of Object.entries(SCIPY)) {
    const shape = SHAPES[name]!;
    assertClose(shape(8), [...even, ...even.toReversed()], 1e-14, name);
    assertClose(
      shape(8, "periodic"),
      [...periodic, ...periodic.slice(1, 4).reverse()],
      1e-14,
      name,
    );
    assertClose(shape(7), [...odd, ...odd.slice(0, 3).reverse()], 1e-14, name);
  }
});

/**
 * Coherent gain and equivalent noise bandwidth of long windows: Harris (1978), table I, which gives two
 * digits; the figures of cosine windows follow from their terms, a₀ and 1 + ½Σ(aₖ/a₀)².
 */
const GAINS: [string, number, number, number][] = [
  ["rectangular", 1, 1, 1e-12],
  ["hann", 0.5, 1.5, 1e-12],
  ["hamming", 0.54, 1 + 0.5 * (0.46 / 0.54) ** 2, 1e-12],
  ["blackman", 0.42, 1 + 0.5 * (0.25 + 0.0064) / 0.1764, 1e-12],
  ["blackmanHarris", 0.35875, 2.00, 5e-3],
  ["bartlett", 0.5, 4 / 3, 1e-4],
];

Deno.test("coherent gain and noise bandwidth equal Harris' figures", () => {
  for (const [name, gain, bandwidth, tolerance] of GAINS) {
    const window = SHAPES[name]!(4096, "periodic");
    assertClose([windows.coherentGain(window)], [gain], tolerance, name);
    assertClose([windows.noiseBandwidth(window)], [bandwidth], tolerance, name);
  }
  // Harris: 1.65 for Kaiser-Bessel with α = β/π = 2.5.
  const kaiser = windows.kaiser(4096, 2.5 * Math.PI, "periodic");
  assertEquals(windows.noiseBandwidth(kaiser).toFixed(2), "1.65");
  // A bell that is wholly inside: n/(2√π·σ) bins.
  const gaussian = windows.gaussian(4096, 256, "periodic");
  assertClose([windows.noiseBandwidth(gaussian)], [4096 / (2 * Math.sqrt(Math.PI) * 256)], 1e-12);
});

Deno.test("windows are symmetric to the last bit, and short ones are sensible", () => {
  for (const [name, shape] of Object.entries(SHAPES)) {
    for (const n of [2, 3, 10, 101]) {
      const window = shape(n);
      assertEquals(window, window.toReversed(), `${name} of ${n}`);
      assertEquals(shape(n, "periodic"), shape(n + 1).subarray(0, n), `${name} of ${n}`);
    }
    assertEquals([shape(0).length, ...shape(1)], [0, 1], name);
  }
  assertEquals(windows.kaiser(9, 0), new Float64Array(9).fill(1));
});

Deno.test("invalid arguments of windows are refused", () => {
  assertThrows(() => windows.hann(-1), RangeError, "whole number");
  assertThrows(() => windows.kaiser(5, -1), RangeError, "beta");
  assertThrows(() => windows.gaussian(5, 0), RangeError, "deviation");
  assertThrows(() => windows.applyWindow([1, 2], [1]), RangeError, "does not fit");
  assertThrows(() => windows.coherentGain([]), RangeError, "empty");
});
