import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** Letters that a mistyped name may differ in from the one that is meant. */
const MOST_EDITS = 2;

/**
 * The name that is meant by a mistyped one, or null when none is near: one that differs in capitals or in a letter or
 * two, as long as some of it is the same.
 */
export function nearest(typed: string, names: readonly string[]): string | null {
  const [name] = nearestFirst(typed, names);
  if (name === undefined) return null;
  const edits = editsBetween(typed, name);
  return edits <= MOST_EDITS && edits < Math.min(name.length, typed.length) ? name : null;
}

/** Names, the most like a mistyped one first; those that are like it alike stay in their order. */
export function nearestFirst(typed: string, names: readonly string[]): string[] {
  return names.map((name) => ({ name, edits: editsBetween(typed, name) }))
    .sort((a, b) => a.edits - b.edits)
    .map(({ name }) => name);
}

/** What an error says of a name that is not known: the one that is meant, or all that there are. */
export function meantOrAll(typed: string, names: readonly string[]): string {
  const meant = nearest(typed, names);
  return meant === null ? `use ${names.join(", ")}` : `did you mean ${meant}?`;
}

/** Whether two names differ in a slip of the pen: one letter too many, too few, another one, or two exchanged. */
export function isSlip(typed: string, name: string): boolean {
  const [a, b] = [typed.toLowerCase(), name.toLowerCase()];
  if (editsBetween(a, b) <= 1) return true;
  if (a.length !== b.length) return false;
  const at = [...a].findIndex((letter, index) => letter !== b[index]);
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}

/** Letters to be added, left out or changed to make one name of another; capitals don't count. */
function editsBetween(a: string, b: string): number {
  return levenshteinDistance(a.toLowerCase(), b.toLowerCase()) as number;
}

/** Columns that are told at most. */
const MOST_COLUMNS = 30;

/** What an error says of a column that is not there: those that there are, the most like it first. */
export function columnsThereAre(typed: string, names: readonly string[]): string {
  if (names.length === 0) return "there are no columns";
  const told = nearestFirst(typed, names).slice(0, MOST_COLUMNS).map((name) => `"${name}"`);
  const more = names.length - told.length;
  return `the columns are ${told.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
