import { columnsOfFunction } from "#marks";

/** What begins a function whose first parameter is a record that is taken apart, or has a name. */
const TAKEN_APART = /^(?:async\s+)?(?:function\b[^(]*|[\w$]+\s*)?\(\s*\{([^{}]*)\}/;
const NAMED = /^(?:async\s+)?(?:function\b[^(]*\(|[\w$]+\s*\(|\()?\s*([\w$]+)\s*(?:[,)]|=>)/;

/** `u`, `u: voltage` or `"u a": voltage`. */
const MEMBER = /^\s*(?:([\w$]+)|"([^"\\]*)"|'([^'\\]*)')\s*(?::\s*[\w$]+\s*)?$/;

/** `.u`, `["u a"]` or `.raw("u")` behind a chunk's name. */
const USE = /^(?:\[\s*"([^"\\]*)"\s*\]|\[\s*'([^'\\]*)'\s*\]|\s*\.\s*([\w$]+)(\s*\()?)/;
const METHOD = /^(?:raw|codes|seconds|validity)$/;
const ARGUMENT = /^\s*(?:"([^"\\]*)"|'([^'\\]*)')/;

/**
 * The columns that a function reads of its first parameter, a chunk, as far as its text shows. It serves to choose how
 * many rows a chunk has: columns that are read all the same, or names that are no columns, do no harm.
 *
 * @returns `null` where that can't be told.
 */
export function columnsRead(value: unknown): string[] | null {
  if (typeof value !== "function") return null;
  const known = columnsOfFunction(value);
  if (known) return [...known];
  const text = Function.prototype.toString.call(value);
  if (/\barguments\b/.test(text)) return null;
  const apart = TAKEN_APART.exec(text);
  if (apart) return membersOf(apart[1]!);
  const named = NAMED.exec(text);
  return named ? usesOf(named[1]!, text.slice(named[0].length)) : null;
}

function membersOf(list: string): string[] | null {
  if (list.trim() === "") return [];
  const members = list.replace(/,\s*$/, "").split(",").map((member) => MEMBER.exec(member));
  return namesOf(members);
}

function usesOf(name: string, body: string): string[] | null {
  const parts = body.split(
    new RegExp(`(?<![\\w$]|(?<!\\.\\.)\\.)${RegExp.escape(name)}(?![\\w$])`),
  );
  return namesOf(parts.slice(1).map(useOf));
}

function useOf(behind: string): RegExpExecArray | null {
  const use = USE.exec(behind);
  if (!use?.[4]) return use;
  return METHOD.test(use[3]!) ? ARGUMENT.exec(behind.slice(use[0].length)) : null;
}

/** The names that matches found; `null` where one found none. */
function namesOf(found: (RegExpExecArray | null)[]): string[] | null {
  const names = found.map((match) => match && (match[1] ?? match[2] ?? match[3]));
  return names.every((name) => typeof name === "string") ? [...new Set(names as string[])] : null;
}
