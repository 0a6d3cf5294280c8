import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** The name that is meant by a mistyped one, or null when none is near. */
export function nearest(typed: string, names: readonly string[]): string | null {
  const lower = typed.toLowerCase();
  const [near] = names
    .map((name) => ({ name, distance: levenshteinDistance(lower, name) as number }))
    .sort((a, b) => a.distance - b.distance);
  return near !== undefined && near.distance <= 2 ? near.name : null;
}
