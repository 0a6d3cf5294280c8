import * as s from "superstruct";
import type { RowSpan } from "../../../job/request.ts";
import { checked, type StepDefinition } from "./step.ts";

export interface LinesMessage {
  span: RowSpan;
  /** Columns that are written, in this order. */
  columns: string[];
  /** Whether a line of their names comes first. */
  names: boolean;
}

const TEXT = s.string();

/** Some rows as lines of CSV. */
export const lines: StepDefinition<LinesMessage, string> = {
  follows: false,
  check: (answer) => checked(TEXT, answer),
};
