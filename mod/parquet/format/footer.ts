import { type FileMetaData, parquetMetadata, type RowGroup, type SchemaElement } from "hyparquet";
import { sha256 } from "../../common/sha256.ts";
import type { ChunkTable } from "./chunk_table.ts";
import { type FooterChunks, readChunks } from "./footer_chunks.ts";
import { withIntegers } from "./footer_integers.ts";
import { isUrl } from "../../remote/url.ts";
import { type FileKeyValues, keyValuesOf } from "./key_values.ts";
import { Malformed, Unsupported } from "../io/errors.ts";
import type { ByteSource } from "../io/source.ts";
import { sharedSchema } from "./shared_schema.ts";
import { integerOf, LIST, STRUCT, ThriftReader } from "./thrift.ts";

/** Bytes of a file's end that are read first; of one on an HTTP server more, since each request takes long. */
const TAIL = 16 * 1024, REMOTE_TAIL = 64 * 1024;
/** Bytes of a footer at most. */
const LONGEST = 256 * 1024 * 1024;
/** Values of it at most that become objects: more would not fit into memory. */
const MOST_VALUES = 16_000_000;
/** Bytes of a footer that are kept at most. */
const LONGEST_KEPT = 1 << 20;

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
  /** Bytes of it that are kept for that. */
  bytesKept: number;
  /** SHA-256 of all that it says, in hexadecimal digits. @param source Gives the file where it has to be read again. */
  digest(source: () => ByteSource): string;
  /**
   * What it says in keys and values.
   *
   * @param source Gives the file where it has to be read again.
   * @throws Malformed when they make no sense.
   */
  keyValues(source: () => ByteSource): FileKeyValues;
  /**
   * The row groups with all that is in them. Integers, times and byte arrays in statistics are as stored;
   * decimals have none, since they would be rounded.
   *
   * @param source Gives the file where it has to be read again.
   * @param leaves Those whose column chunks are wanted, where not all are; of others nothing is told.
   * @throws Malformed when that makes no sense, or holds too many values.
   */
  rowGroups(source: () => ByteSource, leaves?: ReadonlySet<number>): RowGroup[];
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
  const last = Math.min(size, isUrl(source.path) ? REMOTE_TAIL : TAIL);
  let tail = source.read(size - last, last);
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
  // It may be kept for as long as the file is open, what was read before it is not.
  const footer = length + 8 === tail.length ? tail : tail.slice(tail.length - 8 - length);
  const dataEnd = size - 8 - length;
  const { schema, num_rows, found } = readMetadata(footer, length, dataEnd);
  // What takes little is kept for as long as the file is open, all else is read again where it is wanted.
  const kept = length <= LONGEST_KEPT ? footer : null;
  const whole = (source: () => ByteSource) => kept ?? source().read(dataEnd, length + 8);
  let digest: string | null = null;
  return {
    bytesKept: kept?.length ?? 0,
    digest: (source) => digest ??= sha256(whole(source).subarray(0, length)),
    keyValues: (source) => keyValuesOf(whole(source).subarray(0, length)),
    schema,
    rows: checkedRows(num_rows, found.chunks),
    ...found,
    rowGroups: (source, leaves) => withoutDecimals(parse(whole(source), leaves)),
  };
}

interface Metadata {
  schema: SchemaElement[];
  num_rows: unknown;
  found: FooterChunks;
}

/** Reads a footer once; its row groups as they come where the schema is before them, as all writers have it. */
function readMetadata(footer: Uint8Array, length: number, dataEnd: number): Metadata {
  const reader = new ThriftReader(footer, 0, length);
  let rows: number | null = null;
  let schemaBytes: Uint8Array | null = null;
  let groups: { from: number; to: number } | null = null;
  let read: Metadata | null = null;
  reader.struct((id, type) => {
    const from = reader.at;
    if (id === 3) return (rows = integerOf(reader, type)) !== null;
    if (type !== LIST || (id !== 2 && id !== 4) || groups) return false;
    if (id === 4 && schemaBytes !== null && rows !== null) {
      const schema = sharedSchema(schemaBytes, () => parse(before(footer, from)).schema);
      read = readGroups({ schema, num_rows: BigInt(rows) }, reader, dataEnd);
    } else reader.skip(type, 1);
    if (id === 4) groups = { from, to: reader.at };
    else schemaBytes = footer.subarray(from, reader.at);
    return true;
  });
  if (!groups) throw new Malformed("its footer makes no sense");
  if (read) return read;
  const { from, to } = groups as { from: number; to: number };
  const inGroups = new ThriftReader(footer, from, to);
  return readGroups(parse(without(footer, { from, to })), inGroups, dataEnd);
}

function readGroups(
  { schema, num_rows }: Pick<FileMetaData, "schema"> & { num_rows: unknown },
  reader: ThriftReader,
  dataEnd: number,
): Metadata {
  const leaves = schema.filter(({ type }) => type);
  return { schema, num_rows, found: readChunks(reader, leaves, dataEnd) };
}

function magic(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** What of a footer is before its list of row groups, as a footer without them. */
function before(footer: Uint8Array, from: number): Uint8Array {
  const end = footer.subarray(-8);
  const bytes = new Uint8Array(from + 2 + end.length);
  bytes.set(footer.subarray(0, from));
  bytes[from] = STRUCT; // none of this type, and no further field
  bytes.set(end, from + 2);
  return bytes;
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

function parse(footer: Uint8Array, leaves?: ReadonlySet<number>): FileMetaData {
  const bytes = withIntegers(footer, MOST_VALUES, leaves);
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
