import { createHash, createHmac, randomBytes } from "node:crypto";
import type { NamedTokens } from "../../access/named_tokens.ts";
import { ANYBODY, type Principal } from "../../access/principal.ts";
import { digestOf, SecretTable } from "../../access/secrets.ts";
import { readTokenFile } from "../../access/token.ts";

/** Of this process: cookies of clients that have tokens of their own end with it. */
const KEY = randomBytes(32);

/** Somebody who may sign in, and the cookie that shows they have. */
interface Member {
  digest: Uint8Array;
  cookie: string;
  principal: Principal;
}

/** Who may look: whoever brings a token, or a cookie that was given for it. */
export class Session {
  readonly #tokens: SecretTable<Member>;
  readonly #cookies: SecretTable<Principal>;

  private constructor(members: readonly Member[]) {
    this.#tokens = new SecretTable(members.map((member) => [member.digest, member]));
    this.#cookies = new SecretTable(
      members.map(({ cookie, principal }) => [digestOf(cookie), principal]),
    );
  }

  /**
   * One token for all, which allows everything. The cookie is made from the token, so that it holds over a
   * restart and doesn't give the token away.
   *
   * @throws {SettingsError} when the file holds no token, or is open to everybody
   */
  static ofFile(tokenFile: string): Session {
    const text = readTokenFile(tokenFile);
    const cookie = createHash("sha256").update(`page\n${text}`).digest("hex");
    return new Session([{ digest: digestOf(text), cookie, principal: ANYBODY }]);
  }

  /** A token for each client. Who can read the tokens' digests can't make a cookie of them. */
  static ofClients(tokens: NamedTokens): Session {
    return new Session(
      tokens.entries().map(([digest, principal]) => {
        const cookie = createHmac("sha256", KEY).update(digest).digest("hex");
        return { digest, cookie, principal };
      }),
    );
  }

  /**
   * What makes a browser that has brought this token bring the cookie from now on: `Set-Cookie`; null for no token.
   *
   * @param secure Over TLS only.
   */
  enter(token: string, port: number, secure: boolean): string | null {
    const member = this.#tokens.find(token);
    if (member === null) return null;
    const cookie = `${cookieName(port)}=${member.cookie}; Path=/; HttpOnly; SameSite=Strict`;
    return secure ? `${cookie}; Secure` : cookie;
  }

  /** Who sends a request that carries a token as `Authorization: Bearer`, or a cookie; null for nobody known. */
  admits({ headers }: Request, port: number): Principal | null {
    const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
    if (bearer !== undefined) return this.#tokens.find(bearer)?.principal ?? null;
    const start = `${cookieName(port)}=`;
    for (const one of headers.get("cookie")?.split(/; */) ?? []) {
      const principal = one.startsWith(start) ? this.#cookies.find(one.slice(start.length)) : null;
      if (principal !== null) return principal;
    }
    return null;
  }
}

/** Browsers don't tell the ports of a host apart. */
function cookieName(port: number): string {
  return `measuring_${port}`;
}
