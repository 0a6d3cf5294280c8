import { assertEquals, assertThrows } from "@std/assert";
import { detrend, evaluate, linearFit, polynomialFit, powersOfX } from "measuring/fit";
import { assertClose, noise } from "../support/numeric_values.ts";

const X = [0, 1, 2.5, 4, 7, 8], Y = [1, 3, 2, 2, 5, -1];

Deno.test("a straight line equals scipy.stats.linregress", () => {
  const fit = linearFit([...X, NaN, 3], [...Y, 5, NaN]);
  // SciPy 1.17.1
  assertClose([fit.slope], [-0.03855421686746988], 1e-14);
  assertClose([fit.intercept], [2.144578313253012], 1e-15);
  assertClose([fit.r2], [0.0038554216867469886], 1e-12);
  assertClose([fit.slopeError], [0.3098611548082604], 1e-14);
  assertClose([fit.interceptError], [1.476589464444646], 1e-14);
  assertClose([fit.residualDeviation], [2.2317533222930943], 1e-14);
  assertEquals(fit.count, 6);
});

Deno.test("a straight line has the certified values of NIST's Norris data", () => {
  // Statistical Reference Datasets, Norris: y, x and the certified line.
  const data = `0.1 0.2 338.8 337.4 118.1 118.2 888.0 884.6 9.2 10.1 228.1 226.5 668.5 666.3 998.5
    996.3 449.1 448.6 778.9 777.0 559.2 558.2 0.3 0.4 0.1 0.6 778.1 775.5 668.8 666.9 339.3 338.0
    448.9 447.5 10.8 11.6 557.7 556.0 228.3 228.1 998.0 995.8 888.8 887.6 119.6 120.2 0.3 0.3 0.6
    0.3 557.6 556.8 339.3 339.1 888.0 887.2 998.5 999.0 778.9 779.0 10.2 11.1 117.6 118.3 228.9
    229.2 668.4 669.1 449.2 448.9 0.2 0.5`.trim().split(/\s+/).map(Number);
  const y = data.filter((_, k) => k % 2 === 0), x = data.filter((_, k) => k % 2 === 1);
  const fit = linearFit(x, y);
  assertClose([fit.count, fit.slope], [36, 1.00211681802045], 1e-12);
  assertClose([fit.slope], [1.00211681802045], 1e-12);
  assertClose([fit.intercept], [-0.262323073774029], 1e-10);
  assertClose([fit.slopeError], [0.429796848199937e-3], 1e-11);
  assertClose([fit.interceptError], [0.232818234301152], 1e-11);
  assertClose([fit.residualDeviation], [0.884796396144373], 1e-11);
  assertClose([fit.r2], [0.999993745883712], 1e-12);
  const line = polynomialFit(x, y, 1);
  assertClose(powersOfX(line), [-0.262323073774029, 1.00211681802045], 1e-12);
  assertClose([line.residualDeviation, line.r2], [0.884796396144373, 0.999993745883712], 1e-11);
});

Deno.test("a polynomial equals numpy.polynomial", () => {
  const fit = polynomialFit(X, Y, 3);
  // NumPy 2.4.6, Polynomial.fit(X, Y, 3).convert().coef, and the residuals' sum of squares
  assertClose(powersOfX(fit), [
    2.0230310205228332,
    -1.566685550515646,
    0.8204913911200722,
    -0.08195560537249943,
  ], 1e-13);
  assertClose([fit.residualDeviation], [Math.sqrt(11.498713789767203 / 2)], 1e-13);
});

Deno.test("polynomials of any degree are recovered, also far from zero", () => {
  for (const degree of [0, 1, 2, 5, 10, 20]) {
    const terms = noise(degree + 1, degree + 3);
    const t = Float64Array.from({ length: 500 }, (_, k) => k / 249.5 - 1);
    const y = t.map((at) => terms.reduceRight((sum, term) => sum * at + term, 0));
    const days = t.map((at) => 1.7e12 + at * 43_200_000); // milliseconds of one day
    const fit = polynomialFit(days, y, degree);
    assertClose(evaluate(fit, days), y, 1e-10, `degree ${degree}`);
    const near = polynomialFit(t, y, degree);
    assertClose(evaluate(near, t), y, 1e-13, `degree ${degree}`);
    assertClose(powersOfX(near), terms, degree > 10 ? 1e-6 : 1e-10, `degree ${degree}`);
  }
});

Deno.test("residuals of a fit are orthogonal to what was fitted", () => {
  const values = noise(1000).map((value, k) => value + 3 + 0.01 * k + 1e-5 * k * k);
  for (const degree of [0, 1, 2]) {
    const rest = detrend(values, { degree });
    assertClose([1 + linearFit(rest.map((_, k) => k), rest).intercept], [1], degree ? 1e-12 : 10);
    assertClose([1 + rest.reduce((a, b) => a + b)], [1], 1e-9);
    const again = detrend(rest, { degree });
    assertClose(again, rest, 1e-12);
  }
  const gaps = detrend([1, NaN, 3, 4]);
  assertEquals(Array.from(gaps), [0, NaN, 0, 0]);
});

Deno.test("a fit needs enough different x", () => {
  assertThrows(() => polynomialFit([1, 1, 1], [1, 2, 3], 1), RangeError, "too few different x");
  assertThrows(() => polynomialFit([], [], 0), RangeError, "0 pairs");
  assertThrows(() => polynomialFit([1, 2], [1, 2], 2), RangeError, "too few");
  assertThrows(() => polynomialFit([1, 2], [1, 2], 31), RangeError, "30 is the most");
  assertThrows(() => linearFit([1], [1, 2]), RangeError, "1 values of x");
  const { slope, r2 } = linearFit([1, 1], [1, 2]);
  assertEquals([slope, r2], [NaN, NaN]);
  assertEquals(linearFit([1, 2], [5, 5]).r2, NaN);
});

Deno.test("a degenerate line has no residual deviation, and a constant has no r²", () => {
  for (const y of [[1, 2, Infinity], [NaN, 2, 1], [1, 2, 3]]) {
    const { slope, residualDeviation } = linearFit([5, 5, 5], y);
    assertEquals([slope, residualDeviation], [NaN, NaN]);
  }
  assertEquals(linearFit([1, 2, 3], [1, -Infinity, 2]).residualDeviation, NaN);
  assertEquals(polynomialFit([1, 2, 3, 4, 5, 6, 7], new Array(7).fill(0.1), 1).r2, NaN);
});

Deno.test("fits keep their digits for small and large x and y", () => {
  const x = noise(200, 5), y = noise(200, 6).map((value, k) => value + 3 * x[k]!);
  const line = linearFit(x, y), curve = polynomialFit(x, y, 3);
  for (const a of [2 ** -1000, 2 ** -540, 1, 2 ** 540]) {
    for (const b of [2 ** -1000, 2 ** -540, 1, 2 ** 540, 2 ** 1000]) {
      if (a / b > 2 ** 1010 || b / a > 2 ** 1010) continue;
      const u = x.map((value) => value * a), v = y.map((value) => value * b);
      const scaled = linearFit(u, v), what = `${a} ${b}`;
      assertClose([scaled.slope * (a / b)], [line.slope], 1e-13, what);
      assertClose([scaled.slopeError * (a / b)], [line.slopeError], 1e-13, what);
      assertClose([scaled.intercept / b], [line.intercept], 1e-12, what);
      assertClose([scaled.r2], [line.r2], 1e-13, what);
      assertClose([scaled.residualDeviation / b], [line.residualDeviation], 1e-13, what);
      const fitted = polynomialFit(u, v, 3);
      assertClose(fitted.coefficients.map((c) => c / b), curve.coefficients, 1e-13, what);
      assertClose([fitted.residualDeviation / b], [curve.residualDeviation], 1e-13, what);
      assertClose([fitted.r2], [curve.r2], 1e-13, what);
    }
  }
});
