import type { JoinedRowGroup } from "../../parquet/write/join_row_groups.ts";
import { memoryOfColumns, type OutputColumn } from "../../parquet/write/output_column.ts";
import { checkedGroups } from "../checked_row_groups.ts";
import { groupsResult, noParts, type TaskDefinition } from "./task.ts";

/** Encodes a part of another worker's result. */
export const encode: TaskDefinition<{ columns: OutputColumn[] }, JoinedRowGroup[]> = {
  run(formula, { columns }) {
    const encoded = groupsResult(formula.encode(columns));
    for (const buffer of memoryOfColumns(columns)) buffer.transfer(0);
    return encoded;
  },
  check: checkedGroups,
  checkPart: noParts,
};
