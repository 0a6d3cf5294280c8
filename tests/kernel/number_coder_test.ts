/** Numbers that become codes, and their order, against a Map and sorting of JavaScript. */
import { assertEquals } from "@std/assert";
import { NumberCoder } from "../../mod/kernel/number_coder.ts";
import { fuzzRandom, oneOf, type Random } from "../support/random_numbers.ts";
import { randomTest } from "../support/random_tests.ts";

const ODD = [NaN, -0, 0, 0.5, -0.5, Infinity, -Infinity, 1e300, 2 ** 53, -(2 ** 53), 2 ** 32];

/** Whole numbers of a range that lies anywhere, and now and then others. */
function randomNumbers(random: Random, count: number) {
  const low = oneOf(random, [0, 1, -1000, 2 ** 31, -(2 ** 40), random(100_000)]);
  const width = 1 + random(oneOf(random, [1, 20, 5000, 200_000]));
  const isOdd = random(4) === 0;
  const numbers = Array.from({ length: count }, () => {
    if (isOdd && random(300) === 0) return oneOf(random, ODD);
    return random(200) ? low + random(width) : NaN;
  });
  const isSmall = !isOdd && low >= 0 && low + width < 2 ** 31 && !numbers.some(Number.isNaN);
  return isSmall && random(2) ? Int32Array.from(numbers) : Float64Array.from(numbers);
}

randomTest(
  "number-codes",
  "equal numbers have one code each, in the order in which they first occur, whatever came before",
  (count) => {
    for (let index = 0; index < count; index++) {
      const random = fuzzRandom(index), known = new Map<number, number>();
      using coder = new NumberCoder();
      for (let piece = 0; piece < 5; piece++) {
        const numbers = randomNumbers(random, oneOf(random, [0, 1, 7, 8191, 8193, 20_000]));
        const codes = new Int32Array(numbers.length);
        coder.code(numbers, codes);
        for (let row = 0; row < numbers.length; row++) {
          // A Map has -0 and 0 as one key, and NaN as one, too.
          const number = numbers[row]!;
          if (!known.has(number)) known.set(number, known.size);
          if (codes[row] === known.get(number)) continue;
          throw new Error(
            `case ${index}, piece ${piece}, row ${row}: ${number} is ${codes[row]}, not ${
              known.get(number)
            }`,
          );
        }
      }
      const all = [...known.keys()].map((number) => number + 0);
      assertEquals([...coder.values()], all, `case ${index}`);
      const order = all.map((_, code) => code).sort((a, b) => compare(all[a]!, all[b]!));
      assertEquals([...coder.order()], order, `case ${index}: order`);
    }
  },
);

/** NaN comes last. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : Number(a > b);
}
