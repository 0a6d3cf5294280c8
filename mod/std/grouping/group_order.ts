/** The order of groups. */
import { NumberCoder } from "../../kernel/number_coder.ts";
import { inByteOrder } from "../../kernel/texts.ts";
import type { KeyColumn, OrderedKey } from "./group_keys.ts";

/** A column's places among its distinct values, and how many there are. */
interface Ranked {
  ranks: Int32Array;
  count: number;
}

/** Numbers of rows in the order of the first column, then of the second and so on. Rows are distinct. */
export function orderOfColumns(columns: readonly Ranked[]): Int32Array {
  return orderOfRanks(columns.map(({ ranks }) => ranks), columns.map(({ count }) => count));
}

/**
 * The same of places among distinct values.
 *
 * @param counts Distinct values of each column: places are below it.
 */
export function orderOfRanks(
  columns: readonly Int32Array[],
  counts: readonly number[],
): Int32Array {
  let ranks: Int32Array = columns[0]!.slice(), count = counts[0]!;
  for (let k = 1; k < columns.length; k++) {
    using pairs = new NumberCoder();
    pairs.codePairs(ranks, columns[k]!, count, counts[k]!);
    ranks = picked(inverse(pairs.order()), ranks);
    count = pairs.size;
  }
  return inverse(ranks);
}

/** Places of numbers in rising order, NaN last. */
export function ranksOfNumbers(numbers: Float64Array): Ranked {
  using coder = new NumberCoder();
  const codes = new Int32Array(numbers.length);
  coder.code(numbers, codes);
  return { ranks: picked(inverse(coder.order()), codes), count: coder.size };
}

/** Where each number stands in an order of the numbers from 0 on. */
export function inverse(order: Int32Array): Int32Array {
  const places = new Int32Array(order.length);
  for (let place = 0; place < order.length; place++) places[order[place]!] = place;
  return places;
}

/** Elements at places. */
export function picked(values: Int32Array, places: Int32Array): Int32Array {
  const found = new Int32Array(places.length);
  for (let k = 0; k < found.length; k++) found[k] = values[places[k]!]!;
  return found;
}

/** A key and the places of its values in rising order, texts in that of their code points; null comes last. */
export function rankedKey(key: KeyColumn): Ranked & { key: OrderedKey } {
  const { values, texts } = key;
  if (!texts) return { key: { ...key, texts: null }, ...ranksOfNumbers(values) };
  const { order, texts: ordered } = inByteOrder(texts);
  const rank = inverse(order), none = rank.length;
  const ranks = new Int32Array(values.length), places = new Float64Array(values.length);
  for (let k = 0; k < ranks.length; k++) {
    const place = values[k]!;
    const isThere = place === place;
    ranks[k] = isThere ? rank[place]! : none;
    places[k] = isThere ? ranks[k]! : NaN;
  }
  return { key: { ...key, values: places, texts: ordered }, ranks, count: none + 1 };
}
