import type { RowGroup, SchemaElement } from "hyparquet";
import type { ChunkTable } from "../format/chunk_table.ts";
import { readFooter } from "../format/footer.ts";
import type { FileKeyValues } from "../format/key_values.ts";
import { Malformed, placed } from "../io/errors.ts";
import type { Column } from "../format/column.ts";
import { columnsOf } from "../format/columns_of_schema.ts";
import { assertSame, type ByteSource, type FileVersion, openSource } from "../io/source.ts";

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
  /** Bytes of its footer that are kept. */
  footerBytes: number;
  /** SHA-256 of its footer, in hexadecimal digits: the bytes before their length and the last PAR1; made when it is first asked for. */
  footerDigest(): string;
  /** What it says in keys and values, read anew whenever it is asked for. @throws Malformed when they make no sense. */
  keyValues(): FileKeyValues;
  /**
   * The row groups with all that the footer says of them, read anew whenever they are asked for.
   *
   * @param leaves Those whose column chunks are wanted, where not all are; of others nothing is told.
   * @throws Malformed when it makes no sense.
   */
  rowGroups(leaves?: ReadonlySet<number>): RowGroup[];
}

/**
 * Reads the footer of a Parquet file.
 *
 * @throws Malformed when it is none or cut off or its footer makes no sense; Unsupported when it is encrypted;
 * SourceError when it can't be read; Deno's own errors when it can't be opened.
 */
export function openParquet(path: string): OpenedFile {
  const source = openSource(path);
  /** Reads more of the footer; the file is opened where that is wanted. */
  const withSource = <T>(read: (again: () => ByteSource) => T): T => {
    let again: ByteSource | null = null;
    try {
      return checked(path, () => read(() => again = openAgain(path, source)));
    } finally {
      (again as ByteSource | null)?.close();
    }
  };
  try {
    const { schema, rows, chunks, nulls, bytesKept, digest, keyValues, rowGroups } = checked(
      path,
      () => readFooter(source),
    );
    return {
      path,
      size: source.size,
      version: source.version,
      rows,
      schema,
      columns: checked(path, () => columnsOf(schema, nulls)),
      chunks,
      footerBytes: bytesKept,
      footerDigest: () => withSource((again) => digest(again)),
      keyValues: () => withSource((again) => keyValues(again)),
      rowGroups: (leaves) => withSource((again) => rowGroups(again, leaves)),
    };
  } finally {
    source.close();
  }
}

/** Opens a file that was open before. @throws SourceError when it is another version of it. */
function openAgain(path: string, { size, version }: FileVersion): ByteSource {
  const source = openSource(path, { size, version });
  assertSame(path, { size, version }, source);
  return source;
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
