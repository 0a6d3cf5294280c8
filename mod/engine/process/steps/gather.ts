import { gatherParts } from "../part_folder.ts";
import type { RunStep } from "./run_step.ts";

/** Makes a folder of parts. */
export const gather: RunStep<"gather"> = async (run, { parts, part }) => {
  const saved = await gatherParts(parts, run.place({ part, folder: true }), run.ends);
  return run.reportOf(saved, { kind: "map", partitions: parts.length });
};
