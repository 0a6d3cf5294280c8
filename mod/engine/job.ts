import { join } from "@std/path";
import { type Dataset, planDataset } from "../dataset/dataset.ts";
import { ServiceError } from "../errors.ts";
import type { FormulaTraits } from "../formula/messages.ts";
import type { JobPlan, JobProgress, JobReport, JobTrial, Publication } from "../job.ts";
import type { Cell, CellKeeper } from "./cell.ts";
import { JobLog } from "./log.ts";
import { CODECS } from "../parquet/encode.ts";
import { connectLine } from "../remote/line.ts";
import { isUrl } from "../remote/url.ts";
import type { Loader, ResultPlace, SavedResult } from "../loader.ts";
import { Computation, type Computed } from "./computation.ts";
import { Crew } from "./crew.ts";
import type { FetcherWorker } from "./fetcher.ts";
import { planWork } from "./plan.ts";
import { removeFolder } from "./folder.ts";
import { LARGEST_SENT_RESULT } from "./received.ts";
import { readableOf } from "./readable.ts";
import type { SnapshotKeeper } from "./snapshot_keeper.ts";

/** What an engine keeps for all its jobs. */
export interface JobTools {
  loader: Loader;
  /** Absent where no HTTP server may be read from. */
  fetcher: FetcherWorker | null;
  cells: CellKeeper;
  snapshots: SnapshotKeeper;
}

/** Who is told of a job while it runs. */
export interface JobListener {
  progress(progress: JobProgress): void;
  log(lines: string[]): void;
  /** Asks for {@linkcode JobRun.permit}. */
  publish(publication: Publication): void;
}

/** One job in this process: from its plan to its report, leaving nothing behind but the result. */
export class JobRun {
  readonly #plan: JobPlan;
  readonly #loader: Loader;
  readonly #fetcher: FetcherWorker | null;
  readonly #cells: CellKeeper;
  readonly #snapshots: SnapshotKeeper;
  readonly #folder: string;
  readonly #listener: JobListener;
  readonly #log: JobLog;
  readonly #permitted = Promise.withResolvers<void>();
  #cell: Cell | null = null;
  #crew: Crew | null = null;
  #stopped = false;

  /** @param folder A folder of the engine's own for results that are not kept; removed afterwards. */
  constructor(
    plan: JobPlan,
    { loader, fetcher, cells, snapshots }: JobTools,
    folder: string,
    listener: JobListener,
  ) {
    this.#plan = plan;
    this.#loader = loader;
    this.#fetcher = fetcher;
    this.#cells = cells;
    this.#snapshots = snapshots;
    this.#folder = folder;
    this.#listener = listener;
    this.#log = new JobLog(plan.limits.logBytes, (lines) => listener.log(lines));
    this.#permitted.promise.catch(() => {}); // a job that is stopped before may never wait for it
  }

  /** @throws ServiceError when anything of the job fails; nothing of a result is left then. */
  async run(): Promise<JobReport> {
    const began = performance.now();
    const { id, base, formula, params, workers, limits } = this.#plan;
    const codec = CODECS[this.#plan.codec];
    const urls = base.files.map(({ path }) => path).filter(isUrl);
    const line = urls.length ? () => this.#line(urls) : null;
    let keep = false;
    try {
      if (line) connectLine(line());
      const dataset = this.#loader.read(base);
      const { entry, sources, memory } = await this.#snapshots.take(formula);
      if (this.#stopped) throw new ServiceError("CANCELLED", "the job was stopped");
      const size = Math.max(1, Math.min(workers, planDataset(dataset).length));
      const cell = this.#cell = this.#cells.take({
        readable: readableOf(this.#snapshots.folder, formula, base.files),
        heapBytes: limits.heapBytes,
      });
      let computation: Computation | null = null;
      const start = { entry, sources, dataset, params, codec, lend: memory.lendable };
      const crew = new Crew(size, cell, start, line, {
        answer: (request) => computation!.answer(request),
        log: (lines) => this.#log.add(lines),
      });
      this.#crew = crew;
      // A core that this job leaves free starts the next job's threads already.
      if (size < workers) cell.warm(1);
      cell.watch(limits.memoryBytes, (error) => crew.fail(error));
      const traits = await crew.ready();
      const { partitions, skipped } = planWork(dataset, traits, this.#plan);
      const reportOf = (saved: SavedResult): JobReport => ({
        id,
        kind: traits.kind,
        file: saved.file,
        rows: saved.file.endsWith(".txt") ? dataset.rows : saved.rows,
        partitions: partitions.length,
        seconds: (performance.now() - began) / 1000,
        bytesRead: crew.bytesRead,
        bytesWritten: saved.bytes,
        workers: size,
        ...(traits.filter === null ? {} : { skipped }),
        log: [],
      });
      const place = this.#place((saved, inode) => {
        this.#listener.publish({ inode, report: reportOf(saved) });
        return this.#permitted.promise;
      });
      const work = { place, dataset, partitions, formula: traits };
      const { progress } = this.#listener;
      computation = new Computation(work, this.#loader, crew, progress);
      const { saved, text } = await computation.run();
      const report = {
        ...reportOf(saved),
        ...(this.#plan.tryRows === undefined
          ? {}
          : { trial: await this.#describeTrial(dataset, traits, crew, saved) }),
        ...sent(text),
        log: this.#log.lines,
      };
      keep = memory.stateless && line === null;
      return report;
    } finally {
      this.#crew?.stop(keep);
      this.#cell?.watch(null);
      if (line) {
        connectLine(null);
        this.#fetcher?.closeAll();
      }
      removeFolder(this.#folder);
    }
  }

  #line(urls: string[]): MessagePort {
    if (this.#fetcher === null) {
      throw new ServiceError("FORBIDDEN_PATH", "files on HTTP servers may not be read");
    }
    return this.#fetcher.open(urls);
  }

  /** The result of a trial or a view lies in the engine's own folder, and is gone with it. */
  #place(permit: NonNullable<ResultPlace["permit"]>): ResultPlace {
    const { id, attempt, stem, directory, tryRows, view, limits } = this.#plan;
    const place = { id, attempt, stem, mostBytes: limits.resultBytes };
    if (tryRows !== undefined || view !== undefined) return { ...place, directory: this.#folder };
    return { ...place, directory, permit };
  }

  async #describeTrial(
    dataset: Dataset,
    { exports }: FormulaTraits,
    crew: Crew,
    { file }: SavedResult,
  ): Promise<JobTrial> {
    const touched = await crew.runOnAll({ type: "touched" }) as string[][];
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

  /** Ends the job early: its workers stop, {@linkcode JobRun.run} rejects, nothing is left. */
  stop(): void {
    this.#stopped = true;
    this.#permitted.reject(new ServiceError("CANCELLED", "the job was stopped"));
    this.#crew?.stop();
  }

  /** Lets the result get its name. */
  permit(): void {
    this.#permitted.resolve();
  }
}

function sent(text: Computed["text"]): { result?: string } {
  return text !== undefined && text.length <= LARGEST_SENT_RESULT ? { result: text } : {};
}
