import type { ErrorRecord } from "../../common/errors.ts";
import type { FormulaSource } from "../../job/formula_source.ts";
import type { LogLine } from "../../job/log_line.ts";
import type { JobProgress, Publication } from "../../job/request.ts";
import type { Plan } from "./steps/steps.ts";
import { writeAll } from "../../common/write_all.ts";

/** From the server to an engine. */
export type ToEngine =
  | { type: "run"; plan: Plan }
  /** The result may get its name. */
  | { type: "publish" };

/** From an engine to the server. */
export type FromEngine =
  | { type: "hello"; token: string }
  /** Sent all the time: an engine that falls silent hangs. */
  | { type: "alive" }
  /** The job has arrived; only from here on can it be the end of its engine. */
  | { type: "begun" }
  | { type: "progress"; progress: JobProgress }
  /** What the formula printed since the last of these. */
  | { type: "log"; lines: LogLine[] }
  /** The formula as it is to run. */
  | { type: "formula"; source: FormulaSource }
  /** Asks leave to give the result its name. */
  | { type: "publish"; publication: Publication }
  | JobEnd;

/** How a job ended, and the bytes of memory that the engine is left with. The answer is checked by its step. */
export type JobEnd =
  | { type: "done"; answer: unknown; resident: number }
  | { type: "failed"; error: ErrorRecord; resident: number };

/**
 * Messages as lines of JSON over a unix socket. A formula has no permission to open sockets, so it
 * can neither read nor write here, whatever it does with the standard streams.
 */
export class Channel<Out, In> {
  readonly #connection: Deno.Conn;
  readonly #encoder = new TextEncoder();
  /** Settles when all is written; null when it is. */
  #writing: Promise<void> | null = null;
  #closed = false;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Sends a message behind those before it. Rejects when the other side is gone. */
  send(message: Out): Promise<void> {
    const bytes = this.#encoder.encode(`${JSON.stringify(message)}\n`);
    const write = () => writeAll(this.#connection, bytes);
    // What waits for nothing is on its way when this returns.
    const sent = this.#writing ? this.#writing.then(write) : write();
    // The sender sees it; the next message fails by itself.
    const settled = sent.catch(() => {}).finally(() => {
      if (this.#writing === settled) this.#writing = null;
    });
    this.#writing = settled;
    return sent;
  }

  /** Messages in their order, until the other side closes. */
  async *[Symbol.asyncIterator](): AsyncGenerator<In> {
    let rest = "";
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(64 << 10);
    for (;;) {
      const count = await this.#connection.read(buffer).catch(endOfReset);
      if (count === null) return;
      const lines = (rest + decoder.decode(buffer.subarray(0, count), { stream: true })).split(
        "\n",
      );
      rest = lines.pop()!;
      for (const line of lines) yield JSON.parse(line);
    }
  }

  /** Ends the connection; further calls do nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }
}

/** A side that is gone before it has read all leaves a connection that is reset. */
function endOfReset(thrown: unknown): null {
  if (thrown instanceof Deno.errors.ConnectionReset) return null;
  throw thrown;
}
