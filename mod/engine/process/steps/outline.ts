import { ServiceError } from "../../../common/errors.ts";
import { filesOfAll } from "../../../dataset/inputs.ts";
import { blockLength } from "../../../formula/merge.ts";
import type { WorkerListener } from "../../workers/worker.ts";
import { fingerprintsOf } from "../fingerprints.ts";
import { skippedOf } from "../session_work.ts";
import type { RunStep } from "./run_step.ts";

/** Says what a job is, without computing any of it. */
export const outline: RunStep<"outline"> = (run) => {
  const listener: WorkerListener = {
    answer: () => Promise.reject(new ServiceError("INTERNAL", "an outline computes nothing")),
    log: (lines) => run.log.add(lines),
  };
  return run.inSession(listener, async (setting) => {
    const {
      dataset,
      inputs,
      partitions,
      traits: { kind, grouped, tables },
      filter,
      lineage,
      units,
      pack,
    } = setting;
    return {
      kind,
      partitions: partitions.length,
      least: grouped ? blockLength(partitions.length) : 1,
      rows: dataset.rows,
      ...skippedOf(setting),
      ...(filter === null ? {} : { filter: { value: filter, log: run.log.lines } }),
      files: fingerprintsOf(filesOfAll(dataset, inputs)),
      lineage: lineage(),
      ...(tables === null ? {} : { tables }),
      units: units(),
      formula: await pack(),
    };
  });
};
