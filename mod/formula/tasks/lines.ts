import { encodeCsv } from "../../csv/encode_csv.ts";
import { forged } from "../checks.ts";
import { keptColumns } from "../kept_columns.ts";
import type { Piece } from "../pieces.ts";
import { noParts, plain, type TaskDefinition } from "./task.ts";

/** Writes columns of a piece of the input as lines of CSV, without their names. */
export const lines: TaskDefinition<{ piece: Piece; columns: string[] }, string> = {
  run({ origin }, { piece, columns }) {
    const { bytes } = encodeCsv(keptColumns(origin, columns, piece.partition, null));
    return plain(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  },
  check(text) {
    if (typeof text !== "string") throw forged("lines of CSV");
    return text;
  },
  checkPart: noParts,
};
