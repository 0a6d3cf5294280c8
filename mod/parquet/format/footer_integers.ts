/**
 * Some writers (fastparquet among them) write a boolean where the format has an integer, `false` for 0 and `true`
 * for 1, an integer where it has a boolean, or an integer of another width: their values are of other types in
 * Python. What stands there is plain; it is written anew as the format has it (parquet.thrift).
 */
import { Malformed } from "../io/errors.ts";
import { ByteSink } from "../io/byte_sink.ts";
import { FALSE, I32, I64, integerOf, LIST, listOf, STRUCT, ThriftReader, TRUE } from "./thrift.ts";

const BOOLEAN = TRUE;

/** Fields of a struct whose values are integers, booleans, structs, or lists of structs. */
interface Struct {
  [id: number]: typeof I32 | typeof I64 | typeof BOOLEAN | Struct;
}

const ENCODING_STATISTICS: Struct = { 1: I32, 2: I32, 3: I32 };
const STATISTICS: Struct = { 3: I64, 4: I64, 7: BOOLEAN, 8: BOOLEAN };
const TIME: Struct = { 1: BOOLEAN };

const LOGICAL_TYPE: Struct = { 5: { 1: I32, 2: I32 }, 7: TIME, 8: TIME, 10: { 2: BOOLEAN } };

const SCHEMA_ELEMENT: Struct = {
  1: I32,
  2: I32,
  3: I32,
  5: I32,
  6: I32,
  7: I32,
  8: I32,
  9: I32,
  10: LOGICAL_TYPE,
};

const COLUMN_METADATA: Struct = {
  1: I32,
  4: I32,
  5: I64,
  6: I64,
  7: I64,
  9: I64,
  10: I64,
  11: I64,
  12: STATISTICS,
  13: ENCODING_STATISTICS,
  14: I64,
  15: I32,
};

const COLUMN_CHUNK: Struct = { 2: I64, 3: COLUMN_METADATA, 4: I64, 5: I32, 6: I64, 7: I32 };
const SORTING_COLUMN: Struct = { 1: I32, 2: BOOLEAN, 3: BOOLEAN };

const ROW_GROUP: Struct = {
  1: COLUMN_CHUNK,
  2: I64,
  3: I64,
  4: SORTING_COLUMN,
  5: I64,
  6: I64,
};

const FILE_METADATA: Struct = { 1: I32, 2: SCHEMA_ELEMENT, 3: I64, 4: ROW_GROUP };

/**
 * A footer with integers and booleans as the format has them.
 *
 * @param footer Its metadata, four bytes of their length, and PAR1.
 * @param most Values that it may hold, of what is wanted.
 * @param leaves Those whose column chunks are wanted, by index; the others are empty. `null` for all.
 * @throws Malformed when they are not well formed, or more.
 */
export function withIntegers(
  footer: Uint8Array,
  most = Infinity,
  leaves: ReadonlySet<number> | null = null,
): Uint8Array<ArrayBuffer> {
  const sink = new ByteSink(leaves ? 1 << 16 : footer.length + 64);
  const reader = new ThriftReader(footer, 0, footer.length - 8);
  copyStruct(reader, sink, FILE_METADATA, 0, leaves);
  if (reader.values > most) throw new Malformed("its footer holds too many values");
  sink.uint32(sink.length);
  sink.append(footer.subarray(-4));
  return sink.written();
}

function copyStruct(
  reader: ThriftReader,
  sink: ByteSink,
  fields: Struct,
  depth: number,
  leaves: ReadonlySet<number> | null,
): void {
  let last = 0;
  const head = (id: number, type: number) => {
    writeHead(sink, id, id - last, type);
    last = id;
  };
  reader.struct((id, type) => {
    const wanted = fields[id];
    const isRight = wanted === type || (wanted === BOOLEAN && type === FALSE);
    if (typeof wanted === "object" || wanted === undefined || isRight) {
      head(id, type);
      copyValue(reader, sink, type, typeof wanted === "object" ? wanted : null, depth + 1, leaves);
      return true;
    }
    const value = integerOf(reader, type);
    if (value === null) return false; // of another kind: left out, and missed later if it is needed
    if (wanted === BOOLEAN) head(id, value ? TRUE : FALSE);
    else {
      head(id, wanted);
      writeZigzag(sink, value);
    }
    return true;
  }, depth);
  sink.byte(0);
}

function copyValue(
  reader: ThriftReader,
  sink: ByteSink,
  type: number,
  fields: Struct | null,
  depth: number,
  leaves: ReadonlySet<number> | null,
): void {
  if (fields && type === STRUCT) return copyStruct(reader, sink, fields, depth, leaves);
  const from = reader.at;
  if (fields && type === LIST) {
    const count = listOf(reader, STRUCT);
    sink.append(reader.bytes.subarray(from, reader.at));
    for (let index = 0; index < count; index++) {
      if (fields === COLUMN_CHUNK && leaves?.has(index) === false) leaveOut(reader, sink, depth);
      else copyStruct(reader, sink, fields, depth, leaves);
    }
    return;
  }
  reader.skip(type, depth);
  sink.append(reader.bytes.subarray(from, reader.at));
}

/** Puts an empty struct in the place of one. */
function leaveOut(reader: ThriftReader, sink: ByteSink, depth: number): void {
  const { values } = reader;
  reader.skip(STRUCT, depth);
  reader.values = values;
  sink.byte(0);
}

function writeHead(sink: ByteSink, id: number, step: number, type: number): void {
  if (step > 0 && step < 16) return sink.byte(step << 4 | type);
  sink.byte(type);
  writeZigzag(sink, id);
}

function writeZigzag(sink: ByteSink, value: number): void {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  for (; rest > 127; rest = Math.floor(rest / 128)) sink.byte(rest % 128 | 128);
  sink.byte(rest);
}
