import { dirname } from "@std/path";
import { ServiceError } from "../../common/errors.ts";
import type { FormulaSource } from "../../job/formula_source.ts";
import type { LogLine } from "../../job/log_line.ts";
import type { JobProgress, JobReport, Publication } from "../../job/request.ts";
import { publishedReport, removePartial } from "../../result/publish.ts";
import {
  partialPlaceOf,
  type Plan,
  type StepAnswer,
  stepOf,
  type StepType,
} from "../link/steps/steps.ts";
import { type EngineOptions, NotBegun } from "./engine.ts";
import { EnginePool } from "./engine_pool.ts";

/** What a caller wants to know and to say while a planned job runs. */
export interface RunListener {
  onProgress?: (progress: JobProgress) => void;
  /** Told of what the formula prints, as it does. */
  onLog?: (lines: LogLine[]) => void;
  /** Told of the formula as it is to run, where it is read and not sent. */
  onFormula?: (source: FormulaSource) => void;
  /**
   * The result is whole and gets its name once this resolves. From here on the job can't be stopped,
   * but it can still fail.
   */
  onPublish?: (publication: Publication) => Promise<void>;
  /** The reason for which the job may be ended though it is to run again. */
  resumes?: unknown;
}

/** What runs jobs whose plan is made. */
export interface JobRunner {
  /**
   * Runs a job to its end.
   *
   * @param ends Ends it early; its reason is thrown.
   * @throws ServiceError when the job fails; nothing of a result is left then.
   */
  run(plan: Plan<"job">, listener: RunListener, ends: AbortSignal): Promise<JobReport>;
  /** Ends all that runs. */
  close(): Promise<void>;
}

/** Engines that a job is given to at most, when one after another ends before it has begun. */
const MOST_ENGINES = 5;

/** Runs jobs in engine processes of this machine, which are kept warm. */
export class EmbeddedEngines implements JobRunner {
  readonly #pool: EnginePool;

  /** @param spare Idle engines that are kept. */
  constructor(options: EngineOptions, spare: number) {
    this.#pool = new EnginePool(options, spare);
  }

  /** Starts an engine ahead of the first job. */
  warm(): void {
    this.#pool.warm();
  }

  /** The engine processes that live. */
  list(): { pid: number; job: string | null; started: number }[] {
    return this.#pool.engines.map(({ pid, job, started }) => ({ pid, job, started }));
  }

  /** Whether engines can be started, as far as is known. */
  get able(): boolean {
    return this.#pool.able;
  }

  /** Engines started, and lost: crashed, hung, or ended with the job they ran. */
  get counters(): { started: number; lost: number } {
    return this.#pool.counters;
  }

  /** Runs a job, or a step of it. An engine that was killed while it was idle fails no job: the next one takes it. */
  async run<T extends StepType>(
    plan: Plan<T>,
    listener: RunListener,
    ends: AbortSignal,
  ): Promise<StepAnswer<T>> {
    for (let engines = 1;; engines++) {
      try {
        return await this.#runOnce(plan, listener, ends);
      } catch (thrown) {
        if (!(thrown instanceof NotBegun) || engines === MOST_ENGINES) throw thrown;
      }
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #runOnce<T extends StepType>(
    plan: Plan<T>,
    listener: RunListener,
    ends: AbortSignal,
  ): Promise<StepAnswer<T>> {
    const { onProgress = () => {}, onLog = () => {}, onFormula = () => {}, onPublish } = listener;
    ends.throwIfAborted();
    const { follows } = stepOf(plan.step.type);
    const { formula, limits } = plan;
    // Threads serve formulas of a folder, and the last formula's snapshot is kept.
    const affinity = follows
      ? [plan.id]
      : [formula, dirname(formula)].map((path) => `${path}\n${limits.heapBytes}`);
    const engine = await this.#pool.lease(affinity, limits.memoryBytes);
    const stop = () => engine.kill();
    ends.addEventListener("abort", stop, { once: true });
    let publication = null as Publication | null;
    try {
      ends.throwIfAborted();
      return await engine.run(plan, {
        progress: onProgress,
        log: onLog,
        formula: onFormula,
        async publish(whole) {
          ends.throwIfAborted();
          ends.removeEventListener("abort", stop);
          publication = whole;
          await onPublish?.(whole);
        },
      });
    } catch (thrown) {
      if (!engine.alive) {
        const place = partialPlaceOf(plan as Plan);
        const report = publication && publishedReport(place, publication);
        if (report !== null) return stepOf<T>(plan.step.type).check(report, plan.step);
        removePartial(place);
      } else if (isFull(thrown)) engine.kill(); // its memory is in no state for another job
      throw ends.aborted && publication === null ? ends.reason : thrown;
    } finally {
      ends.removeEventListener("abort", stop);
      this.#pool.release(engine, follows);
      this.#pool.warm();
    }
  }
}

function isFull(thrown: unknown): boolean {
  return thrown instanceof ServiceError && thrown.code === "OUT_OF_MEMORY";
}
