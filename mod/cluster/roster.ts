import { ServiceError } from "../common/errors.ts";
import type { Redis } from "./bull.ts";
import type { NodeStatus } from "./task_messages.ts";
import { nodeKey, NODES } from "./redis_keys.ts";
import { NODE, shapedJson } from "./shapes.ts";

/** How often a node tells of itself at least, and a service asks, in milliseconds. */
export const BEAT = 1000;

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

/** All nodes that live, and what is wrong with those that can't be counted; the names of others are forgotten. */
export async function listNodes(redis: Redis): Promise<{ nodes: SeenNode[]; faults: string[] }> {
  const names = (await redis.smembers(NODES)).sort();
  if (names.length === 0) return { nodes: [], faults: [] };
  const pipeline = redis.pipeline();
  for (const name of names) pipeline.get(nodeKey(name)).pttl(nodeKey(name));
  const answers = (await pipeline.exec() ?? []).map(([, answer]) => answer);
  const nodes: SeenNode[] = [], faults: string[] = [];
  const gone: string[] = [];
  names.forEach((name, index) => {
    const text = answers[2 * index], left = answers[2 * index + 1];
    if (typeof text !== "string" || typeof left !== "number") return void gone.push(name);
    try {
      const status = shapedJson(NODE, text, `the node ${name}`);
      nodes.push({ ...status, silent: Math.max(0, status.patience - left) / 1000 });
    } catch (thrown) {
      faults.push(ServiceError.from(thrown).message);
    }
  });
  if (gone.length > 0) await redis.srem(NODES, ...gone);
  return { nodes, faults };
}
