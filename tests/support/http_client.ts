/** What tests of the HTTP side share. */
import type { RunningServer } from "./harness.ts";
import { exchange } from "./exchange.ts";
import { until } from "./until.ts";

/** Where a server that was started with `--http` has its page. */
export async function pageOf(server: RunningServer): Promise<URL> {
  const line = () => /^page on (\S+)$/m.exec(server.stdout);
  const [, url] = await until("the service to tell where its page is", line);
  return new URL(url!);
}

/** A reply over HTTP, read to its end. */
export interface Got {
  status: number;
  headers: Headers;
  text: string;
}

/**
 * Sends a request as bytes, so that no client keeps it from saying what it likes.
 *
 * @param headers `Host` is the page's own unless it is given.
 */
export async function get(
  page: URL,
  path: string,
  headers: Record<string, string> = {},
  { method = "GET", body = "" } = {},
): Promise<Got> {
  const lines = Object.entries({
    Host: page.host,
    Connection: "close",
    ...(body === "" ? {} : {
      "Content-Length": String(body.length),
      "Content-Type": "application/x-www-form-urlencoded",
    }),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const reply = await exchange(
    Number(page.port),
    `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`,
  );
  const end = reply.indexOf("\r\n\r\n");
  const [first, ...fields] = reply.slice(0, end).split("\r\n");
  return {
    status: Number(first!.split(" ")[1]),
    headers: new Headers(fields.map((field) => field.split(/: ?(.*)/, 2) as [string, string])),
    text: reply.slice(end + 4),
  };
}

/** What the page's own requests get, as JSON. */
// deno-lint-ignore no-explicit-any
export async function api(page: URL, path: string, method = "GET"): Promise<any> {
  return await (await fetch(new URL(`/api/${path}`, page), { method })).json();
}
