import { type FileMetaData, parquetMetadata } from "hyparquet";
import { Malformed } from "./malformed.ts";
import type { ByteSource } from "./source.ts";
import { ThriftReader } from "./thrift.ts";

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

/**
 * The file's footer: its schema and where each column chunk lies. Integers, times and byte arrays
 * in its statistics are as stored; decimals have none, since they would be rounded.
 *
 * @throws Malformed when the file is no Parquet file, cut off, or its footer makes no sense.
 */
export function readFooter(source: ByteSource): FileMetaData {
  const { size } = source;
  if (size < 12) throw new Malformed(`with ${size} bytes it is too short for a Parquet file`);
  const head = magic(source.read(0, 4));
  if (head !== "PAR1" && head !== "PARE") {
    throw new Malformed("it is not a Parquet file: it does not begin with PAR1");
  }
  let tail = source.read(size - Math.min(size, TAIL), Math.min(size, TAIL));
  const foot = magic(tail.subarray(-4));
  if (head === "PARE" || foot === "PARE") {
    throw new Malformed("its footer is encrypted; encrypted Parquet files can't be read");
  }
  if (foot !== "PAR1") {
    throw new Malformed("it is cut off: a Parquet file ends with PAR1, this one does not");
  }
  const length = new DataView(tail.buffer).getUint32(tail.length - 8, true);
  if (length > size - 12 || length > LONGEST) {
    throw new Malformed(`its footer can't be ${length} bytes long`);
  }
  if (length + 8 > tail.length) tail = source.read(size - 8 - length, length + 8);
  const footer = tail.subarray(tail.length - 8 - length);
  checkThrift(footer, length);
  const metadata = parse(footer);
  checkNumbers(metadata, size - 8 - length);
  dropDecimalStatistics(metadata);
  return metadata;
}

function magic(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function checkThrift(footer: Uint8Array, length: number): void {
  const reader = new ThriftReader(footer, 0, length);
  reader.struct(() => {
    if (reader.values > MOST_VALUES) throw new Malformed("its footer holds too many values");
    return false;
  });
  if (reader.values > MOST_VALUES) throw new Malformed("its footer holds too many values");
}

function parse(footer: Uint8Array): FileMetaData {
  try {
    return parquetMetadata(footer, { parsers: AS_STORED, geoparquet: false });
  } catch {
    throw new Malformed("its footer makes no sense");
  }
}

/** Checks every number that something is allocated or read by. */
function checkNumbers(metadata: FileMetaData, dataEnd: number): void {
  const { num_rows, row_groups } = metadata;
  let rows = 0;
  row_groups.forEach((group, index) => {
    const groupRows = whole(group.num_rows, `row group ${index}: its number of rows`);
    rows += groupRows;
    for (const chunk of group.columns) {
      if (chunk.file_path) {
        throw new Malformed(`its data lies in another file, ${chunk.file_path}`);
      }
      const data = chunk.meta_data;
      if (!data) {
        throw new Malformed(`row group ${index} has a column without metadata (encrypted?)`);
      }
      if (!data.type || !Array.isArray(data.path_in_schema)) {
        throw new Malformed(`row group ${index} has a column of unknown type`);
      }
      whole(data.num_values, `row group ${index}: a number of values`);
      if (groupRows === 0) continue;
      const start = whole(data.data_page_offset, `row group ${index}: a page's offset`);
      const dictionary = whole(
        data.dictionary_page_offset ?? 0n,
        `row group ${index}: a dictionary's offset`,
      );
      whole(data.total_compressed_size, `row group ${index}: a column's size`);
      if (start < 4 || start >= dataEnd || dictionary >= dataEnd) {
        throw new Malformed(`row group ${index} has a column that lies outside the file`);
      }
    }
  });
  if (whole(num_rows, "its number of rows") !== rows) {
    throw new Malformed(`its footer claims ${num_rows} rows, but its row groups hold ${rows}`);
  }
  if (rows > 2 ** 24 + dataEnd * 65536) {
    throw new Malformed(`its footer claims ${rows} rows, more than ${dataEnd} bytes can hold`);
  }
}

function whole(value: unknown, what: string): number {
  if (typeof value === "bigint" && value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER)) {
    return Number(value);
  }
  throw new Malformed(`${what} can't be ${value}`);
}

function dropDecimalStatistics({ schema, row_groups }: FileMetaData): void {
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
}
