/** Codes of keys part by part, so that what is known of a part's keys is small and stays near. */
import {
  PART_BITS,
  type PartedDoubles,
  type PartedTexts,
  partNumbers,
  partPairs,
  partTexts,
} from "../../kernel/parted.ts";
import { NumberCoder, type NumberRange, orderOfNumbers } from "../../kernel/number_coder.ts";
import { type ByteStrings, TextCoder } from "../../kernel/text_coder.ts";
import type { Texts } from "../../kernel/texts.ts";
import type { StringCoder } from "./exact_values.ts";
import { joinedNumbers, taken } from "./group_states.ts";

/** Keys can't be parted as they were begun: all rows are to be coded otherwise. */
export class PartsDontFit extends Error {}

/** The codes of a part's rows, and the part's codes in the order of their keys, or in any where they are sorted later. */
export interface CodedPart {
  ids: Int32Array;
  size: number;
  order: Int32Array;
}

/** Byte strings in parts by their hashes: `codes` that are asked for are parts. */
export class PartedTextCoder implements StringCoder, Disposable {
  readonly #pieces: PartedTexts[] = [];
  readonly #coder = new TextCoder(PART_BITS);
  readonly #found: Texts[] = [];
  #groups = 0;
  /** Where null stands among all groups; -1 where there is none. */
  #none = -1;
  #rows = 0;

  get size(): number {
    return this.#rows;
  }

  code(strings: ByteStrings, codes: Int32Array, at: number): void {
    const count = strings.starts.length;
    this.#pieces.push(partTexts(strings, codes.subarray(at, at + count)));
    this.#rows += count;
  }

  codeSame({ bytes, starts, ends }: ByteStrings, codes: Int32Array): void {
    const all = (of: Int32Array) => new Int32Array(codes.length).fill(of[0]!);
    this.code({ bytes, starts: all(starts), ends: all(ends) }, codes, 0);
  }

  codeIndexes({ bytes, starts, ends }: ByteStrings, indexes: Int32Array): void {
    const from = new Int32Array(indexes.length), to = new Int32Array(indexes.length);
    for (let row = 0; row < indexes.length; row++) {
      const index = indexes[row]!;
      from[row] = index < 0 ? 0 : starts[index]!;
      to[row] = index < 0 ? -1 : ends[index]!;
    }
    this.code({ bytes, starts: from, ends: to }, indexes, 0);
  }

  /** Whether the last ones are UTF-8. */
  areUtf8(): boolean {
    return this.#pieces.at(-1)?.areUtf8 ?? true;
  }

  /** Codes the rows of the next part. */
  codePart(part: number): CodedPart {
    const coder = this.#coder;
    coder.clear();
    const ids = new Int32Array(rowsOf(this.#pieces, part));
    let at = 0;
    for (const { bytes, starts, ends, partStarts } of this.#pieces) {
      const from = partStarts[part]!, to = partStarts[part + 1]!;
      if (from === to) continue;
      coder.code(
        { bytes, starts: starts.subarray(from, to), ends: ends.subarray(from, to) },
        ids,
        at,
      );
      at += to - from;
    }
    const { texts, order } = coder.finish();
    if (texts.ends.length < order.length) this.#none = this.#groups + texts.ends.length;
    this.#groups += order.length;
    this.#found.push(texts);
    return { ids, size: coder.size, order };
  }

  /** All of the parts' keys, and the order in which null is the last; `null` where it is so. */
  finish(): { texts: Texts; groups: number; order: Int32Array | null } {
    const texts = joined(this.#found), groups = this.#groups;
    if (this.#none < 0 || this.#none === groups - 1) return { texts, groups, order: null };
    const order = new Int32Array(groups);
    for (let k = 0; k < order.length - 1; k++) order[k] = k < this.#none ? k : k + 1;
    order[order.length - 1] = this.#none;
    return { texts, groups, order };
  }

  [Symbol.dispose](): void {
    this.#coder[Symbol.dispose]();
  }
}

/** Numbers in parts by their hashes or, in a range, by where they lie: `codes` that are asked for are parts. */
export class PartedNumberCoder implements Disposable {
  readonly #pieces: PartedDoubles[] = [];
  readonly #coder = new NumberCoder();
  readonly #found: Float64Array[] = [];
  readonly #range: NumberRange | null;

  /** @param range Where whole numbers lie that may have a place each; others may come. */
  constructor(range: NumberRange | null) {
    this.#range = range;
  }

  /** The part of each, into `parts`. */
  code(numbers: Float64Array, parts: Int32Array): void {
    this.#pieces.push(partNumbers(numbers, parts, this.#range));
  }

  /** The same of pairs of codes, as the numbers `first * width + second`, into `first`. */
  codePairs(first: Int32Array, second: Int32Array, width: number): void {
    this.#pieces.push(partPairs(first, second, width, this.#range));
  }

  /** Codes the rows of the next part. */
  codePart(part: number): CodedPart {
    const coder = this.#coder;
    coder.clear();
    const ids = new Int32Array(rowsOf(this.#pieces, part));
    let at = 0;
    for (const { values, partStarts } of this.#pieces) {
      const own = values.subarray(partStarts[part], partStarts[part + 1]);
      if (own.length === 0) continue;
      coder.code(own, ids.subarray(at, at + own.length));
      at += own.length;
    }
    const order = coder.order(), values = coder.values();
    this.#found.push(taken(values, order));
    return { ids, size: coder.size, order };
  }

  /** All of the parts' numbers, and their order; `null` where they are in it. */
  finish(): { values: Float64Array; order: Int32Array | null } {
    const values = joinedNumbers(this.#found);
    return { values, order: this.#range ? null : orderOfNumbers(values) };
  }

  [Symbol.dispose](): void {
    this.#coder[Symbol.dispose]();
  }
}

function rowsOf(pieces: readonly { partStarts: Int32Array }[], part: number): number {
  return pieces.reduce((sum, { partStarts }) => sum + partStarts[part + 1]! - partStarts[part]!, 0);
}

function joined(all: readonly Texts[]): Texts {
  const count = all.reduce((sum, { ends }) => sum + ends.length, 0);
  const size = all.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const texts = {
    hashes: new BigUint64Array(count),
    ends: new Uint32Array(count),
    bytes: new Uint8Array(size),
  };
  let at = 0, before = 0;
  for (const { hashes, ends, bytes } of all) {
    texts.hashes.set(hashes, at);
    for (let k = 0; k < ends.length; k++) texts.ends[at + k] = before + ends[k]!;
    texts.bytes.set(bytes, before);
    at += ends.length;
    before += bytes.length;
  }
  return texts;
}
