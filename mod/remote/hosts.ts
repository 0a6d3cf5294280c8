import { ServiceError } from "../common/errors.ts";

/** Ports of a host without a port: those of http and https. */
const USUAL_PORTS = ["80", "443"];
const DEFAULT_PORT: Record<string, string> = { "http:": "80", "https:": "443" };

/**
 * The HTTP servers that jobs may read files from. There are none unless the operator names them.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Hosts } from "./hosts.ts";
 *
 * const hosts = new Hosts(["data.example:8080"]);
 * assertEquals(hosts.allowed("http://data.example:8080/a.parquet#x"), "http://data.example:8080/a.parquet");
 * assertEquals(hosts.allow(new URL("http://elsewhere.example/a.parquet")), false);
 * ```
 */
export class Hosts {
  /** `HOST:PORT` of each, as Deno's `--allow-net` takes them. */
  readonly addresses: readonly string[];

  /**
   * @param names `HOST` (for ports 80 and 443) or `HOST:PORT`.
   * @throws ServiceError `BAD_REQUEST`, that names the entry that is neither.
   */
  constructor(names: readonly string[] = []) {
    this.addresses = names.flatMap(addressesOf);
  }

  /**
   * The URL in its normal form.
   *
   * @throws ServiceError `BAD_REQUEST` when it is not a URL, `FORBIDDEN_PATH` when its host is not allowed.
   */
  allowed(name: string): string {
    const url = URL.parse(name);
    if (url === null) throw new ServiceError("BAD_REQUEST", `${name} is not a URL.`);
    if (!this.allow(url)) {
      throw new ServiceError(
        "FORBIDDEN_PATH",
        `Files of ${url.host} may not be read: the service must be started with --allow-host ${url.host}.`,
      );
    }
    url.hash = "";
    return url.href;
  }

  /** Whether files may be read from a URL's server. */
  allow({ protocol, hostname, port }: URL): boolean {
    const usual = DEFAULT_PORT[protocol];
    return usual !== undefined && this.addresses.includes(`${hostname}:${port || usual}`);
  }
}

function addressesOf(name: string): string[] {
  const url = URL.parse(`http://${name}`);
  const plain = url !== null && url.pathname === "/" && !/[/?#@\s,*]/.test(name);
  if (!plain || url.hostname === "") {
    throw new ServiceError("BAD_REQUEST", `${name} is not a host: give HOST or HOST:PORT`);
  }
  // A URL leaves out the port 80, which may have been given all the same.
  const port = /:(\d+)$/.exec(name)?.[1];
  return (port === undefined ? USUAL_PORTS : [port]).map((port) => `${url.hostname}:${port}`);
}
