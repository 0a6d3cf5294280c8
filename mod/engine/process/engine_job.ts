import { dirname, join } from "@std/path";
import type { Dataset } from "../../dataset/dataset.ts";
import { ServiceError } from "../../common/errors.ts";
import type { FormulaTraits } from "../../formula/traits.ts";
import {
  type JobPlan,
  type JobProgress,
  type JobReport,
  type JobTrial,
  MOST_JOINED,
  type Publication,
} from "../../job/request.ts";
import { enterDirectory } from "../../result/directory.ts";
import type { Loader } from "../../loader.ts";
import type { Permit, ResultPlace, SavedResult } from "../../result/place.ts";
import { publishPartial } from "../../result/publish.ts";
import { Computation, type Computed } from "../compute/computation.ts";
import type { WorkerPool } from "../workers/worker_pool.ts";
import { joinParts } from "../compute/join_parts.ts";
import { JobLog } from "../link/printed_lines.ts";
import { fingerprintsOf } from "./fingerprints.ts";
import { gatherParts } from "./part_folder.ts";
import { LARGEST_SENT_RESULT } from "../../formula/tasks/outcome.ts";
import type { JobSession, JobSetting, SessionKeeper } from "./engine_session.ts";

/** Who is told of a job while it runs. */
export interface JobListener {
  progress(progress: JobProgress): void;
  log(lines: string[]): void;
  /** Asks for {@linkcode JobRun.permit}. */
  publish(publication: Publication): void;
}

/** One job in this process, or a step of it: from its plan to its report, leaving nothing behind but the result. */
export class JobRun {
  readonly #plan: JobPlan;
  readonly #loader: Loader;
  readonly #sessions: SessionKeeper;
  readonly #folder: string;
  readonly #listener: JobListener;
  readonly #log: JobLog;
  readonly #permitted = Promise.withResolvers<void>();
  readonly #began = performance.now();
  readonly #stop = new AbortController();
  #session: JobSession | null = null;
  /** The session where no other step follows, and all went well. */
  #last: JobSession | null = null;
  #computation: Computation | null = null;
  /** The file whose name the result took. */
  #replaced: Deno.FsFile | null = null;

  /** @param folder A folder of the engine's own for what is no result. */
  constructor(
    plan: JobPlan,
    loader: Loader,
    sessions: SessionKeeper,
    folder: string,
    listener: JobListener,
  ) {
    this.#plan = plan;
    this.#loader = loader;
    this.#sessions = sessions;
    this.#folder = folder;
    this.#listener = listener;
    this.#log = new JobLog(plan.limits.logBytes, (lines) => listener.log(lines));
    this.#permitted.promise.catch(() => {}); // a job that is stopped before may never wait for it
  }

  /**
   * Computes and saves; {@linkcode JobRun.close} and {@linkcode JobRun.removeReplaced} are to follow.
   *
   * @throws ServiceError when anything of the job fails; nothing of a result is left then.
   */
  async run(): Promise<JobReport> {
    try {
      return await this.#run();
    } finally {
      Deno.chdir(dirname(this.#folder)); // it holds on to nobody else's
    }
  }

  async #run(): Promise<JobReport> {
    const { step } = this.#plan;
    const gathers = step?.type === "gather";
    if (gathers || (step?.type === "finish" && step.kind === "map")) {
      const { parts } = step;
      const place = this.#place(() => this.#permitted.promise);
      const saved = gathers
        ? await gatherParts(parts, place, this.#stop.signal)
        : await joinParts(parts, this.#loader, place, this.#stop.signal);
      return this.#reportOf(saved, { kind: "map", partitions: parts.length });
    }
    if (step?.type === "publish") return await this.#publish(step.report);
    const session = this.#session = this.#sessions.take(this.#plan);
    try {
      const report = await this.#runIn(session);
      if (step === undefined || step.type === "outline") this.#last = session;
      else this.#sessions.keep(session);
      return report;
    } catch (thrown) {
      session.close();
      throw thrown;
    }
  }

  /** Gives a result that others have made its name. */
  async #publish(report: JobReport): Promise<JobReport> {
    const { file, rows, bytesWritten: bytes } = report;
    const { result: _text, ...figures } = report;
    const permit: Permit = (_saved, inode) => {
      this.#listener.publish({ inode, report: { ...figures, log: [] } });
      return this.#permitted.promise;
    };
    const place = this.#place(permit);
    const saved: SavedResult = { file, rows, bytes };
    await publishPartial(place, saved, permit, undefined, place.replaced);
    return { ...report, ...writtenOf(saved) };
  }

  /** Lets go of what the job has worked with, when its report is on its way: the next one may have the workers. */
  close(): void {
    this.#last?.close(true);
  }

  /** Lets the system remove the file whose name the result took; nobody should wait for that. */
  removeReplaced(): void {
    this.#replaced?.close();
    this.#replaced = null;
  }

  /** Ends the job early: its workers stop, {@linkcode JobRun.run} rejects, nothing is left. */
  stop(): void {
    const stopped = new ServiceError("CANCELLED", "the job was stopped");
    this.#stop.abort(stopped);
    this.#permitted.reject(stopped);
    this.#session?.stop();
  }

  /** Lets the result get its name. */
  permit(): void {
    this.#permitted.resolve();
  }

  async #runIn(session: JobSession): Promise<JobReport> {
    const setting = await session.setting({
      answer: (request) => this.#computation!.answer(request),
      log: (lines) => this.#log.add(lines),
    });
    const { dataset, traits, workerPool, partitions: all } = setting;
    const { step } = this.#plan;
    if (step?.type === "outline") return await this.#outline(setting);
    const partitions = step?.type === "compute" ? all.slice(step.from, step.to) : all;
    const before = workerPool.bytesRead;
    const reportOf = (saved: SavedResult) =>
      this.#reportOf({ ...saved, rows: saved.file.endsWith(".txt") ? dataset.rows : saved.rows }, {
        kind: traits.kind,
        partitions: partitions.length,
        bytesRead: workerPool.bytesRead - before,
        workers: workerPool.size,
        ...skippedOf(setting),
        ...joinedOf(setting),
      });
    const place = this.#place((saved, inode) => {
      this.#listener.publish({ inode, report: reportOf(saved) });
      return this.#permitted.promise;
    });
    const work = { place, dataset, partitions, of: all.length, formula: traits };
    const { progress } = this.#listener;
    const computation = new Computation(work, this.#loader, workerPool, progress);
    this.#computation = computation;
    const { part } = place;
    if (step?.type === "compute" && part !== undefined) {
      const computed = await computation.part({ ...place, part });
      return { ...reportOf(NOTHING), computed, log: this.#log.lines };
    }
    const { saved, text } =
      await (step?.type === "finish" ? computation.finish(step.parts) : computation.run());
    return {
      ...reportOf(saved),
      ...(this.#plan.tryRows === undefined
        ? {}
        : { trial: await this.#describeTrial(dataset, traits, workerPool, saved) }),
      ...sent(text),
      log: this.#log.lines,
    };
  }

  #reportOf(
    saved: SavedResult,
    more: Partial<JobReport> & Pick<JobReport, "kind" | "partitions">,
  ): JobReport {
    const { file, rows, bytes } = saved;
    return {
      id: this.#plan.id,
      file,
      rows,
      seconds: (performance.now() - this.#began) / 1000,
      bytesRead: 0,
      bytesWritten: bytes,
      workers: this.#plan.workers,
      log: [],
      ...writtenOf(saved),
      ...more,
    };
  }

  async #outline(setting: JobSetting): Promise<JobReport> {
    const { dataset, partitions, traits: { kind }, pack } = setting;
    return {
      ...this.#reportOf(NOTHING, { kind, partitions: partitions.length }),
      outline: {
        kind,
        partitions: partitions.length,
        rows: dataset.rows,
        ...skippedOf(setting),
        files: fingerprintsOf(dataset),
        formula: await pack!(),
      },
    };
  }

  /** The result of a trial or a view lies in the engine's own folder, and is gone with it. */
  #place(permit: NonNullable<ResultPlace["permit"]>): ResultPlace {
    const { id, attempt, stem, directory, tryRows, view, folder, part, step, limits } = this.#plan;
    const place: Omit<ResultPlace, "directory"> = {
      id,
      attempt,
      stem,
      mostBytes: limits.resultBytes,
      ...(part === undefined ? {} : { part }),
      ...(folder && step?.type !== "compute" ? { folder } : {}),
      ...(step?.type === "compute" && !folder ? { loose: true } : {}),
    };
    if (tryRows !== undefined || view !== undefined) {
      Deno.mkdirSync(this.#folder, { recursive: true });
      return { ...place, directory: this.#folder };
    }
    enterDirectory(directory);
    return {
      ...place,
      directory,
      entered: true,
      permit,
      replaced: (file) => this.#replaced = file,
    };
  }

  async #describeTrial(
    dataset: Dataset,
    { exports }: FormulaTraits,
    workerPool: WorkerPool,
    { file }: SavedResult,
  ): Promise<JobTrial> {
    const touched = await workerPool.runOnAll({ type: "touched" });
    const name = ({ name, type }: { name: string; type: string }) => ({ name, type });
    const path = join(this.#folder, file);
    return {
      exports,
      columns: dataset.columns.map(name),
      touched: [...new Set(touched.flat())],
      result: file.endsWith(".parquet")
        ? this.#loader.read({ name: file, files: [{ path, hive: {} }] }).columns.map(name)
        : null,
    };
  }
}

/** What is saved where only a step is done. */
const NOTHING: SavedResult = { file: "", bytes: 0, rows: 0 };

function writtenOf({ written }: SavedResult): Pick<JobReport, "written"> {
  return written === undefined ? {} : { written };
}

function skippedOf({ traits: { filter }, skipped }: JobSetting): Pick<JobReport, "skipped"> {
  return filter === null ? {} : { skipped };
}

function joinedOf({ dataset: { joined } }: JobSetting): Pick<JobReport, "joined"> {
  if (joined.length === 0) return {};
  const more = joined.length - MOST_JOINED;
  const told = joined.slice(0, MOST_JOINED);
  return { joined: more > 0 ? [...told, `and ${more} more columns`] : told };
}

function sent(text: Computed["text"]): { result?: string } {
  return text !== undefined && text.length <= LARGEST_SENT_RESULT ? { result: text } : {};
}
