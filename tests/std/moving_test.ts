import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  movingMax,
  movingMean,
  movingMin,
  movingRms,
  movingSum,
  windowOverlap,
} from "measuring/filters";
import { assertClose, assertSameBits, noise, withGaps } from "../support/numeric_values.ts";

const MOVING = { movingSum, movingMean, movingRms, movingMin, movingMax };
const WINDOWS = [1, 2, 3, 4, 5, 7, 8, 15, 16, 60, 64, 100, 255, 1000, 5000];
const ALIGNS = ["trailing", "centre"] as const;

type Figures = Record<keyof typeof MOVING, Float64Array>;

/** Each window by itself. */
function byDefinition(values: Float64Array, before: number, after: number): Figures {
  const none = () => new Float64Array(values.length).fill(NaN);
  const figures: Figures = {
    movingSum: none(),
    movingMean: none(),
    movingRms: none(),
    movingMin: none(),
    movingMax: none(),
  };
  for (let k = 0; k < values.length; k++) {
    const last = Math.min(values.length - 1, k + after);
    let count = 0, sum = 0, squares = 0, least = Infinity, most = -Infinity;
    for (let row = Math.max(0, k - before); row <= last; row++) {
      const value = values[row]!;
      if (Number.isNaN(value)) continue;
      count++;
      sum += value;
      squares += value * value;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    if (count === 0) continue;
    figures.movingSum[k] = sum;
    figures.movingMean[k] = sum / count;
    figures.movingRms[k] = Math.sqrt(squares / count);
    figures.movingMin[k] = least;
    figures.movingMax[k] = most;
  }
  return figures;
}

Deno.test("moving figures equal those of each window by itself, without NaN", () => {
  for (const values of [noise(1500), withGaps(1500), new Float64Array(0), noise(1), noise(5)]) {
    for (const window of WINDOWS) {
      for (const align of ALIGNS) {
        const { before, after } = windowOverlap(window, align);
        assertEquals(before + 1 + after, window);
        const expected = byDefinition(values, before, after);
        for (const name of Object.keys(MOVING) as (keyof typeof MOVING)[]) {
          const found = MOVING[name](values, window, { align });
          assertClose(found, expected[name], 1e-13, `${name} ${window}`);
        }
      }
    }
  }
});

Deno.test("any part with its overlap gives the whole's results, to the last bit", () => {
  const n = 60_000; // more than a block of the computation
  for (const values of [withGaps(n), noise(n).map((value) => value * 1e6 + 1e9)]) {
    for (const [name, moving] of Object.entries(MOVING)) {
      for (const window of [2, 7, 64, 1000, 20_000]) {
        for (const align of ALIGNS) {
          const whole = moving(values, window, { align });
          const { before, after } = windowOverlap(window, align);
          for (const [from, to] of [[0, 10], [5, 17_000], [16_383, 40_001], [59_990, n]] as const) {
            const first = Math.max(0, from - before);
            const part = moving(values.slice(first, to + after), window, { align });
            assertSameBits(
              part.slice(from - first, to - first),
              whole.slice(from, to),
              `${name} ${window} ${align} [${from}, ${to})`,
            );
          }
        }
      }
    }
  }
});

Deno.test("values that have left the window have no effect", () => {
  const values = new Float64Array(40_000).fill(0.1);
  values[100] = 1e300;
  values[20_000] = Infinity;
  values[30_000] = -Infinity;
  const mean = movingMean(values, 10);
  for (const k of [109, 20_009, 30_009]) {
    assert(Math.abs(mean[k]!) > 1e200);
    assertEquals(mean[k + 1], mean[50]);
  }
  assertClose([mean[50]!], [0.1], 1e-15);
});

Deno.test("windows at the ends are shorter or NaN", () => {
  const values = [1, 2, 3, 4, 5];
  assertEquals(Array.from(movingMean(values, 3)), [1, 1.5, 2, 3, 4]);
  assertEquals(Array.from(movingMean(values, 3, { align: "centre" })), [1.5, 2, 3, 4, 4.5]);
  assertEquals(Array.from(movingMean(values, 3, { edges: "nan" })), [NaN, NaN, 2, 3, 4]);
  // pandas.Series([1, 2, 3, 4, 5]).rolling(4, center=True).mean()
  const centre = movingMean(values, 4, { align: "centre", edges: "nan" });
  assertEquals(Array.from(centre), [NaN, NaN, 2.5, 3.5, NaN]);
  assertEquals(Array.from(movingMax(values, 9, { edges: "nan" })), Array(5).fill(NaN));
});

Deno.test("a window of a hundred thousand rows gives correct results", () => {
  const values = noise(150_000), window = 100_000;
  const mean = movingMean(values, window);
  for (const k of [0, 99_998, 99_999, 100_000, 149_999]) {
    const there = values.subarray(Math.max(0, k - window + 1), k + 1);
    assertClose([mean[k]!], [there.reduce((a, b) => a + b) / there.length], 1e-11);
  }
});

Deno.test("a window must be a positive integer", () => {
  for (const window of [0, -1, 1.5, NaN]) {
    assertThrows(() => movingMean([1], window), RangeError, "whole number from 1");
  }
});
