/**
 * Streams of bytes for fuzzers of the wire: valid ones, damaged ones and noise; and ways to cut them.
 */
import type { Random } from "./random_numbers.ts";

/** Limits of a service that a stream is made for, so that it comes close to them. */
export interface StreamLimits {
  /** Longest object, in bytes. */
  bytes: number;
  /** Deepest nesting. */
  depth: number;
}

const encoder = new TextEncoder();

/** How a stream was made, and its bytes. */
export interface Stream {
  kind: string;
  bytes: Uint8Array<ArrayBuffer>;
}

const KINDS: Record<string, (random: Random, limits: StreamLimits) => Uint8Array<ArrayBuffer>> = {
  valid: (random, limits) => encoder.encode(objects(random, limits)),
  mutated: (random, limits) => mutated(random, encoder.encode(objects(random, limits))),
  tokens: (random) => encoder.encode(`{${pieces(random, TOKENS, 20)}`),
  noise: (random) => Uint8Array.from({ length: random(60) }, () => random(256)),
  "not UTF-8": notUtf8,
  deep: (random, limits) => encoder.encode(deep(random, limits.depth)),
  large: (random, limits) => encoder.encode(large(random, limits.bytes)),
};

/** A stream of any kind; about half of them are valid or nearly so. */
export function stream(random: Random, limits: StreamLimits): Stream {
  const kinds = Object.keys(KINDS);
  const place = random(kinds.length + 4);
  const kind = kinds[place] ?? (place % 2 === 0 ? "valid" : "mutated");
  return { kind, bytes: KINDS[kind]!(random, limits) };
}

/** Lengths of the pieces that a stream is cut into, in one of several ways. */
export function cuts(random: Random, bytes: Uint8Array): number[] {
  switch (random(5)) {
    case 0:
      return bytes.length === 0 ? [] : [bytes.length];
    case 1:
      return Array.from(bytes, () => 1);
    case 2: {
      // Before every byte that continues a character or follows a backslash, and nowhere else.
      const lengths: number[] = [];
      let from = 0;
      for (let at = 1; at <= bytes.length; at++) {
        const inside = (bytes[at]! & 0xc0) === 0x80 || bytes[at - 1] === 0x5c;
        if (at < bytes.length && !inside) continue;
        lengths.push(at - from);
        from = at;
      }
      return lengths;
    }
    default: {
      const lengths: number[] = [];
      const longest = 1 + random(random(2) === 0 ? 8 : 200);
      for (let left = bytes.length; left > 0; left -= lengths.at(-1)!) {
        lengths.push(Math.min(left, 1 + random(longest)));
      }
      return lengths;
    }
  }
}

/** A stream and its cuts as text, for whoever has to repeat a case. */
export function shown(bytes: Uint8Array, lengths: number[]): string {
  const text = JSON.stringify(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return `bytes ${text} (each a character)\npieces ${JSON.stringify(lengths)}`;
}

const GAPS = ["", "", " ", "\n", "\r\n", "\t \r\n  "];
/** Text between objects that may or may not be there. */
const STRAY = ["\ufeff", "\u0000", ",", "]", '"', "null", "\u00a0", "é", "\u2028"];
const STRINGS = [
  "",
  '"',
  "\\",
  '\\"',
  "}{][",
  '{"a":1}',
  "\u0000\b\n\u001f",
  "\u007f",
  "é",
  "ключ",
  "€ \u2028\ufeff",
  "𝄞",
  "\ud800",
  "\udfff x",
  "a".repeat(70),
];
const NUMBERS = [0, -0, 1.5e300, -1e-7, 12345678901234567890, 4];
const TOKENS = [...'{}[]:,"\\ \n0-.e', '"a"', '"a":', "null", "true", '\\"', "é", "𝄞"];
/** Sequences that no UTF-8 text has: alone, cut off, overlong, a surrogate, above the last character. */
const WRONG = [[0xff], [0x80], [0xc3], [0xe2, 0x82], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [
  0xf4,
  0x90,
  0x80,
  0x80,
]];

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)]!;
}

function pieces(random: Random, from: readonly string[], most: number): string {
  return Array.from({ length: random(most) }, () => pick(random, from)).join("");
}

/** Objects with white space between them, sometimes with a byte order mark before or something stray. */
function objects(random: Random, limits: StreamLimits): string {
  let text = random(8) === 0 ? "\ufeff" : "";
  for (let left = random(5); left > 0; left--) {
    text += pick(random, GAPS) + object(random, limits);
    if (random(40) === 0) text += pick(random, STRAY);
  }
  return text + pick(random, GAPS);
}

function object(random: Random, limits: StreamLimits): string {
  const value = random(3) === 0 ? request(random) : members(random, 0);
  if (random(30) === 0) value.deep = nested(1 + random(limits.depth + 2), 0);
  const text = JSON.stringify(value, null, pick(random, [0, 0, 1, "\t"]));
  return random(4) === 0 ? escaped(random, text) : text;
}

/** What a client might send, without a job that could run. */
function request(random: Random): Record<string, unknown> {
  const names = ["Status", "status", "Dask process", "All statistic", "none", 5];
  const one: Record<string, unknown> = random(4) === 0
    ? { Header: "Dask", Request: { Directory: pick(random, ["/none", ""]), Base: "a", File: "b" } }
    : { Header: pick(random, ["Info", "info", "INFO", "other"]), Request: pick(random, names) };
  if (random(3) > 0) one.Connection = pick(random, ["keep-alive", "Keep-Alive", "close", 1]);
  if (random(2) === 0) one.Id = value(random, 1);
  if (random(9) === 0) one.Response = value(random, 1);
  return one;
}

function members(random: Random, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: random(5) }, () => [
      random(2) === 0 ? `k${random(9)}` : pick(random, STRINGS),
      value(random, depth + 1),
    ]),
  );
}

function value(random: Random, depth: number): unknown {
  switch (random(depth > 5 ? 4 : 6)) {
    case 0:
      return pick(random, NUMBERS);
    case 1:
      return pick(random, STRINGS);
    case 2:
      return random(2) === 0;
    case 3:
      return null;
    case 4:
      return Array.from({ length: random(4) }, () => value(random, depth + 1));
    default:
      return members(random, depth);
  }
}

/** The same JSON with some characters of its strings written as `\uXXXX`. */
function escaped(random: Random, text: string): string {
  return text.replace(
    /"(?:[^"\\]|\\.)*"/g,
    (string) =>
      string.replace(
        /\\u.{4}|\\.|[a-z{}]/g,
        (one) =>
          one.length > 1 || random(4) > 0
            ? one
            : `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
      ),
  );
}

function nested(levels: number, value: unknown): unknown {
  for (let level = 0; level < levels; level++) value = level % 3 === 0 ? { a: value } : [value];
  return value;
}

function deep(random: Random, limit: number): string {
  const levels = Math.max(0, limit - 3 + random(6));
  const closing = Math.max(0, levels - (random(3) === 0 ? random(3) : 0));
  if (random(2) === 0) return '{"a":'.repeat(levels) + "1" + "}".repeat(closing);
  return `{"a":${"[".repeat(levels - 1)}${"]".repeat(Math.max(0, closing - 1))}}`;
}

/** An object whose length is near the limit, one side or the other; what follows it may be wrong. */
function large(random: Random, limit: number): string {
  const unit = pick(random, ["x", " ", "é", "\\n", "[],"]);
  const length = Math.max(10, limit - 4 + random(9));
  const before = unit === " " ? '{"a":1' : unit === "[]," ? '{"a":[' : '{"a":"';
  const after = unit === " " ? "}" : unit === "[]," ? "1]}" : '"}';
  const room = length - before.length - after.length;
  const size = encoder.encode(unit).length;
  const filled = unit.repeat(Math.floor(room / size));
  // Blanks outside of the string make up for what the unit can't fill.
  const text = before + filled + after.slice(0, -1) + " ".repeat(room % size) + "}";
  return pick(random, ["", " {} ", "{}"]) + (random(4) === 0 ? text.slice(0, -1) : text) +
    pick(random, ["", "", "{}", "]", "x", '"', "\u0001"]);
}

function notUtf8(random: Random): Uint8Array<ArrayBuffer> {
  const before = encoder.encode(pick(random, ['{"a":"', '{"é', "{", '{"a":"é\\', ""]));
  const after = encoder.encode(pick(random, ['"}', '"}{"b":2}', '":1} {}', "}", ""]));
  return Uint8Array.from([...before, ...pick(random, WRONG), ...after]);
}

function mutated(random: Random, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const all = [...bytes];
  for (let count = 1 + random(3); count > 0; count--) {
    const at = random(all.length + 1), length = 1 + random(random(3) === 0 ? 20 : 2);
    switch (random(6)) {
      case 0:
        if (at < all.length) all[at]! ^= 1 << random(8);
        break;
      case 1:
        all.splice(at, length);
        break;
      case 2:
        all.splice(at, 0, ...Array.from({ length }, () => random(256)));
        break;
      case 3:
        all.splice(at, 0, ...encoder.encode(pick(random, TOKENS)));
        break;
      case 4:
        all.length = at;
        break;
      default:
        all.splice(at, 0, ...all.slice(at, at + length));
    }
  }
  return Uint8Array.from(all);
}
