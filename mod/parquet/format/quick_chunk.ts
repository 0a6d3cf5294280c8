/**
 * Reads column chunks of footers (parquet.thrift: `ColumnChunk`, `ColumnMetaData`) as almost all writers write them,
 * in a tenth of the time that any structure takes. What is unusual is left to whoever can read everything.
 */
import { BINARY, FALSE, I32, I64, LIST, STRUCT, TRUE } from "./thrift.ts";

/** What is read of a column chunk; NaN where it is absent. */
export interface ChunkFields {
  type: number;
  codec: number;
  values: number;
  uncompressed: number;
  compressed: number;
  data: number;
  dictionary: number;
  nulls: number;
  /** A bit for each that is listed. */
  encodings: number;
  described: boolean;
  named: boolean;
  encrypted: boolean;
}

/** Of a chunk of which nothing is known yet. */
export function nothing(): ChunkFields {
  return clear({} as ChunkFields);
}

function clear(chunk: ChunkFields): ChunkFields {
  chunk.type =
    chunk.codec =
    chunk.values =
    chunk.uncompressed =
    chunk.compressed =
      NaN;
  chunk.data = chunk.dictionary = chunk.nulls = NaN;
  chunk.encodings = 0;
  chunk.described = chunk.named = chunk.encrypted = false;
  return chunk;
}

/** What follows what is unusual: no place in any footer. */
const NOWHERE = Infinity;

/** Where the next byte is. */
let at = 0;

/**
 * Reads the column chunk that begins at `from`.
 *
 * @param chunk Takes what is found.
 * @returns Where it ends; -1 where it is unusual, or damaged.
 */
export function readQuickly(
  bytes: Uint8Array,
  from: number,
  end: number,
  chunk: ChunkFields,
): number {
  clear(chunk);
  at = from;
  for (let id = 0, head = bytes[at++]!; head !== 0; head = bytes[at++]!) {
    id += head >> 4;
    const type = head & 15;
    if (!(head > 15)) return -1;
    if (id === 3 && type === STRUCT) readMetadata(bytes, chunk);
    else if (id !== 3 && (type === I64 || type === I32)) skipInteger(bytes);
    else return -1;
  }
  return at <= end ? at : -1;
}

function readMetadata(bytes: Uint8Array, chunk: ChunkFields): void {
  chunk.described = true;
  for (let id = 0, head = bytes[at++]!; head !== 0; head = bytes[at++]!) {
    id += head >> 4;
    if (!(head > 15)) return unusual();
    const type = head & 15;
    if (type === I32 || type === I64) readInteger(bytes, id, chunk);
    else if (type === LIST) readList(bytes, id, chunk);
    else if (type !== STRUCT) return unusual();
    else if (id === 12) readStatistics(bytes, chunk);
    else skipIntegers(bytes);
  }
}

function readInteger(bytes: Uint8Array, id: number, chunk: ChunkFields): void {
  const value = integer(bytes);
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
}

/** Encodings, a path, or statistics of encodings. */
function readList(bytes: Uint8Array, id: number, chunk: ChunkFields): void {
  const head = bytes[at++]!;
  const type = head & 15;
  const count = head >> 4;
  if (count === 15) return unusual();
  if (id === 2 && type === I32) {
    for (let k = 0; k < count; k++) chunk.encodings |= 1 << Math.min(15, integer(bytes));
  } else if (id === 3 && type === BINARY) {
    chunk.named = true;
    for (let k = 0; k < count; k++) skipBinary(bytes);
  } else if (id === 13 && type === STRUCT) {
    for (let k = 0; k < count; k++) skipIntegers(bytes);
  } else unusual();
}

function readStatistics(bytes: Uint8Array, chunk: ChunkFields): void {
  for (let id = 0, head = bytes[at++]!; head !== 0; head = bytes[at++]!) {
    id += head >> 4;
    if (!(head > 15)) return unusual();
    const type = head & 15;
    if (type === BINARY) skipBinary(bytes);
    else if (id === 3 && type === I64) chunk.nulls = integer(bytes);
    else if (type === I64) skipInteger(bytes);
    else if (id === 3 || (type !== TRUE && type !== FALSE)) return unusual();
  }
}

/** A struct of nothing but integers and lists of them. */
function skipIntegers(bytes: Uint8Array): void {
  for (let head = bytes[at++]!; head !== 0; head = bytes[at++]!) {
    const type = head & 15;
    if (!(head > 15)) return unusual();
    if (type === I32 || type === I64) skipInteger(bytes);
    else if (type === LIST) skipList(bytes);
    else return unusual();
  }
}

function skipList(bytes: Uint8Array): void {
  const head = bytes[at++]!;
  const type = head & 15, count = head >> 4;
  if (count === 15 || (type !== I32 && type !== I64)) return unusual();
  for (let k = 0; k < count; k++) skipInteger(bytes);
}

function skipBinary(bytes: Uint8Array): void {
  const length = bytes[at++]!;
  at = length < 128 ? at + length : NOWHERE;
}

/** An integer of at most nine bytes. */
function skipInteger(bytes: Uint8Array): void {
  const most = at + 9;
  while (bytes[at++]! > 127) if (at === most) return unusual();
}

/** Zigzag number of at most seven bytes, which is exact. */
function integer(bytes: Uint8Array): number {
  let byte = bytes[at++]!;
  let value = byte & 127;
  const most = at + 6;
  for (let scale = 128; byte > 127; scale *= 128) {
    if (at === most) {
      unusual();
      return NaN;
    }
    byte = bytes[at++]!;
    value += (byte & 127) * scale;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function unusual(): void {
  at = NOWHERE;
}
