import { assert, assertEquals, assertThrows } from "@std/assert";
import { fillGaps, interpolate, type Method, toEvenGrid } from "measuring/interpolation";
import { SEED } from "../support/suite_options.ts";
import { fuzzRandom } from "../support/random_numbers.ts";
import { assertClose, noise } from "../support/numeric_values.ts";

const X = [0, 1, 2.5, 4, 7, 8], Y = [1, 3, 2, 2, 5, -1];
const AT = [0, 0.5, 1, 2, 3, 5, 6.5, 7.5, 8];

/** SciPy 1.17.1: numpy.interp, PchipInterpolator and CubicSpline through X and Y. */
const SCIPY: Record<Method, number[]> = {
  linear: [1, 2, 3, 2.3333333333333335, 2, 3, 4.5, 2, -1],
  pchip: [
    1,
    2.3833333333333333,
    3,
    2.2592592592592595,
    2,
    2.7777777777777777,
    4.777777777777779,
    2.96875,
    -1,
  ],
  spline: [
    1,
    2.445246583481877,
    3,
    2.509506833036245,
    1.648187759952466,
    4.030837789661319,
    5.915886809269163,
    2.797586155674391,
    -1,
  ],
};
const METHODS = Object.keys(SCIPY) as Method[];

Deno.test("curves equal SciPy's, at positions in any order", () => {
  for (const method of METHODS) {
    const expected = SCIPY[method];
    assertClose(interpolate(X, Y, AT, { method }), expected, 1e-15, method);
    const back = interpolate(X, Y, AT.toReversed(), { method });
    assertClose(back, expected.toReversed(), 1e-15, method);
    const jumps = [5, 0.5, 8, 2, 7.5];
    const there = jumps.map((place) => expected[AT.indexOf(place)]!);
    assertClose(interpolate(X, Y, jumps, { method }), there, 1e-15, method);
  }
});

Deno.test("few points give the curve that they determine", () => {
  const few = (points: number, method: Method, at: number[]) =>
    interpolate(X.slice(0, points), Y.slice(0, points), at, { method });
  // CubicSpline and PchipInterpolator of SciPy 1.17.1
  assertClose(few(3, "spline", [0.5, 2]), [2.2666666666666666, 2.8666666666666663], 1e-15);
  assertClose(few(3, "pchip", [0.5, 2]), [2.3833333333333333, 2.7037037037037037], 1e-15);
  const four = [2.427777777777778, 2.5444444444444447, 1.5666666666666667];
  assertClose(few(4, "spline", [0.5, 2, 3]), four, 1e-15);
  for (const method of METHODS) {
    assertClose(few(2, method, [0.25, 1]), [1.5, 3], 1e-15, method);
    assertEquals(Array.from(few(1, method, [0, 1])), [1, NaN]);
    assertEquals(Array.from(few(0, method, [0, 1])), [NaN, NaN]);
  }
});

Deno.test("a spline is exact for cubics, and pchip never overshoots", () => {
  const x = [0, 1, 2.5, 3, 4.25, 6, 7], cubic = (t: number) => 2 - t + 0.5 * t ** 2 - 0.1 * t ** 3;
  const at = Float64Array.from({ length: 141 }, (_, k) => k / 20);
  assertClose(interpolate(x, x.map(cubic), at, { method: "spline" }), at.map(cubic), 1e-14);
  const steps = noise(50), places = steps.map((_, k) => k);
  const packed = Float64Array.from({ length: 4901 }, (_, k) => k / 100);
  interpolate(places, steps, packed, { method: "pchip" }).forEach((value, k) => {
    const a = steps[Math.floor(k / 100)]!, b = steps[Math.min(49, Math.floor(k / 100) + 1)]!;
    assertEquals(value >= Math.min(a, b) - 1e-15 && value <= Math.max(a, b) + 1e-15, true);
  });
});

Deno.test("values outside the points are NaN, unless the nearest is asked for", () => {
  assertEquals(Array.from(interpolate(X, Y, [-1, 9, NaN])), [NaN, NaN, NaN]);
  const nearest = interpolate(X, Y, [-1, 9, NaN], { outside: "nearest" });
  assertEquals(Array.from(nearest), [1, -1, NaN]);
});

Deno.test("points without x or y are left out, and x must ascend", () => {
  const found = interpolate([0, 1, NaN, 2], [0, NaN, 7, 4], [1]);
  assertEquals(Array.from(found), [2]);
  assertThrows(() => interpolate([0, 2, 1], [1, 2, 3], [1]), RangeError, "1 follows 2, at index 2");
  assertThrows(() => interpolate([0, 0], [1, 2], [1]), RangeError, "must rise");
  assertThrows(() => interpolate([0], [1, 2], [1]), RangeError, "1 values of x");
});

Deno.test("an even grid begins at the first point and ends with the last", () => {
  const { x, y } = toEvenGrid([1, 2, 4], [10, 20, 40], 0.5);
  assertEquals(Array.from(x), [1, 1.5, 2, 2.5, 3, 3.5, 4]);
  assertEquals(Array.from(y), [10, 15, 20, 25, 30, 35, 40]);
  assertEquals(toEvenGrid([0, 0.3], [0, 3], 0.1).x.length, 4);
  assertEquals(Array.from(toEvenGrid([0, 1], [0, 1], 0.4).x), [0, 0.4, 0.8]);
  // Seconds since 1970 are rounded by more than a billionth of a step.
  for (const step of [1e-3, 1e-4, 1e-5, 0.1, 1 / 3]) {
    for (const start of [0, 1.7e9, -1e9, 12345.678]) {
      for (let n = 2; n < 200; n++) {
        const x = Float64Array.from({ length: n }, (_, k) => start + k * step);
        const grid = toEvenGrid(x, x, step);
        assertEquals([grid.x.length, grid.y.length], [n, n], `${n} steps of ${step} from ${start}`);
        assertEquals(grid.y.findIndex(Number.isNaN), -1);
      }
    }
  }
  assertEquals(toEvenGrid([], [], 1).y.length, 0);
  assertThrows(() => toEvenGrid([0], [1], 0), RangeError, "above 0");
});

Deno.test("gaps are filled up to a given length", () => {
  const values = [NaN, 1, NaN, NaN, 4, NaN, 6, NaN];
  assertEquals(Array.from(fillGaps(values)), [NaN, 1, 2, 3, 4, 5, 6, NaN]);
  const short = fillGaps(values, { longest: 1, outside: "nearest" });
  assertEquals(Array.from(short), [1, 1, NaN, NaN, 4, 5, 6, 6]);
  const uneven = fillGaps([1, NaN, 4], { x: [0, 2, 3] });
  assertEquals(Array.from(uneven), [1, 3, 4]);
  assertEquals(Array.from(fillGaps([NaN, NaN], { outside: "nearest" })), [NaN, NaN]);
});

Deno.test("a part with its overlap is filled as the whole is, to the last bit", () => {
  const values = noise(2000);
  for (let k = 3; k < 2000; k += 11) values.fill(NaN, k, k + (k % 5));
  const whole = fillGaps(values, { longest: 3 });
  for (const [from, to] of [[5, 500], [333, 1200], [1200, 1997]] as const) {
    const first = from - 4;
    const part = fillGaps(values.slice(first, to + 4), { longest: 3 });
    assertEquals(part.slice(4, 4 + to - from), whole.slice(from, to));
  }
});

Deno.test("curves keep their shape at both ends of the range of doubles", () => {
  console.log(`seed ${SEED}`);
  for (let index = 0; index < 60; index++) {
    const random = fuzzRandom(index);
    const n = 2 + random(12);
    let place = 0;
    const x = Float64Array.from({ length: n }, () => place += 1 + random(9));
    const y = Float64Array.from({ length: n }, () => random(2001) - 1000);
    const at = Float64Array.from({ length: 30 }, (_, k) => x[0]! + k * (place - x[0]!) / 29);
    for (const method of METHODS) {
      const expected = interpolate(x, y, at, { method });
      for (const power of [-1070, -1040, -700, -400, 300, 600, 1010]) {
        const factor = 2 ** (power / 2) * 2 ** (power / 2);
        const scaledY = y.map((value) => value * factor);
        // A subnormal has the digits that it has.
        const rounded = Math.max(1e-13 * 1000 * factor, method === "linear" ? 5e-324 : 1e-322);
        const found = interpolate(x, scaledY, at, { method });
        found.forEach((value, k) => {
          const apart = Math.abs(value - expected[k]! * factor);
          assert(apart <= rounded, `${method} 2^${power} ${index}: ${value}, ${expected[k]}`);
        });
        if (power < -1020) continue;
        const far = interpolate(x.map((x) => x * factor), y, at.map((x) => x * factor), { method });
        assertClose(far, expected, 1e-12, `${method} x·2^${power} ${index}`);
      }
    }
  }
});

Deno.test("a line next to an infinite point equals numpy.interp", () => {
  const line = (x: number[], y: number[], at: number[]) => Array.from(interpolate(x, y, at));
  assertEquals(line([0, 1, 2], [-Infinity, 1, Infinity], [0.5, 1, 1.5]), [-Infinity, 1, Infinity]);
  assertEquals(line([0, 1], [Infinity, Infinity], [0.5]), [Infinity]);
  assertEquals(line([0, 1], [-Infinity, Infinity], [0.5]), [NaN]);
  assertEquals(line([-Infinity, 0, Infinity], [1, 2, 3], [-5, 0, 5]), [2, 2, 2]);
});

Deno.test("a slope changes its sign where the points do, however flat they are", () => {
  // 1e-200 · 1e-200 is 0 in doubles; the curve is a line all the same.
  const y = [0, 1e-200, 2e-200, 3e-200, 1];
  const found = interpolate([0, 1, 2, 3, 4], y, [0.25, 1.25], { method: "pchip" });
  assertClose(found, [0.25e-200, 1.25e-200], 1e-14);
});
