import { ServiceError } from "../common/errors.ts";
import { log, reportFault } from "../common/log.ts";
import type { JobReport, JobRequest, Publication } from "../job/request.ts";
import type { Math as MathPart, RunOptions } from "../math.ts";
import { type PartialPlace, publishedReport, removePartial } from "../loader.ts";
import { within } from "../common/within.ts";
import { ActiveJob } from "./active.ts";
import { JobClock } from "./clock.ts";
import type { JobsLimits } from "../job/retention.ts";
import { defaultLimits } from "../settings/limits.ts";
import { FairQueue, type Waiting } from "./queue.ts";
import {
  isEnded,
  JOB_STATES,
  type JobCounts,
  type JobFilter,
  type JobRecord,
  type JobStatus,
  type Outcome,
} from "../job/record.ts";
import type { JobStore, Unfinished } from "./store.ts";

/** Who asks for a job, and under which key. */
export interface Origin {
  /** Where nothing else is said, jobs with the same one take turns with those of others. */
  client?: string;
  /** A job that its owner submitted under this key already is not submitted again. */
  key?: string;
  /** Name of the client that the job belongs to; null where clients aren't told apart. */
  owner?: string | null;
  /** Real paths of the folders it may name files under; null for all roots of the service. */
  roots?: readonly string[] | null;
  /** Among the jobs of all clients; the request's priority where it is absent. */
  precedence?: number;
  /** Told the job's id when it is taken on. */
  onAdmit?: (id: string) => void;
}

/** What a caller wants to know and to say while a job waits and runs. */
export type Watching = Pick<RunOptions, "onProgress" | "signal">;

/** The longest time without a line for a watcher, in milliseconds: it shows whether they are there. */
const BEAT = 30_000;
/** How often jobs are looked through for those to be dropped, in milliseconds. */
const SWEEP_EVERY = 5_000;
/** The longest wait for a run's beginning and a result to be known on the disk, in milliseconds. */
const KEPT_WITHIN = 2000;
/** Characters of a base's name in lists, and of other names, which are paths. */
const LONGEST_BASE = 200, LONGEST_NAME = 4096;

/** What is kept of the request of a job that was not taken on. */
const NOTHING_ASKED: JobRequest = { directory: "", base: "", file: "" };

const CANCELLED = new ServiceError("CANCELLED", "the job was cancelled");
const STOPPED = new ServiceError(
  "CANCELLED",
  "the service was stopped before the job had ended: send it again",
);

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
  readonly #active = new Map<string, ActiveJob>();
  /** Jobs that have ended, until the store has brought that to the disk. */
  readonly #ending = new Map<string, ActiveJob>();
  /** Jobs of both by their owner and key. */
  readonly #keys = new Map<string, ActiveJob>();
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
    for (const one of store.unfinished()) this.#recover(one);
  }

  /** Jobs by their state; those that ended, since the start. All that is told of their numbers comes from here. */
  get counters(): JobCounts {
    const queued = this.#active.size - this.#running;
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
      const active = this.#active.get(id)!;
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
    await this.#math.check(request, origin.roots);
    const meanwhile = this.#idOf(origin);
    if (meanwhile !== null) return await this.#reuse(meanwhile, key!, request);
    const active = this.#admit(request, origin, false);
    active.stored.catch(() => this.#giveUp(active));
    this.fill();
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
    return this.#known(id)?.status ??
      { record: this.#storedJob(id), progress: null, seconds: null };
  }

  /**
   * What a job came to, with its result's text and its log.
   *
   * @throws ServiceError `JOB_NOT_FOUND`, `JOB_NOT_ENDED`, and what the job failed with.
   */
  result(id: string): { request: JobRequest; report: JobReport } {
    const { state, report, error } = this.status(id).record;
    if (!isEnded(state)) {
      throw new ServiceError("JOB_NOT_ENDED", `the job ${id} is ${state}; watch it, or ask later`);
    }
    if (report === null) throw ServiceError.fromRecord(error!);
    const known = this.#known(id);
    if (known?.outcome?.state === "complete") {
      return { request: known.request ?? this.#store.request(id), report: known.outcome.report };
    }
    const text = this.#store.result(id);
    return {
      request: this.#store.request(id),
      report: {
        ...report,
        log: this.#store.log(id),
        ...(text === undefined ? {} : { result: text }),
      },
    };
  }

  /** What the formula has printed so far. @throws ServiceError `JOB_NOT_FOUND` */
  log(id: string): string[] {
    const known = this.#known(id);
    if (known !== undefined) return known.log;
    this.#storedJob(id);
    return this.#store.log(id);
  }

  /** The newest first. What is on the disk lags behind: it is asked for jobs only that have ended there. */
  list(filter: JobFilter): JobStatus[] {
    const states = (filter.states ?? JOB_STATES).filter(isEnded);
    const listed = states.length === 0 ? [] : this.#store.list({ ...filter, states });
    const known = [...this.#active.values(), ...this.#ending.values()]
      .filter(({ record }) => isMeant(record, filter));
    const all = new Map<number, JobStatus>();
    for (const record of listed) {
      all.set(record.seq, { record, progress: null, seconds: null });
    }
    for (const { record, status } of known) all.set(record.seq, status);
    return [...all.values()].sort((a, b) => b.record.seq - a.record.seq).slice(0, filter.limit);
  }

  /**
   * A job's status now, and again after every change until it has ended or the service ends. Changes
   * that come while nobody takes the last one are told as one.
   *
   * @throws ServiceError `JOB_NOT_FOUND`
   */
  async *watch(id: string): AsyncGenerator<JobStatus, void> {
    const active = this.#known(id);
    if (active === undefined) return yield this.status(id);
    for (;;) {
      const { version } = active;
      const last = active.outcome !== null || (this.#state === "closing" && active.run === null);
      yield active.status;
      if (last) return;
      await within(BEAT, active.after(version));
    }
  }

  /**
   * Ends a job. Settles when it has ended, which may be otherwise: what is about to be complete is
   * not cancelled any more.
   *
   * @throws ServiceError `JOB_NOT_FOUND`
   */
  async cancel(id: string): Promise<JobStatus> {
    const active = this.#active.get(id);
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
    for (const active of this.#active.values()) {
      if (active.run !== null) running.push(active);
      else if (this.#outlives(active)) active.changed(); // its watchers go
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

  /** The job that was submitted under an owner's key; null where none was. */
  #idOf({ owner = null, key }: Origin): string | null {
    if (key === undefined) return null;
    return this.#keys.get(ownKey(owner, key))?.record.id ?? this.#store.idOf(owner, key);
  }

  /**
   * Takes a job on that somebody waits for. One for which there is no room is one that failed; a request that names
   * what isn't there or isn't allowed is none.
   */
  async #attach(request: JobRequest, origin: Origin): Promise<ActiveJob> {
    await this.#math.check(request, origin.roots);
    try {
      const active = this.#admit(request, origin, true);
      active.request = request;
      this.fill();
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
    const { owner = null } = origin;
    this.#assertQueueFits(turnOf({ owner, client: clientOf(request, origin) }));
    const active = this.#newJob(request, origin, attached);
    active.stored = this.#store.insert(active.record, request);
    active.stored.catch(() => active.unknown = true);
    const { id, key, client, file, directory } = active.record;
    this.#active.set(id, active);
    if (key !== null) this.#keys.set(ownKey(owner, key), active);
    this.#queue.add(placeOf(active.record));
    origin.onAdmit?.(id);
    log.job.info("{job} for {client}: {file} in {directory}", { job: id, client, file, directory });
    return active;
  }

  #newJob(request: JobRequest, origin: Origin, attached: boolean): ActiveJob {
    const { directory, base, file, priority = 0 } = request;
    const { key = null, owner = null, roots = null, precedence = priority } = origin;
    const name = typeof base === "string" ? base : base.join(", ");
    const clock = new JobClock();
    return new ActiveJob({
      seq: this.#store.nextSeq(),
      id: crypto.randomUUID(),
      key,
      client: clientOf(request, origin),
      owner,
      roots,
      attached,
      priority,
      precedence,
      directory: shortened(directory, LONGEST_NAME),
      base: shortened(name, LONGEST_BASE),
      file: shortened(file, LONGEST_NAME),
      state: "queued",
      attempts: 0,
      submitted: clock.now(),
      started: null,
      ended: null,
      report: null,
      error: null,
    }, clock);
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
    await this.#active.get(id)?.stored;
    if (JSON.stringify(this.#store.request(id)) === JSON.stringify(request)) return this.status(id);
    throw new ServiceError(
      "BAD_REQUEST",
      `Request.Key ${JSON.stringify(key)} belongs to the job ${id}, which asks for something else`,
    );
  }

  /** A job that can't be kept was never there; a run that waits for that ends by itself. */
  #giveUp(active: ActiveJob): void {
    this.#queue.remove(placeOf(active.record));
    this.#forget(active);
  }

  async #run(active: ActiveJob): Promise<void> {
    const { record, cancel } = active;
    const { id } = record;
    record.state = "running";
    record.started = active.clock.now();
    const attempt = ++record.attempts;
    this.#running++;
    active.changed();
    log.job.info("{job} started, run {attempt}", { job: id, attempt });
    let outcome: Outcome | null;
    if (!record.attached && !await isStored(active)) return this.#leave(active);
    try {
      const report = await this.#math.run(active.request ?? this.#store.request(id), {
        id,
        attempt,
        roots: record.roots,
        priority: record.precedence,
        signal: cancel.signal,
        onStart: async (place) => {
          if (active.unknown) return;
          const stored = this.#store.start(record, place);
          if (this.#outlives(active)) await this.#kept(stored);
        },
        onProgress: (progress) => active.advance(progress),
        onLog: (lines) => active.print(lines),
        ...(this.#outlives(active)
          ? {
            onPublish: (publication) => this.#kept(this.#store.announce(id, publication)),
            resumes: STOPPED,
          }
          : {}),
      });
      outcome = { state: "complete", report };
    } catch (thrown) {
      if (thrown === CANCELLED) outcome = cancelled(CANCELLED);
      else if (thrown !== STOPPED) outcome = failed(thrown);
      else outcome = this.#outlives(active) ? null : cancelled(STOPPED);
    }
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

  /** Waits for a write; not for long where the disk refuses it, as it is tried again by itself. */
  async #kept(stored: Promise<void>): Promise<void> {
    if (this.#store.problem === null) await within(KEPT_WITHIN, stored);
  }

  /** A stop that was meant is no attempt that failed. */
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
    if (this.#active.has(record.id)) logEnd(record.id, outcome);
    active.outcome = outcome;
    this.#active.delete(record.id);
    if (active.unknown) this.#forget(active);
    else {
      this.#ending.set(record.id, active);
      this.#store.end(record, outcome, active.log).then(() => this.#forget(active));
    }
    active.changed();
    if (this.#state === "recovered") this.#untold.push(record);
    else this.onEnd(record);
  }

  #forget({ record: { id, owner, key } }: ActiveJob): void {
    this.#active.delete(id);
    this.#ending.delete(id);
    if (key !== null) this.#keys.delete(ownKey(owner, key));
  }

  /** A job that had not ended when the service did. */
  #recover({ record, place, publication }: Unfinished): void {
    const active = new ActiveJob(record, new JobClock(record.submitted));
    this.#active.set(record.id, active);
    if (record.key !== null) this.#keys.set(ownKey(record.owner, record.key), active);
    const report = place && reportLeft(place, publication);
    if (report !== null) {
      this.#end(active, { state: "complete", report });
    } else if (record.attached) {
      this.#end(active, interrupted("the service ended before it, and its connection, too"));
    } else if (record.state === "running" && record.attempts >= this.#limits.attempts) {
      this.#end(active, interrupted(`the service ended ${record.attempts} times while it ran`));
    } else {
      if (record.state === "running") this.#wait(active);
      this.#queue.add(placeOf(record));
    }
  }

  /** Does this job run again after the service has ended? */
  #outlives({ record }: ActiveJob): boolean {
    return this.#store.durable && !record.attached;
  }

  #known(id: string): ActiveJob | undefined {
    return this.#active.get(id) ?? this.#ending.get(id);
  }

  #storedJob(id: string): JobRecord {
    const record = this.#store.find(id);
    if (record !== null) return record;
    throw unknownJob(id);
  }

  #sweep(): void {
    if (this.#store.problem === null) this.#store.sweep(this.#limits);
  }
}

/** The answer to who asks for a job that isn't there for them. */
export function unknownJob(id: string): ServiceError {
  return new ServiceError("JOB_NOT_FOUND", `there is no job ${id}, or not any more`);
}

/** Who takes turns with others for a job: its owner, and where it has none, the client it is for. */
function turnOf({ owner, client }: Pick<JobRecord, "owner" | "client">): string {
  return owner ?? client;
}

function clientOf(request: JobRequest, origin: Origin): string {
  return request.client ?? origin.client ?? "";
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function placeOf(record: JobRecord): Waiting {
  const { id, priority, precedence } = record;
  return { id, client: turnOf(record), priority, precedence };
}

/** Neither an owner's name nor a key holds the sign between them. */
function ownKey(owner: string | null, key: string): string {
  return `${owner ?? ""}\n${key}`;
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

function isMeant(record: JobRecord, { states, client, owner, before }: JobFilter): boolean {
  return (states?.includes(record.state) ?? true) && record.client === (client ?? record.client) &&
    record.owner === (owner ?? record.owner) && record.seq < (before ?? Infinity);
}

function logEnd(job: string, outcome: Outcome): void {
  if (outcome.state === "complete") {
    const { rows, seconds } = outcome.report;
    log.job.info("{job} complete: {rows} rows in {seconds} s", { job, rows, seconds });
  } else if (outcome.state === "failed") {
    log.job.warn("{job} failed with {code}", { job, code: outcome.error.code });
  } else log.job.info("{job} cancelled", { job });
}

function cancelled(error: ServiceError): Outcome {
  return { state: "cancelled", error: error.toRecord() };
}

function failed(thrown: unknown): Outcome {
  if (!(thrown instanceof ServiceError)) reportFault("a job failed unexpectedly", thrown);
  return { state: "failed", error: ServiceError.from(thrown).toRecord() };
}

function interrupted(why: string): Outcome {
  const message = `the job was interrupted: ${why}; send it again`;
  return { state: "failed", error: new ServiceError("INTERRUPTED", message).toRecord() };
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
