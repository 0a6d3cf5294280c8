/** Parquet files put down level by level: legacy schemas and odd pages that no writer at hand makes any more. */
import { ByteWriter } from "../../../mod/parquet/format/hyparquet.ts";
import { serializeTCompactProtocol } from "../../../mod/parquet/format/hyparquet.ts";

export const REQUIRED = 0, OPTIONAL = 1, REPEATED = 2;
export const BOOLEAN = 0, INT32 = 1, INT64 = 2, DOUBLE = 5, BYTE_ARRAY = 6, FIXED = 7;
export const UTF8 = 0, MAP = 1, MAP_KEY_VALUE = 2, LIST = 3;
export const PLAIN = 0, RLE = 3, BIT_PACKED = 4;

/** An element of a schema: a leaf has a type, a group children. Numbers are those of parquet.thrift. */
export interface RawElement {
  name: string;
  repetition: number;
  type?: number;
  length?: number;
  converted?: number;
  /** Field of the union LogicalType. */
  logical?: number;
  children?: RawElement[];
}

export type RawValue = number | bigint | string | boolean | Uint8Array;

/** What a leaf holds: levels of each entry, and the values of those that have one. */
export interface RawLeaf {
  path: string[];
  element: RawElement;
  maxDefinition: number;
  maxRepetition: number;
  definition: number[];
  repetition: number[];
  values: RawValue[];
}

/** How a page is put down. */
export interface RawPage {
  version?: 1 | 2;
  /** Encoding of the levels of a page of version 1: {@linkcode RLE} or {@linkcode BIT_PACKED}. */
  levels?: number;
  /** What a page of version 2 says of its rows and nulls; otherwise what is right. */
  rows?: number;
  nulls?: number;
  /** What is made of its header at last. */
  change?: (header: object) => object;
  /** Of its values, and the bytes they come to; PLAIN where nothing is said. */
  encoding?: number;
  encode?: (values: RawValue[], element: RawElement) => Uint8Array;
}

/** The leaves of a schema, without entries. */
export function rawLeaves(fields: RawElement[]): RawLeaf[] {
  const leaves: RawLeaf[] = [];
  const visit = (element: RawElement, above: string[], definition: number, repetition: number) => {
    const path = [...above, element.name];
    const maxDefinition = definition + Number(element.repetition !== REQUIRED);
    const maxRepetition = repetition + Number(element.repetition === REPEATED);
    if (element.type === undefined) {
      for (const child of element.children!) visit(child, path, maxDefinition, maxRepetition);
    } else {
      const entries = { definition: [], repetition: [], values: [] };
      leaves.push({ path, element, maxDefinition, maxRepetition, ...entries });
    }
  };
  for (const field of fields) visit(field, [], 0, 0);
  return leaves;
}

/** Entries `from` up to `to` of a leaf. */
export function entriesOf(leaf: RawLeaf, from: number, to: number): RawLeaf {
  const present = (until: number) =>
    leaf.definition.slice(0, until).filter((level) => level === leaf.maxDefinition).length;
  return {
    ...leaf,
    definition: leaf.definition.slice(from, to),
    repetition: leaf.repetition.slice(from, to),
    values: leaf.values.slice(present(from), present(to)),
  };
}

/** A data page, header included, of some entries of a leaf; not compressed. */
export function dataPage(leaf: RawLeaf, page: RawPage = {}): Uint8Array {
  const { version = 1, levels = RLE, encoding = PLAIN, encode = plain } = page;
  const values = encode(leaf.values, leaf.element);
  const packed = version === 2 ? RLE : levels;
  const [repetition, definition] = [
    levelBytes(leaf.repetition, leaf.maxRepetition, packed),
    levelBytes(leaf.definition, leaf.maxDefinition, packed),
  ];
  const count = leaf.definition.length;
  if (version === 2) {
    return withHeader([repetition, definition, values], 3, {
      field_8: {
        field_1: count,
        field_2: page.nulls ?? count - leaf.values.length,
        field_3: page.rows ?? leaf.repetition.filter((level) => level === 0).length,
        field_4: encoding,
        field_5: definition.length,
        field_6: repetition.length,
        field_7: false,
      },
    }, page.change);
  }
  const framed = [repetition, definition].map((bytes, index) =>
    (index ? leaf.maxDefinition : leaf.maxRepetition) && levels === RLE
      ? joined([uint32(bytes.length), bytes])
      : bytes
  );
  return withHeader([...framed, values], 0, {
    field_5: { field_1: count, field_2: encoding, field_3: levels, field_4: levels },
  }, page.change);
}

/** A page of other bytes, with its header. */
export function withHeader(
  parts: Uint8Array[],
  type: number,
  header: object,
  change: (header: object) => object = (header) => header,
): Uint8Array {
  const body = joined(parts);
  const start = { field_1: type, field_2: body.length, field_3: body.length };
  return joined([thrift(change({ ...start, ...header })), body]);
}

/** A column chunk: its pages, and what its metadata say otherwise than is usual. */
export interface RawChunk {
  leaf: RawLeaf;
  pages: Uint8Array[];
  metadata?: object;
  /** Of the `ColumnChunk` itself. */
  chunk?: object;
}

/**
 * A file with row groups of such chunks.
 *
 * @param footer What `FileMetaData` says otherwise.
 * @param change What is made of `FileMetaData` at last.
 */
export function rawFile(
  fields: RawElement[],
  groups: { rows: number; chunks: RawChunk[] }[],
  footer: object = {},
  change: (metadata: object) => object = (metadata) => metadata,
): Uint8Array {
  const parts: Uint8Array[] = [new TextEncoder().encode("PAR1")];
  let at = 4;
  const rowGroups = groups.map(({ rows, chunks }) => ({
    field_1: chunks.map(({ leaf, pages, metadata, chunk }) => {
      const start = at;
      for (const page of pages) {
        parts.push(page);
        at += page.length;
      }
      return {
        field_2: BigInt(start),
        field_3: {
          field_1: leaf.element.type!,
          field_2: [PLAIN, RLE],
          field_3: leaf.path,
          field_4: 0,
          field_5: BigInt(leaf.definition.length),
          field_6: BigInt(at - start),
          field_7: BigInt(at - start),
          field_9: BigInt(start),
          ...metadata,
        },
        ...chunk,
      };
    }),
    field_2: BigInt(
      chunks.flatMap(({ pages }) => pages).reduce((sum, page) => sum + page.length, 0),
    ),
    field_3: BigInt(rows),
  }));
  const schema = [{ field_4: "schema", field_5: fields.length }, ...fields.flatMap(elements)];
  const rows = BigInt(groups.reduce((sum, group) => sum + group.rows, 0));
  const bytes = thrift(change({
    field_1: 1,
    field_2: schema,
    field_3: rows,
    field_4: rowGroups,
    field_6: "by hand",
    ...footer,
  }));
  parts.push(bytes, uint32(bytes.length), new TextEncoder().encode("PAR1"));
  return joined(parts);
}

/** The elements of a schema below a field, as `SchemaElement`s, the field first. */
export function elements(element: RawElement): object[] {
  const { name, repetition, type, length, converted, logical, children } = element;
  const own = {
    field_1: type,
    field_2: length,
    field_3: repetition,
    field_4: name,
    field_5: children?.length,
    field_6: converted,
    field_10: logical === undefined ? undefined : { [`field_${logical}`]: {} },
  };
  return [own, ...(children ?? []).flatMap(elements)];
}

function thrift(value: object): Uint8Array {
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, value as never);
  return writer.getBytes();
}

/** Values in PLAIN encoding. */
export function plain(values: RawValue[], { type }: RawElement): Uint8Array {
  if (type === BOOLEAN) return packed(values.map(Number), 1);
  return joined(values.map((value) => {
    const view = new DataView(new ArrayBuffer(8));
    switch (type) {
      case INT32:
        view.setInt32(0, value as number, true);
        return new Uint8Array(view.buffer, 0, 4);
      case INT64:
        view.setBigInt64(0, value as bigint, true);
        return new Uint8Array(view.buffer);
      case DOUBLE:
        view.setFloat64(0, value as number, true);
        return new Uint8Array(view.buffer);
      case FIXED:
        return value as Uint8Array;
    }
    const bytes = value instanceof Uint8Array ? value : new TextEncoder().encode(value as string);
    return joined([uint32(bytes.length), bytes]);
  }));
}

function levelBytes(levels: number[], most: number, encoding: number): Uint8Array {
  const width = 32 - Math.clz32(most);
  if (width === 0) return new Uint8Array(0);
  return encoding === BIT_PACKED ? packed(levels, width) : runs(levels, width);
}

/** Runs of the hybrid of run lengths and bit-packing (Encodings.md), for values of up to 8 bits. */
export function runs(values: number[], width: number): Uint8Array {
  const writer = new ByteWriter();
  for (let from = 0; from < values.length;) {
    let to = from + 1;
    while (to < values.length && values[to] === values[from]) to++;
    if (width > 0 && to - from < 8) {
      const eight = values.slice(from, from + 8);
      writer.appendVarInt(3);
      writer.appendBytes(packed([...eight, ...new Array(8 - eight.length).fill(0)], width));
      from += 8;
    } else {
      writer.appendVarInt(2 * (to - from));
      if (width > 0) writer.appendUint8(values[from]!);
      from = to;
    }
  }
  return writer.getBytes();
}

/** Values of so many bits each, the lowest bit first. */
export function packed(values: number[], width: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length * width / 8));
  values.forEach((value, index) => {
    for (let bit = 0; bit < width; bit++) {
      const at = index * width + bit;
      bytes[at >>> 3]! |= (value >>> bit & 1) << (at & 7);
    }
  });
  return bytes;
}

export function uint32(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return new Uint8Array(view.buffer);
}

export function joined(parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
