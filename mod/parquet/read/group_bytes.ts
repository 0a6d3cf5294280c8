import type { Column } from "../format/column.ts";
import { arrayTypeOf } from "../format/column_array.ts";
import type { ChunkTable } from "../format/chunk_table.ts";
import type { ParquetFile } from "./parquet_file.ts";

/** Bytes of what stands in a list for a value: the value itself is somewhere else. */
const ENTRY = 8;

/** Columns above which not all that are read keep their pages. */
const MANY = 24;
/** Numbers of codecs whose pages can be taken up where they were left: none, Snappy, gzip. */
const TAKEN_UP = 2;
/** What part of their bytes counts of columns whose pages have to be decompressed from their beginning each time. */
const BEGUN_AGAIN = 1 / 3;

/**
 * Tells how many bytes the columns of a row group take in memory, by which its rows are divided, from what the footer says of them.
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
  const [first] = columns;
  const weight = (rowGroup: number) =>
    columns.length > MANY && chunks.codec[rowGroup * chunks.leaves + first!.leaf]! > TAKEN_UP
      ? BEGUN_AGAIN
      : 1;
  return (rowGroup) =>
    weight(rowGroup) *
    (width * chunks.rows[rowGroup]! + variedBytes(chunks, rowGroup, varied));
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
