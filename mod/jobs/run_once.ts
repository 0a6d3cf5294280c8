import { within } from "../common/within.ts";
import type { Outcome } from "../job/record.ts";
import type { Math as MathPart, PlannedRequest } from "../math.ts";
import type { ActiveJob } from "./active.ts";
import { CANCELLED, cancelled, failed, STOPPED } from "./outcome.ts";
import type { JobStore } from "./store.ts";

/** The longest wait for a run's beginning and a result to be known on the disk, in milliseconds. */
const KEPT_WITHIN = 2000;

/** Does this job run again after the service has ended? */
export function outlives({ record }: ActiveJob, store: JobStore): boolean {
  return store.durable && !record.attached;
}

/**
 * Runs a job once, to its end. Gives null where a stop has ended the run, and the job is to run again.
 *
 * @param planned Its paths, where they were looked up just now.
 */
export async function runOnce(
  active: ActiveJob,
  math: Pick<MathPart, "run">,
  store: JobStore,
  planned: PlannedRequest | null = null,
): Promise<Outcome | null> {
  const { record: { id, attempts: attempt, roots, precedence: priority }, cancel } = active;
  const lasts = outlives(active, store);
  try {
    const report = await math.run(active.request ?? store.request(id), {
      id,
      attempt,
      roots,
      priority,
      planned,
      signal: cancel.signal,
      onStart: async (place) => {
        if (active.unknown) return;
        const stored = store.start(active.record, place);
        if (lasts) await kept(stored, store);
      },
      onProgress: (progress) => active.advance(progress),
      onLog: (lines) => active.print(lines),
      onFormula: (source) => active.formula = source,
      ...(lasts && {
        onPublish: (publication) => kept(store.announce(id, publication), store),
        resumes: STOPPED,
      }),
    });
    return { state: "complete", report };
  } catch (thrown) {
    if (thrown === CANCELLED) return cancelled(CANCELLED);
    if (thrown !== STOPPED) return failed(thrown);
    return lasts ? null : cancelled(STOPPED);
  }
}

/** Waits for a write; not for long where the disk refuses it, as it is tried again by itself. */
async function kept(stored: Promise<void>, store: JobStore): Promise<void> {
  if (store.problem === null) await within(KEPT_WITHIN, stored);
}
