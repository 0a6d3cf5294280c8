import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { AddressRanges, isLoopback } from "../../mod/access/ranges.ts";
import { checkedToken, readTokenFile, Token } from "../../mod/access/token.ts";
import { Server } from "../../mod/server.ts";
import { SettingsError } from "../../mod/common/errors.ts";
import { makeSettings } from "../../mod/settings/settings.ts";
import { TCP } from "../../mod/tcp.ts";
import { withMember } from "../../mod/wire/json_text.ts";
import { certificatePath } from "../support/certificates.ts";
import { amountOf } from "../support/suite_options.ts";
import { waysOf } from "../support/many_clients.ts";
import { job as jobRequest, writeSample } from "../support/fixtures.ts";
import {
  bothWays,
  finish,
  LineReader,
  type Reply,
  type RunningServer,
  startServer,
  tempDir,
  type Way,
  ways,
  writeAll,
} from "../support/harness.ts";
import { shareService } from "../support/shared_service.ts";
import { exchange } from "../support/exchange.ts";
import { eventsIn } from "../support/log_lines.ts";
import { until } from "../support/until.ts";
import { socketsOf } from "../support/process_figures.ts";

const TOKEN = 'correct-horse\\"battery-staple';
const STATUS = { Header: "Info", Request: "Status" };
const ALIVE = { ...STATUS, Connection: "keep-alive" };

const CERT = certificatePath("server-cert.pem"), KEY = certificatePath("server-key.pem");
const TLS = ["--tls-cert", CERT, "--tls-key", KEY];
const caCerts = [Deno.readTextFileSync(CERT)];

/** Writes the token into a file of a folder. */
async function writeToken(folder: string): Promise<string> {
  const path = join(folder, "token");
  await Deno.writeTextFile(path, `${TOKEN}\n`, { mode: 0o600 });
  return path;
}

/** A test of the whole program in a folder with a token in a file. */
function test(
  name: string,
  check: (way: Way, folder: string, tokenFile: string) => Promise<void>,
  on: readonly Way[] = ways,
): void {
  for (const way of on) {
    Deno.test(`${name} [${way.name}]`, async () => {
      await using folder = await tempDir();
      await check(way, folder.path, await writeToken(folder.path));
    });
  }
}

const services = ways.map((way) => {
  let tokenFile = "";
  const shared = shareService(way, {
    prepare: async (root) => void (tokenFile = await writeToken(root)),
    args: () => ["--token-file", tokenFile],
  });
  return { way, shared };
});

/** A test of a service with a token, which these tests share. */
function tokenTest(
  name: string,
  check: (server: RunningServer, folder: string) => Promise<void>,
): void {
  for (const { way, shared } of services) {
    Deno.test(`${name} [${way.name}]`, async () => {
      await check(shared.server, await shared.folder());
    });
  }
}

/** Everything that comes over a connection, and how it ended. */
async function readAll(connection: Deno.Conn): Promise<string> {
  try {
    return await new Response(connection.readable).text();
  } catch (error) {
    return `then ${error}`;
  }
}

const encode = (text: string) => new TextEncoder().encode(text);

function connectTls({ port }: { port: number }): Promise<Deno.TlsConn> {
  return Deno.connectTls({ hostname: "localhost", port, caCerts });
}

async function requestTls(server: { port: number }, request: unknown): Promise<Reply> {
  using connection = await connectTls(server);
  await writeAll(connection, encode(JSON.stringify(request)));
  return JSON.parse(await new LineReader(connection).next());
}

/** Sockets of a service that nobody talks to and whose engine is up. */
async function idleSockets(server: RunningServer, ask: () => Promise<Reply>): Promise<number> {
  // deno-lint-ignore no-explicit-any
  const processes = async () => (await ask() as any).Response.Statistic.Processes;
  await until("the engine to be up", async () => (await processes()).length === 2);
  let last = -1;
  await until("the service to be idle", () => {
    const before = last;
    last = socketsOf(server);
    return last === before;
  }, 200);
  return last;
}

/** Waits until a service has no more sockets than when it was idle. */
async function untilIdle(server: RunningServer, sockets: number): Promise<void> {
  await until("every socket to be closed", () => socketsOf(server) <= sockets);
}

Deno.test("ranges of addresses contain exactly their addresses", () => {
  const cases: [range: string, inside: string[], outside: string[]][] = [
    ["10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"], [
      "9.255.255.255",
      "11.0.0.0",
    ]],
    ["10.0.0.7/8", ["10.9.9.9"], ["11.0.0.7"]],
    ["192.0.2.7", ["192.0.2.7", "::ffff:192.0.2.7", "::FFFF:192.0.2.7"], [
      "192.0.2.6",
      "192.0.2.8",
    ]],
    ["192.0.2.7/32", ["192.0.2.7"], ["192.0.2.6", "192.0.2.8"]],
    ["192.0.2.6/31", ["192.0.2.6", "192.0.2.7"], ["192.0.2.5", "192.0.2.8"]],
    ["128.0.0.0/1", ["128.0.0.0", "255.255.255.255"], ["127.255.255.255", "8000::"]],
    ["0.0.0.0/0", ["0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4"], ["::1", "::1.2.3.4"]],
    ["::/0", ["::", "::1", "ffff::"], ["1.2.3.4", "::ffff:1.2.3.4"]],
    ["::1", ["::1", "0:0:0:0:0:0:0:1"], ["::", "::2", "127.0.0.1"]],
    ["::1/128", ["::1"], ["::", "::2"]],
    ["fd00::/8", ["fd00::", "fdff:ffff::1", "FD12::9"], ["fc00::", "fe80::1"]],
    ["2001:db8::/33", ["2001:db8:7fff::"], ["2001:db8:8000::"]],
    ["::ffff:10.0.0.0/104", ["10.1.1.1", "::ffff:10.1.1.1"], ["11.1.1.1", "::10.1.1.1"]],
    ["::ffff:10.0.0.1", ["10.0.0.1", "::ffff:10.0.0.1"], ["10.0.0.2"]],
  ];
  for (const [range, inside, outside] of cases) {
    const ranges = new AddressRanges([range]);
    for (const address of inside) assert(ranges.includes(address), `${address} in ${range}`);
    for (const address of outside) assert(!ranges.includes(address), `${address} not in ${range}`);
  }
  const several = new AddressRanges(["10.0.0.0/8", "fd00::/8"]);
  assertEquals(
    ["10.1.1.1", "fd00::1", "127.0.0.1", "::1", "localhost", ""].map((address) =>
      several.includes(address)
    ),
    [true, true, false, false, false, false],
  );
  assert(!new AddressRanges([]).includes("127.0.0.1"));
});

Deno.test("an invalid range of addresses is refused by name", () => {
  const wrong = [
    ...["", " ", "localhost", "10", "10.0.0", "10.0.0.0.0", "10.0.0.256", "010.0.0.1", "1.2.3.4 "],
    ...["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/08", "10.0.0.0/8.0"],
    ...["10.0.0.0/255.0.0.0", "/8", "10.0.0.0-10.0.0.9", "*", "0x7f.0.0.1", "10.0.0.0:80"],
    ...["::/129", "::1::", ":::", "g::", "[::1]", "fe80::1%eth0", "::ffff:10.0.0.0/129", "1:2:3:4"],
  ];
  for (const range of wrong) {
    assertThrows(() => new AddressRanges(["::1", range]), SettingsError, JSON.stringify(range));
  }
});

Deno.test("loopback addresses and localhost mean this machine", () => {
  for (
    const host of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "localhost", "LocalHost"]
  ) {
    assert(isLoopback(host), host);
  }
  for (
    const host of ["0.0.0.0", "::", "128.0.0.1", "10.0.0.1", "::ffff:10.0.0.1", "here.example", ""]
  ) {
    assert(!isLoopback(host), host);
  }
});

Deno.test("a token equals itself only", () => {
  const token = new Token(TOKEN);
  assert(token.equals(TOKEN));
  const others = [
    ...["", `${TOKEN} `, TOKEN.slice(1), TOKEN.toUpperCase(), TOKEN + TOKEN, "x".repeat(100_000)],
    ...[undefined, null, 5, true, [TOKEN], { TOKEN }],
  ];
  for (const other of others) assert(!token.equals(other), JSON.stringify(other));
  assert(!Deno.inspect(token, { showHidden: true }).includes(TOKEN));
});

Deno.test("a token that is empty, short, long or not plain is refused and never shown", () => {
  const source = "the variable X";
  assertEquals(checkedToken(`\t${TOKEN}\r\n`, source), TOKEN);
  assertEquals(checkedToken("x".repeat(16), source), "x".repeat(16));
  assertEquals(checkedToken("x".repeat(512), source), "x".repeat(512));
  assertThrows(() => checkedToken(" \n", source), SettingsError, "the variable X is empty");
  const wrong = [
    "fifteen-letters",
    "x".repeat(513),
    "sixteen letters .",
    "schlüssel-schlüssel",
    `${TOKEN}\nx`,
  ];
  for (const text of wrong) {
    const { message } = assertThrows(() => checkedToken(text, source), SettingsError, "16 to 512");
    assert(!message.includes(text) && !message.includes(text.slice(0, 8)), message);
  }
});

Deno.test("a token file that every user may read or write is refused", async () => {
  await using folder = await tempDir();
  const path = join(folder.path, "token");
  await Deno.writeTextFile(path, `${TOKEN}\n`);
  for (const mode of [0o600, 0o400, 0o640, 0o660]) {
    await Deno.chmod(path, mode);
    assertEquals(readTokenFile(path), TOKEN);
  }
  for (const mode of [0o644, 0o604, 0o602, 0o666]) {
    await Deno.chmod(path, mode);
    const { message } = assertThrows(
      () => readTokenFile(path),
      SettingsError,
      `chmod o-rw ${path}`,
    );
    assert(!message.includes(TOKEN));
  }
  assertThrows(() => readTokenFile(join(folder.path, "no")), SettingsError, "it doesn't exist");
  assertThrows(() => readTokenFile(folder.path), SettingsError, "can't be read");
  await Deno.writeTextFile(path, "", { mode: 0o600 });
  await Deno.chmod(path, 0o600);
  assertThrows(() => readTokenFile(path), SettingsError, "is empty");
});

Deno.test("a member is inserted into a request's text without changing the rest", () => {
  assertEquals(
    withMember(' {"n": 1.00,"n": 1e400}\n', "T", 'a"b'),
    ' {"T":"a\\"b","n": 1.00,"n": 1e400}\n',
  );
  assertEquals(withMember("{ }", "T", "x"), '{"T":"x" }');
  assertEquals(withMember('{"a":"}{"}', "T", "x"), '{"T":"x","a":"}{"}');
});

tokenTest(
  "requests without the required token get UNAUTHORIZED and end the connection",
  async (server, folder) => {
    for (
      const Token of [
        undefined,
        null,
        "",
        5,
        [TOKEN],
        `${TOKEN}x`,
        TOKEN.slice(0, -1),
        TOKEN.toUpperCase(),
      ]
    ) {
      const first = JSON.stringify({ ...ALIVE, Id: 1, Token });
      const text = await exchange(server.port, first + JSON.stringify({ ...ALIVE, Token: TOKEN }));
      const lines = text.trimEnd().split("\n");
      assertEquals(lines.length, 1, text);
      const reply = JSON.parse(lines[0]!);
      assertEquals(Object.keys(reply), ["Header", "Request", "Connection", "Id", "Response"]);
      assertEquals(reply.Response.Status, "error");
      assertEquals(reply.Response.Error.Code, "UNAUTHORIZED");
      const fault = Token === undefined ? "the Token is missing" : "is not that of this service";
      assertStringIncludes(reply.Response.Discription, fault);
    }
    const job = { Directory: folder, Base: "a.parquet", File: "b.ts" };
    const refused = await server.request({ Header: "Dask", Request: job });
    assertEquals([refused.Request, refused.Response.Error?.Code], [job, "UNAUTHORIZED"]);
    const unknown = await server.exchange({ Header: "Nothing", Id: 7 });
    assert(unknown.startsWith('{"Header":"noheader","Id":7,"Response":{"Status":"error"'), unknown);
    assertStringIncludes(unknown, "UNAUTHORIZED");
    const framing = await server.request('{"Header":]');
    assertEquals(framing.Response.Error?.Code, "BAD_JSON");
  },
);

tokenTest(
  "a request with the token is answered as usual, and the token is not echoed",
  async (server) => {
    const reply = await server.request({ Token: TOKEN, ...STATUS, Id: 12 });
    assertEquals(reply.Response.Discription, "Status: Ready");
    assertEquals(Object.keys(reply), ["Header", "Request", "Id", "Response"]);

    const both = JSON.stringify({ ...ALIVE, Token: TOKEN }) +
      JSON.stringify({ ...STATUS, Token: TOKEN });
    const lines = (await exchange(server.port, both)).trimEnd().split("\n");
    assertEquals(lines.map((line) => JSON.parse(line).Response.Status), ["complete", "complete"]);

    const quoted = JSON.stringify(TOKEN);
    const escaped = `"${[...TOKEN].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join("")}"`;
    const ways = [
      `{"Header":"Info", "Token" : ${quoted} ,"Request":"Status","n":1.00}`,
      `{"Header":"Info","\\u0054oken":${escaped},"Request":"Status","n":1.00}`,
      `{"Response":1,"Header":"Info","Request":"Status","n":1.00,"Token":${quoted}}`,
    ];
    for (const text of ways) {
      const line = await server.exchange(text);
      assert(
        line.startsWith('{"Header":"Info","Request":"Status","n":1.00,"Response":{"Status":"c'),
        line,
      );
    }
  },
);

tokenTest(
  "no reply contains the token, whatever is wrong with the request",
  async (server) => {
    const quoted = JSON.stringify(TOKEN);
    const faulty = [
      `{"Header":"Info","Token":${quoted},"Request":"nothing"}`,
      `{"Header":"Info","Token":"x","Token":${quoted},"Request":"Status"}`,
      `{"Header":"Info","Token":${quoted},"Token":"x","Request":"Status"}`,
      `{"Header":"Info","token":${quoted},"TOKEN":${quoted},"Request":"Status"}`,
      `{"Header":"No","Token":${quoted}}`,
      `{"Token":${quoted}}`,
      `{"Header":"Dask","Token":${quoted},"Request":5}`,
      `{"Header":"Dask","Token":${quoted},"Request":{"Directory":"..","Base":"a","File":"b"}}`,
      `{"Header":"Info","Connection":"no","Token":${quoted},"Request":"Status"}`,
      // The parser's own words for these would show what is near.
      `{"Token":${quoted} x}`,
      `{"Token":x,${quoted}:1}`,
      `{"\\u0054oken":${quoted},x}`,
      `{"Token":${quoted}`,
      `{"Token":${quoted}]`,
    ];
    const pieces = [TOKEN, quoted.slice(1, -1), "battery", "staple", "horse"];
    for (const text of faulty) {
      const reply = await exchange(server.port, text, { halfClose: true });
      assertEquals(JSON.parse(reply).Response.Status, "error", text);
      for (const piece of pieces) assert(!reply.includes(piece), `${text} got ${reply}`);
    }
    const { Response } = JSON.parse(
      await exchange(server.port, '{"Header":x}', { halfClose: true }),
    );
    assertEquals(
      Response.Discription,
      `the request is not JSON: Unexpected token 'x', "{"Header":x}" is not valid JSON`,
    );
  },
);

test("a Token is ignored and not echoed when the service has none", async (way, folder) => {
  await using server = await startServer(way, { root: folder });
  const reply = await server.request({ ...STATUS, Token: ["any"] });
  assertEquals(reply.Response.Discription, "Status: Ready");
  assertEquals(Object.keys(reply), ["Header", "Request", "Response"]);
});

for (const source of ["file", "variable"] as const) {
  test(
    `engines, logs and results never get the token of a ${source}`,
    async (way, folder, tokenFile) => {
      await writeSample(folder, 1000);
      const server = await startServer(way, {
        root: folder,
        ...(source === "file"
          ? { args: ["--token-file", tokenFile] }
          : { env: { MEASURING_TOKEN: TOKEN, OTHER_VARIABLE: "inherited" } }),
      });
      const seen: string[] = [];
      const job = async (formula: string) => {
        await Deno.writeTextFile(join(folder, "work.ts"), formula);
        const reply = await server.request({ ...jobRequest(folder), Token: TOKEN });
        seen.push(JSON.stringify(reply));
        return reply.Response;
      };
      const good = await job(
        "export const map = ({ u }) => { console.log(globalThis.Deno); return { u }; }",
      );
      assertEquals(good.Status, "complete");
      assertEquals(
        (await job("export const map = () => { throw new Error('on purpose'); }")).Status,
        "error",
      );
      // deno-lint-ignore no-explicit-any
      const info = await server.request({ ...STATUS, Token: TOKEN }) as any;
      seen.push(JSON.stringify(info));
      const engines = info.Response.Statistic.Processes.filter(({ Role }: { Role: string }) =>
        Role === "engine"
      );
      assert(engines.length >= 1);
      for (const { Pid } of engines) {
        const environment = await Deno.readTextFile(`/proc/${Pid}/environ`);
        if (source === "variable") assertStringIncludes(environment, "OTHER_VARIABLE=inherited");
        seen.push(environment, await Deno.readTextFile(`/proc/${Pid}/cmdline`));
      }
      await server.stop();
      seen.push(server.stdout, server.stderr);
      for (const text of seen) assert(!text.includes("correct-horse"), text);
    },
    source === "variable" ? bothWays : ways,
  );
}

test(
  "the flag's token overrides the variable's, which overrides the settings file's",
  async (way, folder, tokenFile) => {
    const config = join(folder, "service.toml");
    await Deno.writeTextFile(config, 'token-file = "in-config"\n');
    await Deno.writeTextFile(join(folder, "in-config"), "token-of-the-settings-file", {
      mode: 0o600,
    });
    const code = async (server: RunningServer, Token: string) =>
      (await server.request({ ...STATUS, Token })).Response.Error?.Code;
    const cases: [args: string[], variable: string | null, token: string][] = [
      [[], null, "token-of-the-settings-file"],
      [[], "token-of-the-variable", "token-of-the-variable"],
      [["--token-file", tokenFile], "token-of-the-variable", TOKEN],
    ];
    for (const [args, variable, token] of cases) {
      await using server = await startServer(way, {
        root: folder,
        args: ["--config", config, ...args],
        ...(variable === null ? {} : { env: { MEASURING_TOKEN: variable } }),
      });
      for (const one of ["token-of-the-settings-file", "token-of-the-variable", TOKEN]) {
        assertEquals(await code(server, one), one === token ? undefined : "UNAUTHORIZED", one);
      }
    }
  },
);

test(
  "serve refuses to listen for other machines without a token",
  async (way, folder, tokenFile) => {
    const refused = async (args: string[], part: string, env: Record<string, string> = {}) => {
      const { code, stdout, stderr } = await finish(way, ["serve", "--root", folder, ...args], {
        env,
      });
      assertEquals([code, stdout], [2, ""], stderr);
      assert(stderr.startsWith("tcp_server: ") && stderr.includes(part), stderr);
      assert(!stderr.includes("secret"), stderr);
    };
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "some.example"]) {
      await refused(["--host", host], `not on ${host}: give --token-file FILE`);
    }
    await refused(["--host", "0.0.0.0", "--allow", "127.0.0.1", ...TLS], "--insecure");
    await refused([], "MEASURING_TOKEN is empty", { MEASURING_TOKEN: "" });
    await refused([], "MEASURING_TOKEN doesn't hold", { MEASURING_TOKEN: "my secret" });
    await Deno.chmod(tokenFile, 0o644);
    await refused(["--token-file", tokenFile], "chmod o-rw");
    await refused(["--allow", "10.0.0.0/40"], 'not "10.0.0.0/40"');
  },
);

Deno.test("a token, or permission to go without one, lets the service listen for other machines", async () => {
  await using folder = await tempDir();
  const root = folder.path;
  for (const given of [{ token: TOKEN }, { insecure: true }]) {
    // Not started: tests listen on this machine only.
    assert(new Server(makeSettings({ host: "0.0.0.0", root }, given)) instanceof Server);
  }
  const open = makeSettings({ host: "0.0.0.0", root });
  assertThrows(() => new Server(open), SettingsError, "this machine only");
});

test(
  "clients from allowed addresses are accepted, and other connections are closed",
  async (way, folder) => {
    {
      const allowed = ["--allow", "192.0.2.0/24", "--allow", "127.0.0.0/8"];
      await using server = await startServer(way, { root: folder, args: allowed });
      assertEquals((await server.request(STATUS)).Response.Discription, "Status: Ready");
    }
    for (
      const args of [["--allow", "192.0.2.0/24", "--allow", "::/0"], [
        "--allow",
        "127.0.0.2",
        ...TLS,
      ]]
    ) {
      await using server = await startServer(way, { root: folder, args });
      for (let k = 0; k < 20; k++) {
        const client = await server.connect();
        await writeAll(client, encode(JSON.stringify(STATUS))).catch(() => {}); // it may be closed by now
        assertMatch(await readAll(client), /^(then ConnectionReset.*)?$/);
      }
    }
  },
);

Deno.test("an IPv4 address that is mapped into IPv6 counts as IPv4", async () => {
  for (const [range, expected] of [["127.0.0.0/8", '{"ok":1}\n'], ["::/0", ""]] as const) {
    const allow = new AddressRanges([range]);
    const tcp = new TCP("::ffff:127.0.0.1", 0, {}, { allow });
    const { port } = tcp.listen();
    const served = tcp.serve(async (connection) => {
      assertEquals(connection.peer.slice(0, 18), "[::ffff:127.0.0.1]");
      await connection.receive();
      await connection.send('{"ok":1}');
    });
    const client = await Deno.connect({ hostname: "127.0.0.1", port });
    const sending = writeAll(client, encode("{}")).catch(() => {}); // it may be closed by now
    assertEquals((await readAll(client)).replace(/^then ConnectionReset.*/, ""), expected);
    await sending;
    await tcp.close();
    await served;
  }
});

test("everything works over TLS as over TCP", async (way, folder, tokenFile) => {
  await using server = await startServer(way, {
    root: folder,
    args: [...TLS, "--token-file", tokenFile],
  });
  const Token = TOKEN;
  assertEquals(
    (await requestTls(server, { ...STATUS, Token })).Response.Discription,
    "Status: Ready",
  );
  assertEquals((await requestTls(server, STATUS)).Response.Error?.Code, "UNAUTHORIZED");

  const keptOpen = await connectTls(server);
  const lines = new LineReader(keptOpen);
  const long = "x".repeat(900_000);
  for (const Id of [1, long, 2]) {
    const sending = writeAll(keptOpen, encode(JSON.stringify({ ...ALIVE, Token, Id })));
    assertEquals(JSON.parse(await lines.next()).Id, Id);
    await sending;
  }
  await writeAll(keptOpen, encode(JSON.stringify({ ...STATUS, Token }).repeat(2)));
  assertStringIncludes(await lines.next(), "Status: Ready");
  assertEquals(await lines.next(), "");
  keptOpen.close();

  const half = await connectTls(server);
  await writeAll(half, encode(JSON.stringify({ ...STATUS, Token })));
  await half.closeWrite();
  assertStringIncludes(await readAll(half), "Status: Ready");

  const cut = await connectTls(server);
  await writeAll(cut, encode('{"Header":'));
  await cut.closeWrite();
  assertStringIncludes(await readAll(cut), "BAD_JSON");
}, bothWays);

test(
  "a slow client gets a reply of many megabytes over TLS",
  async (way, folder) => {
    const config = join(folder, "service.toml");
    await Deno.writeTextFile(config, "[limits]\nrequest-bytes = 16777216\n");
    await using server = await startServer(way, {
      root: folder,
      args: [...TLS, "--config", config],
    });
    const client = await connectTls(server);
    const text = JSON.stringify({ ...STATUS, Id: "x".repeat(15_000_000) });
    await writeAll(client, encode(text));
    // Longer than the server waits for the end of a client's input; more does no harm.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const reply = await readAll(client);
    assert(reply.startsWith(text.slice(0, -1)) && reply.endsWith("}\n"), `${reply.length} bytes`);
  },
);

test(
  "stalled handshakes, plain requests and clients that never read don't harm a TLS service",
  async (way, folder) => {
    const config = join(folder, "service.toml");
    await Deno.writeTextFile(config, "[limits]\nidle-seconds = 1\nreply-seconds = 1\n");
    await using server = await startServer(way, {
      root: folder,
      args: [...TLS, "--config", config],
    });
    /** An answer; who can't ask or read within a second, because all is slow, asks again. */
    const ask = () =>
      until("an answer", async () => {
        try {
          const reply = await requestTls(server, { Header: "Info", Request: "All process" });
          return reply.Response.Error?.Code === "IDLE_TIMEOUT" ? null : reply;
        } catch (thrown) {
          const dropped = thrown instanceof Deno.errors.UnexpectedEof ||
            thrown instanceof Deno.errors.ConnectionReset;
          if (dropped) return null;
          throw thrown;
        }
      });
    const before = await idleSockets(server, ask);

    const stalled: Deno.Conn[] = [];
    for (let k = 0; k < 40; k++) {
      const client = await server.connect();
      // Nothing at all, or the first bytes of a handshake.
      if (k % 2 === 0) await client.write(new Uint8Array([0x16, 0x03, 0x01]));
      stalled.push(client);
    }
    await until("a client to be held", () => socketsOf(server) > before);
    assertEquals((await ask()).Response.Status, "complete");
    await untilIdle(server, before);
    for (const client of stalled) assertMatch(await readAll(client), /^(then ConnectionReset.*)?$/);

    for (let k = 0; k < 10; k++) {
      const plain = await exchange(server.port, JSON.stringify(STATUS)).catch((error) =>
        `${error}`
      );
      assert(!plain.includes("Response"), plain);
    }
    await untilIdle(server, before);

    const deaf = await Promise.all(Array.from({ length: 4 }, () => connectTls(server)));
    const flood = encode(JSON.stringify({ ...ALIVE, Id: "x".repeat(900_000) }));
    const sending = deaf.map(async (client) => {
      try {
        for (let k = 0; k < 40; k++) await writeAll(client, flood);
      } catch {
        // The service has had enough.
      }
    });
    await until("the deaf to come", () => socketsOf(server) > before);
    const others = async () => (await ask()).Response.Discription;
    await until("the deaf to be dropped", async () => await others() === "All process: 2");
    // What they were sent comes now, and then the end.
    await Promise.all([...deaf.map(readAll), ...sending]);
    await untilIdle(server, before);
    assertEquals(await others(), "All process: 2");
  },
);

const ROUNDS = amountOf("vanishing-tls-clients");

test(
  `${ROUNDS} times eight TLS clients that vanish at any moment leave nothing behind`,
  async (way, folder) => {
    await using server = await startServer(way, { root: folder, args: TLS });
    const ask = () => requestTls(server, { Header: "Info", Request: "All process" });
    const before = await idleSockets(server, ask);
    const request = encode(JSON.stringify({ ...ALIVE, Id: "x".repeat(100_000) }));
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(Array.from({ length: 8 }, async (_, kind) => {
        if (kind < 3) {
          const client = await server.connect();
          if (kind === 1) await client.write(new Uint8Array([0x16, 0x03]));
          if (kind === 2) await client.closeWrite();
          return client.close();
        }
        const client = await connectTls(server);
        if (kind > 3) await client.handshake();
        if (kind === 5) await writeAll(client, request.subarray(0, 70_000));
        if (kind === 6) await writeAll(client, request);
        if (kind === 7) {
          await writeAll(client, request);
          await client.read(new Uint8Array(1));
        }
        client.close();
      }));
    }
    await untilIdle(server, before);
    assertEquals((await ask()).Response.Discription, "All process: 2");
    assertEquals(eventsIn(server.stderr), []);
  },
  waysOf(ROUNDS),
);

test("an idle TLS client gets IDLE_TIMEOUT", async (way, folder) => {
  const config = join(folder, "service.toml");
  await Deno.writeTextFile(config, "[limits]\nidle-seconds = 0.2\n");
  await using server = await startServer(way, { root: folder, args: [...TLS, "--config", config] });
  const client = await connectTls(server);
  await client.handshake();
  assertStringIncludes(await readAll(client), "IDLE_TIMEOUT");
});

test("an error about an unusable certificate or key names its file", async (way, folder) => {
  const refused = async (args: string[], ...parts: string[]) => {
    const { code, stdout, stderr } = await finish(way, ["serve", "--root", folder, ...args]);
    assertEquals([code, stdout], [2, ""], stderr);
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    for (const part of parts) assertStringIncludes(stderr, part);
  };
  const pair = (cert: string, key: string) => ["--tls-cert", cert, "--tls-key", key];
  const nothing = join(folder, "nothing.pem"), text = join(folder, "text.pem");
  await Deno.writeTextFile(text, "hello\n");
  await refused(["--tls-cert", CERT], "tls-key is missing");
  await refused(["--tls-key", KEY], "tls-cert is missing");
  await refused(pair(nothing, KEY), `the file ${nothing} of tls-cert`, "it doesn't exist");
  await refused(pair(CERT, nothing), `the file ${nothing} of tls-key`, "it doesn't exist");
  await refused(pair(text, KEY), text, "No certificates found");
  await refused(pair(CERT, text), text, "No keys found");
  await refused(pair(CERT, certificatePath("other-key.pem")), "other-key.pem", "KeyMismatch");
});

test(
  "send uses TLS and the token of its file or variable",
  async (way, folder, tokenFile) => {
    await using server = await startServer(way, {
      root: folder,
      args: [...TLS, "--token-file", tokenFile],
    });
    const send = (
      request: string,
      args: string[],
      options: { env?: Record<string, string>; input?: string } = {},
    ) => finish(way, ["send", request, "--port", `${server.port}`, ...args], options);
    const ca = ["--tls-ca", CERT];
    const request = '{"Header":"Info","Request":"Status","Id":12345678901234567890.0}';

    const known = await send(request, [...ca, "--token-file", tokenFile]);
    assertEquals([known.code, known.stderr], [0, ""], known.stdout);
    const echoed = '{"Header":"Info","Request":"Status","Id":12345678901234567890.0,"Response":';
    assert(known.stdout.startsWith(echoed), known.stdout);

    const env = { MEASURING_TOKEN: TOKEN };
    const piped = await send("-", ca, { env, input: ` ${request}\n` });
    assertEquals([piped.code, piped.stderr], [0, ""], piped.stdout);
    assert(piped.stdout.startsWith(echoed), piped.stdout);

    const own = await send('{"Token":"of its own","Header":"Info","Request":"Status"}', ca, {
      env,
    });
    assertEquals([own.code, JSON.parse(own.stdout).Response.Error.Code], [1, "UNAUTHORIZED"]);
    const without = await send(request, ca);
    assertEquals([without.code, JSON.parse(without.stdout).Response.Error.Code], [
      1,
      "UNAUTHORIZED",
    ]);
    const broken = await send("{]", ca, { env });
    assertEquals([broken.code, JSON.parse(broken.stdout).Response.Error.Code], [1, "BAD_JSON"]);

    const stranger = await send(request, ["--tls-ca", certificatePath("other-cert.pem")], { env });
    assertEquals([stranger.code, stranger.stdout], [1, ""]);
    assertMatch(stranger.stderr, /^tcp_server: no TLS with 127\.0\.0\.1:\d+: .*certificate.*\n$/);
    assertMatch((await send(request, ["--tls"], { env })).stderr, /no TLS with .*certificate/);
    const plain = await send(request, [], { env });
    assertEquals([plain.code, plain.stdout], [1, ""]);
    assertMatch(plain.stderr, /speaks TLS: give --tls|closed the connection without a reply/);

    for (
      const [args, part] of [
        [["--tls-ca", join(folder, "none")], "of --tls-ca can't be read"],
        [["--tls=yes"], "--tls takes no value"],
        [["--token-file", join(folder, "none")], "it doesn't exist"],
      ] as const
    ) {
      const { code, stderr } = await send(request, [...args]);
      assertEquals(code, 2);
      assertStringIncludes(stderr, part);
    }
  },
);

test(
  "jobs, watch, cancel and run --remote use TLS and the token, too",
  async (way, folder, tokenFile) => {
    const data = join(folder, "data");
    await Deno.mkdir(data);
    await writeSample(data, 1000);
    await Deno.writeTextFile(join(data, "work.ts"), "export const map = ({ u }) => ({ u });");
    await using server = await startServer(way, {
      root: data,
      args: [...TLS, "--token-file", tokenFile],
    });
    const access = ["--tls-ca", CERT, "--token-file", tokenFile];
    const job = ["--directory", data, "--base", "time_series.parquet", "--file", "work.ts"];
    const remote = ["run", "--remote", `127.0.0.1:${server.port}`, ...job];
    const refused = await finish(way, [...remote, "--tls-ca", CERT]);
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr + refused.stdout, "Token is missing");
    const ran = await finish(way, [...remote, ...access]);
    assertEquals([ran.code, ran.stderr], [0, ""], ran.stdout);
    const { Id } = JSON.parse(ran.stdout).Response.Job;
    assert(!ran.stdout.includes(TOKEN));
    for (const command of [["jobs"], ["watch", Id], ["cancel", Id]]) {
      const told = await finish(way, [...command, "--port", `${server.port}`, ...access]);
      assertEquals(told.stderr, "");
      assertStringIncludes(told.stdout, "complete");
    }
  },
);
