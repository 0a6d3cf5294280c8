/** Faults at random moments of running jobs: each ends once, right or with an error, and leaves nothing behind. */
import { assert } from "@std/assert";
import { join } from "@std/path";
import { amountOf, LONG, SEED } from "../support/suite_options.ts";
import { nodesSeen, type RunningNode, startClusterServer, startNode } from "../support/cluster.ts";
import { furnish, tidy } from "../support/cluster_stage.ts";
import { Relay } from "../support/redis_relay.ts";
import { listing, readColumn } from "../support/fixtures.ts";
import { bothWays, type RunningServer, tempDir, type Way, ways } from "../support/harness.ts";
import { end, submit, type Told, writeFormulas } from "../support/job_requests.ts";
import { testWith } from "../support/needs.ts";
import { type Random, randomFrom } from "../support/random_numbers.ts";
import { missingRedis, RedisServer } from "../support/redis.ts";
import { resultBytes } from "../support/result_bytes.ts";
import { assertSameBits } from "../support/numeric_values.ts";

/** For each way of running. */
const FAULTS = amountOf("cluster-faults");

const FORMULAS = {
  "map.ts": `export async function map({ u }, { params }) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    return { product: u.map((v) => v * params) };
  }`,
  "sum.ts": `export async function chunk({ u }, { params }) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    return u.reduce((a, b) => a + b * params, 0);
  }
  export const combine = (a, b) => a + b;`,
  "main.ts": `export const main = async (frame, { params }) => {
    const u = await frame.column("u");
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { product: u.map((v) => v * params) };
  }`,
};
const NAMES = Object.keys(FORMULAS);

/** What happens, with how it is undone. */
type Fault = (stage: Stage) => Promise<void>;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A service, two nodes, one of them over a relay, and Redis. */
class Stage implements AsyncDisposable {
  readonly folder: string;
  readonly #way: Way;
  readonly #redis: RedisServer;
  readonly #relay: Relay;
  readonly #state: string;
  server!: RunningServer;
  readonly nodes: RunningNode[] = [];

  constructor(way: Way, redis: RedisServer, folder: string, state: string) {
    this.#way = way;
    this.#redis = redis;
    this.#relay = new Relay(redis);
    this.folder = folder;
    this.#state = state;
  }

  async start(): Promise<void> {
    await this.startServer();
    await this.join(this.#redis);
    await this.join(this.#relay);
    await nodesSeen(this.server, 2);
  }

  async startServer(): Promise<void> {
    const limits = ["attempts=100", "jobs=3"].flatMap((limit) => ["--limit", limit]);
    const args = ["--state", this.#state, "--cluster-wait", ...limits];
    this.server = await startClusterServer(this.#way, this.#redis, this.folder, args);
  }

  async join(at: { url: string }): Promise<void> {
    this.nodes.push(await startNode(this.#way, at, this.folder, ["--limit", "attempts=20"]));
  }

  readonly faults: Record<string, Fault> = {
    "node killed": async () => {
      await this.nodes.shift()!.kill();
      await this.join(this.nodes.length % 2 ? this.#redis : this.#relay);
    },
    "service killed": async () => {
      await this.server.kill();
      await this.startServer();
    },
    "Redis killed": async () => {
      await this.#redis.kill();
      await this.#redis.restart();
    },
    "node asleep": async () => {
      const [node] = this.nodes as [RunningNode];
      node.signal("SIGSTOP");
      await pause(1200);
      node.signal("SIGCONT");
    },
    "node cut off": async () => {
      this.#relay.cut();
      await pause(1200);
      this.#relay.mend();
    },
    "node joins, another is stopped": async () => {
      await this.join(this.#redis);
      await this.nodes.shift()!.stop();
    },
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.server.stop();
    await this.#relay[Symbol.asyncDispose]();
  }
}

for (const [index, way] of (LONG ? bothWays : ways).entries()) {
  testWith(
    missingRedis,
    `every job of a cluster ends once and correctly despite random faults [${way.name}]`,
    async () => {
      const faults: Record<string, number> = {}, ends: Record<string, number> = {};
      try {
        await run(way, randomFrom(SEED + 401 + index), faults, ends);
      } finally {
        const [came, ended] = [faults, ends].map((counts) => JSON.stringify(counts));
        console.log(`${FAULTS} faults, seed ${SEED}, ${way.name}: ${came}; jobs ${ended}`);
      }
    },
  );
}

/** @param ends How jobs have ended, counted as those that came are in `faults`. */
async function run(
  way: Way,
  random: Random,
  faults: Record<string, number>,
  ends: Record<string, number>,
): Promise<void> {
  const count = (counts: Record<string, number>, what: string) =>
    counts[what] = (counts[what] ?? 0) + 1;
  await using temporary = await tempDir();
  const folder = join(temporary.path, "data");
  await Deno.mkdir(folder);
  const u = await furnish(folder);
  await writeFormulas(folder, FORMULAS);
  await using redis = await RedisServer.start("--appendonly", "yes", "--appendfsync", "everysec");
  await using stage = new Stage(way, redis, folder, join(temporary.path, "state"));
  await stage.start();
  const before = listing(folder);
  /** Faults that have yet to come before all come again. */
  const deck: string[] = [];
  for (let fault = 0; fault < FAULTS; fault++) {
    const jobs = [await send(stage, random), await send(stage, random)];
    await pause(random(500));
    if (deck.length === 0) deck.push(...Object.keys(stage.faults));
    const [name] = deck.splice(random(deck.length), 1) as [string];
    count(faults, name);
    await stage.faults[name]!(stage);
    for (const job of jobs) {
      const told = await end(stage.server, job.id);
      count(ends, told.State === "complete" ? "complete" : `${told.State}: ${told.Error.Code}`);
      if (told.State === "complete") await assertRight(folder, job, u);
      else assert(told.Error.Message.length > 10, told.Error.Message);
    }
    await tidy(folder);
    const results = listing(folder).filter((name) => !before.includes(name));
    for (const result of results) await Deno.remove(join(folder, result));
  }
  assert((ends.complete ?? 0) >= FAULTS, "most jobs get over a fault");
}

interface Sent {
  id: string;
  file: string;
  factor: number;
  output: string;
}

let sent = 0;

async function send({ server, folder }: Stage, random: Random): Promise<Sent> {
  const file = NAMES[random(NAMES.length)]!, factor = 1 + random(9), output = `result${++sent}`;
  const fields = { Params: factor, Output: output };
  const { Id }: Told = await submit(server, folder, file, fields);
  return { id: Id, file, factor, output };
}

/** Known results of each formula and factor, by their bytes; the first is checked by its values. */
const known = new Map<string, Uint8Array>();

async function assertRight(folder: string, { file, factor, output }: Sent, u: Float64Array) {
  const ending = file === "sum.ts" ? "txt" : "parquet";
  const bytes = await resultBytes(join(folder, `${output}.${ending}`));
  const key = `${file} ${factor}`;
  const same = known.get(key);
  if (same === undefined) {
    known.set(key, bytes);
    if (ending === "txt") {
      const sum = u.reduce((a, b) => a + b * factor, 0);
      assert(Math.abs(Number(new TextDecoder().decode(bytes)) - sum) < 1e-3);
    } else {
      const product = await readColumn(join(folder, `${output}.parquet`), "product") as number[];
      assertSameBits(Float64Array.from(product), u.map((v) => v * factor), key);
    }
  } else {
    const equal = bytes.length === same.length && bytes.every((byte, at) => byte === same[at]);
    assert(equal, `${key} gave other bytes than before`);
  }
}
