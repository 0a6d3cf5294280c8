import type { TableBlocks } from "./table_blocks.ts";

/** Rows of a block of a table, and where in a partition they belong. */
export interface TakenRows {
  block: number;
  /** Rows of the block. */
  from: Int32Array;
  /** A row of the partition for each of them; `null` where these are all rows in their order. */
  to: Int32Array | null;
}

/** Rows of a table by their blocks. @param rows For each row of a partition that of the table, or -1. */
export function takenRows(rows: Float64Array, table: TableBlocks): TakenRows[] {
  let least = Infinity, most = -1, count = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!;
    if (row < 0) continue;
    count++;
    if (row < least) least = row;
    if (row > most) most = row;
  }
  if (count === 0) return [];
  const block = table.blockOf(least);
  return most - table.start(block) < table.blocks[block]!.rows
    ? [ofOneBlock(rows, block, table.start(block), count)]
    : ofSeveral(rows, table);
}

function ofOneBlock(
  rows: Float64Array,
  block: number,
  start: number,
  count: number,
): TakenRows {
  const from = new Int32Array(count);
  if (count === rows.length) {
    for (let at = 0; at < count; at++) from[at] = rows[at]! - start;
    return { block, from, to: null };
  }
  const to = new Int32Array(count);
  for (let at = 0, k = 0; k < count; at++) {
    if (rows[at]! < 0) continue;
    from[k] = rows[at]! - start;
    to[k++] = at;
  }
  return { block, from, to };
}

function ofSeveral(rows: Float64Array, table: TableBlocks): TakenRows[] {
  const blocks = new Int32Array(rows.length), counts = new Map<number, number>();
  let block = -1, first = 0, end = 0, count = 0;
  const close = () => {
    if (count > 0) counts.set(block, (counts.get(block) ?? 0) + count);
    count = 0;
  };
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!;
    if (row < 0) {
      blocks[at] = -1;
      continue;
    }
    if (row < first || row >= end) {
      close();
      block = table.blockOf(row);
      first = table.start(block);
      end = first + table.blocks[block]!.rows;
    }
    blocks[at] = block;
    count++;
  }
  close();
  const taken = [...counts].sort(([a], [b]) => a - b).map(([block, count]) => ({
    block,
    from: new Int32Array(count),
    to: count === rows.length ? null : new Int32Array(count),
    filled: 0,
  }));
  const byBlock = new Map(taken.map((one) => [one.block, one]));
  let into = taken[0];
  for (let at = 0; at < rows.length; at++) {
    const block = blocks[at]!;
    if (block < 0) continue;
    if (into!.block !== block) into = byBlock.get(block);
    const { from, to, filled } = into!;
    from[filled] = rows[at]! - table.start(block);
    if (to) to[filled] = at;
    into!.filled++;
  }
  return taken.map(({ block, from, to }) => ({ block, from, to }));
}
