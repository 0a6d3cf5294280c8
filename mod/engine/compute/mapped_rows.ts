import type { Piece } from "../../formula/pieces.ts";
import { wholeRowGroups } from "../../formula/row_groups.ts";
import type { RowsPart, StoredRowGroup } from "../../formula/tasks/rows.ts";
import type { SavedResult } from "../../result/place.ts";
import { type JoinedRowGroup, memoryOf } from "../../parquet/write/join_row_groups.ts";
import { isUrl } from "../../remote/url.ts";
import type { GiveBack } from "../workers/worker.ts";
import { runWithKept } from "./kept_rows.ts";
import { inRuns } from "../../formula/merge.ts";
import { inOrder, OrderedParts } from "./order.ts";
import type { RunningWork } from "./running_work.ts";
import { columnsOfGroups, type MadeColumn, SameColumns, SameTables } from "./same_columns.ts";
import { OwnedGroups, saveTable } from "./saved_table.ts";

/**
 * Maps every partition by an export of the formula; the row groups go to the file in the dataset's order, as soon
 * as it is their turn.
 */
export function saveMapped(work: RunningWork, name: string, args: unknown[]): Promise<SavedResult> {
  const { formula: { keep, filter } } = work;
  const { format, partitionBy } = work.place;
  // Lines hold values of all columns, and folders some rows: no column is carried as it is stored.
  const whole = format !== undefined || partitionBy !== undefined;
  const plain = keep.length === 0 || filter !== null || whole;
  return plain ? saveAlone(work, name, args) : saveWithKept(work, name, args);
}

/** Rows with no stored column beside them. */
function saveAlone(work: RunningWork, name: string, args: unknown[]): Promise<SavedResult> {
  const runs = work.runs();
  const same = new SameTables();
  return saveTable(work, (append) => {
    const rows = new OrderedParts<{ groups: JoinedRowGroup[]; partition: number }>(
      ({ groups, partition }) => {
        same.check(groups, partition);
        groups.forEach(append);
      },
    );
    return inOrder(
      runs.length,
      2 * work.workerPool.size,
      (index) =>
        mapRun(
          work,
          name,
          args,
          runs[index]!,
          (groups, giveBack, partition) =>
            rows.add(index, { groups, partition }, () => giveBack(memoryOf(groups))),
        ),
      () => rows.next(),
    );
  });
}

/** Rows with the columns that the formula keeps, as they are stored where that can be. */
function saveWithKept(work: RunningWork, name: string, args: unknown[]): Promise<SavedResult> {
  const { dataset, partitions, workerPool } = work;
  const together = wholeRowGroups(partitions).map((ones) => ones.map((one) => work.piece(one)));
  const { length, window } = runsWithKept(work, together);
  const same = new SameColumns();
  const owned = new OwnedGroups();
  /** Columns of the partitions whose row groups are not yet written. */
  const made = new Map<number, MadeColumn[]>();
  const rowsOf = async (pieces: Piece[], carry: StoredRowGroup | null) => {
    const groups: JoinedRowGroup[] = [];
    const carried = await mapRun(work, name, args, pieces, (part, giveBack, partition) => {
      made.set(partition, columnsOfGroups(part));
      groups.push(...part);
      owned.own(part, giveBack);
    }, carry);
    return { groups, carried };
  };
  return saveTable(work, (append) =>
    inOrder(
      together.length,
      window,
      (index) => runWithKept(dataset, workerPool, inRuns(together[index]!, length), rowsOf),
      (groups, index) => {
        for (const { partition } of together[index]!) {
          same.check(made.get(partition.index)!, partition.index);
          made.delete(partition.index);
        }
        owned.write(groups, append);
      },
    ));
}

/**
 * Pieces of a run, and row groups that are ahead at most. What is made of a row group waits in memory until all of
 * it is there: two workers share in it, though one has to decompress what comes before its part of a page, and
 * have little more than the next one to go on with.
 */
function runsWithKept(work: RunningWork, together: Piece[][]) {
  const { dataset, workerPool } = work;
  const longest = Math.max(...together.map(({ length }) => length));
  const whole = work.runs()[0]!.length;
  const isNear = dataset.files.every(({ path }) => !isUrl(path));
  const length = isNear
    ? Math.min(whole, Math.ceil(longest / Math.min(2, workerPool.size)))
    : whole;
  const window = Math.ceil(workerPool.size * Math.max(2 * length, whole) / longest);
  return { length, window };
}

/**
 * Has a worker make the row groups of a run; each is handed over as soon as it is there.
 *
 * @param take Is given row groups of one partition, and its index.
 * @param carry A row group whose kept columns are to be carried.
 * @returns These columns; `null` where there are none, or they can't be had so.
 */
async function mapRun(
  work: RunningWork,
  name: string,
  args: unknown[],
  pieces: Piece[],
  take: (part: JoinedRowGroup[], giveBack: GiveBack, partition: number) => void,
  carry: StoredRowGroup | null = null,
): Promise<JoinedRowGroup | null> {
  let piece = 0;
  const onPart = ({ groups, more }: RowsPart, giveBack: GiveBack) => {
    take(groups, giveBack, pieces[piece]?.partition.index ?? -1);
    if (!more) piece++;
  };
  const answer = await work.workerPool.run({ type: "rows", name, pieces, args, carry }, {
    onPart,
    onAnswer: (answer, giveBack) => {
      if (answer.type === "table") onPart({ groups: answer.groups, more: false }, giveBack);
    },
  });
  work.advance(pieces);
  return answer.type === "carried" ? answer.group : null;
}
