import { TypeFinder } from "./type_finder.ts";

/**
 * Blanks out the types of a module, where they are of the usual kinds: those of variables, parameters and results,
 * `as`, `!`, `new X<T>()`, aliases, interfaces, imports. Null where there is anything else, or the syntax is wrong.
 */
export function blankTypes(text: string): string | null {
  const finder = new TypeFinder({ ecmaVersion: "latest", sourceType: "module" }, text);
  try {
    finder.parse();
  } catch {
    return null; // the slower way knows all of the syntax, and what is wrong with it
  }
  let out = "";
  let done = 0;
  for (const [start, end] of finder.found.sort(([a], [b]) => a - b)) {
    if (start < done) return null;
    out += text.slice(done, start) + text.slice(start, end).replace(/[!-~]/g, " ");
    done = end;
  }
  return out + text.slice(done);
}
