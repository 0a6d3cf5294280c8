import { type Dataset, type DatasetPartition, rowRange } from "../dataset/dataset.ts";
import { ServiceError } from "../common/errors.ts";
import type { OutputColumn } from "../parquet/write/encode.ts";
import { partOfList } from "./cut_columns.ts";

/** A partition with the rows of its neighbours that a formula wants to see beside its own. */
export interface HaloPartition {
  /** The rows to read: halo, partition, halo. */
  read: DatasetPartition;
  /** Rows of the halo that there are: fewer than asked for at the ends of the dataset. */
  before: number;
  after: number;
}

/** Adds up to `before` and `after` rows to a partition, from any partitions and files around it. */
export function withHalo(
  dataset: Dataset,
  partition: DatasetPartition,
  overlap: { before: number; after: number },
): HaloPartition {
  const { rowStart, rows } = partition;
  const before = Math.min(overlap.before, rowStart);
  const after = Math.min(overlap.after, dataset.rows - rowStart - rows);
  if (before + after === 0) return { read: partition, before, after };
  return { read: rowRange(dataset, rowStart - before, rowStart + rows + after), before, after };
}

/**
 * The partition's own rows of columns that were computed with a halo.
 *
 * @throws ServiceError `FORMULA_FAILED` when a column has not as many rows as the chunk had.
 */
export function trimHalo(
  columns: OutputColumn[],
  { read, before, after }: HaloPartition,
  use: string,
): OutputColumn[] {
  return columns.map(({ name, values, validity = null, ...rest }) => {
    if (values.length !== read.rows) {
      throw new ServiceError(
        "FORMULA_FAILED",
        `${use} returned column "${name}" with ${values.length} rows; with "overlap" it must have as many as the chunk, ${read.rows}`,
      );
    }
    const end = values.length - after;
    const own = Array.isArray(values)
      ? partOfList(values, before, end)
      : values.subarray(before, end);
    return { ...rest, name, values: own, validity: validity?.subarray(before, end) ?? null };
  });
}
