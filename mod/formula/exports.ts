import { isSlip } from "../common/nearest.ts";

/** What an export of a formula has to be: a function, or a value that says how it is run. */
export type ExportSort = "function" | "value";

/** An export that the service looks at. */
export interface ExportWord {
  sort: ExportSort;
  /** Whether a function may give the value. */
  isMade?: true;
  /** As it is written. */
  example: string;
  /** What it is for, for help. */
  help: string;
}

/** The exports that the service looks at, by their names. Checks, help and messages come from here. */
export const EXPORT_WORDS = {
  map: {
    sort: "function",
    example: "map(chunk, context)",
    help: "called once a partition; returns columns, which a group-by beside it groups",
  },
  chunk: {
    sort: "function",
    example: "chunk(chunk, context)",
    help: "called once a partition; returns a partial result",
  },
  combine: {
    sort: "function",
    example: "combine(a, b)",
    help: "merges two partial results",
  },
  aggregate: {
    sort: "function",
    example: "aggregate(total, context)",
    help: "finishes the merged result",
  },
  main: {
    sort: "function",
    example: "main(frame, context)",
    help: "gets the whole dataset",
  },
  overlap: {
    sort: "value",
    example: "overlap = { before: 99, after: 0 }",
    help: 'rows of the neighbours that map sees, too; "5s" counts by time',
  },
  keep: {
    sort: "value",
    example: 'keep = ["time"]',
    help: "input columns that are carried to the result of map",
  },
  filter: {
    sort: "value",
    isMade: true,
    example: "filter = { u: { $gt: 0 } }",
    help: "rows that are seen, or a function of the context that says it",
  },
  inputs: {
    sort: "value",
    example: 'inputs = { limits: { on: "unit" } }',
    help: "tables of the request whose columns are joined to each chunk",
  },
  units: {
    sort: "value",
    example: 'units = { power: "W" }',
    help: "units of columns of the result, which its file notes",
  },
  tables: {
    sort: "value",
    example: 'tables = ["daily", "alarms"]',
    help: "names of the tables that are returned, each of which has a file of its own",
  },
  int64: {
    sort: "value",
    example: 'int64 = "bigint"',
    help: "64-bit integers arrive as bigints",
  },
  fileColumn: {
    sort: "value",
    example: 'fileColumn = "file"',
    help: "a column of this name has the name of each row's file",
  },
  text: {
    sort: "value",
    example: 'text = ["s"]',
    help: "columns of bytes without a meaning that are read as UTF-8 text",
  },
} as const satisfies Record<string, ExportWord>;

export type ExportName = keyof typeof EXPORT_WORDS;

const NAMES = Object.keys(EXPORT_WORDS) as ExportName[];
/** Words whose value a function may give. */
const MADE = (Object.entries(EXPORT_WORDS) as [ExportName, ExportWord][])
  .filter(([, word]) => word.isMade).map(([name]) => name);

/** Letters of a word from which on another letter in it makes no other word that somebody may use: `max` is none of `map`. */
const LONG = 5;

/**
 * The word that is meant by an export that is none; null for one of the author's own.
 *
 * A word in other capitals is always meant. So is one with a slip of the pen, where it could be looked at: a value for
 * a word that is a value, a function for one that drives a formula of this sort. A function is meant for a value only
 * where two letters are swapped, `fliter`. Helpers keep their names: `max` beside `map`, and all functions beside
 * `main`, but for `Main` and the like.
 *
 * @param sort Of the export.
 * @param driven Names of the functions that could be looked at beside those that are there.
 */
export function meantExport(
  name: string,
  sort: ExportSort,
  driven: readonly string[],
): ExportName | null {
  if (Object.hasOwn(EXPORT_WORDS, name)) return null;
  const plain = plainOf(name);
  const same = NAMES.find((word) => plainOf(word) === plain);
  if (same !== undefined) return same;
  const near = NAMES.find((word) =>
    EXPORT_WORDS[word].sort === sort && isSlip(name, word) &&
    (sort === "value" || (driven.includes(word) && isLikely(name, word)))
  );
  if (near !== undefined || sort === "value") return near ?? null;
  return MADE.find((word) => isSlip(name, word) && areSameLetters(name, word)) ?? null;
}

/** Whether a function's name, a slip from a word, is not likely a name of the author's own. */
function isLikely(name: string, word: ExportName): boolean {
  return word.length >= LONG || name.length > word.length || areSameLetters(name, word);
}

function areSameLetters(a: string, b: string): boolean {
  const letters = (text: string) => [...text.toLowerCase()].sort().join("");
  return letters(a) === letters(b);
}

/** A name without what people write in one way or another. */
function plainOf(name: string): string {
  return name.toLowerCase().replaceAll(/[_$]/g, "");
}
