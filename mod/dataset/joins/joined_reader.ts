import type { ColumnArray, ColumnValues } from "../../parquet/format/column_array.ts";
import { arrayTypeOf } from "../../parquet/format/column_array.ts";
import type { Column } from "../../parquet/format/column.ts";
import { type Arrays, FRESH } from "../../parquet/read/array_pool.ts";
import { chosenOf, type RawValues, type ReadOptions } from "../../parquet/read/read_column.ts";
import { takeRows } from "../../parquet/read/take_rows.ts";
import { TextCoder } from "../../parquet/read/text_column.ts";
import { nullsOf } from "../column_parts.ts";
import { type Dataset, type DatasetPartition, rowRange } from "../dataset.ts";
import { type Exact, timesOf } from "../exact_columns.ts";
import { type Codes, type Coding, DatasetReader } from "../reader.ts";
import { AsOf } from "./as_of.ts";
import type { BoundJoin } from "./bind.ts";
import { LookUp } from "./look_up.ts";
import type { Matched } from "./matcher.ts";
import { TableBlocks } from "./table_blocks.ts";
import { type TakenRows, takenRows } from "./taken_rows.ts";

/** A column of a table that is joined. */
interface Joined {
  column: Column;
  /** What the table calls it. */
  of: string;
  from: JoinedTable;
}

/** Reads columns of a dataset, and of tables that are joined to it. */
export class JoinedReader extends DatasetReader {
  readonly #joined = new Map<string, Joined>();

  /** @param readerOf Gives what reads a table. */
  constructor(
    dataset: Dataset,
    joins: readonly BoundJoin[],
    readerOf: (input: string) => DatasetReader,
  ) {
    super(dataset);
    for (const bound of joins) {
      const from = new JoinedTable(bound, readerOf(bound.join.input), this);
      for (const { column, of } of bound.columns) {
        this.#joined.set(column.name, { column, of, from });
      }
    }
  }

  override column(name: string, partition: DatasetPartition, options: ReadOptions): ColumnValues {
    const joined = this.#find(name);
    if (!joined) return super.column(name, partition, options);
    const { rows = null } = options;
    const all = joined.from.column(joined, partition, options);
    return rows ? chosenOf(all, rows) : all;
  }

  override columnInto(
    name: string,
    partition: DatasetPartition,
    options: ReadOptions,
    target: ColumnArray,
    at: number,
  ): void {
    const joined = this.#find(name);
    if (!joined) return super.columnInto(name, partition, options, target, at);
    target.set(joined.from.column(joined, partition, options).values as never, at);
  }

  override raw(name: string, partition: DatasetPartition): RawValues {
    const joined = this.#find(name);
    if (!joined) return super.raw(name, partition);
    return timesOf(joined.from.exact(joined, partition), joined.column);
  }

  override chunk(...of: Parameters<DatasetReader["chunk"]>): ReturnType<DatasetReader["chunk"]> {
    return this.#joined.has(of[0]) ? null : super.chunk(...of);
  }

  override exact(name: string, partition: DatasetPartition, arrays: Arrays = FRESH): Exact {
    const joined = this.#find(name);
    return joined ? joined.from.exact(joined, partition) : super.exact(name, partition, arrays);
  }

  override describe(name: string): Column {
    return this.#find(name)?.column ?? super.describe(name);
  }

  override match(...of: Parameters<DatasetReader["match"]>): boolean {
    return !this.#joined.has(of[0]) && super.match(...of);
  }

  override codes(name: string, partition: DatasetPartition, arrays: Arrays = FRESH): Codes {
    const joined = this.#find(name);
    return joined ? joined.from.codes(joined, partition) : super.codes(name, partition, arrays);
  }

  override codeStrings(
    name: string,
    partition: DatasetPartition,
    { coder, of }: Coding,
    selection: Int32Array | null,
    arrays: Arrays,
  ): Int32Array {
    const joined = this.#find(name);
    if (!joined) return super.codeStrings(name, partition, { coder, of }, selection, arrays);
    const { values, validity } = joined.from.exact(joined, partition);
    const there = Array.from(values, (value, row) => validity && !validity[row] ? null : value);
    const chosen = selection ? takeRows(there, selection) : there;
    const codes = arrays.take(Int32Array, chosen.length);
    coder.code(of(chosen), codes, 0);
    return codes;
  }

  #find(name: string): Joined | undefined {
    const joined = this.#joined.get(name);
    if (joined) this.touched.add(name);
    return joined;
  }
}

/** Kinds of columns whose values are objects. */
const OF_OBJECTS: ReadonlySet<Column["kind"]> = new Set(["nested", "json", "bytes"] as const);

/** A table that is joined: which of its rows belong to those of a partition, and what they hold. */
class JoinedTable {
  readonly #table: TableBlocks;
  readonly #lookUp: LookUp | null;
  readonly #rowsOf: (partition: DatasetPartition) => Matched;
  readonly #matched = new WeakMap<DatasetPartition, Taken>();

  constructor(bound: BoundJoin, reader: DatasetReader, data: DatasetReader) {
    const { table, join } = bound;
    if (join.match === null) {
      const all = rowRange(table, 0, table.rows);
      this.#table = new TableBlocks(table, reader, [all]);
      const lookUp = this.#lookUp = new LookUp(bound, this.#table, data);
      this.#rowsOf = (partition) => lookUp.of(partition);
    } else {
      this.#table = new TableBlocks(table, reader);
      this.#lookUp = null;
      const asOf = new AsOf(bound, this.#table, data);
      this.#rowsOf = (partition) => asOf.of(partition);
    }
  }

  column(joined: Joined, partition: DatasetPartition, options: ReadOptions): ColumnValues {
    const { int64, arrays = FRESH } = options;
    const { column, of } = joined;
    const taken = this.#taken(partition, of);
    const values = (rows: DatasetPartition) => this.#table.reader.column(of, rows, { int64 });
    // What a formula could change is not kept: other chunks would see it.
    const read = (block: number) =>
      OF_OBJECTS.has(column.kind)
        ? values(this.#table.blocks[block]!)
        : this.#table.of(block, `values ${of}`, values);
    const ArrayType = arrayTypeOf(column, int64);
    const made = ArrayType
      ? arrays.take(ArrayType, partition.rows)
      : new Array<unknown>(partition.rows);
    made.fill((ArrayType ? NaN : null) as never);
    const found = fill(taken.rows, made, read);
    if (taken.between === null) return { values: made, validity: found };
    const other = new Float64Array(partition.rows).fill(NaN);
    const validity = both(found, fill(taken.between, other, read));
    const share = taken.share!, own = made as Float64Array;
    for (let row = 0; row < own.length; row++) {
      if (validity && !validity[row]) own[row] = NaN;
      else if (share[row]! > 0) own[row]! += (other[row]! - own[row]!) * share[row]!;
    }
    return { values: made, validity };
  }

  exact(joined: Joined, partition: DatasetPartition): Exact {
    const taken = this.#taken(partition, joined.of);
    if (taken.between !== null) return this.column(joined, partition, { int64: "number" }) as Exact;
    const read = (block: number) =>
      this.#table.of(
        block,
        `exact ${joined.of}`,
        (rows) => this.#table.reader.exact(joined.of, rows),
      );
    const blocks = taken.rows.map(({ block }) => read(block).values);
    if (blocks.length === 0) return nullsOf(partition.rows);
    const [Type] = new Set(blocks.map(({ constructor }) => constructor));
    const isOne = !Array.isArray(blocks[0]) &&
      blocks.every(({ constructor }) => constructor === Type);
    const values = isOne
      ? new (Type as Int32ArrayConstructor)(partition.rows)
      : new Array<null>(partition.rows).fill(null);
    const validity = fill(taken.rows, values as unknown[], read);
    return { values, validity };
  }

  codes(joined: Joined, partition: DatasetPartition): Codes {
    const coder = new TextCoder();
    const { values } = this.column(joined, partition, { int64: "number" });
    const codes = Int32Array.from(
      values as unknown[],
      (value) => coder.codeOf(value as string | null),
    );
    return { codes, dictionary: coder.dictionary };
  }

  #taken(partition: DatasetPartition, of: string): Taken {
    this.#lookUp?.assertFits(of);
    let taken = this.#matched.get(partition);
    if (!taken) {
      const { rows, between } = this.#rowsOf(partition);
      taken = {
        rows: takenRows(rows, this.#table),
        between: between && takenRows(between.rows, this.#table),
        share: between?.share ?? null,
      };
      this.#matched.set(partition, taken);
    }
    return taken;
  }
}

/** Which rows of a table a partition takes, block by block. */
interface Taken {
  rows: TakenRows[];
  between: TakenRows[] | null;
  share: Float64Array | null;
}

/** Puts values of a table where they belong; all others stay. @returns 1 where there is one, 0 elsewhere; `null` for 1 everywhere. */
function fill(
  taken: readonly TakenRows[],
  into: ColumnArray | unknown[],
  read: (block: number) => { values: ArrayLike<unknown>; validity: Uint8Array | null },
): Uint8Array | null {
  const there = new Uint8Array(into.length);
  let count = 0;
  for (const { block, to, from } of taken) {
    const { values, validity } = read(block);
    for (let k = 0; k < from.length; k++) {
      const row = from[k]!;
      if (validity !== null && validity[row] === 0) continue;
      const value = values[row];
      if (value === null) continue;
      const at = to ? to[k]! : k;
      into[at] = value as never;
      there[at] = 1;
      count++;
    }
  }
  return count === there.length ? null : there;
}

function both(one: Uint8Array | null, other: Uint8Array | null): Uint8Array | null {
  if (one === null || other === null) return one ?? other;
  return one.map((there, row) => there & other[row]!);
}
