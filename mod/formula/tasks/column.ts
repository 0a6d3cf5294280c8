import { takeRows } from "../../parquet/read/take_rows.ts";
import { secondsSince } from "../../dataset/seconds.ts";
import { ServiceError } from "../../common/errors.ts";
import type { ColumnArray } from "../../parquet/format/column_array.ts";
import { createChunk, unknownColumn } from "../chunk.ts";
import { forged } from "../checks.ts";
import type { LoadedFormula } from "../loaded_formula.ts";
import type { Piece } from "../pieces.ts";
import { noParts, plain, type TaskDefinition, type TaskResult } from "./task.ts";

/** A column's place in an array on shared memory that several workers fill. */
export interface ColumnTarget {
  values: ColumnArray;
  /** Index of the first piece's first row. */
  at: number;
}

/** A column's values of one piece. */
export type ColumnPart = ColumnArray | unknown[];

interface ColumnMessage {
  column: string;
  pieces: Piece[];
  target: ColumnTarget | null;
  /** Seconds from this instant, in nanoseconds since 1970; `null` for the column itself. */
  since: bigint | null;
}

/** Decodes a column of pieces: into the target where there is one, else an array for each piece. */
export const column: TaskDefinition<ColumnMessage, ColumnPart[]> = {
  run(formula, message) {
    const { column: name, pieces, target, since } = message;
    const { dataset, reader, int64 } = formula.origin;
    if (!dataset.columns.some((column) => column.name === name)) {
      throw new ServiceError(
        "FORMULA_FAILED",
        unknownColumn(dataset, name, "frame.column").message,
      );
    }
    if (since !== null) return secondsOf(formula, message, since);
    if (!target) {
      return plain(
        pieces.map((piece) => {
          const { partition, selection } = formula.selected(piece);
          return createChunk(formula.origin, partition, selection)[name];
        }),
      );
    }
    let { at } = target;
    for (const { partition } of pieces) {
      reader.columnInto(name, partition, { int64 }, target.values, at);
      at += partition.rows;
    }
    return plain(null);
  },
  check(parts, { pieces, target }) {
    if (target) return [];
    const fits = Array.isArray(parts) && parts.length === pieces.length &&
      parts.every((part, index) => isPart(part, pieces[index]!));
    if (!fits) throw forged("a column");
    return parts as ColumnPart[];
  },
  checkPart: noParts,
};

/** Values of some rows of a piece, or of all of them. */
function isPart(part: unknown, { partition }: Piece): boolean {
  const isArray = Array.isArray(part) || (ArrayBuffer.isView(part) && !(part instanceof DataView));
  return isArray && (part as ColumnPart).length <= partition.rows;
}

/** A column of times in seconds. */
function secondsOf(
  formula: LoadedFormula,
  { column: name, pieces, target }: ColumnMessage,
  since: bigint,
): TaskResult {
  const parts = pieces.map((piece) => {
    const seconds = secondsSince(formula.origin.reader.raw(name, piece.partition), since);
    const selection = formula.select(piece);
    return selection ? takeRows(seconds, selection) : seconds;
  });
  if (!target) return plain(parts);
  let { at } = target;
  for (const part of parts) {
    (target.values as Float64Array).set(part, at);
    at += part.length;
  }
  return plain(null);
}
