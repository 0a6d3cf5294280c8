import { isProxy } from "node:util/types";
import { help, setHelpers } from "#transform";
import { compileFilter, type Predicate } from "../dataset/predicate.ts";
import { rowRange } from "../dataset/dataset.ts";
import { secondsSince } from "../dataset/seconds.ts";
import { narrowed, selectRows, takeRows } from "../dataset/select.ts";
import { NANOSECONDS } from "../std/grouping/exact_values.ts";
import { ServiceError } from "../common/errors.ts";
import { toJson } from "../common/json.ts";
import { type EncodedRowGroup, encodeRowGroup } from "../parquet/write/encode.ts";
import type { WrittenCodec } from "../parquet/write/encode.ts";
import { memoryOfColumns, type OutputColumn } from "../parquet/write/output_column.ts";
import { PAGE_ROWS } from "../parquet/write/page_writer.ts";
import { type ChunkOrigin, createChunk, timesOfChunk, unknownColumn } from "./chunk.ts";
import { looksLikeColumns, toColumns } from "./returned_columns.ts";
import type { ContextMaker } from "./context.ts";
import type { FailureReporter } from "./formula_failure.ts";
import { type Ask, Frame, lazyTable, nameOfColumn } from "./frame.ts";
import { trimHalo, withHalo } from "./halo.ts";
import { mergeInTurn } from "./merge.ts";
import { assertKeepable, assertKeptRows, joinKept, keptColumns } from "./kept_columns.ts";
import { carriedColumns } from "./row_groups.ts";
import { areJoinable, type JoinedRowGroup, memoryOf } from "../parquet/write/join_row_groups.ts";
import { type ArrayPool, type BorrowedArrays, FRESH } from "../parquet/read/array_pool.ts";
import type { ColumnArray } from "../parquet/format/column_array.ts";
import { returnedTimes } from "./returned_times.ts";
import type {
  CarriedColumns,
  ColumnTarget,
  Extent,
  FirstRows,
  Outcome,
  Piece,
  StoredRowGroup,
  Task,
} from "./worker_messages.ts";
import { exported, type FormulaModule } from "./module.ts";
import { assertAwaited } from "./promises.ts";

/** Rows of a result's row group at most: 2^20, so that readers can work in parallel and in little memory. */
const ROW_GROUP_ROWS = 1 << 20;
/** Bytes of a result at least of which another worker encodes a part: fewer are encoded before it has them. */
const LEAST_SHARED = 1 << 20;
/** Workers at most that take shares of another one's transform. */
const MOST_HELPERS = 15;

/** What a task came to, and the buffers that may be handed over instead of copied. */
export interface TaskResult {
  value: unknown;
  transfer: Transferable[];
}

/** Takes a part of a task's result, once what runs now may be interrupted. */
export type Emit = (part: TaskResult) => Promise<void>;

/** Memory that a worker uses again and again. */
export interface WorkerMemory {
  /** Of chunks, where a formula can't hold on to them. */
  stock: ArrayPool | null;
  /** Of row groups that are written. */
  spare: ArrayBuffer[];
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
  readonly #memory: WorkerMemory;

  constructor(
    module: FormulaModule,
    origin: ChunkOrigin,
    contexts: ContextMaker,
    failures: FailureReporter,
    ask: Ask,
    memory: WorkerMemory,
    codec: WrittenCodec,
  ) {
    this.#module = module;
    this.#origin = origin;
    this.#contexts = contexts;
    this.#failures = failures;
    this.#ask = ask;
    this.#memory = memory;
    this.#codec = codec;
    const { filter, keep } = module.traits;
    this.#predicate = filter === null ? null : compileFilter(filter, origin.dataset.columns);
    assertKeepable(origin, keep);
  }

  /**
   * @throws ServiceError `FORMULA_FAILED` with the position in the author's file for what the
   * formula threw; others as the Parquet layer gives them.
   */
  async run(task: Task, emit: Emit): Promise<TaskResult> {
    switch (task.type) {
      case "rows":
        return await this.#table(task, emit);
      case "kept":
        return this.#kept(task);
      case "value":
        return plain(await this.#value(task));
      case "combine":
        return plain(await this.#merge(task.name, task.values));
      case "aggregate": {
        const { name, combine, values, extent } = task;
        const value = await this.#merge(combine, values);
        const total = name === null ? value : await this.#withHelp(
          task.helpers,
          () => this.#call(name, [value, this.#contexts.ofDataset(extent)]),
        );
        return await this.#outcome(total, name ?? "combine", task.helpers ? emit : null);
      }
      case "column":
        return this.#column(task);
      case "count":
        return plain(this.#select(task.piece)?.length ?? task.piece.partition.rows);
      case "touched":
        return plain([...this.#origin.reader.touched]);
      case "main":
        return await this.#outcome(
          await this.#withHelp(task.helpers, () => this.#main(task.extent)),
          "main",
          task.helpers ? emit : null,
        );
      case "encode": {
        const encoded = tableOf(this.#encode(task.columns).map(single));
        for (const buffer of memoryOfColumns(task.columns)) buffer.transfer(0);
        return encoded;
      }
      case "help":
        help(task.memory, task.thread);
        return plain(null);
    }
  }

  #merge(name: string, values: unknown[]): Promise<unknown> {
    return mergeInTurn(
      values.length,
      (index) => Promise.resolve(values[index]),
      (left, right) => this.#call(name, [left, right]),
    );
  }

  /** The value of pieces that follow each other. */
  #value({ name, combine, pieces, args }: Task & { type: "value" }): Promise<unknown> {
    return mergeInTurn(
      pieces.length,
      async (index) => {
        const { value, borrowed } = await this.#onPiece(name, pieces[index]!, args);
        borrowed?.end(value);
        return value;
      },
      (left, right) => this.#call(combine, [left, right]),
    );
  }

  /** A row group for each piece, or more where it is large; behind them what is carried. */
  async #table(
    { name, pieces, args, carry }: Task & { type: "rows" },
    emit: Emit,
  ): Promise<TaskResult> {
    const all: EncodedRowGroup[] = [];
    for (const piece of pieces) {
      const { columns, borrowed } = await this.#rows(name, piece, args);
      const groups = this.#encode(columns);
      const part = tableOf(groups.map(single));
      borrowed?.end(null);
      this.#free(columns);
      if (!carry && piece === pieces.at(-1)) return part;
      await emit(part);
      all.push(...groups);
    }
    if (!carry) throw new Error("a task has no pieces");
    return areJoinable(all) ? this.#carried(carry) : nothingCarried();
  }

  #carried({ file, group }: StoredRowGroup): TaskResult {
    const { dataset, reader } = this.#origin;
    const { keep } = this.#module.traits;
    const columns = carriedColumns(dataset, reader, keep, file, group);
    if (!columns) return nothingCarried();
    const carried = { rows: columns[0]!.rows, parts: columns.map((column) => [column]) };
    return {
      value: { type: "carried", group: carried } satisfies CarriedColumns,
      transfer: memoryOf([carried]),
    };
  }

  /** The columns of the input that are kept of pieces: a row group for each. */
  #kept({ pieces }: Task & { type: "kept" }): TaskResult {
    const { keep } = this.#module.traits;
    const groups = pieces.flatMap(({ partition }) =>
      this.#encode(keptColumns(this.#origin, keep, partition, null))
    );
    return tableOf(groups.map(single));
  }

  /** What a formula makes of a piece: the columns it returned, without halo, and who returned them. */
  async #rows(
    name: string,
    piece: Piece,
    args: unknown[],
  ): Promise<{ columns: OutputColumn[]; use: string; borrowed: BorrowedArrays | null }> {
    const { value, halo, chosen, use, borrowed, chunk } = await this.#onPiece(name, piece, args);
    const returned = toColumns(value, use, (name, values) => timesOfChunk(chunk, name, values));
    const own = halo.before + halo.after ? trimHalo(returned, halo, use) : returned;
    const { keep } = this.#module.traits;
    if (!keep.length) return { columns: own, use, borrowed };
    if (!this.#predicate) {
      assertKeptRows(keep, piece.partition.rows, own, use);
      return { columns: own, use, borrowed };
    }
    const kept = keptColumns(this.#origin, keep, chosen.partition, chosen.selection);
    return { columns: joinKept(kept, own, use), use, borrowed };
  }

  async #onPiece(name: string, piece: Piece, args: unknown[]) {
    const { partition, of } = piece;
    const use = of > 1 ? `${name} on partition ${partition.index}` : name;
    const halo = withHalo(this.#origin.dataset, partition, this.#module.traits.overlap);
    // A filter and neighbours exclude each other.
    const chosen = this.#predicate
      ? narrowed(partition, this.#select(piece))
      : { partition: halo.read, selection: null };
    const borrowed = this.#memory.stock?.lend() ?? null;
    const chunk = createChunk(this.#origin, chosen.partition, chosen.selection, borrowed ?? FRESH);
    const context = this.#contexts.ofPartition({
      partition: partition.index,
      partitions: of,
      rowStart: partition.rowStart,
      rows: this.#predicate ? chosen.selection?.length ?? chosen.partition.rows : partition.rows,
      before: halo.before,
      after: halo.after,
    });
    const value = await this.#call(name, [chunk, context, ...args], use);
    return { value, halo, chosen, use, borrowed, chunk };
  }

  /** The rows of a piece that the formula's filter lets through; `null` for all. */
  #select({ partition }: Piece): Int32Array | null {
    if (!this.#predicate) return null;
    const { reader } = this.#origin;
    return selectRows(this.#predicate, reader, partition);
  }

  #main(extent: Extent): Promise<unknown> {
    const context = this.#contexts.ofDataset(extent);
    const frame = new Frame(
      this.#module,
      context,
      this.#ask,
      (name) => this.#firstTime(name),
    );
    return this.#call("main", [frame, context]);
  }

  /** Has other workers take shares of the long transforms of a step. */
  async #withHelp(workers: number, step: () => Promise<unknown>): Promise<unknown> {
    const count = Math.min(workers, MOST_HELPERS);
    // A worker that can't help has taken no share.
    const call = (memory: WebAssembly.Memory) =>
      void this.#ask({ type: "help", memory, count }).catch(() => {});
    setHelpers(count > 0 ? { count, call } : null);
    try {
      return await step();
    } finally {
      setHelpers(null);
    }
  }

  async #call(name: string, args: unknown[], doing = name): Promise<unknown> {
    try {
      const value = await exported(this.#module, name)(...args);
      if (isProxy(value)) throw new TypeError("it returned a Proxy; return a plain value");
      assertAwaited(value, "it returned");
      return value;
    } catch (thrown) {
      throw this.#failures.report(thrown, "FORMULA_FAILED", doing);
    }
  }

  /** @param emit Takes the part of a large result that another worker encodes; `null` where there is none. */
  async #outcome(value: unknown, use: string, emit: Emit | null): Promise<TaskResult> {
    const lazy = lazyTable(value);
    if (lazy) return plain(lazy satisfies Outcome);
    try {
      if (looksLikeColumns(value)) {
        const columns = toColumns(value, use, (name, values) => this.#timesOfFrame(name, values));
        const rows = emit ? rowsToShare(columns) : 0;
        if (rows) await emit!(firstRows(columns, rows));
        const table = tableOf(this.#encode(cut(columns, rows)).map(single));
        this.#free(columns);
        return table;
      }
      return plain({ type: "text", text: toJson(value) } satisfies Outcome);
    } catch (thrown) {
      throw this.#failures.report(thrown, "FORMULA_FAILED", `the result of ${use}`);
    }
  }

  /** A whole column of times that a formula returned as it came; `null` for another array. */
  #timesOfFrame(name: string, values: Float64Array): OutputColumn | null {
    const column = nameOfColumn(values);
    const { dataset, reader, int64 } = this.#origin;
    if (!dataset.columns.some((one) => one.name === column && one.unit !== undefined)) return null;
    const rows = this.#predicate ? dataset.rows : values.length;
    const all = rowRange(dataset, 0, Math.min(rows, dataset.rows));
    const selection = this.#predicate ? selectRows(this.#predicate, reader, all) : null;
    const chosen = <T extends ColumnArray | unknown[]>(array: T) =>
      selection ? takeRows(array, selection) : array;
    const shown = reader.column(column!, all, { int64 });
    const stored = reader.raw(column!, all);
    const read = {
      shown: { ...shown, values: chosen(shown.values) },
      stored: {
        ...stored,
        values: chosen(stored.values),
        validity: stored.validity && chosen(stored.validity),
      },
    };
    return returnedTimes(name, values, read, column === name);
  }

  /** Lets go of columns that are encoded, where the formula can't hold on to them. */
  #free(columns: OutputColumn[]): void {
    for (const { values } of columns) if (!Array.isArray(values)) this.#memory.stock?.free(values);
  }

  /** Columns as row groups. */
  #encode(columns: OutputColumn[]): EncodedRowGroup[] {
    const { spare } = this.#memory;
    const groups = [];
    const rows = columns[0]!.values.length;
    for (let from = 0; from === 0 || from < rows; from += ROW_GROUP_ROWS) {
      const to = Math.min(rows, from + ROW_GROUP_ROWS);
      const part = to - from === rows ? columns : cut(columns, from, to);
      groups.push(encodeRowGroup(part, { codec: this.#codec, spare }));
    }
    return groups;
  }

  /** The first row's time of a column, in nanoseconds since 1970. */
  #firstTime(name: string): bigint {
    const { dataset, reader } = this.#origin;
    const { values, unit, validity } = reader.raw(
      name,
      rowRange(dataset, 0, Math.min(1, dataset.rows)),
    );
    if (values.length > 0 && validity?.[0] !== 0) return BigInt(values[0]!) * NANOSECONDS[unit];
    throw new ServiceError(
      "FORMULA_FAILED",
      `frame.seconds("${name}"): the first row has no time to count from; give an instant`,
    );
  }

  /** A column of times in seconds. */
  #seconds(
    name: string,
    pieces: Piece[],
    target: ColumnTarget | null,
    since: bigint,
  ): TaskResult {
    const { reader } = this.#origin;
    const parts = pieces.map((piece) => {
      const seconds = secondsSince(reader.raw(name, piece.partition), since);
      const selection = this.#select(piece);
      return selection ? takeRows(seconds, selection) : seconds;
    });
    if (!target) return plain(parts);
    let { at } = target;
    for (const part of parts) {
      (target.values as Float64Array).set(part, at);
      at += part.length;
    }
    return plain(null);
  }

  #column({ column: name, pieces, target, since }: Task & { type: "column" }): TaskResult {
    const { dataset, reader, int64 } = this.#origin;
    if (!dataset.columns.some((column) => column.name === name)) {
      throw new ServiceError(
        "FORMULA_FAILED",
        unknownColumn(dataset, name, "frame.column").message,
      );
    }
    if (since !== null) return this.#seconds(name, pieces, target, since);
    if (!target) {
      return plain(
        pieces.map((piece) => {
          const { partition, selection } = narrowed(piece.partition, this.#select(piece));
          return createChunk(this.#origin, partition, selection)[name];
        }),
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

/** Some rows of columns: typed arrays are looked at where they are. */
function cut(columns: OutputColumn[], from: number, to?: number): OutputColumn[] {
  return columns.map((column) => ({
    ...column,
    values: Array.isArray(column.values)
      ? column.values.slice(from, to)
      : column.values.subarray(from, to),
    validity: column.validity?.subarray(from, to) ?? null,
  }));
}

function copied(column: OutputColumn): OutputColumn {
  return {
    ...column,
    values: column.values.slice(),
    validity: column.validity?.slice() ?? null,
  };
}

/** The first rows, for another worker. */
function firstRows(columns: OutputColumn[], rows: number): TaskResult {
  const first = cut(columns, 0, rows).map(copied);
  return {
    value: {
      type: "first",
      columns: first,
      partial: rows < ROW_GROUP_ROWS,
    } satisfies FirstRows,
    transfer: memoryOfColumns(first),
  };
}

/**
 * How many of the first rows another worker is to encode: about half, in whole row groups where there are
 * several and else in whole pages, so that the file is the same byte for byte; 0 where that isn't worth it, or
 * where parts of a row group can't be joined, as those of texts.
 */
function rowsToShare(columns: OutputColumn[]): number {
  let bytes = 0;
  for (const { values } of columns) {
    if (Array.isArray(values)) return 0;
    bytes += values.byteLength;
  }
  const rows = columns[0]!.values.length;
  const unit = rows > ROW_GROUP_ROWS ? ROW_GROUP_ROWS : PAGE_ROWS;
  return bytes < LEAST_SHARED || rows <= unit ? 0 : Math.round(rows / 2 / unit) * unit;
}

function nothingCarried(): TaskResult {
  return plain({ type: "carried", group: null } satisfies CarriedColumns);
}

function plain(value: unknown): TaskResult {
  return { value, transfer: [] };
}

function single(group: EncodedRowGroup): JoinedRowGroup {
  return { rows: group.rows, parts: [[group]] };
}

function tableOf(groups: JoinedRowGroup[]): TaskResult {
  return {
    value: { type: "table", groups } satisfies Outcome,
    transfer: memoryOf(groups),
  };
}
