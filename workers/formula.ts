/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/// <reference lib="esnext" />
/**
 * A formula worker: locks its realm down, imports one formula and runs tasks on it, for one job or for several.
 */
import { parentPort } from "node:worker_threads";
import { DatasetReader } from "../mod/dataset/reader.ts";
import { ServiceError } from "../mod/errors.ts";
import { ContextMaker } from "../mod/formula/context.ts";
import { FailureReporter } from "../mod/formula/failure.ts";
import { lockDown } from "../mod/formula/lockdown.ts";
import { FormulaLog } from "../mod/formula/log.ts";
import type {
  FrameRequest,
  FromWorker,
  ToWorker,
  WorkerConnect,
  WorkerStart,
  WorkerTurn,
} from "../mod/formula/messages.ts";
import { describeModule, type FormulaModule } from "../mod/formula/module.ts";
import { type TaskResult, TaskRunner } from "../mod/formula/runner.ts";
import { inTurn } from "../mod/formula/turn.ts";
import { ArrayStock } from "../mod/parquet/loan.ts";
import { connectLine } from "../mod/remote/line.ts";

type Send = (message: FromWorker, transfer?: Transferable[]) => void;

async function importFormula(entry: string, failures: FailureReporter): Promise<FormulaModule> {
  try {
    return describeModule({ ...await import(entry) });
  } catch (thrown) {
    throw failures.reportImport(thrown);
  }
}

/** Requests to the engine that wait for their answer. */
class Questions {
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #send: Send;
  #last = 0;

  constructor(send: Send) {
    this.#send = send;
  }

  readonly ask = (request: FrameRequest): Promise<unknown> => {
    const id = ++this.#last;
    const question = Promise.withResolvers<unknown>();
    this.#open.set(id, question);
    this.#send({ type: "ask", id, request });
    return question.promise;
  };

  settle(message: Extract<ToWorker, { type: "answer" | "refusal" }>): void {
    const question = this.#open.get(message.id);
    this.#open.delete(message.id);
    if (message.type === "answer") question?.resolve(message.value);
    else question?.reject(ServiceError.fromRecord(message.error));
  }
}

/** Runs steps one after another, each in a turn of the event loop. */
class Turns {
  readonly #waiting: (() => Promise<void>)[] = [];
  #busy = false;

  add(step: () => Promise<void>): void {
    this.#waiting.push(step);
    if (!this.#busy) this.#next();
  }

  #next(): void {
    const step = this.#waiting.shift();
    this.#busy = step !== undefined;
    step?.().finally(() => inTurn(() => this.#next()));
  }
}

let print: (...values: unknown[]) => void = () => {};

/** Bytes of memory for row groups that are kept at most. */
const MOST_SPARE = 12 << 20;

const stock = new ArrayStock();
const spare: ArrayBuffer[] = [];

function keepSpare(buffers: ArrayBuffer[]): void {
  spare.push(...buffers);
  let bytes = spare.reduce((sum, { byteLength }) => sum + byteLength, 0);
  while (bytes > MOST_SPARE) {
    const oldest = spare.shift()!;
    bytes -= oldest.byteLength;
    oldest.transfer(0);
  }
}

/** Prepares a formula's tasks; gives what takes the engine's further messages. */
async function begin(start: WorkerStart, send: Send): Promise<(message: ToWorker) => void> {
  const log = new FormulaLog((line) => send({ type: "log", lines: [line] })).write;
  print = log;
  if (start.line) connectLine(start.line);
  const { dataset, params } = start;
  const failures = new FailureReporter(start.sources);
  const questions = new Questions(send);
  const module = await importFormula(start.entry, failures);
  const reader = new DatasetReader(dataset);
  rest = () => {
    rest = print = () => {};
    reader[Symbol.dispose]();
  };
  const makeRunner = () => {
    const origin = { dataset, reader, int64: module.traits.int64 };
    const contexts = new ContextMaker(dataset.columns, params, log);
    const memory = { stock: start.lend ? stock : null, spare };
    const { ask } = questions;
    const runner = new TaskRunner(module, origin, contexts, failures, ask, memory, start.codec);
    send({ type: "ready", formula: module.traits });
    return runner;
  };
  let runner: TaskRunner;
  try {
    runner = makeRunner();
  } catch (thrown) {
    throw failures.report(thrown, "FORMULA_INVALID", "the formula's exports can't be used");
  }
  const run = async ({ id, task }: Extract<ToWorker, { type: "task" }>) => {
    try {
      const emit = (part: TaskResult) => {
        send({ type: "part", id, value: part.value }, part.transfer);
        return new Promise<void>((go) => inTurn(go));
      };
      const { value, transfer } = await runner.run(task, emit);
      send({ type: "done", id, value, bytesRead: reader.bytesRead }, transfer);
    } catch (thrown) {
      const failure = failures.report(thrown, "FORMULA_FAILED", "the result can't be handed over");
      send({ type: "failed", id, error: failure.toRecord() });
    }
  };
  const turns = new Turns();
  return (message) => {
    if (message.type === "task" && message.task.type === "main") run(message);
    else if (message.type === "task") turns.add(() => run(message));
    else if (message.type === "spare") keepSpare(message.buffers);
    else if (message.type !== "start") questions.settle(message);
  };
}

/** Ends the last job's hold on its data. */
let rest: () => void = () => {};

function beginJob(port: MessagePort): void {
  const send: Send = (message, transfer = []) => port.postMessage(message, transfer);
  let receive: ((message: ToWorker) => void) | null = null;
  /** What came while the formula was still imported. */
  const early: ToWorker[] = [];
  const start = async (work: WorkerStart) => {
    try {
      const begun = receive = await begin(work, send);
      for (const message of early.splice(0)) inTurn(() => begun(message));
    } catch (thrown) {
      send({ type: "failed", id: 0, error: ServiceError.from(thrown).toRecord() });
    }
  };
  port.onmessage = ({ data }: MessageEvent<ToWorker>) =>
    inTurn(() => {
      if (data.type === "start") start(data.start);
      else if (receive) receive(data);
      else early.push(data);
    });
}

function connect({ port }: WorkerConnect): void {
  port.onmessage = ({ data }: MessageEvent<WorkerTurn>) => {
    if (data.type === "job") beginJob(data.port);
    else rest();
  };
}

// The formula can't see this message: it is not there yet, and its port is in no variable of the realm.
parentPort!.once("message", connect);
lockDown((...values) => print(...values));
