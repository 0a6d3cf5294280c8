import { isProxy } from "node:util/types";
import { grouperOf, isCombineOfGroups, type OpenGrouper, storeOf, unpivotedOf } from "#marks";
import { setHelpers } from "#transform";
import { compileFilter, type Predicate } from "../dataset/predicate.ts";
import { isJoined } from "../dataset/hive.ts";
import { rowRange } from "../dataset/dataset.ts";
import { type Selected, selected, selectRows } from "../dataset/select.ts";
import { takeRows } from "../parquet/read/take_rows.ts";
import { NANOSECONDS } from "../std/grouping/exact_values.ts";
import { storedColumns } from "./returned_columns.ts";
import { ServiceError } from "../common/errors.ts";
import type { Garbage } from "../common/garbage.ts";
import { assertArrowColumns } from "../arrow/column_types.ts";
import { encodeCsv } from "../csv/encode_csv.ts";
import type { TableFormat } from "../job/request.ts";
import {
  type EncodedRowGroup,
  encodeRowGroup,
  type WrittenCodec,
} from "../parquet/write/encode.ts";
import { type OutputColumn, rowsOfColumn } from "../parquet/write/output_column.ts";
import { type ArrayPool, FRESH } from "../parquet/read/array_pool.ts";
import type { Column } from "../parquet/format/column.ts";
import type { ColumnArray } from "../parquet/format/column_array.ts";
import { type ChunkOrigin, createChunk } from "./chunk.ts";
import type { ContextMaker } from "./context.ts";
import { cut, ROW_GROUP_ROWS } from "./cut_columns.ts";
import type { FailureReporter } from "./formula_failure.ts";
import { nameOfColumn } from "./frame.ts";
import type { Ask } from "./frame_requests.ts";
import { withHalo } from "./halo.ts";
import { assertKeepable } from "./kept_columns.ts";
import type { InputTables } from "./input_tables.ts";
import { mergeInTurn } from "./merge.ts";
import { exported, type FormulaFunction, type FormulaModule } from "./module.ts";
import { hasOverlap, overlapColumn } from "./overlap.ts";
import type { Piece } from "./pieces.ts";
import { partedRows } from "./parted_rows.ts";
import { assertAwaited } from "./promises.ts";
import { returnedTimes } from "./returned_times.ts";
import type { MadeTable } from "./tables.ts";
import { TimeNeighbours } from "./time_neighbours.ts";
import type { FormulaTraits } from "./traits.ts";

/** Workers at most that take shares of another one's transform. */
const MOST_HELPERS = 15;

/** Bytes of an element of a list. */
const REFERENCE = 8;

/** Memory that a worker uses again and again. */
export interface WorkerMemory {
  /** Of chunks, where a formula can't hold on to them. */
  stock: ArrayPool | null;
  /** Of row groups that are written. */
  spare: ArrayBuffer[];
  /** What nobody holds of what was made. */
  garbage: Garbage;
}

/** What a formula is loaded with. */
export interface FormulaSetting {
  /** What chunks are read from. */
  origin: ChunkOrigin;
  /** Further tables. */
  inputs: InputTables;
  contexts: ContextMaker;
  failures: FailureReporter;
  /** Asks the engine. */
  ask: Ask;
  /** Told of the partition that an export is called on, and of `null` when the call is over. */
  onPiece: (partition: number | null) => void;
  memory: WorkerMemory;
  /** What row groups are compressed with. */
  codec: WrittenCodec;
  /** What columns are written as; `null` for Parquet. */
  format: TableFormat | null;
  /** The columns by whose values rows go to folders; `null` where they don't. */
  partitionBy: readonly string[] | null;
}

/** A formula that is imported, with its dataset: what the worker's side of a task works with. */
export class LoadedFormula {
  readonly module: FormulaModule;
  readonly origin: ChunkOrigin;
  readonly inputs: InputTables;
  readonly contexts: ContextMaker;
  readonly failures: FailureReporter;
  readonly ask: Ask;
  /** What columns are written as; `null` for Parquet. */
  readonly format: TableFormat | null;
  /** The columns by whose values rows go to folders; `null` where they don't. */
  readonly partitionBy: readonly string[] | null;
  readonly #onPiece: FormulaSetting["onPiece"];
  readonly #codec: WrittenCodec;
  #predicate: Predicate | null = null;
  readonly #memory: WorkerMemory;
  /** Finds neighbours by time; `null` where they are counted. */
  readonly #neighbours: TimeNeighbours | null;

  /** @throws ServiceError where the formula's filter or the columns that it keeps don't fit the dataset. */
  constructor(module: FormulaModule, setting: FormulaSetting) {
    const { origin, inputs, contexts, failures, ask, memory, codec, format, partitionBy } = setting;
    this.module = module;
    this.origin = origin;
    this.inputs = inputs;
    this.contexts = contexts;
    this.failures = failures;
    this.ask = ask;
    this.#onPiece = setting.onPiece;
    this.#memory = memory;
    this.#codec = codec;
    this.format = format;
    this.partitionBy = partitionBy;
    const { filter, keep, overlap } = module.traits;
    if (filter !== null) compileFilter(filter, this.#ownColumns);
    assertKeepable(origin, keep);
    const column = overlapColumn(overlap, origin.dataset);
    this.#neighbours = column && new TimeNeighbours(origin, column);
  }

  /** From now on the formula sees these rows only. */
  choose(predicate: Predicate): void {
    this.#predicate = predicate;
  }

  /** Whether it sees some rows only. */
  get isFiltered(): boolean {
    return this.#predicate !== null;
  }

  /**
   * Has the formula's function say which rows it wants to see.
   *
   * @return A filter that fits the dataset; `null` for all rows.
   * @throws ServiceError `FORMULA_INVALID` for what is no filter, and as {@linkcode LoadedFormula.call} does
   */
  async makeFilter(): Promise<unknown> {
    const made = await this.call("filter", [this.contexts.ofFilter()]);
    if (made === undefined) {
      throw new ServiceError(
        "FORMULA_INVALID",
        'export "filter" returned nothing; a record stands in parentheses: filter = ({ params }) => ({ … }); null means all rows',
      );
    }
    if (made !== null) compileFilter(made, this.#ownColumns);
    return made;
  }

  /** The columns of the data: filters choose its rows before anything is joined to them. */
  get #ownColumns(): Column[] {
    return this.origin.dataset.columns.filter((column) => !isJoined(column));
  }

  /** Whether columns that it keeps are put beside what it makes of a piece by others, as they are stored. */
  get isCarried(): boolean {
    return !this.isFiltered && this.format === null && this.partitionBy === null;
  }

  get traits(): FormulaTraits {
    return this.module.traits;
  }

  /**
   * Calls an export.
   *
   * @param doing What it does, for messages.
   * @param of What is called instead.
   * @throws ServiceError `FORMULA_FAILED` for what it threw, with the position in the author's file.
   */
  async call(
    name: string,
    args: unknown[],
    doing = name,
    of: FormulaFunction = exported(this.module, name),
  ): Promise<unknown> {
    try {
      const value = await of(...args);
      if (isProxy(value)) throw new TypeError("it returned a Proxy; return a plain value");
      // One of several tables may be such a one, too.
      const isKnown = this.traits.tables === null ? undefined : isUnpivoted;
      if (!unpivotedOf(value)) assertAwaited(value, "it returned", isKnown);
      return value;
    } catch (thrown) {
      throw this.failures.report(thrown, "FORMULA_FAILED", doing);
    }
  }

  /**
   * Calls an export on a piece of the dataset.
   *
   * @param instead What is called instead.
   */
  async callOnPiece(name: string, piece: Piece, args: unknown[], instead?: FormulaFunction) {
    const { partition, of } = piece;
    const use = of > 1 ? `${name} on partition ${partition.index}` : name;
    const chosen = this.selected(piece);
    const { overlap } = this.traits;
    const halo = hasOverlap(overlap)
      ? withHalo(this.origin.dataset, chosen, overlap, this.#neighbours)
      : null;
    const read = halo ? { partition: halo.read, selection: null } : chosen;
    const borrowed = this.#memory.stock?.lend() ?? null;
    const chunk = createChunk(this.origin, read.partition, read.selection, borrowed ?? FRESH);
    const { rowStart, rows, before, after } = halo ?? {
      rowStart: partition.rowStart,
      rows: chosen.selection?.length ?? chosen.partition.rows,
      before: 0,
      after: 0,
    };
    const place = { partition: partition.index, partitions: of, rowStart, rows, before, after };
    const context = this.contexts.ofPartition(place, read, partition);
    this.#onPiece(partition.index);
    const value = await this.call(name, [chunk, context, ...args], use, instead)
      .finally(() => this.#onPiece(null));
    return { value, rows, halo, chosen, use, borrowed, chunk, context };
  }

  /** Merges values that follow each other by an export. */
  merge(name: string, values: unknown[]): Promise<unknown> {
    return mergeInTurn(
      values.length,
      (index) => Promise.resolve(values[index]),
      (left, right) => this.call(name, [left, right]),
    );
  }

  /** Whether an export merges groups for the library, which keeps no hold on them. */
  isOfGroups(combine: string): boolean {
    return isCombineOfGroups(exported(this.module, combine));
  }

  /** Opens what groups chunks that follow each other as two exports do; `null` where they are not of a group-by. */
  grouperOf(chunk: string, combine: string): OpenGrouper | null {
    const of = (name: string) => exported(this.module, name);
    return grouperOf({ chunk: of(chunk), combine: of(combine) });
  }

  /**
   * What stores the groups of a group-by of the library, where nobody looks at its table before it is a file; `null`
   * where somebody does.
   *
   * @param combine, aggregate Exports of the formula.
   */
  storeOf(combine: string, aggregate: string | null): ((total: unknown) => OutputColumn[]) | null {
    if (aggregate === null || this.format !== null || this.partitionBy !== null) return null;
    if (this.traits.tables !== null) return null;
    const of = (name: string) => this.module.exports.get(name);
    const store = storeOf({ chunk: of("chunk"), combine: of(combine), aggregate: of(aggregate) });
    return store && ((total) => storedColumns(store(total as never), aggregate));
  }

  /** The rows of a piece that the formula's filter lets through; `null` for all. */
  select({ partition }: Piece): Int32Array | null {
    if (!this.#predicate) return null;
    return selectRows(this.#predicate, this.origin.reader, partition);
  }

  /** The same, without what need not be read. */
  selected({ partition }: Piece): Selected {
    if (!this.#predicate) return { partition, selection: null };
    return selected(this.#predicate, this.origin.reader, partition);
  }

  /** Has other workers take shares of the long transforms of a step. */
  async withHelp(workers: number, step: () => Promise<unknown>): Promise<unknown> {
    const count = Math.min(workers, MOST_HELPERS);
    // A worker that can't help has taken no share.
    const call = (memory: WebAssembly.Memory) =>
      void this.ask({ type: "help", memory, count }).catch(() => {});
    setHelpers(count > 0 ? { count, call } : null);
    try {
      return await step();
    } finally {
      setHelpers(null);
    }
  }

  /** Columns as row groups. */
  encode(columns: OutputColumn[], table: string | null = null): EncodedRowGroup[] {
    return [...this.encodeParts({ table, columns }, ROW_GROUP_ROWS)].flat();
  }

  /** The same one after the other, of so many rows at most: those of each folder, where rows go to some. */
  *encodeParts({ table, columns }: MadeTable, most: number): Generator<EncodedRowGroup[]> {
    const rows = rowsOfColumn(columns[0]!);
    for (let from = 0; from === 0 || from < rows; from += most) {
      const to = Math.min(rows, from + most);
      const groups = this.#encoded(to - from === rows ? columns : cut(columns, from, to));
      yield table === null ? groups : groups.map((group) => ({ ...group, table }));
    }
  }

  #encoded(columns: OutputColumn[]): EncodedRowGroup[] {
    const { spare } = this.#memory;
    if (this.format === "csv") return [encodeCsv(columns)];
    if (this.format === "arrow") {
      assertArrowColumns(columns);
      return [encodeRowGroup(columns, { codec: "UNCOMPRESSED", spare })];
    }
    const codec = this.#codec;
    if (this.partitionBy === null) return [encodeRowGroup(columns, { codec, spare })];
    const { folders, shape } = partedRows(columns, this.partitionBy);
    if (folders.length === 0) return [encodeRowGroup(shape, { codec })];
    return folders.map(({ folder, columns }) => ({
      ...encodeRowGroup(columns, { codec, spare, joinable: true }),
      folder,
    }));
  }

  /** Lets go of columns that are encoded, where the formula can't hold on to them. */
  free(columns: OutputColumn[]): void {
    const { stock, garbage } = this.#memory;
    for (const { values } of columns) {
      if (Array.isArray(values)) garbage.add(values.length * REFERENCE);
      else if (stock) stock.free(values);
      else garbage.add(values.byteLength);
    }
  }

  /** Has what was let go of collected; the caller holds nothing of it any more. */
  collect(): void {
    this.#memory.garbage.collectYoung();
  }

  /** The first row's time of a column, in nanoseconds since 1970. */
  firstTime(name: string): bigint {
    const { dataset, reader } = this.origin;
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

  /** A whole column of times that the formula returned as it came; `null` for another array. */
  timesOfFrame(name: string, values: Float64Array): OutputColumn | null {
    const column = nameOfColumn(values);
    const { dataset, reader, int64 } = this.origin;
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
}

function isUnpivoted(value: object): boolean {
  return unpivotedOf(value) !== undefined;
}
