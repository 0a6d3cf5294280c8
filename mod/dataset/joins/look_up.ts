import { ServiceError } from "../../common/errors.ts";
import type { Column } from "../../parquet/format/column.ts";
import { type DatasetPartition, largestOf } from "../dataset.ts";
import type { DatasetReader } from "../reader.ts";
import type { BoundJoin } from "./bind.ts";
import { type Key, readKeys } from "./keys.ts";
import type { Matched } from "./matcher.ts";
import type { TableBlocks } from "./table_blocks.ts";

/** Bytes that the columns of a table may take in memory that is looked up. */
const MOST_BYTES = 128 << 20;

/** A join by keys that are the same, of a table that fits into memory. */
export class LookUp {
  readonly #bound: BoundJoin;
  readonly #table: TableBlocks;
  readonly #data: DatasetReader;
  /** Columns of the table that were asked for. */
  readonly #read: Set<string>;
  #rows: Map<Key, number> | null = null;

  /** @param table In one block. @param data Reads the rows that the table is joined to. */
  constructor(bound: BoundJoin, table: TableBlocks, data: DatasetReader) {
    this.#bound = bound;
    this.#table = table;
    this.#data = data;
    this.#read = new Set(bound.join.on.map(({ right }) => right));
  }

  /**
   * The table's rows of a partition's rows.
   *
   * @throws ServiceError `FORMULA_FAILED` for a key that the table has twice
   */
  of(partition: DatasetPartition): Matched {
    const of = this.#rows ??= this.#index();
    const { codes, keys } = readKeys(
      this.#data,
      this.#bound.join.on.map(({ left }) => left),
      partition,
    );
    const rowsOf = Float64Array.from(keys, (key) => of.get(key) ?? -1);
    const rows = new Float64Array(codes.length);
    for (let row = 0; row < rows.length; row++) {
      const code = codes[row]!;
      rows[row] = code < 0 ? -1 : rowsOf[code]!;
    }
    return { rows, between: null };
  }

  /** Notes that a column is read. @throws ServiceError `FORMULA_FAILED` where that makes too much memory */
  assertFits(column: string): void {
    if (this.#read.has(column) && this.#rows !== null) return;
    this.#read.add(column);
    const { dataset, blocks } = this.#table;
    const bytes = largestOf(dataset, blocks, [...this.#read]);
    if (bytes <= MOST_BYTES) return;
    throw this.#failed(
      `${[...this.#read].map((name) => `"${name}"`).join(", ")} of ${dataset.name} take about ${
        Math.ceil(bytes / 2 ** 20)
      } MiB, and a table that rows are looked up in ${
        MOST_BYTES / 2 ** 20
      } MiB at most; read fewer of its columns, or write it smaller`,
    );
  }

  #index(): Map<Key, number> {
    const { on } = this.#bound.join;
    const names = on.map(({ right }) => right);
    for (const name of names) this.assertFits(name);
    const { codes, keys } = readKeys(this.#table.reader, names, this.#table.blocks[0]!);
    const rows = new Int32Array(keys.length).fill(-1);
    for (let row = 0; row < codes.length; row++) {
      const code = codes[row]!;
      if (code < 0) continue;
      if (rows[code]! >= 0) throw this.#repeated(names, rows[code]!, row);
      rows[code] = row;
    }
    return new Map(keys.map((key, code) => [key, rows[code]!]));
  }

  /** The error for a key that two rows have. */
  #repeated(names: readonly string[], first: number, second: number): ServiceError {
    const { reader, blocks: [all] } = this.#table;
    const shown = names.map((name) => {
      const { values } = reader.column(name, all!, { int64: "bigint" });
      return `${name} = ${textOf(values[first], reader.describe(name))}`;
    });
    return this.#failed(
      `${shown.join(", ")} stands in ${this.#table.placeOf(first)}, and in ${
        this.#table.placeOf(second)
      }; a table that rows are looked up in has each key once`,
    );
  }

  #failed(fault: string): ServiceError {
    return new ServiceError("FORMULA_FAILED", `Inputs.${this.#bound.join.input}: ${fault}`);
  }
}

function textOf(value: unknown, { unit }: Column): string {
  if (unit !== undefined) return new Date(value as number).toISOString();
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
