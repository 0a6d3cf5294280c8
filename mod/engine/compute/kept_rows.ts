import type { OpenedDataset } from "../../dataset/dataset.ts";
import { rowGroupOf } from "../../formula/row_groups.ts";
import { checkedGroups } from "../../formula/checked_row_groups.ts";
import type { Piece } from "../../formula/pieces.ts";
import type { StoredRowGroup } from "../../formula/tasks/rows.ts";
import { areJoinable, type JoinedRowGroup } from "../../parquet/write/join_row_groups.ts";
import type { WorkerPool } from "../workers/worker_pool.ts";
import { inOrder } from "./order.ts";

/** What a run came to. */
export interface RunRows {
  groups: JoinedRowGroup[];
  /** The kept columns as they are stored; null where they were not wanted, or can't be had so. */
  carried: JoinedRowGroup | null;
}

/**
 * What a formula makes of pieces that follow each other, beside the columns that it keeps: one row group whose
 * kept columns are the stored bytes, where the pieces are a row group of the input and what was made of
 * them can be joined; else a row group for each piece.
 *
 * @param runs The pieces, as they are to be given to workers.
 * @param rowsOf Has a worker make row groups of a run, and bring columns that are carried.
 * @throws ServiceError as the workers do.
 */
export async function runWithKept(
  dataset: OpenedDataset,
  workerPool: WorkerPool,
  runs: Piece[][],
  rowsOf: (run: Piece[], carry: StoredRowGroup | null) => Promise<RunRows>,
): Promise<JoinedRowGroup[]> {
  const place = rowGroupOf(dataset, runs.flat().map(({ partition }) => partition));
  const stored = place && {
    file: place.file,
    group: dataset.files[place.file]!.rowGroups()[place.rowGroup]!,
  };
  const made: RunRows[] = [];
  await inOrder(
    runs.length,
    runs.length,
    (index) => rowsOf(runs[index]!, index === runs.length - 1 ? stored : null),
    (run) => made.push(run),
  );
  const own = made.flatMap(({ groups }) => groups.flatMap(({ parts }) => parts.flat()));
  const { carried } = made.at(-1)!;
  if (carried !== null && areJoinable(own)) {
    return checkedGroups({ groups: [{ ...carried, parts: [...carried.parts, own] }] });
  }
  const kept = await Promise.all(
    runs.map((pieces) => workerPool.run({ type: "kept", pieces }, { urgent: true })),
  );
  const groups = kept.flat().map(({ rows, parts }, index) => ({
    rows,
    parts: [...parts, [own[index]]],
  }));
  return checkedGroups({ groups });
}
