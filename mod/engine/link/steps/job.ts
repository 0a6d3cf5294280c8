import type { JobReport } from "../../../job/request.ts";
import { REPORT } from "../../../job/shapes.ts";
import { checked, type StepDefinition } from "./step.ts";

export interface JobMessage {
  /** End of a hidden name that the result keeps, where somebody else gives it its own. */
  part?: string;
}

/** All of a job. */
export const job: StepDefinition<JobMessage, JobReport> = {
  follows: false,
  check: (answer) => checked(REPORT, answer),
};
