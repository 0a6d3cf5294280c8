import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Client, type JobInfo } from "../../mod/client.ts";
import { listing, writeSample } from "../support/fixtures.ts";
import { type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { ask, GATE, QUICK, reach, submit, told, writeFormulas } from "../support/job_requests.ts";

/** Two rounds of 500 clients with ten jobs each; one job in 25 is let run, the others are cancelled. */
const ROUNDS = 2, CLIENTS = 500, JOBS = 10, LET_RUN = 25;
/** Between two kills of an engine that runs a job, in milliseconds. */
const KILL_EVERY = 1500;
/** What the server's memory may differ by from round to round, in bytes: garbage comes and goes. */
const SLACK = 128 * 2 ** 20;
/** Jobs that wait when the service is killed. */
const QUEUED = 1000;

interface Tally {
  /** Last state of each job that its client was told of, by id. */
  states: Map<string, string>;
  /** Result name of each job, by id. */
  outputs: Map<string, string>;
  /** Milliseconds from a submit to its answer. */
  latencies: number[];
}

async function oneClient(server: RunningServer, folder: string, name: string, tally: Tally) {
  const { hostname, port } = server;
  await using client = await Client.connect({ hostname, port });
  const tell = ({ Id, State }: JobInfo) => tally.states.set(Id, State);
  const wanted: string[] = [], unwanted: string[] = [];
  for (let job = 0; job < JOBS; job++) {
    const number = tally.latencies.length;
    const Output = `${name}-${job}`;
    const fields = { Directory: folder, Base: "time_series.parquet", File: "quick.ts" };
    const began = performance.now();
    const { Id } = await client.submit({ ...fields, Params: Output, Output, Client: name });
    tally.latencies.push(performance.now() - began);
    tally.outputs.set(Id, Output);
    if (number % LET_RUN === 0) wanted.push(Id);
    else if (number % 2) tell(await client.cancel(Id));
    else unwanted.push(Id);
  }
  for (const id of unwanted) tell(await client.cancel(id));
  for (const id of wanted) for await (const job of client.watch(id)) tell(job);
}

/** Kills engines that run jobs until it is told to end; gives how many. */
function killEngines(server: RunningServer): () => Promise<number> {
  const ended = Promise.withResolvers<void>();
  let over = false;
  const killing = (async () => {
    let kills = 0;
    for (;;) {
      let timer: number | undefined;
      const pause = new Promise<void>((resolve) => timer = setTimeout(resolve, KILL_EVERY));
      await Promise.race([pause, ended.promise]);
      clearTimeout(timer);
      if (over) return kills;
      const { Response } = await server.request({ Header: "Info", Request: "Status" });
      const { Processes } = Response.Statistic as {
        Processes: { Pid: number; Role: string; Job: string | null }[];
      };
      const busy = Processes.find(({ Role, Job }) => Role === "engine" && Job !== null);
      if (busy === undefined) continue;
      Deno.kill(busy.Pid, "SIGKILL");
      kills++;
    }
  })();
  return () => {
    over = true;
    ended.resolve();
    return killing;
  };
}

async function allJobs(server: RunningServer): Promise<JobInfo[]> {
  const { hostname, port } = server;
  await using client = await Client.connect({ hostname, port });
  const all: JobInfo[] = [];
  let After: string | undefined;
  for (;;) {
    const page = await client.list({ Limit: 1000, ...(After === undefined ? {} : { After }) });
    all.push(...page.jobs);
    if (page.next === undefined) return all;
    After = page.next;
  }
}

function residentBytes(server: RunningServer): number {
  const status = Deno.readTextFileSync(`/proc/${server.pid}/status`);
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)![1]) * 1024;
}

function quantile(values: number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `${sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1)} ms`;
}

Deno.test("of ten thousand jobs of 500 clients each ends once, with cancels and dying engines", async () => {
  await using folder = await tempDir();
  const data = join(folder.path, "data");
  await Deno.mkdir(data);
  await writeSample(data, 100);
  await writeFormulas(data, { "quick.ts": QUICK });
  await using server = await startServer(ways[1]!, {
    root: data,
    args: [
      ...["--state", join(folder.path, "state"), "--workers", "1"],
      ...["--limit", "queue=10000", "--limit", "keep-jobs=100000", "--log-level", "error"],
    ],
  });
  const tally: Tally = { states: new Map(), outputs: new Map(), latencies: [] };
  const stopKilling = killEngines(server);
  const resident: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(
      Array.from(
        { length: CLIENTS },
        (_, client) => oneClient(server, data, `${round}-${client}`, tally),
      ),
    );
    resident.push(residentBytes(server));
  }
  const kills = await stopKilling();

  const jobs = await allJobs(server);
  const count = (state: string) => jobs.filter(({ State }) => State === state).length;
  const counts = {
    complete: count("complete"),
    failed: count("failed"),
    cancelled: count("cancelled"),
  };
  console.log(
    `${jobs.length} jobs:`,
    ...Object.entries(counts).map(([state, many]) => `${many} ${state},`),
    `${kills} engines killed; submit to answer p50 ${quantile(tally.latencies, 0.5)},`,
    `p99 ${quantile(tally.latencies, 0.99)}; resident`,
    resident.map((bytes) => `${Math.round(bytes / 2 ** 20)} MiB`).join(", "),
  );
  const { complete, failed, cancelled } = counts;
  assertEquals(jobs.length, ROUNDS * CLIENTS * JOBS);
  assertEquals(new Set(jobs.map(({ Id }) => Id)).size, jobs.length);
  assertEquals(complete + failed + cancelled, jobs.length);
  assert(failed <= kills, `${failed} failed of ${kills} kills`);
  assert(complete >= jobs.length / LET_RUN - kills, `${complete} complete`);
  const results: string[] = [];
  for (const { Id, State, Attempts, Error } of jobs) {
    assertEquals(State, tally.states.get(Id), `what the client of ${Id} was told`);
    assert(Attempts <= 1, `${Id} ran ${Attempts} times`);
    if (State === "failed") assertEquals(Error!.Code, "FORMULA_FAILED", Error!.Message);
    if (State !== "complete") continue;
    assertEquals(Attempts, 1);
    const output = tally.outputs.get(Id)!;
    results.push(`${output}.txt`);
    assertEquals(JSON.parse(await Deno.readTextFile(join(data, `${output}.txt`))), output);
  }
  assertEquals(listing(data), [...results, "quick.ts", "time_series.parquet"].sort());
  const { Response } = await server.request({ Header: "Info", Request: "Status" });
  assertEquals(Response.Statistic!.Jobs, { Running: 0, Queued: 0, Done: complete, Failed: failed });
  assert(resident[1]! < resident[0]! + SLACK, `${resident} bytes resident after the rounds`);
  assertEquals(server.stderr, "");
});

Deno.test("a thousand waiting jobs are there again after kill -9, none lost, none twice", async () => {
  await using folder = await tempDir();
  const data = join(folder.path, "data");
  await Deno.mkdir(data);
  await writeSample(data, 100);
  await writeFormulas(data, { "quick.ts": QUICK, "gate.ts": GATE });
  const start = () =>
    startServer(ways[1]!, {
      root: data,
      args: [
        "--state",
        join(folder.path, "state"),
        "--limit",
        "jobs=1",
        "--limit",
        `client-queue=${QUEUED}`,
      ],
    });
  const first = await start();
  const gate = await submit(first, data, "gate.ts");
  await reach(first, gate.Id, "running");
  const { hostname, port } = first;
  const client = await Client.connect({ hostname, port });
  const fields = { Directory: data, Base: "time_series.parquet", File: "quick.ts" };
  const ids = await Promise.all(
    Array.from(
      { length: QUEUED },
      async (_, job) => (await client.submit({ ...fields, Params: job, Output: `${job}` })).Id,
    ),
  );
  client.close();
  await first.kill();

  const began = performance.now();
  await using server = await start();
  await reach(server, gate.Id, "running");
  console.log(`${QUEUED} waiting jobs recovered in ${Math.round(performance.now() - began)} ms`);
  const jobs = await allJobs(server);
  assertEquals(jobs.map(({ Id }) => Id).sort(), [gate.Id, ...ids].sort());
  const waiting = jobs.filter(({ State }) => State === "queued");
  assertEquals(waiting.map(({ Id }) => Id).sort(), ids.toSorted());
  for (const id of ids.slice(3)) await told(server, "Cancel", { Id: id });
  await Deno.writeTextFile(join(data, "go"), "");
  for (const [job, id] of ids.slice(0, 3).entries()) {
    const { State, Attempts } = await reach(server, id, "complete", "failed");
    assertEquals([State, Attempts], ["complete", 1]);
    assertEquals((await ask(server, "Result", { Id: id })).Result, job);
  }
});
