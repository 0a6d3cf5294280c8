import type { ParquetType, SchemaElement } from "hyparquet";
import { ParquetTypes } from "./hyparquet.ts";
import { type ChunkTable, newTable } from "./chunk_table.ts";
import { Malformed, Unsupported } from "../io/errors.ts";
import { type ChunkFields, nothing, readQuickly } from "./quick_chunk.ts";
import { BINARY, I32, integerOf, LIST, listOf, STRUCT, type ThriftReader } from "./thrift.ts";

/** What the row groups of a footer say of all their column chunks. */
export interface FooterChunks {
  chunks: ChunkTable;
  /** By leaf: whether some row group may have a null there. */
  nulls: boolean[];
}

/**
 * Reads the row groups of a footer (parquet.thrift: `RowGroup`, `ColumnChunk`, `ColumnMetaData`), but for what
 * only some jobs want of them, and checks every number that something is allocated or read by.
 *
 * @param reader Stands at the list of row groups.
 * @param leaves Of the schema.
 * @param dataEnd Where the footer begins.
 * @param quick Reads usual column chunks.
 * @throws Malformed when they make no sense.
 */
export function readChunks(
  reader: ThriftReader,
  leaves: SchemaElement[],
  dataEnd: number,
  quick: typeof readQuickly = readQuickly,
): FooterChunks {
  const groups = listOf(reader, STRUCT);
  const all = groups * leaves.length;
  if (all * SHORTEST_CHUNK > reader.end - reader.at) {
    throw new Malformed(`its row groups can't each have ${leaves.length} columns`);
  }
  if (all > MOST_CHUNKS) throw new Malformed("its footer holds too many values");
  const chunks = newTable(groups, leaves.length, dataEnd);
  const nulls = leaves.map(() => false);
  const found = new GroupReader(reader, leaves, chunks, nulls, dataEnd, quick);
  for (let group = 0; group < groups; group++) found.read(group);
  return { chunks, nulls };
}

/** Bytes of a column chunk in a footer at least. */
const SHORTEST_CHUNK = 1;
/** Column chunks of a file at most: what is kept of each takes 28 bytes in the engine and in each worker. */
const MOST_CHUNKS = 1 << 23;

class GroupReader {
  readonly #reader: ThriftReader;
  readonly #types: number[];
  readonly #leaves: SchemaElement[];
  readonly #table: ChunkTable;
  readonly #nulls: boolean[];
  readonly #dataEnd: number;
  readonly #quick: typeof readQuickly;
  readonly #known: boolean[];
  #group = 0;
  #columns = 0;
  #rows = NaN;
  /** What is wrong with a chunk's place, which is of no matter where there are no rows. */
  #fault: string | null = null;
  #chunk: ChunkFields = nothing();

  constructor(
    reader: ThriftReader,
    leaves: SchemaElement[],
    table: ChunkTable,
    nulls: boolean[],
    dataEnd: number,
    quick: typeof readQuickly,
  ) {
    this.#quick = quick;
    this.#reader = reader;
    this.#leaves = leaves;
    this.#types = leaves.map(({ type }) => ParquetTypes.indexOf(type as ParquetType));
    this.#table = table;
    this.#nulls = nulls;
    this.#dataEnd = dataEnd;
    this.#known = leaves.map(() => false);
  }

  read(group: number): void {
    this.#group = group;
    this.#columns = 0;
    this.#rows = NaN;
    this.#fault = null;
    this.#reader.struct(this.#groupField);
    const { leaves, rows } = this.#table;
    if (this.#columns !== leaves) {
      throw new Malformed(
        `row group ${group} has ${this.#columns} columns, its schema ${leaves}`,
      );
    }
    rows[group] = whole(this.#rows, `row group ${group}: its number of rows`);
    if (this.#rows === 0) return this.#checkEmpty();
    if (this.#fault !== null) throw new Malformed(`row group ${group}${this.#fault}`);
    for (let leaf = 0; leaf < leaves; leaf++) if (!this.#known[leaf]) this.#nulls[leaf] = true;
  }

  #checkEmpty(): void {
    const { leaves, values } = this.#table;
    const from = this.#group * leaves;
    if (values.subarray(from, from + leaves).some((count) => count > 0)) {
      throw new Malformed(`row group ${this.#group} has values, but no rows`);
    }
  }

  readonly #groupField = (id: number, type: number): boolean => {
    if (id === 1 && type === LIST) {
      this.#columns = listOf(this.#reader, STRUCT);
      for (let leaf = 0; leaf < this.#columns; leaf++) this.#readChunk(leaf);
      return true;
    }
    const rows = id === 3 ? integerOf(this.#reader, type) : null;
    this.#rows = rows ?? this.#rows;
    return rows !== null;
  };

  /** The next column chunk. */
  #read(): ChunkFields {
    const reader = this.#reader;
    const end = this.#quick(reader.bytes, reader.at, reader.end, this.#chunk);
    if (end >= 0) reader.at = end;
    else {
      this.#chunk = nothing();
      reader.struct(this.#chunkField, 2);
    }
    return this.#chunk;
  }

  #readChunk(leaf: number): void {
    const chunk = this.#read();
    const group = this.#group;
    const { bytes, leaves, start, compressedSize, values, codec, encodings, encrypted } = this
      .#table;
    const at = group * leaves + leaf;
    if (chunk.encrypted && leaf < leaves) {
      encrypted[at] = 1;
      this.#known[leaf] = false;
      return;
    }
    if (!chunk.described) {
      throw new Malformed(`row group ${group} has a column without metadata`);
    }
    if (!chunk.named || Number.isNaN(chunk.type)) {
      throw new Malformed(`row group ${group} has a column of unknown type`);
    }
    const element = this.#leaves[leaf];
    if (!element) return; // its number of columns is told instead
    if (chunk.type !== this.#types[leaf]) {
      throw new Malformed(`row group ${group}: column "${element.name}" has another type`);
    }
    const { data, compressed } = chunk;
    const dictionary = Number.isNaN(chunk.dictionary) ? 0 : chunk.dictionary;
    if (!isWhole(chunk.values)) {
      whole(chunk.values, `row group ${group}: a number of values`);
    }
    values[at] = chunk.values;
    start[at] = firstPage(dictionary, data, this.#dataEnd);
    compressedSize[at] = compressed;
    if (!isWhole(compressed)) this.#fault ??= `: a column's size can't be ${told(compressed)}`;
    if (!isWhole(dictionary)) {
      this.#fault ??= `: a dictionary's offset can't be ${told(dictionary)}`;
    }
    if (!isWhole(data)) this.#fault ??= `: a page's offset can't be ${told(data)}`;
    if (!(start[at]! >= 4) || start[at]! >= this.#dataEnd || dictionary >= this.#dataEnd) {
      this.#fault ??= " has a column that lies outside the file";
    }
    codec[at] = chunk.codec;
    encodings[at] = chunk.encodings;
    if (chunk.uncompressed > 0) bytes[group]! += chunk.uncompressed;
    this.#known[leaf] = chunk.nulls === 0;
  }

  readonly #chunkField = (id: number, type: number): boolean => {
    if (id === 1 && type === BINARY) {
      const length = this.#reader.varint();
      if (length === 0) return true;
      const { bytes, at } = this.#reader;
      const name = bytes.subarray(at, at + length);
      throw new Unsupported(`its data lies in another file, ${new TextDecoder().decode(name)}`);
    }
    // `crypto_metadata` and `encrypted_column_metadata`
    if (id === 8 && type === STRUCT || id === 9 && type === BINARY) this.#chunk.encrypted = true;
    if (id !== 3 || type !== STRUCT) return false;
    this.#chunk.described = true;
    this.#reader.struct(this.#metadataField, 3);
    return true;
  };

  readonly #metadataField = (id: number, type: number): boolean => {
    const chunk = this.#chunk;
    if (type === LIST && id === 2) {
      for (let left = listOf(this.#reader, I32); left > 0; left--) {
        chunk.encodings |= 1 << Math.min(15, this.#reader.zigzag());
      }
      return true;
    }
    if (type === LIST && id === 3) chunk.named = true;
    if (type === STRUCT && id === 12) {
      this.#reader.struct(this.#statisticsField, 4);
      return true;
    }
    const value = integerOf(this.#reader, type);
    if (value === null) return false;
    switch (id) {
      case 1:
        chunk.type = value;
        break;
      case 4:
        chunk.codec = value;
        break;
      case 5:
        chunk.values = value;
        break;
      case 6:
        chunk.uncompressed = value;
        break;
      case 7:
        chunk.compressed = value;
        break;
      case 9:
        chunk.data = value;
        break;
      case 11:
        chunk.dictionary = value;
        break;
    }
    return true;
  };

  readonly #statisticsField = (id: number, type: number): boolean => {
    const nulls = id === 3 ? integerOf(this.#reader, type) : null;
    this.#chunk.nulls = nulls ?? this.#chunk.nulls;
    return nulls !== null;
  };
}

/** Where a chunk begins: with its dictionary where that is in front of the data, or only it is in the file. */
function firstPage(dictionary: number, data: number, dataEnd: number): number {
  const isData = data >= 4 && data < dataEnd;
  return dictionary >= 4 && (dictionary < data || !isData) ? dictionary : data;
}

function whole(value: number, what: string): number {
  if (isWhole(value)) return value;
  throw new Malformed(`${what} can't be ${told(value)}`);
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function told(value: number): string {
  return Number.isNaN(value) ? "absent" : String(value);
}
