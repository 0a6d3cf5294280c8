import { noParts, ownValue, plain, type TaskDefinition } from "./task.ts";

interface CombineMessage {
  /** Of an export. */
  name: string;
  values: unknown[];
}

/** Merges values that follow each other by an export. */
export const combine: TaskDefinition<CombineMessage, unknown> = {
  run: async (formula, { name, values }) => plain(await formula.merge(name, values)),
  check: ownValue,
  checkPart: noParts,
};
