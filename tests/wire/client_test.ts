import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { Client, ConnectionError } from "../../mod/client.ts";
import { drawTable } from "../../mod/cli/output/table.ts";
import { ServiceError } from "../../mod/common/errors.ts";
import { writeSample } from "../support/fixtures.ts";
import {
  bothWays,
  finish,
  type RunningServer,
  startServer,
  tempDir,
  type Way,
  ways,
} from "../support/harness.ts";
import { end, GATE, QUICK, reach, submit, writeFormulas } from "../support/job_requests.ts";
import { type SharedService, shareService } from "../support/shared_service.ts";
import { until } from "../support/until.ts";

interface Context {
  client: Client;
  server: RunningServer;
  folder: string;
  way: Way;
  /** Runs a command of the program that talks to the server. */
  command(...args: string[]): ReturnType<typeof finish>;
}

const shared = new Map<Way, SharedService>(ways.map((way) => [way, shareService(way)]));

/**
 * A test of a client and a service.
 *
 * @param own Whether it needs a service of its own, whose root is its folder.
 */
function test(
  name: string,
  body: (context: Context) => Promise<void>,
  { own = false, on = ways }: { own?: boolean; on?: readonly Way[] } = {},
): void {
  for (const way of on) {
    Deno.test(`${name} [${way.name}]`, async () => {
      if (own) {
        await using folder = await tempDir();
        await using server = await startServer(way, { root: folder.path });
        await within(body, way, server, folder.path);
      } else {
        const service = shared.get(way)!;
        await within(body, way, service.server, await service.folder());
      }
    });
  }
}

async function within(
  body: (context: Context) => Promise<void>,
  way: Way,
  server: RunningServer,
  folder: string,
): Promise<void> {
  await writeSample(folder, 3000, 1000);
  await writeFormulas(folder, {
    "gate.ts": GATE,
    "quick.ts": QUICK,
    "fails.ts": `export function main() {\n  throw new Error("no");\n}`,
  });
  const { hostname, port } = server;
  await using client = await Client.connect({ hostname, port });
  const command = (...args: string[]) => finish(way, [...args, "--port", `${port}`]);
  await body({ client, server, folder, way, command });
}

const jobOf = (Directory: string, File: string, more = {}) => ({
  ...{ Directory, Base: "time_series.parquet", File },
  ...more,
});

test("a client sends requests, runs and submits jobs, watches and reads results", async ({ client, folder }) => {
  await until("no other client", async () => (await client.info()).statistic.Connections === 1);
  const info = await client.info();
  assertEquals(info.text, "All statistic: Status: Ready Dask process: 0 All process: 2");
  assertEquals(info.statistic.Connections, 1);

  const ran = await client.run(jobOf(folder, "quick.ts", { Params: [1, "é"] }));
  assertEquals([ran.Directory, ran.File, ran.Result], [folder, "quick_ansver.txt", [1, "é"]]);

  const submitted = await client.submit(jobOf(folder, "gate.ts", { Client: "me" }));
  const states: string[] = [];
  for await (const job of client.watch(submitted.Id)) {
    states.push(job.State);
    assertEquals([job.Id, job.Client], [submitted.Id, "me"]);
    if (job.State === "running") await Deno.writeTextFile(join(folder, "go"), "");
  }
  assertEquals([states[0] !== "complete", states.at(-1)], [true, "complete"]);
  const result = await client.result(submitted.Id);
  assertEquals([result.File, result.Result, result.Job.Kind], ["gate_ansver.txt", "went", "main"]);
  assertEquals(await client.log(submitted.Id), ["waiting", "going"]);
  assertEquals((await client.status(submitted.Id)).State, "complete");
  const { jobs, next } = await client.list({ Limit: 1 });
  assertEquals([jobs.map(({ Id }) => Id), typeof next], [[submitted.Id], "string"]);
});

test("a client throws the service's errors, with code and place", async ({ client, folder }) => {
  const failed = await assertRejects(() => client.run(jobOf(folder, "fails.ts")), ServiceError);
  assertEquals([failed.code, failed.position.where], ["FORMULA_FAILED", "fails.ts:2:9"]);
  const missing = await assertRejects(() => client.status("none"), ServiceError);
  assertEquals(missing.code, "JOB_NOT_FOUND");
  const watched = await assertRejects(() => client.watch("none").next(), ServiceError);
  assertEquals(watched.code, "JOB_NOT_FOUND");
  assertEquals((await client.info("Status")).text, "Status: Ready");
});

test("concurrent calls of a client don't wait for each other", async ({ client, folder }) => {
  const gate = client.run(jobOf(folder, "gate.ts"));
  const quick = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((n) =>
      client.submit(jobOf(folder, "quick.ts", { Params: n, Output: `quick${n}` }))
    ),
  );
  const results = await Promise.all(quick.map(async ({ Id }) => {
    for await (const _ of client.watch(Id));
    return (await client.result(Id)).Result;
  }));
  assertEquals(results, [1, 2, 3, 4, 5, 6]);
  await Deno.writeTextFile(join(folder, "go"), "");
  assertEquals((await gate).Result, "went");
});

test("a client reconnects when the service has closed its connection", async ({ folder, way }) => {
  await using server = await startServer(way, {
    root: folder,
    args: ["--limit", "idle-seconds=1"],
  });
  const { hostname, port } = server;
  await using client = await Client.connect({ hostname, port });
  const watcher = await Client.connect({ hostname, port });
  const open = async () => Number((await watcher.info("All process")).text.split(": ")[1]);
  await until("an idle connection to be ended", async () => await open() === 2);
  const { Id } = await client.submit(jobOf(folder, "quick.ts"));
  assertEquals((await client.list()).jobs.map((job) => job.Id), [Id]);
  watcher.close();
});

test(
  "a missing service and one that ends give connection errors",
  async ({ client, server, folder }) => {
    const { hostname, port } = server;
    const { Id } = await client.submit(jobOf(folder, "gate.ts"));
    const watch = client.watch(Id);
    await watch.next();
    const killed = server.kill();
    await assertRejects(async () => {
      for await (const _ of watch);
    }, ConnectionError);
    await killed;
    await assertRejects(() => client.info(), ConnectionError, "no service answers on 127.0.0.1:");
    await assertRejects(() => Client.connect({ hostname, port }), ConnectionError);
  },
  { own: true },
);

test("jobs prints the list of jobs in plain lines", async ({ server, folder, command }) => {
  const { Id } = await submit(server, folder, "quick.ts", { Client: "a\u202eb" });
  await end(server, Id);
  const gate = await submit(server, folder, "gate.ts", { Client: "other" });
  await reach(server, gate.Id, "running");
  const all = await command("jobs");
  assertEquals([all.code, all.stderr], [0, ""]);
  const [head, first, second, ...rest] = all.stdout.split("\n");
  assertEquals(head!.split(/ {2,}/).slice(0, 3), ["ID", "STATE", "DONE"]);
  assertEquals(first!.split(/ {2,}/).slice(0, 3), [gate.Id, "running", "0 %"]);
  assertEquals(second!.split(/ {2,}/), [
    ...[Id, "complete", "100 %", (await reach(server, Id, "complete")).Submitted, "a?b"],
    ...[`${folder}/quick.ts`, "time_series.parquet"],
  ]);
  assertEquals(rest, [""]);
  const one = await command("jobs", "--state", "running", "--state", "queued", "--client", "other");
  assertEquals(one.stdout.trimEnd().split("\n").length, 2);
  const refused = await command("jobs", "--state", "done");
  assertEquals(refused.code, 2);
  await Deno.writeTextFile(join(folder, "go"), "");
}, { own: true });

test("watch follows a job line by line and exits with its status", async ({ server, folder, command }) => {
  const gate = await submit(server, folder, "gate.ts");
  await reach(server, gate.Id, "running");
  const watching = command("watch", gate.Id);
  await Deno.writeTextFile(join(folder, "go"), "");
  const { code, stdout, stderr } = await watching;
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout.trimEnd().split("\n").at(-1), `complete ${folder}/gate_ansver.txt`);
  const failing = await submit(server, folder, "fails.ts");
  const failed = await command("watch", failing.Id);
  assertEquals([failed.code, failed.stdout.trimEnd().split("\n").at(-1)], [1, "failed"]);
  assert(failed.stderr.startsWith("tcp_server: FORMULA_FAILED (fails.ts:2:9): "), failed.stderr);
  const none = await command("watch", "none");
  assertEquals([none.code, none.stdout], [1, ""]);
});

test("cancel ends a job and says so", async ({ server, folder, command }) => {
  const { Id } = await submit(server, folder, "gate.ts");
  const { code, stdout } = await command("cancel", Id);
  assertEquals([code, stdout], [0, "cancelled\n"]);
  const quick = await submit(server, folder, "quick.ts");
  await end(server, quick.Id);
  const late = await command("cancel", quick.Id);
  assertEquals([late.code, late.stdout], [1, "complete\n"]);
});

test(
  "run --remote sends the job to a service and prints the reply",
  async ({ folder, server, way }) => {
    const run = (...args: string[]) =>
      finish(way, [
        ...["run", "--remote", `127.0.0.1:${server.port}`, "--directory", "."],
        ...["--base", "time_series.parquet", ...args],
      ]);
    const good = await run("--file", "quick.ts", "--params", '{"a":1.5}');
    assertEquals([good.code, good.stderr], [0, ""]);
    const { Response } = JSON.parse(good.stdout);
    assertEquals(Response.Discription, { Directory: ".", File: "quick_ansver.txt" });
    assertEquals(Response.Result, { a: 1.5 });
    assertEquals(JSON.parse(await Deno.readTextFile(join(folder, "quick_ansver.txt"))), { a: 1.5 });
    const bad = await run("--file", "fails.ts");
    assertEquals([bad.code, JSON.parse(bad.stdout).Response.Error.Code], [1, "FORMULA_FAILED"]);
    const missing = await run("--file", "none.ts");
    assertEquals([missing.code, missing.stderr], [1, ""]);
    assertEquals(JSON.parse(missing.stdout).Response.Error.Code, "FORMULA_NOT_FOUND");
  },
  { own: true },
);

test(
  "Ctrl-C ends a job that run --remote has submitted",
  async ({ folder, server, way, client }) => {
    const child = way.command([
      ...["run", "--remote", `127.0.0.1:${server.port}`, "--directory", folder],
      ...["--base", "time_series.parquet", "--file", "gate.ts"],
    ], { stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
    const running = async () => (await client.list({ State: "running" })).jobs;
    await until("the job to run", async () => (await running()).length > 0);
    child.kill("SIGINT");
    const { code, stdout } = await child.output();
    const { Response } = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals([code, Response.Error.Code], [130, "CANCELLED"]);
    assertEquals(await running(), []);
  },
  { own: true, on: bothWays },
);

test("send prints every line of a watch", async ({ server, folder, command }) => {
  const { Id } = await submit(server, folder, "quick.ts");
  const watch = JSON.stringify({ Header: "Job", Request: { Action: "Watch", Id } });
  const { code, stdout } = await command("send", watch);
  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line).Response.Job.State);
  assertEquals([code, lines.at(-1)], [0, "complete"]);
});

Deno.test("the table fits a terminal and has bars and ages", () => {
  const job = {
    ...{ Id: "7", State: "running" as const, Directory: "data/", Base: "b", File: "f.ts" },
    ...{ Client: "c", Priority: 0, Submitted: "2026-11-24T10:00:00.000Z", Started: null },
    ...{ Ended: null, Attempts: 1, RowsDone: 30, RowsTotal: 100 },
  };
  const table = drawTable([job], 60, new Date("2026-11-24T10:03:00.000Z"));
  assertEquals(table, [
    "ID  STATE    DONE              ERROR  SUBMITTED  CLIENT  FORMULA    BASE".slice(0, 60),
    "7   running  ###-------  30 %         3 min ago  c       data/f.ts  b".slice(0, 60),
  ]);
});
