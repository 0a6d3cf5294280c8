import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { ALIVE, bytes, codeOf, STATUS } from "../support/many_clients.ts";
import { writeSample } from "../support/fixtures.ts";
import { LineReader, type RunningServer, startUnder, tempDir } from "../support/harness.ts";
import { get, pageOf } from "../support/http_client.ts";
import { RawClient } from "../support/raw_client.ts";
import { until } from "../support/until.ts";

/**
 * Starts a server that may open 200 files. `deno run` raises a limit that can be raised by itself; the binary takes
 * it as it is.
 */
function startWithFew(root: string, ...args: string[]): Promise<RunningServer> {
  const limited = ["-c", 'ulimit -n 200 && exec "$0" "$@"'];
  return startUnder("sh", limited, { root, args });
}

Deno.test("a server with few file descriptors admits few clients and runs their jobs", async () => {
  await using folder = await tempDir();
  await writeSample(folder.path, 100);
  await Deno.writeTextFile(join(folder.path, "one.ts"), "export const main = () => 1;");
  await using server = await startWithFew(folder.path);

  const clients = await Promise.all(Array.from({ length: 36 }, () => server.connect()));
  const readers = clients.map((connection) => new LineReader(connection));
  for (const [k, connection] of clients.entries()) {
    await connection.write(bytes(ALIVE));
    assertEquals(codeOf(await readers[k]!.next()), undefined);
  }
  assertMatch(server.stderr, /may open 200 files, so 36 clients are served at once, not 2048: /);
  for (let k = 0; k < 300; k++) assertEquals(codeOf(await server.exchange(STATUS)), "BUSY");
  const Request = { Directory: ".", Base: "time_series.parquet", File: "one.ts" };
  await clients[0]!.write(bytes(JSON.stringify({ Header: "Dask", Request })));
  assertEquals(codeOf(await readers[0]!.next()), undefined);
  for (const connection of clients) connection.close();
});

Deno.test("some of few file descriptors are reserved for HTTP, and no connection takes those of others", async () => {
  await using folder = await tempDir();
  await using server = await startWithFew(folder.path, "--http", "127.0.0.1:0");
  assertMatch(server.stderr, /so 6 connections over HTTP are served at once, not 512: /);
  assertMatch(server.stderr, /so 27 clients are served at once, not 2048: /);
  const page = await pageOf(server);
  const clients = await Promise.all(Array.from({ length: 60 }, () => RawClient.open(page)));
  await until(
    "all but six to be turned away",
    () => clients.filter(({ ended }) => ended).length === 54,
  );
  assertEquals(codeOf(await server.exchange(STATUS)), undefined);
  for (const client of clients) client[Symbol.dispose]();
  await until("room for another", async () => {
    const { status, text } = await get(page, "/metrics");
    return status === 200 && /^measuring_http_breaks_total 0$/m.test(text);
  });
});
