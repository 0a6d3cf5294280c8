import type { ColumnMetaData, CompressionCodec, RowGroup } from "hyparquet";
import { CompressionCodecs } from "hyparquet/src/constants.js";

/** Where the column chunks of a file lie, in few arrays: files with many row groups are quick to send to workers. */
export interface ChunkTable {
  /** By row group. */
  rows: Float64Array;
  /** Bytes of all its columns, uncompressed. */
  bytes: Float64Array;
  leaves: number;
  /** The others by row group and leaf. First byte in the file, and the one behind the last at most. */
  start: Float64Array;
  end: Float64Array;
  compressedSize: Float64Array;
  values: Float64Array;
  /** Number of the codec in the format. */
  codec: Uint8Array;
}

/** One column chunk. */
export interface ChunkPlace {
  start: number;
  end: number;
  compressedSize: number;
  values: number;
  codec: CompressionCodec;
  /** Of its row group. */
  rows: number;
}

/**
 * The column chunks of row groups.
 *
 * @param dataEnd Where the footer begins. A chunk ends there at the latest, or where another of its row group
 * begins: the size that metadata give is not relied on, some writers leave parts of the chunk out of it.
 */
export function chunkTable(rowGroups: RowGroup[], leaves: number, dataEnd: number): ChunkTable {
  const groups = rowGroups.length, all = groups * leaves;
  const table: ChunkTable = {
    rows: new Float64Array(groups),
    bytes: new Float64Array(groups),
    leaves,
    start: new Float64Array(all),
    end: new Float64Array(all),
    compressedSize: new Float64Array(all),
    values: new Float64Array(all),
    codec: new Uint8Array(all),
  };
  rowGroups.forEach(({ num_rows, columns }, group) => {
    table.rows[group] = Number(num_rows);
    const from = group * leaves;
    let bytes = 0;
    columns.forEach(({ meta_data }, leaf) => {
      const chunk = meta_data!;
      bytes += Number(chunk.total_uncompressed_size ?? 0);
      table.start[from + leaf] = startOfChunk(chunk);
      table.compressedSize[from + leaf] = Number(chunk.total_compressed_size);
      table.values[from + leaf] = Number(chunk.num_values);
      table.codec[from + leaf] = CompressionCodecs.indexOf(chunk.codec);
    });
    table.bytes[group] = Math.max(0, bytes);
    const starts = table.start.subarray(from, from + leaves);
    const rising = starts.toSorted();
    starts.forEach((start, leaf) => {
      table.end[from + leaf] = Math.min(dataEnd, rising.find((other) => other > start) ?? Infinity);
    });
  });
  return table;
}

/** Looks a column chunk up. */
export function chunkPlace(table: ChunkTable, rowGroup: number, leaf: number): ChunkPlace {
  const at = rowGroup * table.leaves + leaf;
  return {
    start: table.start[at]!,
    end: table.end[at]!,
    compressedSize: table.compressedSize[at]!,
    values: table.values[at]!,
    codec: CompressionCodecs[table.codec[at]!]!,
    rows: table.rows[rowGroup]!,
  };
}

/** Where a chunk's first page is: its dictionary, if it has one in front of the data. */
export function startOfChunk(chunk: ColumnMetaData): number {
  const data = Number(chunk.data_page_offset);
  const dictionary = Number(chunk.dictionary_page_offset ?? 0);
  return dictionary >= 4 && dictionary < data ? dictionary : data;
}
