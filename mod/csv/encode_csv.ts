/** Rows of a result as lines of comma-separated values (RFC 4180). */
import { ByteSink } from "../parquet/io/byte_sink.ts";
import { rowsOfTable } from "../parquet/write/encode.ts";
import type {
  EncodedColumn,
  EncodedRowGroup,
  OutputColumn,
} from "../parquet/write/output_column.ts";
import { valueTexts } from "./value_texts.ts";

/** RFC 4180 ends lines so. */
export const LINE_END = "\r\n";

/** Characters that are brought into bytes together. */
const TOGETHER = 1 << 15;

/**
 * What is written in quotes: what has to be, an empty text, which is no null then, and what some readers take for the
 * start of a comment, another separator, or trim.
 */
const QUOTED = /^$|[",;|\t\r\n']|^[\s#\uFEFF]|\s$/;

/** A text as a field: in quotes where it needs them, its own quotes doubled. */
export function fieldOf(text: string): string {
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The line of the columns' names. */
export function namesLine(names: readonly string[]): string {
  return names.map(fieldOf).join(",") + LINE_END;
}

/**
 * Columns of equal length as lines, without the names. An empty field is a null.
 *
 * @throws UnfitColumns when lengths differ, a name comes twice, or a column holds bytes or nested values; UnfitValue
 * for an element that is none of its column's type.
 */
export function encodeCsv(columns: OutputColumn[]): EncodedRowGroup {
  const rows = rowsOfTable(columns);
  const fields = columns.map((column) => {
    const { free, at } = valueTexts(column, "CSV");
    return free
      ? (row: number) => {
        const text = at(row);
        return text === null ? "" : fieldOf(text);
      }
      : (row: number) => at(row) ?? "";
  });
  const sink = new ByteSink(Math.max(1024, 8 * rows * columns.length));
  let text = "";
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < fields.length; k++) {
      text += k === 0 ? fields[k]!(row) : `,${fields[k]!(row)}`;
    }
    text += LINE_END;
    if (text.length < TOGETHER) continue;
    sink.text(text);
    text = "";
  }
  sink.text(text);
  const bytes = sink.release();
  return {
    rows,
    bytes,
    columns: columns.map((column, index) => placed(column, index, rows, bytes)),
  };
}

/** Lines are of all columns: the first one is said to hold them, as a row group's column holds its pages. */
function placed(
  { name, type, required = false }: OutputColumn,
  index: number,
  rows: number,
  { length }: Uint8Array,
): EncodedColumn {
  const start = index === 0 ? 0 : length;
  return {
    name,
    type,
    required,
    codec: "UNCOMPRESSED",
    encodings: ["PLAIN"],
    rows,
    nulls: null,
    dictionaryOffset: null,
    dataOffset: start,
    offset: start,
    compressedSize: length - start,
    uncompressedSize: length - start,
    dataPages: 0,
    least: null,
    most: null,
  };
}
