import type { OpenedDataset } from "../dataset/dataset.ts";
import { rowGroupOf } from "../formula/carry.ts";
import type { Piece } from "../formula/messages.ts";
import { areJoinable, type JoinedRowGroup } from "../parquet/join.ts";
import type { Crew } from "./crew.ts";
import { inOrder } from "./order.ts";
import { checkedGroups } from "./received.ts";

/**
 * What a formula makes of pieces that follow each other, beside the columns that it keeps: one row group whose
 * kept columns are the stored bytes, where the pieces are a row group of the input and what was made of
 * them can be joined; else a row group for each piece.
 *
 * @param runs The pieces, as they are to be given to workers.
 * @param rowsOf Has a worker make row groups of a run, without the kept columns.
 * @throws ServiceError as the workers do.
 */
export async function besideKept(
  dataset: OpenedDataset,
  crew: Crew,
  runs: Piece[][],
  rowsOf: (run: Piece[]) => Promise<JoinedRowGroup[]>,
): Promise<JoinedRowGroup[]> {
  const own: JoinedRowGroup["parts"][0] = [];
  await inOrder(runs.length, runs.length, (index) => rowsOf(runs[index]!), (groups) => {
    own.push(...groups.flatMap(({ parts }) => parts.flat()));
  });
  const place = rowGroupOf(dataset, runs.flat().map(({ partition }) => partition));
  if (place !== null && areJoinable(own)) {
    const group = dataset.files[place.file]!.rowGroups()[place.rowGroup]!;
    const carried = await crew.run({ type: "carry", file: place.file, group }, { urgent: true });
    if (carried !== null) {
      const [{ rows, parts }] = checkedGroups(carried) as [JoinedRowGroup];
      return checkedGroups({ groups: [{ rows, parts: [...parts, own] }] });
    }
  }
  const kept = await Promise.all(
    runs.map((pieces) => crew.run({ type: "kept", pieces }, { urgent: true })),
  );
  const groups = kept.flatMap(checkedGroups).map(({ rows, parts }, index) => ({
    rows,
    parts: [...parts, [own[index]]],
  }));
  return checkedGroups({ groups });
}
