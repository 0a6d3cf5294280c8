import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { SettingsError } from "../../mod/common/errors.ts";
import { HttpServer } from "../../mod/http/http_server.ts";
import { isCrossSite, isOwnHost } from "../../mod/http/page/origin.ts";
import { Server } from "../../mod/server.ts";
import { defaultSettings } from "../../mod/settings/settings.ts";
import {
  bothWays,
  compiled,
  finish,
  type RunningServer,
  startServer,
  tempDir,
  type Way,
  ways,
  writeAll,
} from "../support/harness.ts";
import { get, pageOf } from "../support/http_client.ts";
import { end, GATE, reach, submit, told, writeFormulas } from "../support/job_requests.ts";
import { writeSample } from "../support/fixtures.ts";
import { missingCommand, testWith } from "../support/needs.ts";
import { RawClient } from "../support/raw_client.ts";
import { until } from "../support/until.ts";

const noPrlimit = missingCommand(["prlimit", "util-linux"]);

const TOKEN = "correct-horse-battery-staple";

function test(
  name: string,
  body: (page: URL, server: RunningServer, folder: string) => Promise<void>,
  { token = null, on = ways, args: further = [] }: {
    token?: string | null;
    on?: readonly Way[];
    args?: readonly string[];
  } = {},
): void {
  for (const way of on) {
    Deno.test(`${name} [${way.name}]`, async () => {
      await using folder = await tempDir();
      await using secrets = await tempDir();
      const args = ["--http", "127.0.0.1:0", ...further];
      if (token !== null) {
        const file = join(secrets.path, "token");
        await Deno.writeTextFile(file, `${token}\n`, { mode: 0o600 });
        args.push("--http-token-file", file);
      }
      await using server = await startServer(way, { root: folder.path, args });
      await body(await pageOf(server), server, folder.path);
    });
  }
}

Deno.test("a server accepts its addresses, localhost and the name it listens on as host", () => {
  for (const host of ["127.0.0.1:1", "localhost:8080", "[::1]:80", "10.0.0.7", "lab.example:1"]) {
    assert(isOwnHost(host, "lab.example"), host);
  }
  for (
    const host of [null, "", "evil.example", "127.0.0.1.evil.example", "localhost.evil", "a b"]
  ) {
    assert(!isOwnHost(host, "127.0.0.1"), String(host));
  }
  assert(!isOwnHost("evil.example@127.0.0.1", "127.0.0.1"));
  assert(!isOwnHost("127.0.0.1/evil.example", "127.0.0.1"));
});

Deno.test("requests of another site's page are distinguished from those of people and programs", () => {
  const request = (headers: Record<string, string>, method = "GET") =>
    isCrossSite(new Request("http://127.0.0.1:1/", { method, headers }));
  const host = "127.0.0.1:1";
  assert(!request({ host }));
  assert(!request({ host, origin: `http://${host}` }, "POST"));
  assert(request({ host, origin: "http://evil.example" }, "POST"));
  assert(request({ host, origin: "http://127.0.0.1:2" }, "POST"));
  assert(request({ host, origin: "null" }, "POST"));
  assert(!request({ host, "sec-fetch-site": "same-origin" }, "POST"));
  const link = { host, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  assert(!request({ ...link, "sec-fetch-site": "none" }));
  assert(!request({ ...link, "sec-fetch-site": "cross-site" }));
  assert(request({ ...link, "sec-fetch-site": "cross-site" }, "POST"));
  assert(request({ ...link, "sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe" }));
  assert(request({ host, "sec-fetch-site": "same-site" }));
  const overTls = (headers: Record<string, string>) =>
    isCrossSite(new Request(`https://${host}/`, { method: "POST", headers }), true);
  assert(!overTls({ host, origin: `https://${host}` }));
  assert(overTls({ host, origin: `http://${host}` }));
});

test("a request for a foreign host name gets no answer", async (page) => {
  for (const path of ["/", "/healthz", "/metrics", "/api/jobs", "/style.css"]) {
    assertEquals((await get(page, path, { Host: "evil.example" })).status, 421, path);
    assertEquals((await get(page, path)).status, 200, path);
    assertEquals((await get(page, path, { Host: `localhost:${page.port}` })).status, 200, path);
  }
}, { on: bothWays });

test(
  "a program can cancel a job, and a page of another site can't",
  async (page, server, folder) => {
    await writeSample(folder, 1000);
    await writeFormulas(folder, { "gate.ts": GATE });
    const { Id } = await submit(server, folder, "gate.ts");
    await reach(server, Id, "running");
    const path = `/api/jobs/${Id}/cancel`;
    const cancel = (headers: Record<string, string>) =>
      get(page, path, headers, { method: "POST" });
    assertEquals((await cancel({ Origin: "http://evil.example" })).status, 403);
    assertEquals((await cancel({ "Sec-Fetch-Site": "cross-site" })).status, 403);
    assertEquals((await cancel({ "Sec-Fetch-Site": "same-site" })).status, 403);
    assertEquals((await get(page, path)).status, 404);
    assertEquals((await get(page, path, {}, { method: "PUT" })).status, 405);
    assertEquals((await told(server, "Status", { Id })).State, "running");
    const reply = await cancel({ Origin: page.origin, "Sec-Fetch-Site": "same-origin" });
    assertEquals([reply.status, JSON.parse(reply.text).Job.State], [200, "cancelled"]);
    const second = await submit(server, folder, "gate.ts", { Output: "second" });
    assertEquals(
      (await get(page, `/api/jobs/${second.Id}/cancel`, {}, { method: "POST" })).status,
      200,
    );
    assertEquals((await end(server, second.Id)).State, "cancelled");
  },
);

test("every reply forbids foreign content", async (page) => {
  for (const path of ["/", "/healthz", "/metrics", "/api/jobs", "/main.js", "/nothing"]) {
    const { headers } = await get(page, path);
    assertMatch(headers.get("content-security-policy")!, /^default-src 'self';/, path);
    assertEquals(headers.get("x-content-type-options"), "nosniff", path);
    assertEquals(headers.get("referrer-policy"), "no-referrer", path);
    assertEquals(headers.get("access-control-allow-origin"), null, path);
  }
});

test("only clients with the token are let in when one is set", async (page) => {
  for (const path of ["/metrics", "/api/jobs", "/api/history", "/api/events", "/nothing"]) {
    assertEquals((await get(page, path)).status, 401, path);
    assertEquals((await get(page, path, { Authorization: "Bearer wrong" })).status, 401, path);
    assertEquals((await get(page, `${path}?token=${TOKEN}`)).status, 401, path);
  }
  const bearer = { Authorization: `Bearer ${TOKEN}` };
  assertEquals((await get(page, "/metrics", bearer)).status, 200);
  assertEquals((await get(page, "/nothing", bearer)).status, 404);
  for (const path of ["/healthz", "/readyz"]) assertNotEquals((await get(page, path)).status, 401);
  const door = await get(page, "/");
  assertEquals(door.status, 401);
  assertMatch(door.text, /<input[^>]+name="token"/);
}, { token: TOKEN });

test("a link or a form with the token gives the browser a cookie", async (page) => {
  assertEquals((await get(page, "/?token=wrong-wrong-wrong-wrong")).status, 401);
  const form = { method: "POST", body: `token=${TOKEN}` };
  assertEquals((await get(page, "/", { Origin: "http://evil.example" }, form)).status, 403);
  const chunked = { "Transfer-Encoding": "chunked" };
  const unmeasured = { method: "POST", body: "" };
  assertEquals((await get(page, "/", chunked, unmeasured)).status, 401);
  for (
    const reply of [await get(page, `/?token=${TOKEN}`), await get(page, "/", {}, form)]
  ) {
    assertEquals(reply.status, 200);
    const cookie = reply.headers.get("set-cookie")!;
    assertMatch(cookie, /^measuring_\d+=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/);
    assert(!reply.text.includes(TOKEN) && !cookie.includes(TOKEN));
    const [own] = cookie.split(";");
    assertEquals((await get(page, "/api/jobs", { Cookie: `a=b; ${own}` })).status, 200);
    assertEquals((await get(page, "/", { Cookie: own! })).status, 200);
    assertEquals((await get(page, "/api/jobs", { Cookie: `${own}0` })).status, 401);
  }
}, { token: TOKEN });

for (const way of ways) {
  Deno.test(`a page that can't be served securely is refused at the start [${way.name}]`, async () => {
    await using folder = await tempDir();
    const open = join(folder.path, "open");
    await Deno.writeTextFile(open, TOKEN);
    await Deno.chmod(open, 0o644);
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const refused: [args: string[], code: number, message: RegExp][] = [
      [["--http", "0.0.0.0:0"], 2, /without a token http listens on this machine only/],
      [["--http", "[::]:0"], 2, /without a token http listens on this machine only/],
      [["--http", "127.0.0.1"], 2, /http must be HOST:PORT/],
      [["--http", "127.0.0.1:99999"], 2, /http must be HOST:PORT/],
      [["--http", "127.0.0.1:0", "--http-token-file", open], 2, /open to every user/],
      [["--http", "127.0.0.1:0", "--http-token-file", `${open}.not`], 2, /doesn't exist/],
      [["--http", `127.0.0.1:${taken.addr.port}`], 1, /is in use/],
    ];
    for (const [args, code, message] of refused) {
      const root = ["--port", "0", "--root", folder.path];
      const ended = await finish(way, ["serve", ...root, ...args]);
      assertEquals(ended.code, code, `${args.join(" ")}: ${ended.stderr}`);
      assertMatch(ended.stderr, message);
      assertEquals(ended.stdout, "");
    }
  });
}

Deno.test("the option insecure opens the page to other machines", async () => {
  await using folder = await tempDir();
  const settings = { ...defaultSettings(), port: 0, roots: [folder.path], http: "0.0.0.0:0" };
  assertThrows(
    () => new Server(settings, HttpServer),
    SettingsError,
    "listens on this machine only",
  );
  await new Server({ ...settings, insecure: true }, HttpServer).stop();
});

test("clients without a token take up no places of others", async (page, server) => {
  const { hostname, port } = page;
  const head = `POST / HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: 2000\r\n\r\ntoken=`;
  const unfinished = await Promise.all(Array.from({ length: 300 }, async () => {
    const connection = await Deno.connect({ hostname, port: Number(port) });
    await writeAll(connection, new TextEncoder().encode(head));
    return connection;
  }));
  const bearer = { authorization: `Bearer ${TOKEN}` };
  for (const path of ["/healthz", "/metrics", "/", "/api/jobs"]) {
    const { status } = await get(page, path, bearer);
    assertEquals(status, 200, path);
  }
  assertEquals((await server.request({ Header: "Info", Request: "Status" })).Header, "Info");
  // Some are read until their time is up, the others are refused at once.
  const statuses = await Promise.all(unfinished.map(async (connection) => {
    const buffer = new Uint8Array(64);
    const length = await connection.read(buffer) ?? 0;
    connection.close();
    return new TextDecoder().decode(buffer.subarray(0, length)).slice(9, 12);
  }));
  assertEquals([...new Set(statuses)].sort(), ["408", "503"]);
  assertEquals(statuses.filter((status) => status === "408").length, 32);
}, { token: TOKEN, args: ["--limit", "http-client-connections=400"] });

testWith(noPrlimit, `HTTP survives a lack of file descriptors [${compiled.name}]`, async () => {
  await using folder = await tempDir();
  await using server = await startServer(compiled, {
    root: folder.path,
    args: ["--http", "127.0.0.1:0", "--limit", "http-idle-seconds=3600"],
  });
  const page = await pageOf(server);
  const ready = (path: string) =>
    until(`an answer from ${path}`, async () => {
      try {
        return (await get(page, path)).status === 200;
      } catch {
        return false; // it was reset
      }
    });
  await ready("/readyz");
  using kept = await RawClient.open(page);
  let answers = 0;
  const goesOn = () => {
    answers++;
    kept.write(`GET /healthz HTTP/1.1\r\nHost: ${page.host}\r\n\r\n`);
    return until("an answer", () => kept.text.split("ok\n").length > answers);
  };
  await goesOn();
  const limit = async (files: string) => {
    const { success } = await new Deno.Command("prlimit", {
      args: ["--pid", String(server.pid), `--nofile=${files}`],
    }).output();
    assert(success, `the limit can't be ${files}`);
  };
  const limits = Deno.readTextFileSync(`/proc/${server.pid}/limits`);
  const [, soft] = /^Max open files +(\d+)/m.exec(limits)!;
  /** Asks for the page while the server may open so many more files; whether the log has told of a want of them. */
  const ask = async (free: number) => {
    const used = new Set([...Deno.readDirSync(`/proc/${server.pid}/fd`)].map(({ name }) => name));
    let first = 0;
    for (let left = free; used.has(String(first)) || left-- > 0;) first++;
    await limit(`${first}:`);
    using client = await Deno.connect({ hostname: page.hostname, port: Number(page.port) });
    const head = `GET / HTTP/1.1\r\nHost: ${page.host}\r\n\r\n`;
    await writeAll(client, new TextEncoder().encode(head)).catch(() => {}); // it may be reset
    await new Promise((resolve) => setTimeout(resolve, 100));
    await limit(`${soft}:`);
    await ready("/healthz");
    return server.stderr.includes("http could take on no connection");
  };
  // What the server opens and closes of its own at this moment may make room.
  await until("the log to tell of it", () => ask(0));
  // A connection takes three: its own, and the two ends of one to the server that answers.
  for (const free of [1, 2]) await ask(free);
  // Who was there before is not in the way, and goes on.
  await goesOn();
  const { text } = await get(page, "/metrics");
  assertMatch(text, /^measuring_http_breaks_total [1-9]/m);
  assertEquals((await server.request({ Header: "Info", Request: "Status" })).Header, "Info");
});
