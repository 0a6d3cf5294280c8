/** Files of parts of jobs: who still needs them, and who removes them. */
import { join } from "@std/path";
import { jobOfPart, removeIfThere } from "../loader.ts";
import type { Redis } from "./bull.ts";
import { wantedKey } from "./names.ts";

/** The flow that a job's server waits for; null where nobody does. */
export function wantedFlow(redis: Redis, job: string): Promise<string | null> {
  return redis.get(wantedKey(job));
}

/** Removes all parts of a job that lie in a folder. */
export function removeParts(directory: string, job: string): void {
  for (const { name } of Deno.readDirSync(directory)) {
    if (jobOfPart(name) === job) removeIfThere(join(directory, name));
  }
}
