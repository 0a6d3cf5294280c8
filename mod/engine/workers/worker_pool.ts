import type { ServiceError } from "../../common/errors.ts";
import type { Answer, Task, TaskType } from "../../formula/tasks/tasks.ts";
import type { FormulaTraits } from "../../formula/traits.ts";
import type { Cell } from "./cell_handle.ts";
import {
  type CommonStart,
  FormulaWorker,
  type TaskOptions,
  type WorkerListener,
} from "./worker.ts";

/** Gives a task that waits to a worker. Settles when it is done, and never rejects. */
type Give = (worker: FormulaWorker) => Promise<void>;

/** How a task of many is run. */
export interface TurnOptions<T extends TaskType> extends TaskOptions<T> {
  /** Whether it goes before those that wait. */
  urgent?: boolean;
}

/** The workers of one job: they pull tasks as they get free. */
export class WorkerPool {
  readonly #workers: FormulaWorker[];
  readonly #waiting: Give[] = [];
  /** Tasks that each worker has. */
  readonly #load = new Map<FormulaWorker, number>();
  /** Workers that have tasks of many at once. */
  #atOnce: number;

  /** @param line Opens a line to the files that lie on HTTP servers; `null` where there are none. */
  constructor(
    size: number,
    cell: Cell,
    start: CommonStart,
    line: (() => MessagePort) | null,
    listener: WorkerListener,
  ) {
    this.#workers = Array.from(
      { length: size },
      () => new FormulaWorker(cell, start, line ? line() : null, listener),
    );
    this.#atOnce = size;
  }

  /** Has no more than so many workers at once run tasks of many; one does in any case. */
  limit(most: number): void {
    this.#atOnce = Math.max(1, Math.min(this.size, Math.floor(most)));
  }

  /** Bytes of input that all workers have read. */
  get bytesRead(): number {
    return this.#workers.reduce((sum, worker) => sum + worker.bytesRead, 0);
  }

  get size(): number {
    return this.#workers.length;
  }

  /** Settles when every worker imported the formula. */
  async ready(): Promise<FormulaTraits> {
    const [first] = await Promise.all(this.#workers.map((worker) => worker.ready));
    return first!;
  }

  /** Has a task run by the next free worker, and gives its checked answer. */
  run<T extends TaskType>(
    task: Task<T>,
    { urgent = false, ...options }: TurnOptions<T> = {},
  ): Promise<Answer<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer<T>>();
    const give: Give = (worker) => worker.run(task, options).then(resolve, reject);
    if (urgent) this.#waiting.unshift(give);
    else this.#waiting.push(give);
    this.#assign();
    return promise;
  }

  /**
   * Has a task run that waits for others most of the time, `main`, or comes when all are done: it takes no
   * worker's turn, so that the tasks it waits for find all workers free.
   */
  runOutOfTurn<T extends TaskType>(task: Task<T>, options: TaskOptions<T>): Promise<Answer<T>> {
    return this.#workers[0]!.run(task, options);
  }

  /** Has a part of what {@linkcode WorkerPool.runOutOfTurn} does run by another worker, of which there must be one. */
  runFor<T extends TaskType>(task: Task<T>, options: TaskOptions<T>): Promise<Answer<T>> {
    return this.#workers.at(-1)!.run(task, options);
  }

  /** Has others than {@linkcode WorkerPool.runOutOfTurn} does run a task each, made for a number from 1 on. */
  runOnOthers<T extends TaskType>(
    count: number,
    taskOf: (number: number) => Task<T>,
  ): Promise<Answer<T>[]> {
    const others = this.#workers.slice(1, 1 + count);
    return Promise.all(others.map((worker, index) => worker.run(taskOf(index + 1))));
  }

  /** Has every worker run a task. */
  runOnAll<T extends TaskType>(task: Task<T>): Promise<Answer<T>[]> {
    return Promise.all(this.#workers.map((worker) => worker.run(task)));
  }

  /** Fails all that is still to be done. */
  fail(error: ServiceError): void {
    for (const worker of this.#workers) worker.fail(error);
  }

  /** @param keep Whether the workers may serve another job, where nothing of this one is left. */
  stop(keep = false): void {
    for (const worker of this.#workers) worker.stop(keep);
  }

  /**
   * Gives free workers the next tasks, and one more to each while there are enough for all, so that none
   * waits for word from here.
   */
  #assign(): void {
    for (const already of [0, 1]) {
      for (const worker of this.#workers.slice(0, this.#atOnce)) {
        const enough = already === 0 ? 1 : this.#atOnce;
        if (this.#loadOf(worker) !== already || this.#waiting.length < enough) continue;
        this.#give(worker, this.#waiting.shift()!);
      }
    }
  }

  #give(worker: FormulaWorker, give: Give): void {
    this.#load.set(worker, this.#loadOf(worker) + 1);
    give(worker).finally(() => {
      this.#load.set(worker, this.#loadOf(worker) - 1);
      this.#assign();
    });
  }

  #loadOf(worker: FormulaWorker): number {
    return this.#load.get(worker) ?? 0;
  }
}
