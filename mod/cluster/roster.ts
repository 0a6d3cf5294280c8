import type { Redis } from "./bull.ts";
import { nodeKey, NODES } from "./names.ts";

/** How often a node tells of itself at least, and a service asks, in milliseconds. */
export const BEAT = 1000;

/** What a node tells of itself. */
export interface NodeStatus {
  name: string;
  /** Of the machine, as far as that is known. */
  address: string;
  cores: number;
  /** Bytes of the machine's memory, and of what of it is available; null where it may not be asked. */
  memory: number | null;
  available: number | null;
  /** Parts of jobs that it computes at once, with so many workers each. */
  slots: number;
  workers: number;
  /** Milliseconds of silence after which it counts as gone. */
  patience: number;
  /** Parts that it computes now, and has computed or given up since its start. */
  running: number;
  done: number;
  failed: number;
}

/** A node as others see it. */
export interface SeenNode extends NodeStatus {
  /** Seconds since it told of itself. */
  silent: number;
}

/** Tells of a node. */
export async function tellNode(redis: Redis, status: NodeStatus): Promise<void> {
  await redis.pipeline()
    .set(nodeKey(status.name), JSON.stringify(status), "PX", status.patience)
    .sadd(NODES, status.name)
    .exec();
}

/** Takes a node off the list. */
export async function removeNode(redis: Redis, name: string): Promise<void> {
  await redis.pipeline().del(nodeKey(name)).srem(NODES, name).exec();
}

/** All nodes that live; the names of others are forgotten. */
export async function listNodes(redis: Redis): Promise<SeenNode[]> {
  const names = (await redis.smembers(NODES)).sort();
  if (names.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const name of names) pipeline.get(nodeKey(name)).pttl(nodeKey(name));
  const answers = (await pipeline.exec() ?? []).map(([, answer]) => answer);
  const seen: SeenNode[] = [];
  const gone: string[] = [];
  names.forEach((name, index) => {
    const text = answers[2 * index], left = answers[2 * index + 1];
    if (typeof text !== "string" || typeof left !== "number") return void gone.push(name);
    const status: NodeStatus = JSON.parse(text);
    seen.push({ ...status, silent: Math.max(0, status.patience - left) / 1000 });
  });
  if (gone.length > 0) await redis.srem(NODES, ...gone);
  return seen;
}
