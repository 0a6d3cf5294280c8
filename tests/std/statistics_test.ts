import { assertEquals, assertThrows } from "@std/assert";
import {
  correlation,
  count,
  covariance,
  describe,
  extent,
  histogram,
  kurtosis,
  max,
  mean,
  median,
  min,
  missing,
  quantile,
  quantiles,
  rms,
  skewness,
  standardDeviation,
  sum,
  variance,
} from "measuring/statistics";
import { assertClose, noise } from "../support/numeric_values.ts";

const V = [3.1, -2.5, 8.25, 0, 4.5, 4.5, -7.75, 12.5, 1e3];
const U = [1, 2, 0.5, -4, 8, 16, 2.5, 3, -100];

/** The figures of NumPy 2.4.6 and SciPy 1.17.1 for V and U. */
const NUMPY = {
  mean: 113.62222222222222,
  variance: 110518.83131944443,
  populationDeviation: 313.4309512043115,
  rms: 333.3901176633098,
  skewness: 2.4733781074584145,
  kurtosis: 4.12077452297686,
  covariance: -11475.559027777777,
  correlation: -0.9864332308149288,
};

Deno.test("figures equal those of NumPy and SciPy", () => {
  for (
    const [found, expected] of [
      [mean(V), NUMPY.mean],
      [variance(V), NUMPY.variance],
      [standardDeviation(V), Math.sqrt(NUMPY.variance)],
      [standardDeviation(V, "population"), NUMPY.populationDeviation],
      [rms(V), NUMPY.rms],
      [skewness(V), NUMPY.skewness],
      [kurtosis(V), NUMPY.kurtosis],
      [covariance(V, U), NUMPY.covariance],
      [covariance(V, U, "population"), NUMPY.covariance * 8 / 9],
      [correlation(V, U), NUMPY.correlation],
    ]
  ) assertClose([found!], [expected!], 1e-14);
  assertEquals(extent(V), [-7.75, 1000]);
  const { mean: m, standardDeviation: s, ...rest } = describe(Float64Array.from(V));
  assertClose([m, s, rest.rms], [NUMPY.mean, Math.sqrt(NUMPY.variance), NUMPY.rms], 1e-14);
  assertEquals([rest.count, rest.missing, rest.min, rest.max], [9, 0, -7.75, 1000]);
});

Deno.test("quantiles equal numpy.quantile, in any order", () => {
  const expected = [-7.75, -3.55, 0, 4.5, 210.00000000000017, 920.9999999999999, 1000];
  assertClose(quantiles(V, [0, 0.1, 0.25, 0.5, 0.9, 0.99, 1]), expected, 1e-15);
  assertClose(quantiles(V, [0.9, 0.5, 0.1]), [expected[4]!, expected[3]!, expected[1]!], 1e-15);
  assertEquals([median([3, 1, 2]), median([4, 1, 2, 3]), quantile([5], 0.3)], [2, 2.5, 5]);
  assertEquals(quantile([1, 2, Infinity], 0.5), 2);
  assertThrows(() => quantile(V, 1.1), RangeError, "0 to 1");
  assertThrows(() => quantile(V, NaN), RangeError);
});

Deno.test("quantiles of many values equal those of sorted ones, and the input doesn't change", () => {
  const values = noise(10_001);
  const before = values.slice();
  const sorted = values.slice().sort();
  const ps = [0.5, 0, 0.0001, 0.25, 1, 0.9999];
  assertEquals(quantiles(values, ps), Float64Array.from(ps, (p) => sorted[p * 10_000]!));
  assertEquals(values, before);
});

Deno.test("NaN is left out everywhere, with both values of a pair", () => {
  const holes = [NaN, ...V.flatMap((value) => [value, NaN])];
  const pairs = [5, ...U.flatMap((value) => [value, 7])];
  for (
    const figure of [sum, mean, min, max, variance, rms, skewness, kurtosis, median, count]
  ) assertEquals(figure(holes), figure(V), figure.name);
  assertEquals(missing(holes), 10);
  assertEquals(correlation(holes, pairs), correlation(V, U));
  assertEquals(covariance(pairs, holes), covariance(U, V));
  assertEquals(histogram(holes, 4).counts, histogram(V, 4).counts);
});

Deno.test("undefined figures are NaN", () => {
  for (const values of [[], [NaN, NaN], new Float64Array(0)]) {
    assertEquals(sum(values), 0);
    for (
      const figure of [mean, min, max, variance, standardDeviation, rms, skewness, kurtosis, median]
    ) assertEquals(figure(values), NaN, figure.name);
    assertEquals(correlation(values, values), NaN);
  }
  assertEquals([variance([5]), variance([5], "population"), mean([5])], [NaN, 0, 5]);
  assertEquals([covariance([1], [2]), correlation([1, 1], [1, 2])], [NaN, NaN]);
});

Deno.test("infinities count as values", () => {
  assertEquals([sum([1, Infinity]), mean([-Infinity, 1]), rms([1, -Infinity])], [
    Infinity,
    -Infinity,
    Infinity,
  ]);
  assertEquals(sum([Infinity, -Infinity]), NaN);
  assertEquals(extent([Infinity, NaN]), [Infinity, Infinity]);
  assertEquals(extent([-Infinity]), [-Infinity, -Infinity]);
  assertEquals(variance([1, Infinity]), NaN);
});

Deno.test("rms and quantiles of infinities are the infinities between which they lie", () => {
  assertEquals(rms([Infinity, -Infinity]), Infinity);
  assertEquals(describe([Infinity, -Infinity, 1]).rms, Infinity);
  const cases: [values: number[], p: number, wanted: number][] = [
    [[1, Infinity], 0.5, Infinity],
    [[1, Infinity], 0.25, Infinity],
    [[-Infinity, 1], 0.75, -Infinity],
    [[-Infinity, Infinity], 0.5, NaN],
    [[-Infinity, 1, Infinity], 0.5, 1],
    [[Infinity, Infinity], 0.3, Infinity],
    [[-1.5e308, 1.5e308], 0.5, 0],
  ];
  for (const [values, p, wanted] of cases) assertEquals(quantile(values, p), wanted, `${values}`);
  assertEquals(median([1, Infinity]), Infinity);
});

Deno.test("constant values have no correlation, skewness and kurtosis", () => {
  const random = noise(40, 5);
  for (let k = 0; k < 40; k++) {
    const value = random[k]! * 10 ** (k % 9 - 4), length = 2 + k;
    const constant = new Float64Array(length).fill(value);
    const other = noise(length, k);
    assertEquals(correlation(constant, other), NaN, `${value} ${length} times`);
    assertEquals(correlation(other, constant), NaN, `${value} ${length} times`);
    assertEquals(covariance(constant, other), 0, `${value} ${length} times`);
    assertEquals(skewness(constant), NaN, `${value} ${length} times`);
    assertEquals(kurtosis(constant), NaN, `${value} ${length} times`);
    constant[0] = NaN;
    assertEquals(correlation(constant, other), NaN);
    assertEquals(kurtosis(constant), NaN);
  }
});

Deno.test("a histogram may have any number of bins", () => {
  const { edges, counts } = histogram([0, 0.25, 1], 1_000_000, [0, 1]);
  assertEquals([edges.length, edges[1_000_000], counts.length], [1_000_001, 1, 1_000_000]);
  assertEquals([counts[0], counts[250_000], counts[999_999]], [1, 1, 1]);
});

Deno.test("sums lose nothing to differing orders of magnitude", () => {
  assertEquals(sum([1e16, 1, 1, -1e16]), 2);
  // A million times 0.1 (whose double is 0.1000000000000000055511…): 100000.00000000000555…
  assertEquals(sum(new Float64Array(1_000_000).fill(0.1)), 100_000);
  assertEquals(mean(new Float64Array(1_000_000).fill(0.1)), 0.1);
});

Deno.test("a variance keeps its digits next to a large mean", () => {
  // NIST's StRD data set NumAcc4: 10000000.2, then 500 pairs of .1 and .3; deviation exactly 0.1.
  const values = Float64Array.from(
    { length: 1001 },
    (_, k) => k === 0 ? 10000000.2 : k % 2 === 1 ? 10000000.1 : 10000000.3,
  );
  assertClose([standardDeviation(values), mean(values)], [0.1, 10000000.2], 1e-15);
  assertClose([standardDeviation(values)], [0.1], 1e-8);
});

Deno.test("a histogram's bins equal numpy.histogram's", () => {
  const { edges, counts, below, above } = histogram(V.slice(0, 8), 5);
  assertClose(edges, [-7.75, -3.7, 0.34999999999999964, 4.399999999999999, 8.45, 12.5], 1e-15);
  assertEquals(Array.from(counts), [1, 2, 1, 3, 1]);
  assertEquals([below, above], [0, 0]);
});

Deno.test("a histogram counts edges in the right bin, and values outside", () => {
  const tenths = Array.from({ length: 11 }, (_, k) => k / 10);
  const { counts } = histogram(tenths, tenths);
  assertEquals(Array.from(counts), [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
  const even = histogram(tenths, 10, [0, 1]);
  assertEquals(even.counts.reduce((a, b) => a + b), 11);
  tenths.forEach((value) => {
    const { counts, edges } = histogram([value], 10, [0, 1]);
    const bin = counts.indexOf(1);
    assertEquals(edges[bin]! <= value && (value < edges[bin + 1]! || bin === 9), true);
  });
  assertEquals(histogram([-1, 0, 0.5, 2, NaN, Infinity], [0, 1]), {
    edges: Float64Array.of(0, 1),
    counts: Float64Array.of(2),
    below: 1,
    above: 2,
    missing: 1,
  });
  assertEquals(Array.from(histogram([3, 3], 1).edges), [2.5, 3.5]);
  assertThrows(() => histogram([NaN], 3), RangeError, "no finite value");
  assertThrows(() => histogram([1], [1, 1]), RangeError, "must rise");
});

Deno.test("pairs must have equal lengths", () => {
  assertThrows(() => covariance([1, 2], [1]), RangeError, "2 values of x, but 1 of y");
});

Deno.test("figures are exact for values that are small, large or far from 0", () => {
  const u = noise(1000, 3), v = noise(1000, 4);
  const scaled = (values: Float64Array, factor: number) => values.map((value) => value * factor);
  // Powers of two, so that the values keep their digits.
  for (const factor of [2 ** -1000, 2 ** -530, 2 ** -300, 2 ** 300, 2 ** 510, 2 ** 1000]) {
    const x = scaled(u, factor), what = `${factor}`;
    assertClose([skewness(x), kurtosis(x)], [skewness(u), kurtosis(u)], 1e-13, what);
    assertClose([standardDeviation(x)], [standardDeviation(u) * factor], 1e-15, what);
    assertClose([rms(x), describe(x).rms], [rms(u) * factor, rms(u) * factor], 1e-15, what);
    for (const other of [1, factor, 1 / factor]) {
      const y = scaled(v, other);
      assertClose([correlation(x, y)], [correlation(u, v)], 1e-13, what);
      const product = factor * other;
      if (product < 1e-290 || product > 1e290) continue;
      assertClose([covariance(x, y)], [covariance(u, v) * product], 1e-13, what);
    }
  }
  const far = u.map((value) => value + 1e9), back = far.map((value) => value - 1e9);
  assertClose([skewness(far), kurtosis(far)], [skewness(back), kurtosis(back)], 1e-13);
});

Deno.test("a covariance with an infinity is NaN", () => {
  for (const far of [[1, Infinity, 2], [-Infinity, 1, Infinity], [NaN, -Infinity, 3]]) {
    assertEquals(covariance(far, [1, 2, 4]), NaN);
    assertEquals(covariance([1, 2, 4], far, "population"), NaN);
    assertEquals(correlation(far, [1, 2, 4]), NaN);
    assertEquals([skewness(far), kurtosis(far)], [NaN, NaN]);
  }
});

Deno.test("every finite value has its bin, also in bins as narrow as doubles", () => {
  const tiny = Number.MIN_VALUE;
  assertEquals(Array.from(histogram([0, tiny, 2 * tiny, 3 * tiny], 3).counts), [1, 1, 2]);
  const one = 1 + Number.EPSILON, two = 1 + 2 * Number.EPSILON;
  assertEquals(Array.from(histogram([1, one, one, two], 2).counts), [1, 3]);
  const most = Number.MAX_VALUE;
  assertEquals(Array.from(histogram([-most, -1, 0, most], 4).counts), [1, 1, 1, 1]);
  const values = noise(5000).map((value) => 1e9 + value * 1e-4);
  for (const bins of [1, 7, 100, 900]) {
    const { edges, counts } = histogram(values, bins);
    const expected = new Float64Array(bins);
    for (const value of values) {
      const after = edges.findIndex((edge) => edge > value);
      expected[(after < 0 ? edges.length - 1 : after) - 1]!++;
    }
    assertEquals(counts, expected);
  }
});
