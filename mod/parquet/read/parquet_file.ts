import type { RowGroup, SchemaElement } from "hyparquet";
import { ServiceError } from "../../common/errors.ts";
import type { ChunkTable } from "../format/chunk_table.ts";
import { readFooter } from "../format/footer.ts";
import { Malformed } from "../io/malformed.ts";
import type { Column } from "../format/column.ts";
import { columnsOf } from "../format/columns_of_schema.ts";
import { fileName } from "../../remote/url.ts";
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
   * @throws ServiceError `BASE_NOT_PARQUET` when it makes no sense.
   */
  rowGroups(): RowGroup[];
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
    const { schema, rows, chunks, nulls, rowGroups } = readFooter(source);
    return {
      path,
      size: source.size,
      version: source.version,
      rows,
      schema,
      columns: columnsOf(schema, nulls),
      chunks,
      rowGroups: () => {
        try {
          return rowGroups();
        } catch (thrown) {
          throw useless(path, thrown);
        }
      },
    };
  } catch (thrown) {
    throw useless(path, thrown);
  } finally {
    source.close();
  }
}

function useless(path: string, thrown: unknown): ServiceError {
  return new ServiceError(
    "BASE_NOT_PARQUET",
    `${fileName(path)} can't be used: ${whyNot(thrown)}`,
  );
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
