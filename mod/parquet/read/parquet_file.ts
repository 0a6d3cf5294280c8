import type { RowGroup, SchemaElement } from "hyparquet";
import type { ChunkTable } from "../format/chunk_table.ts";
import { readFooter } from "../format/footer.ts";
import { Malformed, placed } from "../io/errors.ts";
import type { Column } from "../format/column.ts";
import { columnsOf } from "../format/columns_of_schema.ts";
import { type FileVersion, openSource } from "../io/source.ts";

/** A Parquet file as plain data, fit for a message to a worker. */
export interface ParquetFile extends FileVersion {
  /** Its path, or its URL on an HTTP server. */
  path: string;
  rows: number;
  schema: SchemaElement[];
  columns: Column[];
  chunks: ChunkTable;
}

/** A Parquet file with all of its footer. */
export interface OpenedFile extends ParquetFile {
  /**
   * The row groups with all that the footer says of them, read when they are asked for.
   *
   * @throws Malformed when it makes no sense.
   */
  rowGroups(): RowGroup[];
}

/**
 * Reads the footer of a Parquet file.
 *
 * @throws Malformed when it is none or cut off or its footer makes no sense; Unsupported when it is encrypted;
 * SourceError when it can't be read; Deno's own errors when it can't be opened.
 */
export function openParquet(path: string): OpenedFile {
  const source = openSource(path);
  try {
    const { schema, rows, chunks, nulls, rowGroups } = checked(path, () => readFooter(source));
    return {
      path,
      size: source.size,
      version: source.version,
      rows,
      schema,
      columns: checked(path, () => columnsOf(schema, nulls)),
      chunks,
      rowGroups: () => checked(path, rowGroups),
    };
  } finally {
    source.close();
  }
}

/** Reads of a footer what may make no sense. */
function checked<T>(file: string, read: () => T): T {
  return placed({ file }, () => {
    try {
      return read();
    } catch (thrown) {
      // Values of the wrong types, where a damaged footer is still well-formed Thrift.
      const isOdd = thrown instanceof TypeError || thrown instanceof RangeError;
      throw isOdd ? new Malformed("its footer makes no sense") : thrown;
    }
  });
}
