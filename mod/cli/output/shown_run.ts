import type { JobReport, JobRequest } from "../../job/request.ts";
import { CANCELLED } from "../../jobs/outcome.ts";
import type { Math as MathPart, PlannedRequest } from "../../math.ts";
import type { Interruption } from "./interruption.ts";
import { ProgressBar } from "./progress_bar.ts";

/**
 * Runs a job to its end, and shows how far it is. An interruption cancels it.
 *
 * @param planned Where it was planned before.
 * @throws ServiceError when it fails
 */
export async function runShown(
  math: MathPart,
  job: JobRequest,
  interruption: Interruption,
  planned: PlannedRequest | null = null,
): Promise<JobReport> {
  const bar = new ProgressBar("job");
  const cancel = new AbortController();
  interruption.onCome(() => cancel.abort(CANCELLED));
  try {
    return await math.run(job, {
      planned,
      signal: cancel.signal,
      onProgress: ({ done, total, rowsDone, rows }) =>
        bar.update(done, total, `${rowsDone} of ${rows} rows`),
    });
  } finally {
    bar.end();
  }
}
