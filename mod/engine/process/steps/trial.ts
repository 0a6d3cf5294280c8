import { join } from "@std/path";
import type { Dataset } from "../../../dataset/dataset.ts";
import { type BoundJoin, sourceOf } from "../../../dataset/joins/bind.ts";
import { firstUnit } from "../../../dataset/units.ts";
import type { Column } from "../../../parquet/format/column.ts";
import { isJoined } from "../../../dataset/hive.ts";
import type { JobTrial } from "../../../job/request.ts";
import type { SavedResult } from "../../../result/place.ts";
import type { JobRun } from "../job_run.ts";
import { SessionWork } from "../session_work.ts";
import type { RunStep } from "./run_step.ts";

/** Tries a formula; the result lies in the engine's own folder, and is gone with it. */
export const trial: RunStep<"trial"> = (run) =>
  SessionWork.do(run, (work) => work.ownPlace(), async (work) => {
    const computed = await work.computation.run();
    return { ...work.whole(computed), trial: await describe(run, work, computed.saved) };
  });

async function describe(
  run: JobRun,
  { setting }: SessionWork,
  { file, tables }: SavedResult,
): Promise<JobTrial> {
  const { dataset, inputs, joins, traits, workerPool } = setting;
  const touched = await workerPool.runOnAll({ type: "touched" });
  const told = (dataset: Dataset, joins: readonly BoundJoin[] = []) => ({ name, type }: Column) => {
    const source = sourceOf(dataset, joins, name);
    const unit = firstUnit(source.dataset, source.name);
    return { name, type, ...(unit === null ? {} : { unit }) };
  };
  const columnsOf = (file: string) => {
    const made = run.loader.read({
      name: file,
      files: [{ path: join(run.folder, file), hive: {} }],
    });
    return made.columns.map(told(made));
  };
  return {
    exports: traits.exports,
    columns: dataset.columns.filter((column) => !isJoined(column)).map(told(dataset)),
    touched: [...new Set(touched.flat())],
    ...(inputs.length === 0 ? {} : {
      inputs: inputs.map(({ input, dataset }) => ({
        name: input,
        columns: dataset.columns.map(told(dataset)),
      })),
      joined: dataset.columns.filter(isJoined).map(told(dataset, joins)),
    }),
    result: file.endsWith(".parquet") ? columnsOf(file) : null,
    ...(tables === undefined ? {} : {
      tables: tables.map(({ name, file, rows }) => ({ name, rows, columns: columnsOf(file) })),
    }),
  };
}
