/** What `main` and `aggregate` come to. */
import { toJson } from "../../common/json.ts";
import { PAGE_ROWS } from "../../parquet/write/page_writer.ts";
import type { JoinedRowGroup } from "../../parquet/write/join_row_groups.ts";
import { memoryOfColumns, type OutputColumn } from "../../parquet/write/output_column.ts";
import { checkedGroups } from "../checked_row_groups.ts";
import { fieldsOf, forged } from "../checks.ts";
import { cut, partOfList, ROW_GROUP_ROWS } from "../cut_columns.ts";
import { type LazyTable, lazyTable } from "../frame.ts";
import type { LoadedFormula } from "../loaded_formula.ts";
import { type KnownColumn, looksLikeColumns, toColumns } from "../returned_columns.ts";
import { namedTables } from "../tables.ts";
import { type Emit, groupsResult, plain, type TaskResult } from "./task.ts";

/** Results of more characters than this stay in their file and are not sent in the reply. */
export const LARGEST_SENT_RESULT: number = 1 << 20;
/** Bytes of a result at least of which another worker encodes a part: fewer are encoded before it has them. */
const LEAST_SHARED = 1 << 20;

/** A result that is not columns, as the JSON text of the result file. */
export interface TextResult {
  type: "text";
  text: string;
}

/** A result that is columns, encoded as row groups. */
export interface TableResult {
  type: "table";
  groups: JoinedRowGroup[];
}

/** What a formula came to. */
export type Outcome = TextResult | TableResult | LazyTable;

/** The first rows of a result, for another worker to encode: those of the outcome stand behind them. */
export interface FirstRows {
  type: "first";
  columns: OutputColumn[];
  /** Whether they are a part of the outcome's first row group. */
  partial: boolean;
}

/**
 * What a formula returned, as it is handed over.
 *
 * @param use What returned it, for messages.
 * @param emit Takes the part of a large result that another worker encodes; `null` where there is none.
 */
export async function outcomeOf(
  formula: LoadedFormula,
  value: unknown,
  use: string,
  emit: Emit | null,
): Promise<TaskResult> {
  const lazy = lazyTable(value);
  if (lazy) return plain(lazy satisfies Outcome);
  const { tables } = formula.traits;
  return await reported(formula, use, async () => {
    if (tables !== null) return encodedTables(formula, tables, value, use);
    if (!looksLikeColumns(value)) {
      return plain({ type: "text", text: toJson(value) } satisfies Outcome);
    }
    return await encoded(
      formula,
      toColumns(value, use, (name, values) => formula.timesOfFrame(name, values)),
      emit,
    );
  });
}

/** The same of what makes columns. */
export async function tableOf(
  formula: LoadedFormula,
  make: () => OutputColumn[],
  use: string,
  emit: Emit | null,
): Promise<TaskResult> {
  return await reported(formula, use, () => encoded(formula, make(), emit));
}

/** A record of tables, none of which is shared: each is a file of its own. */
function encodedTables(
  formula: LoadedFormula,
  names: readonly string[],
  value: unknown,
  use: string,
): TaskResult {
  const known: KnownColumn = (name, values) => formula.timesOfFrame(name, values);
  const tables = namedTables(value, names, use)
    .map(({ table, value, use }) => ({ table, columns: toColumns(value, use, known) }));
  const groups = tables.flatMap(({ table, columns }) => formula.encode(columns, table));
  for (const { columns } of tables) formula.free(columns);
  return groupsResult(groups);
}

async function reported(
  formula: LoadedFormula,
  use: string,
  make: () => Promise<TaskResult>,
): Promise<TaskResult> {
  try {
    return await make();
  } catch (thrown) {
    throw formula.failures.report(thrown, "FORMULA_FAILED", `the result of ${use}`);
  }
}

async function encoded(
  formula: LoadedFormula,
  columns: OutputColumn[],
  emit: Emit | null,
): Promise<TaskResult> {
  const rows = emit && formula.partitionBy === null ? rowsToShare(columns) : 0;
  if (rows) await emit!(firstRows(columns, rows));
  const table = groupsResult(formula.encode(cut(columns, rows)));
  formula.free(columns);
  return table;
}

/** The first rows, for another worker. */
function firstRows(columns: OutputColumn[], rows: number): TaskResult {
  const first = cut(columns, 0, rows).map(copied);
  return {
    value: {
      type: "first",
      columns: first,
      partial: rows < ROW_GROUP_ROWS,
    } satisfies FirstRows,
    transfer: memoryOfColumns(first),
  };
}

function copied({ part, ...column }: OutputColumn): OutputColumn {
  const { values, validity = null } = column;
  const copy = Array.isArray(values)
    ? partOfList(values, part?.from ?? 0, part?.to ?? values.length)
    : values.slice();
  return { ...column, values: copy, validity: validity?.slice() ?? null };
}

/**
 * How many of the first rows another worker is to encode: about half, in whole row groups where there are
 * several and else in whole pages, so that the file is the same byte for byte; 0 where that isn't worth it, or
 * where parts of a row group can't be joined, as those of texts.
 */
function rowsToShare(columns: OutputColumn[]): number {
  let bytes = 0;
  for (const { values, texts } of columns) {
    if (Array.isArray(values) || texts) return 0;
    bytes += values.byteLength;
  }
  const rows = columns[0]!.values.length;
  const unit = rows > ROW_GROUP_ROWS ? ROW_GROUP_ROWS : PAGE_ROWS;
  return bytes < LEAST_SHARED || rows <= unit ? 0 : Math.round(rows / 2 / unit) * unit;
}

/** Checks a result. @throws ServiceError `FORMULA_FAILED`. */
export function checkedOutcome(value: unknown): Outcome {
  const outcome = fieldsOf(value, "a result");
  if (outcome.type === "table") return { type: "table", groups: checkedGroups(value) };
  const fits = outcome.type === "text"
    ? isJson(outcome.text)
    : outcome.type === "lazy" && typeof outcome.name === "string" && Array.isArray(outcome.args);
  if (!fits) throw forged("a result");
  return outcome as unknown as Outcome;
}

/** Checks the first rows of a result, which are told only where another worker can help. @throws ServiceError `FORMULA_FAILED`. */
export function checkedFirstRows(value: unknown, { helpers }: { helpers: number }): FirstRows {
  const { type, columns, partial } = fieldsOf(value, "a result");
  const fits = type === "first" && helpers > 0 && typeof partial === "boolean" &&
    Array.isArray(columns);
  if (!fits) throw forged("a result");
  for (const column of columns) {
    const { values, validity } = fieldsOf(column, "a column");
    const fits = isOwnArray(values) && (validity === null || isOwnArray(validity));
    if (!fits) throw forged("a column");
  }
  return { type, columns, partial };
}

/** A text on one line and, where it may become a part of a reply, JSON by itself. */
function isJson(text: unknown): boolean {
  if (typeof text !== "string" || text.includes("\n")) return false;
  if (text.length > LARGEST_SENT_RESULT) return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isOwnArray(value: unknown): boolean {
  return ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer;
}
