import { SessionWork } from "../session_work.ts";
import { placed, type RunStep } from "./run_step.ts";

/** Computes a job and saves its result. */
export const job: RunStep<"job"> = (run, step) =>
  SessionWork.do(
    run,
    (work) => work.place(placed(run.plan, step)),
    async (work) => work.whole(await work.computation.run()),
  );
