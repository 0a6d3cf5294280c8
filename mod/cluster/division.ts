import { partsOf } from "../job/kinds.ts";
import type { JobOutline } from "../job/request.ts";
import type { SeenNode } from "./roster.ts";
import { MOST_GROUPS } from "./shapes.ts";

/** Parts that each slot of the cluster should get, so that the last ones end together. */
const PARTS_A_SLOT = 4;

/**
 * Partitions of each part: a power of two, so that a part is a branch of the tree by which results are
 * merged, and they don't depend on it. What is summed up as one is not divided.
 */
export function partitionsEach(
  { kind, partitions, least: whole }: Pick<JobOutline, "kind" | "partitions" | "least">,
  nodes: Pick<SeenNode, "slots" | "workers">[],
  most: number,
): number {
  if (partsOf(kind) === null) return Math.max(1, partitions);
  const slots = nodes.reduce((sum, { slots, workers }) => sum + Math.max(slots, workers), 0);
  const fair = Math.min(most, partitions / (PARTS_A_SLOT * Math.max(1, slots)));
  const least = Math.max(1, whole, fair, partitions / MOST_GROUPS);
  const power = Math.floor(Math.log2(least));
  return 2 ** (partitions / 2 ** power > MOST_GROUPS ? power + 1 : power);
}
