import { columnNamed } from "../parquet/format/column.ts";
import type { RowGroup } from "hyparquet";
import type { Dataset, DatasetPartition } from "../dataset/dataset.ts";
import type { DatasetReader } from "../dataset/reader.ts";
import type { EncodedRowGroup } from "../parquet/write/encode.ts";
import { writtenAs } from "./kept_columns.ts";

/** Partitions of a row group that stay together at most. */
const LONGEST = 16;

/** Where a row group is in a dataset. */
export interface RowGroupPlace {
  /** Index of its file. */
  file: number;
  rowGroup: number;
}

/**
 * Parts partitions so that those of one row group stay together, where that lets columns be carried as they are
 * stored. Depends on the dataset alone.
 */
export function wholeRowGroups(partitions: DatasetPartition[]): DatasetPartition[][] {
  const together: DatasetPartition[][] = [];
  let last: RowGroupPlace | null = null;
  for (const partition of partitions) {
    const place = placeOf(partition);
    if (place !== null && isSame(place, last) && together.at(-1)!.length < LONGEST) {
      together.at(-1)!.push(partition);
    } else together.push([partition]);
    last = place;
  }
  return together;
}

/** The row group that partitions are, all of it and nothing else; null where they aren't one. */
export function rowGroupOf(
  { files }: Dataset,
  partitions: DatasetPartition[],
): RowGroupPlace | null {
  const place = placeOf(partitions[0]!);
  if (place === null) return null;
  if (!partitions.every((partition) => isSame(place, placeOf(partition)))) return null;
  const rows = partitions.reduce((sum, { rows }) => sum + rows, 0);
  return files[place.file]!.chunks.rows[place.rowGroup] === rows ? place : null;
}

/** The one row group that a partition lies in; null where it is of several. */
function placeOf({ parts: [part, ...others] }: DatasetPartition): RowGroupPlace | null {
  if (part === undefined || others.length > 0 || part.partition.slices.length !== 1) return null;
  return { file: part.file, rowGroup: part.partition.slices[0]!.rowGroup };
}

function isSame(one: RowGroupPlace, other: RowGroupPlace | null): boolean {
  return one.file === other?.file && one.rowGroup === other.rowGroup;
}

/**
 * Columns of a row group of the input as they are stored.
 *
 * @param file Index of the row group's file.
 * @returns null where one of them can't be had so.
 */
export function carriedColumns(
  dataset: Dataset,
  reader: DatasetReader,
  keep: string[],
  file: number,
  group: RowGroup,
): EncodedRowGroup[] | null {
  const carried: EncodedRowGroup[] = [];
  for (const name of keep) {
    const column = columnNamed(dataset.columns, name)!;
    const chunk = reader.chunk(name, file, group, writtenAs(dataset, column));
    if (!chunk) return null;
    carried.push({ rows: chunk.column.rows, bytes: chunk.bytes, columns: [chunk.column] });
  }
  return carried;
}
