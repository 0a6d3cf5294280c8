/** Services and Redis that go and come back, and what a cluster promises of its jobs. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { basename, join } from "@std/path";
import {
  clusterOf,
  NEVER_LOST,
  nodesAtWork,
  startClusterServer,
  startNode,
} from "../support/cluster.ts";
import {
  assertComplete,
  furnish,
  GROUP,
  open,
  PARTITIONS,
  shareCluster,
  started,
  tidy,
} from "../support/cluster_stage.ts";
import { job, listing } from "../support/fixtures.ts";
import { type RunningServer, tempDir, ways } from "../support/harness.ts";
import { end, reach, submit, told } from "../support/job_requests.ts";
import { partialResult } from "../support/processes.ts";
import { until } from "../support/until.ts";

/** Tasks that the nodes have done so far, when they are at none. */
async function tasksDone(server: RunningServer, nodes: number, least: number): Promise<number> {
  const { sum } = await until("the nodes to tell of all they have done", async () => {
    const { Nodes } = await clusterOf(server);
    const idle = Nodes.length === nodes && Nodes.every(({ Tasks }) => Tasks.Running === 0);
    const sum = Nodes.reduce((sum, { Tasks }) => sum + Tasks.Done, 0);
    return idle && sum >= least ? { sum } : null;
  });
  return sum;
}

for (const way of ways) {
  const test = shareCluster(way, {
    redis: ["--appendonly", "yes", "--appendfsync", "always"],
    server: ["jobs=3", "task-partitions=1", "stop-seconds=0.2"].flatMap((one) => ["--limit", one]),
    node: ["--limit", "jobs=1", ...NEVER_LOST],
  });

  test("a job is refused without a node, or waits when configured to", async (stage, folder) => {
    const server = await stage.server();
    const request = job(folder, { File: "gated.ts" });
    await open(folder);
    const { Response } = await server.request(request);
    assertEquals(Response.Error?.Code, "BUSY");
    assertMatch(Response.Error!.Message, /no node/);
    await using patient = await startClusterServer(way, stage.redis, stage.root, [
      "--cluster-wait",
    ]);
    const reply = patient.request(request);
    await until("the job to be taken on", async () => {
      const { Response } = await patient.request({ Header: "Info", Request: "Status" });
      return Response.Discription === "Status: Work";
    });
    await stage.up(2);
    assertEquals((await reply).Response.Status, "complete");
  });

  test("a watcher of a job sees the progress of all nodes", async (stage, folder) => {
    const [server] = await stage.up(2);
    const { Id } = await submit(server, folder, "gated.ts");
    await nodesAtWork(server, 2);
    for (const at of [0, 2, 4]) {
      await open(folder, at, at + 1);
      const job = await until(`${at + 2} parts to be done`, async () => {
        const job = await told(server, "Status", { Id });
        return job.TasksDone >= at + 2 ? job : null;
      });
      const { State, TasksDone, TasksTotal, RowsDone, RowsTotal } = job;
      assertEquals([State, TasksDone, TasksTotal], ["running", at + 2, PARTITIONS]);
      assertEquals([RowsDone, RowsTotal], [(at + 2) * GROUP, PARTITIONS * GROUP]);
    }
    await open(folder);
    await assertComplete(server, Id, folder, stage.u);
  });

  test("tasks of a job with a higher priority run first", async (stage, folder) => {
    const [server] = await stage.up(2);
    const gated = await submit(server, folder, "gated.ts");
    await nodesAtWork(server, 2);
    const low = await submit(server, folder, "slow.ts", { Output: "low", Priority: -5 });
    await reach(server, low.Id, "running");
    const high = await submit(server, folder, "slow.ts", { Output: "high", Priority: 5 });
    await reach(server, high.Id, "running");
    // All tasks but those that the nodes are at.
    const redis = stage.redis.client();
    try {
      await until(
        "all other tasks to wait",
        async () => await redis.zcard("measuring:tasks:prioritized") === 3 * PARTITIONS - 2,
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

  test(
    "a restarted service continues from what its nodes have done",
    async (stage, folder) => {
      // New nodes: what they tell of their tasks comes some time after it is so, also of earlier tests.
      const [, ...nodes] = await stage.up(2);
      for (const node of nodes) await node.stop();
      const [first] = await stage.up(2);
      await open(folder, 0, 1, 2);
      const { Id } = await submit(first, folder, "gated.ts");
      await until(
        "two parts to be done",
        async () => (await told(first, "Status", { Id })).TasksDone >= 2,
      );
      await first.kill();
      await open(folder);
      const server = await stage.nextServer();
      await assertComplete(server, Id, folder, stage.u);
      const job = await told(server, "Status", { Id });
      assertEquals(job.Attempts, 2);
      // No part was computed twice: one task for each, and one that put them together.
      assertEquals(await tasksDone(server, 2, PARTITIONS + 1), PARTITIONS + 1);
    },
  );

  test(
    "a stopped service leaves its jobs to the nodes and collects their results later",
    async (stage, folder) => {
      const [first] = await stage.up(2);
      const { Id } = await submit(first, folder, "gated.ts");
      await started(first, Id, 0);
      await first.stop();
      await open(folder);
      await partialResult(folder);
      const server = await stage.nextServer();
      await assertComplete(server, Id, folder, stage.u);
    },
  );

  test(
    "no job is lost when Redis is killed and restarted with its append-only file",
    async (stage, folder) => {
      const { redis } = stage;
      const [server] = await stage.up(2);
      const { Id } = await submit(server, folder, "gated.ts");
      await started(server, Id, 0);
      await redis.kill();
      await until(
        "the service to miss Redis",
        async () => /can't be reached/.test((await clusterOf(server)).Problem ?? ""),
      );
      // What needs no cluster goes on.
      const { Response } = await server.request({ Header: "Info", Request: "Status" });
      assertEquals(Response.Discription, "Status: Work");
      await redis.restart();
      await open(folder);
      await assertComplete(server, Id, folder, stage.u);
    },
  );

  test("a job is queued again when Redis has lost its data", async (stage, folder) => {
    const { redis } = stage;
    const [server] = await stage.up(2);
    const { Id } = await submit(server, folder, "gated.ts");
    await started(server, Id, 0);
    await redis.kill();
    await redis.restartEmpty();
    await open(folder);
    await assertComplete(server, Id, folder, stage.u);
    await tidy(folder);
  });

  test(
    "a job fails when a node has another version of a data file, and the error names the file",
    async (stage, folder) => {
      const apart = stage.redis.database(1);
      await using other = await tempDir();
      await furnish(other.path, PARTITIONS * GROUP - 1);
      await using server = await startClusterServer(way, apart, folder);
      await using _node = await startNode(way, apart, other.path);
      const { Id } = await submit(server, folder, "slow.ts");
      const { State, Error } = await end(server, Id);
      assertEquals([State, Error.Code], ["failed", "BASE_UNREADABLE"]);
      assertMatch(
        Error.Message,
        /time_series\.parquet is not the file here that the job was planned/,
      );
    },
  );

  test(
    "abandoned parts of jobs are removed when a service or a node starts",
    async (stage, folder) => {
      const client = stage.redis.client();
      const part = (job: string) => join(folder, `.work_ansver.${job}.3-0123abcd.part`);
      const [wanted, left, later] = Array.from({ length: 3 }, () => crypto.randomUUID()) as [
        string,
        string,
        string,
      ];
      const gone = (path: string) =>
        until("a part to be removed", () => !listing(folder).includes(basename(path)));
      await client.set(`measuring:wanted:${wanted}`, "somebody");
      await Deno.writeTextFile(part(wanted), "");
      await Deno.writeTextFile(part(left), "");
      await using _server = await startClusterServer(way, stage.redis, folder);
      await gone(part(left));
      await Deno.writeTextFile(part(later), "");
      await using _node = await startNode(way, stage.redis, folder);
      await gone(part(later));
      assert(listing(folder).includes(basename(part(wanted))));
      client.disconnect();
      await Deno.remove(part(wanted));
    },
  );

  test("nodes start no more tasks a second than their limit", async (stage, folder) => {
    const apart = stage.redis.database(3);
    const limits = ["--limit", "cluster-rate=2", "--limit", "jobs=1"];
    await using server = await startClusterServer(way, apart, folder, [
      "--limit",
      "task-partitions=1",
    ]);
    await using _one = await startNode(way, apart, folder, limits);
    await using _other = await startNode(way, apart, folder, limits);
    const { Id } = await submit(server, folder, "slow.ts");
    const job = await end(server, Id);
    assertEquals(job.State, "complete", JSON.stringify(job));
    // Two at once and two in each second after it.
    const seconds = (Date.parse(job.Ended) - Date.parse(job.Started)) / 1000;
    assert(seconds > PARTITIONS / 2 - 1.5, `${PARTITIONS} tasks in ${seconds} s`);
  });
}
