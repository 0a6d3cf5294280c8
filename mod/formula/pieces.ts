import type { DatasetPartition } from "../dataset/dataset.ts";

/** A piece of the dataset, and how many pieces there are. */
export interface Piece {
  partition: DatasetPartition;
  of: number;
}

/** Rows and partitions that the whole job works on. */
export interface Extent {
  rows: number;
  partitions: number;
}
