/** Characters that names of environment variables consist of. */
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/**
 * Unknown environment variables that start with a prefix, in any case.
 *
 * A process that may not list its environment, as under `deno run` with the permission for some names, finds those
 * that differ from a known one in one letter.
 */
export function unknownVariables(prefix: string, known: readonly string[]): string[] {
  const names = mayList() ? Object.keys(Deno.env.toObject()) : slipsThere(prefix, known);
  const start = prefix.toLowerCase();
  return names.filter((name) => name.toLowerCase().startsWith(start) && !known.includes(name))
    .sort();
}

function mayList(): boolean {
  return Deno.permissions.querySync({ name: "env" }).state === "granted";
}

function slipsThere(prefix: string, known: readonly string[]): string[] {
  const there = new Set<string>();
  for (const name of known) {
    for (const slip of slipsOf(name.slice(prefix.length))) {
      if (Deno.env.get(prefix + slip) !== undefined) there.add(prefix + slip);
    }
  }
  return [...there];
}

/** All words that differ in one letter: removed, added, changed, or swapped with the next. */
function* slipsOf(word: string): Generator<string> {
  for (let at = 0; at <= word.length; at++) {
    const before = word.slice(0, at), here = word.slice(at, at + 1), after = word.slice(at + 1);
    if (here !== "" && word.length > 1) yield before + after;
    if (after !== "") yield before + after[0] + here + after.slice(1);
    for (const letter of LETTERS) {
      yield before + letter + here + after;
      if (here !== "") yield before + letter + after;
    }
  }
}
