import type { DatabaseSync } from "node:sqlite";
import { ServiceError } from "../common/errors.ts";
import { log } from "../common/log.ts";

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
 * What fails, as on a full disk, is told to whoever may still give it up, and tried again if nobody may. From
 * then on it is tried every second whether there is room.
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
  #problem: string | null = null;
  readonly #assertThere: () => void;

  /** @param assertThere Throws when what is written would be lost, though the database doesn't notice. */
  constructor(database: DatabaseSync, assertThere: () => void = () => {}) {
    this.#database = database;
    this.#assertThere = assertThere;
  }

  /** Why nothing can be written, and what to do; null where the last write went well. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Adds a write that has to be made. Settles when it is on the disk. */
  add(run: () => void): Promise<void> {
    return this.#add(run, false);
  }

  /** Adds a write that may fail. Rejects then with a `ServiceError`, `BUSY`. */
  attempt(run: () => void): Promise<void> {
    return this.#add(run, true);
  }

  /** Makes all that wait now, as far as that can be done. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const writes = this.#waiting;
    if (writes.length === 0 && this.#problem === null) return;
    this.#waiting = [];
    const began = performance.now();
    try {
      this.#assertThere();
      this.#database.exec("BEGIN IMMEDIATE");
      for (const { run } of writes) run();
      if (this.#problem !== null) this.#writeSomething();
      this.#database.exec("COMMIT");
    } catch (thrown) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      this.#waiting = [...writes.filter(({ once }) => !once), ...this.#waiting];
      this.#fail(thrown, writes);
      return;
    }
    this.#ended = performance.now();
    this.#took = this.#ended - began;
    if (this.#problem !== null) log.service.info("the state can be written again");
    this.#problem = null;
    for (const { done } of writes) done.resolve();
  }

  /** Makes what waits, and no more. */
  close(): void {
    this.#closed = true;
    this.flush();
    if (this.#waiting.length === 0) return;
    log.service.error("{count} changes of the state are lost: {problem}", {
      count: this.#waiting.length,
      problem: this.#problem,
    });
  }

  #fail(thrown: unknown, writes: Write[]): void {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const problem =
      `the state can't be written (${reason}): make room where it lies, or let it be written`;
    if (problem !== this.#problem) log.service.error("{problem}", { problem });
    this.#problem = problem;
    const error = new ServiceError("BUSY", `${problem}; then send the job again`);
    for (const { once, done } of writes) if (once) done.reject(error);
    this.#flushIn(RETRY);
  }

  /** Writes a page as it is: whether that can be done says whether there is room. */
  #writeSomething(): void {
    const { user_version: version } = this.#database.prepare("PRAGMA user_version").get()!;
    this.#database.exec(`PRAGMA user_version = ${version}`);
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
      if (this.#timer === undefined) this.flush();
    });
  }

  #flushIn(milliseconds: number): void {
    const idle = this.#waiting.length === 0 && this.#problem === null;
    if (this.#timer !== undefined || this.#closed || idle) return;
    this.#timer = setTimeout(() => this.flush(), milliseconds);
  }
}
