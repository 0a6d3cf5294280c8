import { ServiceError } from "../common/errors.ts";

/** Characters of a glob at most. */
const LONGEST = 1000;
/** Ways to read the braces of a glob at most. */
const MOST_ALTERNATIVES = 100;

/** What one character of a name must be; `null` for any number of any. */
type Token = ((character: string) => boolean) | null;
/** A segment of a glob between slashes; `null` for any number of folders. */
type Segment = Token[] | null;

/** Characters that only a glob has. */
const SPECIAL = /[*?[]/;

/** Whether a name has characters that only a glob has. */
export function isGlob(name: string): boolean {
  return SPECIAL.test(name);
}

/** The folder that a glob's names lie below, up to its slash: what comes before the first special character. */
export function startOfGlob(glob: string): string {
  return glob.slice(0, glob.lastIndexOf("/", glob.search(SPECIAL)) + 1);
}

/**
 * A test of paths against a glob, as shells read it: `*` and `?` within a name, `[a-z]` and `[!a-z]`, `{a,b}`,
 * `\` before a character that stands for itself, and `**` for any number of folders. It takes at most as many steps as the
 * product of both lengths, whatever they hold.
 *
 * @throws ServiceError `BAD_REQUEST` for a glob that is too long, and for what shells read and this doesn't.
 */
export function globTest(glob: string): (path: string) => boolean {
  if (glob.length > LONGEST) {
    throw new ServiceError("BAD_REQUEST", `A glob may have ${LONGEST} characters.`);
  }
  const strange = /[@+!?*]\(|\[\[:/.exec(glob);
  if (strange !== null) {
    throw new ServiceError(
      "BAD_REQUEST",
      `The glob ${glob} has ${strange[0]}, which is not read; use *, ?, [a-z], {a,b} and **.`,
    );
  }
  // What ends with `**` has a file below.
  const alternatives = withoutBraces(glob.replace(/(?<![^/])\*\*$/, "**/*"))
    .map((text) => text.split("/").map(segmentOf));
  return (path) => {
    const parts = path.split("/").map((part) => [...part]);
    return alternatives.some((segments) =>
      matches(segments, parts, (segment, part) => matches(segment, part, (is, one) => is(one)))
    );
  };
}

/**
 * Whether items fit a pattern whose `null` stands for any number of them: where the rest doesn't fit, the last
 * such one takes an item more, and none before it need be looked at again.
 */
function matches<P, T>(
  pattern: readonly (P | null)[],
  items: readonly T[],
  fits: (one: P, item: T) => boolean,
): boolean {
  let at = 0, item = 0, star = -1, taken = 0;
  while (item < items.length) {
    const one = pattern[at];
    if (one === null) {
      star = at++;
      taken = item;
    } else if (one !== undefined && fits(one, items[item]!)) {
      at++;
      item++;
    } else if (star >= 0) {
      at = star + 1;
      item = ++taken;
    } else return false;
  }
  while (pattern[at] === null) at++;
  return at === pattern.length;
}

function segmentOf(text: string): Segment {
  if (text === "**") return null;
  const tokens: Token[] = [];
  const characters = [...text];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    const end = character === "[" ? endOfClass(characters, at) : -1;
    if (character === "*") tokens.push(null);
    else if (character === "?") tokens.push(() => true);
    else if (end >= 0) {
      tokens.push(classOf(characters.slice(at + 1, end)));
      at = end;
    } else {
      const literal = character === "\\" ? characters[++at] ?? "\\" : character;
      tokens.push((one) => one === literal);
    }
  }
  return tokens;
}

/** Where a class ends that begins at an index; -1 for a bracket that stands for itself. A `]` that comes first is of it. */
function endOfClass(characters: readonly string[], start: number): number {
  const first = /[!^]/.test(characters[start + 1] ?? "") ? start + 2 : start + 1;
  return characters.indexOf("]", first + 1);
}

function classOf(characters: string[]): Token {
  const not = /[!^]/.test(characters[0]!);
  const members = not ? characters.slice(1) : characters;
  const ranges: [string, string][] = [];
  for (let at = 0; at < members.length; at++) {
    const ranged = members[at + 1] === "-" && at + 2 < members.length;
    ranges.push([members[at]!, members[ranged ? at + 2 : at]!]);
    if (ranged) at += 2;
  }
  const codeOf = (character: string) => character.codePointAt(0)!;
  const isIn = (one: string) =>
    ranges.some(([from, to]) => codeOf(from) <= codeOf(one) && codeOf(one) <= codeOf(to));
  return (one) => isIn(one) !== not;
}

/** What a glob is where each of its braces stands for one of its parts. */
function withoutBraces(glob: string): string[] {
  const done: string[] = [];
  const waiting = [glob];
  for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
    const braces = innermostBraces(text);
    if (braces === null) done.push(text);
    else {
      const { start, end } = braces;
      const parts = text.slice(start + 1, end).split(",");
      for (const part of parts) waiting.push(text.slice(0, start) + part + text.slice(end + 1));
    }
    if (done.length + waiting.length > MOST_ALTERNATIVES) {
      throw new ServiceError(
        "BAD_REQUEST",
        `The braces of a glob may stand for ${MOST_ALTERNATIVES} names.`,
      );
    }
  }
  return done;
}

/** The first braces that hold a comma and no braces; null where there are none. */
function innermostBraces(text: string): { start: number; end: number } | null {
  let start = -1, comma = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "\\") at++;
    else if (character === "{") {
      start = at;
      comma = false;
    } else if (character === ",") comma = true;
    else if (character === "}" && start >= 0) {
      if (comma) return { start, end: at };
      start = -1;
    }
  }
  return null;
}
