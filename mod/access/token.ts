import { createHash, timingSafeEqual } from "node:crypto";
import { SettingsError } from "../errors.ts";

/** The environment variable that can hold a token. */
export const TOKEN_VARIABLE = "MEASURING_TOKEN";

/** Lengths of a token in characters: guessing a shorter one is no work; a longer one fits no small request. */
const LEAST = 16, MOST = 512;

/** The secret that a service shares with its clients. Only its digest is kept. */
export class Token {
  readonly #digest: Uint8Array;

  constructor(text: string) {
    this.#digest = digest(text);
  }

  /** Whether this is the token; takes the same time wherever the two differ. */
  equals(value: unknown): boolean {
    return typeof value === "string" && timingSafeEqual(digest(value), this.#digest);
  }
}

/**
 * The token that {@linkcode TOKEN_VARIABLE} holds, or undefined. The variable is removed, so that no
 * process started later inherits it.
 */
export function takeTokenVariable(): string | undefined {
  const permission = { name: "env", variable: TOKEN_VARIABLE } as const;
  if (Deno.permissions.querySync(permission).state !== "granted") return undefined;
  const text = Deno.env.get(TOKEN_VARIABLE);
  Deno.env.delete(TOKEN_VARIABLE);
  return text;
}

/**
 * The token in a file, white space around it left out.
 *
 * @param what It is called so in messages.
 * @throws {SettingsError} when the file can't be read, everybody may read or write it, or what it holds
 * is no {@linkcode checkedToken}
 */
export function readTokenFile(path: string, what = "token"): string {
  let text, mode;
  try {
    using file = Deno.openSync(path);
    mode = file.statSync().mode;
    const bytes = new Uint8Array(2 * MOST);
    text = new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "it doesn't exist" : plain(error);
    throw new SettingsError(`the ${what} file ${path} can't be read: ${reason}`);
  }
  if (mode !== null && (mode & 0o006) !== 0) {
    throw new SettingsError(
      `the ${what} file ${path} is open to every user of this machine: chmod o-rw ${path}`,
    );
  }
  return checkedToken(text, `the ${what} file ${path}`, what);
}

/**
 * A token, white space around it left out. No message shows any of it.
 *
 * @param source what holds the token, for the message
 * @param what it is called so there
 * @throws {SettingsError} when it is empty, too short, too long, or not plain characters
 */
export function checkedToken(text: string, source: string, what = "token"): string {
  const token = text.trim();
  if (/^[!-~]*$/.test(token) && token.length >= LEAST && token.length <= MOST) return token;
  const fault = token === "" ? "is empty" : `doesn't hold a ${what}`;
  throw new SettingsError(
    `${source} ${fault}: a ${what} is ${LEAST} to ${MOST} letters, digits and signs of ASCII ` +
      "without white space; make one with: openssl rand -hex 32",
  );
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

function plain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
