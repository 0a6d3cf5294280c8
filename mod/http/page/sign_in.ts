import { audit } from "../../access/audit.ts";
import type { NamedTokens } from "../../access/named_tokens.ts";
import { ANYBODY, type Principal } from "../../access/principal.ts";
import { within } from "../../common/within.ts";
import { enterReply } from "./assets.ts";
import { reply, text } from "./reply.ts";
import { Session } from "./session.ts";

/** Length of a form with a token, forms that are read at once, and the time that one may take, in milliseconds. */
const LONGEST_FORM = 2048, MOST_FORMS = 32, FORM_WITHIN = 5000;

/** From where a request comes, and to which port; over TLS or not. */
interface Way {
  address: string;
  port: number;
  secure: boolean;
}

/** Lets people and programs in: by a token in a header, in the page's link or in its form, or by a cookie. */
export class SignIn {
  /** Null where everybody is let in. */
  #session: Session | null;
  #forms = 0;

  /**
   * @param tokens Of clients that are told apart; in place of the file.
   * @param tokenFile Without one, and without clients' tokens, everybody is let in.
   * @throws {SettingsError} when the file holds no token, or is open to everybody
   */
  constructor(tokens: NamedTokens | null, tokenFile: string | null) {
    const ofFile = tokenFile === null ? null : Session.ofFile(tokenFile);
    this.#session = tokens === null ? ofFile : Session.ofClients(tokens);
  }

  /** Takes other tokens of clients on. */
  set tokens(tokens: NamedTokens) {
    this.#session = Session.ofClients(tokens);
  }

  /** Who asks, or the reply to somebody who brings a token or is not let in. */
  async admit(request: Request, url: URL, way: Way): Promise<Principal | Response> {
    const session = this.#session;
    if (session === null) return ANYBODY;
    const opensPage = url.pathname === "/";
    const token = opensPage ? await this.#tokenOf(request, url) : null;
    if (token instanceof Response) return token;
    const cookie = token === null ? null : session.enter(token, way.port, way.secure);
    if (cookie !== null) return entered(cookie);
    const principal = session.admits(request, way.port);
    if (principal !== null) return principal;
    // Who only opens the page is asked for a token.
    if (token !== null || !opensPage) {
      audit({ client: null, address: way.address, request: "page", code: "UNAUTHORIZED" });
    }
    return opensPage ? enterReply() : text("a token is needed", 401, {
      "www-authenticate": 'Bearer realm="measuring"',
    });
  }

  /** The token that a link or a form brings, or the reply to a form that can't be read. */
  async #tokenOf(request: Request, { searchParams }: URL): Promise<string | Response | null> {
    if (request.method !== "POST") return searchParams.get("token");
    const length = request.headers.get("content-length");
    if (length === null || !(Number(length) <= LONGEST_FORM)) return null;
    // Whoever has no token yet takes no request's place from those that have one.
    if (this.#forms >= MOST_FORMS) return text("too many tokens come at once: try again", 503);
    this.#forms++;
    try {
      const form = await within(FORM_WITHIN, request.text());
      if (form === null) return text("the token did not come in time", 408);
      return new URLSearchParams(form).get("token");
    } finally {
      this.#forms--;
    }
  }
}

/**
 * Gives the cookie for the token and leads to the page. The page is asked for by this reply, not by a
 * redirection: a browser that comes from another site's link brings no strict cookie along with that.
 */
function entered(cookie: string): Response {
  return reply(
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/"><title>…</title>',
    "text/html; charset=utf-8",
    { headers: { "set-cookie": cookie } },
  );
}
