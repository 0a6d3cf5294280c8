import type { TrialReport } from "../../../job/request.ts";
import { TRIAL_REPORT } from "../../../job/shapes.ts";
import { checked, type StepDefinition } from "./step.ts";

export interface TrialMessage {
  /** The formula is tried on the first rows, this many. */
  rows: number;
}

/** A trial of the formula, of which no result is kept. */
export const trial: StepDefinition<TrialMessage, TrialReport> = {
  follows: false,
  check: (answer) => checked(TRIAL_REPORT, answer),
};
