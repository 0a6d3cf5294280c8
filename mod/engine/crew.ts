import type { Task, WorkerStart } from "../formula/messages.ts";
import { FormulaWorker, type TaskAnswer, type WorkerListener, type WorkerReady } from "./worker.ts";

interface Waiting {
  task: Task;
  answer: PromiseWithResolvers<TaskAnswer>;
}

/** The workers of one job: they pull tasks as they get free. */
export class Crew {
  /** Bytes of input that all tasks read so far. */
  bytesRead = 0;
  readonly #workers: FormulaWorker[];
  readonly #waiting: Waiting[] = [];
  readonly #pulling = new Set<FormulaWorker>();

  constructor(
    size: number,
    start: Omit<WorkerStart, "port">,
    readable: string[],
    listener: WorkerListener,
  ) {
    this.#workers = Array.from(
      { length: size },
      () => new FormulaWorker(start, readable, listener),
    );
  }

  get size(): number {
    return this.#workers.length;
  }

  /** Settles when every worker imported the formula. */
  async ready(): Promise<WorkerReady> {
    const [first] = await Promise.all(this.#workers.map((worker) => worker.ready));
    return first!;
  }

  /** Has a task run by the next free worker. An urgent one goes before those that wait. */
  run(task: Task, urgent = false): Promise<TaskAnswer> {
    const answer = Promise.withResolvers<TaskAnswer>();
    if (urgent) this.#waiting.unshift({ task, answer });
    else this.#waiting.push({ task, answer });
    this.#assign();
    return answer.promise;
  }

  /**
   * Has a task run that waits for others most of the time, `main`: it takes no worker's turn, so
   * that the tasks it waits for find all workers free.
   */
  runBeside(task: Task): Promise<TaskAnswer> {
    return this.#workers[0]!.run(task);
  }

  stop(): void {
    for (const worker of this.#workers) worker.stop();
  }

  #assign(): void {
    for (const worker of this.#workers) {
      if (this.#pulling.has(worker)) continue;
      const next = this.#waiting.shift();
      if (!next) return;
      this.#pulling.add(worker);
      worker.run(next.task).then((answer) => {
        this.bytesRead += answer.bytesRead;
        next.answer.resolve(answer);
      }, next.answer.reject).finally(() => {
        this.#pulling.delete(worker);
        this.#assign();
      });
    }
  }
}
