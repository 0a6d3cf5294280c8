import type { JobOutline } from "../../../job/request.ts";
import { OUTLINE } from "../../../job/shapes.ts";
import { checked, type StepDefinition } from "./step.ts";

/** What the job is, found without computing any of it. */
export const outline: StepDefinition<object, JobOutline> = {
  follows: false,
  check: (answer) => checked(OUTLINE, answer),
};
