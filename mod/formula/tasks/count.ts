import { checkedCount } from "../checks.ts";
import type { Piece } from "../pieces.ts";
import { noParts, plain, type TaskDefinition } from "./task.ts";

/** Counts the rows of a piece that the formula sees. */
export const count: TaskDefinition<{ piece: Piece }, number> = {
  run: (formula, { piece }) => plain(formula.select(piece)?.length ?? piece.partition.rows),
  check: checkedCount,
  checkPart: noParts,
};
