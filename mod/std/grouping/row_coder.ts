/** Numbers of groups by all of their keys, over chunks that follow each other. */
import { NumberCoder, type OrderedPairs } from "../../kernel/number_coder.ts";
import type { Described, Key, KeyColumn } from "./group_keys.ts";
import { inverse, orderOfRanks, picked } from "./group_order.ts";
import { taken } from "./group_states.ts";
import { KeyCoder } from "./key_coder.ts";

/** Gives rows the number of their group, from 0 on in the order in which groups first occur. */
export class RowCoder implements Disposable {
  readonly #keys: KeyCoder[];
  /** One for each key but the first: codes of pairs of what was before it and of its own. */
  readonly #pairs: PairCoder[];

  /** @param keys At least one. */
  constructor(keys: readonly Key[]) {
    this.#keys = keys.map((key) => new KeyCoder(key));
    this.#pairs = keys.slice(1).map(() => new PairCoder());
  }

  /** Groups so far. */
  get size(): number {
    return (this.#pairs.at(-1) ?? this.#keys[0]!).size;
  }

  /** The number of each row's group. */
  code(chunk: Record<string, unknown>, context?: Described): Int32Array {
    const [first, ...others] = this.#keys.map((key) => key.code(chunk, context));
    let groups = this.#keys[0]!.size;
    others.forEach((other, k) => {
      if (first!.length !== other.length) throw unequal(first!.length, other.length);
      this.#pairs[k]!.code(first!, other, groups, this.#keys[k + 1]!.size);
      groups = this.#pairs[k]!.size;
    });
    return first!;
  }

  /** The keys by group, in rising order, and the numbers of groups in this order. */
  finish(): { keys: KeyColumn[]; order: Int32Array } {
    const [first, ...others] = this.#keys.map((key) => key.finish());
    let { order } = first!;
    let keys = [first!.key];
    others.forEach((other, k) => {
      const pairs = this.#pairs[k]!.inOrder(order, other.order);
      const at = (places: Int32Array) => (key: KeyColumn) => ({
        ...key,
        values: taken(key.values, places),
      });
      order = pairs.order;
      keys = [...keys.map(at(pairs.first)), at(pairs.second)(other.key)];
    });
    return { keys, order };
  }

  [Symbol.dispose](): void {
    for (const coder of [...this.#keys, ...this.#pairs]) coder[Symbol.dispose]();
  }
}

function unequal(rows: number, others: number): RangeError {
  return new RangeError(`a key has ${others} rows, others ${rows}`);
}

/** Codes of pairs of codes. */
class PairCoder implements Disposable {
  #numbers = new NumberCoder();
  /** Above all second codes, a power of two: a pair is the number `first * width + second`. */
  #width = 16;

  get size(): number {
    return this.#numbers.size;
  }

  /**
   * The code of each pair, into `first`.
   *
   * @param count First codes are below it.
   * @param most Second codes are below it.
   */
  code(first: Int32Array, second: Int32Array, count: number, most: number): void {
    if (most > this.#width) this.#widen(2 ** Math.ceil(Math.log2(most)), count);
    if (count * this.#width > Number.MAX_SAFE_INTEGER) {
      throw new RangeError("the keys have more pairs of values than can be told apart");
    }
    this.#numbers.codePairs(first, second, count, this.#width);
  }

  /** The pairs in an order of their first codes and, of equal ones, of their second codes. */
  inOrder(first: Int32Array, second: Int32Array): OrderedPairs {
    const found = this.#numbers.pairsInOrder(first, second, this.#width);
    if (found) return found;
    const codes = this.#parted();
    const ranks = [picked(inverse(first), codes.first), picked(inverse(second), codes.second)];
    const order = orderOfRanks(ranks, [first.length, second.length]);
    return { order, first: picked(ranks[0]!, order), second: picked(ranks[1]!, order) };
  }

  /** Both codes of each pair. */
  #parted(): { first: Int32Array; second: Int32Array } {
    const pairs = this.#numbers.values(), width = this.#width;
    const first = new Int32Array(pairs.length), second = new Int32Array(pairs.length);
    for (let k = 0; k < pairs.length; k++) {
      const code = first[k] = Math.floor(pairs[k]! / width);
      second[k] = pairs[k]! - code * width;
    }
    return { first, second };
  }

  [Symbol.dispose](): void {
    this.#numbers[Symbol.dispose]();
  }

  #widen(width: number, count: number): void {
    const { first, second } = this.#parted();
    this.#numbers[Symbol.dispose]();
    this.#numbers = new NumberCoder();
    this.#width = width;
    this.#numbers.codePairs(first, second, count, width);
  }
}
