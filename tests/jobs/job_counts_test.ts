import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { get, pageOf } from "../support/http_client.ts";
import {
  ask,
  end,
  GATE,
  QUICK,
  reach,
  submit,
  type Told,
  writeFormulas,
} from "../support/job_requests.ts";
import { SEED } from "../support/suite_options.ts";
import { type Random, randomFrom } from "../support/random_numbers.ts";
import { shareSample } from "../support/shared_service.ts";
import { until } from "../support/until.ts";

const sample = shareSample(500, 500);
const AT_ONCE = 2, STEPS = 30;

interface Counts {
  running: number;
  queued: number;
  complete: number;
  failed: number;
  cancelled: number;
}

const NONE: Counts = { running: 0, queued: 0, complete: 0, failed: 0, cancelled: 0 };
const states = Object.keys(NONE) as (keyof Counts)[];

/** All jobs, page by page. */
async function listed(
  server: RunningServer,
  fields: Record<string, unknown> = {},
): Promise<Told[]> {
  const jobs: Told[] = [];
  let page: { Jobs: Told[]; Next?: string } = await ask(server, "List", { ...fields, Limit: 7 });
  jobs.push(...page.Jobs);
  while (page.Next !== undefined) {
    page = await ask(server, "List", { ...fields, Limit: 7, After: page.Next });
    jobs.push(...page.Jobs);
  }
  return jobs;
}

/** The first event of a name that the page is told. */
// deno-lint-ignore no-explicit-any
async function pageTold(page: URL, name: string): Promise<any> {
  const reply = await fetch(new URL("/api/events", page));
  let text = "";
  for await (const part of reply.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    const [, data] = new RegExp(`^event: ${name}\ndata: (.*)\n\n`, "m").exec(text) ?? [];
    if (data !== undefined) return JSON.parse(data); // which ends the reply, too
  }
}

/** What each place tells. A state that it doesn't tell of is that of the list. */
async function counted(server: RunningServer, page: URL, since: number) {
  const jobs = (await listed(server)).filter(({ Ended }) =>
    Ended === null || Date.parse(Ended) >= since
  );
  const list = { ...NONE };
  for (const { State } of jobs) list[State as keyof Counts]++;
  const byState = { ...NONE };
  for (const state of states) {
    const some = await listed(server, { State: state });
    for (const { State } of some) assertEquals(State, state);
    const isNew = ({ Ended }: Told) => Ended === null || Date.parse(Ended) >= since;
    byState[state] = some.filter(isNew).length;
  }
  const { Statistic } = (await server.request({ Header: "Info", Request: "Status" })).Response;
  // deno-lint-ignore no-explicit-any
  const ofInfo = ({ Running, Queued, Done, Failed }: any): Counts => ({
    ...{ running: Running, queued: Queued, complete: Done, failed: Failed },
    cancelled: list.cancelled,
  });
  const { text } = await get(page, "/metrics");
  const figure = (name: string) =>
    Number(new RegExp(`^measuring_${name} (\\d+)$`, "m").exec(text)?.[1]);
  const ended = (state: string) => figure(`jobs_ended_total\\{state="${state}"\\}`);
  const codes = [...text.matchAll(/^measuring_job_errors_total\{.*\} (\d+)$/gm)]
    .reduce((sum, [, count]) => sum + Number(count), 0);
  const shown = { ...NONE };
  const known = await pageTold(page, "jobs") as Told[];
  for (const { State, Ended } of known) {
    if (Ended === null || Date.parse(Ended) >= since) shown[State as keyof Counts]++;
  }
  return {
    list,
    byState,
    // deno-lint-ignore no-explicit-any
    info: ofInfo((Statistic as any).Jobs),
    service: ofInfo((await pageTold(page, "service")).Jobs),
    page: shown,
    metrics: {
      ...{ running: figure("jobs_running"), queued: figure("jobs_queued") },
      ...{ complete: ended("complete"), failed: ended("failed"), cancelled: ended("cancelled") },
    },
    errors: codes,
  };
}

/** Random jobs, whose gates stay closed until they are opened. */
class Crowd {
  readonly folder: string;
  readonly start: () => Promise<RunningServer>;
  server!: RunningServer;
  page!: URL;
  since = 0;
  readonly #ids: string[] = [];
  #count = 0;

  constructor(folder: string, start: () => Promise<RunningServer>) {
    this.folder = folder;
    this.start = start;
  }

  async open(): Promise<void> {
    this.server = await this.start();
    this.page = await pageOf(this.server);
  }

  async step(random: Random): Promise<void> {
    const name = `job${this.#count++}`;
    switch (random(10)) {
      case 0:
        await this.#submit("fails.ts", name);
        break;
      case 1:
        await this.#submit("quick.ts", name);
        break;
      case 2:
      case 3:
        await this.#submit("gate.ts", name);
        break;
      case 4: // refused without ever being a job
        await this.#dask({ File: "none.ts", Output: name });
        await this.#dask({ Base: "none.parquet", Output: name });
        break;
      case 5:
      case 6:
        await this.#cancel(random);
        break;
      case 7:
        await this.settle();
        break;
      case 8: // goes with its connection
        await this.#attach(name);
        break;
      default:
        await ask(this.server, "Submit", {
          ...{ Directory: this.folder, Base: "none.parquet", File: "gate.ts" },
        });
    }
  }

  /** Lets all go on. */
  async settle(): Promise<void> {
    await Deno.writeTextFile(join(this.folder, "go"), "");
    const isActive = ({ State }: Told) => State === "queued" || State === "running";
    await until("no job to be left", async () => !(await listed(this.server)).some(isActive));
    await Deno.remove(join(this.folder, "go"));
  }

  /** Waits until as many run as can, and nothing changes by itself. */
  async quiet(): Promise<void> {
    await until("the jobs to be quiet", async () => {
      const jobs = await listed(this.server);
      const running = jobs.filter(({ State }) => State === "running");
      const isStill = running.every(({ File }) => File === "gate.ts");
      const waiting = jobs.some(({ State }) => State === "queued");
      return isStill && (!waiting || running.length === AT_ONCE);
    });
  }

  async #submit(file: string, Output: string): Promise<void> {
    const { Job, Error } = await ask(this.server, "Submit", {
      ...{ Directory: this.folder, Base: "time_series.parquet", File: file, Output },
    });
    if (Error === undefined) this.#ids.push(Job.Id);
    else assertEquals(Error.Code, "BUSY");
  }

  #dask(fields: Record<string, unknown>): Promise<unknown> {
    const Request = { Directory: this.folder, Base: "time_series.parquet", File: "gate.ts" };
    return this.server.request({ Header: "Dask", Request: { ...Request, ...fields } });
  }

  /** A job that somebody waits for, who may be left without a reply; it fails where there is no room. */
  async #attach(name: string): Promise<void> {
    const before = (await listed(this.server)).length;
    this.#dask({ Output: name }).catch(() => {});
    await until("the job to be there", async () => (await listed(this.server)).length > before);
  }

  async #cancel(random: Random): Promise<void> {
    if (this.#ids.length > 0) {
      await ask(this.server, "Cancel", { Id: this.#ids[random(this.#ids.length)] });
    }
  }

  /** A new service; jobs that waited or ran are there again. */
  async restart(kill: boolean): Promise<void> {
    if (kill) await this.server.kill();
    else await this.server.stop();
    this.since = Date.now();
    await this.open();
  }
}

for (const way of ways) {
  Deno.test(`every interface gives the same counts of jobs [${way.name}]`, async () => {
    await using folder = await tempDir();
    await using state = await tempDir();
    await sample(folder.path);
    await writeFormulas(folder.path, {
      "gate.ts": GATE,
      "quick.ts": QUICK,
      "fails.ts": `export const main = () => { throw new Error("no"); };`,
    });
    const args = ["--http", "127.0.0.1:0", "--state", state.path, "--limit", `jobs=${AT_ONCE}`]
      .concat("--limit", "queue=3")
      .concat("--limit", "stop-seconds=0.2", "--log-level", "error");
    const crowd = new Crowd(folder.path, () => startServer(way, { root: folder.path, args }));
    await crowd.open();
    const random = randomFrom(SEED + 81);
    for (let step = 0; step < STEPS; step++) {
      if (step % 10 === 9) await crowd.restart(step % 20 === 9);
      else await crowd.step(random);
      await crowd.quiet();
      const what = `step ${step}, seed ${SEED}`;
      const { list, errors, page, ...others } = await counted(
        crowd.server,
        crowd.page,
        crowd.since,
      );
      for (const [place, counts] of Object.entries(others)) {
        assertEquals(counts, list, `${place} and list, ${what}`);
      }
      assertEquals(errors, list.failed + list.cancelled, `errors, ${what}`);
      assertEquals(page, list, `the page and the list, ${what}`); // fewer jobs than it shows
    }
    await crowd.settle();
    await crowd.server.stop();
  });

  Deno.test(`the list of a state has no job of another state [${way.name}]`, async () => {
    await using folder = await tempDir();
    await sample(folder.path);
    await writeFormulas(folder.path, { "gate.ts": GATE });
    await using server = await startServer(way, {
      root: folder.path,
      args: ["--limit", "jobs=1"],
    });
    const first = await submit(server, folder.path, "gate.ts");
    const second = await submit(server, folder.path, "gate.ts", { Output: "second" });
    const ids = async (State: string) => (await listed(server, { State })).map(({ Id }) => Id);
    assertEquals([await ids("running"), await ids("queued")], [[first.Id], [second.Id]]);
    await ask(server, "Cancel", { Id: first.Id });
    assertEquals([await ids("running"), await ids("queued")], [[second.Id], []]);
    await reach(server, second.Id, "running");
    await Deno.writeTextFile(join(folder.path, "go"), "");
    await end(server, second.Id);
  });
}
