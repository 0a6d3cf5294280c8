import { ServiceError } from "../common/errors.ts";
import { fieldText, stringEnd } from "./json_text.ts";

/** Only text that holds one of these can hold a number that a double can't. */
const SUSPECT = /\d{16}|\d[eE]/;
/** A number of JSON that is written as an integer. */
const INTEGER = /^-?\d+$/;

/** A number of fewer characters and without an exponent is held. */
const SHORT = 16;
const QUOTE = 0x22, PLUS = 0x2b, MINUS = 0x2d, POINT = 0x2e;

/**
 * Refuses numbers in the `Params` of a request that no double holds: integers of which only a rounded one would
 * arrive, and numbers that are beyond the largest double or would become 0. Decimals may be rounded: `0.1`.
 *
 * @param text Of the whole request.
 * @throws {ServiceError} `BAD_REQUEST` naming the field
 */
export function refuseInexact(text: string): void {
  if (!hasInexact(text)) return; // wherever in the request
  const params = fieldText(text, "Params");
  if (params !== undefined) refuseInexactJson(params, "Request.Params");
}

/**
 * As {@linkcode refuseInexact}, for JSON text itself.
 *
 * @param name What it is called.
 * @throws {ServiceError} `BAD_REQUEST`
 */
export function refuseInexactJson(text: string, name: string): void {
  if (!hasInexact(text)) return;
  const { holder, key, source } = firstInexact(text);
  const path = name + (pathTo(holder.root, holder.object, key) ?? "");
  const shown = source.length > 40 ? `${source.slice(0, 40)}…` : source;
  throw new ServiceError(
    "BAD_REQUEST",
    `${path} is ${shown}, which no number of JSON holds exactly; send it as text, "${shown}"`,
  );
}

/** Looks at each character once, and at no more of a number than it needs. */
function hasInexact(text: string): boolean {
  if (!SUSPECT.test(text)) return false;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = stringEnd(text, at);
      continue;
    }
    const start = at++;
    if (!isDigit(code)) continue;
    let isPlain = true;
    for (let next = text.charCodeAt(at); isOfNumber(next); next = text.charCodeAt(++at)) {
      if (next !== POINT && !isDigit(next)) isPlain = false;
    }
    if (isPlain && at - start < SHORT) continue;
    const source = text.slice(start, at);
    if (!isHeld(source, Number(source))) return true;
  }
  return false;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Whether a character may follow the first digit of a number. */
function isOfNumber(code: number): boolean {
  return isDigit(code) || code === POINT || code === PLUS || code === MINUS ||
    code === 0x65 || code === 0x45;
}

/** The first number that is not held, with what it is a member of. */
function firstInexact(text: string) {
  let found: { object: object; key: string; source: string } | undefined;
  const root = JSON.parse(text, function (this: object, key, value, ...more: unknown[]) {
    const { source } = more[0] as { source?: string };
    if (typeof value === "number" && source !== undefined && !isHeld(source, value)) {
      found ??= { object: this, key, source };
    }
    return value;
  });
  if (found === undefined) throw new Error("a number that was there is not found again");
  const { object, ...rest } = found;
  return { holder: { root, object }, ...rest };
}

/** Whether a double has the value of an integer, or at least nearly that of any other number. */
function isHeld(source: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (INTEGER.test(source)) return BigInt(value) === BigInt(source);
  return value !== 0 || !/[1-9]/.test(source.split(/[eE]/)[0]!);
}

/** How a member of an object is reached from a value that holds it; null where it doesn't. */
function pathTo(value: unknown, holder: object, key: string): string | null {
  if (typeof value !== "object" || value === null) return null;
  const step = (name: string) => Array.isArray(value) ? `[${name}]` : `.${name}`;
  if (value === holder) return step(key);
  for (const [name, inner] of Object.entries(value)) {
    const path = pathTo(inner, holder, key);
    if (path !== null) return step(name) + path;
  }
  return null;
}
