import type { JobPlan } from "../../../job/request.ts";
import type { ResultPlace } from "../../../result/place.ts";
import type { Step, StepAnswer, StepType } from "../../link/steps/steps.ts";
import type { JobRun } from "../job_run.ts";

/**
 * The engine's side of a step.
 *
 * @throws ServiceError when anything of it fails; nothing of a result is left then.
 */
export type RunStep<T extends StepType> = (run: JobRun, step: Step<T>) => Promise<StepAnswer<T>>;

/** What of a result's place a plan and a step say. */
export function placed(
  { folder }: Pick<JobPlan, "folder">,
  { part }: { part?: string },
): Partial<ResultPlace> {
  return { ...(folder ? { folder } : {}), ...(part === undefined ? {} : { part }) };
}
