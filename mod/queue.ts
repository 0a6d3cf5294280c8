import { ServiceError } from "./errors.ts";

interface Waiting {
  priority: number;
  start: () => void;
}

/** Lets a number of jobs run at once and a bounded number wait: higher priorities first, then first come. */
export class JobQueue {
  readonly #atOnce: number;
  readonly #longest: number;
  readonly #waiting: Waiting[] = [];
  #running = 0;

  constructor(atOnce: number, longest: number) {
    this.#atOnce = atOnce;
    this.#longest = longest;
  }

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return this.#waiting.length;
  }

  /**
   * Settles when it is this job's turn; what it gives ends the turn when disposed of.
   *
   * @throws ServiceError `BUSY` when the queue is full; the signal's reason when it is aborted first.
   */
  async turn(priority: number, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#running >= this.#atOnce) await this.#wait(priority, signal);
    else this.#running++;
    return { [Symbol.dispose]: () => this.#next() };
  }

  #wait(priority: number, signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.#longest) {
      throw new ServiceError(
        "BUSY",
        `${this.#longest} jobs wait already; send the job again later`,
      );
    }
    const turn = Promise.withResolvers<void>();
    const waiting = { priority, start: turn.resolve };
    const place = this.#waiting.findIndex((other) => other.priority < priority);
    this.#waiting.splice(place < 0 ? this.#waiting.length : place, 0, waiting);
    const leave = () => {
      const place = this.#waiting.indexOf(waiting);
      if (place < 0) return; // its turn has begun
      this.#waiting.splice(place, 1);
      turn.reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    return turn.promise.finally(() => signal.removeEventListener("abort", leave));
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next) next.start();
    else this.#running--;
  }
}
