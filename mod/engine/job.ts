import { join } from "@std/path";
import { type Dataset, planDataset } from "../dataset/dataset.ts";
import { ServiceError } from "../errors.ts";
import type { FormulaTraits } from "../formula/messages.ts";
import type {
  ComputedPart,
  JobPlan,
  JobProgress,
  JobReport,
  JobTrial,
  Publication,
} from "../job.ts";
import type { Cell, CellKeeper } from "./cell.ts";
import { JobLog } from "./log.ts";
import { connectLine } from "../remote/line.ts";
import { isUrl } from "../remote/url.ts";
import type { Loader, ResultPlace, SavedResult } from "../loader.ts";
import { Computation, type Computed } from "./computation.ts";
import { Crew } from "./crew.ts";
import type { FetcherWorker } from "./fetcher.ts";
import { assertMarked, marksOf } from "./marks.ts";
import { pathOfPart } from "./partial.ts";
import { planWork } from "./plan.ts";
import { removeFolder } from "./folder.ts";
import { checkedGroups, LARGEST_SENT_RESULT } from "./received.ts";
import { readableOf } from "./readable.ts";
import { restoreSnapshot, takeSnapshot } from "./snapshot.ts";
import { readGroups } from "../parquet/groups_file.ts";

/** What an engine keeps for all its jobs. */
export interface JobTools {
  loader: Loader;
  /** Absent where no HTTP server may be read from. */
  fetcher: FetcherWorker | null;
  cells: CellKeeper;
  /** The dataset of the last job that came in steps. */
  kept: { id: string; dataset: Dataset } | null;
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
  readonly #tools: JobTools;
  readonly #loader: Loader;
  readonly #folder: string;
  readonly #listener: JobListener;
  readonly #log: JobLog;
  readonly #permitted = Promise.withResolvers<void>();
  #cell: Cell | null = null;
  #crew: Crew | null = null;
  #stopped = false;

  /** @param folder A folder of the engine's own for the formula's snapshot; removed afterwards. */
  constructor(
    plan: JobPlan,
    tools: JobTools,
    folder: string,
    listener: JobListener,
  ) {
    this.#plan = plan;
    this.#tools = tools;
    this.#loader = tools.loader;
    this.#folder = folder;
    this.#listener = listener;
    this.#log = new JobLog(plan.limits.logBytes, (lines) => listener.log(lines));
    this.#permitted.promise.catch(() => {}); // a job that is stopped before may never wait for it
  }

  /** @throws ServiceError when anything of the job fails; nothing of a result is left then. */
  async run(): Promise<JobReport> {
    const began = performance.now();
    const { id, base, formula, params, workers, limits, step, packed } = this.#plan;
    if (step?.type === "finish" && step.kind === "map") return await this.#join(step.parts, began);
    const urls = base.files.map(({ path }) => path).filter(isUrl);
    const line = urls.length ? () => this.#line(urls) : null;
    try {
      if (line) connectLine(line());
      const dataset = this.#dataset();
      const taken = packed === undefined ? await takeSnapshot(formula, this.#folder) : null;
      const { entry, sources } = taken ?? await restoreSnapshot(packed!, formula, this.#folder);
      if (this.#stopped) throw new ServiceError("CANCELLED", "the job was stopped");
      const most = step?.type === "outline" ? 1 : planDataset(dataset).length;
      const size = Math.max(1, Math.min(workers, most));
      const cell = this.#cell = this.#tools.cells.take({
        readable: readableOf(this.#folder, formula, base.files),
        heapBytes: limits.heapBytes,
      });
      let computation: Computation | null = null;
      const crew = new Crew(size, cell, { entry, sources, dataset, params }, line, {
        answer: (request) => computation!.answer(request),
        log: (lines) => this.#log.add(lines),
      });
      this.#crew = crew;
      // A core that this job leaves free starts the next job's threads already.
      if (size < workers) cell.warm(1);
      cell.watch(limits.memoryBytes, (error) => crew.fail(error));
      const traits = await crew.ready();
      const { partitions: all, skipped } = planWork(dataset, traits, this.#plan);
      const partitions = step?.type === "compute" ? all.slice(step.from, step.to) : all;
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
      const nothing = { file: "", bytes: 0, rows: 0 };
      if (taken !== null && step?.type === "outline") {
        return {
          ...reportOf(nothing),
          outline: {
            kind: traits.kind,
            partitions: all.length,
            rows: dataset.rows,
            ...(traits.filter === null ? {} : { skipped }),
            files: marksOf(dataset),
            formula: await taken.pack(),
          },
        };
      }
      const work = { place, dataset, partitions, of: all.length, formula: traits };
      const { progress } = this.#listener;
      computation = new Computation(work, this.#loader, crew, progress);
      const { part } = place;
      if (step?.type === "compute" && part !== undefined) {
        const computed = await computation.part({ ...place, part });
        return { ...reportOf(nothing), computed, log: this.#log.lines };
      }
      const { saved, text } =
        await (step?.type === "finish" ? computation.finish(step.parts) : computation.run());
      return {
        ...reportOf(saved),
        ...(this.#plan.tryRows === undefined
          ? {}
          : { trial: await this.#describeTrial(dataset, traits, crew, saved) }),
        ...sent(text),
        log: this.#log.lines,
      };
    } finally {
      this.#crew?.stop();
      this.#cell?.watch(null);
      if (line) {
        connectLine(null);
        this.#tools.fetcher?.closeAll();
      }
      removeFolder(this.#folder);
    }
  }

  /** Steps of one job follow each other: what the last one has opened serves the next. */
  #dataset(): Dataset {
    const { id, base, marks } = this.#plan;
    if (marks === undefined) return this.#loader.read(base);
    const { kept } = this.#tools;
    if (kept?.id === id) return kept.dataset;
    const dataset = this.#loader.read(base);
    assertMarked(dataset, marks);
    this.#tools.kept = { id, dataset };
    return dataset;
  }

  /** Makes one file of row groups that other engines have put down. */
  async #join(parts: ComputedPart[], began: number): Promise<JobReport> {
    const { id, workers } = this.#plan;
    const place = this.#place(() => this.#permitted.promise);
    const table = this.#loader.table(place);
    try {
      for (const part of parts) {
        for (const group of readGroups(pathOfPart(part, place))) {
          if (this.#stopped) throw new ServiceError("CANCELLED", "the job was stopped");
          const [checked] = checkedGroups({ groups: [group] });
          table.append(checked!);
        }
        // What has come meanwhile, such as a stop, is looked at.
        await new Promise((resolve) => setTimeout(resolve));
      }
      const saved = await table.commit();
      return {
        id,
        kind: "map",
        file: saved.file,
        rows: saved.rows,
        partitions: parts.length,
        seconds: (performance.now() - began) / 1000,
        bytesRead: 0,
        bytesWritten: saved.bytes,
        workers,
        log: [],
      };
    } catch (thrown) {
      table.abort();
      throw thrown;
    }
  }

  #line(urls: string[]): MessagePort {
    const { fetcher } = this.#tools;
    if (fetcher === null) {
      throw new ServiceError("FORBIDDEN_PATH", "files on HTTP servers may not be read");
    }
    return fetcher.open(urls);
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
