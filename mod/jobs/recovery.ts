import { reportFault } from "../common/log.ts";
import type { Outcome } from "../job/record.ts";
import type { JobReport, Publication } from "../job/request.ts";
import type { PartialPlace } from "../result/place.ts";
import { publishedReport, removePartial } from "../result/publish.ts";
import { interrupted } from "./outcome.ts";
import type { Unfinished } from "./store.ts";

/**
 * How a job ended that had not when the service did, or null where it is to run again. What is left of a
 * result that didn't get its name is removed.
 *
 * @param attempts Runs of a job at most.
 */
export function recovered(
  { record, place, publication }: Unfinished,
  attempts: number,
): Outcome | null {
  const report = place && reportLeft(place, publication);
  if (report !== null) return { state: "complete", report };
  if (record.attached) return interrupted("the service ended before it, and its connection, too");
  if (record.state === "running" && record.attempts >= attempts) {
    return interrupted(`the service ended ${record.attempts} times while it ran`);
  }
  return null;
}

/** What the last run reports, if its result got its name; what is left of one that didn't is removed. */
function reportLeft(place: PartialPlace, publication: Publication | null): JobReport | null {
  try {
    if (publication !== null) return publishedReport(place, publication);
    removePartial(place);
  } catch (thrown) {
    reportFault(`what is left of a job in ${place.directory} can't be removed`, thrown);
  }
  return null;
}
