import { isIP } from "node:net";

/**
 * Whether a request's `Host` names this server, so that no page of elsewhere reaches it under a name of
 * its own that leads here (DNS rebinding). Addresses can't be rebound; a name has to be `localhost`
 * or the one that is listened on.
 *
 * @param own Name or address that is listened on.
 */
export function isOwnHost(host: string | null, own: string): boolean {
  if (host === null || !URL.canParse(`http://${host}`)) return false;
  const { hostname, pathname, username } = new URL(`http://${host}`);
  if (pathname !== "/" || username !== "") return false;
  const name = hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return isIP(name) !== 0 || name === own.toLowerCase() || name === "localhost";
}

/**
 * Whether a page of another site made the browser send this. What browsers say in `Sec-Fetch-Site`, pages
 * can't change; programs that are no browsers say nothing and are let through. A link that is
 * followed from elsewhere only shows the page, so it is no harm.
 *
 * @param secure This server speaks TLS, so that its own pages come over TLS, too. Where it doesn't, what is in
 * front of it may.
 */
export function isCrossSite({ method, headers }: Request, secure = false): boolean {
  const site = headers.get("sec-fetch-site");
  if (site === "same-origin" || site === "none") return false;
  if (site !== null) {
    const follows = method === "GET" && headers.get("sec-fetch-mode") === "navigate" &&
      headers.get("sec-fetch-dest") === "document";
    return !follows;
  }
  const origin = headers.get("origin");
  if (origin === null) return false;
  if (!URL.canParse(origin)) return true;
  const { protocol, host } = new URL(origin);
  return host !== headers.get("host") || secure && protocol !== "https:";
}
