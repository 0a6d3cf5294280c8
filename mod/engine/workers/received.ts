/**
 * What workers hand over, checked before it is used. A worker runs somebody else's formula; should
 * that ever get hold of the worker's own messages, it still can't make the engine write what is no
 * Parquet file or send what is no reply.
 */
import { ServiceError } from "../../common/errors.ts";
import type {
  CarriedColumns,
  FirstRows,
  FormulaTraits,
  FrameRequest,
  Outcome,
} from "../../formula/worker_messages.ts";
import type { EncodedColumn, EncodedRowGroup } from "../../parquet/write/encode.ts";
import { areJoinable, type JoinedRowGroup } from "../../parquet/write/join_row_groups.ts";
import { isCodec, isEncoding, isNested, isOutputType } from "../../parquet/write/output_column.ts";

/** Results of more characters than this stay in their file and are not sent in the reply. */
export const LARGEST_SENT_RESULT: number = 1 << 20;

type Fields = Record<string, unknown>;

/** Checks the traits of a formula. @throws ServiceError `FORMULA_FAILED`. */
export function checkedTraits(value: unknown): FormulaTraits {
  const traits = fields(value, "the formula's exports");
  const { kind, exports, aggregate, int64, keep, text } = traits;
  const overlap = fields(traits.overlap, "the formula's overlap");
  const fits = ["map", "reduction", "main"].includes(kind as string) && isTexts(exports) &&
    typeof aggregate === "boolean" && ["number", "bigint"].includes(int64 as string) &&
    isCount(overlap.before) && isCount(overlap.after) && isTexts(keep) && isTexts(text);
  if (!fits) throw forged("the formula's exports");
  return traits as unknown as FormulaTraits;
}

/** Checks what `main` asks. @throws ServiceError `FORMULA_FAILED`. */
export function checkedRequest(value: unknown): FrameRequest {
  const request = fields(value, "a request of main");
  const { type, names, since, chunk, combine, args, memory, count } = request;
  const fits =
    type === "columns" && isTexts(names) && (since === undefined || typeof since === "bigint") ||
    type === "reduction" && typeof chunk === "string" && typeof combine === "string" &&
      Array.isArray(args) ||
    type === "help" && memory instanceof WebAssembly.Memory && isCount(count);
  if (!fits) throw forged("a request of main");
  return request as unknown as FrameRequest;
}

/** Checks a result. @throws ServiceError `FORMULA_FAILED`. */
export function checkedOutcome(value: unknown): Outcome {
  const outcome = fields(value, "a result");
  if (outcome.type === "table") return { type: "table", groups: checkedGroups(value) };
  const fits = outcome.type === "text"
    ? isJson(outcome.text)
    : outcome.type === "lazy" && typeof outcome.name === "string" && Array.isArray(outcome.args);
  if (!fits) throw forged("a result");
  return outcome as unknown as Outcome;
}

/** The first rows of a result, or `null` where a part is the outcome itself. @throws ServiceError `FORMULA_FAILED`. */
export function checkedFirstRows(value: unknown): FirstRows | null {
  const part = fields(value, "a result");
  if (part.type !== "first") return null;
  const { columns } = part;
  if (!Array.isArray(columns)) throw forged("a result");
  for (const column of columns) {
    const { values, validity } = fields(column, "a column");
    const fits = isOwnArray(values) && (validity === null || isOwnArray(validity));
    if (!fits) throw forged("a column");
  }
  return part as unknown as FirstRows;
}

/** The columns that are carried, or `null` where a part is none of them. @throws ServiceError `FORMULA_FAILED`. */
export function checkedCarried(value: unknown): CarriedColumns | null {
  const part = fields(value, "a table");
  if (part.type !== "carried") return null;
  if (part.group !== null) checkJoined(part.group);
  return part as unknown as CarriedColumns;
}

/** Checks a table's encoded row groups. @throws ServiceError `FORMULA_FAILED`. */
export function checkedGroups(value: unknown): JoinedRowGroup[] {
  const { groups } = fields(value, "a table");
  if (!Array.isArray(groups) || groups.length === 0) throw forged("a table");
  for (const group of groups) checkJoined(group);
  return groups;
}

/** Checks a number of rows, bytes or the like. @throws ServiceError `FORMULA_FAILED`. */
export function checkedCount(value: unknown): number {
  if (!isCount(value)) throw forged("a count");
  return value;
}

/** The parts of each column must have the group's rows together. */
function checkJoined(value: unknown): void {
  const { rows, parts } = fields(value, "a row group");
  if (!isCount(rows) || !Array.isArray(parts) || parts.length === 0) throw forged("a row group");
  for (const followers of parts) {
    if (!Array.isArray(followers) || followers.length === 0) throw forged("a row group");
    for (const part of followers) checkPart(part);
    const groups = followers as EncodedRowGroup[];
    const together = groups.reduce((sum, part) => sum + part.rows, 0);
    if (together !== rows || !areJoinable(groups)) throw forged("a row group");
  }
}

/** Column chunks must lie one behind the other in the group's bytes and fill them. */
function checkPart(value: unknown): void {
  const { rows, bytes, columns } = fields(value, "a row group");
  if (!isCount(rows) || !(bytes instanceof Uint8Array) || !Array.isArray(columns)) {
    throw forged("a row group");
  }
  let end = 0;
  for (const column of columns) {
    checkColumn(column, rows, end);
    end += column.compressedSize;
  }
  if (end !== bytes.length || columns.length === 0) throw forged("a row group");
}

function checkColumn(value: unknown, rows: number, start: number): void {
  const column = fields(value, "a column") as unknown as EncodedColumn;
  const { offset, dataOffset, dictionaryOffset, compressedSize, uncompressedSize } = column;
  const end = start + compressedSize;
  const isInside = (at: unknown) => isCount(at) && at >= start && at <= end;
  const fits = typeof column.name === "string" && isOutputType(column.type) &&
    isCodec(column.codec) && Array.isArray(column.encodings) &&
    column.encodings.every(isEncoding) &&
    typeof column.required === "boolean" && isCount(column.rows) &&
    (column.rows === rows || isNested(column.type)) &&
    (column.nulls === null || (isCount(column.nulls) && column.nulls <= column.rows)) &&
    offset === start && isCount(compressedSize) && isCount(uncompressedSize) &&
    isInside(dataOffset) && (dictionaryOffset === null || isInside(dictionaryOffset)) &&
    isBound(column.least) && isBound(column.most);
  if (!fits) throw forged("a column");
}

function fields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null) throw forged(what);
  return value as Fields;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
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

function isBound(value: unknown): boolean {
  return value === null || value instanceof Uint8Array;
}

function forged(what: string): ServiceError {
  return new ServiceError(
    "FORMULA_FAILED",
    `what a worker of the job handed over as ${what} is none; the formula must not meddle with its worker`,
  );
}
