/**
 * What Arrow's writers note of columns: the schema under the key `ARROW:schema` of a footer, an encapsulated message of
 * flatbuffers (Arrow's format/Message.fbs and format/Schema.fbs), in base 64.
 */
import type { KeyValues } from "./key_values.ts";

/** Where fields of tables stand in flatbuffers' tables of them. */
const MESSAGE_HEADER = 2, SCHEMA_FIELDS = 1, FIELD_NAME = 0, FIELD_METADATA = 6;
const KEY = 0, VALUE = 1;
/** Before a message of Arrow 0.15 or later. */
const CONTINUATION = 0xffffffff;

const utf8 = new TextDecoder();

/** The metadata of fields by their names; none where the schema can't be read: it is a note, which nothing depends on. */
export function arrowFields(schema: string | undefined): Map<string, KeyValues> {
  if (schema === undefined) return new Map();
  try {
    return new Schema(Uint8Array.fromBase64(schema)).fields();
  } catch {
    return new Map();
  }
}

/** Reads a schema and never past its bytes: `DataView` throws there. */
class Schema {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  fields(): Map<string, KeyValues> {
    const start = this.#view.getUint32(0, true) === CONTINUATION ? 8 : 4;
    const schema = this.#field(this.#pointed(start), MESSAGE_HEADER);
    const found = new Map<string, KeyValues>();
    for (const field of this.#tables(schema, SCHEMA_FIELDS)) {
      const metadata: KeyValues = new Map();
      for (const pair of this.#tables(field, FIELD_METADATA)) {
        metadata.set(this.#text(pair, KEY), this.#text(pair, VALUE));
      }
      found.set(this.#text(field, FIELD_NAME), metadata);
    }
    return found;
  }

  /** Where an offset leads that stands at a place. */
  #pointed(at: number): number {
    return at + this.#view.getUint32(at, true);
  }

  /** Where a field of a table leads; 0 where it is absent. */
  #field(table: number, index: number): number {
    const entries = table - this.#view.getInt32(table, true);
    const slot = 4 + 2 * index;
    if (slot >= this.#view.getUint16(entries, true)) return 0;
    const offset = this.#view.getUint16(entries + slot, true);
    return offset === 0 ? 0 : this.#pointed(table + offset);
  }

  #tables(table: number, index: number): number[] {
    const vector = table === 0 ? 0 : this.#field(table, index);
    if (vector === 0) return [];
    const count = this.#view.getUint32(vector, true);
    if (4 * count > this.#bytes.length - vector) throw new RangeError("a vector is cut off");
    return Array.from({ length: count }, (_, k) => this.#pointed(vector + 4 + 4 * k));
  }

  #text(table: number, index: number): string {
    const at = this.#field(table, index);
    if (at === 0) return "";
    const length = this.#view.getUint32(at, true);
    return utf8.decode(this.#bytes.subarray(at + 4, at + 4 + length));
  }
}
