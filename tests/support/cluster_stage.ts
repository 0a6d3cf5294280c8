/** What tests of a whole cluster share: Redis, data, formulas that wait, a service and nodes. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { encodeRowGroup } from "../../mod/parquet/write/encode.ts";
import { ParquetWriter } from "../../mod/parquet/write/writer.ts";
import { type RunningNode, startClusterServer, startNode } from "./cluster.ts";
import { Relay } from "./redis_relay.ts";
import { listing, readColumn } from "./fixtures.ts";
import { type RunningServer, type TempDir, tempDir, type Way } from "./harness.ts";
import { end, EXISTS, told, writeFormulas } from "./job_requests.ts";
import { testWith } from "./needs.ts";
import { isPartial } from "./processes.ts";
import { missingRedis, RedisServer } from "./redis.ts";
import { until } from "./until.ts";
import { assertSameBits } from "./numeric_values.ts";

/** Row groups are large enough that each is a partition. */
export const PARTITIONS = 8, GROUP = 66_000;
/** What `gated.ts` gives. */
export const RESULT = "gated_ansver.parquet";
const DATA = "time_series.parquet";

const FORMULAS = {
  // Each partition waits for a file of its own number, or for one that lets all go.
  "gated.ts": `
    ${EXISTS}
    export async function map({ u, n }, { partition, log }) {
      log("partition", partition);
      while (!exists("go") && !exists("go" + partition)) await new Promise((resolve) => setTimeout(resolve, 10));
      return { twice: u.map((v) => 2 * v), n };
    }`,
  // Takes a while, and needs nobody to go on.
  "slow.ts": `
    export async function map({ u }) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { twice: u.map((v) => 2 * v) };
    }`,
};

/** Writes a sine as `u` and the rows' numbers as `n`, and the formulas beside it; gives `u`. */
export async function furnish(folder: string, rows = PARTITIONS * GROUP): Promise<Float64Array> {
  const u = Float64Array.from({ length: rows }, (_, row) => 230 * Math.sin(row * 0.0173));
  const n = Int32Array.from({ length: rows }, (_, row) => row);
  const writer = new ParquetWriter(join(folder, DATA));
  for (let from = 0; from < rows; from += GROUP) {
    const group = encodeRowGroup([
      { name: "u", type: "float64", values: u.subarray(from, from + GROUP) },
      { name: "n", type: "int32", values: n.subarray(from, from + GROUP) },
    ]);
    writer.append(group);
  }
  writer.finish();
  writer.close();
  await writeFormulas(folder, FORMULAS);
  return u;
}

/** Further arguments. */
export interface StageOptions {
  redis?: readonly string[];
  server?: readonly string[];
  node?: readonly string[];
}

/** A cluster that tests use one after another; each puts back up what it has taken down. */
export class ClusterStage implements AsyncDisposable {
  readonly way: Way;
  readonly redis: RedisServer;
  /** The first node's line to Redis. */
  readonly relay: Relay;
  /** Of data, formulas and results of all tests. */
  readonly root: string;
  readonly u: Float64Array;
  readonly #temporary: TempDir;
  readonly #options: StageOptions;
  readonly #nodes: RunningNode[] = [];
  #server: RunningServer | null = null;

  private constructor(
    way: Way,
    redis: RedisServer,
    temporary: TempDir,
    u: Float64Array,
    options: StageOptions,
  ) {
    this.way = way;
    this.redis = redis;
    this.relay = new Relay(redis);
    this.root = join(temporary.path, "data");
    this.u = u;
    this.#temporary = temporary;
    this.#options = options;
  }

  /** Starts a cluster: Redis at first, the service and nodes as soon as they are asked for. */
  static async start(way: Way, options: StageOptions): Promise<ClusterStage> {
    const temporary = await tempDir(), root = join(temporary.path, "data");
    await Deno.mkdir(root);
    const u = await furnish(root);
    const redis = await RedisServer.start(...options.redis ?? []);
    return new ClusterStage(way, redis, temporary, u, options);
  }

  /** The service, which keeps its jobs in a state folder; another one after it was ended. */
  async server(): Promise<RunningServer> {
    const state = ["--state", join(this.#temporary.path, "state")];
    const args = [...state, ...this.#options.server ?? []];
    return this.#server ??= await startClusterServer(this.way, this.redis, this.root, args);
  }

  /** A new service, after the last one has ended. */
  async nextServer(): Promise<RunningServer> {
    await this.#server?.stop();
    this.#server = null;
    return await this.server();
  }

  /** The service and so many nodes, all of which have joined; it needn't have seen them yet. */
  async up(count: number): Promise<[RunningServer, ...RunningNode[]]> {
    const starting = Array.from({ length: count }, async (_, index) => {
      const before = this.#nodes[index];
      if (before?.ended === false) return before;
      await before?.stop();
      const at = index === 0 ? this.relay : this.redis;
      return this.#nodes[index] = await startNode(this.way, at, this.root, this.#options.node);
    });
    const all = [this.server(), ...starting] as const;
    await Promise.allSettled(all); // so that each is known, whatever becomes of another
    return await Promise.all(all);
  }

  /** A folder with data and formulas below the root. */
  async folder(): Promise<string> {
    const folder = await Deno.makeTempDir({ dir: this.root });
    for (const name of [DATA, ...Object.keys(FORMULAS)]) {
      await Deno.copyFile(join(this.root, name), join(folder, name));
    }
    return folder;
  }

  /** Ends all of it as it is. */
  async abandon(): Promise<void> {
    this.relay.mend();
    for (const node of this.#nodes) await node.kill();
    await this.#server?.kill();
    await this.#end();
  }

  /** Stops what was started; all of it has to end well. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await Promise.all(this.#nodes.map((node) => node.stop()));
      await this.#server?.stop();
    } finally {
      await this.#end();
    }
  }

  async #end(): Promise<void> {
    await this.relay[Symbol.asyncDispose]();
    await this.redis[Symbol.asyncDispose]();
    await this.#temporary[Symbol.asyncDispose]();
  }
}

/**
 * Tests that use a cluster one after another; it is stopped after the last. One that fails takes it along, and
 * the next begins with a new one.
 */
export function shareCluster(
  way: Way,
  options: StageOptions = {},
): (name: string, check: (stage: ClusterStage, folder: string) => Promise<void>) => void {
  let shared: ClusterStage | null = null;
  Deno.test.afterAll(async () => await shared?.[Symbol.asyncDispose]());
  return (name, check) =>
    testWith(missingRedis, `${name} [${way.name}]`, async () => {
      const stage = shared ??= await ClusterStage.start(way, options);
      try {
        const folder = await stage.folder();
        await check(stage, folder);
        assertEquals(listing(folder).filter((name) => name.startsWith(".")), []);
      } catch (error) {
        shared = null;
        await stage.abandon();
        throw error;
      }
    }, { sanitizeOps: false, sanitizeResources: false }); // the cluster outlives the test
}

/** Lets partitions go on; all, where none is named. */
export async function open(folder: string, ...partitions: number[]): Promise<void> {
  const names = partitions.length > 0 ? partitions.map((one) => `go${one}`) : ["go"];
  for (const name of names) await Deno.writeTextFile(join(folder, name), "");
}

/** Waits until the log says that a partition is being computed. */
export async function started(server: RunningServer, id: string, partition: number): Promise<void> {
  await until(`partition ${partition} of ${id} to be started`, async () => {
    const { Log } = await told(server, "Log", { Id: id });
    return Log.includes(`partition ${partition}`);
  });
}

/** Waits until a job of `gated.ts` has ended, and looks at its result. */
export async function assertComplete(
  server: RunningServer,
  id: string,
  folder: string,
  u: Float64Array,
): Promise<void> {
  const job = await end(server, id);
  assertEquals([job.State, job.Error], ["complete", undefined]);
  const twice = await readColumn(join(folder, RESULT), "twice") as number[];
  assertSameBits(Float64Array.from(twice), u.map((v) => 2 * v), "twice");
}

/** Waits until nothing of a job is left: what was cut off tidies up when it is back. */
export async function tidy(folder: string): Promise<void> {
  await until("parts of jobs to be removed", () => !listing(folder).some(isPartial));
}
