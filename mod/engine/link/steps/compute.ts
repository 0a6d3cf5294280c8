import { ServiceError } from "../../../common/errors.ts";
import type { PartReport } from "../../../job/request.ts";
import { PART_REPORT } from "../../../job/shapes.ts";
import { checked, type StepDefinition } from "./step.ts";

export interface ComputeMessage {
  /** Partitions `from` up to `to` (not included). */
  from: number;
  to: number;
  /** End of the hidden name of what they come to. */
  part: string;
}

/** Computes some partitions. */
export const compute: StepDefinition<ComputeMessage, PartReport> = {
  follows: true,
  check(answer, { part }) {
    const report = checked(PART_REPORT, answer);
    if (report.computed.file === part) return report;
    throw new ServiceError("INTERNAL", "the job's engine has computed another part");
  },
};
