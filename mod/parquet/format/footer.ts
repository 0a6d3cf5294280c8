import { type FileMetaData, parquetMetadata, type RowGroup, type SchemaElement } from "hyparquet";
import type { ChunkTable } from "./chunk_table.ts";
import { type FooterChunks, readChunks } from "./footer_chunks.ts";
import { withIntegers } from "./footer_integers.ts";
import { Malformed, Unsupported } from "../io/errors.ts";
import type { ByteSource } from "../io/source.ts";
import { LIST, STRUCT, ThriftReader } from "./thrift.ts";

const TAIL = 64 * 1024;
/** Bytes and values of a footer at most: more would not fit into memory as objects. */
const LONGEST = 256 * 1024 * 1024;
const MOST_VALUES = 16_000_000;

/** Parsers that leave every statistic as it is stored: no dates, no lossy strings. */
export const AS_STORED = {
  timestampFromMilliseconds: <T>(value: T) => value,
  timestampFromMicroseconds: <T>(value: T) => value,
  timestampFromNanoseconds: <T>(value: T) => value,
  dateFromDays: <T>(value: T) => value,
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes?.slice(),
  uuidFromBytes: (bytes: Uint8Array | undefined) => bytes?.slice(),
  jsonFromBytes: <T>(value: T) => value,
  geometryFromBytes: <T>(value: T) => value,
  geographyFromBytes: <T>(value: T) => value,
};

/** What a footer says. */
export interface Footer extends FooterChunks {
  schema: SchemaElement[];
  rows: number;
  /**
   * The row groups with all that is in them. Integers, times and byte arrays in statistics are as stored;
   * decimals have none, since they would be rounded.
   *
   * @throws Malformed when that makes no sense.
   */
  rowGroups(): RowGroup[];
}

/**
 * Reads a file's footer.
 *
 * @throws Unsupported when it is encrypted; Malformed when the file is no Parquet file, cut off, or its footer makes no sense.
 */
export function readFooter(source: ByteSource): Footer {
  const { size } = source;
  if (size < 12) throw new Malformed(`with ${size} bytes it is too short for a Parquet file`);
  const head = magic(source.read(0, 4));
  if (head !== "PAR1" && head !== "PARE") {
    throw new Malformed("it is not a Parquet file: it does not begin with PAR1");
  }
  let tail = source.read(size - Math.min(size, TAIL), Math.min(size, TAIL));
  const foot = magic(tail.subarray(-4));
  if (head === "PARE" || foot === "PARE") {
    throw new Unsupported("its footer is encrypted; encrypted Parquet files can't be read");
  }
  if (foot !== "PAR1") {
    throw new Malformed("it is cut off: a Parquet file ends with PAR1, this one does not");
  }
  const length = new DataView(tail.buffer).getUint32(tail.length - 8, true);
  if (length > size - 12 || length > LONGEST) {
    throw new Malformed(`its footer can't be ${length} bytes long`);
  }
  if (length + 8 > tail.length) tail = source.read(size - 8 - length, length + 8);
  // It is kept for as long as the file is open, what was read before it is not.
  const footer = tail.slice(tail.length - 8 - length);
  const dataEnd = size - 8 - length;
  const groups = findRowGroups(footer, length);
  const { schema, num_rows } = parse(without(footer, groups));
  const reader = new ThriftReader(footer, groups.from, groups.to);
  const leaves = schema.filter(({ type }) => type);
  const found = readChunks(reader, leaves, dataEnd);
  let whole: RowGroup[] | null = null;
  return {
    schema,
    rows: checkedRows(num_rows, found.chunks),
    ...found,
    rowGroups: () => whole ??= withoutDecimals(parse(footer)),
  };
}

function magic(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Where the list of row groups lies in a footer that is well formed. */
function findRowGroups(footer: Uint8Array, length: number): { from: number; to: number } {
  const reader = new ThriftReader(footer, 0, length);
  let from = -1, to = -1;
  reader.struct((id, type) => {
    if (reader.values > MOST_VALUES) throw new Malformed("its footer holds too many values");
    if (id !== 4 || type !== LIST) return false;
    from = reader.at;
    reader.skip(type, 1);
    to = reader.at;
    return true;
  });
  if (reader.values > MOST_VALUES) throw new Malformed("its footer holds too many values");
  if (from < 0) throw new Malformed("its footer makes no sense");
  return { from, to };
}

/** A footer whose list of row groups is empty. */
function without(footer: Uint8Array, { from, to }: { from: number; to: number }): Uint8Array {
  const rest = footer.subarray(to);
  const bytes = new Uint8Array(from + 1 + rest.length);
  bytes.set(footer.subarray(0, from));
  bytes[from] = STRUCT; // none of this type
  bytes.set(rest, from + 1);
  return bytes;
}

function parse(footer: Uint8Array): FileMetaData {
  const bytes = withIntegers(footer);
  try {
    return parquetMetadata(bytes, { parsers: AS_STORED, geoparquet: false });
  } catch {
    throw new Malformed("its footer makes no sense");
  }
}

/**
 * The rows of all row groups. Some writers leave another number in the footer itself (parquet-rs 0.3 wrote 0); like
 * pyarrow and DuckDB this counts what the row groups hold, and each column's values are held against that.
 */
function checkedRows(claimed: unknown, { rows, dataEnd }: ChunkTable): number {
  if (typeof claimed !== "bigint" || claimed < 0n) {
    throw new Malformed(`its footer can't claim ${claimed} rows`);
  }
  const all = rows.reduce((sum, count) => sum + count, 0);
  if (all > 2 ** 24 + dataEnd * 65536) {
    throw new Malformed(`its row groups claim ${all} rows, more than ${dataEnd} bytes can hold`);
  }
  return all;
}

function withoutDecimals({ schema, row_groups }: FileMetaData): RowGroup[] {
  const leaves = schema.filter((element) => element.type);
  leaves.forEach((element, leaf) => {
    if (element.converted_type !== "DECIMAL" && element.logical_type?.type !== "DECIMAL") return;
    for (const { columns } of row_groups) {
      const statistics = columns[leaf]?.meta_data?.statistics;
      for (const bound of ["min", "max", "min_value", "max_value"] as const) {
        delete statistics?.[bound];
      }
    }
  });
  return row_groups;
}
