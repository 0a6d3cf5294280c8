/** Which values of a column are in a set: answered where they were decompressed, or once for all of a dictionary. */
import {
  answerBytes,
  answerCodes,
  answerNumbers,
  answerTexts,
  type NumberBorders,
  type TextBorders,
} from "../../kernel/select_kernel.ts";
import { cutOff } from "../encodings/plain.ts";
import type { Column } from "../format/column.ts";
import { PLAIN } from "../format/page_header.ts";
import type { Dictionary } from "./dictionary.ts";
import { CONVERTED } from "./held_page.ts";
import { decodeBlocks, isIndexed } from "./indexes.ts";
import type { Page } from "./page.ts";
import { decodeTexts, isPlain, plainStart } from "./page_texts.ts";
import { decodeFixed } from "./page_values.ts";
import type { ParquetReader } from "./parquet_reader.ts";
import type { Partition } from "./partition.ts";
import { visitPartition } from "./visit_partition.ts";

/** Numbers, or texts, that are looked for. */
export type Wanted =
  | { numbers: NumberBorders }
  /** `borders` are `null` where one of them is no UTF-8. */
  | { has: (text: string) => boolean; borders: TextBorders | null };

/**
 * Answers for a column's part of a partition: `out[at]` and so on become 1 where a value is wanted, 0 elsewhere.
 *
 * @param none Whether nulls are wanted.
 * @throws As {@linkcode readColumn}.
 */
export function matchColumn(
  reader: ParquetReader,
  column: Column,
  partition: Partition,
  wanted: Wanted,
  none: boolean,
  out: Uint8Array,
  at: number,
): void {
  const { element } = reader.leaf(column.leaf);
  const tables = new Tables(wanted);
  const answer = (page: Page, dictionary: Dictionary | null, into: Uint8Array) => {
    if (isIndexed(page)) answerIndexes(page, dictionary, tables, into);
    else if ("numbers" in wanted) {
      if (!answerHeld(page, wanted.numbers, into)) {
        answerBytes(decodeFixed(page, element, dictionary), wanted.numbers, into);
      }
    } else if (wanted.borders && isPlain(page, element)) answerPlain(page, wanted.borders, into);
    else {
      const texts = decodeTexts(page, element, dictionary);
      for (let k = 0; k < into.length; k++) into[k] = Number(wanted.has(texts[k]!));
    }
  };
  visitPartition(reader, column, partition, (page, dictionary, from, to, row) => {
    const into = out.subarray(at + row, at + row + to - from);
    const count = page.wanted - page.before;
    if (count === into.length) return answer(page, dictionary, into);
    const present = new Uint8Array(count);
    answer(page, dictionary, present);
    for (let i = 0, k = 0; i < into.length; i++) {
      into[i] = page.validity![from + i] ? present[k++]! : Number(none);
    }
  }, (page, dictionary, from, to, row) => {
    if (none || !isIndexed(page) || !dictionary || tables.of(dictionary).includes(1)) return false;
    out.fill(0, at + row, at + row + to - from);
    return true;
  });
}

/** Answers for the entries of the dictionary that was met last. */
class Tables {
  readonly #wanted: Wanted;
  #dictionary: Dictionary | null = null;
  #table = new Uint8Array(0);

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  of(dictionary: Dictionary): Uint8Array {
    if (dictionary === this.#dictionary) return this.#table;
    const wanted = this.#wanted;
    const table = new Uint8Array(dictionary.count);
    if ("numbers" in wanted) answerBytes(dictionary.fixed, wanted.numbers, table);
    else dictionary.texts.forEach((text, index) => table[index] = Number(wanted.has(text)));
    this.#dictionary = dictionary;
    return this.#table = table;
  }
}

function answerIndexes(
  page: Page,
  dictionary: Dictionary | null,
  tables: Tables,
  into: Uint8Array,
): void {
  const { held: { kernel, valuesEnd } } = page;
  const table = valuesEnd + 4 * CONVERTED, to = table + (dictionary?.count ?? 0);
  let isThere = false;
  decodeBlocks(page, dictionary, to + CONVERTED - valuesEnd, (codes, count, done) => {
    if (!isThere) kernel.bytes.set(tables.of(dictionary!), table);
    isThere = true;
    answerCodes(kernel, codes, count, table, to);
    into.set(kernel.bytes.subarray(to, to + count), done);
  });
}

/** Answers for PLAIN numbers where they are; says whether it could. */
function answerHeld(
  { held, encoding, before, wanted, values: { at, end } }: Page,
  numbers: NumberBorders,
  into: Uint8Array,
): boolean {
  const { kernel, convertAt } = held;
  const room = 8 * CONVERTED - numbers.borders.byteLength;
  if (encoding !== PLAIN || into.length > room) return false;
  const width = numbers.type === "INT32" || numbers.type === "FLOAT" ? 4 : 8;
  if (wanted * width > end - at) throw cutOff();
  answerNumbers(kernel, at + width * before, numbers, convertAt, into);
  return true;
}

function answerPlain(page: Page, borders: TextBorders, into: Uint8Array): void {
  const { held: { kernel, valuesEnd }, values: { end } } = page;
  const start = plainStart(page);
  if (!answerTexts(kernel, start, end, borders, valuesEnd, into)) throw cutOff();
}
