import { assertEquals } from "@std/assert";
import { gapOf, pointsOf } from "../../web/plot_data.js";
import { fuzzRandom } from "../support/random_numbers.ts";
import { SEED } from "../support/suite_options.ts";

const LINEAR = { x: false, y: false };

/** Points at these places, all of the value 1. */
function pointsAt(x: number[]) {
  const ones = x.map(() => 1);
  return pointsOf({ x, min: ones, max: ones }, null, LINEAR, true);
}

Deno.test("a time in which nothing was measured is a gap of the line", () => {
  const minutes = Array.from({ length: 100 }, (_, k) => 60_000 * (k < 50 ? k : k + 10));
  const { x, min, bins } = pointsAt(minutes);
  assertEquals(x.length, 101);
  assertEquals([min[49], min[50], min[51]], [1, null, 1]);
  assertEquals(x[50], 60_000 * (49 + 60) / 2);
  assertEquals([bins[49], bins[50], bins[51]], [49, 50, 50]);
});

Deno.test("steps that differ a little, or much and always, are no gaps", () => {
  const few = [[], [5], [1, 2], [1, 1, 1, 1], [1, 2, 3, 5, 6, 7, 9, 10]];
  for (const x of few) assertEquals(pointsAt(x).x, x);
  let time = 0;
  const random = fuzzRandom(29);
  const events = Array.from(
    { length: 2000 },
    () => time -= 1000 * Math.log((1 + random(1e6)) / 1e6),
  );
  assertEquals(pointsAt(events).x.length <= 2001, true, `seed ${SEED}: ${gapOf(events)}`);
});

Deno.test("rows are counted from 1 and have no gaps", () => {
  const points = { x: [0, 1, 500], min: [1, 2, 3], max: [1, 2, 3] };
  assertEquals(pointsOf(points, [0, 1, 500], LINEAR, false).x, [1, 2, 501]);
  assertEquals(pointsOf(points, [0, 1, 500], { x: true, y: false }, false).x, [1, 2, 501]);
});
