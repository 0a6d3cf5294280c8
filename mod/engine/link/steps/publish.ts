import type { JobReport } from "../../../job/request.ts";
import { REPORT } from "../../../job/shapes.ts";
import { checked, type StepDefinition } from "./step.ts";

export interface PublishMessage {
  /** What was reported of the result. */
  report: JobReport;
  /** End of the hidden name that it has. */
  part: string;
}

/** Gives a whole result its own name. */
export const publish: StepDefinition<PublishMessage, JobReport> = {
  follows: true,
  check: (answer) => checked(REPORT, answer),
};
