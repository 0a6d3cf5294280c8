import { isProxy } from "node:util/types";
import { compileFilter, type Predicate } from "../dataset/predicate.ts";
import { selectRows } from "../dataset/select.ts";
import { ServiceError } from "../errors.ts";
import { toJson } from "../json.ts";
import { type EncodedRowGroup, encodeRowGroup } from "../parquet/encode.ts";
import type { OutputColumn, WrittenCodec } from "../parquet/encode.ts";
import { type ChunkOrigin, createChunk, unknownColumn } from "./chunk.ts";
import { looksLikeColumns, toColumns } from "./columns.ts";
import type { ContextMaker } from "./context.ts";
import type { FailureReporter } from "./failure.ts";
import { type Ask, Frame, lazyTable } from "./frame.ts";
import { trimHalo, withHalo } from "./halo.ts";
import { mergeInTurn } from "./merge.ts";
import { assertBeside, assertKeepable, joinKept, keptColumns } from "./keep.ts";
import { carriedColumns } from "./carry.ts";
import type { JoinedRowGroup } from "../parquet/join.ts";
import type { ColumnTarget, Extent, Outcome, Piece, Task } from "./messages.ts";
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
  readonly #contexts: ContextMaker;
  readonly #failures: FailureReporter;
  readonly #ask: Ask;
  readonly #codec: WrittenCodec;
  readonly #predicate: Predicate | null;

  constructor(
    module: FormulaModule,
    origin: ChunkOrigin,
    contexts: ContextMaker,
    failures: FailureReporter,
    ask: Ask,
    codec: WrittenCodec,
  ) {
    this.#module = module;
    this.#origin = origin;
    this.#contexts = contexts;
    this.#failures = failures;
    this.#ask = ask;
    this.#codec = codec;
    const { filter, keep } = module.traits;
    this.#predicate = filter === null ? null : compileFilter(filter, origin.dataset.columns);
    assertKeepable(origin, keep);
  }

  /**
   * @throws ServiceError `FORMULA_FAILED` with the position in the author's file for what the
   * formula threw; others as the Parquet layer gives them.
   */
  async run(task: Task): Promise<TaskResult> {
    switch (task.type) {
      case "rows":
        return await this.#table(task);
      case "kept":
        return this.#kept(task);
      case "carry": {
        const { dataset, reader } = this.#origin;
        const carried = carriedColumns(dataset, reader, this.#module.traits.keep, task.place);
        if (!carried) return plain(null);
        return tableOf([{ rows: carried[0]!.rows, parts: carried.map((group) => [group]) }]);
      }
      case "value":
        return plain(await this.#value(task));
      case "combine":
        return plain(await this.#call(task.name, [task.left, task.right]));
      case "aggregate": {
        const { name, value, extent } = task;
        const total = name === null
          ? value
          : await this.#call(name, [value, this.#contexts.ofDataset(extent)]);
        return this.#outcome(total, name ?? "combine");
      }
      case "column":
        return this.#column(task.column, task.pieces, task.target);
      case "count":
        return plain(this.#select(task.piece)?.length ?? task.piece.partition.rows);
      case "touched":
        return plain([...this.#origin.reader.touched]);
      case "main":
        return this.#outcome(await this.#main(task.extent), "main");
    }
  }

  /** The value of pieces that follow each other. */
  #value({ name, combine, pieces, args }: Task & { type: "value" }): Promise<unknown> {
    return mergeInTurn(
      pieces.length,
      async (index) => (await this.#onPiece(name, pieces[index]!, args)).value,
      (left, right) => this.#call(combine, [left, right]),
    );
  }

  /** A row group for each piece, or more where it is large. */
  async #table({ name, pieces, args, spare }: Task & { type: "rows" }): Promise<TaskResult> {
    const groups: JoinedRowGroup[] = [];
    for (const piece of pieces) {
      const { columns } = await this.#rows(name, piece, args);
      for (const group of encode(columns, this.#codec, spare)) groups.push(single(group));
    }
    return tableOf(groups);
  }

  /** The columns of the input that are kept of pieces: a row group for each. */
  #kept({ pieces }: Task & { type: "kept" }): TaskResult {
    const { keep } = this.#module.traits;
    const groups = pieces.flatMap(({ partition }) =>
      encode(keptColumns(this.#origin, keep, partition, null), this.#codec)
    );
    return tableOf(groups.map(single));
  }

  /** What a formula makes of a piece: the columns it returned, without halo, and who returned them. */
  async #rows(
    name: string,
    piece: Piece,
    args: unknown[],
  ): Promise<{ columns: OutputColumn[]; use: string }> {
    const { value, halo, selection, use } = await this.#onPiece(name, piece, args);
    const returned = toColumns(value, use);
    const own = halo.before + halo.after ? trimHalo(returned, halo, use) : returned;
    const { keep } = this.#module.traits;
    if (!keep.length) return { columns: own, use };
    if (!this.#predicate) {
      assertBeside(keep, piece.partition.rows, own, use);
      return { columns: own, use };
    }
    const kept = keptColumns(this.#origin, keep, piece.partition, selection);
    return { columns: joinKept(kept, own, use), use };
  }

  async #onPiece(name: string, piece: Piece, args: unknown[]) {
    const { partition, of } = piece;
    const use = of > 1 ? `${name} on partition ${partition.index}` : name;
    const halo = withHalo(this.#origin.dataset, partition, this.#module.traits.overlap);
    const selection = this.#select(piece);
    const chunk = createChunk(this.#origin, halo.read, selection);
    const context = this.#contexts.ofPartition({
      partition: partition.index,
      partitions: of,
      rowStart: partition.rowStart,
      rows: selection?.length ?? partition.rows,
      before: halo.before,
      after: halo.after,
    });
    const value = await this.#call(name, [chunk, context, ...args], use);
    return { value, halo, selection, use };
  }

  /** The rows of a piece that the formula's filter lets through; `null` for all. */
  #select({ partition }: Piece): Int32Array | null {
    if (!this.#predicate) return null;
    const { reader } = this.#origin;
    return selectRows(this.#predicate, reader, partition);
  }

  #main(extent: Extent): Promise<unknown> {
    const context = this.#contexts.ofDataset(extent);
    return this.#call("main", [new Frame(this.#module, context, this.#ask), context]);
  }

  async #call(name: string, args: unknown[], doing = name): Promise<unknown> {
    try {
      const value = await exported(this.#module, name)(...args);
      if (isProxy(value)) throw new TypeError("it returned a Proxy; return a plain value");
      return value;
    } catch (thrown) {
      throw this.#failures.report(thrown, "FORMULA_FAILED", doing);
    }
  }

  #outcome(value: unknown, use: string): TaskResult {
    const lazy = lazyTable(value);
    if (lazy) return plain(lazy satisfies Outcome);
    try {
      if (looksLikeColumns(value)) {
        return tableOf(encode(toColumns(value, use), this.#codec).map(single));
      }
      return plain({ type: "text", text: toJson(value) } satisfies Outcome);
    } catch (thrown) {
      throw this.#failures.report(thrown, "FORMULA_FAILED", `the result of ${use}`);
    }
  }

  #column(name: string, pieces: Piece[], target: ColumnTarget | null): TaskResult {
    const { dataset, reader, int64 } = this.#origin;
    if (!dataset.columns.some((column) => column.name === name)) {
      throw new ServiceError(
        "FORMULA_FAILED",
        unknownColumn(dataset, name, "frame.column").message,
      );
    }
    if (!target) {
      return plain(
        pieces.map((piece) =>
          createChunk(this.#origin, piece.partition, this.#select(piece))[name]
        ),
      );
    }
    let { at } = target;
    for (const { partition } of pieces) {
      reader.columnInto(name, partition, { int64 }, target.values, at);
      at += partition.rows;
    }
    return plain(null);
  }
}

function plain(value: unknown): TaskResult {
  return { value, transfer: [] };
}

/** Columns as row groups. */
function encode(
  columns: OutputColumn[],
  codec: WrittenCodec,
  spare: ArrayBuffer[] = [],
): EncodedRowGroup[] {
  const groups = [];
  const rows = columns[0]!.values.length;
  for (let from = 0; from === 0 || from < rows; from += ROW_GROUP_ROWS) {
    const to = Math.min(rows, from + ROW_GROUP_ROWS);
    const part = to - from === rows ? columns : columns.map((column) => ({
      ...column,
      values: column.values.slice(from, to),
      validity: column.validity?.slice(from, to) ?? null,
    }));
    groups.push(encodeRowGroup(part, { codec, spare }));
  }
  return groups;
}

function single(group: EncodedRowGroup): JoinedRowGroup {
  return { rows: group.rows, parts: [[group]] };
}

function tableOf(groups: JoinedRowGroup[]): TaskResult {
  return {
    value: { type: "table", groups } satisfies Outcome,
    transfer: groups.flatMap(({ parts }) => parts.flat().map(({ bytes }) => bytes.buffer)),
  };
}
