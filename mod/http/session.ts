import { createHash } from "node:crypto";
import { readTokenFile, Token } from "../access/token.ts";

/** Who may look: whoever brings the token, or a cookie that was given for it. */
export class Session {
  readonly #token: Token;
  /** Made from the token, so that it holds over a restart and doesn't give the token away. */
  readonly #cookie: string;
  readonly #known: Token;

  /** @throws {SettingsError} when the file holds no token, or is open to everybody */
  constructor(tokenFile: string) {
    const text = readTokenFile(tokenFile);
    this.#token = new Token(text);
    this.#cookie = createHash("sha256").update(`page\n${text}`).digest("hex");
    this.#known = new Token(this.#cookie);
  }

  /** Whether this is the token. */
  accepts(token: unknown): boolean {
    return this.#token.equals(token);
  }

  /** Whether a request carries the token as `Authorization: Bearer`, or the cookie. */
  admits({ headers }: Request, port: number): boolean {
    const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
    if (bearer !== undefined) return this.accepts(bearer);
    const start = `${cookieName(port)}=`;
    const cookies = headers.get("cookie")?.split(/; */) ?? [];
    return cookies.some((one) =>
      one.startsWith(start) && this.#known.equals(one.slice(start.length))
    );
  }

  /** What makes a browser bring the cookie from now on: `Set-Cookie`. */
  cookie(port: number): string {
    return `${cookieName(port)}=${this.#cookie}; Path=/; HttpOnly; SameSite=Strict`;
  }
}

/** Browsers don't tell the ports of a host apart. */
function cookieName(port: number): string {
  return `measuring_${port}`;
}
