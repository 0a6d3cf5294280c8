import type { Dataset } from "../../dataset/dataset.ts";
import { ServiceError } from "../../common/errors.ts";
import type { Piece } from "../../formula/pieces.ts";
import type { ColumnPart, ColumnTarget } from "../../formula/tasks/column.ts";
import {
  arrayTypeOf,
  type ColumnArray,
  type ColumnArrayConstructor,
} from "../../parquet/format/column_array.ts";
import { columnNamed } from "../../parquet/format/column.ts";

/** Decodes a column's part of pieces that follow each other: into the target, else an array each. */
export type DecodePart = (pieces: Piece[], target: ColumnTarget | null) => Promise<ColumnPart[]>;

/**
 * One whole column. Numeric columns are decoded by the workers straight into their places of one
 * array on shared memory; others, and columns of filtered rows, come in parts that are put together
 * here.
 *
 * @param runs What is to be gathered, in the dataset's order.
 * @param all Whether that is every row of the dataset.
 */
export async function gatherColumn(
  dataset: Dataset,
  runs: Piece[][],
  all: boolean,
  name: string,
  int64: "number" | "bigint",
  decode: DecodePart,
): Promise<unknown> {
  const column = columnNamed(dataset.columns, name);
  const ArrayType = column && arrayTypeOf(column, int64);
  if (ArrayType && all) {
    const values = sharedArray(ArrayType, dataset.rows);
    await Promise.all(
      runs.map((pieces) => decode(pieces, { values, at: pieces[0]!.partition.rowStart })),
    );
    return values;
  }
  const parts = (await Promise.all(runs.map((pieces) => decode(pieces, null)))).flat(1);
  return ArrayType ? joined(ArrayType, parts as ColumnArray[]) : (parts as unknown[][]).flat(1);
}

function joined(ArrayType: ColumnArrayConstructor, parts: ColumnArray[]): ColumnArray {
  const rows = parts.reduce((sum, part) => sum + part.length, 0);
  const values = sharedArray(ArrayType, rows);
  let at = 0;
  for (const part of parts) {
    values.set(part as never, at);
    at += part.length;
  }
  return values;
}

function sharedArray(ArrayType: ColumnArrayConstructor, rows: number): ColumnArray {
  try {
    return new ArrayType(new SharedArrayBuffer(rows * ArrayType.BYTES_PER_ELEMENT));
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new ServiceError(
      "OUT_OF_MEMORY",
      `a whole column of ${rows} rows does not fit into memory; work on partitions instead`,
    );
  }
}
