import { ServiceError } from "../../common/errors.ts";
import type { Dataset } from "../../dataset/dataset.ts";
import { checkedCount } from "../../formula/checks.ts";
import {
  checkedRequest,
  type FrameAnswers,
  type FrameRequest,
  type FrameRequestType,
} from "../../formula/frame_requests.ts";
import {
  type Answer,
  type AnswerPart,
  definitionOf,
  type Task,
  type TaskType,
} from "../../formula/tasks/tasks.ts";
import {
  checkedFailure,
  checkedLines,
  type FromWorker,
  type ToWorker,
  type WorkerStart,
} from "../../formula/tasks/worker_messages.ts";
import { checkedTraits, type FormulaTraits } from "../../formula/traits.ts";
import type { LogLine } from "../../job/log_line.ts";
import type { Cell, Seat } from "./cell_handle.ts";

/** What a worker asks and tells while it runs. */
export interface WorkerListener {
  answer<T extends FrameRequestType>(request: FrameRequest<T>): Promise<FrameAnswers[T]>;
  log(lines: LogLine[]): void;
}

/** What all workers of a job start with. */
export type CommonStart = Omit<WorkerStart, "line" | "dataset"> & { dataset: Dataset };

/** Gives a worker memory back that came with its results, to be used again. */
export type GiveBack = (buffers: ArrayBuffer[]) => void;

/** How a task is run. */
export interface TaskOptions<T extends TaskType> {
  /** Is given the parts of the answer that are told before it, in their order. */
  onPart?: ((part: AnswerPart<T>, giveBack: GiveBack) => void) | undefined;
  /** Is given the answer as soon as it is there, for its memory's sake. */
  onAnswer?: ((answer: Answer<T>, giveBack: GiveBack) => void) | undefined;
  /** Memory of the task that is handed over. */
  transfer?: Transferable[] | undefined;
}

/** What becomes of what is told of a task. */
interface OpenTask {
  part(value: unknown): void;
  /** Throws for an answer that is none. */
  done(value: unknown): void;
  failed(error: ServiceError): void;
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
  #isReady = false;
  /** The number of the data that the worker holds when it is ready. */
  #toHold: number | null = null;
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
    this.#start(start, line);
  }

  /** Tells what there is to work on, but for data that the worker holds already. */
  #start(start: CommonStart, line: MessagePort | null): void {
    const { dataset, hold } = start;
    const holds = hold !== null && this.#seat.held === hold;
    const whole: WorkerStart = { ...start, dataset: holds ? null : dataset, ...(line && { line }) };
    this.#seat.held = null;
    this.#toHold = hold;
    this.#send({ type: "start", start: whole }, line ? [line] : []);
  }

  /**
   * Gives the worker a task. Several may be given at once; they run one after another, `main` beside them.
   *
   * @returns The checked answer. Rejects with a `ServiceError`; an answer that is none fails the worker.
   */
  run<T extends TaskType>(task: Task<T>, options: TaskOptions<T> = {}): Promise<Answer<T>> {
    if (this.#failure) return Promise.reject(this.#failure);
    const { onPart, onAnswer, transfer } = options;
    const id = ++this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<Answer<T>>();
    const definition = definitionOf<T>(task.type);
    this.#tasks.set(id, {
      part: (value) => onPart?.(definition.checkPart(value, task), this.#giveBack),
      done: (value) => {
        const answer = definition.check(value, task);
        onAnswer?.(answer, this.#giveBack);
        resolve(answer);
      },
      failed: reject,
    });
    this.#send({ type: "task", id, task: task as Task }, transfer);
    return promise;
  }

  /**
   * Ends the job for the worker at once; its open tasks are rejected.
   *
   * @param keep Whether it may serve another job.
   */
  stop(keep: boolean): void {
    const able = keep && this.#isReady && this.#failure === null && this.#tasks.size === 0;
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
        this.#isReady = true;
        this.#seat.held = this.#toHold;
        return this.#ready.resolve(checkedTraits(message.formula));
      case "log":
        return this.#listener.log(checkedLines(message.lines));
      case "ask":
        return void this.#answer(message.id, message.request);
      case "part":
        return this.#tasks.get(message.id)?.part(message.value);
      case "done":
        this.bytesRead = checkedCount(message.bytesRead);
        this.#tasks.get(message.id)?.done(message.value);
        return void this.#tasks.delete(message.id);
      case "failed": {
        const error = checkedFailure(message.error);
        if (message.id === 0) return this.#fail(error);
        this.#tasks.get(message.id)?.failed(error);
        return void this.#tasks.delete(message.id);
      }
    }
  }

  readonly #giveBack: GiveBack = (buffers) => {
    if (!this.#failure) this.#send({ type: "spare", buffers }, buffers);
  };

  async #answer(id: number, request: unknown): Promise<void> {
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
    for (const task of this.#tasks.values()) task.failed(error);
    this.#tasks.clear();
  }
}
