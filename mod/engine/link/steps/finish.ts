import type { JobKind } from "../../../job/kinds.ts";
import type { ComputedPart, JobReport } from "../../../job/request.ts";
import { UNNAMED_REPORT } from "../../../job/shapes.ts";
import { checked, type StepDefinition } from "./step.ts";

export interface FinishMessage {
  kind: JobKind;
  /** In their order. */
  parts: ComputedPart[];
  /** End of the hidden name of the result. */
  part: string;
}

/** Puts parts together to one result. */
export const finish: StepDefinition<FinishMessage, JobReport> = {
  follows: true,
  check: (answer) => checked(UNNAMED_REPORT, answer),
};
