import { SessionWork, shortText } from "../session_work.ts";
import type { RunStep } from "./run_step.ts";

/** Looks at rows; what is saved lies in the engine's own folder, and is gone with it. */
export const view: RunStep<"view"> = (run) =>
  SessionWork.do(run, () => run.ownPlace(), async ({ computation }) => {
    const { text } = await computation.run();
    return shortText(text);
  });
