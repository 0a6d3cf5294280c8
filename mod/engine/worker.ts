/// <reference lib="deno.unstable" />
import { ServiceError } from "../errors.ts";
import type {
  FormulaTraits,
  FrameRequest,
  FromWorker,
  Task,
  ToWorker,
  WorkerStart,
} from "../formula/messages.ts";

/** What a worker asks and tells while it runs. */
export interface WorkerListener {
  answer(request: FrameRequest): Promise<unknown>;
  log(lines: string[]): void;
}

/** What all workers of a job start with. */
export type CommonStart = Omit<WorkerStart, "port" | "line">;

/** What a worker may reach. */
export interface WorkerAccess {
  /** Files and folders the formula may read: its own and the job's data. */
  readable: string[];
  /** Opens a line to the files that lie on HTTP servers; `null` where there are none. */
  line: (() => MessagePort) | null;
}

/** The engine's hold on one formula worker: a sandboxed Web Worker that lives as long as its job. */
export class FormulaWorker {
  /** Settles when the formula is imported; rejects when that fails. */
  readonly ready: Promise<FormulaTraits>;
  /** Bytes of input that the worker has read. */
  bytesRead = 0;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #listener: WorkerListener;
  readonly #tasks = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #ready = Promise.withResolvers<FormulaTraits>();
  #last = 0;
  #failure: ServiceError | null = null;

  constructor(start: CommonStart, { readable, line }: WorkerAccess, listener: WorkerListener) {
    this.#listener = listener;
    this.ready = this.#ready.promise;
    this.ready.catch(() => {}); // whoever waits for it sees it; a failed worker fails its tasks, too
    this.#worker = new Worker(new URL("../../workers/formula.ts", import.meta.url), {
      type: "module",
      name: "formula",
      deno: {
        permissions: {
          read: readable,
          env: false,
          ffi: false,
          import: false,
          net: false,
          run: false,
          sys: false,
          write: false,
        },
      },
    });
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(
        new ServiceError("FORMULA_FAILED", `a worker of the job failed: ${event.message}`),
      );
    };
    const ports = line ? { port: port2, line: line() } : { port: port2 };
    const message: WorkerStart = { ...start, ...ports };
    this.#worker.postMessage(message, Object.values(ports));
  }

  /** Gives the worker a task. Several may be given at once; they run as the formula awaits. */
  run(task: Task): Promise<unknown> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = ++this.#last;
    const answer = Promise.withResolvers<unknown>();
    this.#tasks.set(id, answer);
    this.#send({ type: "task", id, task });
    return answer.promise;
  }

  /** Ends the worker at once; its open tasks are rejected. */
  stop(): void {
    this.#fail(new ServiceError("CANCELLED", "the job was stopped"));
    this.#port.close();
    this.#worker.terminate();
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "ready":
        return this.#ready.resolve(message.formula);
      case "log":
        return this.#listener.log(message.lines);
      case "ask":
        return void this.#answer(message.id, message.request);
      case "done":
        this.bytesRead = message.bytesRead;
        this.#tasks.get(message.id)?.resolve(message.value);
        return void this.#tasks.delete(message.id);
      case "failed": {
        const error = ServiceError.fromRecord(message.error);
        if (message.id === 0) return this.#fail(error);
        this.#tasks.get(message.id)?.reject(error);
        return void this.#tasks.delete(message.id);
      }
    }
  }

  async #answer(id: number, request: FrameRequest): Promise<void> {
    try {
      this.#send({ type: "answer", id, value: await this.#listener.answer(request) });
    } catch (thrown) {
      this.#send({ type: "refusal", id, error: ServiceError.from(thrown).toRecord() });
    }
  }

  #send(message: ToWorker): void {
    this.#port.postMessage(message);
  }

  #fail(error: ServiceError): void {
    this.#failure ??= error;
    this.#ready.reject(error);
    for (const task of this.#tasks.values()) task.reject(error);
    this.#tasks.clear();
  }
}
