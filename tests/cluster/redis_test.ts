/** A Redis that asks for a password or talks TLS, and one that can't be used. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { certificatePath } from "../support/certificates.ts";
import {
  clusterOf,
  NEVER_LOST,
  nodesAtWork,
  nodesSeen,
  startClusterServer,
  startNode,
} from "../support/cluster.ts";
import { Relay } from "../support/redis_relay.ts";
import { job, writeSample } from "../support/fixtures.ts";
import {
  bothWays,
  finish,
  type Reply,
  type RunningServer,
  tempDir,
  type Way,
  ways,
} from "../support/harness.ts";
import { get, pageOf } from "../support/http_client.ts";
import { submit } from "../support/job_requests.ts";
import { testWith } from "../support/needs.ts";
import { missingRedis, RedisServer } from "../support/redis.ts";
import { until } from "../support/until.ts";

const FORMULA = `export const map = ({ u }) => ({ u });`;

/** Runs a test in a folder with a small sample and a formula. */
function test(
  on: readonly Way[],
  name: string,
  check: (way: Way, folder: string) => Promise<void>,
): void {
  for (const way of on) {
    testWith(missingRedis, `${name} [${way.name}]`, async () => {
      await using folder = await tempDir();
      await writeSample(folder.path, 1000);
      await Deno.writeTextFile(join(folder.path, "work.ts"), FORMULA);
      await check(way, folder.path);
    });
  }
}

async function run(server: RunningServer, folder: string): Promise<Reply["Response"]> {
  return (await server.request(job(folder))).Response;
}

/** A job is refused, the reason is told, and the service answers all else. */
async function assertBusy(server: RunningServer, folder: string, reason: RegExp): Promise<void> {
  const { Error } = await run(server, folder);
  assertEquals(Error?.Code, "BUSY");
  assertMatch(Error!.Message, reason);
  assertMatch((await clusterOf(server)).Problem ?? "", reason);
}

test(ways, "a password is read from the address and never shown", async (way, folder) => {
  await using redis = await RedisServer.start("--requirepass", "open sesame");
  const at = (password: string) => ({
    url: `redis://:${encodeURIComponent(password)}@127.0.0.1:${redis.port}`,
  });
  await using stranger = await startClusterServer(way, redis, folder);
  await assertBusy(stranger, folder, /refuses the service: .*(NOAUTH|[Aa]uthentication)/);
  await using guesser = await startClusterServer(way, at("please"), folder);
  await assertBusy(guesser, folder, /refuses the service: .*WRONGPASS/);
  await using server = await startClusterServer(way, at("open sesame"), folder);
  await using _node = await startNode(way, at("open sesame"), folder);
  await nodesSeen(server, 1);
  assertEquals((await run(server, folder)).Status, "complete");
  for (const { stderr } of [stranger, guesser, server]) assert(!/sesame|please/.test(stderr));
  const shown = await finish(way, ["config", "--cluster", at("open sesame").url]);
  assertMatch(shown.stdout, /^cluster += "redis:\/\/:\*\*\*@127\.0\.0\.1/m);
});

test(ways, "a Redis over TLS is verified by the configured certificate", async (way, folder) => {
  await using redis = await RedisServer.start(
    ...[
      "--tls-auth-clients",
      "no",
      "--tls-cert-file",
      certificatePath("server-cert.pem"),
      "--tls-key-file",
      certificatePath("server-key.pem"),
    ],
    ...["--tls-ca-cert-file", certificatePath("server-cert.pem")],
  );
  const trusting = (name: string) => ["--cluster-ca", certificatePath(name)];
  await using wary = await startClusterServer(way, redis, folder, trusting("other-cert.pem"));
  await assertBusy(wary, folder, /can't be reached .*certificate/i);
  const ca = trusting("server-cert.pem");
  await using server = await startClusterServer(way, redis, folder, ca);
  await using _node = await startNode(way, redis, folder, ca);
  await nodesSeen(server, 1);
  assertEquals((await run(server, folder)).Status, "complete");
});

test(
  ways,
  "a Redis that is too old is refused, and the error names its version",
  async (way, folder) => {
    await using redis = await RedisServer.start();
    await using relay = new Relay(redis);
    const latin = new TextDecoder("latin1");
    relay.instead = (bytes) => {
      const text = latin.decode(bytes);
      const at = text.indexOf("redis_version:") + "redis_version:".length;
      if (at >= "redis_version:".length) bytes[at] = "4".charCodeAt(0);
      const valkey = text.indexOf("valkey_version");
      if (valkey >= 0) bytes[valkey] = "x".charCodeAt(0);
      return bytes;
    };
    await using server = await startClusterServer(way, relay, folder);
    await assertBusy(
      server,
      folder,
      /is of version 4\.\d+\.\d+, and the cluster takes 6\.2 or later/,
    );
  },
);

test(
  ways,
  "a full Redis refuses jobs until there is room, or jobs wait when configured to",
  async (way, folder) => {
    await using redis = await RedisServer.start();
    const client = redis.client();
    await using server = await startClusterServer(way, redis, folder);
    await using patient = await startClusterServer(way, redis, folder, ["--cluster-wait"]);
    await using _node = await startNode(way, redis, folder, ["--limit", "attempts=9"]);
    await nodesSeen(server, 1);
    await nodesSeen(patient, 1);
    await client.config("SET", "maxmemory", "1");
    const { Error } = await run(server, folder);
    assertEquals(Error?.Code, "BUSY");
    assertMatch(Error!.Message, /is full|no node/);
    const waiting = run(patient, folder);
    await until("the job to be taken on", async () => {
      const { Response } = await patient.request({ Header: "Info", Request: "Status" });
      return Response.Discription === "Status: Work";
    });
    await client.config("SET", "maxmemory", "0");
    assertEquals((await waiting).Status, "complete");
    await nodesSeen(server, 1);
    assertEquals((await run(server, folder)).Status, "complete");
    client.disconnect();
  },
);

test(ways, "jobs are refused until Redis is reachable", async (way, folder) => {
  await using redis = await RedisServer.start();
  await redis.kill();
  await using server = await startClusterServer(way, redis, folder);
  await assertBusy(server, folder, /can't be reached \(.*refused/i);
  await redis.restart();
  await until(
    "Redis to be there",
    async () => /no node/.test((await clusterOf(server)).Problem ?? ""),
  );
  await using _node = await startNode(way, redis, folder);
  await nodesSeen(server, 1);
  assertEquals((await run(server, folder)).Status, "complete");
});

test(ways, "a warning is logged when Redis evicts keys", async (way, folder) => {
  const eviction = ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"];
  await using redis = await RedisServer.start(...eviction);
  await using server = await startClusterServer(way, redis, folder);
  await until("a warning", () => /drops keys when it is full \(allkeys-lru\)/.test(server.stderr));
});

test(bothWays, "Info and the metrics list each node", async (way, folder) => {
  await using redis = await RedisServer.start();
  await using server = await startClusterServer(way, redis, folder, ["--http", "127.0.0.1:0"]);
  await using _node = await startNode(way, redis, folder, ["--name", "mill", ...NEVER_LOST]);
  await nodesSeen(server, 1);
  assertEquals((await run(server, folder)).Status, "complete");
  await until(
    "two tasks to be done",
    async () => (await clusterOf(server)).Nodes[0]?.Tasks.Done === 2,
  );
  const { Problem, Nodes: [node] } = await clusterOf(server);
  const { Cores, Memory, Heartbeat, ...rest } = node!;
  assertEquals(Problem, null);
  assertEquals(rest, {
    Name: "mill",
    Address: "127.0.0.1",
    Slots: 2,
    Workers: 1,
    Tasks: { Running: 0, Done: 2, Failed: 0 },
  });
  assert(Cores >= 1 && Memory!.Available <= Memory!.Total && Heartbeat < 600);
  const { text } = await get(await pageOf(server), "/metrics");
  assertMatch(text, /^measuring_node_tasks_done_total\{node="mill"\} 2$/m);
  assertMatch(text, /^measuring_node_slots\{node="mill"\} 2$/m);
  const names = [...text.matchAll(/^# TYPE (measuring_node_\w+) /gm)].map(([, name]) => name!);
  const told = await Deno.readTextFile(new URL("../../docs/monitoring.md", import.meta.url));
  const listed = [...told.matchAll(/^\| \w+ +\| `(measuring_node_\w+)`/gm)].map(([, name]) =>
    name!
  );
  assertEquals(listed.sort(), names.sort());
});

const LOSSES: Record<string, (redis: RedisServer, relay: Relay) => Promise<void> | void> = {
  "has gone": (redis) => redis.kill(),
  "says nothing any more": (_redis, relay) => relay.cut(),
};

for (const [what, lose] of Object.entries(LOSSES)) {
  test(ways, `a service and a node end while their Redis ${what}`, async (way, folder) => {
    await Deno.writeTextFile(
      join(folder, "work.ts"),
      `export async function map({ u }) {
        await new Promise((resolve) => setTimeout(resolve, 3_600_000));
        return { u };
      }`,
    );
    await using redis = await RedisServer.start();
    await using relay = new Relay(redis);
    await using node = await startNode(way, relay, folder, ["--limit", "stop-seconds=1"]);
    const args = ["--limit", "stop-seconds=1"];
    await using server = await startClusterServer(way, relay, folder, args);
    await nodesSeen(server, 1);
    await submit(server, folder, "work.ts");
    await nodesAtWork(server, 1);
    await lose(redis, relay);
    await Promise.all([node.stop(), server.stop()]); // with exit code 0
  });
}
