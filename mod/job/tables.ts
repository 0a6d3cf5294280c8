/** Results of several tables, each in a file of its own. */
import type { TableFormat } from "./request.ts";

/** Tables that a result has at most: each has a file that is open until all are whole. */
export const MOST_TABLES = 64;

/** What a table's name looks like: it is a part of its file's name. */
const NAME = /^[\p{L}_][\p{L}\p{N}_-]{0,63}$/u;

/** Whether a value is a name that a table can have. */
export function isTableName(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed() && NAME.test(value);
}

/** The name of a table's file. @param stem Of the result's name. */
export function fileOfTable(
  { stem, format }: { stem: string; format?: TableFormat },
  table: string,
): string {
  return `${stem}.${table}.${format ?? "parquet"}`;
}
