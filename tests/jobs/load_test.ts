import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Client } from "../../mod/client.ts";
import type { JobInfo } from "../../mod/wire/job_info.ts";
import { listing, writeSample } from "../support/fixtures.ts";
import { amountOf } from "../support/suite_options.ts";
import { compiled, type RunningServer, startServer, tempDir } from "../support/harness.ts";
import { ask, GATE, QUICK, reach, submit, told, writeFormulas } from "../support/job_requests.ts";
import { eventsIn } from "../support/log_lines.ts";
import { enginesOf, killHard } from "../support/processes.ts";
import { until } from "../support/until.ts";

/** Clients at once, in each of two rounds, with ten jobs each; one job in 25 is let run, the others are cancelled. */
const CLIENTS = amountOf("load-clients");
const ROUNDS = 2, JOBS = 10, LET_RUN = 25;
/** Submitted jobs between two kills of an engine that runs one. */
const KILL_EVERY = 200;
/**
 * What the server's memory may differ by from round to round, in bytes: garbage comes and goes, the more the
 * more clients there are.
 */
const SLACK = 128 * 2 ** 20 * Math.max(1, CLIENTS / 500);
/** Jobs that wait when the service is killed. */
const QUEUED = amountOf("recovered-jobs");
/** Of these, submitted at once, each over a connection of its own. */
const AT_ONCE = 1000;
/** More connections than the clients have. */
const CONNECTIONS = 2 * CLIENTS + 100;

interface Tally {
  /** Jobs that have been, or are being, submitted. */
  submitted: number;
  /** Engines that were killed. */
  kills: number;
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
    const number = tally.submitted++;
    const Output = `${name}-${job}`;
    const fields = { Directory: folder, Base: "time_series.parquet", File: "quick.ts" };
    const began = performance.now();
    const { Id } = await client.submit({ ...fields, Params: Output, Output, Client: name });
    tally.latencies.push(performance.now() - began);
    tally.outputs.set(Id, Output);
    if ((number + 1) % KILL_EVERY === 0) await killEngine(server, client, Id, tally);
    if (number % LET_RUN === 0) wanted.push(Id);
    else if (number % 2) tell(await client.cancel(Id));
    else unwanted.push(Id);
  }
  for (const id of unwanted) tell(await client.cancel(id));
  for (const id of wanted) for await (const job of client.watch(id)) tell(job);
}

/** Kills an engine that runs a job, unless this job ends before there is one. */
async function killEngine(server: RunningServer, client: Client, id: string, tally: Tally) {
  const busy = await until("an engine that runs a job", async () => {
    const engine = (await enginesOf(server)).find(({ job }) => job !== null);
    return engine ?? (await client.status(id)).Ended;
  }, 0);
  if (typeof busy === "string") return;
  killHard(busy.pid);
  tally.kills++;
}

async function allJobs(server: RunningServer): Promise<JobInfo[]> {
  const { hostname, port } = server;
  await using client = await Client.connect({ hostname, port });
  const all: JobInfo[] = [];
  let After: string | undefined;
  do {
    const page = await client.list({ Limit: 1000, ...(After === undefined ? {} : { After }) });
    all.push(...page.jobs);
    After = page.next;
  } while (After !== undefined);
  return all;
}

function residentBytes(server: RunningServer): number {
  const status = Deno.readTextFileSync(`/proc/${server.pid}/status`);
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)![1]) * 1024;
}

function quantile(values: number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `${sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1)} ms`;
}

Deno.test("each job of many clients ends once, despite cancels and killed engines", async () => {
  await using folder = await tempDir();
  const data = join(folder.path, "data");
  await Deno.mkdir(data);
  await writeSample(data, 100);
  await writeFormulas(data, { "quick.ts": QUICK });
  await using server = await startServer(compiled, {
    root: data,
    args: [
      ...["--state", join(folder.path, "state"), "--workers", "1"],
      ...["--limit", `queue=${CLIENTS * JOBS}`, "--limit", `keep-jobs=${ROUNDS * CLIENTS * JOBS}`],
      ...["--limit", `connections=${CONNECTIONS}`, "--log-level", "error"],
    ],
  });
  const tally: Tally = {
    ...{ submitted: 0, kills: 0 },
    ...{ states: new Map(), outputs: new Map(), latencies: [] },
  };
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

  const jobs = await allJobs(server);
  const count = (state: string) => jobs.filter(({ State }) => State === state).length;
  const counts = {
    complete: count("complete"),
    failed: count("failed"),
    cancelled: count("cancelled"),
  };
  console.log(
    `${jobs.length} jobs of ${CLIENTS} clients at once:`,
    ...Object.entries(counts).map(([state, many]) => `${many} ${state},`),
    `${tally.kills} engines killed; submit to answer p50 ${quantile(tally.latencies, 0.5)},`,
    `p99 ${quantile(tally.latencies, 0.99)}; resident`,
    resident.map((bytes) => `${Math.round(bytes / 2 ** 20)} MiB`).join(", "),
  );
  const { kills } = tally;
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
  assertEquals(eventsIn(server.stderr), []);
});

Deno.test("waiting jobs survive kill -9, none lost and none duplicated", async () => {
  await using folder = await tempDir();
  const data = join(folder.path, "data");
  await Deno.mkdir(data);
  await writeSample(data, 100);
  await writeFormulas(data, { "quick.ts": QUICK, "gate.ts": GATE });
  const start = () =>
    startServer(compiled, {
      root: data,
      args: [
        ...["--state", join(folder.path, "state"), "--limit", "jobs=1"],
        ...["--limit", `queue=${QUEUED}`, "--limit", `client-queue=${QUEUED}`],
        ...["--limit", `keep-jobs=${QUEUED + 1}`],
      ],
    });
  const first = await start();
  const gate = await submit(first, data, "gate.ts");
  await reach(first, gate.Id, "running");
  const { hostname, port } = first;
  const client = await Client.connect({ hostname, port });
  const fields = { Directory: data, Base: "time_series.parquet", File: "quick.ts" };
  const ids: string[] = [];
  while (ids.length < QUEUED) {
    const from = ids.length;
    const together = Array.from({ length: Math.min(AT_ONCE, QUEUED - from) }, async (_, job) => {
      const Params = from + job;
      return (await client.submit({ ...fields, Params, Output: `${Params}` })).Id;
    });
    ids.push(...await Promise.all(together));
  }
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
