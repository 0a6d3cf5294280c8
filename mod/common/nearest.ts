import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** Most letters in which a mistyped name may differ from the real one. */
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

/** Names sorted by similarity to a mistyped one, the most similar first. The sort is stable. */
export function nearestFirst(typed: string, names: readonly string[]): string[] {
  return names.map((name) => ({ name, edits: editsBetween(typed, name) }))
    .sort((a, b) => a.edits - b.edits)
    .map(({ name }) => name);
}

/** The hint of an error about an unknown name: the likely name, or all names. */
export function meantOrAll(typed: string, names: readonly string[]): string {
  const meant = nearest(typed, names);
  return meant === null ? `use ${names.join(", ")}` : `did you mean ${meant}?`;
}

/** Whether two names differ by one typing error: a letter added, removed or changed, or two swapped. */
export function isSlip(typed: string, name: string): boolean {
  const [a, b] = [typed.toLowerCase(), name.toLowerCase()];
  if (editsBetween(a, b) <= 1) return true;
  if (a.length !== b.length) return false;
  const at = [...a].findIndex((letter, index) => letter !== b[index]);
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}

/** Edit distance of two names, ignoring case. */
function editsBetween(a: string, b: string): number {
  return levenshteinDistance(a.toLowerCase(), b.toLowerCase()) as number;
}

/** Most columns that an error lists. */
const MOST_COLUMNS = 30;

/** The hint of an error about an unknown column: the columns, the most similar first. */
export function columnsThereAre(typed: string, names: readonly string[]): string {
  if (names.length === 0) return "there are no columns";
  const told = nearestFirst(typed, names).slice(0, MOST_COLUMNS).map((name) => `"${name}"`);
  const more = names.length - told.length;
  return `the columns are ${told.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
