import { buffersIn } from "./buffers.ts";
import { noParts, ownValue, plain, type TaskDefinition } from "./task.ts";

interface CombineMessage {
  /** Of an export. */
  name: string;
  values: unknown[];
}

/** Merges values that follow each other by an export. */
export const combine: TaskDefinition<CombineMessage, unknown> = {
  async run(formula, { name, values }) {
    const value = await formula.merge(name, values);
    return formula.isOfGroups(name) ? { value, transfer: buffersIn(value) } : plain(value);
  },
  check: ownValue,
  checkPart: noParts,
};
