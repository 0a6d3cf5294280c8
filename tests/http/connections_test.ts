/** Connections over HTTP: how many there may be, and how long each may take over what. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { networkOf } from "../../mod/access/ranges.ts";
import { type Closing, Front } from "../../mod/http/connections/front.ts";
import { HeadEnd } from "../../mod/http/connections/head_end.ts";
import { InnerServer } from "../../mod/http/connections/inner_server.ts";
import { defaultLimits } from "../../mod/settings/limits.ts";
import { amountOf } from "../support/suite_options.ts";
import { OWN_SOCKETS } from "../support/many_clients.ts";
import { type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { get, pageOf } from "../support/http_client.ts";
import { RawClient } from "../support/raw_client.ts";
import { exchange } from "../support/exchange.ts";
import { until } from "../support/until.ts";
import { descriptorLimit, socketsOf } from "../support/process_figures.ts";

/** An address that is not the one other requests of these tests come from. */
const OTHER = "127.0.0.2";
/** Bytes of a reply that are made at once. */
const PIECE = 2 ** 20;
const STATUS = { Header: "Info", Request: "Status" };

function test(
  name: string,
  body: (page: URL, server: RunningServer, config: string) => Promise<void>,
  limits: Record<string, number> = {},
): void {
  for (const way of ways) {
    Deno.test(`${name} [${way.name}]`, async () => {
      await using folder = await tempDir();
      const config = join(folder.path, "settings.toml");
      const lines = Object.entries(limits).map(([limit, value]) => `${limit} = ${value}`);
      await Deno.writeTextFile(config, ["[limits]", ...lines].join("\n"));
      await using server = await startServer(way, {
        root: folder.path,
        args: ["--http", "127.0.0.1:0", "--config", config],
      });
      await body(await pageOf(server), server, config);
    });
  }
}

/** Clients that are connected, until they are disposed of. */
class Clients implements Disposable {
  readonly all: RawClient[] = [];

  async open(page: URL, count: number, from?: string): Promise<RawClient[]> {
    const opened: RawClient[] = [];
    for (let k = 0; k < count; k++) opened.push(await RawClient.open(page, from));
    this.all.push(...opened);
    return opened;
  }

  [Symbol.dispose](): void {
    for (const client of this.all) client[Symbol.dispose]();
  }
}

const request = (page: URL, path: string, method = "GET") =>
  `${method} ${path} HTTP/1.1\r\nHost: ${page.host}\r\n\r\n`;

/** What `/metrics` says of a figure, once it can be had. */
async function figure(page: URL, name: string): Promise<number> {
  const text: string = await until("the figures", async () => {
    const reply = await get(page, "/metrics");
    return reply.status === 200 ? reply.text : null;
  });
  const line = text.split("\n").find((line) => line.startsWith(`${name} `));
  assert(line, `${name} is not among the figures`);
  return Number(line!.slice(name.length + 1));
}

const closings = (page: URL, limit: string) =>
  figure(page, `measuring_http_closings_total{limit="${limit}"}`);

/** All that is answered to a client with this address. */
async function textFrom(from: string, page: URL, path: string): Promise<string> {
  using client = await RawClient.open(page, from);
  client.write(`GET ${path} HTTP/1.1\r\nHost: ${page.host}\r\nConnection: close\r\n\r\n`);
  await until("an answer", () => client.ended);
  return client.text;
}

async function assertTurnedAway(client: RawClient): Promise<void> {
  await until("an end", () => client.ended);
  assertMatch(client.text, /^HTTP\/1\.1 503 .*\r\nConnection: close\r\nContent-Length: 0\r\n\r\n$/);
}

Deno.test("a head ends with the first empty line after one that isn't empty", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const whole = ["a\r\n\r\n", "a\n\n", "\r\n\r\na: b\r\n\r\nmore", "GET /\r\nb: c\n\r\n"];
  for (const text of whole) {
    assert(new HeadEnd().isIn(bytes(text)), JSON.stringify(text));
    const pieces = new HeadEnd();
    const found = [...text].map((sign) => pieces.isIn(bytes(sign)));
    assert(found.includes(true), JSON.stringify(text));
  }
  for (
    const text of ["", "\r\n\r\n\r\n", "\n\n\n", "a", "a\r\n", "a\r\nb\r\n", "a\r\n\r", "\n\na\n"]
  ) {
    assert(!new HeadEnd().isIn(bytes(text)), JSON.stringify(text));
  }
});

Deno.test("clients are distinguished by address, over IPv6 by network", () => {
  const cases = {
    "127.0.0.2": "127.0.0.2",
    "::ffff:10.0.0.7": "10.0.0.7",
    "::1": "0:0:0:0",
    "2001:db8:1:2:3:4:5:6": "2001:db8:1:2",
    "2001:db8:1:2::6": "2001:db8:1:2",
    "2001:db8::6": "2001:db8:0:0",
    "2001:0db8::": "2001:db8:0:0",
    "fe80::1:2:3:4": "fe80:0:0:0",
  };
  for (const [address, network] of Object.entries(cases)) {
    assertEquals(networkOf(address), network, address);
  }
});

test(
  "a connection over the total limit is refused until another one closes",
  async (page, server) => {
    using clients = new Clients();
    const [first] = await clients.open(page, 6);
    for (const from of [OTHER, undefined]) {
      const [further] = await clients.open(page, 1, from);
      await assertTurnedAway(further!);
    }
    await until("the log to tell of it", () => server.stderr.includes("turned away"));
    first!.write(request(page, "/healthz"));
    await until("an answer to one that was let in", () => first!.text.endsWith("ok\n"));
    first![Symbol.dispose]();
    await until("room for another", async () => (await get(page, "/healthz")).status === 200);
    clients[Symbol.dispose]();
    assert(await closings(page, "http-connections") >= 2);
    assertEquals(await figure(page, "measuring_http_connections_limit"), 6);
    await until(
      "all to be gone",
      async () => await figure(page, "measuring_http_connections") === 1,
    );
  },
  { "http-connections": 6, "http-client-connections": 6 },
);

test(
  "a client over its limit is refused, and others are not",
  async (page) => {
    using clients = new Clients();
    await clients.open(page, 3, OTHER);
    for (const further of await clients.open(page, 3, OTHER)) await assertTurnedAway(further);
    assertEquals((await get(page, "/healthz")).status, 200);
    assertEquals(await closings(page, "http-client-connections"), 3);
    assertEquals(await closings(page, "http-connections"), 0);
    assertEquals(await figure(page, "measuring_http_connections"), 4);
  },
  { "http-client-connections": 3 },
);

/** A server keeps three descriptors for every one of them, and two for every client of its port. */
const CLIENTS = 100;
const IDLE = Math.min(
  amountOf("idle-http-connections"),
  Math.floor((descriptorLimit() - 200 - 2 * CLIENTS) / 3) - 10,
);

test(
  `${IDLE} idle connections of one client, and as many that are refused, keep nobody from an answer`,
  async (page, server) => {
    using clients = new Clients();
    await clients.open(page, IDLE);
    const check = async () => {
      assertMatch(await textFrom(OTHER, page, "/healthz"), /\r\n\r\nok\n$/);
      assertEquals((await server.request(STATUS)).Header, "Info");
    };
    for (let k = 0; k < 10; k++) await check();
    for (let left = IDLE; left > 0;) {
      using further = new Clients();
      const some = await further.open(page, Math.min(left, 50));
      for (const one of some) await assertTurnedAway(one);
      left -= some.length;
      await check();
    }
    const figures = await textFrom(OTHER, page, "/metrics");
    for (
      const [name, value] of [
        ["measuring_http_connections", IDLE + 1],
        ['measuring_http_closings_total{limit="http-client-connections"}', IDLE],
      ]
    ) assert(figures.includes(`\n${name} ${value}\n`), `${name} is not ${value}: ${figures}`);
  },
  {
    "http-connections": IDLE + 10,
    "http-client-connections": IDLE,
    "connections": CLIENTS,
    "http-head-seconds": 3600,
  },
);

test(
  "a client that doesn't send a head in time is disconnected, at any point of the connection",
  async (page) => {
    using clients = new Clients();
    const [silent, partial, blank, slow, second] = await clients.open(page, 5);
    partial!.write(`GET /healthz HTTP/1.1\r\nHost: ${page.host}\r\n`);
    const dripping = setInterval(() => {
      if (slow!.ended || blank!.ended) clearInterval(dripping);
      slow!.write("x");
      blank!.write("\r\n\r\n");
    }, 50);
    second!.write(request(page, "/healthz"));
    await until("an answer to the first request", () => second!.text.endsWith("ok\n"));
    second!.write("GET /healthz HTTP");
    for (const client of [silent, partial, blank, slow, second]) {
      await until("an end", () => client!.ended);
    }
    clearInterval(dripping);
    assertEquals([silent, partial, slow, blank].map((client) => client!.text), ["", "", "", ""]);
    assertEquals(second!.text.match(/^HTTP\/1\.1/gm)!.length, 1);
    assertEquals((await get(page, "/healthz")).status, 200);
    assertEquals(await closings(page, "http-head-seconds"), 5);
  },
  { "http-head-seconds": 1 },
);

test(
  "an idle connection is closed, and one with a live stream is not",
  async (page) => {
    using clients = new Clients();
    const [idle, live] = await clients.open(page, 2);
    live!.write(request(page, "/api/events"));
    idle!.write(request(page, "/healthz"));
    await until("an event", () => live!.text.includes("event: service"));
    await until("the end of the idle one", () => idle!.ended);
    assertMatch(idle!.text, /^HTTP\/1\.1 200 .*ok\n$/s);
    for (let k = 0; k < 3; k++) {
      const { length } = live!.text;
      await until("more of the live stream", () => live!.text.length > length);
    }
    assert(!live!.ended);
    assertEquals(await closings(page, "http-idle-seconds"), 1);
  },
  { "http-idle-seconds": 1 },
);

test("successive requests on one connection are answered", async (page) => {
  using clients = new Clients();
  const [client] = await clients.open(page, 1);
  for (let k = 1; k <= 3; k++) {
    for (const sign of request(page, "/healthz")) client!.write(sign);
    await until("an answer", () => client!.text.split("ok\n").length > k);
  }
  client!.write(request(page, "/healthz").repeat(3));
  await until("three at once", () => client!.text.split("ok\n").length > 6);
  assert(!client!.ended);
});

test("a client that half-closes after a request is answered, then disconnected", async (page) => {
  for (const path of ["/healthz", "/uplot.js", "/metrics"]) {
    const text = await exchange(Number(page.port), request(page, path), { halfClose: true });
    const [head, body] = text.split(/\r\n\r\n(.*)/s, 2);
    assertMatch(head!, /^HTTP\/1\.1 200 /);
    const [, length] = /^content-length: (\d+)$/m.exec(head!.replaceAll("\r", ""))!;
    assertEquals(new TextEncoder().encode(body).length, Number(length), path);
  }
});

test("a refused client is disconnected", async (page) => {
  using clients = new Clients();
  const [client] = await clients.open(page, 1);
  client!.write("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  await until("an end", () => client!.ended);
  assertMatch(client!.text, /^HTTP\/1\.1 421 /);
  assertMatch(client!.text, /^connection: close\r$/mi);
});

test("a head that is too long is refused", async (page) => {
  using clients = new Clients();
  const [client] = await clients.open(page, 1);
  client!.write(`GET /healthz HTTP/1.1\r\nHost: ${page.host}\r\nX: ${"x".repeat(20_000)}`);
  await until("an end", () => client!.ended);
  assertMatch(client!.text, /^HTTP\/1\.1 431 /);
});

test(
  "a stop waits neither for silent clients nor for live streams",
  async (page, server) => {
    using clients = new Clients();
    const [silent, idle, live] = await clients.open(page, 3);
    idle!.write(request(page, "/healthz"));
    live!.write(request(page, "/api/events"));
    await until("an answer", () => idle!.text.endsWith("ok\n"));
    await until("an event", () => live!.text.includes("event: service"));
    await server.stop();
    for (const client of [silent, idle, live]) await until("an end", () => client!.ended);
  },
  { "http-head-seconds": 3600, "http-idle-seconds": 3600 },
);

test("clients that vanish at any moment leave nothing behind", async (page, server) => {
  const all = request(page, "/healthz"), live = request(page, "/api/events");
  const said = ["", "G", all.slice(0, -2), all, live, all.repeat(3), live + all.slice(0, 9)];
  const vanish = async (text: string, waits: boolean) => {
    const client = await Deno.connect({ hostname: page.hostname, port: Number(page.port) });
    await client.write(new TextEncoder().encode(text));
    if (waits) await client.read(new Uint8Array(1024));
    client.close();
  };
  for (let round = 0; round < 5; round++) {
    await Promise.all(said.map((text) => vanish(text, false)));
    await Promise.all(said.slice(3).map((text) => vanish(text, true)));
  }
  await until("all to be gone", async () => await figure(page, "measuring_http_connections") === 1);
  await until("every socket to be closed", () => socketsOf(server) < OWN_SOCKETS);
});

for (const way of ways) {
  Deno.test(`only this user may use the HTTP socket, and it is removed however the service ends [${way.name}]`, async () => {
    await using root = await tempDir();
    await using temporary = await tempDir();
    const folders = () =>
      [...Deno.readDirSync(temporary.path)].map(({ name }) => name)
        .filter((name) => name.startsWith("tcp_server_http_"));
    const start = () =>
      startServer(way, {
        root: root.path,
        args: ["--http", "127.0.0.1:0"],
        env: { TMPDIR: temporary.path },
      });
    const killed = await start();
    const answered = async (server: RunningServer) =>
      assertEquals((await get(await pageOf(server), "/healthz")).status, 200);
    await answered(killed);
    const [left] = folders();
    assertEquals(Deno.statSync(join(temporary.path, left!)).mode! & 0o777, 0o700);
    await killed.kill();
    assertEquals(folders(), [left]);
    const next = await start();
    await answered(next);
    await until("what was left to be removed", () => !folders().includes(left!));
    await answered(next);
    assertEquals(folders().length, 1);
    await next.stop();
    assertEquals(folders(), []);
  });
}

Deno.test("a reply that its client doesn't read is produced no further than the buffers in between", async () => {
  let made = 0;
  const endless = () =>
    new Response(
      new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull: (stream) => {
          made += PIECE;
          stream.enqueue(new Uint8Array(PIECE));
        },
      }),
    );
  const closings: Closing[] = [];
  const inner = new InnerServer(() => Promise.resolve(endless()), () => {});
  await inner.start();
  const limits = { ...defaultLimits(), httpIdleSeconds: 0.5 };
  const front = new Front("127.0.0.1", 0, null, limits, {
    connect: () => inner.connect(),
    onShortage: () => {},
    onClosing: (why) => closings.push(why),
  });
  const client = await Deno.connect({ port: front.listen().port });
  await client.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  await until("it to be closed upon", () => closings.length > 0);
  assertEquals(closings, ["idle"]);
  assert(made < 64 * PIECE, `${made} bytes were made`);
  // As long as the system keeps what was written for it, it is counted.
  assertEquals(front.connections, 1);
  client.close();
  await until("the system to let go of it", () => front.connections === 0);
  await Promise.all([front.close(1000), inner.stop(1000)]);
});

test("reloaded limits apply from then on", async (page, server, config) => {
  using clients = new Clients();
  assertEquals(await figure(page, "measuring_http_connections_limit"), 5);
  // Under the old limit, so that the connection of the figure, if it is still open, takes nobody's place.
  await clients.open(page, 2, OTHER);
  await Deno.writeTextFile(config, "[limits]\nhttp-connections = 2\n");
  Deno.kill(server.pid, "SIGHUP");
  await until("the log to tell", () => server.stderr.includes("the configuration was read again"));
  const [further] = await clients.open(page, 1);
  await assertTurnedAway(further!);
}, { "http-connections": 5 });
