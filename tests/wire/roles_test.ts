import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { writeSample } from "../support/fixtures.ts";
import {
  bothWays,
  finish,
  LineReader,
  type RunningServer,
  startServer,
  tempDir,
  type Way,
  ways,
  writeAll,
} from "../support/harness.ts";
import {
  ask,
  type Asked,
  end,
  GATE,
  QUICK,
  reach,
  submit,
  type Told,
  told,
  writeFormulas,
} from "../support/job_requests.ts";
import { as, auditOf, member, reread, writeTokens } from "../support/named_clients.ts";
import { until } from "../support/until.ts";

const ANN = member("ann", "run"), BOB = member("bob", "run", { hashed: true });
const EVE = member("eve", "look"), ADA = member("ada", "admin");
const ALL = [ANN, BOB, EVE, ADA];
const UNKNOWN = "00000000-0000-4000-8000-000000000000";

interface Place {
  way: Way;
  /** The service's root, with data and formulas. */
  data: string;
  tokens: string;
  state: string;
  /** Starts a service whose clients are in the tokens file. */
  start(...args: string[]): Promise<RunningServer>;
}

function test(name: string, check: (place: Place) => Promise<void>, on = ways): void {
  for (const way of on) {
    Deno.test(`${name} [${way.name}]`, async () => {
      await using folder = await tempDir();
      const data = join(folder.path, "data"), tokens = join(folder.path, "tokens.toml");
      const state = join(folder.path, "state");
      await Deno.mkdir(data);
      await writeSample(data, 1000);
      await writeFormulas(data, { "quick.ts": QUICK, "gate.ts": GATE });
      await writeTokens(tokens, ALL);
      const start = (...args: string[]) =>
        startServer(way, { root: data, args: ["--tokens-file", tokens, ...args] });
      await check({ way, data, tokens, state, start });
    });
  }
}

/** A request about a job, and what each of these is answered: the code of its error, or `ok`. */
type Row = [request: string, own: string, foreign: string, unknown: string];

const READS: Row[] = ["Status", "Log", "Watch", "Result"].map((
  action,
) => [action, "ok", "ok", "JOB_NOT_FOUND"]);
const OWN_READS: Row[] = READS.map(([action]) => [action, "ok", "JOB_NOT_FOUND", "JOB_NOT_FOUND"]);

test("the role and the owner of a job decide the answer", async ({ data, start }) => {
  await using server = await start("--log-level", "error");
  const jobs = new Map<string, string>();
  for (const client of [ANN, BOB, ADA]) {
    const { Id, Owner, Client } = await submit(as(server, client), data, "quick.ts", {
      Output: client.name,
    });
    assertEquals([Owner, Client], [client.name, client.name]);
    jobs.set(client.name, Id);
    await end(as(server, client), Id);
  }
  const table: [client: typeof ANN, own: string | null, foreign: string, rows: Row[]][] = [
    [ANN, "ann", "bob", [...OWN_READS, ["Cancel", "ok", "JOB_NOT_FOUND", "JOB_NOT_FOUND"]]],
    [BOB, "bob", "ada", [...OWN_READS, ["Cancel", "ok", "JOB_NOT_FOUND", "JOB_NOT_FOUND"]]],
    [EVE, null, "ann", [...READS, ["Cancel", "FORBIDDEN", "FORBIDDEN", "FORBIDDEN"]]],
    [ADA, "ada", "bob", [...READS, ["Cancel", "ok", "ok", "JOB_NOT_FOUND"]]],
  ];
  for (const [client, own, foreign, rows] of table) {
    const asked = as(server, client);
    const code = async (Action: string, Id: string) =>
      (await ask(asked, Action, { Id })).Error?.Code ?? "ok";
    for (const [action, ...wanted] of rows) {
      const got = [
        own === null ? wanted[0] : await code(action, jobs.get(own)!),
        await code(action, jobs.get(foreign)!),
        await code(action, UNKNOWN),
      ];
      assertEquals(got, wanted, `${action} by ${client.name}`);
    }
    const { Jobs } = await ask(asked, "List");
    const listed = (Jobs as Told[]).map(({ Owner }) => Owner).sort();
    assertEquals(listed, client.role === "run" ? [client.name] : ["ada", "ann", "bob"]);
    assertEquals((await ask(asked, "List", { Client: "ann" })).Jobs.length, own === "bob" ? 0 : 1);
    const info = await asked.request({ Header: "Info", Request: "Status" });
    assertEquals(info.Response.Status, "complete");
  }
});

test("a foreign job gets exactly the answer of a missing one", async ({ data, start }) => {
  await using server = await start("--log-level", "error");
  const gate = await submit(as(server, ANN), data, "gate.ts", { Key: "the key" });
  await reach(as(server, ANN), gate.Id, "running");
  for (const Action of ["Status", "Log", "Watch", "Result", "Cancel"]) {
    const answer = async (Id: string) =>
      JSON.stringify(await ask(as(server, BOB), Action, { Id })).replaceAll(Id, "ID");
    assertEquals(await answer(gate.Id), await answer(UNKNOWN), Action);
  }
  // A key is its owner's: for another client it is free, whatever it asks for.
  const other = await submit(as(server, BOB), data, "quick.ts", { Key: "the key", Output: "b" });
  assert(other.Id !== gate.Id);
  const again = await submit(as(server, ANN), data, "gate.ts", { Key: "the key" });
  assertEquals(again.Id, gate.Id);
  assertEquals((await told(as(server, ANN), "Status", { Id: gate.Id })).State, "running");
  // deno-lint-ignore no-explicit-any
  const working = async (asked: Asked): Promise<any[]> => {
    const { Response } = await asked.request({ Header: "Info", Request: "Status" });
    // deno-lint-ignore no-explicit-any
    return (Response.Statistic as any).Processes.map(({ Job }: { Job: unknown }) => Job);
  };
  await until(
    "the figures to tell of the job",
    async () => (await working(as(server, EVE))).includes(gate.Id),
  );
  assert((await working(as(server, BOB))).every((job) => job === null));
  assertEquals((await told(as(server, ADA), "Cancel", { Id: gate.Id })).State, "cancelled");
});

test(
  "a viewer can't submit, run or cancel, and the error names the role that can",
  async ({ data, start }) => {
    await using server = await start("--log-level", "error");
    const fields = { Directory: data, Base: "time_series.parquet", File: "quick.ts" };
    const { Error: submitted } = await ask(as(server, EVE), "Submit", fields);
    const { Response: { Error: ran } } = await as(server, EVE).request({
      Header: "Dask",
      Request: fields,
    });
    const { Error: cancelled } = await ask(as(server, EVE), "Cancel", { Id: UNKNOWN });
    for (
      const [request, error] of Object.entries({ submit: submitted, dask: ran, cancel: cancelled })
    ) {
      assertEquals(error!.Code, "FORBIDDEN");
      assertMatch(
        error!.Message,
        new RegExp(`^${request} takes the role run or admin, and eve has`),
      );
    }
    assertEquals((await ask(as(server, EVE), "List")).Jobs, []);
    const { Response } = await as(server, ANN).request({ Header: "Dask", Request: fields });
    assertEquals(Response.Status, "complete");
    const [job] = (await ask(as(server, EVE), "List")).Jobs;
    assertEquals([job.Id, job.Owner], [Response.Job!.Id, "ann"]);
    for (const token of ["the-token-of-nobody-itself", undefined, 5]) {
      const reply = await server.request({ Header: "Info", Request: "Status", Token: token });
      assertEquals(reply.Response.Error?.Code, "UNAUTHORIZED");
    }
  },
);

test("named clients take turns, and a priority orders a client's own jobs", async ({ data, start }) => {
  await using server = await start("--limit", "jobs=1", "--log-level", "error");
  const gate = await submit(as(server, ADA), data, "gate.ts");
  await reach(as(server, ADA), gate.Id, "running");
  const names = new Map<string, string>();
  const add = async (client: typeof ANN, name: string, Priority: number) => {
    const fields = { Priority, Output: name, Client: "the same for all" };
    names.set((await submit(as(server, client), data, "quick.ts", fields)).Id, name);
  };
  await add(ANN, "a1", 0);
  await add(ANN, "a2", 100);
  await add(ANN, "a3", 50);
  await add(BOB, "b1", -100);
  await add(BOB, "b2", 0);
  await add(ADA, "z1", 1);
  await add(ADA, "z2", -1);
  await Deno.writeTextFile(join(data, "go"), "");
  for (const id of names.keys()) await end(as(server, ADA), id);
  const { Jobs } = await ask(as(server, EVE), "List");
  const times = ({ Started, Ended }: Told) => `${Started} ${Ended}`;
  const started = (Jobs as Told[]).filter(({ Id }) => names.has(Id))
    .sort((a, b) => times(a) < times(b) ? -1 : 1).map(({ Id }) => names.get(Id));
  assertEquals(started, ["z1", "a2", "b2", "a3", "b1", "a1", "z2"]);
});

test("a client can use files under its own roots only", async ({ data, tokens, start, way }) => {
  for (const folder of ["lab", "lab/deep", "shared", "other"]) {
    await Deno.mkdir(join(data, folder));
    await writeSample(join(data, folder), 100);
    await writeFormulas(join(data, folder), { "quick.ts": QUICK, "gate.ts": GATE });
  }
  await Deno.symlink(join(data, "other"), join(data, "lab", "link"));
  const carl = member("carl", "run", { roots: ["lab", join(data, "shared")] });
  await writeTokens(tokens, [...ALL, carl]);
  await using server = await start("--log-level", "error");
  const run = async (client: typeof ANN, Directory: string, Base = "time_series.parquet") => {
    const Request = { Directory, Base, File: "quick.ts", Params: 1 };
    const { Response } = await as(server, client).request({ Header: "Dask", Request });
    return Response.Error ?? { Code: "ok", Message: "" };
  };
  for (
    const name of [".", "deep", join(data, "lab"), join(data, "lab/deep"), join(data, "shared")]
  ) {
    assertEquals((await run(carl, name)).Code, "ok", name);
  }
  const outside = await run(carl, "/nowhere/at/all");
  for (const name of [data, join(data, "other"), "..", "../other", "link", "/tmp", "/nowhere"]) {
    const error = await run(carl, name);
    assertEquals(error.Code, "FORBIDDEN_PATH", name);
    assertEquals(error.Message, outside.Message.replace("/nowhere/at/all", name));
  }
  const base = await run(carl, ".", "../other/time_series.parquet");
  assertEquals(base.Code, "FORBIDDEN_PATH");
  assertEquals((await run(carl, ".", "../shared/time_series.parquet")).Code, "ok");
  assertEquals((await run(ANN, "other")).Code, "ok");
  assertEquals((await run(ANN, ".")).Code, "ok");

  const refused = async (roots: string[], message: RegExp, file = tokens) => {
    await writeTokens(file, [member("carl", "run", { roots })]);
    const args = ["serve", "--port", "0", "--root", data, "--tokens-file", file];
    const { code, stdout, stderr } = await finish(way, args);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, message);
  };
  await refused([".."], /the roots of the client carl: \.\. lies outside the folders/);
  await refused(["lab", "none"], /the roots of the client carl: Directory none doesn't exist/);
  await refused(["lab/quick.ts"], /Directory lab\/quick\.ts is not a folder/);
  await refused(["lab"], /lies under a root, where formulas may read it/, join(data, "lab", "t"));
});

test(
  "a restart keeps owners of jobs and the roots of clients",
  async ({ data, tokens, state, start }) => {
    await Deno.mkdir(join(data, "lab"));
    await writeSample(join(data, "lab"), 100);
    await writeFormulas(join(data, "lab"), { "quick.ts": QUICK, "gate.ts": GATE });
    const carl = member("carl", "run", { roots: ["lab"] });
    await writeTokens(tokens, [...ALL, carl]);
    const args = ["--state", state, "--limit", "jobs=1", "--log-level", "error"];
    const first = await start(...args);
    const done = await submit(as(first, ANN), data, "quick.ts", { Key: "k" });
    await end(as(first, ANN), done.Id);
    const gate = await submit(as(first, BOB), data, "gate.ts", { Key: "k" });
    await reach(as(first, BOB), gate.Id, "running");
    // A relative name starts at the client's own root, after the restart, too.
    const waits = await submit(as(first, carl), ".", "quick.ts", { Priority: 9 });
    assertEquals(waits.State, "queued");
    await first.kill();
    await using server = await start(...args);
    for (const [client, job] of [[ANN, done], [BOB, gate], [carl, waits]] as const) {
      assertEquals((await told(as(server, client), "Status", { Id: job.Id })).Owner, client.name);
      for (const other of [ANN, BOB, carl].filter((one) => one !== client)) {
        const { Error } = await ask(as(server, other), "Status", { Id: job.Id });
        assertEquals(Error.Code, "JOB_NOT_FOUND");
      }
    }
    assertEquals((await submit(as(server, ANN), data, "quick.ts", { Key: "k" })).Id, done.Id);
    await Deno.writeTextFile(join(data, "go"), "");
    assertEquals((await end(as(server, BOB), gate.Id)).State, "complete");
    assertEquals((await end(as(server, carl), waits.Id)).State, "complete");
    await Deno.stat(join(data, "lab", "quick_ansver.txt"));
  },
  bothWays,
);

test(
  "viewers and admins see jobs without an owner, and so do all clients without names",
  async ({ way, data, state, start }) => {
    const open = () => startServer(way, { root: data, args: ["--state", state] });
    const before = await open();
    const { Id, Owner } = await submit(before, data, "quick.ts");
    assertEquals(Owner, undefined);
    await end(before, Id);
    await before.stop();
    const named = await start("--state", state);
    for (const client of ALL) {
      const { Error, Job } = await ask(as(named, client), "Status", { Id });
      assertEquals(Error?.Code ?? Job.State, client.role === "run" ? "JOB_NOT_FOUND" : "complete");
    }
    const own = await submit(as(named, ANN), data, "quick.ts");
    await end(as(named, ANN), own.Id);
    await named.stop();
    await using after = await open();
    assertEquals((await told(after, "Status", { Id: own.Id })).Owner, "ann");
    assertEquals((await ask(after, "List")).Jobs.length, 2);
  },
);

test(
  "SIGHUP applies changed roles, tokens and roots, and an unusable file changes nothing",
  async ({ data, tokens, start }) => {
    await using server = await start();
    const fields = { Directory: data, Base: "time_series.parquet", File: "quick.ts" };
    const code = async (client: typeof ANN, request = fields) => {
      const { Response } = await as(server, client).request({ Header: "Dask", Request: request });
      return Response.Error?.Code ?? "ok";
    };
    assertEquals([await code(ANN), await code(EVE)], ["ok", "FORBIDDEN"]);
    const gate = await submit(as(server, ANN), data, "gate.ts");
    await using watch = await watching(server, EVE.token, gate.Id);
    assertMatch(await watch.next(), /"State":"(queued|running)"/);

    await Deno.mkdir(join(data, "lab"));
    const changed = [
      member("ann", "run", { roots: ["lab"] }),
      member("bob", "run", { token: "another-token-of-bob" }),
      member("eve", "run"),
      ADA,
    ];
    await writeTokens(tokens, changed);
    await reread(server);
    assertEquals(await code(ANN), "FORBIDDEN_PATH");
    assertEquals([await code(BOB), await code(changed[1]!)], ["UNAUTHORIZED", "ok"]);
    assertEquals([await code(EVE), await code(ADA)], ["ok", "ok"]);
    assertEquals(
      (await ask(as(server, EVE), "Status", { Id: gate.Id })).Error.Code,
      "JOB_NOT_FOUND",
    );
    // A watch that goes on isn't told more than who asks for it now is.
    await Deno.writeTextFile(join(data, "go"), "");
    let last = "";
    for (let line = await watch.next(); line !== ""; line = await watch.next()) last = line;
    assertMatch(last, /"Code":"UNAUTHORIZED"/);

    const wrong = async (says: RegExp, write: () => Promise<void>) => {
      await write();
      await reread(server, says);
      assertEquals([await code(EVE), await code(ADA)], ["ok", "ok"]);
    };
    const stays = "the configuration stays as it was: .*";
    await wrong(
      new RegExp(`${stays}of the client ann: Directory none doesn't exist`),
      () => writeTokens(tokens, [member("ann", "run", { roots: ["none"] })]),
    );
    await wrong(
      new RegExp(`${stays}clients 1 and 2 of .* have the same token`),
      () => writeTokens(tokens, [ANN, { ...EVE, token: ANN.token }]),
    );
    await wrong(new RegExp(`${stays}is open to every user`), async () => {
      await writeTokens(tokens, ALL);
      await Deno.chmod(tokens, 0o644);
    });
  },
);

/** A connection on which a client watches a job. */
async function watching(server: RunningServer, Token: string, Id: string) {
  const connection = await server.connect();
  const request = { Header: "Job", Request: { Action: "Watch", Id }, Token };
  await writeAll(connection, new TextEncoder().encode(JSON.stringify(request)));
  const lines = new LineReader(connection);
  return {
    next: () => lines.next(),
    [Symbol.asyncDispose]: () => Promise.resolve(connection.close()),
  };
}

test("SIGHUP applies another single token, and a change to none or many needs a restart", async (place) => {
  const { way, data, tokens } = place;
  const file = `${tokens}.single`, config = `${tokens}.config`;
  const write = (text: string) => Deno.writeTextFile(file, text, { mode: 0o600 });
  await write("the-first-token-of-all");
  await Deno.writeTextFile(config, `token-file = "${file}"\n`);
  await using server = await startServer(way, { root: data, args: ["--config", config] });
  const code = async (token: string) =>
    (await as(server, { token }).request({ Header: "Info", Request: "Status" })).Response.Error
      ?.Code;
  assertEquals(await code("the-first-token-of-all"), undefined);
  await write("the-second-token-of-all");
  await reread(server, /was read again"/);
  assertEquals(await code("the-first-token-of-all"), "UNAUTHORIZED");
  assertEquals(await code("the-second-token-of-all"), undefined);
  await Deno.writeTextFile(config, `tokens-file = "${tokens}"\n`);
  await reread(server, /these take a restart: token-file, tokens-file"/);
  assertEquals([await code("the-second-token-of-all"), await code(ADA.token)], [
    undefined,
    "UNAUTHORIZED",
  ]);
});

test("changes and refusals are logged without tokens", async (place) => {
  const { data, start } = place;
  await using server = await start();
  const address = "127.0.0.1";
  const { Id } = await submit(as(server, ANN), data, "quick.ts", { Output: "one" });
  await end(as(server, ANN), Id);
  const fields = { Directory: data, Base: "time_series.parquet", File: "quick.ts" };
  const ran = await as(server, BOB).request({ Header: "Dask", Request: fields });
  await ask(as(server, EVE), "Submit", fields);
  await ask(as(server, BOB), "Status", { Id });
  await ask(as(server, BOB), "Status", { Id: UNKNOWN });
  await ask(as(server, EVE), "Status", { Id });
  await ask(as(server, ADA), "Cancel", { Id });
  await ask(as(server, ADA), "Cancel", { Id: ADA.token });
  await ask(as(server, ANN), "Submit", { ...fields, Directory: "/nowhere" });
  await server.request({ Header: "Info", Request: "Status", Token: "x".repeat(20) });
  await as(server, ANN).request({ Header: "Info", Request: "Status" });
  await server.stop();
  const job = ran.Response.Job!.Id;
  assertEquals(
    auditOf(server).map((line) =>
      ["client", "address", "request", "job", "code"].map((name) => line[name])
    ),
    [
      ["ann", address, "submit", Id, null],
      ["bob", address, "dask", job, null],
      ["eve", address, "submit", null, "FORBIDDEN"],
      ["bob", address, "status", Id, "JOB_NOT_FOUND"],
      ["ada", address, "cancel", Id, null],
      ["ada", address, "cancel", null, "JOB_NOT_FOUND"],
      ["ann", address, "submit", null, "FORBIDDEN_PATH"],
      [null, address, "any", null, "UNAUTHORIZED"],
    ],
  );
  const messages = auditOf(server).map(({ level, message }) => `${level} ${message}`);
  assertEquals(messages.slice(2, 4), [
    "info eve at 127.0.0.1: submit refused with FORBIDDEN",
    `info bob at 127.0.0.1: status of ${Id} refused with JOB_NOT_FOUND`,
  ]);
  for (const { token } of ALL) assert(!server.stderr.includes(token));
});

test("a priority out of range is refused with the range", async ({ data, start }) => {
  await using server = await start("--log-level", "error");
  for (const Priority of [-100, 0, 100]) {
    const { Id } = await submit(as(server, ANN), data, "quick.ts", { Priority });
    assertEquals((await end(as(server, ANN), Id)).Priority, Priority);
  }
  for (const Priority of [101, -101, 2 ** 40, 0.5]) {
    const { Error } = await ask(as(server, ANN), "Submit", {
      ...{ Directory: data, Base: "time_series.parquet", File: "quick.ts", Priority },
    });
    assertEquals(Error.Code, "BAD_REQUEST");
    assertMatch(Error.Message, /^Request\.Priority must be an integer from -100 to 100, but the /);
  }
});
