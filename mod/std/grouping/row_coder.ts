/** Numbers of groups by all of their keys, over chunks that follow each other. */
import { NumberCoder, type NumberRange, type OrderedPairs } from "../../kernel/number_coder.ts";
import type { Described, Key, KeyColumn } from "./group_keys.ts";
import { inverse, orderOfRanks, picked } from "./group_order.ts";
import { PARTS } from "../../kernel/parted.ts";
import { taken } from "./group_states.ts";
import { type CodedRuns, KeyCoder } from "./key_coder.ts";
import { type CodedPart, PartedNumberCoder, PartsDontFit } from "./parted_coder.ts";

/** Groups whose records stay near to a core, with a place each. */
const MOST_NEAR = 2 ** 15;
/** Above all second codes of pairs by which rows are parted, where most pairs don't occur. */
const WIDTH = 2 ** 26;
/** Pairs that may occur of those that have a place in their part. */
const MOST_PLACES = PARTS * 2 ** 17;

/** Gives rows the number of their group, from 0 on in the order in which groups first occur. */
export class RowCoder implements Disposable {
  readonly #keys: KeyCoder[];
  /** One for each key but the first: codes of pairs of what was before it and of its own. */
  readonly #pairs: PairCoder[];
  /** What pairs with the last key are parted by, where rows are. */
  #parted: PartedNumberCoder | null = null;
  /** Above all second codes of these: a pair is the number `first * width + second`. */
  #width = WIDTH;

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
    return this.#together(this.#keys.map((key) => key.code(chunk, context)));
  }

  /** The same for rows that come in runs by all keys; `null` where they don't, or are parted. */
  runs(chunk: Record<string, unknown>, context?: Described): CodedRuns | null {
    if (this.#parted) return null;
    const all: CodedRuns[] = [];
    for (const key of this.#keys) {
      const runs = key.runs(chunk, context);
      if (runs === null) return null;
      all.push(runs);
    }
    return { codes: this.#together(all.map(({ codes }) => codes)), ends: all[0]!.ends };
  }

  /** Numbers of groups, of the codes of each key; into the first ones. */
  #together([first, ...others]: readonly Int32Array[]): Int32Array {
    let groups = this.#keys[0]!.size;
    others.forEach((other, k) => {
      if (first!.length !== other.length) throw unequal(first!.length, other.length);
      if (this.#parted && k === others.length - 1) {
        return this.#codeParts(first!, other, groups, this.#keys[k + 1]!.size);
      }
      this.#pairs[k]!.code(first!, other, groups, this.#keys[k + 1]!.size);
      groups = this.#pairs[k]!.size;
    });
    return first!;
  }

  /**
   * Whether it pays to part the rows of so many groups: those that are looked up by hashes, or lie far apart from row
   * to row.
   */
  paysToPart(groups: number): boolean {
    const last = this.#pairs.at(-1) ?? this.#keys[0]!;
    return last.isHashed || (groups > MOST_NEAR && last.scattered !== null);
  }

  /**
   * From now on gives rows their part by all keys; what was coded before is forgotten, but for codes of keys.
   *
   * @param rows That were coded so far.
   */
  part(rows: number): void {
    if (this.#pairs.length === 0) return this.#keys[0]!.part();
    this.#pairs.pop()![Symbol.dispose]();
    const before = this.#pairs.at(-1) ?? this.#keys[0]!;
    const width = 2 ** Math.ceil(Math.log2(2 * distinctOf(this.#keys.at(-1)!.size, rows)));
    const pairs = Math.ceil(distinctOf(before.size, rows)) * width;
    const isNear = pairs <= MOST_PLACES;
    if (isNear) this.#width = width;
    this.#parted = new PartedNumberCoder(isNear ? { low: 0, high: pairs - 1 } : null);
  }

  /** Codes the rows of the next part. */
  codePart(part: number): CodedPart {
    return (this.#parted ?? this.#keys[0]!).codePart(part);
  }

  /** The keys by group, in rising order, and the order of the parts' groups; `null` where they are in it. */
  finishParts(): { keys: KeyColumn[]; order: Int32Array | null } {
    if (!this.#parted) {
      const { key, order } = this.#keys[0]!.finishParts();
      return { keys: [key], order };
    }
    const last = this.#keys.at(-1)!.finish();
    const before = this.#finish(this.#keys.slice(0, -1));
    const { values } = this.#parted.finish();
    const codes = partedPairs(values, this.#width);
    return withKey(before, last.key, orderedPairs(codes, before.order, last.order));
  }

  #codeParts(first: Int32Array, second: Int32Array, count: number, most: number): void {
    const width = this.#width;
    if (most > width || count * width > Number.MAX_SAFE_INTEGER) throw new PartsDontFit();
    this.#parted!.codePairs(first, second, width);
  }

  /** The keys by group, in rising order, and the numbers of groups in this order. */
  finish(): Ordered {
    return this.#finish(this.#keys);
  }

  #finish([first, ...others]: readonly KeyCoder[]): Ordered {
    const { key, order } = first!.finish();
    return others.reduce((before: Ordered, coder, k) => {
      const last = coder.finish();
      return withKey(before, last.key, this.#pairs[k]!.inOrder(before.order, last.order));
    }, { keys: [key], order });
  }

  [Symbol.dispose](): void {
    for (const coder of [...this.#keys, ...this.#pairs]) coder[Symbol.dispose]();
    this.#parted?.[Symbol.dispose]();
  }
}

function unequal(rows: number, others: number): RangeError {
  return new RangeError(`a key has ${others} rows, others ${rows}`);
}

/** Keys of groups in rising order, and the numbers of groups in this order. */
interface Ordered {
  keys: KeyColumn[];
  order: Int32Array;
}

/** Keys with one more behind them. */
function withKey({ keys }: Ordered, key: KeyColumn, pairs: OrderedPairs): Ordered {
  const at = (places: Int32Array) => (key: KeyColumn) => ({
    ...key,
    values: taken(key.values, places),
  });
  return { keys: [...keys.map(at(pairs.first)), at(pairs.second)(key)], order: pairs.order };
}

interface PairsOfCodes {
  first: Int32Array;
  second: Int32Array;
}

/** Both codes of pairs, the numbers `first * width + second`. */
function partedPairs(pairs: Float64Array, width: number): PairsOfCodes {
  const first = new Int32Array(pairs.length), second = new Int32Array(pairs.length);
  for (let k = 0; k < pairs.length; k++) {
    const code = first[k] = Math.floor(pairs[k]! / width);
    second[k] = pairs[k]! - code * width;
  }
  return { first, second };
}

/** Pairs in an order of their first codes and, of equal ones, of their second codes. */
function orderedPairs(codes: PairsOfCodes, first: Int32Array, second: Int32Array): OrderedPairs {
  const ranks = [picked(inverse(first), codes.first), picked(inverse(second), codes.second)];
  const order = orderOfRanks(ranks, [first.length, second.length]);
  return { order, first: picked(ranks[0]!, order), second: picked(ranks[1]!, order) };
}

/** Codes of pairs of codes. */
class PairCoder implements Disposable {
  #numbers = new NumberCoder();
  /** Above all second codes, a power of two: a pair is the number `first * width + second`. */
  #width = 16;

  get size(): number {
    return this.#numbers.size;
  }

  get isHashed(): boolean {
    return this.#numbers.isHashed;
  }

  get scattered(): NumberRange | null {
    return this.#numbers.scattered;
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
    return orderedPairs(partedPairs(this.#numbers.values(), this.#width), first, second);
  }

  [Symbol.dispose](): void {
    this.#numbers[Symbol.dispose]();
  }

  #widen(width: number, count: number): void {
    const { first, second } = partedPairs(this.#numbers.values(), this.#width);
    this.#numbers[Symbol.dispose]();
    this.#numbers = new NumberCoder();
    this.#width = width;
    this.#numbers.codePairs(first, second, count, width);
  }
}

/** How many values there are of which so many rows have so many, where each row has any of them. */
export function distinctOf(found: number, rows: number): number {
  let low = found, high = found * 2 ** 20;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (middle * -Math.expm1(-rows / middle) < found) low = middle;
    else high = middle;
  }
  return high;
}
