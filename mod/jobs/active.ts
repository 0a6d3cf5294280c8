import type { FormulaSource } from "../job/formula_source.ts";
import type { LogLine } from "../job/log_line.ts";
import type { JobProgress, JobRequest } from "../job/request.ts";
import type { PlannedRequest } from "../math.ts";
import type { JobClock } from "./clock.ts";
import type { JobRecord, JobStatus, Outcome } from "../job/record.ts";

/** A job that waits or runs, and whoever wants to know of it. */
export class ActiveJob {
  readonly record: JobRecord;
  readonly clock: JobClock;
  /** Settles when it is known to the store; rejects when it can't be. */
  stored: Promise<void> = Promise.resolve();
  /** It didn't come to the store: the disk is full. */
  unknown = false;
  progress: JobProgress | null = null;
  readonly log: LogLine[] = [];
  /** The formula of its last run, as soon as that is known. */
  formula: FormulaSource | null = null;
  /** Where it is not in the store alone. */
  request: JobRequest | null = null;
  /** Its paths, while it is so new that they need not be looked up once more. */
  planned: PlannedRequest | null = null;
  /** Its run while there is one, and what ends it. */
  run: Promise<void> | null = null;
  readonly cancel = new AbortController();
  outcome: Outcome | null = null;
  #version = 0;
  #change: PromiseWithResolvers<void> | null = null;

  constructor(record: JobRecord, clock: JobClock) {
    this.record = record;
    this.clock = clock;
  }

  get status(): JobStatus {
    const { state, started } = this.record;
    const seconds = state === "running" ? (this.clock.now() - started!) / 1000 : null;
    return { record: this.record, progress: this.progress, seconds };
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  /** The run is further. */
  advance(progress: JobProgress): void {
    this.progress = progress;
    this.changed();
  }

  /** The formula has printed more. */
  print(lines: LogLine[]): void {
    for (const line of lines) this.log.push(line);
  }

  /** Tells of a change. */
  changed(): void {
    this.#version++;
    this.#change?.resolve();
    this.#change = null;
  }

  /** Settles as soon as the job is not what it was at that version. */
  after(version: number): Promise<void> {
    if (version !== this.#version) return Promise.resolve();
    this.#change ??= Promise.withResolvers();
    return this.#change.promise;
  }

  /** Settles when the job has ended. */
  async ended(): Promise<Outcome> {
    while (this.outcome === null) await this.after(this.#version);
    return this.outcome;
  }
}
