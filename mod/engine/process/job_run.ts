import { ServiceError } from "../../common/errors.ts";
import type { FormulaSource } from "../../job/formula_source.ts";
import type { LogLine } from "../../job/log_line.ts";
import type { JobProgress, JobReport, Publication } from "../../job/request.ts";
import { enterDirectory } from "../../result/directory.ts";
import type { Loader } from "../../loader.ts";
import type { ResultPlace, SavedResult } from "../../result/place.ts";
import { JobLog } from "../link/printed_lines.ts";
import { type Plan, stepOf } from "../link/steps/steps.ts";
import type { JobSession, JobSetting, SessionKeeper } from "./engine_session.ts";
import type { WorkerListener } from "../workers/worker.ts";

/** Who is told of a job while it runs. */
export interface JobListener {
  progress(progress: JobProgress): void;
  log(lines: LogLine[]): void;
  formula(source: FormulaSource): void;
  /** Asks for {@linkcode JobRun.permit}. */
  publish(publication: Publication): void;
}

/** Steps whose formula is one of a job that is kept. */
const TOLD_OF: ReadonlySet<string> = new Set<Plan["step"]["type"]>(["job", "outline"]);

/** One job in this process, or a step of it: what it has of the engine, and how it is ended. Nothing is left of it but the result. */
export class JobRun {
  readonly plan: Plan;
  readonly loader: Loader;
  readonly listener: JobListener;
  /** What the formula has printed. */
  readonly log: JobLog;
  /** A folder of the engine's own for what is no result. */
  readonly folder: string;
  readonly #sessions: SessionKeeper;
  readonly #permitted = Promise.withResolvers<void>();
  readonly #began = performance.now();
  readonly #stop = new AbortController();
  #session: JobSession | null = null;
  /** The session where no other step follows, and all went well. */
  #last: JobSession | null = null;
  /** The files whose names the result took. */
  #replaced: Deno.FsFile[] = [];

  constructor(
    plan: Plan,
    loader: Loader,
    sessions: SessionKeeper,
    folder: string,
    listener: JobListener,
  ) {
    this.plan = plan;
    this.loader = loader;
    this.folder = folder;
    this.listener = listener;
    this.log = new JobLog(plan.limits.logBytes, (lines) => listener.log(lines));
    this.#sessions = sessions;
    this.#permitted.promise.catch(() => {}); // a job that is stopped before may never wait for it
  }

  /** Is aborted when the job is stopped. */
  get ends(): AbortSignal {
    return this.#stop.signal;
  }

  /** Lets the result get its name. */
  permit(): void {
    this.#permitted.resolve();
  }

  /** Ends the job early: its workers stop, what it does is rejected, nothing is left. */
  stop(): void {
    const stopped = new ServiceError("CANCELLED", "the job was stopped");
    this.#stop.abort(stopped);
    this.#permitted.reject(stopped);
    this.#session?.stop();
  }

  /** Lets go of what the job has worked with, when its report is on its way: the next one may have the workers. */
  close(): void {
    this.#last?.close(true);
  }

  /** Lets the system remove the files whose names the result took; nobody should wait for that. */
  removeReplaced(): void {
    for (const file of this.#replaced.splice(0)) file.close();
  }

  /**
   * Does something in the job's session, which is kept where another step may follow.
   *
   * @param listener Hears of the formula.
   */
  async inSession<T>(
    listener: WorkerListener,
    work: (setting: JobSetting) => Promise<T>,
  ): Promise<T> {
    const session = this.#session = this.#sessions.take(
      this.plan,
      TOLD_OF.has(this.plan.step.type) ? (source) => this.listener.formula(source) : undefined,
    );
    try {
      const result = await work(await session.setting(listener));
      if (stepOf(this.plan.step.type).follows) this.#sessions.keep(session);
      else this.#last = session;
      return result;
    } catch (thrown) {
      session.close();
      throw thrown;
    }
  }

  /** Asks leave to give a result its name. Settles when it may. */
  leave(inode: number, report: JobReport): Promise<void> {
    this.listener.publish({ inode, report });
    return this.#permitted.promise;
  }

  /** A place for a result in the job's folder. */
  place(more: Partial<ResultPlace>): ResultPlace {
    const { directory } = this.plan;
    enterDirectory(directory);
    return {
      ...this.#named(directory),
      entered: true,
      ends: this.ends,
      replaced: (file) => this.#replaced.push(file),
      ...more,
    };
  }

  /** A place in the engine's own folder, with which the result goes. */
  ownPlace(): ResultPlace {
    Deno.mkdirSync(this.folder, { recursive: true });
    return this.#named(this.folder);
  }

  #named(directory: string): ResultPlace {
    const { id, attempt, stem, format, partitionBy, tables, limits } = this.plan;
    const place = { id, attempt, stem, mostBytes: limits.resultBytes, directory };
    return {
      ...place,
      ...(format === undefined ? {} : { format }),
      ...(partitionBy === undefined ? {} : { partitionBy }),
      ...(tables === undefined ? {} : { tables }),
    };
  }

  /** A report of what is saved. */
  reportOf(
    saved: SavedResult,
    more: Partial<JobReport> & Pick<JobReport, "kind" | "partitions">,
  ): JobReport {
    const { file, rows, bytes } = saved;
    return {
      id: this.plan.id,
      file,
      rows,
      seconds: (performance.now() - this.#began) / 1000,
      bytesRead: 0,
      bytesWritten: bytes,
      workers: this.plan.workers,
      log: [],
      ...writtenOf(saved),
      ...more,
    };
  }
}

/** What a result in its place is known by, where that was noted, and its tables, where it has several. */
export function writtenOf({ written, tables }: SavedResult): Pick<JobReport, "written" | "tables"> {
  return {
    ...(written === undefined ? {} : { written }),
    ...(tables === undefined ? {} : { tables }),
  };
}
