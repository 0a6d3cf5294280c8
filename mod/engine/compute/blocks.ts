import { blockLength, unitLength } from "../../formula/merge.ts";
import type { Piece } from "../../formula/pieces.ts";
import type { Task } from "../../formula/tasks/tasks.ts";
import type { RunningWork } from "./running_work.ts";

/** What of a task does not depend on the pieces. */
type Common = Omit<Task<"value">, "pieces" | "more" | "each">;

/** A block whose first table is being made. */
interface OpenBlock {
  /** Pieces that are summed up as one. */
  each: Promise<number>;
  value: Promise<unknown>;
}

/**
 * The pieces of a reduction in blocks. The first worker that gets pieces of one finds out how many are summed up as
 * one, and goes on with those; the others are given to any worker then.
 */
export class Blocks {
  /** Pieces that a worker is given at least, a part of a block. */
  readonly runs: Piece[][];
  readonly #work: RunningWork;
  readonly #task: Common;
  /** Runs of a block, and pieces of a run. */
  readonly #length: number;
  readonly #each: number;
  readonly #open = new Map<number, OpenBlock>();

  constructor(work: RunningWork, task: Common) {
    const { partitions } = work.extent;
    this.#work = work;
    this.#task = task;
    this.runs = work.runs(unitLength(partitions));
    this.#each = this.runs[0]!.length;
    this.#length = Math.max(1, blockLength(partitions) / this.#each);
  }

  /** Whether runs from one on up to another, not included, a branch of the tree, are one worker's. */
  isWhole(from: number, to: number): Promise<boolean> | false {
    if (to - from > this.#length) return false;
    return this.#blockOf(from).each.then((each) => to - from <= this.#runsOf(each));
  }

  /** The value of one run, or of such a branch. */
  async value(from: number, to: number): Promise<unknown> {
    const block = this.#blockOf(from);
    if (from % this.#length === 0) return await block.value;
    const each = await block.each;
    const pieces = this.runs.slice(from, to).flat();
    const task = { ...this.#task, pieces, more: [], each };
    const { value, rows } = await this.#work.workerPool.run(task);
    this.#work.advance(pieces);
    this.#work.see(rows);
    return value;
  }

  #blockOf(run: number): OpenBlock {
    const first = run - run % this.#length;
    const known = this.#open.get(first) ?? this.#start(first);
    this.#open.set(first, known);
    return known;
  }

  #start(first: number): OpenBlock {
    const [pieces, ...others] = this.runs.slice(first, first + this.#length);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    promise.catch(() => {}); // the value fails, too
    const task = { ...this.#task, pieces: pieces!, more: others.flat(), each: null };
    const run = this.#work.workerPool.run(task, {
      onPart: () => resolve(unitLength(this.#work.extent.partitions)),
    });
    const value = run.then(({ value, each, rows }) => {
      resolve(each);
      this.#work.see(rows);
      this.#work.advance(this.runs.slice(first, first + this.#runsOf(each)).flat());
      return value;
    });
    value.catch(reject);
    return { each: promise, value };
  }

  /** Runs that so many pieces are, one at least. */
  #runsOf(each: number): number {
    return Math.max(1, each / this.#each);
  }
}
