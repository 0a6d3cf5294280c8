/** Key-value metadata of a file and of its columns (parquet.thrift: `KeyValue`). */
import type { ByteSource } from "../io/source.ts";
import { Malformed } from "../io/errors.ts";
import { footerBytes } from "./footer_bytes.ts";
import { BINARY, LIST, listOf, STRUCT, ThriftReader } from "./thrift.ts";

/** Keys, and what is said of each. */
export type KeyValues = Map<string, string>;

/** What is noted in a footer that is written. */
export interface FooterNotes {
  file: KeyValues;
  /** Of columns, by their names. */
  columns: ReadonlyMap<string, KeyValues>;
}

/** What a footer says in keys and values. */
export interface FileKeyValues {
  file: KeyValues;
  /** By leaf, of the first row group. */
  leaves: KeyValues[];
}

/**
 * Reads the keys and values in a footer that was read before, and is whole.
 *
 * @throws Malformed when they make no sense.
 */
export function readKeyValues(source: ByteSource): FileKeyValues {
  return keyValuesOf(footerBytes(source));
}

/** The same of a footer's bytes, without their length and the last PAR1. */
export function keyValuesOf(footer: Uint8Array): FileKeyValues {
  const reader = new ThriftReader(footer);
  const found: FileKeyValues = { file: new Map(), leaves: [] };
  reader.struct((id, type) => {
    if (type !== LIST || (id !== 4 && id !== 5)) return false;
    if (id === 5) readList(reader, found.file);
    else readGroups(reader, found.leaves);
    return true;
  });
  return found;
}

function readGroups(reader: ThriftReader, leaves: KeyValues[]): void {
  const groups = listOf(reader, STRUCT);
  for (let group = 0; group < groups; group++) {
    if (group > 0) {
      reader.skip(STRUCT, 1);
      continue;
    }
    reader.struct((id, type) => {
      if (id !== 1 || type !== LIST) return false;
      const columns = listOf(reader, STRUCT);
      for (let leaf = 0; leaf < columns; leaf++) leaves.push(readChunk(reader));
      return true;
    }, 1);
  }
}

/** Of a column that has none; nobody adds to it. */
const NONE: KeyValues = new Map();

function readChunk(reader: ThriftReader): KeyValues {
  let found = NONE;
  reader.struct((id, type) => {
    if (id !== 3 || type !== STRUCT) return false;
    reader.struct((id, type) => {
      if (id !== 8 || type !== LIST) return false;
      readList(reader, found = new Map());
      return true;
    }, 3);
    return true;
  }, 2);
  return found;
}

/** The first value of a key counts. */
function readList(reader: ThriftReader, into: KeyValues): void {
  const count = listOf(reader, STRUCT);
  for (let k = 0; k < count; k++) {
    const texts = ["", ""];
    reader.struct((id, type) => {
      if (type !== BINARY || (id !== 1 && id !== 2)) return false;
      texts[id - 1] = readText(reader);
      return true;
    }, 4);
    const [key, value] = texts as [string, string];
    if (!into.has(key)) into.set(key, value);
  }
}

const utf8 = new TextDecoder();

function readText(reader: ThriftReader): string {
  const length = reader.varint();
  const { at } = reader;
  if (length > reader.end - at) throw new Malformed("its footer makes no sense");
  reader.at += length;
  return utf8.decode(reader.bytes.subarray(at, at + length));
}
