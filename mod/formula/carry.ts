import type { Dataset, DatasetPartition } from "../dataset/dataset.ts";
import type { DatasetReader } from "../dataset/reader.ts";
import type { EncodedRowGroup } from "../parquet/encode.ts";
import { outputTypeOf } from "./keep.ts";

/** Fewer row groups are not kept in one piece: their partitions are worth more to idle workers. */
const FEWEST_GROUPS = 4;
/** Partitions of a row group that stay together at most. */
const LONGEST = 16;

/**
 * Parts partitions so that those of one row group stay together, where that lets columns be carried as they are
 * stored. Depends on the dataset alone.
 */
export function wholeRowGroups(
  dataset: Dataset,
  partitions: DatasetPartition[],
): DatasetPartition[][] {
  const together: DatasetPartition[][] = [];
  let group = "";
  for (const partition of partitions) {
    const key = rowGroupOf(partition);
    if (key !== null && key === group && together.at(-1)!.length < LONGEST) {
      together.at(-1)!.push(partition);
    } else together.push([partition]);
    group = key ?? "";
  }
  const groups = dataset.files.reduce((sum, { metadata }) => sum + metadata.row_groups.length, 0);
  return groups < FEWEST_GROUPS ? partitions.map((partition) => [partition]) : together;
}

/** The one row group that a partition lies in; null where it is of several. */
function rowGroupOf({ parts }: DatasetPartition): string | null {
  const [{ file, partition }] = parts.length === 1
    ? parts as [DatasetPartition["parts"][0]]
    : [NONE];
  return partition.slices.length === 1 ? `${file} ${partition.slices[0]!.rowGroup}` : null;
}

const NONE = { file: -1, partition: { index: -1, rowStart: 0, rows: 0, slices: [] } };

/**
 * Columns of the input as they are stored, where partitions are a whole row group.
 *
 * @returns null where one of them can't be had so.
 */
export function carriedColumns(
  dataset: Dataset,
  reader: DatasetReader,
  keep: string[],
  partitions: DatasetPartition[],
): EncodedRowGroup[] | null {
  const [first] = partitions as [DatasetPartition];
  const key = rowGroupOf(first);
  if (key === null || partitions.some((partition) => rowGroupOf(partition) !== key)) return null;
  const [{ file, partition: { slices } }] = first.parts as [DatasetPartition["parts"][0]];
  const { rowGroup } = slices[0]!;
  const rows = partitions.reduce((sum, { rows }) => sum + rows, 0);
  const { metadata } = dataset.files[file]!;
  if (Number(metadata.row_groups[rowGroup]!.num_rows) !== rows) return null;
  const carried: EncodedRowGroup[] = [];
  for (const name of keep) {
    const column = dataset.columns.find((candidate) => candidate.name === name)!;
    const chunk = reader.chunk(name, file, rowGroup, outputTypeOf(column));
    if (!chunk) return null;
    carried.push({ rows, bytes: chunk.bytes, columns: [chunk.column] });
  }
  return carried;
}
