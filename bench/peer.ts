/** What a peer is to the bench, and a peer that is a process of its own. */
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
  output: string;
}

/** Something that does the works, by itself or by another program. */
export interface Doer {
  /** @throws Error when the work fails. */
  run(work: Work, places: Places): Promise<Run>;
}

/**
 * A process that does works for as long as its standard input is open. It gets each as a line of
 * JSON and answers each with a line: `{ seconds, rows }`, `{ seconds, files }` or `{ error }`.
 */
export class PeerProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(command: string, options: Deno.CommandOptions) {
    this.#child = new Deno.Command(command, {
      ...options,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** What the process does under the name of a peer. */
  as(peer: PeerName): Doer {
    return {
      run: async ({ formula, columns, params, written, sql, polars }, places) => {
        const query = (polars ?? sql)?.("data");
        const task = {
          peer,
          formula,
          columns,
          params,
          query,
          written: written ?? false,
          ...places,
        };
        const { seconds, error, ...result } = await this.#ask(task);
        if (error !== undefined) throw new Error(error);
        return { seconds, result };
      },
    };
  }

  async #ask(task: unknown) {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(task)}\n`));
    while (!this.#text.includes("\n")) {
      const { done, value } = await this.#reader.read();
      if (done) throw new Error("its process has ended");
      this.#text += value;
    }
    const end = this.#text.indexOf("\n") + 1;
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end);
    return JSON.parse(line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#child.status;
  }
}
