/** What is to become of a stream of bytes on the wire, found in the simplest way by who has all of it. */
import type { StreamLimits } from "./random_streams.ts";

/** What becomes of a stream, step by step. */
export type Event =
  | { text: string; spaced: boolean }
  /** `lost`: nothing can be read behind it. */
  | { code: string; lost: boolean };

/** What the requests of a whole stream are, and where it is at fault. */
export function eventsOf(bytes: Uint8Array, limits: StreamLimits): Event[] {
  const events: Event[] = [];
  // A character for every byte.
  const stream = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  let at = stream.startsWith("\u00ef\u00bb\u00bf") ? 3 : 0;
  for (;;) {
    at += /^[ \t\r\n]*/.exec(stream.slice(at))![0].length;
    if (at === stream.length) return events;
    const { end, whole } = scan(stream, at, limits.depth);
    if (end - at > limits.bytes || (end - at === limits.bytes && !whole && end < stream.length)) {
      return [...events, { code: "TOO_LARGE", lost: true }];
    }
    if (!whole) return [...events, { code: "BAD_JSON", lost: true }];
    const object = bytes.subarray(at, end);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(object);
    if (isJson(text) && isSame(new TextEncoder().encode(text), object)) {
      events.push({ text, spaced: /[ \t\r\n]/.test(text.replace(/"(\\.|[^"\\])*"/g, '""')) });
    } else events.push({ code: "BAD_JSON", lost: false });
    at = end;
  }
}

/** A string up to its quote, or to where it breaks off. */
const STRING = /^"(?:[ !#-[\]-\u00ff]|\\[^])*("|\\?)/;

/** The end of the object that starts at `at`, or where it is at fault or breaks off. */
function scan(stream: string, at: number, depth: number): { end: number; whole: boolean } {
  const open: string[] = [];
  do {
    const one = stream[at];
    const string = open.length > 0 ? STRING.exec(stream.slice(at)) : null;
    if (string !== null) {
      at += string[0].length;
      if (string[1] !== '"') return { end: at, whole: false };
    } else if (one === "{" || (one === "[" && open.length > 0)) {
      if (open.length === depth) return { end: at, whole: false };
      open.push(one === "{" ? "}" : "]");
      at++;
    } else if (open.length === 0 || one === undefined || !/^[\t\r\n -~]$/.test(one)) {
      return { end: at, whole: false };
    } else {
      if ((one === "}" || one === "]") && open.pop() !== one) return { end: at, whole: false };
      at++;
    }
  } while (open.length > 0);
  return { end: at, whole: true };
}

/** Is this text JSON? */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const isSame = (one: Uint8Array, other: Uint8Array) =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);
