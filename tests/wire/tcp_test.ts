import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ListenError, TCP } from "../../mod/tcp.ts";
import type { Connection } from "../../mod/wire/connection.ts";
import type { TcpLimits } from "../../mod/wire/connection_limits.ts";
import { testWith } from "../support/needs.ts";
import { exchange } from "../support/exchange.ts";
import { until } from "../support/until.ts";

/** A server that echoes every request with `Seen` added, as long as requests come. */
async function withServer(
  limits: Partial<TcpLimits>,
  use: (port: number, server: TCP) => Promise<void>,
  answer: (server: TCP, connection: Connection) => Promise<void> = echo,
): Promise<void> {
  const server = new TCP("127.0.0.1", 0, limits);
  const { port } = server.listen();
  const served = server.serve((connection) => answer(server, connection));
  try {
    await use(port, server);
  } finally {
    await server.close();
    await served;
  }
}

async function echo(server: TCP, connection: Connection): Promise<void> {
  while (true) {
    const [ok, request] = await server.request(connection);
    if (request === null) return;
    await server.response(connection, ok ? { ...request, Seen: true } : request);
    if (!connection.open) return;
  }
}

const connect = (port: number) => Deno.connect({ hostname: "127.0.0.1", port });
const send = (connection: Deno.TcpConn, text: string) =>
  connection.write(new TextEncoder().encode(text));

async function readLine(connection: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(65536);
  let text = "";
  while (!text.endsWith("\n")) {
    const length = await connection.read(buffer);
    if (length === null) return text;
    text += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return text;
}

// deno-lint-ignore no-explicit-any
const errorOf = (line: string): any => JSON.parse(line).Response.Error;

/** Waits until a server has so many clients. */
async function clients(server: TCP, count: number): Promise<void> {
  await until(`${count} clients`, () => server.connections === count, 5);
}

Deno.test("listening on port 0 returns the chosen port", async () => {
  await withServer({}, async (port, server) => {
    assert(port > 0);
    assertEquals(await exchange(port, '{"a":1}', { halfClose: true }), '{"a":1,"Seen":true}\n');
    assertThrows(() => server.listen(), ListenError, "listening already");
  });
});

Deno.test("listening on a taken port throws an error that says so", async () => {
  await withServer({}, (port) => {
    const message = `127.0.0.1:${port} is in use`;
    assertThrows(() => new TCP("127.0.0.1", port).listen(), ListenError, message);
    return Promise.resolve();
  });
  assertThrows(() => new TCP("192.0.2.1", 0).listen(), ListenError, "can't listen on 192.0.2.1:0");
});

Deno.test("requests as one piece, as single bytes and many at once are answered in order", async () => {
  await withServer({}, async (port) => {
    const requests = Array.from({ length: 50 }, (_, k) => `{"k":${k},"text":"}${"é".repeat(k)}"}`);
    const expected = requests.map((text) => JSON.stringify({ ...JSON.parse(text), Seen: true }));
    const replies = await exchange(port, requests.join("\r\n"), { halfClose: true });
    assertEquals(replies.trimEnd().split("\n"), expected);

    const client = await connect(port);
    for (const byte of new TextEncoder().encode(requests[9])) {
      await client.write(new Uint8Array([byte]));
    }
    assertEquals(await readLine(client), expected[9] + "\n");
    client.close();
  });
});

Deno.test("a request that takes many reads arrives whole", async () => {
  await withServer({}, async (port) => {
    const text = JSON.stringify({ long: "0123456789".repeat(90_000) });
    const reply = await exchange(port, text, { halfClose: true });
    assertEquals(JSON.parse(reply).long.length, 900_000);
  });
});

Deno.test("invalid input gets its error, and the connection ends", async () => {
  await withServer({}, async (port) => {
    for (const input of ["hello", "[1]", '{"a":1]', '{"a":"\n"}', "\u0000"]) {
      const reply = await exchange(port, input);
      assertEquals(JSON.parse(reply).Header, "noheader");
      assertEquals(errorOf(reply).Code, "BAD_JSON", input);
    }
    assertEquals(errorOf(await exchange(port, '{"a":1', { halfClose: true })).Code, "BAD_JSON");
    assertEquals(errorOf(await exchange(port, "{]")).Code, "BAD_JSON");
    // Brackets match, so the next request can still be told apart.
    const both = await exchange(port, '{"a":b}{"c":1}', { halfClose: true });
    const [first, second] = both.trimEnd().split("\n");
    assertEquals(errorOf(first!).Code, "BAD_JSON");
    assertEquals(second, '{"c":1,"Seen":true}');
  });
});

Deno.test("a client that leaves without a request gets nothing", async () => {
  await withServer({}, async (port) => {
    assertEquals(await exchange(port, "", { halfClose: true }), "");
    assertEquals(await exchange(port, " \n ", { halfClose: true }), "");
  });
});

Deno.test("a request over the limit gets TOO_LARGE, even when more input follows", async () => {
  await withServer({ requestBytes: 1000 }, async (port) => {
    const reply = await exchange(port, `{"a":"${"x".repeat(5_000_000)}"}`);
    assertEquals(errorOf(reply).Code, "TOO_LARGE");
  });
});

Deno.test("TOO_LARGE replaces a reply over the limit", async () => {
  await withServer({ replyBytes: 1000 }, async (port) => {
    const reply = await exchange(port, `{"a":"${"x".repeat(2000)}"}`, { halfClose: true });
    assertEquals(errorOf(reply).Code, "TOO_LARGE");
  });
});

Deno.test("a last reply arrives even when the client has sent more", async () => {
  const once = async (server: TCP, connection: Connection) => {
    const [ok] = await server.request(connection);
    if (ok) await server.response(connection, { Done: true });
  };
  await withServer({}, async (port) => {
    const more = '{"a":1}' + " more of it ".repeat(100_000);
    assertEquals(await exchange(port, more), '{"Done":true}\n');
  }, once);
});

Deno.test("a client over the limit of connections gets BUSY, and the others continue", async () => {
  await withServer({ connections: 2 }, async (port, server) => {
    const first = await connect(port), second = await connect(port);
    await clients(server, 2);
    assertEquals(errorOf(await exchange(port, '{"a":1}')).Code, "BUSY");
    assertEquals(errorOf(await exchange(port, "")).Code, "BUSY");
    await send(second, '{"b":2}');
    assertEquals(await readLine(second), '{"b":2,"Seen":true}\n');
    first.close();
    await clients(server, 1);
    assertEquals(await exchange(port, '{"c":3}', { halfClose: true }), '{"c":3,"Seen":true}\n');
    second.close();
  });
});

Deno.test("requests that are too long together get BUSY, and short ones are answered", async () => {
  const long = `{"a":"${"x".repeat(8000)}"}`, reply = '{"Length":8008}\n';
  const started = Promise.withResolvers<void>(), release = Promise.withResolvers<void>();
  let answering = 0;
  const answer = async (server: TCP, connection: Connection) => {
    const [, request] = await server.request(connection);
    if (request?.a && ++answering === 2) started.resolve();
    if (request?.a) await release.promise;
    await server.response(connection, request?.a ? { Length: 8008 } : request!);
  };
  await withServer({ requestBytes: 10_000, pendingBytes: 20_000 }, async (port) => {
    const replies = [exchange(port, long), exchange(port, long)];
    await started.promise;
    for (const input of [long, long.slice(0, 8000), long + long]) {
      assertEquals(errorOf(await exchange(port, input)).Code, "BUSY");
    }
    assertEquals(await exchange(port, '{"b":1}'), '{"b":1}\n');
    release.resolve();
    assertEquals(await Promise.all(replies), [reply, reply]);
    // What was counted has been given back, also by those that were refused or left.
    for (let k = 0; k < 5; k++) {
      assertEquals(
        errorOf(await exchange(port, long.slice(0, -1), { halfClose: true })).Code,
        "BAD_JSON",
      );
      assertEquals(await exchange(port, long), reply);
    }
  }, answer);
});

Deno.test("one request of the greatest length is accepted, however little may be pending", async () => {
  await withServer({ requestBytes: 10_000, pendingBytes: 1024 }, async (port) => {
    const text = `{"a":"${"x".repeat(9000)}"}`;
    assertEquals(JSON.parse(await exchange(port, text, { halfClose: true })).Seen, true);
  });
});

Deno.test("an idle connection gets IDLE_TIMEOUT and is closed", async () => {
  await withServer({ idleSeconds: 1 }, async (port) => {
    const [silent, asked] = await Promise.all([exchange(port, ""), exchange(port, '{"a":1}')]);
    assertEquals(errorOf(silent).Code, "IDLE_TIMEOUT");
    const [reply, late] = asked.trimEnd().split("\n");
    assertEquals(reply, '{"a":1,"Seen":true}');
    assertEquals(errorOf(late!).Code, "IDLE_TIMEOUT");
  });
});

Deno.test("slow bytes don't keep an incomplete request alive", async () => {
  await withServer({ idleSeconds: 0.6 }, async (port) => {
    const client = await connect(port);
    await send(client, '{"a":"');
    const trickle = setInterval(() => send(client, "x").catch(() => {}), 20); // it is cut off at some point
    try {
      assertEquals(errorOf(await readLine(client)).Code, "IDLE_TIMEOUT");
    } finally {
      clearInterval(trickle);
      client.close();
    }
  });
});

Deno.test("a pending request is not idle, however long its answer takes", async () => {
  const both = Promise.withResolvers<void>(), release = Promise.withResolvers<void>();
  let answering = 0;
  const slow = async (server: TCP, connection: Connection) => {
    const [ok] = await server.request(connection);
    if (!ok) return;
    if (++answering === 2) both.resolve();
    await release.promise;
    await server.response(connection, { Done: true });
  };
  await withServer({ idleSeconds: 0.5 }, async (port) => {
    const replies = [exchange(port, "{}"), exchange(port, "{}", { halfClose: true })];
    await both.promise;
    // Who comes now and says nothing is told so before the requests under way are answered.
    assertEquals(errorOf(await exchange(port, "")).Code, "IDLE_TIMEOUT");
    release.resolve();
    assertEquals(await Promise.all(replies), ['{"Done":true}\n', '{"Done":true}\n']);
  }, slow);
});

Deno.test("a client that never reads is dropped, and the server continues", async () => {
  const flooding = Promise.withResolvers<void>();
  let dropped = false;
  const flood = async (server: TCP, connection: Connection) => {
    const [, request] = await server.request(connection);
    if (request?.flood) {
      flooding.resolve();
      dropped = !await server.response(connection, { Text: "x".repeat(15_000_000) });
    } else await server.response(connection, { Done: true });
  };
  await withServer({ replySeconds: 1 }, async (port, server) => {
    const client = await connect(port);
    await send(client, '{"flood":true}');
    await flooding.promise;
    assertEquals(await exchange(port, "{}"), '{"Done":true}\n');
    await clients(server, 0);
    assert(dropped);
    client.close();
  }, flood);
});

Deno.test("clients that vanish at any moment leave nothing behind", async () => {
  await withServer({}, async (port, server) => {
    for (let k = 0; k < 50; k++) {
      const client = await connect(port);
      if (k % 5 === 1) await send(client, '{"half":');
      if (k % 5 === 2) await send(client, '{"whole":1}');
      // Closing over a reply that was never read resets the connection.
      if (k % 5 === 3) await send(client, '{"a":1}'.repeat(500));
      if (k % 5 === 4) await client.closeWrite();
      client.close();
    }
    await clients(server, 0);
    assertEquals(await exchange(port, "{}", { halfClose: true }), '{"Seen":true}\n');
  });
});

Deno.test("a handler that throws ends its own connection only", async () => {
  const report = console.error;
  const reported: unknown[] = [];
  console.error = (...parts: unknown[]) => void reported.push(parts);
  try {
    const faulty = async (server: TCP, connection: Connection) => {
      const [, request] = await server.request(connection);
      if (request?.throw) throw new Error("on purpose");
      await server.response(connection, { Done: true });
    };
    await withServer({}, async (port) => {
      assertEquals(await exchange(port, '{"throw":true}'), "");
      assertEquals(await exchange(port, "{}"), '{"Done":true}\n');
    }, faulty);
  } finally {
    console.error = report;
  }
  assertEquals(reported.length, 1);
});

Deno.test("closing waits for pending replies and ends idle clients at once", async () => {
  const server = new TCP("127.0.0.1", 0);
  const { port } = server.listen();
  const answering = Promise.withResolvers<void>(), release = Promise.withResolvers<void>();
  const served = server.serve(async (connection) => {
    const [ok] = await server.request(connection);
    if (!ok) return;
    answering.resolve();
    await release.promise;
    await server.response(connection, { Done: true });
  });
  const idle = exchange(port, "");
  const busy = exchange(port, "{}");
  await answering.promise;
  const closed = server.close(60);
  assertEquals(await idle, "");
  release.resolve();
  assertEquals(await busy, '{"Done":true}\n');
  await closed;
  await served;
  assertEquals(server.connections, 0);
  assertEquals(server.server, null);
  let refused = "";
  await connect(port).then((client) => client.close(), (error) => refused = String(error));
  assertMatch(refused, /refused/i);
});

Deno.test("closing drops replies that take longer than the grace period", async () => {
  const server = new TCP("127.0.0.1", 0);
  const { port } = server.listen();
  const { promise: never, resolve: release } = Promise.withResolvers<void>();
  const answering = Promise.withResolvers<void>();
  const served = server.serve(async (connection) => {
    await server.request(connection);
    answering.resolve();
    await never;
    assertEquals(await server.response(connection, { Done: true }), false);
  });
  const client = exchange(port, "{}");
  await answering.promise;
  await server.close(0.1);
  assertEquals(await client.catch(() => ""), "");
  release();
  await served;
});

const noIpv6 = hasIpv6() ? null : "this machine has no IPv6";

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

testWith(noIpv6, "an IPv6 address works like any other", async () => {
  const server = new TCP("::1", 0);
  const { port } = server.listen();
  const served = server.serve((connection) => {
    assertMatch(connection.peer, /^\[::1\]:\d+$/);
    return echo(server, connection);
  });
  const client = await Deno.connect({ hostname: "::1", port });
  await send(client, '{"a":1}');
  assertEquals(await readLine(client), '{"a":1,"Seen":true}\n');
  client.close();
  await server.close();
  await served;
});
