/** Pages whose values are indexes into the dictionary. */
import { PLAIN_DICTIONARY, RLE_DICTIONARY } from "../format/page_header.ts";
import { Malformed } from "../io/errors.ts";
import type { Dictionary } from "./dictionary.ts";
import { CONVERTED } from "./held_page.ts";
import type { Page } from "./page.ts";

/** Whether a page's values are indexes into the dictionary. */
export function isIndexed({ encoding }: Page): boolean {
  return encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY;
}

/**
 * Decodes a page's wanted indexes (`before` up to `wanted`); each is checked to be in the dictionary. Valid
 * until the next page.
 */
export function decodeIndexes(page: Page, dictionary: Dictionary | null): Int32Array {
  const { held: { kernel, valuesEnd } } = page;
  const rows = page.wanted - page.before;
  heldIndexes(page, dictionary, valuesEnd + 4 * rows, (done) => valuesEnd + 4 * done);
  return new Int32Array(kernel.bytes.buffer, valuesEnd, rows);
}

/** The same into an array of as many. */
export function copyIndexes(page: Page, dictionary: Dictionary | null, output: Int32Array): void {
  decodeBlocks(page, dictionary, 4 * CONVERTED, (at, count, done) => {
    output.set(new Int32Array(page.held.kernel.bytes.buffer, at, count), done);
  });
}

/**
 * The same by blocks, each of which is told by its address, how many it has, and how many were before it.
 *
 * @param room Bytes that are to be there behind the page; the indexes are the first of them.
 */
export function decodeBlocks(
  page: Page,
  dictionary: Dictionary | null,
  room: number,
  take: (at: number, count: number, done: number) => void,
): void {
  const { valuesEnd } = page.held;
  heldIndexes(page, dictionary, valuesEnd + room, () => valuesEnd, take);
}

/**
 * The next indexes of a page: partitions that share it each decode their own. They come as many at once as stay in a
 * core's cache until they are checked and taken.
 *
 * @param until Where the kernel's memory must reach.
 * @param place Where those come of which so many were before.
 */
function heldIndexes(
  page: Page,
  dictionary: Dictionary | null,
  until: number,
  place: (done: number) => number,
  take: (at: number, count: number, done: number) => void = () => {},
): void {
  const { count } = known(dictionary);
  const { before, wanted, values: { at, end } } = page;
  const { kernel } = page.held;
  const rows = wanted - before;
  kernel.reserve(until + 64);
  if (rows === 0) return;
  if (at >= end) throw new Malformed("a page's values are cut off");
  const width = kernel.bytes[at]!;
  if (width > 32) throw new Malformed(`values can't be ${width} bits wide`);
  const { code } = kernel;
  if (width > 0) {
    if (page.decoded === 0 || page.decoded > before) {
      code.hybridBegin(at + 1, end, width);
      page.decoded = 0;
    }
    if (!code.hybridNext(0, before - page.decoded)) throw cutOffRuns();
    page.decoded = wanted;
  }
  const { buffer } = kernel.bytes;
  for (let done = 0; done < rows; done += CONVERTED) {
    const some = Math.min(CONVERTED, rows - done);
    const to = place(done);
    if (width === 0) kernel.bytes.fill(0, to, to + 4 * some);
    else if (!code.hybridNext(to, some)) throw cutOffRuns();
    const outside = code.firstOutside(to, some, count);
    if (outside < some) {
      const [index] = new Uint32Array(buffer, to + 4 * outside, 1);
      throw new Malformed(`an index of ${index} is outside its dictionary of ${count}`);
    }
    take(to, some, done);
  }
}

function known(dictionary: Dictionary | null): Dictionary {
  if (!dictionary) throw new Malformed("a page refers to a dictionary that is not there");
  return dictionary;
}

function cutOffRuns(): Malformed {
  return new Malformed("a page's runs are cut off");
}
