/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/// <reference lib="esnext" />
/**
 * A formula worker: imports one formula, runs tasks on it, ends with its job.
 *
 * The imports of `measuring/…` make those modules part of the worker, so that a formula may import
 * them without a permission to read this program's files.
 */
import "measuring/fft";
import "measuring/filters";
import "measuring/fit";
import "measuring/groups";
import "measuring/interpolation";
import "measuring/statistics";
import "measuring/types";
import "measuring/windows";
import { DatasetReader } from "../mod/dataset/reader.ts";
import { ServiceError } from "../mod/errors.ts";
import { ContextMaker } from "../mod/formula/context.ts";
import { FailureReporter } from "../mod/formula/failure.ts";
import { FormulaLog } from "../mod/formula/log.ts";
import type { FrameRequest, FromWorker, ToWorker, WorkerStart } from "../mod/formula/messages.ts";
import { describeModule, type FormulaModule } from "../mod/formula/module.ts";
import { TaskRunner } from "../mod/formula/runner.ts";
import { connectLine } from "../mod/remote/line.ts";

type Send = (message: FromWorker, transfer?: Transferable[]) => void;

async function importFormula(entry: string, failures: FailureReporter): Promise<FormulaModule> {
  try {
    return describeModule({ ...await import(entry) });
  } catch (thrown) {
    throw failures.report(thrown, "FORMULA_INVALID", "the formula can't be loaded");
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

  settle(message: Exclude<ToWorker, { type: "task" }>): void {
    const question = this.#open.get(message.id);
    this.#open.delete(message.id);
    if (message.type === "answer") question?.resolve(message.value);
    else question?.reject(ServiceError.fromRecord(message.error));
  }
}

async function work(start: WorkerStart): Promise<void> {
  const { port } = start;
  const send: Send = (message, transfer = []) => port.postMessage(message, transfer);
  const log = new FormulaLog((line) => send({ type: "log", lines: [line] })).write;
  takeOver(globalThis, log);
  if (start.line) connectLine(start.line);
  const failures = new FailureReporter(start.sources);
  const questions = new Questions(send);
  let runner: TaskRunner;
  let reader: DatasetReader;
  let module: FormulaModule;
  try {
    module = await importFormula(start.entry, failures);
    const { dataset, params } = start;
    reader = new DatasetReader(dataset);
    const origin = { dataset, reader, int64: module.traits.int64 };
    const contexts = new ContextMaker(dataset.columns, params, log);
    runner = new TaskRunner(module, origin, contexts, failures, questions.ask);
  } catch (thrown) {
    send({ type: "failed", id: 0, error: ServiceError.from(thrown).toRecord() });
    return;
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
  port.onmessage = ({ data }: MessageEvent<ToWorker>) => {
    if (data.type === "task") run(data);
    else questions.settle(data);
  };
  send({ type: "ready", formula: module.traits });
}

/** Takes the worker's own line to the engine from the formula and sends what it prints to the log. */
function takeOver(scope: typeof globalThis, log: (...values: unknown[]) => void): void {
  for (const name of ["postMessage", "close", "onmessage"]) {
    Object.defineProperty(scope, name, { value: undefined, configurable: false, writable: false });
  }
  for (const name of ["log", "info", "debug", "warn", "error"] as const) console[name] = log;
}

self.addEventListener(
  "message",
  ({ data }: MessageEvent<WorkerStart>) => void work(data),
  { once: true },
);
