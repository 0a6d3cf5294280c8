import { Malformed } from "../io/errors.ts";

/** Types of the Thrift compact protocol. */
export const TRUE = 1;
export const FALSE = 2;
const BYTE = 3;
const I16 = 4;
export const I32 = 5;
export const I64 = 6;
const DOUBLE = 7;
export const BINARY = 8;
export const LIST = 9;
const SET = 10;
export const STRUCT = 12;

/** Structs nest far less deep in any Parquet file. */
const DEEPEST = 64;

/** Thrown when a struct goes on behind the bytes that are there. */
export class EndOfBytes extends Malformed {
  constructor() {
    super("a Thrift structure is cut off");
  }
}

/** Reads the Thrift compact protocol and never past its bytes. */
export class ThriftReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  /** Values seen so far, in all structs and lists. */
  values = 0;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    if (this.at >= this.end) throw new EndOfBytes();
    return this.bytes[this.at++]!;
  }

  /** Unsigned varint of at most 10 bytes; exact to 2^53. */
  varint(): number {
    let value = 0;
    for (let scale = 1, length = 0; length < 10; length++, scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new Malformed("a Thrift number is too long");
  }

  /** Zigzag number; exact to 2^52. */
  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /**
   * Reads a struct. `field` is called for each field; where it returns false, it has read
   * nothing and the value is skipped.
   */
  struct(field: (id: number, type: number) => boolean, depth = 0): void {
    if (depth > DEEPEST) throw new Malformed("Thrift structures are nested too deep");
    let id = 0;
    while (true) {
      const head = this.byte();
      const type = head & 15;
      if (type === 0) return;
      id = head >> 4 ? id + (head >> 4) : this.zigzag();
      this.values++;
      if (!field(id, type)) this.skip(type, depth + 1);
    }
  }

  /** Steps over a value and checks that it is well formed. */
  skip(type: number, depth = 0): void {
    if (depth > DEEPEST) throw new Malformed("Thrift structures are nested too deep");
    switch (type) {
      case TRUE:
      case FALSE:
        return;
      case BYTE:
        return void this.byte();
      case I16:
      case I32:
      case I64:
        return void this.varint();
      case DOUBLE:
        return this.#advance(8);
      case BINARY:
        return this.#advance(this.varint());
      case LIST:
      case SET:
        return this.#skipList(depth);
      case STRUCT:
        return this.struct(() => false, depth);
      default:
        throw new Malformed(`Thrift type ${type} has no place in Parquet`);
    }
  }

  #skipList(depth: number): void {
    const head = this.byte();
    const type = head & 15;
    const count = head >> 4 === 15 ? this.varint() : head >> 4;
    if (count > this.end - this.at) throw new EndOfBytes();
    this.values += count;
    for (let i = 0; i < count; i++) {
      if (type === TRUE || type === FALSE) this.byte();
      else this.skip(type, depth + 1);
    }
  }

  #advance(count: number): void {
    if (count > this.end - this.at) throw new EndOfBytes();
    this.at += count;
  }
}

/** How many elements of a list follow. @throws Malformed when they are of another type. */
export function listOf(reader: ThriftReader, expected: number): number {
  const head = reader.byte();
  const count = head >> 4 === 15 ? reader.varint() : head >> 4;
  if (count > 0 && (head & 15) !== expected) throw new Malformed("its footer makes no sense");
  return count;
}

/** Reads an integer of any width, or a boolean as 0 or 1; null, with nothing read, for other types. */
export function integerOf(reader: ThriftReader, type: number): number | null {
  switch (type) {
    case TRUE:
    case FALSE:
      return type === TRUE ? 1 : 0;
    case BYTE:
      return reader.byte() << 24 >> 24;
    case I16:
    case I32:
    case I64:
      return reader.zigzag();
    default:
      return null;
  }
}
