import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  butterworthBandpass,
  butterworthBandstop,
  butterworthHighpass,
  butterworthLowpass,
  convolve,
  cumulativeIntegral,
  derivative,
  filterBothWays,
  filterFir,
  filterIir,
  firBandpass,
  firBandstop,
  firHighpass,
  firLowpass,
  firOverlap,
  gainOf,
  iirOverlap,
  integral,
  type Section,
} from "measuring/filters";
import { hann } from "measuring/windows";
import { assertClose, assertSameBits, noise, withGaps } from "../support/numeric_values.ts";

const RATE = 1000;
/** What SciPy's figures below were computed for. */
const SIGNAL = Float64Array.from({ length: 2000 }, (_, k) => ((k * 7919) % 1000) / 500 - 1);

Deno.test("convolution equals its definition, directly and by transforms", () => {
  for (const [n, m] of [[1, 1], [5, 3], [3, 5], [100, 100], [1000, 333], [20_000, 501]] as const) {
    const a = noise(n, n), b = noise(m, m + 9);
    const expected = Float64Array.from({ length: n + m - 1 }, (_, k) => {
      let sum = 0;
      for (let j = Math.max(0, k - m + 1); j <= Math.min(k, n - 1); j++) sum += a[j]! * b[k - j]!;
      return sum;
    });
    const longer = Math.max(n, m), shorter = Math.min(n, m);
    const middle = Math.floor((shorter - 1) / 2);
    for (const method of ["direct", "fft", "auto"] as const) {
      assertClose(convolve(a, b, "full", method), expected, 1e-13, `${n} ${m} ${method}`);
      const same = expected.slice(middle, middle + longer);
      assertClose(convolve(a, b, "same", method), same, 1e-13, `same ${n} ${m} ${method}`);
      const valid = expected.slice(shorter - 1, longer);
      assertClose(convolve(a, b, "valid", method), valid, 1e-13, `valid ${n} ${m} ${method}`);
    }
  }
  assertThrows(() => convolve([1], []), RangeError, "empty");
});

Deno.test("a NaN affects only the results that use it", () => {
  const values = noise(5000);
  values[2000] = NaN;
  const result = convolve(values, noise(300));
  assertEquals(result.filter((value) => value !== value).length, 300);
  // Nor does one of the shorter of both, where the other has no value.
  assertEquals(convolve([1, 2, 3], [1, NaN]), Float64Array.of(1, NaN, NaN, NaN));
  assertEquals(convolve([1, 2, 3], [Infinity, 1]).at(-1), 3);
});

Deno.test("FIR filters equal scipy.signal.firwin", () => {
  // SciPy 1.17.1, firwin(9, …, fs=1000); the taps up to the middle.
  const half = (taps: Float64Array) => taps.slice(0, Math.ceil(taps.length / 2));
  assertClose(half(firLowpass(9, 100, RATE)), [
    0.005069883484836013,
    0.029358162747516195,
    0.11074379126579674,
    0.21934068090549644,
    0.27097496319270925,
  ]);
  assertClose(half(firHighpass(9, 100, RATE)), [
    -0.0037563869456684485,
    -0.021752101330026228,
    -0.08205248366533725,
    -0.1625142812200318,
    0.8030849761218954,
  ]);
  assertClose(half(firBandpass(9, [100, 200], RATE)), [
    -0.023355440617074136,
    -0.08358557219618203,
    -0.07443186700620322,
    0.2385318370952669,
    0.4768084812988658,
  ]);
  assertClose(half(firBandstop(9, [100, 200], RATE)), [
    0.013026511269028738,
    0.04661990394417077,
    0.04151441928363069,
    -0.1330412778285183,
    1.0637608866633763,
  ]);
  assertClose(half(firLowpass(10, 120, RATE, { window: hann(10) })), [
    0,
    0.0060090844028665245,
    0.058660971888469124,
    0.16884318060119533,
    0.266486763107469,
  ]);
});

Deno.test("an FIR filter is a convolution, delayed or centred", () => {
  const taps = firLowpass(11, 100, RATE), values = noise(200);
  const full = convolve(values, taps);
  assertClose(filterFir(values, taps), full.slice(0, 200));
  assertClose(filterFir(values, taps, { align: "centre" }), full.slice(5, 205));
  const level = filterFir(new Float64Array(20).fill(7), taps, {
    outside: "steady",
    align: "centre",
  });
  assertClose(level, new Float64Array(20).fill(7));
});

/** Sections of SciPy are rows of b0, b1, b2, 1, a1, a2. */
const product = (gains: Float64Array[]) =>
  gains[0]!.map((_, k) => gains.reduce((p, g) => p * g[k]!, 1));

Deno.test("Butterworth filters have the gains of scipy.signal.butter", () => {
  // SciPy 1.17.1, abs(sosfreqz(butter(order, …, fs=1000, output="sos"), [1, 20, 50, 80, 200, 499])).
  const at = [1, 20, 50, 80, 200, 499];
  const cases: [Section[], number[]][] = [
    [butterworthLowpass(4, 50, RATE), [
      0.9999999999999869,
      0.9996901986768907,
      0.707106781186547,
      0.14330436596329996,
      0.0022584203932322867,
      6.129926441307705e-14,
    ]],
    [butterworthHighpass(3, 50, RATE), [
      7.80398384189334e-06,
      0.06255568135445812,
      0.7071067811865468,
      0.973538849953567,
      0.9999463408376356,
      1,
    ]],
    [butterworthBandpass(3, [40, 60], RATE), [
      5.933244774736834e-07,
      0.008153057125093965,
      0.9999995906731785,
      0.06175902722641445,
      0.0008023778975146352,
      8.293450679644716e-12,
    ]],
    [butterworthBandstop(2, [40, 60], RATE), [
      0.9999999975071675,
      0.9991804996960463,
      0.009354368760368974,
      0.9879830749761532,
      0.999962722122071,
      1,
    ]],
    [butterworthBandpass(1, [10, 400], RATE), [
      0.09847577284570608,
      0.9001115304565893,
      0.9891570524750672,
      0.9992257412253797,
      0.9815494716190101,
      0.009569701861144657,
    ]],
    [butterworthBandpass(4, [10, 400], RATE), [
      9.589187690486732e-05,
      0.9984975583935094,
      0.9999998819370465,
      0.9999999999971125,
      0.9999989631243175,
      8.38828503521375e-09,
    ]],
    [butterworthBandstop(3, [10, 400], RATE), [
      0.9999995304926159,
      0.11266236244993258,
      0.003272853482866515,
      6.104233178968922e-05,
      0.007392173371668785,
      1,
    ]],
  ];
  for (const [index, [sections, expected]] of cases.entries()) {
    assertClose(gainOf(sections, at, RATE), expected, 1e-11, `case ${index}`);
    assertClose(product(sections.map((s) => gainOf([s], at, RATE))), expected, 1e-11);
  }
  const low = gainOf(butterworthLowpass(5, 0.1, RATE), [0, 0.01, 0.1, 1], RATE);
  assertClose(low, [1, 1.0000000001963416, 0.7071067811858331, 9.999837151973779e-06], 1e-8);
});

Deno.test("recursive filters equal scipy.signal.sosfilt", () => {
  // SciPy 1.17.1, sosfilt(butter(…), x)[[0, 1, 10, 100, 1000, 1999]]
  const rows = [0, 1, 10, 100, 1000, 1999];
  const cases: [string, Section[], number[]][] = [
    ["low-pass 4", butterworthLowpass(4, 50, RATE), [
      -0.00041659920440659937,
      -0.0026423381732998356,
      0.147738660075475,
      0.06628826527811517,
      0.12368039470151551,
      0.12290965388688549,
    ]],
    ["high-pass 3", butterworthHighpass(3, 50, RATE), [
      -0.7294407226390824,
      1.0678321080238016,
      -0.05334394235154455,
      0.6966938585589917,
      0.11091752112525927,
      0.047967352312299594,
    ]],
    ["band-pass 3", butterworthBandpass(3, [40, 60], RATE), [
      -0.0002196062112253621,
      -0.0010190338459027351,
      0.005733528578545612,
      0.016411404984318485,
      0.0282512790799749,
      0.019177874478957073,
    ]],
    ["band-stop 2", butterworthBandstop(2, [40, 60], RATE), [
      -0.9149691441130827,
      0.9213378342524587,
      -0.32696329321091216,
      0.9137128293655301,
      -0.4912965519044031,
      -0.4444522623125668,
    ]],
    ["low-pass 2 at a 2000th", butterworthLowpass(2, 0.5, RATE), [
      -2.461930046414063e-06,
      -7.773684757695684e-06,
      7.896572154667861e-05,
      -0.00021286546258243312,
      -0.0002507554593503498,
      -0.0004327966766724509,
    ]],
  ];
  for (const [name, sections, expected] of cases) {
    const result = filterIir(SIGNAL, sections);
    // At low frequencies the rounding of coefficients shows, in SciPy's as in ours.
    const tolerance = name.includes("2000th") ? 1e-9 : 1e-12;
    assertClose(rows.map((row) => result[row]!), expected, tolerance, name);
  }
  // sosfilt with sosfilt_zi times the first value
  const steady = filterIir(SIGNAL.map((x) => x + 5), butterworthLowpass(4, 50, RATE), {
    outside: "steady",
  });
  assertClose([0, 1, 10, 100].map((row) => steady[row]!), [
    3.9999999999999947,
    4.000765709337695,
    4.831819715273389,
    5.0662898026008625,
  ], 1e-13);
});

Deno.test("sections are recursions: each result follows from the ones before", () => {
  for (
    const { b0, b1, b2, a1, a2 } of [
      ...butterworthLowpass(5, 3, RATE),
      ...butterworthHighpass(4, 450, RATE),
      { b0: 1, b1: 0.5, b2: 0.25, a1: -0.3, a2: -0.1 },
      { b0: 1, b1: 0, b2: 0, a1: 0.9, a2: 0 },
      { b0: 2, b1: 1, b2: 3, a1: 0, a2: 0 },
      { b0: 1, b1: 0, b2: 0, a1: 0, a2: 0.81 },
    ]
  ) {
    const y = new Float64Array(SIGNAL.length);
    for (let k = 0; k < y.length; k++) {
      y[k] = b0 * SIGNAL[k]! + b1 * (SIGNAL[k - 1] ?? 0) + b2 * (SIGNAL[k - 2] ?? 0) -
        a1 * (y[k - 1] ?? 0) - a2 * (y[k - 2] ?? 0);
    }
    assertClose(filterIir(SIGNAL, [{ b0, b1, b2, a1, a2 }]), y, 1e-11, `${a1} ${a2}`);
  }
  assertThrows(
    () => filterIir([1], [{ b0: 1, b1: 0, b2: 0, a1: -1, a2: 0 }]),
    RangeError,
    "unstable",
  );
});

Deno.test("a filter in both directions has no delay", () => {
  const sine = Float64Array.from({ length: 4000 }, (_, k) => Math.sin(2 * Math.PI * 10 * k / RATE));
  const sections = butterworthLowpass(4, 50, RATE);
  const gain = gainOf(sections, [10], RATE)[0]! ** 2;
  const found = filterBothWays(sine, sections);
  assertClose(found.slice(1000, 3000), sine.slice(1000, 3000).map((v) => gain * v), 1e-12);
});

Deno.test("any part with its overlap gives the whole's results, to the last bit", () => {
  const n = 30_000, values = withGaps(n);
  const lowpass = butterworthLowpass(4, 20, RATE),
    bandstop = butterworthBandstop(2, [45, 55], RATE);
  const taps = firLowpass(101, 50, RATE);
  const cases: [string, { before: number; after: number }, (x: Float64Array) => Float64Array][] = [
    ["FIR", firOverlap(taps), (x) => filterFir(x, taps)],
    [
      "FIR centred",
      firOverlap(taps, "centre"),
      (x) => filterFir(x, taps, { align: "centre", outside: "steady" }),
    ],
    ["low-pass", iirOverlap(lowpass), (x) => filterIir(x, lowpass)],
    ["band-stop", iirOverlap(bandstop), (x) => filterIir(x, bandstop, { outside: "steady" })],
    ["both ways", iirOverlap(lowpass, "both"), (x) => filterBothWays(x, lowpass)],
    ["derivative", { before: 1, after: 1 }, (x) => derivative(x, 0.1)],
  ];
  for (const [name, { before, after }, run] of cases) {
    assert(before < 10_000, `${name} needs ${before} rows`);
    for (const x of [values, noise(n).map((value) => value + 1000)]) {
      const whole = run(x);
      for (const [from, to] of [[0, 100], [7, 9000], [12_345, 30_000], [n - 5, n]] as const) {
        const first = Math.max(0, from - before);
        const part = run(x.slice(first, to + after)).slice(from - first, to - first);
        assertSameBits(part, whole.slice(from, to), `${name} [${from}, ${to})`);
      }
    }
  }
});

Deno.test("a recursive filter forgets a NaN", () => {
  const sections = butterworthLowpass(2, 100, RATE), values = noise(1000);
  values[10] = NaN;
  const spoilt = filterIir(values, sections).findLastIndex((value) => value !== value);
  assertEquals(spoilt, 10 + iirOverlap(sections).before);
});

Deno.test("invalid frequencies of filters are refused", () => {
  for (const cutoff of [0, -1, 500, 600, NaN]) {
    assertThrows(() => butterworthLowpass(2, cutoff, RATE), RangeError, "half the sample rate");
    assertThrows(() => firLowpass(11, cutoff, RATE), RangeError, "half the sample rate");
  }
  assertThrows(() => butterworthBandpass(2, [60, 40], RATE), RangeError, "must rise");
  assertThrows(() => butterworthLowpass(0, 10, RATE), RangeError, "order");
  assertThrows(() => firHighpass(10, 100, RATE), RangeError, "odd number");
  assertThrows(() => firLowpass(10, 100, RATE, { window: [1] }), RangeError, "does not fit");
  assertThrows(() => filterFir([1], []), RangeError, "no taps");
});

Deno.test("derivatives equal numpy.gradient", () => {
  const x = [0, 1, 2.5, 4, 7, 8], y = [1, 3, 2, 2, 5, -1];
  const uneven = [2, 0.9333333333333333, -1 / 3, 1 / 3, -4.25, -6];
  assertClose(derivative(y, x), uneven, 1e-15);
  assertClose(derivative(y, 0.5), [4, 1, -1, 3, -3, -12], 1e-15);
  assertEquals(derivative([3], 1), Float64Array.of(NaN));
  assertEquals(Array.from(derivative([1, NaN, 3, 4], 1)), [NaN, 1, NaN, 1]);
});

Deno.test("an integral is exact for straight lines and bridges missing values", () => {
  const line = Float64Array.from({ length: 1001 }, (_, k) => 3 + 2 * k / 1000);
  const x = Float64Array.from(line, (_, k) => k / 1000);
  assertClose([integral(line, 0.001), integral(line, x)], [4, 4], 1e-15);
  assertEquals(Array.from(cumulativeIntegral([NaN, 2, NaN, 4, 4], 1)), [0, 0, 0, 6, 10]);
  assertEquals(Array.from(cumulativeIntegral([2, NaN, 4], [0, 1, 5])), [0, 0, 15]);
  assertEquals([integral([], 1), integral([5], 1)], [0, 0]);
  // ten million steps of 0.1 without drift
  const long = cumulativeIntegral(new Float64Array(1_000_001).fill(0.1), 1);
  assertEquals(long[1_000_000], 100_000);
});

Deno.test("Butterworth filters keep their gains however far below the rate they are", () => {
  for (let power = -2; power >= -10; power--) {
    const f = 10 ** power;
    for (const order of [1, 2, 5, 8]) {
      const what = `order ${order} at ${f}`;
      const gains = (sections: Section[], at: number[]) => gainOf(sections, at, 1);
      const half = Math.SQRT1_2;
      assertClose(gains(butterworthLowpass(order, f, 1), [0, f, 0.5]), [1, half, 0], 1e-13, what);
      assertClose(gains(butterworthHighpass(order, f, 1), [0, f, 0.5]), [0, half, 1], 1e-13, what);
      const band = [f, 3 * f] as const;
      const passed = gains(butterworthBandpass(order, band, 1), [0, f, 3 * f, 0.5]);
      assertClose(passed, [0, half, half, 0], 1e-13, `pass ${what}`);
      const stopped = gains(butterworthBandstop(order, band, 1), [0, f, 3 * f, 0.5]);
      assertClose(stopped, [1, half, half, 1], 1e-13, `stop ${what}`);
      // Mirrored: near half the rate.
      if (power < -6) continue; // 0.5 - f has no more digits
      const top = gains(butterworthHighpass(order, 0.5 - f, 1), [0.5, 0.5 - f, 0]);
      assertClose(top, [1, half, 0], 1e-8, `top ${what}`);
    }
  }
});

Deno.test("a sine at a cut-off of a millionth of the rate comes out at -3 dB, and one far above whole", () => {
  const f = 1e-6, n = 6_000_000, angle = 2 * Math.PI * f;
  const sine = Float64Array.from({ length: n }, (_, k) => Math.sin(angle * k));
  const low = filterIir(sine, butterworthLowpass(2, f, 1));
  // The amplitude of the last period; what the beginning left has fallen to e^-22 by then.
  let re = 0, im = 0;
  for (let k = n - 1_000_000; k < n; k++) {
    re += low[k]! * Math.cos(angle * k) / 500_000;
    im += low[k]! * Math.sin(angle * k) / 500_000;
  }
  assertClose([Math.hypot(re, im)], [Math.SQRT1_2], 1e-8);
  // 1e9 and noise: the level goes, the noise stays.
  const x = noise(1_000_000).map((value) => value + 1e9);
  const high = filterIir(x, butterworthHighpass(2, f, 1), { outside: "steady" });
  const kept = filterIir(
    x.map((value) => value - 1e9),
    butterworthHighpass(2, f, 1),
    { outside: "steady" },
  );
  let apart = 0;
  for (let k = 0; k < x.length; k++) apart = Math.max(apart, Math.abs(high[k]! - kept[k]!));
  assert(apart < 1e-5, `${apart}`); // of 1e9
});

Deno.test("invalid sections are refused by name", () => {
  const rows = [[1, 2, 1, 1, -0.5, 0.2]];
  for (
    const use of [(s: never) => filterIir([1], s), iirOverlap, (s: never) => gainOf(s, [1], 9)]
  ) {
    assertThrows(() => use(rows as never), TypeError, '"b0" of section 0 is undefined');
  }
  assertThrows(() => filterIir([1], { b0: 1 } as never), TypeError, "sections are an array");
});

Deno.test("a part gives the whole's results to the last bit near 0 and half the rate, too", () => {
  const n = 80_000, values = withGaps(n).map((value) => value + 1000);
  const cases = {
    highpass: butterworthHighpass(2, 0.5, RATE),
    bandstop: butterworthBandstop(1, [0.5, 1], RATE),
    lowpass: butterworthLowpass(2, 499.5, RATE),
  };
  for (const [name, sections] of Object.entries(cases)) {
    const { before } = iirOverlap(sections), from = n - 5000;
    assert(before > 10_000 && before < from, `${name} needs ${before} rows`);
    for (const outside of ["zero", "steady"] as const) {
      const whole = filterIir(values, sections, { outside });
      const part = filterIir(values.slice(from - before), sections, { outside }).slice(before);
      assertSameBits(part, whole.slice(from), name);
    }
  }
});
