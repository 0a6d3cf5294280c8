import type { ColumnTarget } from "../formula/messages.ts";
import type { ParquetFile } from "../parquet/dataset.ts";
import type { Partition } from "../parquet/partition.ts";
import { arrayTypeOf } from "../parquet/schema.ts";

/** Decodes a column's part of one partition, into the target where there is one. */
export type DecodePart = (partition: number, target: ColumnTarget | null) => Promise<unknown>;

/**
 * One whole column. Numeric columns are decoded by the workers straight into their places of one
 * array on shared memory; others come in parts that are put together here.
 */
export async function gatherColumn(
  file: ParquetFile,
  partitions: Partition[],
  name: string,
  int64: "number" | "bigint",
  decode: DecodePart,
): Promise<unknown> {
  const column = file.columns.find((candidate) => candidate.name === name);
  const ArrayType = column && arrayTypeOf(column, int64);
  if (ArrayType) {
    const shared = new SharedArrayBuffer(file.rows * ArrayType.BYTES_PER_ELEMENT);
    const values = new ArrayType(shared);
    await Promise.all(
      partitions.map(({ index, rowStart }) => decode(index, { values, at: rowStart })),
    );
    return values;
  }
  const parts = await Promise.all(partitions.map(({ index }) => decode(index, null)));
  return (parts as unknown[][]).flat(1);
}
