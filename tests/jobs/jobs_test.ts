import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { patiently } from "../../scripts/patience.ts";
import { listing, readColumn } from "../support/fixtures.ts";
import {
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
  EXISTS,
  GATE,
  logged,
  QUICK,
  reach,
  STALLS,
  submit,
  type Told,
  told,
  writeFormulas,
} from "../support/job_requests.ts";
import { partialResult } from "../support/processes.ts";
import { type SharedService, shareSample, shareService } from "../support/shared_service.ts";
import { exchange } from "../support/exchange.ts";
import { until } from "../support/until.ts";

const POWER = `
  export const map = ({ u, i }, { partition, log }) => {
    log("partition " + partition);
    return { power: Float64Array.from(u, (v, k) => v * i[k]) };
  };`;
const FAILS = `export function main(_, { log }) {\n  log("so far");\n  throw new Error("no");\n}`;
/** A partition is done for every file that is there. */
const STEPS = `
  ${EXISTS}
  export const chunk = async ({ u }, { partition }) => {
    while (!exists("step" + partition)) await new Promise((resolve) => setTimeout(resolve, 10));
    return u.length;
  };
  export const combine = (a, b) => a + b;`;

const [way] = ways as [Way];
const copySample = shareSample(200_000, 70_000);
/** Services that tests share: one that runs what comes, and one that runs a job after the other. */
const shared = shareService(way);
const oneByOne = shareService(way, { args: ["--limit", "jobs=1"] });

/**
 * A test with a folder that holds a sample and the formulas above, which lies under a server's root.
 *
 * @param on The server, or the settings file of one that is the test's own.
 */
function test(
  name: string,
  body: (server: RunningServer, folder: string) => Promise<void>,
  on: SharedService | string = shared,
): void {
  Deno.test(`${name} [${way.name}]`, async () => {
    const own = typeof on === "string";
    const folder = await (own ? shared : on).folder();
    await copySample(folder);
    await writeFormulas(folder, {
      ...{ "power.ts": POWER, "stalls.ts": STALLS, "fails.ts": FAILS, "steps.ts": STEPS },
      ...{ "gate.ts": GATE, "quick.ts": QUICK },
    });
    if (!own) return await body(on.server, folder);
    await using config = await tempDir();
    const file = join(config.path, "service.toml");
    await Deno.writeTextFile(file, on);
    await using server = await startServer(way, { root: folder, args: ["--config", file] });
    await body(server, folder);
  });
}

const formulas = ["fails.ts", "gate.ts", "power.ts", "quick.ts", "stalls.ts", "steps.ts"];
const files = (...more: string[]) => [...formulas, "time_series.parquet", ...more].sort();

test(
  "a submitted job runs without its connection and gives the result of a Dask request",
  async (server, folder) => {
    const { Id, State, Client, Directory, Base, File, Priority } = await submit(
      server,
      folder,
      "power.ts",
      { Priority: 3 },
    );
    assert(["queued", "running"].includes(State), State);
    assertEquals([Client, Directory, Base], ["127.0.0.1", folder, "time_series.parquet"]);
    assertEquals([File, Priority], ["power.ts", 3]);

    const job = await end(server, Id);
    assertEquals([job.State, job.Attempts, job.Error], ["complete", 1, undefined]);
    assertEquals(job.Result, { Directory: folder, File: "power_ansver.parquet" });
    assert(job.Submitted <= job.Started && job.Started <= job.Ended, JSON.stringify(job));

    const result = await ask(server, "Result", { Id });
    const { Response } = await server.request({
      Header: "Dask",
      Request: {
        Directory: folder,
        Base: "time_series.parquet",
        File: "power.ts",
        Output: "other",
      },
    });
    assertEquals(result.Status, "complete");
    assertEquals(result.Discription, { Directory: folder, File: "power_ansver.parquet" });
    const figures = ({ Kind, Rows, Partitions, Workers, BytesRead }: Record<string, unknown>) => [
      ...[Kind, Rows, Partitions, Workers, BytesRead],
    ];
    assertEquals(figures(result.Job), figures({ ...Response.Job! }));
    assertEquals(figures(job), figures(result.Job));
    assertEquals(result.Job.Id, Id);
    assertEquals(
      await readColumn(join(folder, "power_ansver.parquet"), "power"),
      await readColumn(join(folder, "other.parquet"), "power"),
    );
  },
);

test("a result other than columns has every digit", async (server, folder) => {
  const { Id } = await submit(server, folder, "quick.ts", { Params: { n: [1.5, null], s: "é" } });
  await end(server, Id);
  assertEquals((await ask(server, "Result", { Id })).Result, { n: [1.5, null], s: "é" });
});

test(
  "a job gives what its formula prints while it runs and after it failed",
  async (server, folder) => {
    const { Id } = await submit(server, folder, "gate.ts");
    assertEquals(await logged(server, Id), ["waiting"]);
    await Deno.writeTextFile(join(folder, "go"), "");
    await end(server, Id);
    assertEquals((await told(server, "Log", { Id })).Log, ["waiting", "going"]);
    assertEquals((await ask(server, "Result", { Id })).Job.Log, ["waiting", "going"]);

    const failed = await end(server, (await submit(server, folder, "fails.ts")).Id);
    assertEquals([failed.State, failed.Error.Code], ["failed", "FORMULA_FAILED"]);
    assertEquals(failed.Error.Where, "fails.ts:3:9");
    assertEquals((await told(server, "Log", { Id: failed.Id })).Log, ["so far"]);
    const result = await ask(server, "Result", { Id: failed.Id });
    assertEquals([result.Status, result.Error], ["error", failed.Error]);
  },
);

test(
  "watch sends every change until the end, also to a half-closed client",
  async (server, folder) => {
    const { Id } = await submit(server, folder, "steps.ts");
    const watching = await server.connect();
    const reader = new LineReader(watching);
    const request = JSON.stringify({ Header: "Job", Request: { Action: "Watch", Id }, Id: 5 });
    await writeAll(watching, new TextEncoder().encode(request));
    await watching.closeWrite();
    const texts: string[] = [];
    const running = await reach(server, Id, "running");
    assertEquals([running.RowsDone, running.SecondsLeft], [0, null]);
    await Deno.writeTextFile(join(folder, "step0"), "");
    const { RowsDone, RowsTotal, SecondsLeft } = await until("rows to be done", async () => {
      const job = await told(server, "Status", { Id });
      return job.RowsDone > 0 ? job : null;
    });
    assertEquals(RowsTotal, 200_000);
    assert(RowsDone < RowsTotal && SecondsLeft > 0, `${RowsDone} rows, ${SecondsLeft} s`);
    await until("the watcher to be told of them", async () => {
      texts.push(await reader.next());
      return JSON.parse(texts.at(-1)!).Response.Job.RowsDone === RowsDone;
    });
    for (let step = 1; step < 9; step++) await Deno.writeTextFile(join(folder, `step${step}`), "");
    await until("the end of the watch", async () => {
      texts.push(await reader.next());
      return texts.at(-1) === "";
    });
    watching.close();

    assertEquals(texts.pop(), "");
    assert(texts.every((text) => text.endsWith("\n")));
    const lines = texts.map((text) => JSON.parse(text));
    for (const line of lines) assertEquals([line.Id, line.Response.Status], [5, "complete"]);
    const jobs = lines.map(({ Response }) => Response.Job);
    const states = jobs.map(({ State }) => State);
    assertEquals(states.at(-1), "complete");
    assertEquals(states.filter((state) => state === "complete").length, 1);
    assertEquals([...new Set(states)].at(-2), "running");
    const rows = jobs.filter(({ State }) => State === "running").map(({ RowsDone }) => RowsDone);
    assertEquals(rows, rows.toSorted((a, b) => a - b));
    assert(rows.includes(RowsDone), `${RowsDone} in ${rows}`);
  },
);

test("a keep-alive connection stays usable after a watch", async (server, folder) => {
  const { Id } = await submit(server, folder, "quick.ts");
  const alive = (Action: string) =>
    JSON.stringify({
      Header: "Job",
      Request: { Action, Id },
      Id: Action,
      Connection: "keep-alive",
    });
  const connection = await server.connect();
  const lines = new LineReader(connection);
  await writeAll(
    connection,
    new TextEncoder().encode(alive("Watch") + alive("Watch") + alive("Result")),
  );
  const ids: string[] = [];
  await until("the last reply", async () => {
    const line = JSON.parse(await lines.next());
    ids.push(line.Id);
    assertEquals(line.Response.Status, "complete");
    return line.Id === "Result";
  });
  // The second watch is one of a job that has ended.
  assert(ids.length >= 3 && ids.at(-2) === "Watch", ids.join(" "));
  connection.close();
});

test(
  "a watcher that leaves is forgotten, and a late one gets the end",
  async (server, folder) => {
    const { Id } = await submit(server, folder, "gate.ts");
    await reach(server, Id, "running");
    const watch = JSON.stringify({ Header: "Job", Request: { Action: "Watch", Id } });
    const gone = await server.connect();
    const lines = new LineReader(gone);
    await writeAll(gone, new TextEncoder().encode(watch));
    await patiently(lines.next(), "the watch to begin", () => gone.close());
    gone.close();
    await Deno.writeTextFile(join(folder, "go"), "");
    await end(server, Id);
    const [line, rest] = (await exchange(server.port, watch)).split("\n");
    assertEquals([JSON.parse(line!).Response.Job.State, rest], ["complete", ""]);
    const info = { Header: "Info", Request: "All process" };
    await until(
      "the watchers to be forgotten",
      async () => (await server.request(info)).Response.Discription === "All process: 2",
    );
  },
);

test("cancel ends a running job and its workers and leaves no files", async (server, folder) => {
  const { Id } = await submit(server, folder, "stalls.ts");
  await partialResult(folder);
  const cancelled = await told(server, "Cancel", { Id });
  assertEquals([cancelled.State, cancelled.Error.Code], ["cancelled", "CANCELLED"]);
  assertEquals(listing(folder), files());
  const engines = async () => {
    const { Response } = await server.request({ Header: "Info", Request: "Status" });
    const { Processes } = Response.Statistic as { Processes: { Job: string | null }[] };
    return Processes.filter(({ Job }) => Job !== null);
  };
  assertEquals(await engines(), []);
  assertEquals((await ask(server, "Result", { Id })).Error.Code, "CANCELLED");
  assertEquals((await told(server, "Cancel", { Id })).State, "cancelled");
});

test(
  "a cancelled waiting job never runs, and an ended one stays unchanged",
  async (server, folder) => {
    const gate = await submit(server, folder, "gate.ts");
    await reach(server, gate.Id, "running");
    const waiting = await submit(server, folder, "quick.ts");
    assertEquals((await told(server, "Status", { Id: waiting.Id })).State, "queued");
    assertEquals((await told(server, "Cancel", { Id: waiting.Id })).State, "cancelled");
    await Deno.writeTextFile(join(folder, "go"), "");
    assertEquals((await end(server, gate.Id)).State, "complete");
    const { State, Started, Attempts } = await told(server, "Status", { Id: waiting.Id });
    assertEquals([State, Started, Attempts], ["cancelled", null, 0]);
    assertEquals(listing(folder), files("gate_ansver.txt", "go"));
    assertEquals((await told(server, "Cancel", { Id: gate.Id })).State, "complete");
  },
  oneByOne,
);

test(
  "the job of a Dask request is listed and can be cancelled, and its client gets the error",
  async (server, folder) => {
    const dask = server.request({
      Header: "Dask",
      Request: { Directory: folder, Base: "time_series.parquet", File: "gate.ts", Client: "me" },
    });
    const jobs: { Id: string; Client: string }[] = await until("the job to run", async () => {
      const { Jobs } = await ask(server, "List", { State: "running" });
      return Jobs.length > 0 ? Jobs : null;
    });
    assertEquals(jobs.map(({ Client }) => Client), ["me"]);
    assertEquals((await told(server, "Cancel", { Id: jobs[0]!.Id })).State, "cancelled");
    assertEquals((await dask).Response.Error?.Code, "CANCELLED");
  },
);

test("list gives the newest jobs first, by state and client, in pages", async (server, folder) => {
  const ids: string[] = [];
  for (let job = 0; job < 5; job++) {
    const Client = job % 2 ? "odd" : "even";
    const { Id } = await submit(server, folder, job === 4 ? "fails.ts" : "quick.ts", { Client });
    ids.unshift(Id);
    await end(server, Id);
  }
  const list = async (fields = {}) => {
    const { Jobs, Next } = await ask(server, "List", fields);
    return [Jobs.map(({ Id }: { Id: string }) => Id), Next];
  };
  assertEquals(await list(), [ids, undefined]);
  assertEquals(await list({ State: "failed" }), [[ids[0]], undefined]);
  assertEquals(await list({ State: ["queued", "running"] }), [[], undefined]);
  assertEquals(await list({ Client: "odd" }), [[ids[1], ids[3]], undefined]);
  const pages: string[][] = [];
  let After: string | undefined;
  do {
    const [page, next] = await list({ Limit: 2, ...(After === undefined ? {} : { After }) });
    pages.push(page);
    After = next;
  } while (After !== undefined);
  assertEquals(pages, [ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
}, "");

test("a key that is submitted twice makes one job", async (server, folder) => {
  const Client = "importer";
  const once = { Params: { a: 1 }, Key: "2026-11-24 import", Client };
  const both = await Promise.all([1, 2].map(() => submit(server, folder, "quick.ts", once)));
  assertEquals(both[0]!.Id, both[1]!.Id);
  await end(server, both[0]!.Id);
  const later = await submit(server, folder, "quick.ts", once);
  assertEquals([later.Id, later.State, later.Key], [both[0]!.Id, "complete", once.Key]);
  assertEquals((await ask(server, "List", { Client })).Jobs.length, 1);
  const other = await ask(server, "Submit", {
    ...{ Directory: folder, Base: "time_series.parquet", File: "quick.ts" },
    ...{ Params: { a: 2 }, Key: once.Key, Client },
  });
  assertEquals(other.Error.Code, "BAD_REQUEST");
  assertMatch(other.Error.Message, /belongs to the job/);
});

test(
  "jobs over the queue's length are refused as BUSY, and a Dask request waits in the same queue",
  async (server, folder) => {
    const gate = await submit(server, folder, "gate.ts");
    await reach(server, gate.Id, "running");
    const dask = server.request({
      Header: "Dask",
      Request: { Directory: folder, Base: "time_series.parquet", File: "quick.ts", Params: 7 },
    });
    const queued = async () => (await ask(server, "List", { State: "queued" })).Jobs.length;
    await until("the Dask request's job to wait", async () => await queued() === 1);
    await submit(server, folder, "quick.ts", { Output: "a" });
    const busy = await ask(server, "Submit", {
      ...{ Directory: folder, Base: "time_series.parquet", File: "quick.ts" },
    });
    assertEquals(busy.Error.Code, "BUSY");
    const info = await server.request({ Header: "Info", Request: "Status" });
    assertEquals(info.Response.Statistic!.Jobs, { Running: 1, Queued: 2, Done: 0, Failed: 0 });
    await Deno.writeTextFile(join(folder, "go"), "");
    assertEquals((await dask).Response.Result, 7);
  },
  "[limits]\njobs = 1\nqueue = 2\n",
);

test(
  "a client with a full share of the queue gets BUSY, and others don't",
  async (server, folder) => {
    const gate = await submit(server, folder, "gate.ts");
    await reach(server, gate.Id, "running");
    const fields = { Directory: folder, Base: "time_series.parquet", File: "quick.ts" };
    const add = async (Client: string) =>
      (await ask(server, "Submit", { ...fields, Client, Output: "same" })).Error?.Code;
    const many = await Promise.all(Array.from({ length: 5 }, () => add("greedy")));
    assertEquals(many.filter((code) => code === "BUSY").length, 3);
    assertEquals(many.filter((code) => code === undefined).length, 2);
    assertEquals(await add("other"), undefined);
    await Deno.writeTextFile(join(folder, "go"), "");
  },
  "[limits]\njobs = 1\nclient-queue = 2\n",
);

test(
  "clients take turns, and jobs with a higher priority run first",
  async (server, folder) => {
    const gate = await submit(server, folder, "gate.ts");
    await reach(server, gate.Id, "running");
    const names = new Map<string, string>();
    const add = async (name: string, fields: Record<string, unknown>) => {
      names.set((await submit(server, folder, "quick.ts", fields)).Id, name);
    };
    for (const name of ["a1", "a2", "a3", "b1", "b2"]) await add(name, { Client: name[0] });
    await add("c1 first", { Client: "c", Priority: 1 });
    await Deno.writeTextFile(join(folder, "go"), "");
    for (const id of names.keys()) await end(server, id);
    const { Jobs } = await ask(server, "List", { State: "complete" });
    const times = ({ Started, Ended }: Told) => `${Started} ${Ended}`;
    const started = (Jobs as Told[])
      .filter(({ Id }) => names.has(Id))
      .sort((a, b) => times(a) < times(b) ? -1 : 1);
    assertEquals(started.map(({ Id }) => names.get(Id)), [
      "c1 first",
      "a1",
      "b1",
      "a2",
      "b2",
      "a3",
    ]);
  },
  oneByOne,
);

test(
  "an error names the invalid field, or the id of a job that doesn't exist",
  async (server, folder) => {
    const refused: [string, Record<string, unknown>, string, RegExp][] = [
      ["Dance", {}, "BAD_REQUEST", /Request.Action must be one of "Submit", "Status"/],
      ["Status", {}, "BAD_REQUEST", /Request.Id must be the id of a job, but it is missing/],
      ["Status", { Id: 5 }, "BAD_REQUEST", /but the number 5 came/],
      ["Status", { Id: "none" }, "JOB_NOT_FOUND", /there is no job none/],
      ["Result", { Id: "none" }, "JOB_NOT_FOUND", /no job none/],
      ["Log", { Id: "none" }, "JOB_NOT_FOUND", /no job none/],
      ["Cancel", { Id: "none" }, "JOB_NOT_FOUND", /no job none/],
      ["Watch", { Id: "none" }, "JOB_NOT_FOUND", /no job none/],
      ["List", { Limit: 0 }, "BAD_REQUEST", /Request.Limit must be/],
      ["List", { State: "done" }, "BAD_REQUEST", /Request.State must be one of queued, running/],
      ["List", { After: 5 }, "BAD_REQUEST", /Request.After must be/],
      ["List", { Client: "" }, "BAD_REQUEST", /Request.Client must be/],
      ["Submit", {}, "BAD_REQUEST", /Request.Directory must be/],
      ["Submit", { Directory: folder, Base: "none", File: "quick.ts" }, "BASE_NOT_FOUND", /none/],
      [
        "Submit",
        { Directory: folder, Base: "time_series.parquet", File: "quick.ts", Key: "a\nb" },
        "BAD_REQUEST",
        /Request.Key must be/,
      ],
    ];
    for (const [action, fields, code, message] of refused) {
      const { Error } = await ask(server, action, fields);
      assertEquals(Error?.Code, code, `${action} ${JSON.stringify(fields)}`);
      assertMatch(Error.Message, message);
    }
    const text = await server.request({ Header: "JOB", Request: "Status" });
    assertMatch(text.Response.Error!.Message, /Request of Job must be an object with an Action/);
    const gate = await submit(server, folder, "gate.ts");
    const early = await ask(server, "Result", { Id: gate.Id });
    assertEquals(early.Error.Code, "JOB_NOT_ENDED");
    await told(server, "cancel", { Id: gate.Id });
  },
);
