/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/// <reference lib="esnext" />
/**
 * A formula worker: locks its realm down, imports one formula, runs tasks on it, ends with its job.
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
} from "../mod/formula/messages.ts";
import { describeModule, type FormulaModule } from "../mod/formula/module.ts";
import { TaskRunner } from "../mod/formula/runner.ts";
import { inTurn } from "../mod/formula/turn.ts";
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

let print: (...values: unknown[]) => void = () => {};

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
  const makeRunner = () => {
    const origin = { dataset, reader, int64: module.traits.int64 };
    const contexts = new ContextMaker(dataset.columns, params, log);
    const runner = new TaskRunner(module, origin, contexts, failures, questions.ask, start.codec);
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
      const { value, transfer } = await runner.run(task);
      send({ type: "done", id, value, bytesRead: reader.bytesRead }, transfer);
    } catch (thrown) {
      const failure = failures.report(thrown, "FORMULA_FAILED", "the result can't be handed over");
      send({ type: "failed", id, error: failure.toRecord() });
    }
  };
  return (message) => {
    if (message.type === "task") run(message);
    else if (message.type !== "start") questions.settle(message);
  };
}

function connect({ port }: WorkerConnect): void {
  const send: Send = (message, transfer = []) => port.postMessage(message, transfer);
  let receive: ((message: ToWorker) => void) | null = null;
  const start = async (work: WorkerStart) => {
    try {
      receive = await begin(work, send);
    } catch (thrown) {
      send({ type: "failed", id: 0, error: ServiceError.from(thrown).toRecord() });
    }
  };
  port.onmessage = ({ data }: MessageEvent<ToWorker>) =>
    inTurn(() => data.type === "start" ? void start(data.start) : receive?.(data));
}

// The formula can't see this message: it is not there yet, and its port is in no variable of the realm.
parentPort!.once("message", connect);
lockDown((...values) => print(...values));
