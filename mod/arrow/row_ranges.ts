/** Which rows of a result are written together: some tens of thousands, and fewer where they are wide. */
import type { Column } from "../parquet/format/column.ts";
import { widthOf } from "../parquet/format/value_width.ts";
import { decodeByteArrays } from "../parquet/read/page_values.ts";
import type { ParquetReader } from "../parquet/read/parquet_reader.ts";
import { type Partition, planPartitions } from "../parquet/read/partition.ts";
import { visitPartition } from "../parquet/read/visit_partition.ts";

/** Rows of a record batch at most. */
const MOST_ROWS = 1 << 16;
/** Bytes of a record batch; one of a single row may have more. */
const MOST_BYTES = 32 << 20;

/** What a record batch has at most. */
export interface RangeLimits {
  mostRows?: number;
  mostBytes?: number;
}

/** Rows that become one record batch. */
export interface RowRange extends Partition {
  /** Of columns of byte arrays that are not nested, by their names: how many bytes each value has. */
  lengths: ReadonlyMap<string, Int32Array>;
}

/**
 * Divides the rows of a file into record batches.
 *
 * @param reader Looks at lengths only, ahead of whoever reads values: one of its own.
 */
export function* rowRanges(
  reader: ParquetReader,
  { mostRows = MOST_ROWS, mostBytes = MOST_BYTES }: RangeLimits = {},
): Generator<RowRange> {
  if (reader.file.rows === 0) return;
  const varied = reader.file.columns.filter(({ kind, leaf }) =>
    kind !== "nested" && !widthOf(reader.leaf(leaf).element)
  );
  const limits = { fewestRows: mostRows / 2, mostRows, mostBytes };
  for (const partition of planPartitions(reader.file, limits)) {
    const lengths = varied.map((column) => lengthsOf(reader, column, partition));
    for (let from = 0; from < partition.rows;) {
      const to = endOf(lengths, from, partition.rows, mostBytes);
      yield {
        ...part(partition, from, to),
        lengths: new Map(varied.map(({ name }, k) => [name, lengths[k]!.subarray(from, to)])),
      };
      from = to;
    }
  }
}

/** A dictionary makes a text of megabytes short in every row but one: bytes are counted before they are read. */
function lengthsOf(reader: ParquetReader, column: Column, partition: Partition): Int32Array {
  const lengths = new Int32Array(partition.rows);
  const { element } = reader.leaf(column.leaf);
  visitPartition(reader, column, partition, (page, dictionary, from, to, row) => {
    const { starts, ends } = decodeByteArrays(page, element, dictionary);
    const { validity } = page;
    for (let i = from, k = 0; i < to; i++) {
      if (validity && !validity[i]) continue;
      lengths[row + i - from] = ends[k]! - starts[k]!;
      k++;
    }
  });
  return lengths;
}

/** The row behind the last one that fits, from one on that is taken in any case. */
function endOf(lengths: Int32Array[], from: number, rows: number, mostBytes: number): number {
  if (lengths.length === 0) return rows;
  let bytes = 0;
  for (let row = from; row < rows; row++) {
    for (const of of lengths) bytes += of[row]!;
    if (bytes > mostBytes && row > from) return row;
  }
  return rows;
}

/** Some rows of a partition. */
function part({ index, rowStart, slices }: Partition, from: number, to: number): Partition {
  let before = 0;
  const some = slices.flatMap(({ rowGroup, from: start, to: end }) => {
    const first = Math.max(start, start + from - before);
    const last = Math.min(end, start + to - before);
    before += end - start;
    return first < last ? [{ rowGroup, from: first, to: last }] : [];
  });
  return { index, rowStart: rowStart + from, rows: to - from, slices: some };
}
