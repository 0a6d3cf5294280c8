import { assert, assertEquals } from "@std/assert";
import * as fft from "measuring/fft";
import * as filters from "measuring/filters";
import * as fit from "measuring/fit";
import * as interpolation from "measuring/interpolation";
import * as statistics from "measuring/statistics";
import * as windows from "measuring/windows";
import { SEED } from "../support/suite_options.ts";
import { type Argument, type Figures, figures } from "../support/peers/figures.ts";
import { pythonTest } from "../support/peers/python.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";

type Numbers = statistics.Numbers;

/** A call of the library beside that of NumPy, SciPy or pandas. */
interface Comparison {
  what: string;
  ours: () => number | Numbers | Record<string, number | Numbers>;
  theirs: [name: string, ...args: Argument[]];
  /** Largest error as a share of the greatest expected value. */
  share?: number;
  /** Largest error, beside that: what the input's size lets be lost. */
  apart?: number;
}

/** A number from 0 to below 1. */
const unit = (random: Random) => random(2 ** 31) / 2 ** 31;
const signed = (random: Random) => 2 * unit(random) - 1;

/** Kinds of input, each as the function that makes a value of it, and what holds the values. */
const FINITE: Record<string, (n: number, random: Random) => Numbers> = {
  noise: (n, random) => Float64Array.from({ length: n }, () => signed(random)),
  "1e9 + noise": (n, random) => Float64Array.from({ length: n }, () => 1e9 + signed(random)),
  constant: (n) => new Float64Array(n).fill(0.1),
  "large constant": (n) => new Float64Array(n).fill(1e9 + 0.1),
  zeros: (n, random) => Float64Array.from({ length: n }, () => random(2) === 0 ? 0 : -0),
  subnormals: (n, random) =>
    Float64Array.from({ length: n }, () => (random(2001) - 1000) * Number.MIN_VALUE),
  small: (n, random) => Float64Array.from({ length: n }, () => signed(random) * 1e-140),
  large: (n, random) => Float64Array.from({ length: n }, () => signed(random) * 1e140),
  floats: (n, random) => Float32Array.from({ length: n }, () => signed(random)),
  integers: (n, random) => Int32Array.from({ length: n }, () => random(2 ** 31) - 2 ** 30),
  bytes: (n, random) => Uint8Array.from({ length: n }, () => random(256)),
  array: (n, random) => Array.from({ length: n }, () => signed(random)),
  "few values": (n, random) => Array.from({ length: n }, () => random(3)),
};
const sprinkled = (...others: number[]) => (n: number, random: Random) =>
  Float64Array.from(
    { length: n },
    () => random(4) === 0 ? others[random(others.length)]! : signed(random),
  );
const MISSING: typeof FINITE = {
  gaps: sprinkled(NaN),
  nothing: (n) => new Float64Array(n).fill(NaN),
  "float gaps": (n, random) => Float32Array.from(sprinkled(NaN)(n, random)),
};
const INFINITE: typeof FINITE = {
  infinities: sprinkled(Infinity, -Infinity),
  "one infinity": sprinkled(Infinity),
  "infinities and gaps": sprinkled(Infinity, -Infinity, NaN),
};
const ALL = { ...FINITE, ...MISSING, ...INFINITE };

/** Lengths: empty, one, two, primes, powers of two. */
const LENGTHS = [0, 1, 2, 3, 13, 64, 97];

interface Input {
  kind: string;
  values: Numbers;
  random: Random;
}

let cases = 0;

function* inputs(kinds: typeof FINITE, least = 0): Generator<Input> {
  for (const [kind, make] of Object.entries(kinds)) {
    for (const n of LENGTHS) {
      if (n < least) continue;
      const random = fuzzRandom(cases++);
      yield { kind: `${kind} × ${n}`, values: make(n, random), random };
    }
  }
}

const sizeOf = (values: Numbers) =>
  Array.from(values).filter(Number.isFinite).reduce((sum, value) => sum + Math.abs(value), 0);
const mostOf = (values: Numbers) =>
  Array.from(values).filter(Number.isFinite).reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/** Comparisons of a function of values alone. */
function ofValues(
  ours: (values: Numbers) => ReturnType<Comparison["ours"]>,
  theirs: (values: Numbers) => Comparison["theirs"],
  bounds: (values: Numbers) => { share?: number; apart?: number } = () => ({}),
  kinds = ALL,
  least = 0,
): () => Comparison[] {
  return () =>
    [...inputs(kinds, least)].map(({ kind, values }) => ({
      what: kind,
      ours: () => ours(values),
      theirs: theirs(values),
      ...bounds(values),
    }));
}

/** Pairs of kinds of values. */
function ofPairs(
  each: (x: Numbers, y: Numbers, random: Random) => Omit<Comparison, "what">,
  kinds = ALL,
  least = 0,
): () => Comparison[] {
  return () =>
    [...inputs(kinds, least)].flatMap(({ kind, values, random }) => {
      const names = Object.keys(kinds);
      return [0, 1].flatMap(() => {
        const other = names[random(names.length)]!;
        const y = kinds[other]!(values.length, random);
        return { what: `${kind} and ${other}`, ...each(values, y, random) };
      });
    });
}

const RATE = 1000;
const butterworths = {
  butterworthLowpass: "lowpass",
  butterworthHighpass: "highpass",
  butterworthBandpass: "bandpass",
  butterworthBandstop: "bandstop",
} as const;
type Butterworth = keyof typeof butterworths;

/** One cut-off, or two of a band, from `least` of the rate up to nearly a half. */
function cutoffsOf(name: Butterworth | string, random: Random, least: number): number[] {
  const one = () => RATE * Math.exp(Math.log(least) + unit(random) * Math.log(0.48 / least));
  if (!/Band/.test(name)) return [one()];
  const low = one();
  return [low, Math.min(0.49 * RATE, low * (1.1 + 5 * unit(random)))];
}

function designed(name: Butterworth, order: number, cutoffs: number[]): filters.Section[] {
  const given = cutoffs.length === 1 ? cutoffs[0]! : cutoffs;
  return filters[name](order, given as never, RATE);
}

const flat = (sections: readonly filters.Section[]) =>
  sections.flatMap(({ b0, b1, b2, a1, a2 }) => [b0, b1, b2, a1, a2]);

function ofButterworth(name: Butterworth): () => Comparison[] {
  const kind = butterworths[name];
  return () =>
    Array.from({ length: 40 }, (_, k): Comparison[] => {
      const random = fuzzRandom(cases++);
      const order = 1 + random(8), far = k % 2 === 0;
      const cutoffs = cutoffsOf(name, random, far ? 1e-8 : 1e-3);
      const sections = designed(name, order, cutoffs);
      const near = Float64Array.from({ length: 12 }, () => cutoffs[0]! * 10 ** signed(random));
      const at = near.filter((f) => f < RATE / 2);
      const what = `order ${order} at ${cutoffs}`;
      const x = noiseOf(300, random);
      const gains: Comparison = {
        what,
        ours: () => filters.gainOf(sections, at, RATE),
        theirs: ["butterworth_gain", order, Float64Array.from(cutoffs), RATE, kind, at],
        share: 1e-13,
      };
      const output: Comparison = {
        what: `${what}, applied`,
        ours: () => filters.filterIir(x, sections),
        theirs: ["butterworth_output", x, order, Float64Array.from(cutoffs), RATE, kind],
        share: kind === "lowpass" ? 1e-12 : 1e-10,
      };
      const filtered: Comparison = {
        ...output,
        theirs: ["butterworth_sosfilt", x, order, Float64Array.from(cutoffs), RATE, kind],
        share: 1e-7,
      };
      if (far) return [gains, output, filtered];
      const scipy: Comparison = {
        ...gains,
        theirs: ["butterworth", order, Float64Array.from(cutoffs), RATE, kind, at],
        share: 1e-8,
      };
      return [gains, output, scipy];
    }).flat();
}

function noiseOf(n: number, random: Random): Float64Array {
  return Float64Array.from({ length: n }, () => signed(random));
}

/** A section with any poles inside of the unit circle: real ones of both signs, a pair, one or none. */
function anySection(random: Random): filters.Section {
  const [b0, b1, b2] = [signed(random), signed(random), signed(random)];
  const p = 0.99 * signed(random), q = 0.99 * signed(random), angle = Math.PI * unit(random);
  const poles = [[-p - q, p * q], [-2 * p * Math.cos(angle), p * p], [-p, 0], [0, 0]];
  const [a1, a2] = poles[random(poles.length)]!;
  return { b0, b1, b2: a2 === 0 ? 0 : b2, a1: a1!, a2: a2! };
}

/** Any sections, or those of a design, at cut-offs where SciPy keeps its digits. */
function someSections(random: Random): filters.Section[] {
  if (random(2) === 0) return Array.from({ length: 1 + random(3) }, () => anySection(random));
  const names = Object.keys(butterworths) as Butterworth[];
  const name = names[random(names.length)]!;
  return designed(name, 1 + random(4), cutoffsOf(name, random, 0.02));
}

function ofFilter(both: boolean): () => Comparison[] {
  return () =>
    [...inputs(FINITE)].flatMap(({ kind, values, random }) =>
      (["zero", "steady"] as const).map((outside) => {
        const sections = someSections(random);
        const filter = both ? filters.filterBothWays : filters.filterIir;
        return {
          what: `${kind} ${outside}`,
          ours: () => filter(values, sections, { outside }),
          theirs: ["filter_iir", values, flat(sections), outside === "steady", both],
          share: 1e-11,
          apart: 1e-10 * mostOf(values) + 1e-318,
        } satisfies Comparison;
      })
    );
}

function ofFir(name: "firLowpass" | "firHighpass" | "firBandpass" | "firBandstop") {
  const kind = name.slice(3).toLowerCase();
  return () =>
    Array.from({ length: 20 }, (): Comparison => {
      const random = fuzzRandom(cases++);
      const count = 2 * random(60) + 1, cutoffs = cutoffsOf(name, random, 0.01);
      const given = cutoffs.length === 1 ? cutoffs[0]! : cutoffs;
      return {
        what: `${count} taps at ${cutoffs}`,
        ours: () => filters[name](count, given as never, RATE),
        theirs: ["fir", count, Float64Array.from(cutoffs), RATE, kind],
        share: 1e-11,
      };
    });
}

function ofMoving(
  ours: (values: Numbers, window: number, use: filters.MovingOptions) => Float64Array,
  name: string,
): () => Comparison[] {
  return () =>
    [...inputs(ALL)].flatMap(({ kind, values, random }) => {
      const window = 1 + random(20);
      const align = random(2) === 0 ? "centre" as const : "trailing" as const;
      const edges = random(2) === 0 ? "nan" as const : "shorter" as const;
      const exact = /min|max/.test(name);
      // Squares of what is below 1e-154 lose digits, and the last of them at 1e-162.
      const least = name === "rms" ? 1e-154 : 1e-322;
      const apart = exact ? 0 : 1e-15 * (name === "sum" ? window : 1) * mostOf(values) + least;
      const comparison: Comparison = {
        what: `${kind} ${window} ${align} ${edges}`,
        ours: () => ours(values, window, { align, edges }),
        theirs: ["moving", values, window, name, align === "centre", edges === "nan"],
        share: exact ? 0 : 1e-15,
        apart,
      };
      // pandas takes infinities for missing.
      if (name === "rms" || Array.from(values).some((value) => Math.abs(value) === Infinity)) {
        return [comparison];
      }
      return [comparison, {
        what: `${kind} ${window} ${align}, pandas`,
        ours: () => ours(values, window, { align }),
        theirs: ["rolling", values, window, name, align === "centre"],
        share: 1e-12,
        apart: exact ? 0 : 1e-13 * window * mostOf(values) + 1e-322,
      }];
    });
}

/** Places that rise, near 0 or far from it. */
function rising(n: number, random: Random): Float64Array {
  let place = random(2) === 0 ? 0 : 1e9;
  return Float64Array.from({ length: n }, () => place += 0.25 * (1 + random(8)));
}

const symmetries = ["symmetric", "periodic"] as const;

function ofWindow(
  name: "rectangular" | "bartlett" | "hann" | "hamming" | "blackman" | "blackmanHarris" | "flatTop",
): () => Comparison[] {
  return () =>
    LENGTHS.flatMap((n) =>
      symmetries.map((symmetry): Comparison => ({
        what: `${n} ${symmetry}`,
        ours: () => windows[name](n, symmetry),
        theirs: ["window", name, n, symmetry === "periodic"],
        share: 1e-14,
        apart: 1e-15,
      }))
    );
}

function ofShapedWindow(
  name: "kaiser" | "gaussian",
  shape: (random: Random) => number,
): () => Comparison[] {
  return () =>
    LENGTHS.flatMap((n) =>
      symmetries.map((symmetry): Comparison => {
        const given = shape(fuzzRandom(cases++));
        return {
          what: `${n} ${given} ${symmetry}`,
          ours: () => windows[name](n, given, symmetry),
          theirs: ["window", name, n, symmetry === "periodic", given],
          share: 1e-13,
        };
      })
    );
}

const transformed = (values: Numbers) => ({ share: 1e-14, apart: 1e-323 * values.length ** 2 });
const parts = (n: number, random: Random) => ({ re: noiseOf(n, random), im: noiseOf(n, random) });
const listed = (members: object) => members as unknown as Record<string, number | Numbers>;

/** How each function of the library is compared; those of `ALONE` have nothing to be compared with. */
const COMPARED: Record<string, () => Comparison[]> = {
  count: ofValues(statistics.count, (values) => ["count", values], () => ({ share: 0 })),
  missing: ofValues(statistics.missing, (values) => ["missing", values], () => ({ share: 0 })),
  sum: ofValues(
    statistics.sum,
    (values) => ["sum", values],
    (values) => ({ share: 4e-16, apart: 1e-28 * sizeOf(values) }),
  ),
  mean: ofValues(
    statistics.mean,
    (values) => ["mean", values],
    (values) => ({ share: 5e-16, apart: 1e-28 * sizeOf(values) + 5e-324 }),
  ),
  extent: ofValues(statistics.extent, (values) => ["extent", values], () => ({ share: 0 })),
  min: ofValues((v) => [statistics.min(v), statistics.max(v)], (values) => ["extent", values]),
  max: ofValues((v) => [statistics.min(v), statistics.max(v)], (values) => ["extent", values]),
  variance: () =>
    (["sample", "population"] as const).flatMap((of, k) =>
      ofValues(
        (values) => statistics.variance(values, of),
        (values) => ["variance", values, 1 - k],
        (values) => ({ share: 1e-14, apart: 1e-30 * mostOf(values) ** 2 }),
      )()
    ),
  standardDeviation: () =>
    (["sample", "population"] as const).flatMap((of, k) =>
      ofValues(
        (values) => statistics.standardDeviation(values, of),
        (values) => ["deviation", values, 1 - k],
        (values) => ({ share: 1e-14, apart: 1e-15 * mostOf(values) }),
      )()
    ),
  rms: ofValues(
    statistics.rms,
    (values) => ["rms", values],
    () => ({ share: 1e-15, apart: 1e-323 }),
  ),
  skewness: ofValues(
    statistics.skewness,
    (values) => ["skewness", values],
    () => ({ share: 1e-11, apart: 1e-11 }),
  ),
  kurtosis: ofValues(
    statistics.kurtosis,
    (values) => ["kurtosis", values],
    () => ({ share: 1e-11, apart: 1e-11 }),
  ),
  median: ofValues(
    statistics.median,
    (values) => ["quantiles", values, [0.5]],
    (values) => ({ share: 4e-16, apart: 2e-16 * mostOf(values) + 5e-324 }),
  ),
  quantile: ofValues(
    (values) => statistics.quantile(values, 0.3),
    (values) => ["quantiles", values, [0.3]],
    (values) => ({ share: 4e-16, apart: 2e-16 * mostOf(values) + 5e-324 }),
  ),
  quantiles: ofValues(
    (values) => statistics.quantiles(values, [0.9, 0, 1, 0.123, 0.5]),
    (values) => ["quantiles", values, [0.9, 0, 1, 0.123, 0.5]],
    (values) => ({ share: 4e-16, apart: 2e-16 * mostOf(values) + 5e-324 }),
  ),
  covariance: ofPairs((x, y, random) => {
    const ofSample = random(2);
    return {
      ours: () => statistics.covariance(x, y, ofSample === 1 ? "sample" : "population"),
      theirs: ["covariance", x, y, ofSample],
      share: 1e-13,
      apart: 1e-15 * mostOf(x) * mostOf(y) + 1e-320,
    };
  }),
  correlation: ofPairs((x, y) => ({
    ours: () => statistics.correlation(x, y),
    theirs: ["correlation", x, y],
    share: 1e-12,
    apart: 1e-12,
  })),
  describe: ofValues(
    (values) => {
      const { mean, standardDeviation: deviation, ...others } = statistics.describe(values);
      assertEquals(mean, statistics.mean(values));
      assertEquals(deviation, statistics.standardDeviation(values));
      assertEquals(others.count, statistics.count(values));
      assertEquals(others.missing, statistics.missing(values));
      assertEquals(others.rms, statistics.rms(values));
      return [others.min, others.max];
    },
    (values) => ["extent", values],
  ),
  histogram: () =>
    [...inputs(ALL, 1)].flatMap(({ kind, values, random }): Comparison[] => {
      const some = Array.from(values).filter(Number.isFinite);
      if (some.length === 0) return [];
      const bins = 1 + random(40);
      let found: statistics.Histogram;
      try {
        found = statistics.histogram(values, bins);
      } catch (error) {
        // NumPy says so, too.
        assert(error instanceof RangeError, `${error}`);
        return [{
          what: kind,
          ours: () => {
            throw error;
          },
          theirs: ["histogram_edges", values, bins],
        }];
      }
      const { edges, counts, below, above } = found;
      return [
        {
          what: `${kind} ${bins} bins`,
          ours: () => edges,
          theirs: ["histogram_edges", values, bins],
          share: 4e-16,
        },
        {
          what: `${kind} ${bins} bins, counted`,
          ours: () => ({ counts, below, above }),
          theirs: ["counted", values, edges],
          share: 0,
        },
      ];
    }),
  fft: ofPairs(
    (re, im) => ({
      ours: () => listed(fft.fft(re, im)),
      theirs: ["fft", re, im],
      share: 1e-14,
      apart: 1e-14 * Math.max(sizeOf(re), sizeOf(im)) + 1e-320,
    }),
    { ...FINITE },
    1,
  ),
  ifft: ofPairs(
    (re, im) => ({
      ours: () => listed(fft.ifft(re, im)),
      theirs: ["ifft", re, im],
      share: 1e-14,
      apart: 1e-14 * Math.max(mostOf(re), mostOf(im)) + 1e-320,
    }),
    { ...FINITE },
    1,
  ),
  rfft: ofValues(
    (values) => listed(fft.rfft(values)),
    (values) => ["rfft", values],
    (values) => ({ ...transformed(values), apart: 1e-15 * sizeOf(values) + 1e-320 }),
    FINITE,
    1,
  ),
  irfft: () =>
    [...LENGTHS.slice(1), 2, 4, 5, 31, 1009].map((n): Comparison => {
      const { re, im } = parts(Math.floor(n / 2) + 1, fuzzRandom(cases++));
      return {
        what: `${n}`,
        ours: () => fft.irfft(re, im, n),
        theirs: ["irfft", re, im, n],
        share: 1e-13,
      };
    }),
  frequencies: () =>
    LENGTHS.slice(1).map((n): Comparison => ({
      what: `${n}`,
      ours: () => fft.frequencies(n, 44_100),
      theirs: ["frequencies", n, 44_100],
      share: 1e-15,
    })),
  spectrum: ofValues(
    (values) => listed(fft.spectrum(values, 100)),
    (values) => ["spectrum", values, 100],
    (values) => ({ share: 1e-14, apart: 1e-14 * mostOf(values) + 1e-320 }),
    FINITE,
    1,
  ),
  convolve: () =>
    [...inputs(ALL, 1)].flatMap(({ kind, values, random }) =>
      (["full", "same", "valid"] as const).map((mode): Comparison => {
        const names = Object.keys(ALL) as (keyof typeof ALL)[];
        const other = names[random(names.length)]!;
        const kernel = ALL[other]!(1 + random(30), random);
        return {
          what: `${kind} with ${other} × ${kernel.length} ${mode}`,
          ours: () => filters.convolve(values, kernel, mode),
          theirs: ["convolve", values, kernel, mode, true],
          share: 0,
          apart: mostOf(values) * mostOf(kernel) * 3e-14 + 1e-320,
        };
      })
    ),
  filterFir: () =>
    [...inputs(ALL)].map(({ kind, values, random }): Comparison => {
      const taps = noiseOf(1 + random(20), random);
      const align = random(2) === 0 ? "centre" : "trailing";
      const outside = random(2) === 0 ? "steady" : "zero";
      return {
        what: `${kind} ${taps.length} ${align} ${outside}`,
        ours: () => filters.filterFir(values, taps, { align, outside }),
        theirs: ["filter_fir", values, taps, align === "centre", outside === "steady"],
        share: 0,
        apart: 1e-14 * mostOf(values) + 1e-320,
      };
    }),
  firLowpass: ofFir("firLowpass"),
  firHighpass: ofFir("firHighpass"),
  firBandpass: ofFir("firBandpass"),
  firBandstop: ofFir("firBandstop"),
  filterIir: ofFilter(false),
  filterBothWays: ofFilter(true),
  butterworthLowpass: ofButterworth("butterworthLowpass"),
  butterworthHighpass: ofButterworth("butterworthHighpass"),
  butterworthBandpass: ofButterworth("butterworthBandpass"),
  butterworthBandstop: ofButterworth("butterworthBandstop"),
  gainOf: () =>
    [...inputs(FINITE, 1)].map(({ kind, values, random }): Comparison => {
      const at = Float64Array.from({ length: 9 }, () => unit(random) * RATE / 2);
      return {
        what: kind,
        ours: () => filters.gainOf(values, at, RATE),
        theirs: ["gain", values, at, RATE],
        share: 0,
        apart: 1e-14 * sizeOf(values) + 1e-320,
      };
    }),
  movingSum: ofMoving(filters.movingSum, "sum"),
  movingMean: ofMoving(filters.movingMean, "mean"),
  movingRms: ofMoving(filters.movingRms, "rms"),
  movingMin: ofMoving(filters.movingMin, "min"),
  movingMax: ofMoving(filters.movingMax, "max"),
  derivative: () =>
    [...inputs(ALL)].flatMap(({ kind, values, random }): Comparison[] => {
      const x = rising(values.length, random);
      const apart = 2e-15 * mostOf(values) + 1e-320;
      const even: Comparison = {
        what: kind,
        ours: () => filters.derivative(values, 0.5),
        theirs: ["derivative", values, 0.5],
        apart,
      };
      // At an infinite value there is none, to us; NumPy gives it the sign of the longer distance.
      if (/infinit/.test(kind)) return [even];
      return [even, {
        what: `${kind}, uneven`,
        ours: () => filters.derivative(values, x),
        theirs: ["derivative", values, x],
        apart: 20 * apart,
      }];
    }),
  integral: () =>
    [...inputs(ALL, 1)].map(({ kind, values, random }): Comparison => {
      const x = rising(values.length, random);
      return {
        what: kind,
        ours: () =>
          filters.cumulativeIntegral(values, x).map((_, k, all) =>
            k < all.length - 1 ? all[k]! : filters.integral(values, x)
          ),
        theirs: ["integral", values, x],
        apart: 1e-15 * sizeOf(values) + 1e-320,
      };
    }),
  cumulativeIntegral: () =>
    [...inputs(ALL)].map(({ kind, values }): Comparison => ({
      what: kind,
      ours: () => filters.cumulativeIntegral(values, 0.1),
      theirs: ["integral", values, 0.1],
      apart: 1e-15 * sizeOf(values) + 1e-320,
    })),
  linearFit: ofPairs((x, y) => ({
    ours: () => listed(fit.linearFit(x, y)),
    theirs: ["linear_fit", x, y],
    share: 1e-10,
    apart: 1e-13,
  })),
  polynomialFit: () => [...polynomialCases("fit"), ...polynomialCases("r2")],
  evaluate: () => polynomialCases("at"),
  powersOfX: () => polynomialCases("powers"),
  detrend: () =>
    [...inputs({ ...FINITE, ...MISSING }, 3)].flatMap(({ kind, values, random }): Comparison[] => {
      if (Array.from(values).filter((value) => value === value).length < 3) return [];
      const degree = random(3), x = rising(values.length, random);
      const apart = 1e-13 * mostOf(values) + 1e-320;
      const even = Float64Array.from({ length: values.length }, (_, k) => k);
      return [
        {
          what: `${kind} ${degree}`,
          ours: () => fit.detrend(values, { degree }),
          theirs: ["detrend", values, degree, even],
          share: 0,
          apart,
        },
        {
          what: `${kind} ${degree}, uneven`,
          ours: () => fit.detrend(values, { degree, x }),
          theirs: ["detrend", values, degree, x],
          share: 0,
          apart: 10 * apart,
        },
      ];
    }),
  interpolate: () => interpolated(),
  toEvenGrid: () =>
    [...inputs({ ...FINITE, ...MISSING }, 1)].map(({ kind, values, random }): Comparison => {
      const x = rising(values.length, random);
      const known = x.filter((_, k) => values[k] === values[k]);
      const range = (known.at(-1) ?? 1) - (known[0] ?? 0);
      // Steps that end with the last point, and any.
      const step = random(2) === 0 && range > 0 ? range / (1 + random(300)) : 0.1 + unit(random);
      const method = (["linear", "pchip", "spline"] as const)[random(3)]!;
      return {
        what: `${kind} ${step} ${method}`,
        ours: () => listed(interpolation.toEvenGrid(x, values, step, { method })),
        theirs: ["even_grid", x, values, step, method],
        share: 1e-9,
        apart: 1e-12 * mostOf(values) + 1e-320,
      };
    }),
  fillGaps: () =>
    [...inputs({ ...FINITE, ...MISSING })].map(({ kind, values, random }): Comparison => {
      const x = rising(values.length, random), outside = random(2) === 0 ? "nearest" : "nan";
      return {
        what: `${kind} ${outside}`,
        ours: () => interpolation.fillGaps(values, { x, outside }),
        theirs: ["fill_gaps", values, x, outside === "nearest"],
        share: 1e-14,
      };
    }),
  rectangular: ofWindow("rectangular"),
  bartlett: ofWindow("bartlett"),
  hann: ofWindow("hann"),
  hamming: ofWindow("hamming"),
  blackman: ofWindow("blackman"),
  blackmanHarris: ofWindow("blackmanHarris"),
  flatTop: ofWindow("flatTop"),
  kaiser: ofShapedWindow("kaiser", (random) => 30 * unit(random)),
  gaussian: ofShapedWindow("gaussian", (random) => 0.1 + 20 * unit(random)),
  coherentGain: ofValues(
    (values) => [windows.coherentGain(values)],
    (values) => ["window_gain", values],
    (values) => ({ share: 1e-15, apart: 1e-15 * mostOf(values) + 5e-324 }),
    ALL,
    1,
  ),
  noiseBandwidth: () =>
    LENGTHS.slice(1).map((n): Comparison => {
      const window = windows.gaussian(n, 1 + n / 7);
      return {
        what: `${n}`,
        ours: () => windows.noiseBandwidth(window),
        theirs: ["window_bandwidth", window],
        share: 1e-14,
      };
    }),
  applyWindow: ofPairs((x, y) => ({
    ours: () => windows.applyWindow(x, y),
    theirs: ["product", x, y],
    share: 0,
  })),
};

function polynomialCases(which: "fit" | "r2" | "at" | "powers"): Comparison[] {
  return [...inputs({ ...FINITE, ...MISSING }, 13)].flatMap(({ kind, values, random }) => {
    const known = Array.from(values).filter((value) => value === value).length;
    const degree = Math.min(random(which === "powers" ? 4 : 7), known - 2);
    if (degree < 0) return [];
    const x = rising(values.length, random);
    if (which === "powers" && x[0]! > 1e6) return [];
    const at = Float64Array.from({ length: 9 }, () => x[0]! + unit(random) * (x.at(-1)! - x[0]!));
    const most = mostOf(values);
    return {
      what: `${kind} degree ${degree} from ${x[0]}`,
      ours: () => {
        const { coefficients, r2, residualDeviation, ...fitted } = fit.polynomialFit(
          x,
          values,
          degree,
        );
        if (which === "fit") return { coefficients, residualDeviation };
        if (which === "r2") return r2;
        const given = { coefficients, r2, residualDeviation, ...fitted };
        return which === "at" ? fit.evaluate(given, at) : fit.powersOfX(given);
      },
      theirs: [`polynomial_${which}`, x, values, degree, at],
      share: 1e-9,
      apart: which === "r2" ? 1e-9 : 1e-11 * most + 1e-319,
    } satisfies Comparison;
  });
}

function interpolated(): Comparison[] {
  return [...inputs({ ...FINITE, ...MISSING })].flatMap(({ kind, values, random }) => {
    const x = rising(values.length, random), first = x[0] ?? 0, last = x.at(-1) ?? 1;
    const outside = random(2) === 0 ? "nearest" as const : "nan" as const;
    const places = Array.from(
      { length: 20 },
      () => first - 1 + unit(random) * (last - first + 2),
    );
    const at = Float64Array.from([...places, NaN, Infinity, -Infinity, ...x]);
    return (["linear", "pchip", "spline"] as const).map((method): Comparison => ({
      what: `${kind} ${method} ${outside}`,
      ours: () => interpolation.interpolate(x, values, at, { method, outside }),
      theirs: ["interpolate", x, values, at, method, outside === "nearest"],
      share: 1e-10,
      apart: 1e-12 * mostOf(values) + 1e-320,
    }));
  });
}

/** What differs, as sentences. */
function differences(
  { what, ours, share = 1e-14, apart = 0 }: Comparison,
  theirs: Figures | Error,
): string[] {
  let found: ReturnType<Comparison["ours"]>;
  try {
    found = ours();
  } catch (error) {
    return theirs instanceof Error ? [] : [`${what}: ${error}`];
  }
  if (theirs instanceof Error) {
    return [`${what}: ${JSON.stringify(found).slice(0, 99)}; ${theirs.message.slice(-300)}`];
  }
  const isRecord = !(theirs instanceof Float64Array);
  const expected = isRecord ? theirs : { "": theirs };
  const all = isRecord ? found as Record<string, number | Numbers> : { "": found as Numbers };
  return Object.entries(expected).flatMap(([name, numbers]) => {
    const given = all[name];
    const mine = typeof given === "number" ? [given] : given ?? [];
    if (mine.length !== numbers.length) {
      return [`${what} ${name}: ${mine.length} of ${numbers.length}`];
    }
    const most = share * mostOf(numbers) + apart;
    for (let k = 0; k < numbers.length; k++) {
      const a = mine[k]!, b = numbers[k]!;
      if (a === b || (a !== a && b !== b) || Math.abs(a - b) <= most) continue;
      return [`${what} ${name}[${k}]: ${a}, not ${b} (${Math.abs(a - b)} of ${most})`];
    }
    return [];
  });
}

/** Functions that have no like outside: how many rows a filter looks back. */
const ALONE = ["firOverlap", "iirOverlap", "windowOverlap"];

Deno.test("every function of the library is compared", () => {
  const modules = [fft, filters, fit, interpolation, statistics, windows];
  const names = modules.flatMap((module) => Object.keys(module));
  assertEquals(names.sort(), [...Object.keys(COMPARED), ...ALONE].sort());
});

pythonTest("the library's figures equal those of NumPy, SciPy and pandas", async () => {
  console.log(`seed ${SEED}`);
  const comparisons = Object.entries(COMPARED).flatMap(([name, make]) =>
    make().map((comparison) => ({ ...comparison, what: `${name} of ${comparison.what}` }))
  );
  const answers = await figures(comparisons.map(({ theirs }) => theirs));
  const wrong = comparisons.flatMap((comparison, k) => differences(comparison, answers[k]!));
  if (wrong.length > 0) {
    throw new Error(
      `${wrong.length} of ${comparisons.length} differ:\n${
        wrong.slice(0, Number(Deno.env.get("MANY") ?? 25)).join("\n")
      }`,
    );
  }
});
