import type { DatasetPartition, OpenedDataset } from "../../dataset/dataset.ts";
import type {
  ColumnTarget,
  Extent,
  FirstRows,
  FormulaTraits,
  FrameRequest,
  LazyTable,
  Outcome,
  Piece,
  StoredRowGroup,
  Task,
} from "../../formula/worker_messages.ts";
import type { ComputedPart, JobProgress } from "../../job/request.ts";
import type { Loader, ResultPlace, SavedResult } from "../../loader.ts";
import { type JoinedRowGroup, memoryOf } from "../../parquet/write/join_row_groups.ts";
import { memoryOfColumns, type OutputColumn } from "../../parquet/write/output_column.ts";
import { isUrl } from "../../remote/url.ts";
import type { WorkerPool } from "../workers/worker_pool.ts";
import { wholeRowGroups } from "../../formula/row_groups.ts";
import { runWithKept } from "./kept_rows.ts";
import { gatherColumn } from "./gather.ts";
import { inOrder, inRuns, mergeBranches, OrderedParts, runLength } from "./order.ts";
import { packValue, type PartPlace, unpackValue } from "./partial.ts";
import {
  checkedCarried,
  checkedCount,
  checkedFirstRows,
  checkedGroups,
  checkedOutcome,
} from "../workers/received.ts";
import { columnsOfGroups, type MadeColumn, SameColumns } from "./same_columns.ts";
import type { GiveBack, OnPart } from "../workers/worker.ts";

/** What a computation works on. */
export interface Work {
  /** Where the result goes. */
  place: ResultPlace;
  dataset: OpenedDataset;
  /** What of the dataset is looked at, in its order. */
  partitions: DatasetPartition[];
  /** Partitions of the whole job, of which those may be some. */
  of: number;
  formula: FormulaTraits;
}

/** What a computation came to: the saved result and, where it is not columns, its JSON text. */
export interface Computed {
  saved: SavedResult;
  text?: string;
}

/** One formula at work on one dataset: hands tasks to the worker pool and saves what comes back. */
export class Computation {
  readonly #work: Work;
  readonly #loader: Loader;
  readonly #workerPool: WorkerPool;
  readonly #onProgress: (progress: JobProgress) => void;
  readonly #progress: JobProgress;
  readonly #extent: Extent;
  /** Who gave the memory of row groups that are to be written. */
  readonly #owners = new Map<ArrayBuffer, GiveBack>();

  constructor(
    work: Work,
    loader: Loader,
    workerPool: WorkerPool,
    onProgress: (progress: JobProgress) => void,
  ) {
    this.#work = work;
    this.#loader = loader;
    this.#workerPool = workerPool;
    this.#onProgress = onProgress;
    const { partitions, of, formula } = work;
    const rows = partitions.reduce((sum, partition) => sum + partition.rows, 0);
    const total = formula.kind === "main" ? 1 : partitions.length;
    this.#progress = { done: 0, total, rowsDone: 0, rows };
    this.#extent = { rows, partitions: of };
  }

  /** Computes and saves. Rejects with a `ServiceError`; nothing of the result is left then. */
  async run(): Promise<Computed> {
    const { kind } = this.#work.formula;
    if (kind === "map") return { saved: await this.#saveRows("map", []) };
    await this.#countRows();
    return await this.#save(await (kind === "main" ? this.#main() : this.#reduce()));
  }

  /** Computes the partitions alone and leaves what they come to for {@linkcode Computation.finish}. */
  async part(place: PartPlace): Promise<ComputedPart> {
    if (this.#work.formula.kind === "map") {
      const { file: _name, ...saved } = await this.#saveRows("map", []);
      return { ...saved, file: place.part, from: this.#work.partitions[0]!.index };
    }
    await this.#countRows();
    const value = await this.#reduction("chunk", "combine", []);
    this.#assertUnchanged();
    return packValue(value, this.#extent.rows, this.#loader, place);
  }

  /** Puts the parts of a reduction together and saves what they come to. */
  async finish(parts: ComputedPart[]): Promise<Computed> {
    this.#extent.rows = parts.reduce((sum, { rows }) => sum + rows, 0);
    const values = await mergeBranches(
      parts.length,
      (index) => unpackValue(parts[index]!, this.#work.place),
      (branch) => this.#merge("combine", branch),
    );
    return await this.#save(await this.#aggregate(values));
  }

  /** Answers what `main` asks. */
  async answer(request: FrameRequest): Promise<unknown> {
    const { dataset, partitions, formula } = this.#work;
    if (request.type === "help") {
      const { memory, count } = request;
      await this.#workerPool.runOnOthers(count, (thread) => ({ type: "help", memory, thread }));
      return null;
    }
    if (request.type === "reduction") {
      this.#progress.total += partitions.length;
      return await this.#reduction(request.chunk, request.combine, request.args);
    }
    const all = formula.filter === null && this.#extent.rows === dataset.rows;
    const { names, since = null } = request;
    return await Promise.all(names.map((column) => {
      this.#progress.total += partitions.length;
      const decode = async (pieces: Piece[], target: ColumnTarget | null) => {
        const value = await this.#workerPool.run({ type: "column", column, pieces, target, since });
        this.#advance(pieces);
        return value as unknown[];
      };
      return gatherColumn(dataset, this.#runs(), all, column, formula.int64, decode);
    }));
  }

  /** With a filter, the rows that `main` and `aggregate` are told of are those it lets through. */
  async #countRows(): Promise<void> {
    if (this.#work.formula.filter === null) return;
    const counts = await Promise.all(
      this.#work.partitions.map((partition) =>
        this.#workerPool.run({ type: "count", piece: this.#piece(partition) })
      ),
    );
    this.#extent.rows = counts.map(checkedCount).reduce((sum, count) => sum + count, 0);
  }

  #main(): Promise<Outcome> {
    return this.#outcome({
      type: "main",
      extent: this.#extent,
      helpers: this.#workerPool.size - 1,
    });
  }

  /** Has a worker come to the outcome; the first rows of a large table are encoded by another one. */
  async #outcome(task: Task & { type: "main" | "aggregate" }): Promise<Outcome> {
    const parts: { first: FirstRows | null; outcome: Outcome | null } = {
      first: null,
      outcome: null,
    };
    let encoded: Promise<JoinedRowGroup[]> = Promise.resolve([]);
    await this.#workerPool.runWithKept(task, (part, giveBack) => {
      const first = task.helpers > 0 && !parts.first ? checkedFirstRows(part) : null;
      if (first) {
        parts.first = first;
        encoded = this.#encode(first.columns);
        encoded.catch(() => {}); // whoever waits for the outcome sees it
        return;
      }
      const outcome = parts.outcome = checkedOutcome(part);
      if (outcome.type === "table") this.#own(outcome.groups, giveBack);
    });
    const { first, outcome } = parts;
    if (!first || outcome!.type !== "table") return outcome!;
    const groups = [...await encoded, ...outcome!.groups];
    return {
      type: "table",
      groups: checkedGroups({ groups: first.partial ? [joined(groups)] : groups }),
    };
  }

  /** Has the columns of another worker's result encoded. */
  async #encode(columns: OutputColumn[]): Promise<JoinedRowGroup[]> {
    const memory = memoryOfColumns(columns);
    const groups: JoinedRowGroup[] = [];
    await this.#workerPool.runFor({ type: "encode", columns }, memory, (value, giveBack) => {
      groups.push(...checkedGroups(value));
      this.#own(groups, giveBack);
    });
    return groups;
  }

  async #reduce(): Promise<Outcome> {
    return await this.#aggregate(await this.#branches("chunk", "combine", []));
  }

  /** @param values What the reduction came to, but for the last merges. */
  #aggregate(values: unknown[]): Promise<Outcome> {
    const name = this.#work.formula.aggregate ? "aggregate" : null;
    const task = {
      type: "aggregate",
      name,
      combine: "combine",
      values,
      extent: this.#extent,
      helpers: this.#workerPool.size - 1,
    } as const;
    return this.#outcome(task);
  }

  async #reduction(chunk: string, combine: string, args: unknown[]): Promise<unknown> {
    return await this.#merge(combine, await this.#branches(chunk, combine, args));
  }

  /** Values of all partitions, merged but for the last steps. */
  #branches(chunk: string, combine: string, args: unknown[]): Promise<unknown[]> {
    const runs = this.#runs();
    return mergeBranches(
      runs.length,
      async (index) => {
        const pieces = runs[index]!;
        const value = await this.#workerPool.run({
          type: "value",
          name: chunk,
          combine,
          pieces,
          args,
        });
        this.#advance(pieces);
        return value;
      },
      (values) => this.#merge(combine, values),
    );
  }

  #merge(name: string, values: unknown[]): Promise<unknown> {
    return this.#workerPool.run({ type: "combine", name, values }, { urgent: true });
  }

  async #save(outcome: Outcome): Promise<Computed> {
    if (outcome.type === "lazy") return { saved: await this.#saveLazy(outcome) };
    if (outcome.type === "table") return { saved: await this.#saveGroups(outcome.groups) };
    this.#assertUnchanged();
    const saved = await this.#loader.text(this.#work.place, outcome.text);
    return { saved, text: outcome.text };
  }

  #saveLazy({ name, args }: LazyTable): Promise<SavedResult> {
    this.#progress.total += this.#work.partitions.length;
    return this.#saveRows(name, args);
  }

  /**
   * Maps every partition; the row groups go to the file in the dataset's order, as soon as it is their turn.
   */
  #saveRows(name: string, args: unknown[]): Promise<SavedResult> {
    const { dataset, partitions, formula: { keep, filter } } = this.#work;
    if (keep.length === 0 || filter !== null) return this.#saveAlone(name, args);
    const work = wholeRowGroups(partitions).map((together) =>
      together.map((partition) => this.#piece(partition))
    );
    // What is made of a row group waits in memory until all of it is there: two workers share in it, though one has
    // to decompress what comes before its part of a page, and have little more than the next one to go on with.
    const longest = Math.max(...work.map(({ length }) => length));
    const whole = this.#runs()[0]!.length;
    const isNear = dataset.files.every(({ path }) => !isUrl(path));
    const length = isNear
      ? Math.min(whole, Math.ceil(longest / Math.min(2, this.#workerPool.size)))
      : whole;
    const window = Math.ceil(this.#workerPool.size * Math.max(2 * length, whole) / longest);
    const same = new SameColumns();
    /** Columns of the partitions whose row groups are not yet written. */
    const made = new Map<number, MadeColumn[]>();
    const rowsOf = async (pieces: Piece[], carry: StoredRowGroup | null) => {
      const groups: JoinedRowGroup[] = [];
      const carried = await this.#rows(name, args, pieces, (part, giveBack, partition) => {
        made.set(partition, columnsOfGroups(part));
        groups.push(...part);
        this.#own(part, giveBack);
      }, carry);
      return { groups, carried };
    };
    return this.#saveTable((append) =>
      inOrder(
        work.length,
        window,
        (index) => runWithKept(dataset, this.#workerPool, inRuns(work[index]!, length), rowsOf),
        (groups, index) => {
          for (const { partition } of work[index]!) {
            same.check(made.get(partition.index)!, partition.index);
            made.delete(partition.index);
          }
          this.#write(groups, append);
        },
      )
    );
  }

  #own(groups: JoinedRowGroup[], giveBack: GiveBack): void {
    for (const buffer of memoryOf(groups)) this.#owners.set(buffer, giveBack);
  }

  /** Writes row groups; their memory goes back to who gave it. */
  #write(groups: JoinedRowGroup[], append: (group: JoinedRowGroup) => void): void {
    for (const group of groups) {
      append(group);
      for (const buffer of memoryOf([group])) {
        const giveBack = this.#owners.get(buffer);
        if (giveBack) giveBack([buffer]);
        else buffer.transfer(0); // V8 would let go of it when it finds the time
        this.#owners.delete(buffer);
      }
    }
  }

  /** Rows with no column kept beside them. */
  #saveAlone(name: string, args: unknown[]): Promise<SavedResult> {
    const runs = this.#runs();
    const same = new SameColumns();
    return this.#saveTable((append) => {
      const rows = new OrderedParts<{ groups: JoinedRowGroup[]; partition: number }>(
        ({ groups, partition }) => {
          same.check(columnsOfGroups(groups), partition);
          groups.forEach(append);
        },
      );
      return inOrder(
        runs.length,
        2 * this.#workerPool.size,
        (index) =>
          this.#rows(
            name,
            args,
            runs[index]!,
            (groups, giveBack, partition) =>
              rows.add(index, { groups, partition }, () => giveBack(memoryOf(groups))),
          ),
        () => rows.next(),
      );
    });
  }

  /**
   * Has a worker make the row groups of a run; each is handed over as soon as it is there.
   *
   * @param take Is given the row groups of one partition at a time, and its index.
   * @param carry A row group whose kept columns are to be carried.
   * @returns These columns; null where there are none, or they can't be had so.
   */
  async #rows(
    name: string,
    args: unknown[],
    pieces: Piece[],
    take: (part: JoinedRowGroup[], giveBack: GiveBack, partition: number) => void,
    carry: StoredRowGroup | null = null,
  ): Promise<JoinedRowGroup | null> {
    let carried: JoinedRowGroup | null = null;
    let piece = 0;
    const onPart: OnPart = (value, giveBack) => {
      const last = carry ? checkedCarried(value) : null;
      if (last) carried = last.group;
      else take(checkedGroups(value), giveBack, pieces[piece++]?.partition.index ?? -1);
    };
    await this.#workerPool.run({ type: "rows", name, pieces, args, carry }, { onPart });
    this.#advance(pieces);
    return carried;
  }

  #saveGroups(groups: JoinedRowGroup[]): Promise<SavedResult> {
    return this.#saveTable((append) => this.#write(groups, append));
  }

  async #saveTable(
    fill: (append: (group: JoinedRowGroup) => void) => void | Promise<void>,
  ): Promise<SavedResult> {
    const table = this.#loader.table(this.#work.place);
    try {
      await fill((group) => table.append(group));
      this.#assertUnchanged();
      return await table.commit();
    } catch (thrown) {
      table.abort();
      throw thrown;
    }
  }

  #piece(partition: DatasetPartition): Piece {
    return { partition, of: this.#work.of };
  }

  /** A part of a job answers for the files that it reads, whatever their number. */
  #assertUnchanged(): void {
    const { dataset, partitions, of, formula: { overlap } } = this.#work;
    if (partitions.length === of || overlap.before + overlap.after > 0) {
      return this.#loader.assertUnchanged(dataset);
    }
    const read = new Set(partitions.flatMap(({ parts }) => parts.map(({ file }) => file)));
    this.#loader.assertUnchanged({ files: [...read].map((file) => dataset.files[file]!) });
  }

  /** The partitions in runs: each is one worker's. */
  #runs(): Piece[][] {
    const pieces = this.#work.partitions.map((partition) => this.#piece(partition));
    return inRuns(pieces, runLength(pieces.length, this.#workerPool.size));
  }

  #advance(pieces: Piece[]): void {
    const progress = this.#progress;
    progress.done += pieces.length;
    if (this.#work.formula.kind !== "main") {
      for (const { partition } of pieces) progress.rowsDone += partition.rows;
    }
    this.#onProgress({ ...progress });
  }
}

/** Row groups that follow each other as one. */
function joined(groups: JoinedRowGroup[]): JoinedRowGroup {
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  return { rows, parts: [groups.flatMap(({ parts }) => parts.flat())] };
}
