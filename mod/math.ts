import { basename } from "@std/path";
import { expandBase } from "./base.ts";
import { Deadline } from "./deadline.ts";
import { EnginePool } from "./engine/pool.ts";
import { ServiceError } from "./errors.ts";
import type { JobLimits, JobPlan, JobProgress, JobReport, JobRequest, Publication } from "./job.ts";
import { type PartialPlace, removePartial, wasPublished } from "./loader.ts";
import { Hosts } from "./remote/hosts.ts";
import type { Roots } from "./roots.ts";
import { RESULT_SUFFIX } from "./wire/message.ts";

/** Milliseconds after its time is up in which a job is ended and cleaned up, unless something holds it. */
const ENDING = 60_000;

/** How jobs are run. */
export interface MathOptions {
  /** Where data, formulas and results may lie. */
  roots: Roots;
  /** HTTP servers that data may be read from; none where it is absent. */
  hosts?: Hosts;
  /** Web workers of a job, at most. */
  workers: number;
  /** Idle engines that are kept for the next jobs. */
  spare?: number;
  /** Seconds a job may take; a request may ask for less. */
  timeoutSeconds?: number;
  /** Seconds of silence after which an engine counts as hanging. */
  silenceSeconds?: number;
  /** What a job may take; a request may ask for less. */
  limits: JobLimits;
}

/** What a caller wants to know and to say while a job runs. */
export interface RunOptions {
  /** Of the job; a new one where it is absent. */
  id?: string;
  /** The how manyeth run of the job this is, counted from 1. */
  attempt?: number;
  onProgress?: (progress: JobProgress) => void;
  /** Told of what the formula prints, as it does. */
  onLog?: (lines: string[]) => void;
  /** Told where the result will be; nothing is written there before this resolves. */
  onStart?: (place: PartialPlace) => Promise<void>;
  /**
   * The result is whole and gets its name once this resolves. From here on the job can't be stopped,
   * but it can still fail.
   */
  onPublish?: (publication: Publication) => Promise<void>;
  /** Ends the job; {@linkcode Math.run} throws its reason. */
  signal?: AbortSignal;
}

/** Loads, computes and saves: runs jobs in engine processes. */
export class Math {
  readonly #options: Required<MathOptions>;
  readonly #engines: EnginePool;
  /** Of the jobs that run. */
  readonly #deadlines = new Set<Deadline>();

  constructor(options: MathOptions) {
    this.#options = {
      hosts: new Hosts(),
      spare: 2,
      timeoutSeconds: 3600,
      silenceSeconds: 30,
      ...options,
    };
    const { spare, roots, hosts, silenceSeconds } = this.#options;
    this.#engines = new EnginePool({
      roots: roots.directories,
      hosts: hosts.addresses,
      silenceSeconds,
    }, spare);
  }

  /** Seconds a job may take from now on; a request may ask for less. */
  set timeoutSeconds(seconds: number) {
    this.#options.timeoutSeconds = seconds;
  }

  /** Starts an engine ahead of the first job. */
  warm(): void {
    this.#engines.warm();
  }

  /** A job's time is long up, and it can't be ended. */
  get stuck(): boolean {
    return [...this.#deadlines].some(({ lateness }) => lateness > ENDING);
  }

  /** The engine processes that live. */
  engines(): { pid: number; job: string | null; started: number }[] {
    return this.#engines.engines.map(({ pid, job, started }) => ({ pid, job, started }));
  }

  /**
   * Checks a request as far as that goes without running it.
   *
   * @throws ServiceError when it names what is not there or not allowed.
   */
  check(request: JobRequest): void {
    this.#plan(request, "", 1);
  }

  /**
   * Runs a job to its end.
   *
   * @throws ServiceError with the protocol's code when the request names what is not there or not
   * allowed, and when the job fails; nothing of a result is left then.
   */
  async run(request: JobRequest, options: RunOptions = {}): Promise<JobReport> {
    const { id = crypto.randomUUID(), attempt = 1, signal } = options;
    try {
      const plan = this.#plan(request, id, attempt);
      const limit = this.#options.timeoutSeconds;
      const seconds = globalThis.Math.min(request.timeoutSeconds ?? limit, limit);
      using deadline = new Deadline(seconds, signal);
      this.#deadlines.add(deadline);
      try {
        const { directory, stem } = plan;
        await options.onStart?.({ id, attempt, directory, stem });
        return await this.#compute(plan, options, deadline.signal);
      } finally {
        this.#deadlines.delete(deadline);
      }
    } catch (thrown) {
      throw signal?.aborted && thrown === signal.reason ? thrown : ServiceError.from(thrown);
    }
  }

  /** Ends all engines. Jobs that still run fail. */
  close(): Promise<void> {
    return this.#engines.close();
  }

  #plan(request: JobRequest, id: string, attempt: number): JobPlan {
    const { directory: name, base, file, params, output, tryRows } = request;
    const { roots, hosts, workers } = this.#options;
    const directory = roots.directory(name);
    assertFormulaName(file);
    const plan = {
      id,
      attempt,
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

  async #compute(plan: JobPlan, options: RunOptions, ends: AbortSignal): Promise<JobReport> {
    const { onProgress = () => {}, onLog = () => {}, onPublish } = options;
    ends.throwIfAborted();
    const engine = await this.#engines.lease(`${plan.formula}\n${plan.limits.heapBytes}`);
    const stop = () => engine.kill();
    ends.addEventListener("abort", stop, { once: true });
    let publication = null as Publication | null;
    try {
      ends.throwIfAborted();
      return await engine.run(plan, {
        progress: onProgress,
        log: onLog,
        async publish(whole) {
          ends.throwIfAborted();
          ends.removeEventListener("abort", stop);
          publication = whole;
          await onPublish?.(whole);
        },
      });
    } catch (thrown) {
      if (!engine.alive) {
        if (publication !== null && wasPublished(plan, publication)) return publication.report;
        removePartial(plan);
      } else if (isFull(thrown)) engine.kill(); // its memory is in no state for another job
      throw ends.aborted && publication === null ? ends.reason : thrown;
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
