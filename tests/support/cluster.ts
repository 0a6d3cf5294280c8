/** Services and nodes of a cluster, each a process of its own. */
import { BINARY } from "../../scripts/binary.ts";
import { patiently } from "../../scripts/patience.ts";
import type { RunningServer } from "./harness.ts";
import { startServer, type Way } from "./harness.ts";
import { until } from "./processes.ts";
import type { RedisServer } from "./redis.ts";

/** Short, so that tests needn't wait long for what was lost to be given to others. */
const LOST = "lost-seconds=1";

/** A node in a process of its own. Disposing it stops it and asserts that it ends well. */
export class RunningNode implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #log: Promise<string>;
  /** What it has written to its standard output. */
  #out = "";
  #ended = false;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#log = new Response(child.stderr).text();
    this.#read();
  }

  get pid(): number {
    return this.#child.pid;
  }

  async #read(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#out += text;
    }
  }

  /** Waits until it has joined. */
  async joined(): Promise<void> {
    let waiting = true;
    const joined = until(() => !waiting || /^joined /m.test(this.#out) || this.#ended);
    this.#child.status.then(() => this.#ended = true);
    await patiently(joined, "a node to join", () => {
      waiting = false;
      this.#child.kill("SIGKILL");
    });
    if (!/^joined /m.test(this.#out)) throw new Error(`the node ended: ${await this.#log}`);
  }

  /** Ends it, and its engines with it, as kill -9 does. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    this.#ended = true;
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Stops it as systemd does. @throws Error when it doesn't end with exit code 0. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    this.#child.kill("SIGTERM");
    const { code } = await patiently(
      this.#child.status,
      "a node to stop",
      () => this.#child.kill("SIGKILL"),
    );
    this.#ended = true;
    if (code !== 0) throw new Error(`the node ended with ${code}: ${await this.#log}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Starts a node and waits until it has joined. */
export async function startNode(
  way: Way,
  redis: Pick<RedisServer, "url">,
  root: string,
  args: readonly string[] = [],
): Promise<RunningNode> {
  const node = spawnNode(way, redis, root, args);
  await node.joined();
  return node;
}

/** Starts a node and leaves it to itself. */
export function spawnNode(
  way: Way,
  { url }: Pick<RedisServer, "url">,
  root: string,
  args: readonly string[] = [],
): RunningNode {
  const options = ["--cluster", url, "--root", root, "--limit", LOST, "--workers", "1", ...args];
  return new RunningNode(
    way.command(["node", ...options], { stdin: "null", stdout: "piped", stderr: "piped" }).spawn(),
  );
}

/** Starts a service whose jobs run on a cluster. */
export function startClusterServer(
  way: Way,
  { url }: Pick<RedisServer, "url">,
  root: string,
  args: readonly string[] = [],
): Promise<RunningServer> {
  return startServer(way, { root, args: ["--cluster", url, "--limit", LOST, ...args] });
}

/** Starts a node of the compiled program behind another command, such as one that enters a network. */
export async function startNodeBehind(
  before: readonly string[],
  { url }: Pick<RedisServer, "url">,
  root: string,
): Promise<RunningNode> {
  const [program, ...rest] = before as [string, ...string[]];
  const options = ["--cluster", url, "--root", root, "--limit", LOST, "--workers", "1"];
  const node = new RunningNode(
    new Deno.Command(program, {
      args: [...rest, BINARY, "node", ...options],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
  await node.joined();
  return node;
}

/** What a service tells of its cluster. */
export interface ClusterFigures {
  Problem: string | null;
  Nodes: {
    Name: string;
    Address: string;
    Cores: number;
    Memory: { Total: number; Available: number } | null;
    Slots: number;
    Workers: number;
    Tasks: { Running: number; Done: number; Failed: number };
    Heartbeat: number;
  }[];
}

export async function clusterOf(server: RunningServer): Promise<ClusterFigures> {
  const { Response } = await server.request({ Header: "Info", Request: "Status" });
  return Response.Statistic!.Cluster as ClusterFigures;
}

/** Waits until a service sees so many nodes. */
export async function nodesSeen(server: RunningServer, count: number): Promise<void> {
  let waiting = true;
  const seen = until(async () => !waiting || (await clusterOf(server)).Nodes.length === count);
  await patiently(seen, `the service to see ${count} nodes`, () => waiting = false);
}
