import { ServiceError } from "../../common/errors.ts";
import type {
  FormulaTraits,
  FrameRequest,
  FromWorker,
  Task,
  ToWorker,
  WorkerStart,
} from "../../formula/worker_messages.ts";
import { checkedCount, checkedRequest, checkedTraits } from "./received.ts";
import type { Cell, Seat } from "./cell_handle.ts";

/** What a worker asks and tells while it runs. */
export interface WorkerListener {
  answer(request: FrameRequest): Promise<unknown>;
  log(lines: string[]): void;
}

/** What all workers of a job start with. */
export type CommonStart = Omit<WorkerStart, "line">;

/** Gives a worker memory back that came with its results, to be used again. */
export type GiveBack = (buffers: ArrayBuffer[]) => void;

/** Takes a part of a task's result. */
export type OnPart = (value: unknown, giveBack: GiveBack) => void;

interface OpenTask {
  answer: PromiseWithResolvers<unknown>;
  onPart: OnPart | undefined;
}

/** The engine's hold on one formula worker, for one job. */
export class FormulaWorker {
  /** Settles when the formula is imported; rejects when that fails. */
  readonly ready: Promise<FormulaTraits>;
  /** Bytes of input that the worker has read. */
  bytesRead = 0;
  readonly #seat: Seat;
  readonly #listener: WorkerListener;
  readonly #tasks = new Map<number, OpenTask>();
  readonly #ready = Promise.withResolvers<FormulaTraits>();
  #last = 0;
  #failure: ServiceError | null = null;

  /** @param line To the files that lie on HTTP servers; `null` where there are none. */
  constructor(
    cell: Cell,
    start: CommonStart,
    line: MessagePort | null,
    listener: WorkerListener,
  ) {
    this.#listener = listener;
    this.ready = this.#ready.promise;
    this.ready.catch(() => {}); // whoever waits for it sees it; a failed worker fails its tasks, too
    this.#seat = cell.seat((error) => this.#fail(error));
    this.#seat.port.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      try {
        this.#receive(data);
      } catch (thrown) {
        this.#fail(ServiceError.from(thrown));
      }
    };
    const whole: WorkerStart = line ? { ...start, line } : start;
    this.#send({ type: "start", start: whole }, line ? [line] : []);
  }

  /**
   * Gives the worker a task. Several may be given at once; they run one after another, `main` beside them.
   *
   * @param onPart Is given every part of the result, the last one included; where it is absent, the result is
   * what this resolves to.
   * @param transfer Memory of the task that is handed over.
   */
  run(task: Task, onPart?: OnPart, transfer: Transferable[] = []): Promise<unknown> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = ++this.#last;
    const answer = Promise.withResolvers<unknown>();
    this.#tasks.set(id, { answer, onPart });
    this.#send({ type: "task", id, task }, transfer);
    return answer.promise;
  }

  /**
   * Ends the job for the worker at once; its open tasks are rejected.
   *
   * @param keep Whether it may serve another job.
   */
  stop(keep: boolean): void {
    const able = keep && this.#failure === null && this.#tasks.size === 0;
    this.#fail(new ServiceError("CANCELLED", "the job was stopped"));
    if (able) this.#seat.leave();
    else this.#seat.end();
  }

  /** Fails what the worker has still to do. */
  fail(error: ServiceError): void {
    this.#fail(error);
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "ready":
        return this.#ready.resolve(checkedTraits(message.formula));
      case "log":
        return this.#listener.log(message.lines.map(String));
      case "ask":
        return void this.#answer(message.id, message.request);
      case "part":
        return this.#tasks.get(message.id)?.onPart?.(message.value, this.#giveBack);
      case "done": {
        this.bytesRead = checkedCount(message.bytesRead);
        const task = this.#tasks.get(message.id);
        task?.onPart?.(message.value, this.#giveBack);
        task?.answer.resolve(message.value);
        return void this.#tasks.delete(message.id);
      }
      case "failed": {
        const error = ServiceError.fromRecord(message.error);
        if (message.id === 0) return this.#fail(error);
        this.#tasks.get(message.id)?.answer.reject(error);
        return void this.#tasks.delete(message.id);
      }
    }
  }

  readonly #giveBack: GiveBack = (buffers) => {
    if (!this.#failure) this.#send({ type: "spare", buffers }, buffers);
  };

  async #answer(id: number, request: FrameRequest): Promise<void> {
    try {
      this.#send({
        type: "answer",
        id,
        value: await this.#listener.answer(checkedRequest(request)),
      });
    } catch (thrown) {
      this.#send({ type: "refusal", id, error: ServiceError.from(thrown).toRecord() });
    }
  }

  #send(message: ToWorker, transfer: Transferable[] = []): void {
    this.#seat.port.postMessage(message, transfer);
  }

  #fail(error: ServiceError): void {
    this.#failure ??= error;
    this.#ready.reject(error);
    for (const { answer } of this.#tasks.values()) answer.reject(error);
    this.#tasks.clear();
  }
}
