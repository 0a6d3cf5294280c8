import { ServiceError } from "../../common/errors.ts";

/** Lets a few do something at once, and a few more wait for it. */
export class Turns {
  readonly #waiting: PromiseWithResolvers<void>[] = [];
  readonly #mostWaiting: number;
  #free: number;
  #closed = false;

  constructor(atOnce: number, mostWaiting: number) {
    this.#free = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  /** Does it in turn. @throws ServiceError `BUSY` when too many wait already, and when this is closed. */
  async take<T>(run: () => Promise<T>): Promise<T> {
    if (this.#closed) throw stopped();
    if (this.#free > 0) this.#free--;
    else if (this.#waiting.length < this.#mostWaiting) await this.#wait();
    else throw new ServiceError("BUSY", "too many wait for this already: try again later");
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next.resolve();
    }
  }

  /** Sends away those that wait, and all that come. */
  close(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(stopped());
  }

  #wait(): Promise<void> {
    const turn = Promise.withResolvers<void>();
    this.#waiting.push(turn);
    return turn.promise;
  }
}

function stopped(): ServiceError {
  return new ServiceError("BUSY", "the service is being stopped: try again later");
}
