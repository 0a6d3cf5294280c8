import { Frame } from "../frame.ts";
import type { Extent } from "../pieces.ts";
import {
  checkedFirstRows,
  checkedOutcome,
  type FirstRows,
  type Outcome,
  outcomeOf,
} from "./outcome.ts";
import type { TaskDefinition } from "./task.ts";

interface MainMessage {
  extent: Extent;
  /** Other workers: one can encode a part of the result, which is told first. */
  helpers: number;
}

/** Runs the export `main` on the whole dataset. */
export const main: TaskDefinition<MainMessage, Outcome, FirstRows> = {
  async run(formula, { extent, helpers }, emit) {
    const context = formula.contexts.ofDataset(extent);
    const frame = new Frame(
      formula.module,
      context,
      formula.ask,
      formula.inputs,
      (name) => formula.firstTime(name),
    );
    const value = await formula.withHelp(helpers, () => formula.call("main", [frame, context]));
    return await outcomeOf(formula, value, "main", helpers ? emit : null);
  },
  check: checkedOutcome,
  checkPart: checkedFirstRows,
};
