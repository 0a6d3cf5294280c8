import { basename } from "@std/path";
import { expandBase } from "./base.ts";
import { Deadline } from "./deadline.ts";
import { EnginePool } from "./engine/pool.ts";
import { ServiceError } from "./errors.ts";
import type { JobLimits, JobPlan, JobProgress, JobReport, JobRequest } from "./job.ts";
import { removePartial } from "./loader.ts";
import { Hosts } from "./remote/hosts.ts";
import { JobQueue } from "./queue.ts";
import type { Roots } from "./roots.ts";
import { RESULT_SUFFIX } from "./wire/message.ts";

/** How jobs are run. */
export interface MathOptions {
  /** Where data, formulas and results may lie. */
  roots: Roots;
  /** HTTP servers that data may be read from; none where it is absent. */
  hosts?: Hosts;
  /** Web workers of a job, at most. */
  workers: number;
  /** Jobs that run at once. */
  jobs?: number;
  /** Jobs that may wait; one more is refused with `BUSY`. */
  queue?: number;
  /** Seconds a job may take; a request may ask for less. */
  timeoutSeconds?: number;
  /** Seconds of silence after which an engine counts as hanging. */
  silenceSeconds?: number;
  /** What a job may take; a request may ask for less. */
  limits: JobLimits;
}

/** What a caller wants to know and to say while a job runs. */
export interface RunOptions {
  onProgress?: (progress: JobProgress) => void;
  /** Ends the job with `CANCELLED`. */
  signal?: AbortSignal;
}

/** Loads, computes and saves: runs jobs in engine processes. */
export class Math {
  readonly #options: Required<MathOptions>;
  readonly #queue: JobQueue;
  readonly #engines: EnginePool;
  #done = 0;
  #failed = 0;

  constructor(options: MathOptions) {
    this.#options = {
      hosts: new Hosts(),
      jobs: 2,
      queue: 1000,
      timeoutSeconds: 3600,
      silenceSeconds: 30,
      ...options,
    };
    const { jobs, queue, roots, hosts, silenceSeconds } = this.#options;
    this.#queue = new JobQueue(jobs, queue);
    this.#engines = new EnginePool({
      roots: roots.directories,
      hosts: hosts.addresses,
      silenceSeconds,
    }, jobs);
  }

  /** Jobs by their state, since the start. */
  get counters(): { running: number; queued: number; done: number; failed: number } {
    const { running, queued } = this.#queue;
    return { running, queued, done: this.#done, failed: this.#failed };
  }

  /** Starts an engine ahead of the first job. */
  warm(): void {
    this.#engines.warm();
  }

  /** The engine processes that live. */
  engines(): { pid: number; job: string | null; started: number }[] {
    return this.#engines.engines.map(({ pid, job, started }) => ({ pid, job, started }));
  }

  /**
   * Runs a job to its end.
   *
   * @throws ServiceError with the protocol's code when the request names what is not there or not
   * allowed, and when the job fails; nothing of a result is left then.
   */
  async run(request: JobRequest, { onProgress = () => {}, signal }: RunOptions = {}): Promise<
    JobReport
  > {
    try {
      const plan = this.#plan(request);
      const limit = this.#options.timeoutSeconds;
      const seconds = globalThis.Math.min(request.timeoutSeconds ?? limit, limit);
      using deadline = new Deadline(seconds, signal);
      const priority = request.priority ?? 0;
      const report = await this.#runInTurn(plan, priority, onProgress, deadline.signal);
      this.#done++;
      return report;
    } catch (thrown) {
      this.#failed++;
      const cancelled = signal?.aborted && thrown === signal.reason;
      if (cancelled) throw new ServiceError("CANCELLED", "the job was cancelled");
      throw ServiceError.from(thrown);
    }
  }

  /** Ends all engines. Jobs that still run fail. */
  close(): Promise<void> {
    return this.#engines.close();
  }

  #plan(request: JobRequest): JobPlan {
    const { directory: name, base, file, params, output, tryRows } = request;
    const { roots, hosts, workers } = this.#options;
    const directory = roots.directory(name);
    assertFormulaName(file);
    const plan = {
      id: crypto.randomUUID(),
      base: expandBase(roots, directory, base, hosts),
      formula: roots.file(directory, file, "FORMULA_NOT_FOUND"),
      directory,
      stem: output?.replace(/\.(parquet|txt)$/, "") ??
        basename(file).replace(/\.[^.]*$/, "") + RESULT_SUFFIX,
      params: params ?? null,
      ...(tryRows === undefined ? {} : { tryRows }),
      workers,
      limits: lower(this.#options.limits, request.limits ?? {}),
    };
    for (const ending of [".parquet", ".txt"]) {
      const result = `${directory}/${plan.stem}${ending}`;
      const inputs = [plan.formula, ...plan.base.files.map(({ path }) => path)];
      if (inputs.includes(result)) {
        throw new ServiceError(
          "BAD_REQUEST",
          `the result ${plan.stem}${ending} would take the place of its own input; give another name as Output`,
        );
      }
    }
    return plan;
  }

  async #runInTurn(
    plan: JobPlan,
    priority: number,
    onProgress: (progress: JobProgress) => void,
    ends: AbortSignal,
  ): Promise<JobReport> {
    using _turn = await this.#queue.turn(priority, ends);
    const engine = await this.#engines.lease(`${plan.formula}\n${plan.limits.heapBytes}`);
    const stop = () => engine.kill();
    ends.addEventListener("abort", stop, { once: true });
    try {
      ends.throwIfAborted();
      return await engine.run(plan, onProgress);
    } catch (thrown) {
      if (!engine.alive) removePartial(plan);
      else if (isFull(thrown)) engine.kill(); // its memory is in no state for another job
      throw ends.aborted ? ends.reason : thrown;
    } finally {
      ends.removeEventListener("abort", stop);
      this.#engines.release(engine);
      this.#engines.warm();
    }
  }
}

function lower(limits: JobLimits, asked: Partial<JobLimits>): JobLimits {
  const lowered = { ...limits };
  for (const [name, value] of Object.entries(asked) as [keyof JobLimits, number][]) {
    lowered[name] = globalThis.Math.min(limits[name], value);
  }
  return lowered;
}

function isFull(thrown: unknown): boolean {
  return thrown instanceof ServiceError && thrown.code === "OUT_OF_MEMORY";
}

function assertFormulaName(file: string): void {
  if (/\.(ts|mts|js|mjs)$/.test(file)) return;
  const python = file.endsWith(".py")
    ? "; a Python formula has to be written anew in TypeScript or JavaScript"
    : "";
  throw new ServiceError(
    "FORMULA_INVALID",
    `${file} is no formula: its name must end in .ts, .mts, .js or .mjs${python}`,
  );
}
