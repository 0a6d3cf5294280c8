import type { DatasetPartition } from "../dataset.ts";
import type { DatasetReader } from "../reader.ts";
import type { BoundJoin } from "./bind.ts";
import { type Instant, known, readInstants } from "./instants.ts";
import { type KeyCodes, readKeys } from "./keys.ts";
import type { Matched } from "./matcher.ts";
import { SortedTable } from "./sorted_table.ts";
import { type FoundRows, type SoughtRows, sweep } from "./sweep.ts";
import { Pieces } from "./pieces.ts";
import type { TableBlocks } from "./table_blocks.ts";

/** A join by what is near: of times or numbers that need not be the same. */
export class AsOf {
  readonly #bound: BoundJoin;
  readonly #data: DatasetReader;
  readonly #sorted: SortedTable;
  readonly #pieces = new Pieces();

  /** @param data Reads the rows that the table is joined to. */
  constructor(bound: BoundJoin, table: TableBlocks, data: DatasetReader) {
    const { input, on: [axis], by } = bound.join;
    this.#bound = bound;
    this.#data = data;
    this.#sorted = new SortedTable(table, input, axis!.right, by.map(({ right }) => right));
  }

  /** The table's rows of a partition's rows. @throws ServiceError `FORMULA_FAILED` for a table that is not sorted */
  of(partition: DatasetPartition): Matched {
    const sought = this.#sought(partition);
    const find = (step: 1 | -1) =>
      sweep(this.#sorted, sought, step, this.#tolerance(sought.asBigints), this.#pieces);
    switch (this.#bound.join.match) {
      case "backward":
        return { rows: find(1).rows, between: null };
      case "forward":
        return { rows: find(-1).rows, between: null };
      case "nearest":
        return { rows: nearer(sought, find(1), find(-1)), between: null };
      default:
        return between(sought, find(1), find(-1));
    }
  }

  #sought(partition: DatasetPartition): SoughtRows {
    const { on: [axis], by } = this.#bound.join;
    const found = readInstants(this.#data, axis!.left, partition, this.#pieces);
    const asBigints = found.doubles === null || !this.#sorted.isOfDoubles;
    const { rows: there } = known(found, asBigints);
    const instants = (asBigints ? found.bigints() : found.doubles) as ArrayLike<Instant>;
    const keys = by.length === 0
      ? null
      : readKeys(this.#data, by.map(({ left }) => left), partition);
    const rows = withKeys(there ?? this.#allRows(partition.rows), keys);
    return { rows: partition.rows, instants, order: inOrder(rows, instants), keys, asBigints };
  }

  #allRows(count: number): Int32Array {
    const rows = this.#pieces.take("order", Int32Array, count);
    for (let row = 0; row < count; row++) rows[row] = row;
    return rows;
  }

  #tolerance(asBigints: boolean): Instant | null {
    const { tolerance } = this.#bound;
    if (typeof tolerance !== "bigint") return tolerance;
    // Microseconds are whole, so that what is beyond whole ones of the tolerance counts for nothing.
    return asBigints ? tolerance as unknown as Instant : Number(tolerance / 1000n);
  }
}

/** Rows that have a key, where there are keys. */
function withKeys(rows: Int32Array, keys: KeyCodes | null): Int32Array {
  if (keys === null) return rows;
  const { codes } = keys;
  let count = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!;
    rows[count] = row;
    if (codes[row]! >= 0) count++;
  }
  return rows.subarray(0, count);
}

/** Rows by their instants; those of the data mostly come so. */
function inOrder(rows: Int32Array, instants: ArrayLike<Instant>): Int32Array {
  let isRising = true;
  for (let at = 1; isRising && at < rows.length; at++) {
    isRising = !(instants[rows[at]!]! < instants[rows[at - 1]!]!);
  }
  if (isRising) return rows;
  return rows.sort((a, b) => {
    const one = instants[a]!, other = instants[b]!;
    return one < other ? -1 : one > other ? 1 : a - b;
  });
}

/** Of the rows on both sides the nearer one; the earlier one where both are as near. */
function nearer({ rows, instants }: SoughtRows, before: FoundRows, after: FoundRows) {
  const found = before.rows.slice();
  for (let row = 0; row < rows; row++) {
    if (after.rows[row]! < 0) continue;
    const instant = instants[row]!;
    const isNearer = found[row]! < 0 ||
      after.instants[row]! - instant < instant - before.instants[row]!;
    if (isNearer) found[row] = after.rows[row]!;
  }
  return found;
}

/** Both rows, where there are both, and how far on the way from one to the other a row of the data is. */
function between({ rows, instants }: SoughtRows, before: FoundRows, after: FoundRows): Matched {
  const share = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    if (before.rows[row]! < 0 || after.rows[row]! < 0) {
      before.rows[row] = -1;
      continue;
    }
    const from = before.instants[row]!, to = after.instants[row]!;
    if (from === to) after.rows[row] = before.rows[row]!;
    else share[row] = Number(instants[row]! - from) / Number(to - from);
  }
  return { rows: before.rows, between: { rows: after.rows, share } };
}
