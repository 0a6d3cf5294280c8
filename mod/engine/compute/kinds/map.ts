import { saveMapped } from "../mapped_rows.ts";
import type { ComputedKind } from "./kind.ts";

/** `map` on each partition: rows, which are saved as they come. */
export const map: ComputedKind = {
  run: async (work) => ({ saved: await saveMapped(work, "map", []) }),
  async part(work, part) {
    const { file: _name, ...saved } = await saveMapped(work, "map", []);
    return { ...saved, file: part, from: work.partitions[0]!.index };
  },
  finish: null,
};
