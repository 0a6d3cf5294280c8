import type { Extent } from "../pieces.ts";
import {
  checkedFirstRows,
  checkedOutcome,
  type FirstRows,
  type Outcome,
  outcomeOf,
  tableOf,
} from "./outcome.ts";
import type { TaskDefinition } from "./task.ts";

interface AggregateMessage {
  /** The export that finishes; `null` where there is none. */
  name: string | null;
  /** The export that merges. */
  combine: string;
  values: unknown[];
  extent: Extent;
  /** As `main` has it. */
  helpers: number;
}

/** Merges values, and finishes what they come to. */
export const aggregate: TaskDefinition<AggregateMessage, Outcome, FirstRows> = {
  async run(formula, { name, combine, values, extent, helpers }, emit) {
    const value = await formula.merge(combine, values);
    const store = formula.storeOf(combine, name);
    if (store) {
      return await tableOf(formula, () => store(value), name ?? "combine", helpers ? emit : null);
    }
    const total = name === null ? value : await formula.withHelp(
      helpers,
      () => formula.call(name, [value, formula.contexts.ofDataset(extent)]),
    );
    return await outcomeOf(formula, total, name ?? "combine", helpers ? emit : null);
  },
  check: checkedOutcome,
  checkPart: checkedFirstRows,
};
