/** Nodes that come and go while a job runs: it ends once and leaves nothing behind. */
import { assert, assertEquals } from "@std/assert";
import {
  clusterOf,
  NEVER_LOST,
  nodesAtWork,
  nodesSeen,
  startClusterServer,
  startNode,
  startNodeBehind,
} from "../support/cluster.ts";
import {
  assertComplete,
  furnish,
  open,
  RESULT,
  shareCluster,
  tidy,
} from "../support/cluster_stage.ts";
import { missingNamespaces, Namespace } from "../support/network_namespace.ts";
import { listing } from "../support/fixtures.ts";
import { compiled, tempDir, ways } from "../support/harness.ts";
import { submit, told } from "../support/job_requests.ts";
import { testWith } from "../support/needs.ts";
import { missingRedis, RedisServer } from "../support/redis.ts";
import { until } from "../support/until.ts";

for (const way of ways) {
  const test = shareCluster(way);

  test("a cancelled job ends on all nodes", async (stage, folder) => {
    const [server] = await stage.up(2);
    const { Id } = await submit(server, folder, "gated.ts");
    await nodesAtWork(server, 2);
    const job = await told(server, "Cancel", { Id });
    assertEquals(job.State, "cancelled");
    await until("all nodes to be idle", async () => {
      const { Nodes } = await clusterOf(server);
      return Nodes.length === 2 && Nodes.every(({ Tasks }) => Tasks.Running === 0);
    });
    await tidy(folder);
    assert(!listing(folder).includes(RESULT));
  });

  test(
    "a frozen node is replaced, and changes nothing when it resumes",
    async (stage, folder) => {
      const [server, asleep] = await stage.up(2);
      const { Id } = await submit(server, folder, "gated.ts");
      await nodesAtWork(server, 2);
      asleep!.signal("SIGSTOP");
      await open(folder);
      await assertComplete(server, Id, folder, stage.u);
      asleep!.signal("SIGCONT");
      await nodesSeen(server, 2);
      await tidy(folder);
      const again = await submit(server, folder, "gated.ts");
      await assertComplete(server, again.Id, folder, stage.u);
    },
  );

  test("a disconnected node is replaced until it comes back", async (stage, folder) => {
    const [server] = await stage.up(2);
    const { Id } = await submit(server, folder, "gated.ts");
    await nodesAtWork(server, 2);
    stage.relay.cut();
    await open(folder);
    await assertComplete(server, Id, folder, stage.u);
    await nodesSeen(server, 1);
    stage.relay.mend();
    await nodesSeen(server, 2);
    await tidy(folder);
  });

  test("a node that joins during a job takes its share", async (stage, folder) => {
    const [server, ...shared] = await stage.up(2);
    for (const node of shared) await node.stop();
    const start = () => startNode(way, stage.redis, stage.root, NEVER_LOST);
    await using _one = await start();
    await using _other = await start();
    const { Id } = await submit(server, folder, "gated.ts");
    await nodesAtWork(server, 2);
    await using _late = await start();
    await nodesAtWork(server, 3);
    await open(folder);
    await assertComplete(server, Id, folder, stage.u);
    const job = await told(server, "Status", { Id });
    assertEquals(job.Workers, 3);
  });

  test("a stopped node returns the tasks it can't finish", async (stage, folder) => {
    const [server] = await stage.up(2);
    const args = ["--limit", "stop-seconds=0.3", ...NEVER_LOST];
    const leaving = await startNode(way, stage.redis, stage.root, args);
    const { Id } = await submit(server, folder, "gated.ts");
    await nodesAtWork(server, 3);
    await leaving.stop();
    await nodesSeen(server, 2);
    await open(folder);
    await assertComplete(server, Id, folder, stage.u);
  });

  test(
    "the other nodes take over from a node that is killed during a task",
    async (stage, folder) => {
      const [server, doomed] = await stage.up(2);
      const { Id } = await submit(server, folder, "gated.ts");
      await nodesAtWork(server, 2);
      await doomed!.kill();
      await open(folder);
      await assertComplete(server, Id, folder, stage.u);
      await nodesSeen(server, 1);
    },
  );
}

testWith(
  missingRedis ?? await missingNamespaces(),
  "nodes in networks of their own, one of whose cables is pulled, do the same",
  async () => {
    await using temporary = await tempDir();
    const folder = temporary.path;
    const u = await furnish(folder);
    await using one = await Namespace.make(0);
    await using two = await Namespace.make(1);
    await using redis = await RedisServer.start(
      ...["--bind", "127.0.0.1", one.near, two.near, "--protected-mode", "no"],
    );
    const url = (near: string) => ({ url: `redis://${near}:${redis.port}` });
    await using server = await startClusterServer(compiled, redis, folder);
    await using _one = await startNodeBehind(one.before, url(one.near), folder);
    await using _two = await startNodeBehind(two.before, url(two.near), folder);
    await nodesSeen(server, 2);
    const addresses = (await clusterOf(server)).Nodes.map(({ Address }) => Address);
    assertEquals(addresses.sort(), [one.far, two.far].sort());
    const { Id } = await submit(server, folder, "gated.ts");
    await nodesAtWork(server, 2);
    await one.cut();
    await open(folder);
    await assertComplete(server, Id, folder, u);
    await one.mend();
    await nodesSeen(server, 2);
    await tidy(folder);
  },
);
