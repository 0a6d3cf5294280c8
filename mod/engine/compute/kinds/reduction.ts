import { mergeBranches } from "../order.ts";
import { type Computed, saveOutcome } from "../outcome.ts";
import { packValue, unpackValue } from "../partial.ts";
import { areLarge, merge, reduce, reducedBranches } from "../reduction.ts";
import type { RunningWork } from "../running_work.ts";
import type { ComputedKind } from "./kind.ts";

/** `chunk` on each partition, whose values `combine` merges and `aggregate` finishes. */
export const reduction: ComputedKind = {
  async run(work) {
    work.countSeen();
    work.readOnce();
    return await aggregate(work, await reducedBranches(work, "chunk", "combine", []));
  },
  async part(work, part) {
    work.countSeen();
    work.readOnce();
    const value = await reduce(work, "chunk", "combine", []);
    work.assertUnchanged();
    return packValue(value, work.extent.rows, work.loader, { ...work.place, part });
  },
  async finish(work, parts) {
    work.extent.rows = parts.reduce((sum, { rows }) => sum + rows, 0);
    const values = await mergeBranches(
      parts.length,
      (index) => unpackValue(parts[index]!, work.place),
      (branch) => merge(work, "combine", branch),
      areLarge,
    );
    return await aggregate(work, values);
  },
};

/** @param values What the reduction came to, but for the last merges. */
function aggregate(work: RunningWork, values: unknown[]): Promise<Computed> {
  const { formula, extent, workerPool: { size } } = work;
  return saveOutcome(work, {
    type: "aggregate",
    name: formula.aggregate ? "aggregate" : null,
    combine: "combine",
    values,
    extent,
    helpers: size - 1,
  });
}
