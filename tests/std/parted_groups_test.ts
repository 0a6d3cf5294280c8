/** Rows of many groups that are parted by their keys, against one table of all of them: the same to the last bit. */
import { assert, assertEquals } from "@std/assert";
import { Grouper } from "../../mod/std/grouping/grouper.ts";
import type { TextBytes } from "../../mod/kernel/texts.ts";
import type { OrderedKey } from "../../mod/std/grouping/group_keys.ts";
import type { Groups } from "../../mod/std/grouping/group_partials.ts";
import { inKeyOrder } from "../../mod/std/grouping/group_partials.ts";
import type { Part } from "../../mod/std/grouping/group_states.ts";
import { textsOf } from "../support/byte_strings.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomCases, randomTest } from "../support/random_tests.ts";

type Column = Float64Array | Int32Array | (string | null)[];

/** Columns of keys by numbers, of which there are `most`; some of them are null. */
const KEYS: ((random: Random, most: number, rows: number, chunk: number) => Column)[] = [
  (random, most, rows) => Int32Array.from({ length: rows }, () => random(most) - 1000),
  (random, most, rows) => Float64Array.from({ length: rows }, () => (random(most) - 99) * 1e6),
  (random, most, rows) =>
    Float64Array.from({ length: rows }, () => random(50) ? Math.sqrt(random(most)) : NaN),
  (random, most, rows) =>
    Float64Array.from(
      { length: rows },
      () => [-0, 0, Infinity, -1e300][random(40)] ?? random(most),
    ),
  (random, most, rows) => Array.from({ length: rows }, () => `part ${random(most)}`),
  (random, most, rows) =>
    Array.from(
      { length: rows },
      () => random(30) ? `ночь ${random(most)}, and longer than a word` : null,
    ),
  (random, _, rows) => Array.from({ length: rows }, () => ["a", "", "b"][random(3)]!),
  // Whole numbers close together, and then others between, below and above them.
  (random, most, rows, chunk) =>
    Float64Array.from(
      { length: rows },
      () =>
        chunk && random(3)
          ? OTHERS[random(OTHERS.length)]!(random, most)
          : random(most) - (most >> 1),
    ),
  (random, most, rows, chunk) =>
    Float64Array.from({ length: rows }, (_, row) => chunk * most + row + random(2)),
];

const OTHERS: ((random: Random, most: number) => number)[] = [
  (random, most) => random(most) + 0.5,
  (random, most) => -1 - random(most),
  (random, most) => most + random(most),
  (random, most) => 2 ** 31 + random(most),
  (random) => [-Infinity, Infinity, NaN, -0, 2 ** 60, -1e300][random(6)]!,
];

const PARTS: Part[] = ["sum", "squares", "min", "max", "first", "last"];

function groupsOf(
  chunks: readonly Record<string, Column>[],
  keys: readonly string[],
  parts: ReadonlyMap<string, ReadonlySet<Part>>,
  mayPart: boolean,
): Groups<OrderedKey> | null {
  using grouper = new Grouper(keys, parts, { mayPart });
  for (const chunk of chunks) grouper.add(chunk);
  return grouper.isGivenUp ? null : inKeyOrder(grouper.finish());
}

randomTest(
  "parted-groups",
  "parted rows come to the same groups as rows that are not, to the last bit",
  () => {
    let compared = 0, givenUp = 0;
    for (const index of randomCases("parted-groups")) {
      const random = fuzzRandom(index);
      const keys = ["k0", "k1", "k2"].slice(0, 1 + (random(2) && random(3)));
      const makers = keys.map(() => KEYS[random(KEYS.length)]!);
      const most = [20, 3000, 20_000, 200_000, 1_000_000][random(5)]!;
      const chunks = Array.from({ length: 1 + random(4) }, (_, chunk) => {
        const rows = chunk === 0 && random(2) ? 30_000 : [1, 5000, 30_000][random(3)]!;
        const u = Float64Array.from(
          { length: rows },
          () => random(20) ? 2 ** (random(80) - 40) * (random(2000) - 1000) : NaN,
        );
        return {
          ...Object.fromEntries(
            makers.map((make, k) => [keys[k]!, make(random, most, rows, chunk)]),
          ),
          u,
        };
      });
      const wanted = new Set(PARTS.filter((part) => part === "sum" || random(2)));
      const parts = new Map(random(4) ? [["u", wanted as ReadonlySet<Part>]] : []);
      const parted = groupsOf(chunks, keys, parts, true);
      const whole = groupsOf(chunks, keys, parts, false);
      const what = `case ${index}: ${makers.map((make) => KEYS.indexOf(make))}, ${most} keys`;
      if (!whole) throw new Error(`${what}: given up without parts`);
      assertRowsOf(whole, chunks.flatMap((chunk) => rowsOf(chunk, keys)), what);
      if (!parted) {
        // A last key may have many more values later than its first ones let expect.
        assert(keys.length > 1, what);
        givenUp++;
        continue;
      }
      const plain = ({ keys, ...others }: Groups<OrderedKey>) => ({
        ...others,
        keys: keys.map(({ values, texts, type }) => ({
          type,
          values: texts ? textsAt(values, texts) : values,
        })),
      });
      assertEquals(plain(parted), plain(whole), what);
      compared++;
    }
    assert(givenUp < compared, `${givenUp} given up, ${compared} compared`);
  },
);

/** The keys of each row: NaN and null are one, and so are 0 and -0. */
function rowsOf(chunk: Record<string, Column>, keys: readonly string[]): string[] {
  const columns = keys.map((key) => chunk[key] as ArrayLike<number | string | null>);
  return Array.from(columns[0]!, (_, row) => toldKeys(columns.map((column) => column[row]!)));
}

function toldKeys(keys: readonly (number | string | null)[]): string {
  return keys.map((key) => Number.isNaN(key) ? null : typeof key === "number" ? key + 0 : `"${key}`)
    .join("|");
}

/** Checks how many rows each group has by a Map. */
function assertRowsOf(
  { keys, rows }: Groups<OrderedKey>,
  wanted: readonly string[],
  what: string,
): void {
  const counts = new Map<string, number>();
  for (const key of wanted) counts.set(key, (counts.get(key) ?? 0) + 1);
  const columns = keys.map(({ values, texts }) => texts ? textsAt(values, texts) : [...values]);
  assertEquals(rows.length, counts.size, `${what}: groups`);
  rows.forEach((count, group) => {
    const key = toldKeys(columns.map((column) => column[group]!));
    if (counts.get(key) !== count) throw new Error(`${what}: ${count} rows of ${key}`);
  });
}

function textsAt(values: Float64Array, texts: TextBytes): (string | null)[] {
  const all = textsOf(texts);
  return Array.from(values, (place) => all[place] ?? null);
}
