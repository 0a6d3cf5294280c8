import { partsOf } from "../../../job/kinds.ts";
import { joinParts } from "../../compute/join_parts.ts";
import type { Step } from "../../link/steps/steps.ts";
import type { JobRun } from "../job_run.ts";
import { notesOf, SessionWork } from "../session_work.ts";
import { placed, type RunStep } from "./run_step.ts";

/** Puts parts together: row groups are copied, the values of a reduction merged. */
export const finish: RunStep<"finish"> = async (run, step) =>
  partsOf(step.kind) === "rows" ? await joinRows(run, step) : await SessionWork.do(
    run,
    (work) => work.place(placed(run.plan, step)),
    async (work) => work.whole(await work.computation.finish(step.parts)),
  );

async function joinRows(run: JobRun, { kind, parts, part }: Step<"finish">) {
  const { lineage = null, units = { columns: [], conflicts: [] } } = run.plan;
  const notes = { notes: () => notesOf(lineage, units) };
  const place = run.place({ ...placed(run.plan, { part }), ...notes });
  const saved = await joinParts(parts, run.loader, place, run.ends);
  return run.reportOf(saved, { kind, partitions: parts.length });
}
