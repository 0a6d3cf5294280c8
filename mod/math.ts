import { basename } from "@std/path";
import { expandBase } from "./base.ts";
import { Deadline } from "./deadline.ts";
import { NotBegun } from "./engine/engine.ts";
import { EnginePool } from "./engine/pool.ts";
import { ServiceError } from "./errors.ts";
import type {
  JobLimits,
  JobPlan,
  JobProgress,
  JobReport,
  JobRequest,
  Publication,
  ResultCodec,
  RowSpan,
} from "./job.ts";
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
  /** How results are compressed; a request may ask for another way. */
  codec?: ResultCodec;
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

/** Engines that a job is given to at most, when one after another ends before it has begun. */
const MOST_ENGINES = 5;
/** A look at a file: what a formula of the service's own gives for some of its rows. */
export interface View {
  /** As a job's request named it, and a Parquet file in it. */
  directory: string;
  file: string;
  /** Path of the formula. */
  formula: string;
  params: unknown;
  span: RowSpan;
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
      codec: "snappy",
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

  /** How results are compressed from now on; a request may ask for another way. */
  set codec(codec: ResultCodec) {
    this.#options.codec = codec;
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

  /** Whether engines can be started, as far as is known. */
  get able(): boolean {
    return this.#engines.able;
  }

  /** Engines started, and lost: crashed, hung, or ended with the job they ran. */
  get engineCounters(): { started: number; lost: number } {
    return this.#engines.counters;
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

  /**
   * Looks at a file in an engine, without a result of its own.
   *
   * @param seconds The look may take.
   * @return JSON text of what the formula gave
   * @throws ServiceError when the file is not there or not allowed, and when it can't be read.
   */
  async view(
    { directory: name, file, formula, params, span }: View,
    seconds: number,
  ): Promise<string> {
    const { roots, codec, workers, limits } = this.#options;
    const directory = roots.directory(name);
    const path = roots.file(directory, file, "BASE_NOT_FOUND");
    const plan: JobPlan = {
      id: crypto.randomUUID(),
      attempt: 1,
      base: { name: file, files: [{ path, hive: {} }] },
      formula,
      directory,
      stem: "view",
      codec,
      params,
      view: span,
      workers,
      limits,
    };
    using deadline = new Deadline(seconds);
    try {
      const { result } = await this.#compute(plan, {}, deadline.signal);
      if (result !== undefined) return result;
    } catch (thrown) {
      throw ServiceError.from(thrown);
    }
    throw new ServiceError("TOO_LARGE", `what there is to see of ${file} is too long to be sent`);
  }

  /** Ends all engines. Jobs that still run fail. */
  close(): Promise<void> {
    return this.#engines.close();
  }

  #plan(request: JobRequest, id: string, attempt: number): JobPlan {
    const { directory: name, base, file, params, output, tryRows } = request;
    const { roots, hosts, codec, workers } = this.#options;
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
      codec: request.codec ?? codec,
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

  /** An engine that was killed while it was idle fails no job: the next one takes it. */
  async #compute(plan: JobPlan, options: RunOptions, ends: AbortSignal): Promise<JobReport> {
    for (let engines = 1;; engines++) {
      try {
        return await this.#computeOnce(plan, options, ends);
      } catch (thrown) {
        if (!(thrown instanceof NotBegun) || engines === MOST_ENGINES) throw thrown;
      }
    }
  }

  async #computeOnce(plan: JobPlan, options: RunOptions, ends: AbortSignal): Promise<JobReport> {
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
