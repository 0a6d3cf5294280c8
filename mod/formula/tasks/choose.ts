import type { Predicate } from "../../dataset/predicate.ts";
import { noParts, plain, type TaskDefinition } from "./task.ts";

/** Tells which rows the formula sees: all workers are told the same, before any other task. */
export const choose: TaskDefinition<{ predicate: Predicate }, null> = {
  run(formula, { predicate }) {
    formula.choose(predicate);
    return plain(null);
  },
  check: () => null,
  checkPart: noParts,
};
