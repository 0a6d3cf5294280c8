/** Indexes of dictionaries that become codes of texts, against a table of JavaScript. */
import { assertEquals } from "@std/assert";
import { TextCoder } from "../../mod/kernel/text_coder.ts";
import { stringsOf, textsOf } from "../support/byte_strings.ts";
import { fuzzRandom, oneOf, type Random } from "../support/random_numbers.ts";
import { randomTest } from "../support/random_tests.ts";

/** A short text, or a long one. */
function textOf(n: number): string {
  return n % 13 ? `part ${n}` : `a part whose name has more than a word, ${n}`;
}

/** Some of `most` texts in any order, now and then one of them twice, or all as they were before. */
function randomDictionary(random: Random, most: number, before: readonly string[]): string[] {
  if (before.length > 0 && random(5) === 0) return [...before];
  const count = 1 + random(most);
  const texts = Array.from({ length: most }, (_, n) => textOf(n));
  for (let k = most - 1; k > 0; k--) {
    const other = random(k + 1);
    [texts[k], texts[other]] = [texts[other]!, texts[k]!];
  }
  if (random(6) === 0) texts[count - 1] = texts[0]!;
  return texts.slice(0, random(2) ? count : most);
}

randomTest(
  "dictionary-codes",
  "equal texts of any dictionaries have one code each, and others have another",
  (count) => {
    for (let index = 0; index < count; index++) {
      const random = fuzzRandom(index);
      const most = oneOf(random, [1, 3, 16, 17, 20, 63, 64, 65, 300, 5000, 30_000]);
      const known = new Map<string | null, number>();
      using coder = new TextCoder();
      const check = (found: readonly (string | null)[], codes: Int32Array, page: number) =>
        found.forEach((text, row) => {
          if (!known.has(text)) known.set(text, codes[row]!);
          if (known.get(text) === codes[row]) return;
          throw new Error(`case ${index}, page ${page}: ${text} is ${codes[row]}`);
        });
      let texts: string[] = [], dictionary = stringsOf(texts);
      for (let page = 0; page < 8; page++) {
        if (random(30) === 0) {
          coder.clear();
          known.clear();
        }
        if (random(4) === 0) {
          const others = Array.from({ length: random(3000) }, () => textOf(random(2 * most)));
          const codes = new Int32Array(others.length);
          coder.code(stringsOf(others), codes, 0);
          check(others, codes, page);
        }
        if (page === 0 || random(4)) {
          texts = randomDictionary(random, most, texts);
          dictionary = stringsOf(texts);
        }
        const entries = random(4) ? texts.length : Math.ceil(texts.length / 2);
        const nulls = random(3) === 0;
        const indexes = Int32Array.from(
          { length: oneOf(random, [1, 5, 100, 8191, 8193, 20_000]) },
          () => nulls && random(4) === 0 ? -1 : random(entries),
        );
        const codes = indexes.slice();
        coder.codeIndexes(dictionary, codes, nulls);
        if (random(3) === 0) {
          const again = indexes.slice();
          coder.codeIndexes(dictionary, again, nulls);
          assertEquals(again, codes, `case ${index}, page ${page}`);
        }
        check(Array.from(indexes, (entry) => entry < 0 ? null : texts[entry]!), codes, page);
      }
      const { texts: table, order } = coder.finish();
      check([...textsOf(table), ...known.has(null) ? [null] : []], order, 8);
      assertEquals(new Set(known.values()).size, known.size, `case ${index}: two have one code`);
      assertEquals(coder.size, known.size, `case ${index}`);
    }
  },
);
