/** Texts of a page. */
import type { SchemaElement } from "hyparquet";
import { skipTexts, takeTexts } from "../../kernel/text_kernel.ts";
import { cutOff } from "../encodings/plain.ts";
import { decodeString, decodeStrings, decodeTogether } from "../encodings/strings.ts";
import { PLAIN } from "../format/page_header.ts";
import { lengthOf } from "../format/value_width.ts";
import type { Dictionary } from "./dictionary.ts";
import type { Page } from "./page.ts";
import { decodeByteArrays } from "./page_values.ts";

/** Whether a page has byte arrays of any lengths, each behind its own. */
export function isPlain({ encoding }: Page, element: SchemaElement): boolean {
  return encoding === PLAIN && lengthOf(element) === null;
}

/**
 * Decodes a page's wanted texts without nulls (`before` up to `wanted`).
 *
 * @throws Malformed when they are cut off, or one is not UTF-8.
 */
export function decodeTexts(
  page: Page,
  element: SchemaElement,
  dictionary: Dictionary | null,
): string[] {
  if (!isPlain(page, element)) return decodeStrings(decodeByteArrays(page, element, dictionary));
  const { before, wanted, held: { kernel, valuesEnd }, values: { at, end } } = page;
  const texts = new Array<string>(wanted - before);
  let next = plainStart(page);
  for (let done = 0; done < texts.length;) {
    const taken = takeTexts(kernel, next, end, texts.length - done, valuesEnd);
    decodeTogether(taken, texts, done);
    done += taken.cuts.length;
    ({ next } = taken);
    if (taken.cuts.length === 0) next = decodeAlone(page, next, texts, done++);
  }
  page.reached = { values: wanted, bytes: next - at };
  return texts;
}

/** Address of the first wanted one of a page's byte arrays, each of which has its length in front. */
export function plainStart(page: Page): number {
  const { before, reached, values: { at, end }, held: { kernel } } = page;
  const known = reached.values <= before ? reached : { values: 0, bytes: 0 };
  const start = skipTexts(kernel, at + known.bytes, end, before - known.values);
  if (start === null) throw cutOff();
  return start;
}

/** Decodes a text that can't be decoded with others; returns the address of the one behind. */
function decodeAlone({ held, values }: Page, at: number, texts: string[], index: number): number {
  const next = skipTexts(held.kernel, at, values.end, 1);
  if (next === null) throw cutOff();
  texts[index] = decodeString(held.kernel.bytes.subarray(at + 4, next));
  return next;
}
