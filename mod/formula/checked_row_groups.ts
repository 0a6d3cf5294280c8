import type { EncodedColumn, EncodedRowGroup } from "../parquet/write/encode.ts";
import { areJoinable, type JoinedRowGroup } from "../parquet/write/join_row_groups.ts";
import { isCodec, isEncoding, isNested, isOutputType } from "../parquet/write/output_type.ts";
import { fieldsOf, forged, isCount } from "./checks.ts";

/** Checks a table's encoded row groups. @throws ServiceError `FORMULA_FAILED`. */
export function checkedGroups(value: unknown): JoinedRowGroup[] {
  const { groups } = fieldsOf(value, "a table");
  if (!Array.isArray(groups) || groups.length === 0) throw forged("a table");
  for (const group of groups) assertGroup(group);
  return groups;
}

/** The parts of each column must have the group's rows together. @throws ServiceError `FORMULA_FAILED`. */
export function assertGroup(value: unknown): asserts value is JoinedRowGroup {
  const { rows, parts } = fieldsOf(value, "a row group");
  if (!isCount(rows) || !Array.isArray(parts) || parts.length === 0) throw forged("a row group");
  for (const followers of parts) {
    if (!Array.isArray(followers) || followers.length === 0) throw forged("a row group");
    for (const part of followers) assertPart(part);
    const groups = followers as EncodedRowGroup[];
    const together = groups.reduce((sum, part) => sum + part.rows, 0);
    if (together !== rows || !areJoinable(groups)) throw forged("a row group");
  }
}

/** Column chunks must lie one behind the other in the group's bytes and fill them. */
function assertPart(value: unknown): void {
  const { rows, bytes, columns, folder, table } = fieldsOf(value, "a row group");
  if (!isCount(rows) || !(bytes instanceof Uint8Array) || !Array.isArray(columns)) {
    throw forged("a row group");
  }
  const areNames = [folder, table].every((name) => name === undefined || typeof name === "string");
  if (!areNames) throw forged("a row group");
  let end = 0;
  for (const column of columns) {
    assertColumn(column, rows, end);
    end += column.compressedSize;
  }
  if (end !== bytes.length || columns.length === 0) throw forged("a row group");
}

function assertColumn(value: unknown, rows: number, start: number): void {
  const column = fieldsOf(value, "a column") as unknown as EncodedColumn;
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

function isBound(value: unknown): boolean {
  return value === null || value instanceof Uint8Array;
}
