import { buffersIn } from "../../formula/tasks/buffers.ts";
import { Blocks } from "./blocks.ts";
import { mergeBranches } from "./order.ts";
import type { RunningWork } from "./running_work.ts";

/** The value of all partitions, merged. @param chunk, combine Exports of the formula. */
export async function reduce(
  work: RunningWork,
  chunk: string,
  combine: string,
  args: unknown[],
): Promise<unknown> {
  return await merge(work, combine, await reducedBranches(work, chunk, combine, args));
}

/** Values of all partitions, merged but for the last steps. */
export function reducedBranches(
  work: RunningWork,
  chunk: string,
  combine: string,
  args: unknown[],
): Promise<unknown[]> {
  const task = { type: "value", name: chunk, combine, args } as const;
  const blocks = new Blocks(work, task);
  return mergeBranches(
    blocks.runs.length,
    (from, to) => blocks.value(from, to),
    (values) => merge(work, combine, values),
    areLarge,
    (from, to) => blocks.isWhole(from, to),
  );
}

/** Bytes of values from which on workers merge them two by two, beside each other. */
const LARGE = 1 << 20;

/** Whether it is worth it to merge values by themselves. */
export function areLarge(values: unknown[]): boolean {
  return buffersIn(values).reduce((sum, { byteLength }) => sum + byteLength, 0) > LARGE;
}

/** Merges values that follow each other by an export of the formula. */
export function merge(
  { workerPool }: RunningWork,
  name: string,
  values: unknown[],
): Promise<unknown> {
  return workerPool.run(
    { type: "combine", name, values },
    { urgent: true, transfer: buffersIn(values) },
  );
}
