import type { RowGroup, SchemaElement } from "hyparquet";
import { ServiceError } from "../errors.ts";
import { type ChunkTable, chunkTable } from "./chunks.ts";
import { readFooter } from "./footer.ts";
import { Malformed } from "./malformed.ts";
import { type Column, columnsOf } from "./schema.ts";
import { fileName } from "../remote/url.ts";
import { type FileVersion, openSource } from "./source.ts";

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
  /** As stored: integers, times and byte arrays in statistics are not converted. */
  rowGroups: RowGroup[];
}

/**
 * Reads the footer of a Parquet file.
 *
 * @throws ServiceError `BASE_NOT_PARQUET`, saying why, when it is none or cut off or its footer
 * makes no sense; `BASE_UNREADABLE` when it can't be read; Deno's own errors when it can't be opened.
 */
export function openParquet(path: string): OpenedFile {
  const source = openSource(path);
  try {
    const metadata = readFooter(source);
    const columns = columnsOf(metadata);
    const leaves = columns.reduce((sum, column) => sum + column.leaves, 0);
    const dataEnd = source.size - 8 - metadata.metadata_length;
    return {
      path,
      size: source.size,
      version: source.version,
      rows: Number(metadata.num_rows),
      schema: metadata.schema,
      columns,
      chunks: chunkTable(metadata.row_groups, leaves, dataEnd),
      rowGroups: metadata.row_groups,
    };
  } catch (thrown) {
    throw new ServiceError(
      "BASE_NOT_PARQUET",
      `${fileName(path)} can't be used: ${whyNot(thrown)}`,
    );
  } finally {
    source.close();
  }
}

/** What is wrong with a footer; rethrown is what is not the footer's fault. */
function whyNot(thrown: unknown): string {
  if (thrown instanceof Malformed) return thrown.message;
  // Values of the wrong types, where a damaged footer is still well-formed Thrift.
  if (thrown instanceof TypeError || thrown instanceof RangeError) {
    return "its footer makes no sense";
  }
  throw thrown;
}
