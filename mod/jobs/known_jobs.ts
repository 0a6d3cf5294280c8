import { ServiceError } from "../common/errors.ts";
import { within } from "../common/within.ts";
import {
  isEnded,
  JOB_STATES,
  type JobFilter,
  type JobNames,
  type JobOrder,
  type JobRecord,
  type JobStatus,
} from "../job/record.ts";
import type { FormulaSource } from "../job/formula_source.ts";
import type { LogLine } from "../job/log_line.ts";
import type { JobReport, JobRequest } from "../job/request.ts";
import type { ActiveJob } from "./active.ts";
import type { JobTable } from "./job_table.ts";
import { wordsOf } from "./job_words.ts";
import type { JobStore } from "./store.ts";

/** The longest time without a line for a watcher, in milliseconds: it shows whether they are there. */
const BEAT = 30_000;

/** All that is told of jobs, be they in memory or in the store alone. */
export class KnownJobs {
  readonly #table: JobTable;
  readonly #store: JobStore;

  constructor(table: JobTable, store: JobStore) {
    this.#table = table;
    this.#store = store;
  }

  /** @throws ServiceError `JOB_NOT_FOUND` */
  status(id: string): JobStatus {
    return this.#table.find(id)?.status ??
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
    const known = this.#table.find(id);
    if (known?.outcome?.state === "complete") {
      return { request: known.request ?? this.#store.request(id), report: known.outcome.report };
    }
    const text = this.#store.result(id);
    const log = this.#store.log(id);
    return {
      request: this.#store.request(id),
      report: { ...report, log, ...(text === undefined ? {} : { result: text }) },
    };
  }

  /** What the formula has printed so far. @throws ServiceError `JOB_NOT_FOUND` */
  log(id: string): LogLine[] {
    const known = this.#table.find(id);
    if (known !== undefined) return known.log;
    this.#storedJob(id);
    return this.#store.log(id);
  }

  /** The formula as it ran; null where that isn't known. @throws ServiceError `JOB_NOT_FOUND` */
  formula(id: string): FormulaSource | null {
    const known = this.#table.find(id);
    if (known !== undefined) return known.formula;
    this.#storedJob(id);
    return this.#store.formula(id);
  }

  /** The newest first. What is on the disk lags behind: it is asked for jobs only that have ended there. */
  list(filter: JobFilter): JobStatus[] {
    const states = (filter.states ?? JOB_STATES).filter(isEnded);
    const listed = states.length === 0 ? [] : this.#store.list({ ...filter, states });
    const known = this.#table.all().filter(({ record }) => isMeant(record, filter));
    const all = new Map<number, JobStatus>();
    for (const record of listed) {
      all.set(record.seq, { record, progress: null, seconds: null });
    }
    for (const { record, status } of known) all.set(record.seq, status);
    return [...all.values()].sort(comparison(filter.order)).slice(0, filter.limit);
  }

  /** Names of formulas and of clients that jobs have, of one owner or of all; so many of each at most. */
  names(owner: string | undefined, most: number): JobNames {
    const { files, clients } = this.#store.names(owner, most);
    const active = this.#table.all().map(({ record }) => record)
      .filter((record) => owner === undefined || record.owner === owner);
    const joined = (stored: string[], more: string[]) =>
      [...new Set([...stored, ...more])].sort().slice(0, most);
    return {
      files: joined(files, active.map(({ file }) => file)),
      clients: joined(clients, active.map(({ client }) => client)),
    };
  }

  /** What a job asks for. @throws ServiceError `JOB_NOT_FOUND`, and `BUSY` when it can't be kept */
  async request(id: string): Promise<JobRequest> {
    const known = this.#table.find(id);
    if (known === undefined) this.#storedJob(id);
    if (known?.request) return known.request;
    await known?.stored;
    return this.#store.request(id);
  }

  /**
   * A job's status now, and again after every change until there is a last one. Changes that come while nobody
   * takes the last one are told as one.
   *
   * @param isLast Whether no more will be told of a job, as it is now.
   * @throws ServiceError `JOB_NOT_FOUND`
   */
  async *watch(id: string, isLast: (job: ActiveJob) => boolean): AsyncGenerator<JobStatus, void> {
    const active = this.#table.find(id);
    if (active === undefined) return yield this.status(id);
    for (;;) {
      const { version } = active;
      const last = isLast(active);
      yield active.status;
      if (last) return;
      await within(BEAT, active.after(version));
    }
  }

  #storedJob(id: string): JobRecord {
    const record = this.#store.find(id);
    if (record !== null) return record;
    throw unknownJob(id);
  }
}

/** The answer to who asks for a job that isn't there for them. */
export function unknownJob(id: string): ServiceError {
  return new ServiceError("JOB_NOT_FOUND", `there is no job ${id}, or not any more`);
}

function isMeant(record: JobRecord, filter: JobFilter): boolean {
  const { states, client, owner, file, before, words = [], from = 0, to = Infinity } = filter;
  return (states?.includes(record.state) ?? true) && record.client === (client ?? record.client) &&
    record.owner === (owner ?? record.owner) && record.file === (file ?? record.file) &&
    record.seq < (before ?? Infinity) && record.submitted >= from && record.submitted < to &&
    hasWords(record, words);
}

function hasWords(record: JobRecord, words: string[]): boolean {
  if (words.length === 0) return true;
  const text = wordsOf(record);
  return words.every((word) => text.includes(word));
}

/** The order of a list, as the store has it, too. */
function comparison(order: JobOrder | undefined): (a: JobStatus, b: JobStatus) => number {
  const newest = (a: JobStatus, b: JobStatus) => b.record.seq - a.record.seq;
  if (order === undefined) return newest;
  const value = VALUES[order.by], sign = order.descending ? -1 : 1;
  return (a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === right) return newest(a, b);
    if (left === null || right === null) return left === null ? 1 : -1;
    return left < right ? -sign : sign;
  };
}

const VALUES: Readonly<Record<JobOrder["by"], (status: JobStatus) => string | number | null>> = {
  submitted: ({ record }) => record.seq,
  file: ({ record }) => record.file,
  state: ({ record }) => JOB_STATES.indexOf(record.state),
  client: ({ record }) => record.client,
  seconds: ({ record: { started, ended }, seconds }) =>
    started === null || ended === null ? seconds : (ended - started) / 1000,
};
