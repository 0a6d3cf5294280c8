import { checkedGroups } from "../../formula/checked_row_groups.ts";
import { forged } from "../../formula/checks.ts";
import type { FirstRows, Outcome } from "../../formula/tasks/outcome.ts";
import type { Task } from "../../formula/tasks/tasks.ts";
import type { JoinedRowGroup } from "../../parquet/write/join_row_groups.ts";
import { memoryOfColumns, type OutputColumn } from "../../parquet/write/output_column.ts";
import type { RunningWork } from "./running_work.ts";
import type { OwnedGroups } from "./saved_table.ts";

/** Has a worker come to an outcome; the first rows of a large table are encoded by another one. */
export async function outcomeOf(
  { workerPool }: RunningWork,
  task: Task<"main" | "aggregate">,
  owned: OwnedGroups,
): Promise<Outcome> {
  const parts: { first: FirstRows | null } = { first: null };
  let encoded: Promise<JoinedRowGroup[]> = Promise.resolve([]);
  const encode = async (columns: OutputColumn[]) =>
    await workerPool.runFor({ type: "encode", columns }, {
      transfer: memoryOfColumns(columns),
      onAnswer: (groups, giveBack) => owned.own(groups, giveBack),
    });
  const outcome = await workerPool.runOutOfTurn(task, {
    onPart: (first) => {
      if (parts.first) throw forged("a result");
      parts.first = first;
      encoded = encode(first.columns);
      encoded.catch(() => {}); // whoever waits for the outcome sees it
    },
    onAnswer: (outcome, giveBack) => {
      if (outcome.type === "table") owned.own(outcome.groups, giveBack);
    },
  });
  const { first } = parts;
  if (!first || outcome.type !== "table") return outcome;
  const groups = [...await encoded, ...outcome.groups];
  return {
    type: "table",
    groups: checkedGroups({ groups: first.partial ? [joined(groups)] : groups }),
  };
}

/** Row groups that follow each other as one. */
function joined(groups: JoinedRowGroup[]): JoinedRowGroup {
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  return { rows, parts: [groups.flatMap(({ parts }) => parts.flat())] };
}
