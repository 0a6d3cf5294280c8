import { ServiceError } from "../errors.ts";
import { type EncodedRowGroup, encodeRowGroup, type OutputColumn } from "../parquet/encode.ts";
import type { Partition } from "../parquet/partition.ts";
import { readColumn, readColumnInto } from "../parquet/read.ts";
import { type ChunkOrigin, createChunk, unknownColumn } from "./chunk.ts";
import { looksLikeColumns, toColumns } from "./columns.ts";
import type { ContextMaker } from "./context.ts";
import type { FailureReporter } from "./failure.ts";
import { type Ask, Frame, lazyTable } from "./frame.ts";
import { toJson } from "../json.ts";
import type { ColumnTarget, Outcome, Task } from "./messages.ts";
import { exported, type FormulaModule } from "./module.ts";

/** Rows of a result's row group at most: 2^20, so that readers can work in parallel and in little memory. */
const ROW_GROUP_ROWS = 1 << 20;

/** What a task came to, and the buffers that may be handed over instead of copied. */
export interface TaskResult {
  value: unknown;
  transfer: Transferable[];
}

/** Runs tasks of one formula over one dataset: the part of a worker that computes. */
export class TaskRunner {
  readonly #module: FormulaModule;
  readonly #origin: ChunkOrigin;
  readonly #partitions: Partition[];
  readonly #contexts: ContextMaker;
  readonly #failures: FailureReporter;
  readonly #ask: Ask;

  constructor(
    module: FormulaModule,
    origin: ChunkOrigin,
    partitions: Partition[],
    contexts: ContextMaker,
    failures: FailureReporter,
    ask: Ask,
  ) {
    this.#module = module;
    this.#origin = origin;
    this.#partitions = partitions;
    this.#contexts = contexts;
    this.#failures = failures;
    this.#ask = ask;
  }

  /**
   * @throws ServiceError `FORMULA_FAILED` with the position in the author's file for what the
   * formula threw; others as the Parquet layer gives them.
   */
  async run(task: Task): Promise<TaskResult> {
    switch (task.type) {
      case "rows":
        return tableOf(await this.#rows(task.name, task.partition, task.args));
      case "value":
        return plain(await this.#onPartition(task.name, task.partition, task.args));
      case "combine":
        return plain(await this.#call(task.name, [task.left, task.right]));
      case "aggregate":
        return this.#outcome(await this.#aggregate(task.name, task.value), task.name ?? "combine");
      case "column":
        return this.#column(task.column, task.partition, task.target);
      case "main":
        return this.#outcome(await this.#main(), "main");
    }
  }

  async #rows(name: string, partition: number, args: unknown[]): Promise<OutputColumn[]> {
    return toColumns(await this.#onPartition(name, partition, args), this.#on(name, partition));
  }

  #onPartition(name: string, index: number, args: unknown[]): Promise<unknown> {
    const partition = this.#partitions[index]!;
    const chunk = createChunk(this.#origin, partition);
    return this.#call(
      name,
      [chunk, this.#contexts.ofPartition(partition), ...args],
      this.#on(name, index),
    );
  }

  #aggregate(name: string | null, value: unknown): Promise<unknown> {
    if (name === null) return Promise.resolve(value);
    return this.#call(name, [value, this.#contexts.ofDataset()]);
  }

  #main(): Promise<unknown> {
    const context = this.#contexts.ofDataset();
    return this.#call("main", [new Frame(this.#module, context, this.#ask), context]);
  }

  async #call(name: string, args: unknown[], doing = name): Promise<unknown> {
    try {
      return await exported(this.#module, name)(...args);
    } catch (thrown) {
      throw this.#failures.report(thrown, "FORMULA_FAILED", doing);
    }
  }

  #on(name: string, partition: number): string {
    return this.#partitions.length > 1 ? `${name} on partition ${partition}` : name;
  }

  #outcome(value: unknown, use: string): TaskResult {
    const lazy = lazyTable(value);
    if (lazy) return plain(lazy satisfies Outcome);
    try {
      if (looksLikeColumns(value)) return tableOf(toColumns(value, use));
      return plain({ type: "text", text: toJson(value) } satisfies Outcome);
    } catch (thrown) {
      throw this.#failures.report(thrown, "FORMULA_FAILED", `the result of ${use}`);
    }
  }

  #column(name: string, index: number, target: ColumnTarget | null): TaskResult {
    const { source, file, int64 } = this.#origin;
    const partition = this.#partitions[index]!;
    if (!file.columns.some((column) => column.name === name)) {
      throw new ServiceError(
        "FORMULA_FAILED",
        unknownColumn(this.#origin, name, "frame.column").message,
      );
    }
    if (target) {
      readColumnInto(source, file, name, partition, { int64 }, target.values, target.at);
      return plain(null);
    }
    return plain(readColumn(source, file, name, partition, { int64 }).values);
  }
}

function plain(value: unknown): TaskResult {
  return { value, transfer: [] };
}

function tableOf(columns: OutputColumn[]): TaskResult {
  const groups: EncodedRowGroup[] = [];
  const rows = columns[0]!.values.length;
  for (let from = 0; from === 0 || from < rows; from += ROW_GROUP_ROWS) {
    const to = Math.min(rows, from + ROW_GROUP_ROWS);
    const part = to - from === rows
      ? columns
      : columns.map((column) => ({ ...column, values: column.values.slice(from, to) }));
    groups.push(encodeRowGroup(part));
  }
  return {
    value: { type: "table", groups } satisfies Outcome,
    transfer: groups.map((group) => group.bytes.buffer),
  };
}
