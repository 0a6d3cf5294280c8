import { ServiceError } from "../common/errors.ts";
import { log } from "../common/log.ts";
import type { FormulaSource } from "../job/formula_source.ts";
import type { LogLine } from "../job/log_line.ts";
import type { JobReport, JobRequest } from "../job/request.ts";
import type { Math as MathPart, PlannedRequest, RunOptions } from "../math.ts";
import { within } from "../common/within.ts";
import { ActiveJob } from "./active.ts";
import { JobClock } from "./clock.ts";
import type { JobsLimits } from "../job/retention.ts";
import { defaultLimits } from "../settings/limits.ts";
import { FairQueue } from "./queue.ts";
import type {
  JobCounts,
  JobFilter,
  JobNames,
  JobRecord,
  JobStatus,
  Outcome,
} from "../job/record.ts";
import { JobTable } from "./job_table.ts";
import { KnownJobs } from "./known_jobs.ts";
import { newJob, type Origin, placeOf, turnOf, turnOfRequest } from "./new_job.ts";
import { CANCELLED, cancelled, logEnd, STOPPED } from "./outcome.ts";
import { recovered } from "./recovery.ts";
import { outlives, runOnce } from "./run_once.ts";
import type { JobStore, Unfinished } from "./store.ts";

/** What a caller wants to know and to say while a job waits and runs. */
export type Watching = Pick<RunOptions, "onProgress" | "signal">;

/** How often jobs are looked through for those to be dropped, in milliseconds. */
const SWEEP_EVERY = 5_000;

/** What is kept of the request of a job that was not taken on. */
const NOTHING_ASKED: JobRequest = { directory: "", base: "", file: "" };

/**
 * All jobs: those that wait, those that run and those that have ended.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parquetWriteBuffer } from "hyparquet-writer";
 * import { defaultSettings, Jobs, JobStore, Math, Roots } from "../mod.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const columnData = [{ name: "u", data: Float64Array.of(3, 4), type: "DOUBLE" as const }];
 * await Deno.writeFile(`${folder}/a.parquet`, new Uint8Array(parquetWriteBuffer({ columnData })));
 * await Deno.writeTextFile(`${folder}/work.js`, "export const map = ({ u }) => ({ twice: u.map((x) => 2 * x) });");
 * const { limits } = defaultSettings();
 * const math = new Math({ roots: new Roots([folder]), workers: 1, limits });
 * const jobs = new Jobs(math, new JobStore());
 * jobs.start();
 * const { record: { id } } = await jobs.submit({ directory: folder, base: "a.parquet", file: "work.js" });
 * let last = "";
 * for await (const { record } of jobs.watch(id)) last = record.state;
 * assertEquals(last, "complete");
 * await jobs.stop(1);
 * jobs.close();
 * await math.close();
 * ```
 */
export class Jobs {
  readonly #math: Pick<MathPart, "run" | "check">;
  readonly #store: JobStore;
  readonly #limits: JobsLimits;
  readonly #queue = new FairQueue();
  /** Those that wait and run, and those that have just ended. */
  readonly #table = new JobTable();
  readonly #known: KnownJobs;
  #running = 0;
  /** Jobs that ended since the start, by how. */
  readonly #ended = { complete: 0, failed: 0, cancelled: 0 };
  /** Those that had ended when the service began, until somebody can be told. */
  #untold: JobRecord[] = [];
  #state: "recovered" | "open" | "closing" = "recovered";
  #swept: number | undefined;
  /** Told of every job that ends. */
  onEnd: (record: JobRecord) => void = () => {};

  /**
   * Takes the store's unfinished jobs on; none starts before {@linkcode Jobs.start}.
   *
   * @param limits Looked at whenever they matter, so they may change meanwhile.
   */
  constructor(
    math: Pick<MathPart, "run" | "check">,
    store: JobStore,
    limits: JobsLimits = defaultLimits(),
  ) {
    this.#math = math;
    this.#store = store;
    this.#limits = limits;
    this.#known = new KnownJobs(this.#table, store);
    for (const one of store.unfinished()) this.#recover(one);
  }

  /** Jobs by their state; those that ended, since the start. All that is told of their numbers comes from here. */
  get counters(): JobCounts {
    const queued = this.#table.size - this.#running;
    const { complete: done, failed, cancelled } = this.#ended;
    return { running: this.#running, queued, done, failed, cancelled };
  }

  /** Why no job can be submitted, and what to do; null where that can be done. */
  get problem(): string | null {
    return this.#store.problem;
  }

  /** A job waits though another could run. */
  get stuck(): boolean {
    const room = this.#state === "open" && this.#running < this.#limits.jobs;
    return room && this.#queue.length > 0;
  }

  /** Begins to run jobs. */
  start(): void {
    this.#state = "open";
    for (const record of this.#untold.splice(0)) this.onEnd(record);
    this.#sweep();
    this.#swept = setInterval(() => this.#sweep(), SWEEP_EVERY);
    Deno.unrefTimer(this.#swept);
    this.fill();
  }

  /** Starts as many of the waiting jobs as may run; to be called when the limits have grown. */
  fill(): void {
    while (this.#state === "open" && this.#running < this.#limits.jobs) {
      const id = this.#queue.next();
      if (id === undefined) return;
      const active = this.#table.findActive(id)!;
      active.run = this.#run(active);
    }
  }

  /**
   * Takes a job on that outlives its connection. Settles when it is safely kept.
   *
   * @throws ServiceError when it names what is not there or not allowed; `BUSY`; `BAD_REQUEST` for a key
   * that another job has.
   */
  async submit(request: JobRequest, origin: Origin = {}): Promise<JobStatus> {
    const { key } = origin;
    const known = this.#idOf(origin);
    if (known !== null) return await this.#reuse(known, key!, request);
    const planned = await this.#math.check(request, origin.roots);
    const meanwhile = this.#idOf(origin);
    if (meanwhile !== null) return await this.#reuse(meanwhile, key!, request);
    const active = this.#admit(request, origin, false);
    active.stored.catch(() => this.#giveUp(active));
    this.#fillWith(active, planned);
    await active.stored;
    return active.status;
  }

  /**
   * Runs a job for somebody who waits for it; it takes its turn as all do.
   *
   * @throws ServiceError when it can't be run or fails.
   */
  async run(
    request: JobRequest,
    { signal, onProgress = () => {}, ...origin }: Omit<Origin, "key"> & Watching = {},
  ): Promise<JobReport> {
    const active = await this.#attach(request, origin);
    const cancel = () => this.#cancel(active);
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) cancel();
    while (active.outcome === null) {
      await active.after(active.version);
      if (active.progress !== null) onProgress(active.progress);
    }
    signal?.removeEventListener("abort", cancel);
    if (active.outcome.state === "complete") return active.outcome.report;
    throw ServiceError.fromRecord(active.outcome.error);
  }

  /** @throws ServiceError `JOB_NOT_FOUND` */
  status(id: string): JobStatus {
    return this.#known.status(id);
  }

  /**
   * What a job came to, with its result's text and its log.
   *
   * @throws ServiceError `JOB_NOT_FOUND`, `JOB_NOT_ENDED`, and what the job failed with.
   */
  result(id: string): { request: JobRequest; report: JobReport } {
    return this.#known.result(id);
  }

  /** What the formula has printed so far. @throws ServiceError `JOB_NOT_FOUND` */
  log(id: string): LogLine[] {
    return this.#known.log(id);
  }

  /** The formula as it ran; null where that isn't known. @throws ServiceError `JOB_NOT_FOUND` */
  formula(id: string): FormulaSource | null {
    return this.#known.formula(id);
  }

  /** What a job asks for. @throws ServiceError `JOB_NOT_FOUND` */
  request(id: string): Promise<JobRequest> {
    return this.#known.request(id);
  }

  /** The newest first, where no other order is asked for. */
  list(filter: JobFilter): JobStatus[] {
    return this.#known.list(filter);
  }

  /** Names of formulas and of clients that jobs have, of one owner or of all; so many of each at most. */
  names(owner: string | undefined, most: number): JobNames {
    return this.#known.names(owner, most);
  }

  /**
   * A job's status now, and again after every change until it has ended or the service ends. Changes
   * that come while nobody takes the last one are told as one.
   *
   * @throws ServiceError `JOB_NOT_FOUND`
   */
  watch(id: string): AsyncGenerator<JobStatus, void> {
    const isLast = ({ outcome, run }: ActiveJob) =>
      outcome !== null || (this.#state === "closing" && run === null);
    return this.#known.watch(id, isLast);
  }

  /**
   * Ends a job. Settles when it has ended, which may be otherwise: what is about to be complete is
   * not cancelled any more.
   *
   * @throws ServiceError `JOB_NOT_FOUND`
   */
  async cancel(id: string): Promise<JobStatus> {
    const active = this.#table.findActive(id);
    if (active === undefined) return this.status(id);
    this.#cancel(active);
    await active.ended();
    return active.status;
  }

  /**
   * Starts no more jobs and lets those that run go on for some time; what hasn't ended then, and outlives
   * the service, is kept to run again. Settles when no job runs any more.
   */
  async stop(graceSeconds: number): Promise<void> {
    this.#state = "closing";
    clearInterval(this.#swept);
    const running: ActiveJob[] = [];
    for (const active of this.#table.active()) {
      if (active.run !== null) running.push(active);
      else if (outlives(active, this.#store)) active.changed(); // its watchers go
      else if (this.#queue.remove(placeOf(active.record))) this.#end(active, cancelled(STOPPED));
    }
    const ends = Promise.all(running.map(({ run }) => run));
    await within(graceSeconds * 1000, ends);
    for (const { cancel } of running) cancel.abort(STOPPED);
    await ends;
  }

  /** Lets go of the store. */
  close(): void {
    this.#store.close();
  }

  /** Fills with a new job among those that wait. One that starts at once runs as it was planned. */
  #fillWith(active: ActiveJob, planned: PlannedRequest): void {
    active.planned = planned;
    this.fill();
    active.planned = null;
  }

  /** The job that was submitted under an owner's key; null where none was. */
  #idOf({ owner = null, key }: Origin): string | null {
    if (key === undefined) return null;
    return this.#table.findByKey(owner, key)?.record.id ?? this.#store.idOf(owner, key);
  }

  /**
   * Takes a job on that somebody waits for. One for which there is no room is one that failed; a request that names
   * what isn't there or isn't allowed is none.
   */
  async #attach(request: JobRequest, origin: Origin): Promise<ActiveJob> {
    const planned = await this.#math.check(request, origin.roots);
    try {
      const active = this.#admit(request, origin, true);
      active.request = request;
      this.#fillWith(active, planned);
      return active;
    } catch (thrown) {
      if (this.#state !== "closing") this.#refuse(request, origin, thrown);
      throw thrown;
    }
  }

  /** Notes a job for which there is no room, without what it asked for. */
  #refuse(request: JobRequest, origin: Origin, thrown: unknown): void {
    const active = this.#newJob(request, origin, true);
    active.stored = this.#store.insert(active.record, NOTHING_ASKED);
    active.stored.catch(() => {}); // then it is not in the list, as others are not
    this.#end(active, { state: "failed", error: ServiceError.from(thrown).toRecord() });
  }

  #admit(request: JobRequest, origin: Origin, attached: boolean): ActiveJob {
    if (this.#state === "closing") {
      throw new ServiceError("BUSY", "the service is being stopped: send the job again later");
    }
    this.#assertQueueFits(turnOfRequest(request, origin));
    const active = this.#newJob(request, origin, attached);
    active.stored = this.#store.insert(active.record, request);
    active.stored.catch(() => active.unknown = true);
    const { id, client, file, directory } = active.record;
    this.#table.add(active);
    this.#queue.add(placeOf(active.record));
    origin.onAdmit?.(id);
    log.job.info("{job} for {client}: {file} in {directory}", { job: id, client, file, directory });
    return active;
  }

  #newJob(request: JobRequest, origin: Origin, attached: boolean): ActiveJob {
    return newJob(request, origin, { seq: this.#store.nextSeq(), attached });
  }

  /** @throws ServiceError `BUSY` when a job of this client would have to wait, and there is no room. */
  #assertQueueFits(client: string): void {
    const { jobs, queue, clientQueue } = this.#limits;
    if (this.#running < jobs) return;
    if (this.#queue.length >= queue) {
      throw new ServiceError("BUSY", `${queue} jobs wait already; send the job again later`);
    }
    if (this.#queue.waitingOf(client) >= clientQueue) {
      throw new ServiceError(
        "BUSY",
        `${clientQueue} jobs of the client ${client} wait already; send the job again later`,
      );
    }
  }

  /** @throws ServiceError `BAD_REQUEST` when the job of a request's key asks for something else. */
  async #reuse(id: string, key: string, request: JobRequest): Promise<JobStatus> {
    await this.#table.findActive(id)?.stored;
    if (JSON.stringify(this.#store.request(id)) === JSON.stringify(request)) return this.status(id);
    throw new ServiceError(
      "BAD_REQUEST",
      `Request.Key ${JSON.stringify(key)} belongs to the job ${id}, which asks for something else`,
    );
  }

  /** A job that can't be kept was never there; a run that waits for that ends by itself. */
  #giveUp(active: ActiveJob): void {
    this.#queue.remove(placeOf(active.record));
    this.#table.forget(active);
  }

  async #run(active: ActiveJob): Promise<void> {
    const { record, planned } = active;
    record.state = "running";
    record.started = active.clock.now();
    const attempt = ++record.attempts;
    this.#running++;
    active.changed();
    log.job.info("{job} started, run {attempt}", { job: record.id, attempt });
    if (!record.attached && !await isStored(active)) return this.#leave(active);
    const outcome = await runOnce(active, this.#math, this.#store, planned);
    this.#leave(active);
    if (outcome === null) this.#requeue(active);
    else this.#end(active, outcome);
    this.fill();
  }

  /** A run is over. */
  #leave(active: ActiveJob): void {
    this.#running--;
    this.#queue.end(turnOf(active.record));
    active.run = null;
  }

  /** A deliberate stop does not count as a failed attempt. */
  #requeue(active: ActiveJob): void {
    active.record.attempts--;
    this.#wait(active);
  }

  /** Puts a job whose run was interrupted back to those that wait. */
  #wait(active: ActiveJob): void {
    active.record.state = "queued";
    active.record.started = null;
    active.progress = null;
    this.#store.requeue(active.record);
    log.job.info("{job} waits to run again", { job: active.record.id });
    active.changed();
  }

  #cancel(active: ActiveJob): void {
    if (active.run !== null) active.cancel.abort(CANCELLED);
    else if (this.#queue.remove(placeOf(active.record))) this.#end(active, cancelled(CANCELLED));
  }

  #end(active: ActiveJob, outcome: Outcome): void {
    const { record } = active;
    record.state = outcome.state;
    record.ended = active.clock.now();
    if (outcome.state === "complete") {
      const { result: _text, ...report } = outcome.report;
      record.report = { ...report, log: [] };
    } else record.error = outcome.error;
    this.#ended[outcome.state]++;
    if (this.#table.findActive(record.id) !== undefined) logEnd(record.id, outcome);
    active.outcome = outcome;
    if (active.unknown) this.#table.forget(active);
    else {
      this.#table.end(active);
      this.#store.end(record, outcome, active).then(() => this.#table.forget(active));
    }
    active.changed();
    if (this.#state === "recovered") this.#untold.push(record);
    else this.onEnd(record);
  }

  /** A job that had not ended when the service did. */
  #recover(unfinished: Unfinished): void {
    const { record } = unfinished;
    const active = new ActiveJob(record, new JobClock(record.submitted));
    this.#table.add(active);
    const outcome = recovered(unfinished, this.#limits.attempts);
    if (outcome !== null) return this.#end(active, outcome);
    if (record.state === "running") this.#wait(active);
    this.#queue.add(placeOf(record));
  }

  #sweep(): void {
    if (this.#store.problem === null) this.#store.sweep(this.#limits);
  }
}

/** Whether a job came to the store. */
async function isStored({ stored }: ActiveJob): Promise<boolean> {
  try {
    await stored;
    return true;
  } catch {
    return false; // told to who submits it
  }
}
