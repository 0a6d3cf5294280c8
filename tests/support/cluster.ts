/** Services and nodes of a cluster, each a process of its own. */
import { BINARY } from "../../scripts/binary.ts";
import { patiently } from "../../scripts/patience.ts";
import type { RunningServer } from "./harness.ts";
import { startServer, type Way } from "./harness.ts";
import { end, submit, type Told } from "./job_requests.ts";
import type { RedisServer } from "./redis.ts";
import { until } from "./until.ts";

/** Short, so that tests needn't wait long for what was lost to be given to others. */
const LOST = ["--limit", "lost-seconds=1"];
/** A node that is only slow for a while may be taken for a lost one, again and again. */
const LENIENT = [...LOST, "--limit", "attempts=100"];
/** Of a node in a test that loses none: so long that no busy machine makes it a lost one. */
export const NEVER_LOST: readonly string[] = ["--limit", "lost-seconds=600"];

/** A node in a process of its own. Disposing it stops it and asserts that it ends well. */
export class RunningNode implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #log: Promise<string>;
  /** What it has written to its standard output. */
  #out = "";
  #ended = false;
  /** It was killed, or was seen to end well. */
  #done = false;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#log = new Response(child.stderr).text();
    child.status.then(() => this.#ended = true);
    this.#read();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Whether it has ended, in whatever way. */
  get ended(): boolean {
    return this.#ended;
  }

  async #read(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#out += text;
    }
  }

  /** Waits until it has joined. @throws Error with its log when it ends instead. */
  async joined(): Promise<void> {
    const joined = () => /^joined /m.test(this.#out);
    try {
      await until("a node to join", () => joined() || this.#ended);
      if (!joined()) throw new Error(`the node ended: ${await this.#log}`);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Ends it, and its engines with it, as kill -9 does. */
  async kill(): Promise<void> {
    this.#done = true;
    if (!this.#ended) this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Stops it as systemd does. @throws Error when it doesn't end with exit code 0. */
  async stop(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    if (!this.#ended) this.#child.kill("SIGTERM");
    const { code } = await patiently(
      this.#child.status,
      "a node to stop",
      () => this.#child.kill("SIGKILL"),
    );
    if (code !== 0) throw new Error(`the node ended with ${code}: ${await this.#log}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Starts a node and waits until it has joined. */
export async function startNode(
  way: Way,
  { url }: Pick<RedisServer, "url">,
  root: string,
  args: readonly string[] = [],
): Promise<RunningNode> {
  const options = ["--cluster", url, "--root", root, ...LENIENT, "--workers", "1", ...args];
  const node = new RunningNode(
    way.command(["node", ...options], { stdin: "null", stdout: "piped", stderr: "piped" }).spawn(),
  );
  await node.joined();
  return node;
}

/** Starts a service whose jobs run on a cluster. */
export function startClusterServer(
  way: Way,
  { url }: Pick<RedisServer, "url">,
  root: string,
  args: readonly string[] = [],
): Promise<RunningServer> {
  return startServer(way, { root, args: ["--cluster", url, ...LOST, ...args] });
}

/** Starts a node of the compiled program behind another command, such as one that enters a network. */
export async function startNodeBehind(
  before: readonly string[],
  { url }: Pick<RedisServer, "url">,
  root: string,
): Promise<RunningNode> {
  const [program, ...rest] = before as [string, ...string[]];
  const options = ["--cluster", url, "--root", root, ...LENIENT, "--workers", "1"];
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
  const seen = async () => (await clusterOf(server)).Nodes.length === count;
  await until(`the service to see ${count} nodes`, seen);
}

/** Waits until a service sees so many nodes, each of which is at a task. */
export async function nodesAtWork(server: RunningServer, count: number): Promise<void> {
  await until(`${count} nodes to be at work`, async () => {
    const { Nodes } = await clusterOf(server);
    return Nodes.length === count && Nodes.every(({ Tasks }) => Tasks.Running > 0);
  });
}

/**
 * Has a job done, in which each of so many nodes has a share, however short it is.
 *
 * @returns How it ended.
 */
export async function doneByNodes(
  server: RunningServer,
  count: number,
  [folder, file, fields]: readonly [folder: string, file: string, fields: Record<string, unknown>],
): Promise<Told> {
  const tasks = async () =>
    new Map((await clusterOf(server)).Nodes.map(({ Name, Tasks }) => [Name, Tasks.Done]));
  const before = await tasks();
  const { Id } = await submit(server, folder, file, fields);
  const ended = await end(server, Id);
  if (ended.State !== "complete") return ended;
  await until(`${count} nodes to have done tasks of a job`, async () => {
    const after = await tasks();
    return after.size === count &&
      [...after].every(([name, done]) => done > (before.get(name) ?? 0));
  });
  return ended;
}
