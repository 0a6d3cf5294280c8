/** Files of parts of jobs: who still needs them, and who removes them. */
import { join } from "@std/path";
import { removeIfThere } from "../common/remove_if_there.ts";
import { jobOfPart } from "../result/place.ts";
import type { Redis } from "./bull.ts";
import { wantedKey } from "./redis_keys.ts";
import { FLOW_NAME, shaped } from "./shapes.ts";

/**
 * The flow that a job's server waits for; null where nobody does.
 *
 * @throws ServiceError `INTERRUPTED` for what is no flow's name
 */
export async function wantedFlow(redis: Redis, job: string): Promise<string | null> {
  return shaped(FLOW_NAME, await redis.get(wantedKey(job)), "a flow's name");
}

/** Whether a server waits for a job, whatever it calls the flow. */
export async function isWanted(redis: Redis, job: string): Promise<boolean> {
  return await redis.exists(wantedKey(job)) > 0;
}

/** Removes all parts of a job that lie in a folder. */
export function removeParts(directory: string, job: string): void {
  for (const { name } of Deno.readDirSync(directory)) {
    if (jobOfPart(name) === job) removeIfThere(join(directory, name));
  }
}
