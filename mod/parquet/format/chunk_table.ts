import type { ColumnMetaData, CompressionCodec } from "hyparquet";
import { CompressionCodecs } from "./hyparquet.ts";
import { Unsupported } from "../io/errors.ts";

/** Where the column chunks of a file lie, in few arrays: files with many row groups are quick to send to workers. */
export interface ChunkTable {
  /** By row group. */
  rows: Float64Array;
  /** Bytes of all its columns, uncompressed. */
  bytes: Float64Array;
  leaves: number;
  /** Where the footer begins. */
  dataEnd: number;
  /** The others by row group and leaf. First byte in the file. */
  start: Float64Array;
  compressedSize: Float64Array;
  values: Float64Array;
  /** Number of the codec in the format. */
  codec: Uint8Array;
  /** Encodings that its metadata list, a bit for each; 0 where they list none. */
  encodings: Uint16Array;
  /** 1 where it is encrypted; then nothing else is known of it. */
  encrypted: Uint8Array;
}

/** One column chunk. */
export interface ChunkPlace {
  start: number;
  end: number;
  compressedSize: number;
  values: number;
  codec: CompressionCodec;
  /** Encodings that its metadata list, a bit for each; 0 where they list none. */
  encodings: number;
  /** Of its row group. */
  rows: number;
}

/** A table of chunks whose places are to be filled in. */
export function newTable(groups: number, leaves: number, dataEnd: number): ChunkTable {
  const all = groups * leaves;
  const doubles = 2 * groups + 3 * all;
  // One piece of memory for all: there may be many thousands of such tables.
  const memory = new ArrayBuffer(8 * doubles + 4 * all);
  const doublesAt = (index: number, count: number) => new Float64Array(memory, 8 * index, count);
  const bytesAt = (index: number) => new Uint8Array(memory, 8 * doubles + index * all, all);
  return {
    rows: doublesAt(0, groups),
    bytes: doublesAt(groups, groups),
    leaves,
    dataEnd,
    start: doublesAt(2 * groups, all),
    compressedSize: doublesAt(2 * groups + all, all),
    values: doublesAt(2 * groups + 2 * all, all),
    encodings: new Uint16Array(memory, 8 * doubles, all),
    codec: bytesAt(2),
    encrypted: bytesAt(3),
  };
}

/**
 * Looks a column chunk up. It ends at the latest where the footer begins, or where another of its row group does:
 * the size that metadata give is not relied on, some writers leave parts of the chunk out of it.
 *
 * @throws Unsupported when it is encrypted.
 */
export function chunkPlace(table: ChunkTable, rowGroup: number, leaf: number): ChunkPlace {
  const { leaves } = table;
  const at = rowGroup * leaves + leaf;
  if (table.encrypted[at] === 1) {
    throw new Unsupported("it is encrypted; encrypted columns can't be read");
  }
  const start = table.start[at]!;
  let end = table.dataEnd;
  for (let other = rowGroup * leaves; other < (rowGroup + 1) * leaves; other++) {
    if (table.start[other]! > start) end = Math.min(end, table.start[other]!);
  }
  return {
    start,
    end,
    compressedSize: table.compressedSize[at]!,
    values: table.values[at]!,
    codec: CompressionCodecs[table.codec[at]!]!,
    encodings: table.encodings[at]!,
    rows: table.rows[rowGroup]!,
  };
}

/** Where a chunk's first page is: its dictionary, if it has one in front of the data. */
export function startOfChunk(chunk: ColumnMetaData): number {
  const data = Number(chunk.data_page_offset);
  const dictionary = Number(chunk.dictionary_page_offset ?? 0);
  return dictionary >= 4 && dictionary < data ? dictionary : data;
}
