import { noParts, ownValue, plain, type TaskDefinition } from "./task.ts";

/** Has the formula's function give its filter. The engine compiles what it gets, and that is the check. */
export const filter: TaskDefinition<object, unknown> = {
  run: async (formula) => plain(await formula.makeFilter()),
  check: ownValue,
  checkPart: noParts,
};
