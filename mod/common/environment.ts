/** Letters of the names of environment variables. */
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/**
 * Names of environment variables that begin with a prefix, in capitals or not, and are none of those that are known.
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

/** A word with one letter left out, added, changed, or exchanged with the next. */
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
