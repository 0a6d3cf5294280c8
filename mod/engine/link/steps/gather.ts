import type { ComputedPart, JobReport } from "../../../job/request.ts";
import { UNNAMED_REPORT } from "../../../job/shapes.ts";
import { checked, type StepDefinition } from "./step.ts";

export interface GatherMessage {
  /** In their order. */
  parts: ComputedPart[];
  /** End of the hidden name of the folder. */
  part: string;
}

/** Makes a folder of parts, which are files. */
export const gather: StepDefinition<GatherMessage, JobReport> = {
  follows: true,
  check: (answer) => checked(UNNAMED_REPORT, answer),
};
