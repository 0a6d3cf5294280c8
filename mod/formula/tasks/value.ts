import type { ChunkGrouper } from "#marks";
import type { LoadedFormula } from "../loaded_formula.ts";
import { inRuns, mergeInTurn, unitLength } from "../merge.ts";
import type { Piece } from "../pieces.ts";
import { buffersIn } from "./buffers.ts";
import { noParts, ownValue, plain, type TaskDefinition } from "./task.ts";

interface ValueMessage {
  /** The export that is called on each piece. */
  name: string;
  /** The export that merges what these calls return. */
  combine: string;
  /** Pieces that follow each other. */
  pieces: Piece[];
  args: unknown[];
}

/** The value of pieces that follow each other. */
export const value: TaskDefinition<ValueMessage, unknown> = {
  async run(formula, { name, combine, pieces, args }) {
    const open = formula.grouperOf(name, combine);
    const units = inRuns(pieces, open ? unitLength(pieces[0]!.of) : 1);
    const merged = await mergeInTurn(
      units.length,
      (index) =>
        open
          ? groupsOf(formula, name, units[index]!, open)
          : valueOf(formula, name, units[index]![0]!, args),
      (left, right) => formula.call(combine, [left, right]),
    );
    return open ? { value: merged, transfer: buffersIn(merged) } : plain(merged);
  },
  check: ownValue,
  checkPart: noParts,
};

async function valueOf(
  formula: LoadedFormula,
  name: string,
  piece: Piece,
  args: unknown[],
): Promise<unknown> {
  const { value, borrowed } = await formula.callOnPiece(name, piece, args);
  borrowed?.end(value);
  return value;
}

/** Groups of pieces that follow each other. */
async function groupsOf(
  formula: LoadedFormula,
  name: string,
  pieces: readonly Piece[],
  open: () => ChunkGrouper,
): Promise<unknown> {
  using grouper = open();
  const add = (chunk: unknown, context: unknown) =>
    grouper.add(chunk as Record<string, unknown>, context);
  for (const piece of pieces) {
    const { borrowed } = await formula.callOnPiece(name, piece, [], add);
    borrowed?.end(null);
  }
  return await formula.call(name, [], name, () => grouper.finish());
}
