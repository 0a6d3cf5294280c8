import { DATA_PAGE_V2, type PageHeader } from "../format/page_header.ts";
import type { Leaf } from "../format/schema_tree.ts";
import { Malformed } from "../io/errors.ts";
import type { Span } from "../io/span.ts";
import type { Dictionary } from "./dictionary.ts";
import type { HeldPage } from "./held_page.ts";

/** A data page whose levels are decoded and whose values are not. Valid until the next page. */
export interface Page {
  /** Values without nulls before the first wanted one. */
  before: number;
  /** Values with nulls. */
  count: number;
  /** Values without nulls. */
  present: number;
  /** How many of those are decoded at least: later ones are not wanted. */
  wanted: number;
  /** Of a column that is not nested: 1 for a value, 0 for a null; null when there is no null. */
  validity: Uint8Array | null;
  /** Of a nested column. */
  levels: NestedLevels | null;
  encoding: number;
  values: Span;
  /** The page in the kernel's memory. */
  held: HeldPage;
  /** How many indexes of a held page its kernel has decoded or stepped over. */
  decoded: number;
  /** How many byte arrays of a PLAIN page were stepped over from its first on, and how many bytes those are. */
  reached: { values: number; bytes: number };
}

export interface NestedLevels {
  definition: Int32Array;
  repetition: Int32Array;
}

/** Is given each page of a column chunk that holds wanted rows, or parts of it, in order. */
export interface PageVisitor {
  /**
   * @param from First wanted value of the page, nulls counted.
   * @param to The one behind the last.
   * @param at Which row of the wanted rows the first is.
   */
  page(page: Page, dictionary: Dictionary | null, from: number, to: number, at: number): void;
  /**
   * Whether a page need not be read, of which there is no more than its encoding yet. It is asked before the rows of
   * each page are visited; not of nested columns.
   */
  skips?:
    | ((page: Page, dictionary: Dictionary | null, from: number, to: number, at: number) => boolean)
    | undefined;
}

/**
 * Holds the nulls that a page of version 2 tells of against those it has. Older versions of Arrow don't count what is
 * null or empty above an element of a list.
 *
 * @throws Malformed when they contradict each other.
 */
export function checkNulls({ type, nulls }: PageHeader, found: number, leaf: Leaf): void {
  if (type !== DATA_PAGE_V2 || nulls < 0 || nulls === found) return;
  if (leaf.maxRepetition > 0 && nulls < found) return;
  throw new Malformed(`a page says it has ${nulls} nulls and has ${found}`);
}
