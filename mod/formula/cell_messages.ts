/** What an engine says to a cell, and to the threads of a cell before they have a job. */

/** What the engine asks of a cell. */
export type ToCell =
  /** Starts a thread and gives it its private port. */
  | { type: "spawn"; id: number; heapMebibytes: number; port: MessagePort }
  | { type: "end"; id: number }
  /** Resident bytes of the process from which on all threads are ended; `null` for none. */
  | { type: "watch"; mostBytes: number | null };

/** What a cell tells the engine. */
export type FromCell =
  | { type: "ended"; id: number; why: "heap" | "error" | "exit"; message: string }
  | { type: "full"; resident: number };

/** First message to a formula worker: its private port, over which it is told of jobs. */
export interface WorkerConnect {
  port: MessagePort;
}

/** What a formula worker is told over its private port. */
export type WorkerTurn =
  /** A job begins, which has a port of its own. */
  | { type: "job"; port: MessagePort }
  /** The job is over, and nothing of its data may be held any longer. */
  | { type: "rest" }
  /** It is to end. */
  | { type: "end" };

/** What a formula worker answers over its private port. */
export type WorkerAnswer =
  /**
   * It has let go of the job.
   *
   * @property clean Nothing of it can go on, and nothing has changed that another job would see.
   */
  | { type: "rested"; clean: boolean }
  /** It runs nothing more. */
  | { type: "ending" };
