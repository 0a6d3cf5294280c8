import type { Kernel } from "#kernel";
import { decodeLevels, findLevels } from "../encodings/levels.ts";
import { DATA_PAGE_V2, type PageHeader } from "../format/page_header.ts";
import type { Leaf } from "../format/schema_tree.ts";
import { Malformed } from "../io/errors.ts";
import type { ChunkPages } from "./chunk_pages.ts";
import type { HeldPage } from "./held_page.ts";
import { checkNulls, type Page, type PageVisitor } from "./page.ts";
import type { RowSlice } from "./partition.ts";

/**
 * Visits the pages of a nested column's leaf up to the row behind the last wanted one. Rows are
 * told from repetition levels, so that every page up to there is opened; `from` and `to` are
 * values, `at` is the row of the chunk that the first value belongs to (or goes on with).
 *
 * @param kernel Has the pages in its memory.
 * @throws Malformed when a page is damaged, or levels contradict the footer or a header.
 */
export function visitNested(
  pages: ChunkPages,
  leaf: Leaf,
  { from, to }: RowSlice,
  kernel: Kernel,
  visitor: PageVisitor,
): void {
  const { rows, values: total } = pages.place;
  let seen = 0;
  /** Rows begun so far. */
  let begun = 0;
  while (seen < total) {
    const header = pages.next();
    const { values } = header;
    if (values > total - seen) throw new Malformed(`its pages hold more than ${total} values`);
    seen += values;
    // Of a page of version 2 of lists Arrow before 12 gives its values as its rows.
    const areRowsTold = header.type === DATA_PAGE_V2 &&
      (leaf.maxRepetition === 0 || header.rows !== values);
    if (areRowsTold && begun + header.rows <= from) {
      begun += header.rows;
      continue;
    }
    const page = openNested(pages.hold(header, kernel), header, leaf);
    const { repetition } = page.levels!;
    const before = begun;
    let start = -1;
    let end = values;
    for (let k = 0; k < values; k++) {
      if (repetition[k] === 0) begun++;
      else if (begun === 0) throw new Malformed("its first value belongs to no row");
      if (begun > to) {
        end = k;
        break;
      }
      if (start < 0 && begun > from) start = k;
    }
    if (areRowsTold && begun <= to && begun - before !== header.rows) {
      throw new Malformed("a page's header contradicts its levels");
    }
    if (begun > rows) throw new Malformed(`it holds more than ${rows} rows`);
    if (start >= 0 && end > start) visitor.page(page, pages.dictionary, start, end, before);
    if (begun > to) return;
  }
  if (begun < to) throw new Malformed(`it holds ${begun} rows instead of ${rows}`);
}

/** Decompresses a page of a nested column and decodes its levels. */
function openNested(held: HeldPage, header: PageHeader, leaf: Leaf): Page {
  const { values: count, encoding } = header;
  const first = (length: number) => held.first(length);
  const { repetition, definition, end } = findLevels(header, leaf, held.size, first);
  const whole = held.first(held.size);
  const levels = {
    definition: decodeLevels(whole, definition, leaf.maxDefinition, count),
    repetition: decodeLevels(whole, repetition, leaf.maxRepetition, count),
  };
  let present = 0;
  for (let k = 0; k < count; k++) if (levels.definition[k] === leaf.maxDefinition) present++;
  checkNulls(header, count - present, leaf);
  return {
    count,
    before: 0,
    present,
    wanted: present,
    validity: null,
    levels,
    encoding,
    values: { ...whole, at: whole.at + end },
    held,
    decoded: 0,
    reached: { values: 0, bytes: 0 },
  };
}
