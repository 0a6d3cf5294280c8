import type { ComputedPart } from "../../../job/request.ts";
import type { Computed } from "../outcome.ts";
import type { RunningWork } from "../running_work.ts";

/**
 * How formulas of a kind are computed.
 *
 * @throws ServiceError when anything of it fails; nothing of the result is left then.
 */
export interface ComputedKind {
  /** Computes all and saves it. */
  run(work: RunningWork): Promise<Computed>;
  /** Computes some partitions alone, for a part of this name; `null` where a job is done as a whole. */
  part: ((work: RunningWork, part: string) => Promise<ComputedPart>) | null;
  /** Puts the values of parts together and saves what they come to; `null` where parts have none. */
  finish: ((work: RunningWork, parts: ComputedPart[]) => Promise<Computed>) | null;
}
