/**
 * Editing JSON as text, so that values pass unchanged: numbers with every digit, keys in their order.
 * Every function here takes text that `JSON.parse` accepts.
 */

const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, COLON = 0x3a;
const OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d, OPEN_BRACKET = 0x5b, CLOSE_BRACKET = 0x5d;

/** JSON text without the white space between its tokens. */
export function compact(text: string): string {
  let kept = "", from = 0, at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = stringEnd(text, at);
    } else if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      kept += text.slice(from, at++);
      from = at;
    } else at++;
  }
  return from === 0 ? text : kept + text.slice(from);
}

/** A key and its value as they stand in a JSON object's text. */
export interface Member {
  key: string;
  /** The value's text. */
  value: string;
  /** The whole member's text: key, colon, value. */
  text: string;
}

/** The members of a valid JSON object's compact text, in their order, repeated keys included. */
export function members(text: string): Member[] {
  const found: Member[] = [];
  let at = 1;
  while (at < text.length && text.charCodeAt(at) === QUOTE) {
    const start = at, keyEnd = stringEnd(text, at);
    let depth = 0;
    for (at = keyEnd + 1; at < text.length;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        at = stringEnd(text, at);
        continue;
      }
      if (depth === 0 && (code === CLOSE_BRACE || code === COMMA)) break;
      if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
      else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
      at++;
    }
    found.push({
      key: JSON.parse(text.slice(start, keyEnd)),
      value: text.slice(keyEnd + 1, at),
      text: text.slice(start, at),
    });
    at++;
  }
  return found;
}

/** The text of an object's member; the last one of that key, as `JSON.parse` takes it. @param text Compact. */
export function memberOf(text: string, key: string): string | undefined {
  return members(text).findLast((member) => member.key === key)?.value;
}

/** The text of a field of a request. @param text Of the whole request. */
export function fieldText(text: string, field: string): string | undefined {
  const request = memberOf(compact(text), "Request");
  return request?.startsWith("{") ? memberOf(request, field) : undefined;
}

/** A key that an object in a JSON text has twice, at any depth; null where there is none. @param text Compact. */
export function repeatedKey(text: string): string | null {
  /** Keys of the objects that are open; null for a list. */
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === OPEN_BRACE) open.push(new Set());
    else if (code === OPEN_BRACKET) open.push(null);
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) open.pop();
    if (code !== QUOTE) {
      at++;
      continue;
    }
    const end = stringEnd(text, at);
    const keys = open.at(-1);
    if (keys && text.charCodeAt(end) === COLON) {
      const key: string = JSON.parse(text.slice(at, end));
      if (keys.has(key)) return key;
      keys.add(key);
    }
    at = end;
  }
  return null;
}

/** A JSON object's text with one more member at its start. */
export function withMember(text: string, key: string, value: unknown): string {
  const [, brace, rest] = /^(\s*\{)(.*)$/s.exec(text)!;
  const comma = rest!.trimStart().startsWith("}") ? "" : ",";
  return `${brace}${JSON.stringify(key)}:${JSON.stringify(value)}${comma}${rest}`;
}

/** Where the string that starts at `at` ends, its quote included. */
export function stringEnd(text: string, at: number): number {
  for (at++; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at + 1;
  }
  return at;
}
