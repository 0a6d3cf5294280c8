/** Nodes, services and Redis that come and go while jobs run: every job ends once and leaves nothing behind. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { basename, join } from "@std/path";
import { removeLeftovers } from "../../mod/leftovers.ts";
import {
  clusterOf,
  nodesSeen,
  type RunningNode,
  spawnNode,
  startClusterServer,
  startNode,
  startNodeBehind,
} from "../support/cluster.ts";
import { Namespace, NAMESPACES, Relay } from "../support/parquet/cut.ts";
import { listing, readColumn, type Sample, writeSample } from "../support/fixtures.ts";
import { type RunningServer, tempDir, type Way, ways } from "../support/harness.ts";
import { end, reach, submit, told, writeFormulas } from "../support/job_requests.ts";
import { until } from "../support/processes.ts";
import { RedisServer, SERVER } from "../support/redis.ts";

/** Each partition waits for a file of its own number, or for one that lets all go. */
const GATED = `
  const there = (name) => { try { Deno.statSync(new URL(name, import.meta.url)); return true; } catch { return false; } };
  export async function map({ u, n }, { partition, log }) {
    log("partition", partition);
    while (!there("go") && !there("go" + partition)) await new Promise((resolve) => setTimeout(resolve, 10));
    return { twice: u.map((v) => 2 * v), n };
  }`;
/** Takes a while, and needs nobody to go on. */
const SLOW = `
  export async function map({ u }) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { twice: u.map((v) => 2 * v) };
  }`;
const PARTITIONS = 8, GROUP = 66_000;
const RESULT = "gated_ansver.parquet";

/** Made once for all tests. */
const data = SERVER === null ? null : await makeData();

async function makeData(): Promise<{ bytes: Uint8Array; sample: Sample }> {
  await using folder = await tempDir();
  const sample = await writeSample(folder.path, PARTITIONS * GROUP, GROUP);
  return { bytes: await Deno.readFile(join(folder.path, "time_series.parquet")), sample };
}

interface Stage {
  way: Way;
  redis: RedisServer;
  /** Of data and formulas. */
  folder: string;
  sample: Sample;
  node(args?: string[]): Promise<RunningNode>;
  /** @param args Further ones; jobs are kept in a state folder. */
  server(...args: string[]): Promise<RunningServer>;
}

/** Runs a test with Redis, data and formulas: with the compiled program, or in each way. */
function test(
  name: string,
  check: (stage: Stage) => Promise<void>,
  { redis: options = [] as string[], on = ways.slice(1) } = {},
): void {
  for (const way of on) {
    Deno.test({
      name: `${name} [${way.name}]`,
      ignore: SERVER === null,
      fn: async () => {
        await using temporary = await tempDir();
        const folder = join(temporary.path, "data"), state = join(temporary.path, "state");
        await Deno.mkdir(folder);
        const { bytes, sample } = data!;
        await Deno.writeFile(join(folder, "time_series.parquet"), bytes);
        await writeFormulas(folder, { "gated.ts": GATED, "slow.ts": SLOW });
        await using redis = await RedisServer.start(...options);
        await check({
          way,
          redis,
          folder,
          sample,
          node: (args) => startNode(way, redis, folder, args),
          server: (...args) => startClusterServer(way, redis, folder, ["--state", state, ...args]),
        });
        assertEquals(listing(folder).filter((name) => name.startsWith(".")), []);
      },
    });
  }
}

/** Lets partitions go on; all, where none is named. */
async function open(folder: string, ...partitions: number[]): Promise<void> {
  const names = partitions.length > 0 ? partitions.map((one) => `go${one}`) : ["go"];
  for (const name of names) await Deno.writeTextFile(join(folder, name), "");
}

/** Waits until the log says that partitions are being computed. */
async function started(server: RunningServer, id: string, partition: number): Promise<void> {
  await until(async () => {
    const { Log } = await told(server, "Log", { Id: id });
    return Log.includes(`partition ${partition}`);
  });
}

async function assertComplete(server: RunningServer, id: string, stage: Stage): Promise<void> {
  const job = await end(server, id);
  assertEquals([job.State, job.Error], ["complete", undefined]);
  const twice = await readColumn(join(stage.folder, RESULT), "twice");
  assertEquals(twice, Array.from(stage.sample.u, (v) => 2 * v));
}

/** Waits until nothing of a job is left: what was cut off tidies up when it is back. */
async function tidy(folder: string): Promise<void> {
  await until(() => !listing(folder).some((name) => name.endsWith(".part")));
}

test("a node that is killed in the middle of a task is replaced by the others", async (stage) => {
  const { folder } = stage;
  await using server = await stage.server();
  const doomed = await stage.node();
  await using _other = await stage.node();
  await nodesSeen(server, 2);
  const { Id } = await submit(server, folder, "gated.ts");
  await reach(server, Id, "running");
  await until(async () => (await clusterOf(server)).Nodes.every(({ Tasks }) => Tasks.Running > 0));
  await doomed.kill();
  await open(folder);
  await assertComplete(server, Id, stage);
  await nodesSeen(server, 1);
}, { on: [...ways] });

test("a node that stands still is replaced, and changes nothing when it goes on", async (stage) => {
  const { folder } = stage;
  await using server = await stage.server();
  await using asleep = await stage.node();
  await using _other = await stage.node();
  await nodesSeen(server, 2);
  const { Id } = await submit(server, folder, "gated.ts");
  await until(async () => (await clusterOf(server)).Nodes.every(({ Tasks }) => Tasks.Running > 0));
  asleep.signal("SIGSTOP");
  await open(folder);
  await assertComplete(server, Id, stage);
  asleep.signal("SIGCONT");
  await nodesSeen(server, 2);
  await tidy(folder);
  const again = await submit(server, folder, "gated.ts");
  await assertComplete(server, again.Id, stage);
});

test("a node that is cut off and comes back is replaced meanwhile", async (stage) => {
  const { way, redis, folder } = stage;
  await using server = await stage.server();
  await using relay = new Relay(redis);
  await using _cut = await startNode(way, relay, folder);
  await using _other = await stage.node();
  await nodesSeen(server, 2);
  const { Id } = await submit(server, folder, "gated.ts");
  await until(async () => (await clusterOf(server)).Nodes.every(({ Tasks }) => Tasks.Running > 0));
  relay.cut();
  await open(folder);
  await assertComplete(server, Id, stage);
  await nodesSeen(server, 1);
  relay.mend();
  await nodesSeen(server, 2);
  await tidy(folder);
});

Deno.test({
  name: "nodes in networks of their own, one of whose cables is pulled, do the same",
  ignore: SERVER === null || !NAMESPACES,
  fn: async () => {
    await using temporary = await tempDir();
    const folder = temporary.path;
    const { bytes, sample } = data!;
    await Deno.writeFile(join(folder, "time_series.parquet"), bytes);
    await writeFormulas(folder, { "gated.ts": GATED });
    await using one = await Namespace.make(1);
    await using two = await Namespace.make(2);
    await using redis = await RedisServer.start(
      ...["--bind", "127.0.0.1", one.near, two.near, "--protected-mode", "no"],
    );
    const url = (near: string) => ({ url: `redis://${near}:${redis.port}` });
    const [, binary] = ways as [Way, Way];
    await using server = await startClusterServer(binary, redis, folder);
    await using _one = await startNodeBehind(one.before, url(one.near), folder);
    await using _two = await startNodeBehind(two.before, url(two.near), folder);
    await nodesSeen(server, 2);
    const addresses = (await clusterOf(server)).Nodes.map(({ Address }) => Address);
    assertEquals(addresses.sort(), [one.far, two.far]);
    const { Id } = await submit(server, folder, "gated.ts");
    await until(async () =>
      (await clusterOf(server)).Nodes.every(({ Tasks }) => Tasks.Running > 0)
    );
    await one.cut();
    await open(folder);
    const job = await end(server, Id);
    assertEquals([job.State, job.Error], ["complete", undefined]);
    const twice = await readColumn(join(folder, RESULT), "twice");
    assertEquals(twice, Array.from(sample.u, (v) => 2 * v));
    await one.mend();
    await nodesSeen(server, 2);
    await tidy(folder);
  },
});

test(
  "a service that is killed and started again goes on with what its nodes have done",
  async (stage) => {
    const { folder } = stage;
    const first = await stage.server();
    await using _node = await stage.node();
    await nodesSeen(first, 1);
    await open(folder, 0, 1, 2);
    const { Id } = await submit(first, folder, "gated.ts");
    await until(async () => (await told(first, "Status", { Id })).TasksDone >= 2);
    await first.kill();
    await open(folder);
    await using server = await stage.server();
    await assertComplete(server, Id, stage);
    const job = await told(server, "Status", { Id });
    assertEquals(job.Attempts, 2);
    // No part was computed twice: one task for each, and one that put them together.
    const [node] = (await clusterOf(server)).Nodes;
    await until(async () => (await clusterOf(server)).Nodes[0]!.Tasks.Running === 0);
    assert(node!.Tasks.Done <= PARTITIONS + 1, `${node!.Tasks.Done} tasks`);
  },
  { on: [...ways] },
);

test("a service that is stopped leaves its jobs to the nodes and takes their results later", async (stage) => {
  const { folder } = stage;
  const first = await stage.server("--limit", "stop-seconds=0.2");
  await using _node = await stage.node();
  await nodesSeen(first, 1);
  const { Id } = await submit(first, folder, "gated.ts");
  await started(first, Id, 0);
  await first.stop();
  await open(folder);
  await until(() => listing(folder).some((name) => name.endsWith(".part")));
  await using server = await stage.server();
  await assertComplete(server, Id, stage);
});

test(
  "Redis that is killed and started again with its append-only file loses no job",
  async (stage) => {
    const { redis, folder } = stage;
    await using server = await stage.server();
    await using _node = await stage.node();
    await nodesSeen(server, 1);
    const { Id } = await submit(server, folder, "gated.ts");
    await started(server, Id, 0);
    await redis.kill();
    await until(async () => /can't be reached/.test((await clusterOf(server)).Problem ?? ""));
    // What needs no cluster goes on.
    const { Response } = await server.request({ Header: "Info", Request: "Status" });
    assertEquals(Response.Discription, "Status: Work");
    await redis.restart();
    await open(folder);
    await assertComplete(server, Id, stage);
  },
  { redis: ["--appendonly", "yes", "--appendfsync", "always"] },
);

test("Redis that has forgotten everything is told the job again", async (stage) => {
  const { redis, folder } = stage;
  await using server = await stage.server();
  await using _node = await stage.node();
  await nodesSeen(server, 1);
  const { Id } = await submit(server, folder, "gated.ts");
  await started(server, Id, 0);
  await redis.kill();
  await redis.restart();
  await open(folder);
  await assertComplete(server, Id, stage);
  await tidy(folder);
});

test("a node that joins half-way takes its share", async (stage) => {
  const { folder } = stage;
  await using server = await stage.server();
  await using _first = await stage.node(["--name", "first", "--limit", "jobs=1"]);
  await nodesSeen(server, 1);
  const { Id } = await submit(server, folder, "gated.ts");
  await started(server, Id, 0);
  await using _second = await stage.node(["--name", "second"]);
  await until(async () =>
    (await clusterOf(server)).Nodes.find(({ Name }) => Name === "second")?.Tasks.Running
  );
  await open(folder);
  await assertComplete(server, Id, stage);
  const job = await told(server, "Status", { Id });
  assertEquals(job.Workers, 2);
});

test("a node that is stopped gives back what it can't finish", async (stage) => {
  const { folder } = stage;
  await using server = await stage.server();
  const leaving = await stage.node(["--limit", "stop-seconds=0.3"]);
  await nodesSeen(server, 1);
  const { Id } = await submit(server, folder, "gated.ts");
  await started(server, Id, 0);
  await leaving.stop();
  await nodesSeen(server, 0);
  await open(folder);
  await using _next = await stage.node();
  await assertComplete(server, Id, stage);
});

test("a job that is cancelled ends on all nodes", async (stage) => {
  const { folder } = stage;
  await using server = await stage.server();
  await using _one = await stage.node();
  await using _two = await stage.node();
  await nodesSeen(server, 2);
  const { Id } = await submit(server, folder, "gated.ts");
  await until(async () => (await clusterOf(server)).Nodes.every(({ Tasks }) => Tasks.Running > 0));
  const job = await told(server, "Cancel", { Id });
  assertEquals(job.State, "cancelled");
  await until(async () =>
    (await clusterOf(server)).Nodes.every(({ Tasks }) => Tasks.Running === 0)
  );
  await tidy(folder);
  assert(!listing(folder).includes(RESULT));
}, { on: [...ways] });

test("who watches a job sees what all nodes have done", async (stage) => {
  const { folder } = stage;
  await using server = await stage.server();
  await using _one = await stage.node(["--limit", "jobs=1"]);
  await using _two = await stage.node(["--limit", "jobs=1"]);
  await nodesSeen(server, 2);
  const { Id } = await submit(server, folder, "slow.ts");
  const seen = new Set<number>();
  for (;;) {
    const { State, TasksDone, TasksTotal, RowsTotal } = await told(server, "Status", { Id });
    seen.add(TasksDone);
    if (TasksDone > 0 && State === "running") {
      assertEquals([TasksTotal, RowsTotal], [PARTITIONS, PARTITIONS * GROUP]);
    }
    if (State !== "running" && State !== "queued") break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert(seen.size > 2, `${[...seen]}`);
});

test("without a node a job is refused, or waits where it is told to", async (stage) => {
  const { way, redis, folder } = stage;
  await using server = await stage.server();
  const request = {
    Header: "Dask",
    Request: { Directory: folder, Base: "time_series.parquet", File: "gated.ts" },
  };
  await open(folder);
  const { Response } = await server.request(request);
  assertEquals(Response.Error?.Code, "BUSY");
  assertMatch(Response.Error!.Message, /no node/);
  await using patient = await startClusterServer(way, redis, folder, ["--cluster-wait"]);
  const reply = patient.request(request);
  await until(async () => {
    const { Response } = await patient.request({ Header: "Info", Request: "Status" });
    return Response.Discription === "Status: Work";
  });
  await using node = spawnNode(way, redis, folder);
  assertEquals((await reply).Response.Status, "complete");
  await node.joined();
});

test("a data file that is another one on a node fails the job by its name", async (stage) => {
  const { way, redis, folder } = stage;
  await using other = await tempDir();
  await using server = await stage.server();
  await using _node = await startNode(way, redis, other.path);
  await nodesSeen(server, 1);
  await writeSample(other.path, PARTITIONS * GROUP - 1, GROUP);
  const { Id } = await submit(server, folder, "slow.ts");
  const { State, Error } = await end(server, Id);
  assertEquals([State, Error.Code], ["failed", "BASE_UNREADABLE"]);
  assertMatch(Error.Message, /time_series\.parquet is not the file here that the job was planned/);
});

test("parts of jobs that nobody waits for are removed when a service or a node starts", async (stage) => {
  const { redis, folder } = stage;
  const client = redis.client();
  const part = (job: string) => join(folder, `.work_ansver.${job}.3-0123abcd.part`);
  const [wanted, left, later] = Array.from({ length: 3 }, () => crypto.randomUUID()) as [
    string,
    string,
    string,
  ];
  await client.set(`measuring:wanted:${wanted}`, "somebody");
  await Deno.writeTextFile(part(wanted), "");
  await Deno.writeTextFile(part(left), "");
  await using _server = await stage.server();
  await until(() => !listing(folder).includes(basename(part(left))));
  await Deno.writeTextFile(part(later), "");
  await using _node = await stage.node();
  await until(() => !listing(folder).includes(basename(part(later))));
  assert(listing(folder).includes(basename(part(wanted))));
  client.disconnect();
  await Deno.remove(part(wanted));
});

Deno.test("where no cluster is known only old parts are removed", async () => {
  await using folder = await tempDir();
  const [old, fresh] = ["old", "fresh"].map((stem) =>
    join(folder.path, `.${stem}.${crypto.randomUUID()}.0-0123abcd.part`)
  ) as [string, string];
  await Deno.writeTextFile(fresh, "");
  await Deno.mkdir(old);
  const yesterday = new Date(Date.now() - 2 * 86_400_000);
  await Deno.utime(old, yesterday, yesterday);
  assertEquals(await removeLeftovers([folder.path], new AbortController().signal), 1);
  assertEquals(listing(folder.path), [basename(fresh)]);
});

test("tasks of a job that asks for a higher priority go first", async (stage) => {
  const { folder } = stage;
  await using server = await stage.server("--limit", "jobs=3", "--limit", "task-partitions=1");
  await using _node = await stage.node(["--limit", "jobs=1"]);
  await nodesSeen(server, 1);
  const gated = await submit(server, folder, "gated.ts");
  await until(async () => (await clusterOf(server)).Nodes.every(({ Tasks }) => Tasks.Running > 0));
  const low = await submit(server, folder, "slow.ts", { Output: "low", Priority: -5 });
  await reach(server, low.Id, "running");
  const high = await submit(server, folder, "slow.ts", { Output: "high", Priority: 5 });
  await reach(server, high.Id, "running");
  // All tasks but the one that the node is at.
  const redis = stage.redis.client();
  try {
    await until(async () =>
      await redis.zcard("measuring:tasks:prioritized") === 3 * PARTITIONS - 1
    );
  } finally {
    redis.disconnect();
  }
  await open(folder);
  const [first, last] = [await end(server, high.Id), await end(server, low.Id)];
  assertEquals([first.State, last.State], ["complete", "complete"]);
  assert(first.Ended < last.Ended, `high at ${first.Ended}, low at ${last.Ended}`);
  assertEquals((await end(server, gated.Id)).State, "complete");
});

test("nodes begin no more tasks a second than they are told", async (stage) => {
  const { folder } = stage;
  await using server = await stage.server("--limit", "task-partitions=1");
  await using _one = await stage.node(["--limit", "cluster-rate=2"]);
  await using _other = await stage.node(["--limit", "cluster-rate=2"]);
  await nodesSeen(server, 2);
  const { Id } = await submit(server, folder, "slow.ts");
  const job = await end(server, Id);
  assertEquals(job.State, "complete", JSON.stringify(job));
  // Two at once and two in each second after it.
  const seconds = (Date.parse(job.Ended) - Date.parse(job.Started)) / 1000;
  assert(seconds > PARTITIONS / 2 - 1.5, `${PARTITIONS} tasks in ${seconds} s`);
});
