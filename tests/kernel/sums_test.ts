import { assert, assertEquals } from "@std/assert";
import { sumsByGroup } from "../../mod/kernel/group_kernel.ts";
import { deviationsOf, extentOf, sumOf } from "../../mod/kernel/sum_kernel.ts";
import { ArrayPool } from "../../mod/parquet/read/array_pool.ts";
import { randomNumbers } from "../support/parquet/files.ts";

const LENGTHS = [0, 1, 2, 3, 7, 8, 9, 31, 33, 8191, 8192, 8193, 20_000];

/** The same values where they have a kernel's memory for themselves, and elsewhere. */
function* placed<T extends Float64Array | Int32Array>(values: T): Generator<T> {
  yield values;
  const lent = new ArrayPool().lend().take(
    values.constructor as Float64ArrayConstructor,
    values.length,
  );
  lent.set(values);
  yield lent as T;
}

Deno.test("sums, extremes and deviations leave out NaN at any place", () => {
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

Deno.test("rounding errors of sums are carried along", () => {
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

Deno.test("each group gets its values, with few groups or many", () => {
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

const double = new Float64Array(1);
const bitsOf = new BigUint64Array(double.buffer);

/** Units of the least double above 0 that a double is. */
function units(value: number): bigint {
  double[0] = value;
  const bits = bitsOf[0]!;
  const exponent = (bits >> 52n) & 0x7ffn, low = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? low : (low | (1n << 52n)) << (exponent - 1n);
  return value < 0 ? -magnitude : magnitude;
}

/** How values may come, each in another range or with other gaps. */
const SERIES: Record<string, (random: () => number, row: number) => number> = {
  "a signal": (random) => 20 + random(),
  "about zero": (random) => random() - random(),
  "many decades": (random) => (random() - 0.5) * 10 ** (random() * 30 - 20),
  "gaps": (random) => random() < 0.1 ? NaN : random() * 1e-7,
  "off for a while": (random, row) => (row >> 12) % 3 === 1 ? 0 : -random(),
  "nothing for a while": (random, row) => (row >> 12) % 3 === 1 ? NaN : random(),
  "growing": (random, row) => (random() - 0.2) * 2 ** (row / 64 - 100),
  "shrinking": (random, row) => (random() - 0.2) * 2 ** (100 - row / 64),
  "a spike": (random, row) => row === 9000 ? -1e250 : random() * 1e9,
  "too small": (random) => random() * 1e-320,
  "least beside nothing": (_, row) => row % 1000 === 999 ? 5e-324 : row % 2 ? 0 : -0,
  "least beside gaps": (_, row) => row % 1000 === 999 ? -5e-324 : row % 2 ? NaN : 0,
  "small beside large": (random, row) => row % 3 ? random() * 1e-300 : random() * 1e300,
  "ties": (_, row) => (row % 2 ? 1 : -1) * (2 ** 45 - 1 + 2 ** -7),
  "ones": () => 1 - 2 ** -53,
};

Deno.test("sums of groups are exact to the last digit, whatever the values' range", () => {
  for (const [name, make] of Object.entries(SERIES)) {
    for (
      const [groups, length] of [[1, 20_000], [20, 20_001], [4000, 40_000], [1, 300_000]] as const
    ) {
      if (length > 40_000 && !/signal|ties|ones/.test(name)) continue;
      const random = randomNumbers(groups);
      const ids = Int32Array.from({ length }, () => Math.floor(random() * groups));
      const values = Float64Array.from({ length }, (_, row) => make(random, row));
      const exact = Array<bigint>(groups).fill(0n), magnitude = exact.slice();
      const count = new Float64Array(groups);
      ids.forEach((id, row) => {
        if (Number.isNaN(values[row])) return;
        const unit = units(values[row]!);
        exact[id]! += unit;
        magnitude[id]! += unit < 0n ? -unit : unit;
        count[id]!++;
      });
      for (const array of placed(values)) {
        const found = sumsByGroup(array, ids, groups)!;
        assertEquals(found.count, count, name);
        for (let id = 0; id < groups; id++) {
          const apart = units(found.sum[id]!) + units(found.lost[id]!) - exact[id]!;
          // As many digits as two doubles hold.
          assert((apart < 0n ? -apart : apart) <= magnitude[id]! >> 90n, `${name}: ${apart}`);
        }
      }
    }
  }
});

Deno.test("infinities affect their own groups only", () => {
  const values = Float64Array.from({ length: 5000 }, (_, row) => row === 3000 ? Infinity : 1);
  const ids = Int32Array.from(values, (_, row) => row % 3);
  for (const array of placed(values)) {
    const { sum, count } = sumsByGroup(array, ids, 3)!;
    assertEquals([...sum], [Infinity, 1667, 1666]);
    assertEquals([...count], [1667, 1667, 1666]);
  }
});
