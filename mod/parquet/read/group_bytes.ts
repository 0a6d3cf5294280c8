import type { Column } from "../format/column.ts";
import { arrayTypeOf } from "../format/column_array.ts";
import type { ChunkTable } from "../format/chunk_table.ts";
import type { ParquetFile } from "./parquet_file.ts";

/** Bytes of what stands in a list for a value: the value itself is somewhere else. */
const ENTRY = 8;

/**
 * Tells how many bytes the columns of a row group take in memory, from what the footer says of them.
 *
 * @param columns Those that are wanted of the file's.
 */
export function groupBytes(
  { chunks, columns: all }: Pick<ParquetFile, "chunks" | "columns">,
  columns: Column[] = all,
): (rowGroup: number) => number {
  let width = 0;
  const varied: Column[] = [];
  for (const column of columns) {
    width += arrayTypeOf(column, "number")?.BYTES_PER_ELEMENT ?? ENTRY;
    if (arrayTypeOf(column, "number") === undefined) varied.push(column);
  }
  return (rowGroup) => width * chunks.rows[rowGroup]! + variedBytes(chunks, rowGroup, varied);
}

/** What values of no fixed width take, uncompressed: their share of the row group is that of what is stored. */
function variedBytes(chunks: ChunkTable, rowGroup: number, columns: Column[]): number {
  if (columns.length === 0) return 0;
  const first = rowGroup * chunks.leaves;
  const stored = sum(chunks.compressedSize, first, first + chunks.leaves);
  const own = columns.reduce(
    (bytes, { leaf, leaves }) =>
      bytes + sum(chunks.compressedSize, first + leaf, first + leaf + leaves),
    0,
  );
  return stored > 0 ? chunks.bytes[rowGroup]! * own / stored : 0;
}

function sum(values: Float64Array, from: number, to: number): number {
  let all = 0;
  for (let k = from; k < to; k++) all += values[k]!;
  return all;
}
