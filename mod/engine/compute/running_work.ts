import type { DatasetPartition, OpenedDataset } from "../../dataset/dataset.ts";
import type { Input } from "../../dataset/inputs.ts";
import { hasOverlap } from "../../formula/overlap.ts";
import type { Extent, Piece } from "../../formula/pieces.ts";
import type { ChosenTraits } from "../../formula/traits.ts";
import { partsOf } from "../../job/kinds.ts";
import type { JobProgress } from "../../job/request.ts";
import type { Loader } from "../../loader.ts";
import type { ResultPlace } from "../../result/place.ts";
import type { WorkerPool } from "../workers/worker_pool.ts";
import { inRuns } from "../../formula/merge.ts";
import { FilesRead } from "./files_read.ts";
import { runLength } from "./order.ts";

/** What a computation works on. */
export interface Work {
  /** Where the result goes. */
  place: ResultPlace;
  dataset: OpenedDataset;
  /** Further tables, of which any part may look at all. */
  inputs: Input<OpenedDataset>[];
  /** What of the dataset is looked at, in its order. */
  partitions: DatasetPartition[];
  /** Partitions of the whole job, of which those may be some. */
  of: number;
  formula: ChosenTraits;
}

/** Work while it is done: who does it, and how far it is. */
export class RunningWork {
  readonly place: ResultPlace;
  readonly dataset: OpenedDataset;
  readonly partitions: DatasetPartition[];
  readonly formula: ChosenTraits;
  readonly loader: Loader;
  readonly workerPool: WorkerPool;
  /** Rows and partitions that the formula is told of. */
  readonly extent: Extent;
  readonly #inputs: Input<OpenedDataset>[];
  readonly #of: number;
  readonly #onProgress: (progress: JobProgress) => void;
  readonly #progress: JobProgress;
  /** Where each partition is read in one task. */
  #filesRead: FilesRead | null = null;
  /** Whether rows are counted as they are seen. */
  #isCounting = false;

  constructor(
    { place, dataset, inputs, partitions, of, formula }: Work,
    loader: Loader,
    workerPool: WorkerPool,
    onProgress: (progress: JobProgress) => void,
  ) {
    this.place = place;
    this.dataset = dataset;
    this.partitions = partitions;
    this.formula = formula;
    this.loader = loader;
    this.workerPool = workerPool;
    this.#inputs = inputs;
    this.#of = of;
    this.#onProgress = onProgress;
    const rows = partitions.reduce((sum, partition) => sum + partition.rows, 0);
    const total = partsOf(formula.kind) === null ? 1 : partitions.length;
    this.#progress = { done: 0, total, rowsDone: 0, rows };
    this.extent = { rows, partitions: of };
  }

  piece(partition: DatasetPartition): Piece {
    return { partition, of: this.#of };
  }

  /** The partitions in runs of so many at least, a power of two: each is one worker's. */
  runs(least = 1): Piece[][] {
    const pieces = this.partitions.map((partition) => this.piece(partition));
    return inRuns(pieces, runLength(pieces.length, this.workerPool.size, least));
  }

  /** From now on each partition is read in one task: a file is looked at again when its last one is done. */
  readOnce(): void {
    if (!hasOverlap(this.formula.overlap)) this.#filesRead = new FilesRead(this.partitions);
  }

  /** All partitions are to be gone through once more. */
  extend(): void {
    this.#filesRead = null;
    this.#progress.total += this.partitions.length;
  }

  /** Pieces are done. */
  advance(pieces: Piece[]): void {
    this.#assertRead(pieces);
    const progress = this.#progress;
    progress.done += pieces.length;
    if (partsOf(this.formula.kind) !== null) {
      for (const { partition } of pieces) progress.rowsDone += partition.rows;
    }
    this.#onProgress({ ...progress });
  }

  /**
   * With a filter, the rows that `aggregate` is told of are those it lets through: whoever reads them counts them, so
   * that they need not be looked for twice.
   */
  countSeen(): void {
    if (this.formula.filter === null) return;
    this.#isCounting = true;
    this.extent.rows = 0;
  }

  /** The formula has seen some rows. */
  see(rows: number): void {
    if (this.#isCounting) this.extent.rows += rows;
  }

  /** With a filter, the rows that `main` is told of are those it lets through. */
  async countRows(): Promise<void> {
    if (this.formula.filter === null) return;
    const counts = await Promise.all(
      this.partitions.map((partition) =>
        this.workerPool.run({ type: "count", piece: this.piece(partition) })
      ),
    );
    this.extent.rows = counts.reduce((sum, count) => sum + count, 0);
  }

  /** A part of a job answers for the files that it reads, whatever their number. */
  assertUnchanged(): void {
    const { dataset, partitions, formula: { overlap } } = this;
    const isAll = partitions.length === this.#of || hasOverlap(overlap);
    const files = isAll ? dataset.files.keys() : filesOf(partitions);
    this.#assertFiles([...files].filter((file) => !this.#filesRead?.isDone(file)));
    for (const { dataset } of this.#inputs) this.loader.assertUnchanged(dataset);
  }

  /** What is read to its end is looked at while workers read other files. */
  #assertRead(pieces: Piece[]): void {
    if (this.#filesRead) this.#assertFiles(this.#filesRead.done(pieces));
  }

  #assertFiles(files: readonly number[]): void {
    this.loader.assertUnchanged({ files: files.map((file) => this.dataset.files[file]!) });
  }
}

function filesOf(partitions: readonly DatasetPartition[]): Set<number> {
  return new Set(partitions.flatMap(({ parts }) => parts.map(({ file }) => file)));
}
