import type { JoinedRowGroup } from "../../parquet/write/join_row_groups.ts";
import { checkedGroups } from "../checked_row_groups.ts";
import { keptColumns } from "../kept_columns.ts";
import type { Piece } from "../pieces.ts";
import { groupsResult, noParts, type TaskDefinition } from "./task.ts";

/** Encodes the columns of the input that are kept, where no filter chooses among them: a row group for each piece. */
export const kept: TaskDefinition<{ pieces: Piece[] }, JoinedRowGroup[]> = {
  run(formula, { pieces }) {
    const { keep } = formula.traits;
    const groups = pieces.flatMap(({ partition }) =>
      formula.encode(keptColumns(formula.origin, keep, partition, null))
    );
    return groupsResult(groups);
  },
  check: checkedGroups,
  checkPart: noParts,
};
