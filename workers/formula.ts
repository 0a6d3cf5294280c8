/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/// <reference lib="esnext" />
/**
 * A formula worker: locks its realm down, imports a formula and runs tasks on it, for one job after another.
 */
import { parentPort } from "node:worker_threads";
import { DatasetReader } from "../mod/dataset/reader.ts";
import type { Dataset } from "../mod/dataset/dataset.ts";
import { withFileColumn } from "../mod/dataset/file_column.ts";
import { bindJoins, withJoins } from "../mod/dataset/joins/bind.ts";
import { JoinedReader } from "../mod/dataset/joins/joined_reader.ts";
import { withTexts } from "../mod/dataset/texts.ts";
import { ServiceError } from "../mod/common/errors.ts";
import { Garbage } from "../mod/common/garbage.ts";
import { keptOf, setWorkMemory } from "../mod/common/work_memory.ts";
import { ContextMaker } from "../mod/formula/context.ts";
import { DataFiles } from "../mod/formula/data_files.ts";
import { FailureReporter } from "../mod/formula/formula_failure.ts";
import { lockDown, type Realm } from "../mod/formula/realm/lockdown.ts";
import { Frame } from "../mod/formula/frame.ts";
import { MOST_LEFT } from "../mod/formula/thread_limits.ts";
import { FormulaLog } from "../mod/formula/console.ts";
import type { WorkerAnswer, WorkerConnect, WorkerTurn } from "../mod/formula/cell_messages.ts";
import type {
  Ask,
  FrameAnswers,
  FrameRequest,
  FrameRequestType,
} from "../mod/formula/frame_requests.ts";
import { InputTables } from "../mod/formula/input_tables.ts";
import { LoadedFormula } from "../mod/formula/loaded_formula.ts";
import type { FromWorker, ToWorker, WorkerStart } from "../mod/formula/tasks/worker_messages.ts";
import { describeModule, type FormulaModule } from "../mod/formula/module.ts";
import type { TaskResult } from "../mod/formula/tasks/task.ts";
import { runTask } from "../mod/formula/tasks/tasks.ts";
import { inTurn } from "../mod/formula/realm/turn.ts";
import { ArrayPool } from "../mod/parquet/read/array_pool.ts";
import { connectLine } from "../mod/remote/line.ts";
import * as fft from "measuring/fft";
import * as filters from "measuring/filters";
import * as fit from "measuring/fit";
import * as groups from "measuring/groups";
import * as interpolation from "measuring/interpolation";
import * as statistics from "measuring/statistics";
import * as tables from "measuring/tables";
import * as windows from "measuring/windows";

/** The library, as formulas import it. */
const LIBRARY: Record<string, object> = {
  "measuring/fft": fft,
  "measuring/filters": filters,
  "measuring/fit": fit,
  "measuring/groups": groups,
  "measuring/interpolation": interpolation,
  "measuring/statistics": statistics,
  "measuring/tables": tables,
  "measuring/types": {},
  "measuring/windows": windows,
};
const LIBRARY_NAMES = Object.fromEntries(
  Object.entries(LIBRARY).map(([name, module]) => [name, Object.keys(module)]),
);

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

  /** Whether an answer is still to come. */
  get open(): boolean {
    return this.#open.size > 0;
  }

  readonly ask: Ask = <T extends FrameRequestType>(request: FrameRequest<T>) => {
    const id = ++this.#last;
    const question = Promise.withResolvers<unknown>();
    this.#open.set(id, question);
    this.#send({ type: "ask", id, request });
    return question.promise as Promise<FrameAnswers[T]>;
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

  /** Whether a step runs. */
  get busy(): boolean {
    return this.#busy;
  }

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

// A formula shares the realm, and what it finds there by then is less.
const { memoryUsage } = Deno;
const { close } = globalThis;
const { now } = Date;

let print: (...values: unknown[]) => void = () => {};

/** Bytes of memory for row groups that are kept at most. */
const MOST_SPARE = 12 << 20;

const stock = new ArrayPool();
const spare: ArrayBuffer[] = [];
const garbage = new Garbage();

function keepSpare(buffers: ArrayBuffer[]): void {
  spare.push(...buffers);
  let bytes = spare.reduce((sum, { byteLength }) => sum + byteLength, 0);
  while (bytes > keptOf(MOST_SPARE)) {
    const oldest = spare.shift()!;
    bytes -= oldest.byteLength;
    oldest.transfer(0);
  }
}

/** The dataset of an earlier job, whose files later ones may read, too. */
class HeldDataset {
  #dataset: Dataset | null = null;
  #number: number | null = null;

  /** What a job works on. */
  of({ dataset, hold }: WorkerStart): Dataset {
    const found = dataset ?? (this.#number === hold ? this.#dataset : null);
    this.#dataset = hold === null ? null : found;
    this.#number = hold;
    if (found) return found;
    throw new Error("a worker was told of no data");
  }
}

const held = new HeldDataset();

/** A dataset whose files are read by links where there are any. */
function linked(dataset: Dataset, links: WorkerStart["links"]): Dataset {
  if (links.length === 0) return dataset;
  const linkOf = new Map(links);
  const files = dataset.files.map((file) => ({
    ...file,
    path: linkOf.get(file.path) ?? file.path,
  }));
  return { ...dataset, files };
}

/** Prepares a formula's tasks; gives what takes the engine's further messages. */
async function begin(start: WorkerStart, send: Send): Promise<(message: ToWorker) => void> {
  realm.begin(start.links);
  /** The partition that a call is on; `null` while none is. */
  let partition: number | null = null;
  const log = new FormulaLog((text) => {
    const line = { text, time: now(), ...(partition === null ? {} : { partition }) };
    send({ type: "log", lines: [line] });
  }).write;
  print = log;
  if (start.line) connectLine(start.line);
  setWorkMemory(start.workBytes);
  const { params } = start;
  const dataset = linked(held.of(start), start.links);
  const failures = new FailureReporter(start.sources, LIBRARY_NAMES, params !== null);
  const questions = new Questions(send);
  const module = await importFormula(start.entry, failures);
  let reader: DatasetReader;
  let inputs: InputTables;
  const turns = new Turns();
  /** Calls of `main` that run. */
  let mains = 0;
  rest = () => {
    print = () => {};
    rest = () => true;
    reader?.[Symbol.dispose]();
    inputs?.[Symbol.dispose]();
    return !turns.busy && mains === 0 && !questions.open;
  };
  const load = () => {
    const { text, fileColumn, int64 } = module.traits;
    const read = withFileColumn(withTexts(dataset, text), fileColumn);
    const tables = start.inputs.map(({ input, dataset }) => ({
      input,
      dataset: linked(dataset, start.links),
    }));
    inputs = new InputTables(tables, int64);
    const joins = bindJoins(read, tables, module.traits.inputs);
    reader = joins.length === 0
      ? new DatasetReader(read)
      : new JoinedReader(read, joins, (input) => inputs.reader(input));
    const origin = { dataset: withJoins(read, joins), reader, int64 };
    const contexts = new ContextMaker(
      origin.dataset,
      new DataFiles(read, fileColumn),
      inputs,
      joins,
      params,
      log,
    );
    const memory = { stock: start.lend ? stock : null, spare, garbage };
    const { ask } = questions;
    const { codec, format, partitionBy } = start;
    const formed = { codec, format, partitionBy };
    const onPiece = (index: number | null) => void (partition = index);
    const setting = { origin, inputs, contexts, failures, ask, onPiece, memory, ...formed };
    const loaded = new LoadedFormula(module, setting);
    send({ type: "ready", formula: module.traits });
    return loaded;
  };
  let formula: LoadedFormula;
  try {
    formula = load();
  } catch (thrown) {
    throw failures.report(thrown, "FORMULA_INVALID", "the formula's exports can't be used");
  }
  const run = async ({ id, task }: Extract<ToWorker, { type: "task" }>) => {
    try {
      const emit = (part: TaskResult) => {
        send({ type: "part", id, value: part.value }, part.transfer);
        return new Promise<void>((go) => inTurn(go));
      };
      const { value, transfer } = await runTask(formula, task, emit);
      const bytesRead = reader.bytesRead + inputs.bytesRead;
      send({ type: "done", id, value, bytesRead }, transfer);
    } catch (thrown) {
      const failure = failures.report(thrown, "FORMULA_FAILED", "the result can't be handed over");
      send({ type: "failed", id, error: failure.toRecord() });
    }
  };
  return (message) => {
    if (message.type === "task" && message.task.type === "main") {
      mains++;
      run(message).finally(() => mains--);
    } else if (message.type === "task") turns.add(() => run(message));
    else if (message.type === "spare") keepSpare(message.buffers);
    else if (message.type !== "start") questions.settle(message);
  };
}

/** Ends the last job's hold on its data; gives whether nothing of it runs any more. */
let rest: () => boolean = () => true;

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

/** Whether so little is left of the jobs before that another one finds what a new thread would give it. */
function isLight(): boolean {
  const { heapUsed, external } = memoryUsage();
  return heapUsed <= MOST_LEFT.heap && heapUsed + external <= MOST_LEFT.all;
}

function connect({ port }: WorkerConnect): void {
  const answer = (message: WorkerAnswer) => port.postMessage(message);
  port.onmessage = ({ data }: MessageEvent<WorkerTurn>) => {
    switch (data.type) {
      case "job":
        return beginJob(data.port);
      case "rest":
        // In a turn of its own: what the job left to microtasks has run by then.
        return inTurn(() => {
          const clean = rest() && realm.isUntouched();
          garbage.collectGrown();
          answer({ type: "rested", clean: clean && isLight() });
        });
      case "end":
        answer({ type: "ending" });
        return close();
    }
  };
}

let realm: Realm;

// The formula can't see this message: it is not there yet, and its port is in no variable of the realm.
parentPort!.once("message", (message: WorkerConnect) => {
  realm = lockDown(
    (...values) => print(...values),
    [
      Frame,
      ServiceError,
      ...Object.values(LIBRARY).flatMap((module) => Object.values(module) as object[]),
    ],
  );
  connect(message);
});
