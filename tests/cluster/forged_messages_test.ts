/** What somebody else has written to Redis: nodes and services look at it as at a stranger's request. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { basename, dirname, join } from "@std/path";
import { createHash } from "node:crypto";
import { serialize } from "node:v8";
import { FlowProducer, Queue, type Redis, Worker } from "../../mod/cluster/bull.ts";
import { ContentStore } from "../../mod/cluster/content.ts";
import { FINISH, nodeKey, NODES, PREFIX, TASKS } from "../../mod/cluster/redis_keys.ts";
import { Seal } from "../../mod/cluster/seal.ts";
import type { SharedPlan } from "../../mod/cluster/task_messages.ts";
import { readPlan, sharePlan } from "../../mod/cluster/shared_plan.ts";
import { restoreSnapshot } from "../../mod/engine/snapshot/restore_snapshot.ts";
import { ServiceError } from "../../mod/common/errors.ts";
import type { FileFingerprint, JobLimits, JobOutline, JobPlan } from "../../mod/job/request.ts";
import { Hosts } from "../../mod/remote/hosts.ts";
import { Roots } from "../../mod/system/roots.ts";
import { nodesSeen, startClusterServer, startNode } from "../support/cluster.ts";
import { job, listing, writeSample } from "../support/fixtures.ts";
import { type Reply, type RunningServer, tempDir, type Way, ways } from "../support/harness.ts";
import { testWith } from "../support/needs.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomTest } from "../support/random_tests.ts";
import { missingRedis, RedisServer } from "../support/redis.ts";
import { until } from "../support/until.ts";

const LIMITS: JobLimits = {
  heapBytes: 2 ** 28,
  memoryBytes: 2 ** 30,
  workBytes: 2 ** 29,
  resultBytes: 2 ** 20,
  logBytes: 2 ** 16,
};

const encode = (text: string) => new TextEncoder().encode(text);

/** Modules that no service packs. */
const STRANGE_MODULES = [
  `import "file:///etc/passwd";`,
  `import "npm:is-number@7";`,
  `import(globalThis.name);`,
  `export { x } from "../../outside/x.js";`,
  "\u{1}not a module(",
];

/** A Redis that knows what was set, and no more: all that {@linkcode ContentStore} takes. */
function memory(): Redis {
  const known = new Map<string, Uint8Array>();
  return {
    set: (key: string, bytes: Uint8Array) => void known.set(key, bytes),
    getBuffer: (key: string) => known.get(key) ?? null,
  } as unknown as Redis;
}

/** A folder with a root, where data and a formula lie, and with a folder outside of it. */
async function makeTree(top: string): Promise<{ root: string; outside: string }> {
  const root = join(top, "root"), outside = join(top, "outside");
  await Deno.mkdir(join(root, "sub"), { recursive: true });
  await Deno.mkdir(outside);
  await writeSample(root, 1000);
  await Deno.copyFile(join(root, "time_series.parquet"), join(outside, "time_series.parquet"));
  await Deno.writeTextFile(join(root, "work.js"), `export const map = ({ u }) => ({ u });`);
  return { root, outside };
}

function planOf(root: string): [JobPlan, JobOutline] {
  const plan: JobPlan = {
    id: crypto.randomUUID(),
    attempt: 1,
    base: {
      name: "time_series.parquet",
      files: [{ path: join(root, "time_series.parquet"), hive: {} }],
    },
    inputs: [{
      input: "same",
      name: "time_series.parquet",
      files: [{ path: join(root, "time_series.parquet"), hive: {} }],
    }],
    formula: join(root, "work.js"),
    directory: root,
    stem: "work_ansver",
    codec: "snappy",
    params: { a: [1, "two"] },
    rows: { from: "2024-01-01", time: "time", filter: { u: { $gt: 0 } } },
    workers: 1,
    limits: LIMITS,
  };
  const bytes = encode(Deno.readTextFileSync(join(root, "work.js"))).toBase64();
  const outline: JobOutline = {
    kind: "map",
    partitions: 8,
    least: 1,
    rows: 1000,
    filter: { value: serialize({ n: { $lt: 5n } }).toString("base64"), log: [{ text: "a line" }] },
    files: ["time_series.parquet", "time_series.parquet"].map((name) => markOf(join(root, name))),
    lineage: "{}",
    units: { columns: [["power", "W"]], conflicts: ["a text"] },
    formula: [{ target: "work.js", name: "work.js", bytes, meta: false }],
  };
  return [plan, outline];
}

function markOf(path: string): FileFingerprint {
  const bytes = Deno.readFileSync(path);
  const length = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
  const footer = createHash("sha256").update(bytes.subarray(-8 - length, -8)).digest("hex");
  return { size: bytes.length, footer };
}

// deno-lint-ignore no-explicit-any
type Tree = any;

/** What is put in place of some value of a plan. */
function hostileValues(digests: string[]): ((random: Random) => Tree)[] {
  const some = [
    ...[
      "..",
      "../x",
      "../../outside",
      "/etc/passwd",
      "a/../../b",
      "",
      ".",
      "x\0y",
      "x/y",
      "\\..\\x",
    ],
    ...[
      "__proto__",
      "x".repeat(5000),
      "../outside/time_series.parquet",
      "{}",
      "file:///etc/passwd",
    ],
    ...[null, true, 0, -1, 1.5, 1e308, 2 ** 53, -(2 ** 31), [], {}, [[]], { a: {} }],
    ...[[-1, "http://127.0.0.1/x"], [0, ".."], [0, "/etc"], [1, ""], [2 ** 40, "x"], [-1, "../x"]],
  ];
  return [
    (random) => structuredClone(some[random(some.length)]),
    (random) => digests[random(digests.length)],
    (random) => String.fromCharCode(...Array.from({ length: random(9) }, () => random(0x3000))),
  ];
}

/** Changes a value anywhere in a tree, or leaves it out, or adds one that nobody knows. */
function mutate(tree: Tree, random: Random, values: ((random: Random) => Tree)[]): void {
  let at = tree;
  for (;;) {
    const keys = Object.keys(at);
    const key = keys.length > 0 ? keys[random(keys.length)]! : "added";
    const value = at[key];
    if (typeof value === "object" && value !== null && random(4) > 0) {
      at = value;
      continue;
    }
    const how = random(8);
    if (how === 0) delete at[key];
    else if (how === 1) at["other"] = values[0]!(random);
    else at[key] = values[random(values.length)]!(random);
    return;
  }
}

randomTest("forged-plans", "a plan is refused, or stays below the roots", async (count) => {
  await using temporary = await tempDir();
  const { root } = await makeTree(await Deno.realPath(temporary.path));
  const content = new ContentStore(memory());
  const [plan, outline] = planOf(root);
  const sound = await sharePlan(plan, outline, 2, { roots: [root], content });
  const text = new TextDecoder().decode(await content.get(sound));
  const digests = await Promise.all(STRANGE_MODULES.map((code) => content.put(encode(code))));
  const values = hostileValues(digests);
  const reading = {
    roots: new Roots([root]),
    hosts: new Hosts(),
    content,
    workers: 1,
    limits: LIMITS,
  };
  let refused = 0;
  for (let index = 0; index < count; index++) {
    const random = fuzzRandom(index);
    const tree = JSON.parse(text);
    for (let changes = 1 + random(2); changes > 0; changes--) mutate(tree, random, values);
    const forged = JSON.stringify(tree);
    try {
      const digest = await content.put(encode(forged));
      const [, found] = await readPlan(digest, reading);
      assertHarmless(found, root);
      const into = join(root, "sub", `${index}`);
      await restoreSnapshot(found.packed!, found.formula, into);
    } catch (thrown) {
      const known = thrown instanceof ServiceError && thrown.code !== "INTERNAL";
      assert(known, `${forged}\n${thrown instanceof Error ? thrown.stack : thrown}`);
      refused++;
    }
    if (index % 1000 === 999) await Deno.remove(join(root, "sub"), { recursive: true });
  }
  assert(refused > count / 2, `${refused} of ${count} were refused`);
  assertEquals(listing(dirname(root)).sort(), ["outside", "root"]);
  await readPlan(sound, reading);
});

function assertHarmless(plan: JobPlan, root: string): void {
  const paths = [
    plan.directory,
    dirname(plan.formula),
    ...[plan.base, ...plan.inputs ?? []].flatMap(({ files }) => files.map(({ path }) => path)),
  ];
  for (const path of paths) {
    const real = Deno.realPathSync(path);
    assert(real === root || real.startsWith(`${root}/`), path);
  }
  assertEquals(basename(plan.stem), plan.stem);
  assertMatch(plan.id, /^[0-9a-f-]{36}$/);
  for (const [name, most] of Object.entries(LIMITS)) {
    const own = plan.limits[name as keyof JobLimits];
    assert(own >= 0 && own <= most, `${name} is ${own}`);
  }
}

/** Runs a test with a Redis, a tree, and a connection to Redis. */
function test(
  name: string,
  check: (way: Way, redis: RedisServer, client: Redis, top: string) => Promise<void>,
): void {
  for (const way of ways) {
    testWith(missingRedis, `${name} [${way.name}]`, async () => {
      await using temporary = await tempDir();
      await using redis = await RedisServer.start();
      const client = redis.client();
      try {
        await check(way, redis, client, await Deno.realPath(temporary.path));
      } finally {
        client.disconnect();
      }
    });
  }
}

async function run(server: RunningServer, folder: string): Promise<Reply["Response"]> {
  return (await server.request(job(folder, { File: "work.js" }))).Response;
}

const FORGERIES: Record<string, (plan: Tree, digests: string[]) => void> = {
  "the result's name": (plan) => plan.rest.stem = "../../outside/x",
  "the job's name": (plan) => plan.id = "../../outside/x",
  "the folder": (plan) => plan.directory = [0, "../outside"],
  "the formula": (plan) => plan.formula = [0, "../outside/work.js"],
  "data": (plan) => plan.base.files[0].path = [0, "../outside/time_series.parquet"],
  "a further table": (plan) => plan.inputs[0].files[0].path = [0, "../outside/time_series.parquet"],
  "data by a URL": (plan) => plan.base.files[0].path = [-1, "http://127.0.0.1:1/x.parquet"],
  "a limit left out": (plan) => delete plan.rest.limits.heapBytes,
  "a limit that is no number": (plan) => plan.rest.limits.memoryBytes = "1e9",
  "an unknown field": (plan) => plan.rest.part = "x",
  "a module's place": (plan) => plan.modules[0].target = "../work.js",
  ...Object.fromEntries(STRANGE_MODULES.map((code, index) => [
    `a module: ${code}`,
    (plan: Tree, digests: string[]) => plan.modules[0].digest = digests[index]!,
  ])),
};

/** Adds a job of a plan as a service does. @returns Why it failed, or null. */
async function addForged(
  client: Redis,
  plan: SharedPlan,
  digest: string,
  seal = new Seal(null),
): Promise<string | null> {
  const options = { connection: client, prefix: PREFIX, skipVersionCheck: true };
  const flow = `${crypto.randomUUID()}_${crypto.randomUUID().slice(0, 8)}`;
  const data = { job: flow.slice(0, 36), flow, plan: digest };
  const job = plan.id.length === 36 ? plan.id : data.job;
  const named = { ...data, job, flow: `${job}_${flow.slice(-8)}` };
  await client.set(`${PREFIX}:wanted:${job}`, named.flow, "EX", 60);
  const producer = new FlowProducer(options);
  const finish = new Queue(FINISH, options);
  try {
    const parent = { groups: 1, partitions: 8, each: 8, rows: 1000, began: Date.now() };
    await producer.add({
      name: "job",
      queueName: FINISH,
      data: seal.close(named.flow, { ...named, ...parent }),
      opts: { jobId: named.flow },
      children: [{
        name: "part",
        queueName: TASKS,
        data: seal.close(`${named.flow}.0`, { ...named, span: null }),
        opts: { jobId: `${named.flow}.0`, continueParentOnFailure: true, removeOnFail: true },
      }],
    });
    return await until("a forged job to end", async () => {
      const { finishedOn, failedReason } = await finish.getJob(named.flow) ?? {};
      return finishedOn === undefined ? null : failedReason ?? "none";
    });
  } finally {
    await producer.close();
    await finish.close();
  }
}

test("a node refuses forged plans and keeps running", async (way, redis, client, top) => {
  const { root, outside } = await makeTree(top);
  await using server = await startClusterServer(way, redis, root);
  await using _node = await startNode(way, redis, root, ["--name", "mill"]);
  await nodesSeen(server, 1);
  const content = new ContentStore(client);
  const digests = await Promise.all(STRANGE_MODULES.map((code) => content.put(encode(code))));
  for (const [what, forge] of Object.entries(FORGERIES)) {
    const digest = await sharePlan(...planOf(root), 8, { roots: [root], content });
    const plan = JSON.parse(new TextDecoder().decode(await content.get(digest)));
    forge(plan, digests);
    const forged = await content.put(encode(JSON.stringify(plan)));
    const { code } = JSON.parse(await addForged(client, plan, forged) ?? "{}");
    assert(["INTERRUPTED", "FORBIDDEN_PATH", "FORMULA_INVALID"].includes(code), `${what}: ${code}`);
  }
  assertEquals(listing(outside), ["time_series.parquet"]);
  assertEquals(listing(root).sort(), ["sub", "time_series.parquet", "work.js"]);
  assertEquals((await run(server, root)).Status, "complete");
});

const RESULTS: Record<string, (result: Tree) => unknown> = {
  "the file": (result) => ({ ...result, report: { ...result.report, file: "../outside/x" } }),
  "the file's other name": (result) => ({
    ...result,
    report: { ...result.report, file: "work.js" },
  }),
  "the part": (result) => ({ ...result, part: "../../outside/time_series.parquet" }),
  "another job": (result) => ({ ...result, report: { ...result.report, id: crypto.randomUUID() } }),
  "a number": (result) => ({ ...result, report: { ...result.report, rows: "many" } }),
  "the log": (result) => ({ ...result, report: { ...result.report, log: [{}] } }),
  "a list": () => [],
  "a text": () => "x",
  "nothing": () => null,
};

test("a service refuses forged results and keeps running", async (way, redis, client, top) => {
  const { root, outside } = await makeTree(top);
  await using server = await startClusterServer(way, redis, root, ["--state", join(top, "state")]);
  await client.sadd(NODES, "forger", "liar");
  const status = { name: "forger", address: "x", cores: 1, memory: null, available: null };
  const figures = { slots: 1, workers: 1, patience: 600_000, running: 0, done: 0, failed: 0 };
  await client.set(nodeKey("forger"), JSON.stringify({ ...status, ...figures }), "PX", 600_000);
  await client.set(nodeKey("liar"), `{"name":"liar"}`, "PX", 600_000);
  await nodesSeen(server, 1);
  assertMatch(server.stderr, /the node liar/);
  let forge: (result: Tree) => unknown = (result) => result;
  const worker = { prefix: PREFIX, skipVersionCheck: true };
  const connection = { host: "127.0.0.1", port: redis.port, maxRetriesPerRequest: null };
  const report = (id: string) => ({
    id,
    kind: "map",
    file: "work_ansver.parquet",
    rows: 1,
    partitions: 1,
    seconds: 0,
    bytesRead: 0,
    bytesWritten: 0,
    workers: 1,
    log: [],
  });
  const tasks = new Worker(TASKS, async (job) => {
    await job.updateProgress({ done: -1, rows: "x", at: {}, lines: 7 });
    return await Promise.resolve({ forged: true });
  }, { ...worker, connection });
  const finish = new Worker(
    FINISH,
    (job) => Promise.resolve(forge({ part: "1-00000000", report: report(job.data.job) })),
    { ...worker, connection },
  );
  try {
    for (const [what, one] of Object.entries(RESULTS)) {
      forge = one;
      const { Error } = await run(server, root);
      assertEquals(Error?.Code, "INTERRUPTED", `${what}: ${JSON.stringify(Error)}`);
    }
    assertEquals(listing(outside), ["time_series.parquet"]);
    assertEquals(listing(root).sort(), ["sub", "time_series.parquet", "work.js"]);
    await client.del(nodeKey("forger"));
  } finally {
    await Promise.all([tasks.close(true), finish.close(true)]);
  }
  await using _node = await startNode(way, redis, root);
  await until("the forger to be gone", async () => {
    const { Response } = await server.request({ Header: "Info", Request: "Status" });
    return !JSON.stringify(Response).includes("forger");
  });
  assertEquals((await run(server, root)).Status, "complete");
});

test("only sealed messages are read when a secret is set", async (way, redis, client, top) => {
  const { root } = await makeTree(top);
  const secretFile = async (name: string, secret: string) => {
    const path = join(top, name);
    await Deno.writeTextFile(path, `${secret}\n`, { mode: 0o600 });
    return ["--cluster-secret", path];
  };
  const secret = "a-secret-of-some-length";
  const own = await secretFile("secret", secret);
  await using server = await startClusterServer(way, redis, root, own);
  await using node = await startNode(way, redis, root, own);
  await nodesSeen(server, 1);
  assertEquals((await run(server, root)).Status, "complete");

  const content = new ContentStore(client);
  const digest = await sharePlan(...planOf(root), 8, { roots: [root], content });
  const plan = JSON.parse(new TextDecoder().decode(await content.get(digest)));
  for (
    const [seal, fault] of [
      [new Seal(null), /not sealed by this cluster-secret/],
      [new Seal("another-secret-of-a-length"), /not sealed by this cluster-secret/],
      [new Seal(secret), /^none$/],
    ] as const
  ) {
    assertMatch(await addForged(client, plan, digest, seal) ?? "", fault);
  }
  await node.stop();
  for (const args of [[], await secretFile("other", "another-secret-of-a-length")]) {
    await using stranger = await startNode(way, redis, root, args);
    await nodesSeen(server, 1);
    const { Error } = await run(server, root);
    assertEquals(Error?.Code, "INTERRUPTED");
    assertMatch(Error!.Message, /not sealed by this cluster-secret .*start the service and all/);
    await stranger.stop();
    await nodesSeen(server, 0);
  }
});

Deno.test("a seal is valid for one place and one value", async () => {
  const seal = new Seal("a-secret-of-some-length");
  const value = { a: 1, b: { c: [null, "x", 0.1, -0] }, "2": 2 };
  const sent = JSON.parse(JSON.stringify(seal.close("here", value)));
  assertEquals(seal.open("here", sent), JSON.parse(JSON.stringify(value)));
  const others: [string, unknown][] = [
    ["there", sent],
    ["here", { ...sent, a: 2 }],
    ["here", { ...sent, more: 1 }],
    ["here", { ...sent, mac: sent.mac.slice(1) }],
    ["here", { ...sent, mac: "é".repeat(32) }],
    ["here", { ...sent, mac: 1 }],
    ["here", value],
  ];
  for (const [place, other] of others) {
    const opened = async () => await Promise.resolve().then(() => seal.open(place, other));
    assertEquals((await assertRejects(opened, ServiceError)).code, "INTERRUPTED");
  }
  const open = async () => await Promise.resolve().then(() => new Seal(null).open("here", sent));
  assertEquals((await assertRejects(open, ServiceError)).code, "INTERRUPTED");
});
