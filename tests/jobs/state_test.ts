import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { DatabaseSync } from "node:sqlite";
import type { JobReport, JobRequest } from "../../mod/job/request.ts";
import { Jobs } from "../../mod/jobs/jobs.ts";
import { JobStore } from "../../mod/jobs/store.ts";
import { partialPath } from "../../mod/result/place.ts";
import type { RunOptions } from "../../mod/math.ts";
import { patiently } from "../../scripts/patience.ts";
import { listing } from "../support/fixtures.ts";
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
  end,
  GATE,
  HALF,
  logged,
  QUICK,
  reach,
  submit,
  type Told,
  told,
  writeFormulas,
} from "../support/job_requests.ts";
import { isPartial, partialResult } from "../support/processes.ts";
import { shareSample } from "../support/shared_service.ts";
import { exchange } from "../support/exchange.ts";
import { until } from "../support/until.ts";

interface Place {
  data: string;
  state: string;
  /** Starts a server on the state. */
  start(): Promise<RunningServer>;
  way: Way;
  config: string;
}

const copySample = shareSample(200_000, 70_000);

/** A test with data, formulas and a folder for the state. */
function test(
  name: string,
  body: (place: Place) => Promise<void>,
  settings = "",
  runBy: readonly Way[] = ways,
): void {
  for (const way of runBy) {
    Deno.test(`${name} [${way.name}]`, async () => {
      await using folder = await tempDir();
      const data = join(folder.path, "data"), state = join(folder.path, "state");
      const config = join(folder.path, "service.toml");
      await Deno.mkdir(data);
      await Deno.writeTextFile(config, `root = "data"\nstate = "state"\nworkers = 1\n${settings}`);
      await copySample(data);
      await writeFormulas(data, { "gate.ts": GATE, "quick.ts": QUICK, "half.ts": HALF });
      const start = () => startServer(way, { args: ["--config", config] });
      await body({ data, state, start, way, config });
    });
  }
}

/** Watches a job from when it has been told of once; what is given comes to all that was told. */
async function watch(server: RunningServer, Id: string): Promise<{ jobs: Promise<Told[]> }> {
  const connection = await server.connect();
  const request = { Header: "Job", Request: { Action: "Watch", Id } };
  await writeAll(connection, new TextEncoder().encode(JSON.stringify(request)));
  const lines = new LineReader(connection);
  const jobs: Told[] = [];
  const take = async () => {
    const line = await lines.next();
    if (line !== "") jobs.push(JSON.parse(line).Response.Job);
    return line !== "";
  };
  await patiently(take(), "the watch to begin", () => connection.close());
  const rest = async () => {
    await until("the end of the watch", async () => !await take());
    connection.close();
    return jobs;
  };
  return { jobs: rest() };
}

const open = (data: string, name = "go") => Deno.writeTextFile(join(data, name), "");

test(
  "after kill -9 waiting jobs run, the interrupted one runs again, and ended ones are listed",
  async (place) => {
    const { data } = place;
    let server = await place.start();
    const early = await submit(server, data, "quick.ts", { Params: { n: 1 }, Key: "early" });
    await end(server, early.Id);
    const half = await submit(server, data, "half.ts");
    await partialResult(data);
    const waiting = await submit(server, data, "quick.ts", { Params: [2], Output: "waiting" });
    await server.kill();

    server = await place.start();
    await using _ = server;
    const before = await told(server, "Status", { Id: early.Id });
    assertEquals([before.State, before.Key], ["complete", "early"]);
    assertEquals((await ask(server, "Result", { Id: early.Id })).Result, { n: 1 });
    const again = await submit(server, data, "quick.ts", { Params: { n: 1 }, Key: "early" });
    assertEquals(again.Id, early.Id);
    assertEquals((await reach(server, half.Id, "running")).Attempts, 2);
    await open(data);
    assertEquals((await end(server, half.Id)).State, "complete");
    assertEquals((await end(server, waiting.Id)).State, "complete");
    assertEquals((await ask(server, "Result", { Id: waiting.Id })).Result, [2]);
    await until("the interrupted run's rows to go", () => !listing(data).some(isPartial));
    const results = ["half_ansver.parquet", "quick_ansver.txt", "waiting.txt"];
    const given = ["gate.ts", "go", "half.ts", "quick.ts", "time_series.parquet"];
    assertEquals(listing(data), [...given, ...results].sort());
  },
  "[limits]\njobs = 1\n",
  bothWays,
);

test(
  "a job that waits keeps the rows it is of through kill -9, and so does its key",
  async (place) => {
    const { data } = place;
    await writeFormulas(data, {
      "rows.ts": `export const chunk = ({ n }) => [n.length, n[0], n.at(-1)];
      export const combine = (a, b) => [a[0] + b[0], a[1], b[2]];`,
    });
    const rows = {
      From: "2024-01-02T00:00Z",
      To: "2024-01-12T00:00+00:00",
      Time: "time",
      Filter: { unit: "unit 3", n: { $gt: 30 } },
      Key: "ten days",
    };
    let server = await place.start();
    const gate = await submit(server, data, "gate.ts");
    const waiting = await submit(server, data, "rows.ts", rows);
    await server.kill();
    server = await place.start();
    await using _ = server;
    assertEquals((await submit(server, data, "rows.ts", rows)).Id, waiting.Id);
    for (const other of [{ From: "2024-01-03T00:00Z" }, { Filter: { unit: "unit 4" } }]) {
      const { Error } = await ask(server, "Submit", {
        ...{ Directory: data, Base: "time_series.parquet", File: "rows.ts" },
        ...{ ...rows, ...other },
      });
      assertEquals(Error.Code, "BAD_REQUEST");
    }
    await open(data);
    assertEquals((await end(server, gate.Id)).State, "complete");
    assertEquals((await end(server, waiting.Id)).State, "complete");
    const numbers = Array.from({ length: 240 }, (_, k) => 24 + k).filter((n) =>
      n % 7 === 3 && n > 30
    );
    const { Result } = await ask(server, "Result", { Id: waiting.Id });
    assertEquals(Result, [numbers.length, numbers[0], numbers.at(-1)]);
  },
  "[limits]\njobs = 1\n",
);

test("a job that is interrupted by too many crashes of the service fails", async (place) => {
  let server = await place.start();
  const { Id } = await submit(server, place.data, "gate.ts");
  for (let run = 1; run <= 2; run++) {
    assertEquals((await reach(server, Id, "running")).Attempts, run);
    // The state is written before a job's engine begins; its line in the log says it has.
    await logged(server, Id);
    await told(server, "List");
    await server.kill();
    server = await place.start();
  }
  await using _ = server;
  const job = await told(server, "Status", { Id });
  assertEquals([job.State, job.Error.Code, job.Attempts], ["failed", "INTERRUPTED", 2]);
  assertMatch(job.Error.Message, /ended 2 times/);
}, "[limits]\nattempts = 2\n");

test(
  "a stop requeues jobs that it can't wait for, and answers waiting clients",
  async (place) => {
    const { data } = place;
    let server = await place.start();
    const half = await submit(server, data, "half.ts");
    await partialResult(data);
    const waiting = await submit(server, data, "quick.ts");
    const watching = await watch(server, half.Id);
    const dask = exchange(
      server.port,
      JSON.stringify({
        Header: "Dask",
        Request: { Directory: data, Base: "time_series.parquet", File: "quick.ts" },
      }),
    );
    await until(
      "two jobs to wait",
      async () => (await ask(server, "List", { State: "queued" })).Jobs.length === 2,
    );
    Deno.kill(server.pid, "SIGTERM");
    const { code } = await server.wait();
    assertEquals([code, /"(warning|error)"/.exec(server.stderr)], [0, null]);
    const states = (await watching.jobs).map(({ State }) => State);
    assertEquals([...new Set(states)], ["running", "queued"]);
    const { Error } = JSON.parse(await dask).Response;
    assertEquals(Error.Code, "CANCELLED");
    assertMatch(Error.Message, /the service was stopped/);
    assertEquals(listing(data), ["gate.ts", "half.ts", "quick.ts", "time_series.parquet"]);

    await open(data);
    server = await place.start();
    await using _ = server;
    const { State, Attempts } = await end(server, half.Id);
    assertEquals([State, Attempts], ["complete", 1]);
    assertEquals((await end(server, waiting.Id)).State, "complete");
  },
  "[limits]\njobs = 1\nstop-seconds = 0.2\n",
  bothWays,
);

test("a stop lets a running job finish and starts no other", async (place) => {
  const { data } = place;
  let server = await place.start();
  const gate = await submit(server, data, "gate.ts");
  await reach(server, gate.Id, "running");
  const waiting = await submit(server, data, "quick.ts");
  const watching = await watch(server, gate.Id);
  Deno.kill(server.pid, "SIGTERM");
  await until("no client to be let in", async () => {
    try {
      (await server.connect()).close();
      return false;
    } catch (error) {
      return error instanceof Deno.errors.ConnectionRefused;
    }
  });
  await open(data);
  assertEquals((await server.wait()).code, 0);
  assertEquals((await watching.jobs).at(-1)!.State, "complete");
  server = await place.start();
  await using _ = server;
  const { State, Attempts } = await end(server, waiting.Id);
  assertEquals([State, Attempts], ["complete", 1]);
  assertEquals((await told(server, "Status", { Id: gate.Id })).Attempts, 1);
}, "[limits]\njobs = 1\nstop-seconds = 100\n");

test("a damaged or foreign state file is set aside whole, and the state starts empty", async (place) => {
  const path = join(place.state, "jobs.sqlite");
  await Deno.mkdir(place.state);
  const foreign = join(place.state, "foreign");
  const database = new DatabaseSync(foreign);
  database.exec("CREATE TABLE mine (a)");
  database.close();
  const damaged = join(place.state, "damaged");
  const first = await place.start();
  const { Id } = await submit(first, place.data, "quick.ts");
  await end(first, Id);
  await first.stop();
  const bytes = await Deno.readFile(path);
  bytes.fill(0x5a, 4096, 3 * 4096);
  await Deno.writeFile(damaged, bytes);
  const cases: [Uint8Array<ArrayBuffer>, RegExp][] = [
    [new TextEncoder().encode("something else, and not a database at all"), /is damaged \(/],
    [await Deno.readFile(foreign), /is a database of something else/],
    [bytes, /is damaged \(/],
  ];
  for (const [content, why] of cases) {
    await Deno.writeFile(path, content);
    const server = await place.start();
    assertMatch(server.stderr, why);
    assertMatch(server.stderr, /it was set aside as .*jobs\.sqlite\.aside-/);
    const aside = /set aside as (\S+),/.exec(server.stderr)![1]!;
    assertEquals(await Deno.readFile(aside), content);
    assertEquals((await ask(server, "List")).Jobs, []);
    assertEquals(
      (await end(server, (await submit(server, place.data, "quick.ts")).Id)).State,
      "complete",
    );
    await server.stop();
  }
  const kept = listing(place.state).filter((name) => name.includes("aside"));
  assertEquals(kept.filter((name) => !/-(wal|shm)$/.test(name)).length, 3);
});

test("a second server on the same state is refused", async (place) => {
  await using _ = await place.start();
  const { code, stdout, stderr } = await finish(place.way, [
    ...["serve", "--port", "0", "--config", place.config],
  ]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^tcp_server: another server uses the state in .*: stop it, or .*\n$/);
});

test("a state folder that is unusable, or readable by formulas, is refused", async (place) => {
  const serve = (state: string) =>
    finish(place.way, ["serve", "--port", "0", "--config", place.config, "--state", state]);
  await Deno.writeTextFile(place.state, "");
  const file = await serve(place.state);
  assertEquals([file.code, file.stdout], [1, ""]);
  assertMatch(file.stderr, /^tcp_server: the state folder .* can't be used: .*\n$/);
  await Deno.symlink(place.data, `${place.state}-link`);
  for (const state of [join(place.data, "state"), `${place.state}-link/state`]) {
    const inside = await serve(state);
    assertEquals([inside.code, inside.stdout], [2, ""]);
    assertMatch(inside.stderr, /lies under a root, where formulas may read it/);
  }
  assertEquals(listing(place.data), ["gate.ts", "half.ts", "quick.ts", "time_series.parquet"]);
});

test("the job of a Dask request fails with an explanation when the service ends", async (place) => {
  const first = await place.start();
  const request = { Directory: place.data, Base: "time_series.parquet", File: "half.ts" };
  const gone = exchange(first.port, JSON.stringify({ Header: "Dask", Request: request }));
  await partialResult(place.data);
  await first.kill();
  assertEquals(await gone.catch(() => ""), "");
  await using server = await place.start();
  const { Jobs } = await ask(server, "List");
  assertEquals(Jobs.map(({ State, Error }: Told) => [State, Error.Code]), [[
    "failed",
    "INTERRUPTED",
  ]]);
  await until("the partial result to go", () => !listing(place.data).some(isPartial));
});

/** The table of jobs before they had owners. */
const EARLIER = `
  CREATE TABLE job (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, key TEXT UNIQUE,
    client TEXT NOT NULL, attached INTEGER NOT NULL, priority INTEGER NOT NULL,
    directory TEXT NOT NULL, base TEXT NOT NULL, file TEXT NOT NULL, request TEXT NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL, submitted INTEGER NOT NULL,
    started INTEGER, ended INTEGER, place TEXT, publication TEXT, report TEXT, result TEXT,
    error TEXT, log TEXT, bytes INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX job_state ON job (state, seq);
  CREATE INDEX job_ended ON job (ended, bytes) WHERE ended > 0;
  PRAGMA application_id = ${0x4d544a01};
  PRAGMA user_version = 1;
`;

test(
  "a state file without owners is migrated with all its jobs",
  async (place) => {
    await Deno.mkdir(place.state);
    const database = new DatabaseSync(join(place.state, "jobs.sqlite"));
    database.exec(EARLIER);
    const request = { directory: place.data, base: "time_series.parquet", file: "quick.ts" };
    const insert = (id: string, key: string, rest: Record<string, string | number>) => {
      const row = {
        ...{
          id,
          key,
          client: "an older one",
          attached: 0,
          priority: 1000,
          submitted: 1_700_000_000_000,
        },
        ...{ ...request, request: JSON.stringify(request), attempts: 0, bytes: 5, ...rest },
      };
      const names = Object.keys(row);
      database.prepare(
        `INSERT INTO job (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
      ).run(...Object.values(row));
    };
    const report: JobReport = {
      ...{ id: "done", kind: "main", file: "quick_ansver.txt", rows: 9, partitions: 1, seconds: 1 },
      ...{ bytesRead: 1, bytesWritten: 1, workers: 1, log: [] },
    };
    const ended = { started: 1_700_000_000_001, ended: Date.now(), attempts: 1 };
    insert("done", "the key", {
      ...{
        seq: 7,
        state: "complete",
        report: JSON.stringify(report),
        result: "5",
        log: '["said"]',
      },
      ...ended,
    });
    insert("waits", "another key", { seq: 9, state: "queued" });
    database.close();
    for (let start = 0; start < 2; start++) {
      await using server = await place.start();
      assert(!server.stderr.includes("set aside"), server.stderr);
      assertEquals((await end(server, "waits")).State, "complete");
      const done = await told(server, "Status", { Id: "done" });
      assertEquals([done.State, done.Client, done.Key, done.Priority, done.Owner], [
        ...["complete", "an older one", "the key", 1000, undefined],
      ]);
      const { Result, Job } = await ask(server, "Result", { Id: "done" });
      assertEquals([Result, Job.Log, Job.Rows], [5, ["said"], 9]);
      const log = await told(server, "Log", { Id: "done" });
      assertEquals([log.Log, log.LogTimes, log.LogPartitions], [["said"], [null], [null]]);
      assertEquals((await told(server, "Formula", { Id: "done" })).Formula, null);
      const again = { Directory: place.data, Base: "time_series.parquet", File: "quick.ts" };
      assertEquals((await told(server, "Submit", { ...again, Key: "the key" })).Id, "done");
      const { Jobs } = await ask(server, "List");
      assertEquals(Jobs.map(({ Id }: Told) => Id), ["waits", "done"]);
    }
  },
  "",
  bothWays,
);

/** What the table had more when jobs had owners and were not searched yet. */
const OWNED = EARLIER
  .replace("key TEXT UNIQUE", "key TEXT, owner TEXT, roots TEXT, precedence INTEGER NOT NULL")
  .replace(
    "CREATE INDEX job_state",
    `
    CREATE UNIQUE INDEX job_key ON job (coalesce(owner, ''), key) WHERE key IS NOT NULL;
    CREATE INDEX job_owner ON job (owner, seq) WHERE owner IS NOT NULL;
    CREATE INDEX job_state`,
  )
  .replace("user_version = 1", "user_version = 2");

Deno.test("jobs of a state file in which nothing was searched are found by their parameters", async () => {
  await using folder = await tempDir();
  const database = new DatabaseSync(join(folder.path, "jobs.sqlite"));
  database.exec(OWNED);
  const request: JobRequest = {
    ...{ directory: "/data", base: "a.parquet", file: "work.ts", params: { Gain: "ДВА" } },
    output: "means.csv",
  };
  const insert = database.prepare(
    `INSERT INTO job (seq, id, key, client, owner, roots, attached, priority, precedence, directory, base, file,
       request, state, attempts, submitted, started, ended, error)
     VALUES (?, ?, 'k', 'lab', ?, '["/data"]', 0, 5, 2, '/data', 'a.parquet', 'work.ts', ?, 'failed', 1, 7, 8, 9, ?)`,
  );
  const error = { code: "FORMULA_FAILED", message: "No Way" };
  insert.run(4, "first", "ann", JSON.stringify(request), JSON.stringify(error));
  insert.run(5, "second", "bob", JSON.stringify({ ...request, params: 1 }), JSON.stringify(error));
  database.close();
  for (let opened = 0; opened < 2; opened++) {
    const store = new JobStore(folder.path);
    const list = (...words: string[]) => store.list({ words, limit: 9 });
    assertEquals(list().map(({ id }) => id), ["second", "first"]);
    assertEquals(list("два", "no way").map(({ id }) => id), ["first"]);
    const [{ params, output, owner, roots, precedence, priority } = {}] = list("gain");
    assertEquals([params, output, owner, roots, precedence, priority], [
      ...['{"Gain":"ДВА"}', "means.csv", "ann", ["/data"], 2, 5],
    ]);
    assertEquals(store.request("first"), request);
    assertEquals([store.idOf("bob", "k"), store.nextSeq()], ["second", 6]);
    store.close();
  }
});

test("ended jobs beyond the limit are dropped", async (place) => {
  await using server = await place.start();
  const ids: string[] = [];
  for (let job = 0; job < 5; job++) {
    ids.push((await submit(server, place.data, "quick.ts")).Id);
    await end(server, ids.at(-1)!);
  }
  const kept = async () => (await ask(server, "List")).Jobs.map(({ Id }: { Id: string }) => Id);
  await until("the oldest to be dropped", async () => (await kept()).length <= 2);
  assertEquals(await kept(), [ids[4], ids[3]]);
  assertEquals((await ask(server, "Result", { Id: ids[0] })).Error.Code, "JOB_NOT_FOUND");
}, "[limits]\nkeep-jobs = 2\n");

/** A job that was about to publish its result when the service ended, as the store has it then. */
async function interruptedJob(
  state: string,
  data: string,
  published: boolean,
): Promise<{ id: string; ran: number; jobs: Jobs; partial: string }> {
  const request: JobRequest = { directory: data, base: "b", file: "f.ts" };
  const place = { id: "7", attempt: 1, directory: data, stem: "f" };
  const partial = partialPath(place);
  const store = new JobStore(state);
  const record = {
    ...{ seq: store.nextSeq(), id: "7", key: null, client: "", owner: null, roots: null },
    ...{ params: null, output: null },
    ...{ attached: false, priority: 0, precedence: 0 },
    ...{ directory: data, base: "b", file: "f.ts", state: "running" as const, attempts: 1 },
    ...{ submitted: 1, started: 2, ended: null, report: null, error: null },
  };
  const report: JobReport = {
    ...{ id: "7", kind: "map", file: "f.parquet", rows: 9, partitions: 1, seconds: 1 },
    ...{ bytesRead: 1, bytesWritten: 1, workers: 1, log: [] },
  };
  store.insert(record, request);
  store.start(record, place);
  await Deno.writeTextFile(partial, "whole");
  const inode = (await Deno.stat(partial)).ino!;
  if (published) await Deno.rename(partial, join(data, "f.parquet"));
  else await Deno.writeTextFile(join(data, "f.parquet"), "of an earlier job");
  await store.announce("7", { inode, report });
  store.close();

  let ran = 0;
  const run = (_: unknown, { id, attempt }: RunOptions = {}) => {
    ran = attempt!;
    return Promise.resolve({ ...report, id: id! });
  };
  const jobs = new Jobs(
    { run, check: () => Promise.resolve() as Promise<never> },
    new JobStore(state),
  );
  jobs.start();
  await until(
    "all jobs to end",
    () => jobs.counters.queued + jobs.counters.running === 0,
    0,
  );
  return { id: "7", ran, jobs, partial };
}

for (const published of [true, false]) {
  const end = published ? "is complete and doesn't run again" : "runs again";
  Deno.test(`a job whose result ${published ? "got" : "didn't get"} its name before the end ${end}`, async () => {
    await using folder = await tempDir();
    const data = join(folder.path, "data");
    await Deno.mkdir(data);
    const { id, ran, jobs, partial } = await interruptedJob(
      join(folder.path, "state"),
      data,
      published,
    );
    const { record } = jobs.status(id);
    assertEquals([record.state, record.report?.rows], ["complete", 9]);
    assertEquals(ran, published ? 0 : 2);
    assert(!listing(data).includes(partial.split("/").at(-1)!));
    await jobs.stop(0);
    jobs.close();
  });
}
