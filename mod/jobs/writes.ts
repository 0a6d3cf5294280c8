import type { DatabaseSync } from "node:sqlite";
import { reportFault } from "../log.ts";

/** How long to wait after the disk refused, in milliseconds. */
const RETRY = 1000;
/** The longest wait for more to come that goes to the disk together, in milliseconds. */
const LINGER = 20;

interface Write {
  run: () => void;
  done: PromiseWithResolvers<void>;
  /** Whoever asked for it is told when it fails; it is not tried again. */
  once: boolean;
}

/**
 * Writes that come together go to the disk together: one transaction, one wait for the disk.
 *
 * What fails, as on a full disk, is told to whoever may still give it up, and tried again if nobody may.
 */
export class Writes {
  readonly #database: DatabaseSync;
  #waiting: Write[] = [];
  #timer: number | undefined;
  /** How long the disk took the last time, in milliseconds: it is given as long for other work. */
  #took = 0;
  /** When that ended, in milliseconds as performance.now() gives them. */
  #ended = 0;
  #closed = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Adds a write that has to be made. Settles when it is on the disk. */
  add(run: () => void): Promise<void> {
    return this.#add(run, false);
  }

  /** Adds a write that may fail. Rejects then. */
  attempt(run: () => void): Promise<void> {
    return this.#add(run, true);
  }

  /** Makes all that wait now. @throws Error what the database says when it can't. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const writes = this.#waiting;
    if (writes.length === 0) return;
    this.#waiting = [];
    const began = performance.now();
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      for (const { run } of writes) run();
      this.#database.exec("COMMIT");
    } catch (thrown) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      for (const { once, done } of writes) if (once) done.reject(thrown);
      this.#waiting = [...writes.filter(({ once }) => !once), ...this.#waiting];
      this.#flushIn(RETRY);
      throw thrown;
    }
    this.#ended = performance.now();
    this.#took = this.#ended - began;
    for (const { done } of writes) done.resolve();
  }

  /** Makes what waits, and no more. @throws Error when it can't. */
  close(): void {
    this.flush();
    this.#closed = true;
  }

  #add(run: () => void, once: boolean): Promise<void> {
    const done = Promise.withResolvers<void>();
    done.promise.catch(() => {}); // not everybody waits for it
    this.#waiting.push({ run, done, once });
    const rest = Math.min(this.#took, LINGER) - (performance.now() - this.#ended);
    if (rest > 0) this.#flushIn(rest);
    else this.#flushSoon();
    return done.promise;
  }

  /** As soon as what runs now is done: others of the same turn go with it. */
  #flushSoon(): void {
    if (this.#timer !== undefined || this.#closed || this.#waiting.length > 1) return;
    queueMicrotask(() => {
      if (this.#timer === undefined) this.#tryFlush();
    });
  }

  #tryFlush(): void {
    try {
      this.flush();
    } catch (thrown) {
      reportFault("the state can't be written", thrown);
    }
  }

  #flushIn(milliseconds: number): void {
    if (this.#timer !== undefined || this.#closed || this.#waiting.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#tryFlush();
    }, milliseconds);
  }
}
