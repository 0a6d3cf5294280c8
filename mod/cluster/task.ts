import type { EmbeddedEngines } from "../engine/host/embedded.ts";
import type { LogLine } from "../job/log_line.ts";
import type { JobPlan } from "../job/request.ts";
import type { Job } from "./bull.ts";
import type { FlowData, SharedPlan, TaskProgress, TaskResult } from "./task_messages.ts";
import { groupOf } from "./redis_keys.ts";
import type { Seal, Sealed } from "./seal.ts";
import { forged, shaped, TASK, TASK_ID } from "./shapes.ts";

/** What a node has to do its work with. */
export interface Workshop {
  /** Its name. */
  node: string;
  engines: EmbeddedEngines;
  /** Gets a job's plan. @throws Error when nobody waits for the job any more. */
  plan(data: FlowData): Promise<[SharedPlan, JobPlan]>;
  seal: Seal;
  /** Has all nodes end what they do for a flow's parts. */
  giveUp(flow: string): Promise<void>;
}

/** Progress is told so long after it was made, once for all that is made meanwhile, in milliseconds. */
const PROGRESS_EVERY = 300;

/** Computes a part of a job in an engine of this node. */
export async function computePart(
  job: Job<unknown>,
  { node, engines, plan: planOf, seal }: Workshop,
  ends: AbortSignal,
): Promise<Sealed<TaskResult>> {
  const id = shaped(TASK_ID, job.id, "a task's name");
  const data = shaped(TASK, seal.open(id, job.data), "a task");
  const { flow, span } = data;
  const [{ partitions, each }, plan] = await planOf(data);
  const fits = span === null || (span.from < span.to && span.to <= partitions);
  if (!fits || !id.startsWith(`${flow}.`)) throw forged("a task", "it is of no such job");
  const part = partName(groupOf(id));
  const progress = new ProgressTeller(job);
  let rows = 0;
  const running = engines.run(
    {
      ...plan,
      limits: { ...plan.limits, logBytes: shareOfLog(plan.limits.logBytes, partitions / each) },
      step: span === null ? { type: "job", part } : { type: "compute", ...span, part },
    },
    {
      onProgress: ({ done, rowsDone }) => {
        rows = rowsDone;
        progress.advance(done, rowsDone);
      },
      onLog: (lines) => progress.print(lines),
    },
    ends,
  );
  const report = await running.finally(() => progress.end());
  return seal.close(id, { report, part, rows, node, workers: plan.workers });
}

/**
 * What one of so many parts may log: logs of all of them lie in Redis until the job has ended. Some parts have
 * more to say than others, so it is more than an equal share.
 */
function shareOfLog(bytes: number, parts: number): number {
  return Math.min(bytes, Math.max(1024, Math.ceil(4 * bytes / parts)));
}

/** What tells a part from another, and from the same part computed by another node. */
export function partName(group: number): string {
  return `${group}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Tells how far a part is, now and then. */
class ProgressTeller {
  readonly #job: Job<unknown>;
  readonly #now: TaskProgress = { done: 0, rows: 0, at: 0, lines: [] };
  #timer: number | undefined;
  #telling: Promise<void> = Promise.resolve();

  constructor(job: Job<unknown>) {
    this.#job = job;
  }

  advance(done: number, rows: number): void {
    Object.assign(this.#now, { done, rows });
    this.#tellSoon();
  }

  print(lines: LogLine[]): void {
    this.#now.lines.push(...lines);
    this.#tellSoon();
  }

  /** Settles when nothing more is told. */
  end(): Promise<void> {
    clearTimeout(this.#timer);
    return this.#telling;
  }

  #tellSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const progress = { ...this.#now };
      this.#now.at += progress.lines.length;
      this.#now.lines = [];
      // What gets lost here is told with the result.
      this.#telling = this.#job.updateProgress(progress).catch(() => {});
    }, PROGRESS_EVERY);
  }
}
