import { join } from "@std/path";
import type { JobTrial } from "../../../job/request.ts";
import type { SavedResult } from "../../../result/place.ts";
import type { JobRun } from "../job_run.ts";
import { SessionWork } from "../session_work.ts";
import type { RunStep } from "./run_step.ts";

/** Tries a formula; the result lies in the engine's own folder, and is gone with it. */
export const trial: RunStep<"trial"> = (run) =>
  SessionWork.do(run, () => run.ownPlace(), async (work) => {
    const computed = await work.computation.run();
    return { ...work.whole(computed), trial: await describe(run, work, computed.saved) };
  });

async function describe(
  run: JobRun,
  { setting }: SessionWork,
  { file }: SavedResult,
): Promise<JobTrial> {
  const { dataset, traits, workerPool } = setting;
  const touched = await workerPool.runOnAll({ type: "touched" });
  const name = ({ name, type }: { name: string; type: string }) => ({ name, type });
  const path = join(run.folder, file);
  return {
    exports: traits.exports,
    columns: dataset.columns.map(name),
    touched: [...new Set(touched.flat())],
    result: file.endsWith(".parquet")
      ? run.loader.read({ name: file, files: [{ path, hive: {} }] }).columns.map(name)
      : null,
  };
}
