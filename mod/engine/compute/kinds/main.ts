import { saveOutcome } from "../outcome.ts";
import type { ComputedKind } from "./kind.ts";

/** `main`, which gets the whole dataset. */
export const main: ComputedKind = {
  async run(work) {
    await work.countRows();
    const { extent, workerPool: { size } } = work;
    return await saveOutcome(work, { type: "main", extent, helpers: size - 1 });
  },
  part: null,
  finish: null,
};
