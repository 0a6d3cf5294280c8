/** What a peer is to the bench, and a peer that is a process of its own. */
import { LineProcess } from "./line_process.ts";
import type { PeerName, Work } from "./work.ts";

/** What came out: rows in memory, or Parquet files that hold them in this order. */
export type Result = { rows: Record<string, unknown>[] } | { files: string[] };

/** One run of a work. */
export interface Run {
  seconds: number;
  result: Result;
  /** Seconds of the job inside the service, where there is one. */
  jobSeconds?: number;
}

/** Where the data lies, and a name for the result: of a file, or of a folder of several. */
export interface Places {
  input: string;
  /** Of works with a second table. */
  beside?: string;
  output: string;
}

/** Something that does the works, by itself or by another program. */
export interface Doer {
  /** @throws Error when the work fails. */
  run(work: Work, places: Places): Promise<Run>;
}

/**
 * A process that does works. It gets each as a line of JSON and answers each with a line: `{ seconds, rows }`,
 * `{ seconds, files }` or `{ error }`. One that takes too long is ended, and started again for the next work.
 */
export class PeerProcess implements AsyncDisposable {
  readonly #command: string;
  readonly #args: string[];
  readonly #limitSeconds: number;
  #process: LineProcess | null = null;

  /** @param limitSeconds What a run may take. */
  constructor(command: string, args: string[], limitSeconds: number) {
    this.#command = command;
    this.#args = args;
    this.#limitSeconds = limitSeconds;
  }

  /** What the process does under the name of a peer. */
  as(peer: PeerName | "a bare read"): Doer {
    return {
      run: async ({ formula, columns, params, written, sql, polars }, places) => {
        const query = (polars ?? sql)?.("data", "beside");
        const task = { peer, formula, columns, params, query, written: written ?? false };
        const { seconds, error, ...result } = await this.#ask({ ...task, ...places });
        if (error !== undefined) throw new Error(error);
        return { seconds, result };
      },
    };
  }

  async #ask(task: unknown) {
    const process = this.#process ??= new LineProcess(this.#command, this.#args);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      process.kill();
    }, this.#limitSeconds * 1000);
    try {
      return JSON.parse(await process.ask(JSON.stringify(task)));
    } catch (thrown) {
      this.#process = null;
      throw late ? new Error(`takes longer than ${this.#limitSeconds} seconds`) : thrown;
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.close();
  }
}

/** Whether a fault is no more than that a run takes too long. */
export function isLate(fault: string): boolean {
  return fault.includes("takes longer than ");
}
