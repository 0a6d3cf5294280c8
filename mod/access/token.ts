import { timingSafeEqual } from "node:crypto";
import { SettingsError } from "../common/errors.ts";
import { ANYBODY, type Authenticator, type Principal } from "./principal.ts";
import { readSecretFile } from "./secret_file.ts";
import { digestOf } from "./secrets.ts";

/** The environment variable for a token. */
export const TOKEN_VARIABLE = "MEASURING_TOKEN";

/** Lengths of a token in characters: a shorter one is easy to guess, a longer one makes requests large. */
const LEAST = 16, MOST = 512;

/**
 * The one secret that a service shares with all its clients. Only its digest is kept.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Token } from "./token.ts";
 *
 * const token = new Token("correct-horse-battery-staple");
 * assertEquals(token.equals("correct-horse-battery-staple"), true);
 * assertEquals(token.authenticate("something else"), null);
 * ```
 */
export class Token implements Authenticator {
  readonly #digest: Uint8Array;

  constructor(text: string) {
    this.#digest = digestOf(text);
  }

  /** Whether a value is the token. The time doesn't depend on where the two differ. */
  equals(value: unknown): boolean {
    return typeof value === "string" && timingSafeEqual(digestOf(value), this.#digest);
  }

  authenticate(token: unknown): Principal | null {
    return this.equals(token) ? ANYBODY : null;
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
 * The token in a file, without surrounding white space.
 *
 * @param what its name in messages
 * @throws {SettingsError} when the file can't be read, everybody may read or write it, or what it holds
 * is no {@linkcode checkedToken}
 */
export function readTokenFile(path: string, what = "token"): string {
  const source = `the ${what} file`;
  return checkedToken(readSecretFile(source, path, 2 * MOST), `${source} ${path}`, what);
}

/**
 * A token without surrounding white space. No message shows any of it.
 *
 * @param source where the token comes from, for the message
 * @param what its name there
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
