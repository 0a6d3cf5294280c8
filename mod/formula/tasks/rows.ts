import type { RowGroup } from "hyparquet";
import type { EncodedRowGroup } from "../../parquet/write/encode.ts";
import { areJoinable, type JoinedRowGroup, memoryOf } from "../../parquet/write/join_row_groups.ts";
import type { BorrowedArrays } from "../../parquet/read/array_pool.ts";
import { assertGroup, checkedGroups } from "../checked_row_groups.ts";
import { fieldsOf, forged } from "../checks.ts";
import { assertKeptRows, joinKept, keptColumns, keptInBytes } from "../kept_columns.ts";
import type { LoadedFormula } from "../loaded_formula.ts";
import type { Piece } from "../pieces.ts";
import { returnedTables } from "../returned_rows.ts";
import { carriedColumns } from "../row_groups.ts";
import type { MadeTable } from "../tables.ts";
import { type Emit, groupsResult, plain, type TaskDefinition, type TaskResult } from "./task.ts";

/** A row group of the input whose kept columns are wanted as they are stored. */
export interface StoredRowGroup {
  /** Index of its file. */
  file: number;
  group: RowGroup;
}

/** What rows came to: the last row groups, or those that are carried behind them. */
export type RowsAnswer =
  | { type: "table"; groups: JoinedRowGroup[] }
  /** Kept columns as they are stored; `null` where they can't be had so. */
  | { type: "carried"; group: JoinedRowGroup | null };

/** What is told of a piece before the answer. */
export interface RowsPart {
  groups: JoinedRowGroup[];
  /** Whether there is more of the same piece. */
  more: boolean;
}

/**
 * Rows that are encoded and handed over together at most. A formula may make many times as many rows as it is given:
 * then they need not all be in memory twice.
 */
const PART_ROWS = 1 << 18;

interface RowsMessage {
  /** The export that makes rows of a piece. */
  name: string;
  pieces: Piece[];
  args: unknown[];
  carry: StoredRowGroup | null;
}

/**
 * Makes rows: a row group for each piece, or more where it is large. What is whole is told as a part. The answer
 * is the last of them, or where columns are to be carried these.
 */
export const rows: TaskDefinition<RowsMessage, RowsAnswer, RowsPart> = {
  async run(formula, { name, pieces, args, carry }, emit) {
    const all: EncodedRowGroup[] = [];
    for (const piece of pieces) {
      const last = await encodePiece(formula, name, piece, args, emit);
      formula.collect();
      const part = groupsResult(last);
      if (!carry && piece === pieces.at(-1)) return part;
      await emit(part);
      all.push(...last);
    }
    if (!carry) throw new Error("a task has no pieces");
    return areJoinable(all) ? carried(formula, carry) : NOTHING_CARRIED;
  },
  check(answer, { carry }) {
    if (!carry) return { type: "table", groups: checkedGroups(answer) };
    const { type, group } = fieldsOf(answer, "a table");
    if (type !== "carried") throw forged("a table");
    if (group === null) return { type, group };
    assertGroup(group);
    return { type, group };
  },
  checkPart: (part) => ({
    groups: checkedGroups(part),
    more: fieldsOf(part, "a table").more === true,
  }),
};

/** Encodes what a formula makes of a piece: its last row groups; those before are told. */
async function encodePiece(
  formula: LoadedFormula,
  name: string,
  piece: Piece,
  args: unknown[],
  emit: Emit,
): Promise<EncodedRowGroup[]> {
  const { tables, borrowed } = await rowsOf(formula, name, piece, args);
  let last: EncodedRowGroup[] | null = null;
  for (const table of tables) {
    for (const groups of formula.encodeParts(table, PART_ROWS)) {
      if (last) await emit(groupsResult(last, true));
      last = groups;
    }
  }
  borrowed?.end(null);
  for (const { columns } of tables) formula.free(columns);
  return last!;
}

const NOTHING_CARRIED = plain({ type: "carried", group: null } satisfies RowsAnswer);

/** What a formula makes of a piece: the columns it returned, without halo, and who returned them. */
async function rowsOf(
  formula: LoadedFormula,
  name: string,
  piece: Piece,
  args: unknown[],
): Promise<{ tables: MadeTable[]; borrowed: BorrowedArrays | null }> {
  const called = await formula.callOnPiece(name, piece, args);
  const { chosen, use, borrowed } = called;
  const tables = returnedTables(formula, called);
  const { origin, traits: { keep }, isCarried } = formula;
  if (!keep.length) return { tables, borrowed };
  const [{ columns: own }] = tables as [MadeTable];
  if (isCarried) {
    assertKeptRows(keep, piece.partition.rows, own, use);
    return { tables, borrowed };
  }
  const isSeen = formula.format === "csv" || formula.partitionBy !== null;
  const read = isSeen ? keptColumns : keptInBytes;
  const kept = read(origin, keep, chosen.partition, chosen.selection);
  return { tables: [{ table: null, columns: joinKept(kept, own, use) }], borrowed };
}

function carried({ origin, traits }: LoadedFormula, { file, group }: StoredRowGroup): TaskResult {
  const { dataset, reader } = origin;
  const columns = carriedColumns(dataset, reader, traits.keep, file, group);
  if (!columns) return NOTHING_CARRIED;
  const carried = { rows: columns[0]!.rows, parts: columns.map((column) => [column]) };
  return {
    value: { type: "carried", group: carried } satisfies RowsAnswer,
    transfer: memoryOf([carried]),
  };
}
