import { dirname } from "@std/path";
import { removeIfThere } from "../../common/remove_if_there.ts";
import {
  type Dataset,
  type DatasetPartition,
  type OpenedDataset,
  withoutFooters,
} from "../../dataset/dataset.ts";
import { filesOfAll, type Input } from "../../dataset/inputs.ts";
import { planOnce } from "../../dataset/known_plans.ts";
import { forgetParsed } from "../../dataset/parsed_footers.ts";
import { sentDataset } from "../../dataset/sent_dataset.ts";
import { withFileColumn } from "../../dataset/file_column.ts";
import { bindJoins, type BoundJoin, withJoins } from "../../dataset/joins/bind.ts";
import { withTexts } from "../../dataset/texts.ts";
import { ServiceError } from "../../common/errors.ts";
import type { ChosenTraits, FormulaTraits } from "../../formula/traits.ts";
import type { FormulaSource } from "../../job/formula_source.ts";
import type { PackedFormula, ResultUnits, SkippedWork } from "../../job/request.ts";
import type { Loader } from "../../loader.ts";
import { WRITTEN_CODECS } from "../../formula/result_codecs.ts";
import { partitionBytes } from "../../parquet/read/partition.ts";
import { connectLine } from "../../remote/line.ts";
import { isUrl } from "../../remote/url.ts";
import type { Cell, CellKeeper } from "../workers/cell_handle.ts";
import { WorkerPool } from "../workers/worker_pool.ts";
import type { FetcherWorker } from "./fetcher_worker.ts";

import { chooseRows } from "./chosen_rows.ts";
import { entryVariant } from "./entry_variant.ts";
import { JobFolder } from "./job_folder.ts";
import type { Snapshot, TakenSnapshot } from "../snapshot/snapshot.ts";
import { assertFingerprints } from "./fingerprints.ts";
import { type Plan, stepOf } from "../link/steps/steps.ts";
import { lineageOf } from "./origin.ts";
import { resultUnits } from "./result_units.ts";
import { planWork } from "./planned_work.ts";
import { assertTableFiles } from "./table_files.ts";
import { type ReadableFolders, unreadable } from "../snapshot/readable.ts";
import { restoreSnapshot } from "../snapshot/restore_snapshot.ts";
import type { SnapshotKeeper } from "../snapshot/snapshot_keeper.ts";
import type { WorkerListener } from "../workers/worker.ts";

/** What an engine keeps for all its jobs. */
export interface JobTools {
  loader: Loader;
  /** Absent where no HTTP server may be read from. */
  fetcher: FetcherWorker | null;
  cells: CellKeeper;
  snapshots: SnapshotKeeper;
  readable: ReadableFolders;
  /** Folder for those of jobs. */
  jobs: string;
}

/** What a job works with: its data, opened and divided, and workers that have imported its formula. */
export interface JobSetting {
  dataset: OpenedDataset;
  /** Further tables. */
  inputs: Input<OpenedDataset>[];
  /** How columns of these are joined to the data. */
  joins: BoundJoin[];
  /** All partitions of the job. */
  partitions: DatasetPartition[];
  skipped: SkippedWork;
  traits: ChosenTraits;
  /** What the formula's function gave as its filter, as a plan has it; `null` where it has none. */
  filter: string | null;
  workerPool: WorkerPool;
  /** Tells where the result comes from, as its footer does. */
  lineage: () => string;
  /** Units of the columns of its result. */
  units: () => ResultUnits;
  /** Gives the formula, to be run elsewhere. */
  pack: () => Promise<PackedFormula>;
}

/** Is told of a formula as it is to run. */
type OnFormula = (source: FormulaSource) => void;

/** A job's stay in this process: one step of it, or several that follow each other. */
export class JobSession {
  readonly #plan: Plan;
  readonly #tools: JobTools;
  readonly #folder: string;
  readonly #own: JobFolder;
  readonly #onFormula: OnFormula;
  readonly #setting: Promise<JobSetting>;
  #listener: WorkerListener | null = null;
  #cell: Cell | null = null;
  #workerPool: WorkerPool | null = null;
  #state: "open" | "stopped" | "closed" = "open";
  /** Whether its workers may serve another job. */
  #again = false;

  /**
   * @param folder A folder of the engine's own for what is no result; removed afterwards.
   * @param onFormula Told of the formula where its author's files are read.
   */
  constructor(plan: Plan, tools: JobTools, folder: string, onFormula: OnFormula = () => {}) {
    this.#plan = plan;
    this.#tools = tools;
    this.#folder = folder;
    this.#onFormula = onFormula;
    this.#own = new JobFolder(tools.jobs);
    this.#setting = this.#open();
    this.#setting.catch(() => {}); // seen by whoever works in it
  }

  /** Whether it can go on with this plan, of which it has seen another step. */
  fits({ id, step, packed, workers, limits }: Plan): boolean {
    const own = this.#plan;
    return this.#state === "open" && packed !== undefined && stepOf(step.type).follows &&
      own.id === id &&
      own.workers === workers && own.limits.heapBytes === limits.heapBytes;
  }

  /** What there is to work with. From now on the listener hears of the formula. */
  setting(listener: WorkerListener): Promise<JobSetting> {
    this.#listener = listener;
    return this.#setting;
  }

  /** Ends the workers and what they do. */
  stop(): void {
    if (this.#state === "open") this.#state = "stopped";
    this.#workerPool?.stop();
  }

  /**
   * Leaves nothing behind.
   *
   * @param well Whether all went well.
   */
  close(well = false): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#workerPool?.stop(well && this.#again);
    this.#cell?.watch(null);
    this.#own.remove();
    forgetParsed();
    if (this.#urls.length > 0) {
      connectLine(null);
      this.#tools.fetcher?.closeAll();
    }
    removeIfThere(this.#folder);
  }

  get #urls(): string[] {
    const { base, inputs = [] } = this.#plan;
    return [base, ...inputs].flatMap(({ files }) => files.map(({ path }) => path)).filter(isUrl);
  }

  async #open(): Promise<JobSetting> {
    const { base, marks, formula, params, codec, limits, step, packed } = this.#plan;
    const { format = null, partitionBy = null } = this.#plan;
    const line = this.#urls.length > 0 ? () => this.#line() : null;
    if (line) connectLine(line());
    const dataset = this.#tools.loader.read(base);
    const inputs = this.#tools.loader.inputs(this.#plan.inputs ?? []);
    const files = filesOfAll(dataset, inputs);
    if (marks !== undefined) assertFingerprints(files, marks);
    const { cells, snapshots } = this.#tools;
    const own = this.#own;
    const bytes = partitionBytes(limits.workBytes);
    const most = step.type === "outline" ? 1 : planOnce(dataset, null, bytes).partitions.length;
    const size = threadsFor(this.#plan, most);
    const kept = packed === undefined ? snapshots.kept(formula) : null;
    const folders = this.#foldersFor(dirname(formula), kept);
    const links = await own.link(files, folders);
    this.#assertOpen();
    const readable = [...folders, ...unreadable(files, folders, links)];
    const cell = this.#cell = cells.take({ readable, heapBytes: limits.heapBytes });
    // Threads start while the formula is looked at.
    cell.ahead(size);
    const taken = packed === undefined ? kept ?? await snapshots.take(formula) : null;
    if (taken) this.#onFormula(taken.source());
    const snapshot = taken ?? await restoreSnapshot(packed!, formula, own.modules);
    this.#assertOpen();
    this.#again = taken !== null && !snapshot.dynamic && line === null;
    // Modules that can keep nothing serve all jobs of the formula.
    const copied = taken && !taken.plain ? own.copy(taken) : snapshot;
    const { entry, sources } = snapshot.plain ? compiledFor(copied, params, dataset) : copied;
    const start = {
      entry,
      sources,
      ...sentDataset(dataset),
      inputs: inputs.map(({ input, dataset }) => ({ input, dataset: withoutFooters(dataset) })),
      links,
      params,
      codec: WRITTEN_CODECS[codec],
      format,
      partitionBy,
      lend: snapshot.plain,
      workBytes: Math.floor(limits.workBytes / size),
    };
    const workerPool = new WorkerPool(size, cell, start, line, {
      answer: (request) => this.#listener!.answer(request),
      log: (lines) => this.#listener!.log(lines),
    });
    this.#workerPool = workerPool;
    // A core that this job leaves free starts the next job's threads already.
    if (most < this.#plan.workers) cell.warm(1);
    cell.watch(limits.memoryBytes, (error) => workerPool.fail(error));
    const described = await describedBy(workerPool, entry, taken);
    assertTableFiles(this.#plan, described.tables);
    const read = withFileColumn(withTexts(dataset, described.text), described.fileColumn);
    const { traits, filter } = await chooseRows(this.#plan, described, read, workerPool);
    let { lineage, units } = this.#plan;
    const joins = bindJoins(read, inputs, described.inputs);
    const { partitions, skipped, largest } = planWork(read, traits, step, limits.workBytes);
    // Of what a filter looks at, only the chosen rows are kept.
    if (largest !== null) workerPool.limit(limits.workBytes / (AT_ONCE * largest));
    return {
      dataset: withJoins(read, joins),
      inputs,
      joins,
      partitions,
      skipped,
      traits,
      filter,
      workerPool,
      lineage: () => {
        const modules = taken?.modules() ?? [];
        return lineage ??= lineageOf(this.#plan, { dataset, inputs, modules });
      },
      units: () => units ??= resultUnits(traits, read, joins),
      pack: async () => packed ?? await taken!.pack(),
    };
  }

  /** @throws ServiceError `CANCELLED` when it was closed meanwhile; what was made since then is removed */
  #assertOpen(): void {
    if (this.#state === "open") return;
    this.#own.remove();
    throw new ServiceError("CANCELLED", "the job was stopped");
  }

  /** What a cell may read: a plain formula has no word for opening a file, so its folder isn't looked through again. */
  #foldersFor(folder: string, kept: Snapshot | null): string[] {
    const { readable } = this.#tools;
    return kept?.plain ? readable.known(folder) : readable.now(folder);
  }

  #line(): MessagePort {
    const { fetcher } = this.#tools;
    if (fetcher === null) {
      throw new ServiceError("FORBIDDEN_PATH", "files on HTTP servers may not be read");
    }
    return fetcher.open(this.#urls);
  }
}

/** How much of its columns' memory a worker takes for a partition: beside them, what is read next, and what is made of them. */
const AT_ONCE = 2.5;

/** A job of so many partitions is short: beside others, it takes longer to hand it to many threads than to run it on few. */
const SHORT = 8;

/** Threads of a job of so many partitions: short jobs that run at once share the cores. */
function threadsFor({ workers, beside = 0 }: Plan, partitions: number): number {
  const share = partitions <= SHORT ? Math.ceil(workers / (1 + beside)) : workers;
  return Math.max(1, Math.min(share, partitions));
}

/** What a formula is. A plain one is the same each time that it is imported: it isn't waited for again. */
async function describedBy(
  workerPool: WorkerPool,
  entry: string,
  snapshot: TakenSnapshot | null,
): Promise<FormulaTraits> {
  if (!snapshot?.plain) return await workerPool.ready();
  const described = snapshot.traits.get(entry) ?? await workerPool.ready();
  snapshot.traits.set(entry, described);
  return described;
}

/** A plain formula, whose compiled code jobs share, under a name of its own for the kinds of columns that it is told. */
function compiledFor(
  { entry, sources }: Pick<Snapshot, "entry" | "sources">,
  params: unknown,
  dataset: Dataset,
): Pick<Snapshot, "entry" | "sources"> {
  const variant = entry + entryVariant(params, dataset);
  const own = sources.find(([url]) => url === entry);
  return { entry: variant, sources: own ? [...sources, [variant, own[1]]] : sources };
}

/** Milliseconds that a session waits for the next step of its job. */
const PATIENCE = 1000;

/** The session of the last job, where more of it may come. */
export class SessionKeeper {
  readonly #tools: JobTools;
  readonly #folder: string;
  #session: JobSession | null = null;
  #timer: number | undefined;

  /** @param folder Of the engine's own, for snapshots. */
  constructor(tools: JobTools, folder: string) {
    this.#tools = tools;
    this.#folder = folder;
  }

  /** The session that has seen another step of this plan, or a new one. */
  take(plan: Plan, onFormula?: OnFormula): JobSession {
    clearTimeout(this.#timer);
    const kept = this.#session;
    this.#session = null;
    if (kept?.fits(plan)) return kept;
    kept?.close();
    return new JobSession(plan, this.#tools, this.#folder, onFormula);
  }

  /** Keeps a session for the next step, for a while. */
  keep(session: JobSession): void {
    this.#session = session;
    this.#timer = setTimeout(() => this.close(), PATIENCE);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#session?.close();
    this.#session = null;
  }
}
