import type { ServiceError } from "../../common/errors.ts";
import type { FormulaTraits, Task } from "../../formula/worker_messages.ts";
import type { Cell } from "./cell_handle.ts";
import { type CommonStart, FormulaWorker, type OnPart, type WorkerListener } from "./worker.ts";

interface Waiting {
  task: Task;
  onPart: OnPart | undefined;
  answer: PromiseWithResolvers<unknown>;
}

/** How a task is run. */
export interface TaskOptions {
  urgent?: boolean;
  /** As {@linkcode FormulaWorker.run} has it. */
  onPart?: OnPart;
}

/** The workers of one job: they pull tasks as they get free. */
export class WorkerPool {
  readonly #workers: FormulaWorker[];
  readonly #waiting: Waiting[] = [];
  /** Tasks that each worker has. */
  readonly #load = new Map<FormulaWorker, number>();

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

  /** Has a task run by the next free worker. An urgent one goes before those that wait. */
  run(task: Task, { urgent = false, onPart }: TaskOptions = {}): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    if (urgent) this.#waiting.unshift({ task, onPart, answer });
    else this.#waiting.push({ task, onPart, answer });
    this.#assign();
    return answer.promise;
  }

  /**
   * Has a task run that waits for others most of the time, `main`, or comes when all are done: it takes no
   * worker's turn, so that the tasks it waits for find all workers free.
   */
  runWithKept(task: Task, onPart: OnPart): Promise<unknown> {
    return this.#workers[0]!.run(task, onPart);
  }

  /** Has a part of what {@linkcode WorkerPool.runWithKept} does run by another worker, of which there must be one. */
  runFor(task: Task, transfer: Transferable[], onPart: OnPart): Promise<unknown> {
    return this.#workers.at(-1)!.run(task, onPart, transfer);
  }

  /** Has others than {@linkcode WorkerPool.runWithKept} does run a task each, made for a number from 1 on. */
  runOnOthers(count: number, taskOf: (number: number) => Task): Promise<unknown[]> {
    const others = this.#workers.slice(1, 1 + count);
    return Promise.all(others.map((worker, index) => worker.run(taskOf(index + 1))));
  }

  /** Has every worker run a task. */
  runOnAll(task: Task): Promise<unknown[]> {
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
      for (const worker of this.#workers) {
        const enough = already === 0 ? 1 : this.#workers.length;
        if (this.#loadOf(worker) !== already || this.#waiting.length < enough) continue;
        this.#give(worker, this.#waiting.shift()!);
      }
    }
  }

  #give(worker: FormulaWorker, { task, onPart, answer }: Waiting): void {
    this.#load.set(worker, this.#loadOf(worker) + 1);
    worker.run(task, onPart).then(answer.resolve, answer.reject).finally(() => {
      this.#load.set(worker, this.#loadOf(worker) - 1);
      this.#assign();
    });
  }

  #loadOf(worker: FormulaWorker): number {
    return this.#load.get(worker) ?? 0;
  }
}
