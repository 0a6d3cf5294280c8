import { assertEquals } from "@std/assert";
import { sumsByGroup } from "../mod/kernel/groups.ts";
import { deviationsOf, extentOf, sumOf } from "../mod/kernel/sums.ts";
import { ArrayStock } from "../mod/parquet/loan.ts";
import { randomNumbers } from "./parquet_files.ts";

const LENGTHS = [0, 1, 2, 3, 7, 8, 9, 31, 33, 8191, 8192, 8193, 20_000];

/** The same values where they have a kernel's memory for themselves, and elsewhere. */
function* placed<T extends Float64Array | Int32Array>(values: T): Generator<T> {
  yield values;
  const lent = new ArrayStock().lend().take(
    values.constructor as Float64ArrayConstructor,
    values.length,
  );
  lent.set(values);
  yield lent as T;
}

Deno.test("sums, extremes and deviations leave NaN out, wherever it stands", () => {
  const random = randomNumbers(5);
  for (const length of LENGTHS) {
    for (const share of [0, 0.3, 1]) {
      // Whole numbers: their sums are exact in any order.
      const values = Float64Array.from(
        { length },
        () => random() < share ? NaN : Math.floor(random() * 2001) - 1000,
      );
      const there = Array.from(values).filter((value) => !Number.isNaN(value));
      const sum = there.reduce((a, b) => a + b, 0);
      for (const array of placed(values)) {
        assertEquals(sumOf(array), { count: there.length, sum, lost: 0 });
        const [low, high] = extentOf(array);
        assertEquals([low, high], [Math.min(...there), Math.max(...there)]);
        const { squares, rest } = deviationsOf(array, 3);
        assertEquals(squares, there.reduce((a, b) => a + (b - 3) ** 2, 0));
        assertEquals(rest, sum - 3 * there.length);
      }
    }
  }
});

Deno.test("rounding errors of sums are kept beside them", () => {
  const values = Float64Array.from({ length: 30_000 }, (_, k) => [1e16, 1, -1e16][k % 3]!);
  for (const array of placed(values)) {
    const { sum, lost } = sumOf(array);
    assertEquals(sum + lost, 10_000);
  }
});

Deno.test("sums of integers are exact", () => {
  for (const length of LENGTHS) {
    const values = new Int32Array(length).fill(2 ** 31 - 1);
    for (const array of placed(values)) {
      const { sum, lost } = sumOf(array);
      assertEquals(sum + lost, length * (2 ** 31 - 1));
    }
    for (const array of placed(values.map(() => -(2 ** 31)))) {
      assertEquals(sumOf(array).sum, length * -(2 ** 31));
    }
  }
});

Deno.test("each group gets its values, few groups or many", () => {
  const random = randomNumbers(6);
  for (const groups of [1, 20, 300, 5000]) {
    for (const length of LENGTHS) {
      const ids = Int32Array.from({ length }, () => Math.floor(random() * groups));
      const values = Float64Array.from(ids, () => random() < 0.1 ? NaN : Math.floor(random() * 99));
      const sum = new Float64Array(groups), count = sum.slice(), rows = sum.slice();
      ids.forEach((id, row) => {
        rows[id]!++;
        if (Number.isNaN(values[row])) return;
        count[id]!++;
        sum[id]! += values[row]!;
      });
      for (const array of placed(values)) {
        const found = sumsByGroup(array, ids, groups);
        assertEquals(found, { count, sum, lost: new Float64Array(groups), rows });
      }
      if (length > 0) assertEquals(sumsByGroup(values, ids.with(length - 1, groups), groups), null);
    }
  }
});
