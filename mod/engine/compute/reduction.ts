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
  const runs = work.runs();
  return mergeBranches(
    runs.length,
    async (index) => {
      const pieces = runs[index]!;
      const value = await work.workerPool.run({
        type: "value",
        name: chunk,
        combine,
        pieces,
        args,
      });
      work.advance(pieces);
      return value;
    },
    (values) => merge(work, combine, values),
  );
}

/** Merges values that follow each other by an export of the formula. */
export function merge(
  { workerPool }: RunningWork,
  name: string,
  values: unknown[],
): Promise<unknown> {
  return workerPool.run({ type: "combine", name, values }, { urgent: true });
}
