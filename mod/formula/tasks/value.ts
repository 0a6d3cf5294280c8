import type { ChunkGrouper, OpenGrouper } from "#marks";
import { checkedCount, fieldsOf, forged } from "../checks.ts";
import type { LoadedFormula } from "../loaded_formula.ts";
import { mappedPiece } from "../mapped_chunk.ts";
import { blockLength, inRuns, mergeInTurn, unitLength } from "../merge.ts";
import type { Piece } from "../pieces.ts";
import { buffersIn } from "./buffers.ts";
import { plain, type TaskDefinition } from "./task.ts";

interface ValueMessage {
  /** The export that is called on each piece. */
  name: string;
  /** The export that merges what these calls return. */
  combine: string;
  /** Pieces that follow each other, of one block. */
  pieces: Piece[];
  /** The block's other pieces, where the first ones tell how many are summed up as one; those may be taken, too. */
  more: Piece[];
  /** Pieces that are summed up as one; `null` where it is to be found out. */
  each: number | null;
  args: unknown[];
}

/** The value of pieces, or of as many as are summed up as one where those are more. */
interface ValueAnswer {
  value: unknown;
  /** Pieces of the block that are summed up as one, a power of two. */
  each: number;
  /** Rows of the pieces that the formula has seen. */
  rows: number;
}

/** The value of pieces that follow each other. Told before it is there: no more than a unit is summed up as one. */
export const value: TaskDefinition<ValueMessage, ValueAnswer, null> = {
  async run(formula, message, emit) {
    const { name, combine, pieces, more, args } = message;
    const open = formula.grouperOf(name, combine);
    const merge = (left: unknown, right: unknown) => formula.call(combine, [left, right]);
    const tellFew = async () => void (more.length > 0 && await emit(plain(null)));
    const seen: SeenRows = new Map();
    if (!open) {
      await tellFew();
      const one = (index: number) => valueOf(formula, name, pieces[index]!, args, seen);
      const value = await mergeInTurn(pieces.length, one, merge);
      return plain({ value, each: unitLength(pieces[0]!.of), rows: rowsOf(pieces, seen) });
    }
    const tables = new Tables(formula, name, open, seen);
    const first = message.each === null ? await tables.first(pieces, more, tellFew) : null;
    const each = first?.each ?? message.each!;
    const others = inRuns(first ? pieces.slice(each) : pieces, each);
    const table = (index: number) =>
      index < 0 ? Promise.resolve(first!.groups) : tables.of(others[index]!);
    const known = first ? 1 : 0;
    const groups = await mergeInTurn(known + others.length, (index) => table(index - known), merge);
    const taken = [...pieces, ...more].slice(0, Math.max(pieces.length, each));
    const rows = rowsOf(taken, seen);
    return { value: { value: groups, each, rows }, transfer: buffersIn(groups) };
  },
  check(answer, { pieces: [first] }) {
    const { value, each, rows } = fieldsOf(answer, "a value");
    const powers = Math.log2(each as number);
    const fits = Number.isInteger(powers) && powers >= 0 &&
      (each as number) <= blockLength(first!.of);
    if (!fits) throw forged("a value");
    return { value, each: each as number, rows: checkedCount(rows) };
  },
  checkPart: () => null,
};

/** Rows that the formula has seen of partitions, by their indexes. */
type SeenRows = Map<number, number>;

function rowsOf(pieces: readonly Piece[], seen: SeenRows): number {
  return pieces.reduce((sum, { partition }) => sum + seen.get(partition.index)!, 0);
}

async function valueOf(
  formula: LoadedFormula,
  name: string,
  piece: Piece,
  args: unknown[],
  seen: SeenRows,
): Promise<unknown> {
  const { value, rows, borrowed } = await formula.callOnPiece(name, piece, args);
  seen.set(piece.partition.index, rows);
  borrowed?.end(value);
  return value;
}

/** Tables of groups of pieces that follow each other. */
class Tables {
  readonly #formula: LoadedFormula;
  readonly #name: string;
  readonly #open: OpenGrouper;
  readonly #seen: SeenRows;

  constructor(formula: LoadedFormula, name: string, open: OpenGrouper, seen: SeenRows) {
    this.#formula = formula;
    this.#name = name;
    this.#open = open;
    this.#seen = seen;
  }

  /** One table. */
  of(pieces: readonly Piece[]): Promise<unknown> {
    return this.#made(async (grouper) => {
      await this.#add(pieces, grouper);
      return await this.#finish(grouper);
    });
  }

  /**
   * What is made with a grouper: with one that parts rows, as long as these can be. It may be made twice, so not of
   * what `map` makes, which is called once.
   */
  async #made<Found>(make: (grouper: ChunkGrouper) => Promise<Found>): Promise<Found> {
    if (this.#formula.traits.mapped) {
      using grouper = this.#open(false);
      return await make(grouper);
    }
    using parting = this.#open(true);
    const found = await make(parting);
    if (!parting.isGivenUp) return found;
    using grouper = this.#open(false);
    return await make(grouper);
  }

  /**
   * The first table of a block, which tells how long its tables are: with many groups, from the first piece on, as long
   * as a table does not get too large. That depends on the data alone, and so do all sums, to the last bit.
   *
   * @param tellFew Called as soon as it is known that no more pieces than a unit have one table.
   */
  first(
    pieces: readonly Piece[],
    more: readonly Piece[],
    tellFew: () => Promise<void>,
  ): Promise<{ groups: unknown; each: number }> {
    const all = [...pieces, ...more];
    return this.#made(async (grouper) => {
      await this.#add(all.slice(0, 1), grouper);
      const areMany = grouper.isWorthMore;
      if (!areMany) await tellFew();
      let each = unitLength(all[0]!.of);
      await this.#add(all.slice(1, each), grouper);
      for (; areMany && grouper.isWorthMore && each < all.length; each *= 2) {
        await this.#add(all.slice(each, 2 * each), grouper);
      }
      return { groups: await this.#finish(grouper), each };
    });
  }

  async #add(pieces: readonly Piece[], grouper: ChunkGrouper): Promise<void> {
    const add = (chunk: unknown, context: unknown) =>
      grouper.add(chunk as Record<string, unknown>, context);
    for (const piece of pieces) {
      if (this.#formula.traits.mapped) {
        await this.#addMapped(piece, add);
        continue;
      }
      const { rows, borrowed } = await this.#formula.callOnPiece(this.#name, piece, [], add);
      this.#seen.set(piece.partition.index, rows);
      borrowed?.end(null);
    }
  }

  /** Adds what `map` makes of a piece. */
  async #addMapped(
    piece: Piece,
    add: (chunk: unknown, context: unknown) => void,
  ): Promise<void> {
    const { chunk, context, seen, end } = await mappedPiece(this.#formula, piece);
    const doing = piece.of > 1 ? `${this.#name} on partition ${piece.partition.index}` : this.#name;
    await this.#formula.call(this.#name, [chunk, context], doing, add);
    this.#seen.set(piece.partition.index, seen);
    end();
  }

  #finish(grouper: ChunkGrouper): Promise<unknown> {
    return this.#formula.call(this.#name, [], this.#name, () => grouper.finish());
  }
}
