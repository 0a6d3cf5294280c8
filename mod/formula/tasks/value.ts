import { mergeInTurn } from "../merge.ts";
import type { Piece } from "../pieces.ts";
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
    const merged = await mergeInTurn(
      pieces.length,
      async (index) => {
        const { value, borrowed } = await formula.callOnPiece(name, pieces[index]!, args);
        borrowed?.end(value);
        return value;
      },
      (left, right) => formula.call(combine, [left, right]),
    );
    return plain(merged);
  },
  check: ownValue,
  checkPart: noParts,
};
