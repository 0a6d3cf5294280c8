/** The page over TLS: with the certificate of the service, which can be renewed. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { certificatePath } from "../support/certificates.ts";
import {
  bothWays,
  LineReader,
  type RunningServer,
  startServer,
  tempDir,
  type Way,
  ways,
  writeAll,
} from "../support/harness.ts";
import { OWN_SOCKETS } from "../support/many_clients.ts";
import { pageOf } from "../support/http_client.ts";
import { RawClient } from "../support/raw_client.ts";
import { until } from "../support/until.ts";
import { socketsOf } from "../support/process_figures.ts";

const TOKEN = "correct-horse-battery-staple";
const read = (name: string) => Deno.readTextFileSync(certificatePath(name));
const encode = (text: string) => new TextEncoder().encode(text);

/** What a test of a page over TLS is given. */
interface Place {
  page: URL;
  server: RunningServer;
  /** Where the service's certificate is. */
  certificate: string;
  /** Makes `server` or `other` the service's certificate, and has it read. */
  renew: (name: string) => Promise<void>;
}

function test(
  name: string,
  body: (place: Place) => Promise<void>,
  { on = ways, limits = [], token = false }: {
    on?: readonly Way[];
    limits?: readonly string[];
    token?: boolean;
  } = {},
): void {
  for (const way of on) {
    Deno.test(`${name} [${way.name}]`, async () => {
      await using root = await tempDir();
      await using secrets = await tempDir();
      const file = (name: string) => join(secrets.path, name);
      const copy = async (name: string) => {
        await Deno.copyFile(certificatePath(`${name}-cert.pem`), file("cert.pem"));
        await Deno.copyFile(certificatePath(`${name}-key.pem`), file("key.pem"));
      };
      await copy("server");
      await Deno.writeTextFile(file("token"), TOKEN, { mode: 0o600 });
      await using server = await startServer(way, {
        root: root.path,
        args: [
          ...[
            "--http",
            "127.0.0.1:0",
            "--tls-cert",
            file("cert.pem"),
            "--tls-key",
            file("key.pem"),
          ],
          ...(token ? ["--http-token-file", file("token")] : []),
          ...limits.flatMap((limit) => ["--limit", limit]),
        ],
      });
      const page = await pageOf(server);
      assertEquals(page.protocol, "https:");
      let read = 0;
      const renew = async (name: string) => {
        await copy(name);
        Deno.kill(server.pid, "SIGHUP");
        read++;
        await until(
          "the configuration to be read",
          () => server.stderr.split("the configuration was read again").length > read,
        );
      };
      await body({ page, server, certificate: file("cert.pem"), renew });
    });
  }
}

/** Fetches as a browser that trusts this certificate does. */
async function fetchTrusting(
  certificate: string,
  url: URL,
  init: RequestInit = {},
): Promise<{ status: number; headers: Headers; text: string }> {
  using client = Deno.createHttpClient({ caCerts: [read(`${certificate}-cert.pem`)] });
  const reply = await fetch(url, { ...init, client });
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
}

test(
  "the page uses TLS when the service does, and refuses plain HTTP",
  async ({ page, server }) => {
    assertEquals((await fetchTrusting("server", new URL("/healthz", page))).text, "ok\n");
    assertMatch((await fetchTrusting("server", page)).text, /<html lang="en">/);
    await assertRejects(() => fetchTrusting("other", page), TypeError);
    using plain = await RawClient.open(page);
    plain.write(`GET /healthz HTTP/1.1\r\nHost: ${page.host}\r\n\r\n`);
    await until("an end", () => plain.ended);
    assert(!plain.text.includes("HTTP"), plain.text);
    assertMatch(server.stdout, /^page on https:\/\/127\.0\.0\.1:\d+\/$/m);
  },
  { on: bothWays },
);

test(
  "the cookie is restricted to TLS, and a page without TLS counts as another site",
  async ({ page }) => {
    const form = (origin: string) => ({
      method: "POST",
      headers: { origin, "content-type": "application/x-www-form-urlencoded" },
      body: `token=${TOKEN}`,
    });
    assertEquals((await fetchTrusting("server", page, form(`http://${page.host}`))).status, 403);
    const { status, headers } = await fetchTrusting("server", page, form(page.origin));
    assertEquals(status, 200);
    const cookie = headers.get("set-cookie")!;
    assertMatch(cookie, /^measuring_\d+=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
    const jobs = new URL("/api/jobs", page);
    assertEquals((await fetchTrusting("server", jobs)).status, 401);
    const [own] = cookie.split(";");
    assertEquals((await fetchTrusting("server", jobs, { headers: { cookie: own! } })).status, 200);
  },
  { token: true },
);

test(
  "new connections to the page and the port get a renewed certificate",
  async ({ page, server, renew }) => {
    const health = new URL("/healthz", page);
    const ask = async (certificate: string) => {
      using connection = await Deno.connectTls({
        hostname: "localhost",
        port: server.port,
        caCerts: [read(`${certificate}-cert.pem`)],
      });
      await writeAll(connection, encode('{"Header":"Info","Request":"Status"}'));
      return JSON.parse(await new LineReader(connection).next()).Header;
    };
    using earlier = Deno.createHttpClient({ caCerts: [read("server-cert.pem")] });
    const live = await fetch(new URL("/api/events", page), { client: earlier });
    const events = live.body!.getReader();
    await events.read();
    for (const [now, before] of [["other", "server"], ["server", "other"]] as const) {
      await renew(now);
      assertEquals((await fetchTrusting(now, health)).text, "ok\n");
      assertEquals(await ask(now), "Info");
      await assertRejects(() => fetchTrusting(before, health), TypeError);
      await assertRejects(() => ask(before), Error);
    }
    assert(!server.stderr.includes("take a restart"), server.stderr);
    // Who was there before goes on.
    assertEquals((await events.read()).done, false);
    await events.cancel();
  },
  { on: bothWays },
);

test("an unusable certificate changes nothing", async ({ page, server, certificate }) => {
  await Deno.writeTextFile(certificate, "none");
  Deno.kill(server.pid, "SIGHUP");
  await until(
    "the log to say so",
    () => /the configuration stays as it was: the certificate of tls-cert/.test(server.stderr),
  );
  assertEquals((await fetchTrusting("server", new URL("/healthz", page))).text, "ok\n");
});

test("clients that vanish at any moment leave nothing behind", async ({ page, server }) => {
  const hello = new Uint8Array([22, 3, 1, 2, 0, 1, 0, 1]);
  const head = encode(`GET /api/events HTTP/1.1\r\nHost: ${page.host}\r\n\r\n`);
  const port = Number(page.port), caCerts = [read("server-cert.pem")];
  for (let round = 0; round < 5; round++) {
    for (const said of [new Uint8Array(), hello, head]) {
      const client = await Deno.connect({ hostname: page.hostname, port });
      await client.write(said);
      client.close();
    }
    for (const said of [head.subarray(0, 9), head]) {
      const client = await Deno.connectTls({ hostname: "localhost", port, caCerts });
      await client.write(said);
      if (said === head) await client.read(new Uint8Array(1024));
      client.close();
    }
  }
  await until("every socket to be closed", () => socketsOf(server) < OWN_SOCKETS);
});

test("stalled handshakes are closed and hold no resources", async ({ page, server }) => {
  const healthy = async () =>
    assertEquals((await fetchTrusting("server", new URL("/healthz", page))).text, "ok\n");
  await healthy();
  const clients: RawClient[] = [];
  for (let k = 0; k < 30; k++) {
    const client = await RawClient.open(page, "127.0.0.2");
    // Nothing, the first bytes of a handshake, or what is none.
    if (k % 3 === 1) client.write(new Uint8Array([22, 3, 1, 2, 0, 1, 0, 1]));
    if (k % 3 === 2) client.write("x");
    clients.push(client);
  }
  await healthy();
  for (const client of clients) await until("an end", () => client.ended);
  await until("their sockets to be closed", () => socketsOf(server) < OWN_SOCKETS);
  for (const client of clients) client[Symbol.dispose]();
  await healthy();
}, { limits: ["http-head-seconds=1"] });

test("the limit of connections applies over TLS, too", async ({ page }) => {
  const clients: RawClient[] = [];
  for (let k = 0; k < 3; k++) clients.push(await RawClient.open(page, "127.0.0.2"));
  using further = await RawClient.open(page, "127.0.0.2");
  await until("an end", () => further.ended);
  assertEquals(further.text, "");
  assertEquals((await fetchTrusting("server", new URL("/healthz", page))).text, "ok\n");
  for (const client of clients) client[Symbol.dispose]();
}, { limits: ["http-client-connections=3"] });
