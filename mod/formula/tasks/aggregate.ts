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
    const use = name ?? "combine", share = helpers ? emit : null;
    const store = formula.storeOf(combine, name);
    if (store) return await tableOf(formula, () => store(value), use, share);
    const total = name === null ? value : await formula.withHelp(
      helpers,
      () => formula.call(name, [value, formula.contexts.ofDataset(extent)]),
    );
    return await outcomeOf(formula, total, use, share);
  },
  check: checkedOutcome,
  checkPart: checkedFirstRows,
};
