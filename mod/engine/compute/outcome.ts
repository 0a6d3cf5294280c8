import { checkedGroups } from "../../formula/checked_row_groups.ts";
import { forged } from "../../formula/checks.ts";
import { buffersIn } from "../../formula/tasks/buffers.ts";
import type { FirstRows, Outcome } from "../../formula/tasks/outcome.ts";
import type { Task } from "../../formula/tasks/tasks.ts";
import type { SavedResult } from "../../result/place.ts";
import type { JoinedRowGroup } from "../../parquet/write/join_row_groups.ts";
import { memoryOfColumns, type OutputColumn } from "../../parquet/write/output_column.ts";
import { saveMapped } from "./mapped_rows.ts";
import type { RunningWork } from "./running_work.ts";
import { OwnedGroups, saveTable } from "./saved_table.ts";

/** What a computation came to: the saved result and, where it is not columns, its JSON text. */
export interface Computed {
  saved: SavedResult;
  text?: string;
}

/** Has a worker come to an outcome, and saves it. */
export async function saveOutcome(
  work: RunningWork,
  task: Task<"main" | "aggregate">,
): Promise<Computed> {
  const owned = new OwnedGroups();
  const outcome = await outcomeOf(work, task, owned);
  if (outcome.type === "lazy") {
    work.extend();
    return { saved: await saveMapped(work, outcome.name, outcome.args) };
  }
  if (outcome.type === "table") {
    return { saved: await saveTable(work, (append) => owned.write(outcome.groups, append)) };
  }
  if (work.formula.tables !== null) throw forged("a result of several tables");
  work.assertUnchanged();
  return { saved: await work.loader.text(work.place, outcome.text), text: outcome.text };
}

/** The first rows of a large table are encoded by another worker. */
async function outcomeOf(
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
    transfer: task.type === "aggregate" ? buffersIn(task.values) : undefined,
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
