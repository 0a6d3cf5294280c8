import { dirname } from "@std/path";
import type { Plan, StepAnswer, StepType } from "../../link/steps/steps.ts";
import type { JobRun } from "../job_run.ts";
import { compute } from "./compute.ts";
import { finish } from "./finish.ts";
import { gather } from "./gather.ts";
import { job } from "./job.ts";
import { lines } from "./lines.ts";
import { outline } from "./outline.ts";
import { publish } from "./publish.ts";
import type { RunStep } from "./run_step.ts";
import { trial } from "./trial.ts";
import { view } from "./view.ts";

/** The engine's side of all steps. */
const STEPS: { [T in StepType]: RunStep<T> } = {
  compute,
  finish,
  gather,
  job,
  lines,
  outline,
  publish,
  trial,
  view,
};

/**
 * Runs a step; {@linkcode JobRun.close} and {@linkcode JobRun.removeReplaced} are to follow.
 *
 * @throws ServiceError when anything of it fails; nothing of a result is left then.
 */
export async function runStep<T extends StepType>(
  run: JobRun,
  { step }: Plan<T>,
): Promise<StepAnswer<T>> {
  try {
    return await STEPS[step.type](run, step);
  } finally {
    Deno.chdir(dirname(run.folder)); // it holds on to nobody else's
  }
}
