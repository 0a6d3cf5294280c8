import type { ParquetType, SchemaElement } from "hyparquet";
import { Malformed } from "../io/errors.ts";

const WIDTHS: Partial<Record<ParquetType, number>> = {
  BOOLEAN: 1,
  INT32: 4,
  FLOAT: 4,
  INT64: 8,
  DOUBLE: 8,
  INT96: 12,
};

/** Bytes of a value in memory, or 0 for byte arrays (with or without a fixed length). */
export function widthOf({ type, type_length, logical_type }: SchemaElement): number {
  if (type === "FIXED_LEN_BYTE_ARRAY" && logical_type?.type === "FLOAT16" && type_length === 2) {
    return 2;
  }
  return (type && WIDTHS[type]) ?? 0;
}

/** Bytes of each byte array; `null` where each has a length of its own. @throws Malformed when there is none. */
export function lengthOf({ type, type_length }: SchemaElement): number | null {
  if (type === "BYTE_ARRAY") return null;
  if (type === "FIXED_LEN_BYTE_ARRAY" && type_length !== undefined && type_length > 0) {
    return type_length;
  }
  throw new Malformed(`a ${type} has no length`);
}
