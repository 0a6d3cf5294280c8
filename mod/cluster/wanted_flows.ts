import type { Redis } from "./bull.ts";
import { KEPT_SECONDS } from "./content.ts";
import { wantedFlow } from "./parts.ts";
import type { Queues } from "./queues.ts";
import { GIVEN_UP, wantedKey } from "./redis_keys.ts";
import type { ParentData } from "./task_messages.ts";

/** Seconds that a flow outlives a server that is gone, where its job isn't kept. */
const LEFT_SECONDS = 60;

/** Says in Redis that somebody waits for a flow, for as long as it is said again. */
export async function want(redis: Redis, { job, flow }: ParentData, kept: boolean): Promise<void> {
  await redis.set(wantedKey(job), flow, "EX", kept ? KEPT_SECONDS : LEFT_SECONDS);
}

/** Says it again, which a full Redis lets, too. @param kept The job outlives its server. */
export async function stillWant(redis: Redis, data: ParentData, kept: boolean): Promise<void> {
  const known = await redis.expire(wantedKey(data.job), kept ? KEPT_SECONDS : LEFT_SECONDS);
  if (known === 0) await want(redis, data, kept);
}

/** Has nobody do anything more for a job. */
export async function giveUp(redis: Redis, queues: Queues | null, job: string): Promise<void> {
  const flow = await wantedFlow(redis, job);
  if (flow === null || queues === null) return;
  await redis.del(wantedKey(job));
  const parent = await queues.parent(flow);
  if (parent === null) return;
  if (parent.finishedOn !== undefined) return await parent.remove();
  await parent.removeUnprocessedChildren();
  await redis.publish(GIVEN_UP, flow); // whoever has a part of it ends it, and the flow with it
}
