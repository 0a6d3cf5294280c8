import * as s from "superstruct";
import type { RowSpan } from "../../../job/request.ts";
import { checked, type StepDefinition } from "./step.ts";

export interface ViewMessage {
  span: RowSpan;
}

const TEXT = s.nullable(s.string());

/** A look at some rows. The answer is JSON text of what the formula gave; `null` where that is too long to be sent. */
export const view: StepDefinition<ViewMessage, string | null> = {
  follows: false,
  check: (answer) => checked(TEXT, answer),
};
