import type { SavedResult } from "../../../result/place.ts";
import { SessionWork } from "../session_work.ts";
import type { RunStep } from "./run_step.ts";

/** What a part of a job has saved under a name of its own. */
const NOTHING: SavedResult = { file: "", bytes: 0, rows: 0 };

/** Computes some partitions; what they come to keeps its hidden name. */
export const compute: RunStep<"compute"> = (run, { from, to, part }) => {
  const { folder, partitionBy } = run.plan;
  // Files of a folder are linked into it; rows of all else are put together.
  const loose = folder && partitionBy === undefined ? {} : { loose: true };
  return SessionWork.do(run, (work) => work.place({ part, ...loose }), async (work) => {
    const computed = await work.computation.part(part);
    return { ...work.reportOf(NOTHING), computed, log: run.log.lines };
  }, { from, to });
};
