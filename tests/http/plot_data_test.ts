import { assertEquals } from "@std/assert";
import { gapOf, pointsOf } from "../../web/plot_data.js";
import { fuzzRandom } from "../support/random_numbers.ts";
import { SEED } from "../support/suite_options.ts";

const LINEAR = { x: false, y: false };

/** Points at these places, all of the value 1. */
function pointsAt(x: number[]) {
  const ones = x.map(() => 1);
  const { lines: [line], ...shown } = pointsOf(
    [{ x, rows: null, lines: [{ min: ones, max: ones }] }],
    LINEAR,
    true,
  );
  return { ...shown, min: line!.min };
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
  const rows = [0, 1, 500], lines = [{ min: [1, 2, 3], max: [1, 2, 3] }];
  for (const log of [LINEAR, { x: true, y: false }]) {
    assertEquals(pointsOf([{ x: rows, rows, lines }], log, false).x, [1, 2, 501]);
  }
});

Deno.test("a line of a group passes over what others have, and has gaps of its own", () => {
  const x = Array.from({ length: 80 }, (_, k) => k);
  const odd = x.filter((k) => k % 2 === 1 && (k < 31 || k > 49)),
    even = x.filter((k) => k % 2 === 0);
  const lineOf = (bins: number[]) => {
    const values = bins.map((bin) => bin === 4 ? null : bin);
    return { bins, min: values, max: values };
  };
  const shown = pointsOf([{ x, rows: null, lines: [odd, even].map(lineOf) }], LINEAR, true);
  assertEquals(shown.x.length, 81, "one gap, which the odd ones have");
  const at = shown.x.lastIndexOf(40);
  const [first, second] = shown.lines;
  assertEquals(first!.min.filter((value) => value === null).length, 1);
  assertEquals(second!.min.filter((value) => value === null), [null], "a value that is null");
  assertEquals(first!.min.filter((value) => value != null), odd);
  assertEquals(second!.min.filter((value) => value != null), even.filter((k) => k !== 4));
  assertEquals([first!.min[at], second!.min[at]], [null, undefined], "no gap in the other line");
});

Deno.test("what is at one place stays in its order, and the bins are those of the first", () => {
  const values = [1, 2, 3, 4];
  const source = (x: number[]) => ({ x, rows: null, lines: [{ min: values, max: values }] });
  const { x, bins, lines } = pointsOf([source([1, 1, 2, 5]), source([0, 1, 3, 9])], LINEAR, false);
  assertEquals(x, [0, 1, 1, 1, 2, 3, 5, 9]);
  assertEquals(bins, [0, 0, 1, 1, 2, 2, 3, 3]);
  const _ = undefined;
  assertEquals(lines[0]!.min, [_, 1, 2, _, 3, _, 4, _]);
  assertEquals(lines[1]!.max, [1, _, _, 2, _, 3, _, 4]);
});
