import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { patiently } from "../../scripts/patience.ts";
import { writeSample } from "../support/fixtures.ts";
import {
  bothWays,
  type RunningServer,
  startServer,
  tempDir,
  type Way,
  ways,
} from "../support/harness.ts";
import { get, type Got, pageOf } from "../support/http_client.ts";
import { end, GATE, QUICK, reach, submit, told, writeFormulas } from "../support/job_requests.ts";
import { as, auditOf, type Member, member, reread, writeTokens } from "../support/named_clients.ts";

const ANN = member("ann", "run", { roots: ["lab"] }), BOB = member("bob", "run", { hashed: true });
const EVE = member("eve", "look", { hashed: true }), ADA = member("ada", "admin");
const ALL = [ANN, BOB, EVE, ADA];
const UNKNOWN = "00000000-0000-4000-8000-000000000000";

interface Place {
  page: URL;
  server: RunningServer;
  data: string;
  tokens: string;
}

function test(
  name: string,
  check: (place: Place) => Promise<void>,
  on: readonly Way[] = ways,
): void {
  for (const way of on) {
    Deno.test(`${name} [${way.name}]`, async () => {
      await using folder = await tempDir();
      const data = join(folder.path, "data"), tokens = join(folder.path, "tokens.toml");
      await Deno.mkdir(join(data, "lab"), { recursive: true });
      for (const place of [data, join(data, "lab")]) {
        await writeSample(place, 1000);
        await writeFormulas(place, {
          "quick.ts": QUICK,
          "gate.ts": GATE,
          "map.ts": "export const map = ({ u }) => ({ u });",
        });
      }
      await writeTokens(tokens, ALL);
      const args = ["--http", "127.0.0.1:0", "--tokens-file", tokens];
      await using server = await startServer(way, { root: data, args });
      await check({ page: await pageOf(server), server, data, tokens });
    });
  }
}

const bearer = ({ token }: Member) => ({ Authorization: `Bearer ${token}` });

/** The cookie that a browser gets which brings a client's token. */
async function signIn(page: URL, { token }: Member): Promise<Record<string, string>> {
  const { status, headers } = await get(page, "/", {}, { method: "POST", body: `token=${token}` });
  assertEquals(status, 200);
  const cookie = headers.get("set-cookie")!;
  assertMatch(cookie, /^measuring_\d+=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/);
  assert(!cookie.includes(token));
  return { Cookie: cookie.split(";")[0]! };
}

const codeOf = ({ status, text }: Got) =>
  status === 200 ? "ok" : `${status} ${JSON.parse(text).Error.Code}`;

test(
  "each client signs in with its own token and gets a session with its name and role",
  async ({ page, server }) => {
    const cookies = new Set<string>();
    for (const one of ALL) {
      const cookie = await signIn(page, one);
      cookies.add(cookie.Cookie!);
      for (const headers of [cookie, bearer(one)]) {
        const { status, text } = await get(page, "/api/session", headers);
        const { Name, Role, Service } = JSON.parse(text);
        assertEquals([status, Name, Role], [200, one.name, one.role]);
        assertEquals([Service.Port, Service.Tls, Service.Token], [server.port, false, true]);
        for (const path of ["/", "/metrics", "/api/jobs", "/api/history"]) {
          assertEquals((await get(page, path, headers)).status, 200, path);
        }
      }
      assertEquals((await get(page, "/api/session", { Cookie: `${cookie.Cookie}0` })).status, 401);
    }
    assertEquals(cookies.size, ALL.length);
    assertEquals((await get(page, "/?token=the-token-of-nobody-itself")).status, 401);
    assertEquals((await get(page, "/api/session")).status, 401);
    assertEquals((await get(page, "/")).status, 401);
    assertEquals((await get(page, "/healthz")).status, 200);
  },
  bothWays,
);

test("the page shows and cancels the jobs that the client's role allows", async ({ page, server, data }) => {
  const gate = await submit(as(server, BOB), data, "gate.ts");
  await reach(as(server, BOB), gate.Id, "running");
  // A relative name that starts at the client's own root.
  const table = await submit(as(server, ANN), ".", "map.ts");
  await end(as(server, ANN), table.Id);
  const cookies = new Map<Member, Record<string, string>>();
  for (const one of ALL) cookies.set(one, await signIn(page, one));
  const read = async (one: Member, path: string) =>
    codeOf(await get(page, `/api/${path}`, cookies.get(one)));
  const cancel = async (one: Member, id: string) =>
    codeOf(await get(page, `/api/jobs/${id}/cancel`, cookies.get(one), { method: "POST" }));
  const parts = ["", "/log", "/request", "/result", "/plot?y=u"];
  for (const part of parts) {
    const got = [];
    for (const one of ALL) got.push(await read(one, `jobs/${table.Id}${part}`));
    assertEquals(got, ["ok", "404 JOB_NOT_FOUND", "ok", "ok"], part);
    const foreign = await get(page, `/api/jobs/${gate.Id}${part}`, cookies.get(ANN));
    const unknown = await get(page, `/api/jobs/${UNKNOWN}${part}`, cookies.get(ANN));
    assertEquals(foreign.text, unknown.text.replaceAll(UNKNOWN, gate.Id));
    assertEquals(foreign.status, 404);
  }
  const retry = async (one: Member, id: string) =>
    codeOf(await get(page, `/api/jobs/${id}/retry`, cookies.get(one), { method: "POST" }));
  assertEquals(await retry(EVE, gate.Id), "403 FORBIDDEN");
  assertEquals(await retry(ANN, gate.Id), "404 JOB_NOT_FOUND");
  assertEquals(await retry(ANN, UNKNOWN), "404 JOB_NOT_FOUND");
  const names = async (one: Member) =>
    JSON.parse((await get(page, "/api/names", cookies.get(one))).text).Clients;
  assertEquals([await names(ANN), await names(BOB)], [["ann"], ["bob"]]);
  assertEquals(await names(EVE), ["ann", "bob"]);
  const listed = async (one: Member) =>
    JSON.parse((await get(page, "/api/jobs", cookies.get(one))).text).Jobs
      .map(({ Owner }: { Owner: string }) => Owner).sort();
  assertEquals([await listed(ANN), await listed(BOB)], [["ann"], ["bob"]]);
  assertEquals([await listed(EVE), await listed(ADA)], [["ann", "bob"], ["ann", "bob"]]);

  assertEquals(await cancel(EVE, gate.Id), "403 FORBIDDEN");
  assertEquals(await cancel(ANN, gate.Id), "404 JOB_NOT_FOUND");
  assertEquals((await told(as(server, BOB), "Status", { Id: gate.Id })).State, "running");
  assertEquals(await cancel(BOB, gate.Id), "ok");
  assertEquals((await told(as(server, EVE), "Status", { Id: gate.Id })).State, "cancelled");
  const second = await submit(as(server, BOB), data, "gate.ts");
  assertEquals(await cancel(ADA, second.Id), "ok");
  const cancels = auditOf(server).filter(({ request }) => request === "cancel")
    .map(({ client, job, code }) => [client, job, code]);
  assertEquals(cancels, [
    ["eve", gate.Id, "FORBIDDEN"],
    ["ann", gate.Id, "JOB_NOT_FOUND"],
    ["bob", gate.Id, null],
    ["ada", second.Id, null],
  ]);
});

/** Follows what happens as a client; gives the events of each kind as they come. */
async function follow(page: URL, headers: Record<string, string>) {
  const reply = await fetch(new URL("/api/events", page), { headers });
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    /** Waits until what came says this. */
    async says(wanted: RegExp): Promise<string> {
      while (!wanted.test(text)) {
        const { done, value } = await patiently(reader.read(), `${wanted}`, () => reader.cancel());
        if (done) throw new Error(`the events ended without ${wanted}: ${text}`);
        text += value;
      }
      return text;
    },
    async ended(): Promise<void> {
      const rest = (async () => {
        while (!(await reader.read()).done);
      })();
      await patiently(rest, "the events to end", () => reader.cancel());
    },
    close: () => reader.cancel(),
  };
}

test("events reach a client only for jobs that it may see", async ({ page, server, data }) => {
  const followers = await Promise.all(ALL.map((one) => follow(page, bearer(one))));
  const gate = await submit(as(server, BOB), data, "gate.ts");
  await reach(as(server, BOB), gate.Id, "running");
  const own = await submit(as(server, ANN), ".", "quick.ts");
  await end(as(server, ANN), own.Id);
  const seen = new RegExp(`"Id":"${own.Id}","State":"complete"`), foreign = new RegExp(gate.Id);
  const [ann, bob, ...others] = followers;
  assert(!foreign.test(await ann!.says(seen)));
  assert(!(await bob!.says(foreign)).includes(own.Id));
  for (const one of others) {
    await one.says(seen);
    await one.says(foreign);
  }
  await told(as(server, ADA), "Cancel", { Id: gate.Id });
  for (const one of followers) await one.close();
});

test("a session follows the current tokens file", async ({ page, server, tokens }) => {
  const cookies = await Promise.all(ALL.map((one) => signIn(page, one)));
  const events = await follow(page, cookies[3]!);
  await events.says(/event: service/);
  await writeTokens(tokens, [
    member("ann", "look"),
    { ...BOB, token: "another-token-of-bob" },
    { ...EVE, role: "admin" },
  ]);
  await reread(server);
  await events.ended();
  const sessions = await Promise.all(cookies.map((cookie) => get(page, "/api/session", cookie)));
  assertEquals(
    sessions.map(({ status, text }) => status === 200 ? JSON.parse(text).Role : status),
    [
      "look",
      401,
      "admin",
      401,
    ],
  );
});

test("a failed sign-in is logged, and opening the page isn't", async (place) => {
  const { page, server } = place;
  await get(page, "/");
  await get(page, "/?token=the-token-of-nobody-itself");
  await get(page, "/api/jobs");
  await get(page, "/healthz");
  const told = auditOf(server).map(({ client, address, request, code }) => [
    client,
    address,
    request,
    code,
  ]);
  const refused = [null, "127.0.0.1", "page", "UNAUTHORIZED"];
  assertEquals(told, [refused, refused]);
  assert(!server.stderr.includes("nobody"));
});
