import { join } from "@std/path";
import { isJoined } from "../../../dataset/hive.ts";
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
  const { dataset, inputs, traits, workerPool } = setting;
  const touched = await workerPool.runOnAll({ type: "touched" });
  const name = ({ name, type }: { name: string; type: string }) => ({ name, type });
  const path = join(run.folder, file);
  return {
    exports: traits.exports,
    columns: dataset.columns.filter((column) => !isJoined(column)).map(name),
    touched: [...new Set(touched.flat())],
    ...(inputs.length === 0 ? {} : {
      inputs: inputs.map(({ input, dataset: { columns } }) => ({
        name: input,
        columns: columns.map(name),
      })),
      joined: dataset.columns.filter(isJoined).map(name),
    }),
    result: file.endsWith(".parquet")
      ? run.loader.read({ name: file, files: [{ path, hive: {} }] }).columns.map(name)
      : null,
  };
}
