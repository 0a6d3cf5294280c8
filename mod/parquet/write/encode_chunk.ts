import type { CompressionCodec, Encoding } from "hyparquet";
import { crc32, zstdCompressSync } from "node:zlib";
import { ByteSink } from "../io/byte_sink.ts";
import type { StorageForm, StoredValueList } from "./storage_form.ts";
import { buildDictionary, type TextDictionary, writeText } from "./dictionary.ts";
import { encodeHybrid, writeRun } from "../encodings/hybrid_encode.ts";
import {
  DATA_PAGE,
  DICTIONARY_PAGE,
  PLAIN,
  RLE as RLE_ENCODING,
  RLE_DICTIONARY,
} from "../format/page_header.ts";
import type { EncodedColumn } from "./output_column.ts";
import { writePageHeader } from "./page_header_write.ts";
import { snappyEncode, snappyInput } from "../encodings/snappy_encode.ts";
import {
  booleanBounds,
  type Bounds,
  byteArrayBounds,
  floatBounds,
  int32Bounds,
  int64Bounds,
  textBounds,
} from "../format/column_statistics.ts";

/** Bytes of a page's values about: readers can skip pages they don't need. */
export const PAGE_BYTES: number = 1 << 20;
/** Rows of a page at most; values of a fixed width fill pages of as many. */
export const PAGE_ROWS: number = 1 << 17;

/** A column chunk without what it is called. */
export type EncodedChunk = Omit<EncodedColumn, "name" | "type" | "required">;

/**
 * Encodes a column chunk behind what the sink holds.
 *
 * @param required Its pages have no levels.
 * @throws TypeError when there is a null all the same.
 */
export function encodeChunk(
  packed: StorageForm,
  codec: CompressionCodec,
  sink: ByteSink,
  required: boolean,
): EncodedChunk {
  const { rows, validity } = packed;
  if (required && validity?.includes(0)) throw new TypeError("a required column holds a null");
  const offset = sink.length;
  const encoder = encoderOf(packed.values);
  const writer = new PageWriter(codec, sink);
  let dictionaryOffset: number | null = null;
  if (encoder.dictionary && rows) {
    dictionaryOffset = sink.length;
    const { dictionary } = encoder;
    writer.write(DICTIONARY_PAGE, dictionary.count, PLAIN, (page) => page.append(dictionary.page));
  }
  const dataOffset = sink.length;
  let nulls = 0;
  let dataPages = 0;
  let value = 0;
  for (let row = 0; row < rows; dataPages++) {
    const end = Math.min(rows, row + PAGE_ROWS);
    const { rowEnd, valueEnd } = pageEnd(encoder, validity, row, end, value);
    writer.write(DATA_PAGE, rowEnd - row, encoder.number, (page) => {
      if (!required) writeLevels(validity, row, rowEnd, valueEnd - value, page);
      encoder.write(value, valueEnd, page);
    });
    nulls += rowEnd - row - (valueEnd - value);
    row = rowEnd;
    value = valueEnd;
  }
  const bounds = rows ? encoder.bounds() : null;
  return {
    codec,
    encodings: encoder.dictionary ? ["PLAIN", "RLE", "RLE_DICTIONARY"] : encoder.encodings,
    rows,
    nulls,
    dictionaryOffset,
    dataOffset,
    offset,
    compressedSize: sink.length - offset,
    uncompressedSize: writer.uncompressed,
    dataPages,
    least: bounds?.least ?? null,
    most: bounds?.most ?? null,
  };
}

/** Writes stretches of a column's values, nulls left out. */
export interface Encoder {
  number: number;
  encodings: Encoding[];
  dictionary?: TextDictionary;
  /** Bytes of a value, or where each byte array ends. */
  size: number | ((index: number) => number);
  write(from: number, to: number, page: ByteSink): void;
  bounds(): Bounds | null;
}

/** The encoder of values. */
export function encoderOf(values: StoredValueList): Encoder {
  switch (values.form) {
    case "float":
      return fixed(
        values.values,
        values.values.BYTES_PER_ELEMENT,
        () => floatBounds(values.values),
      );
    case "int32":
      return fixed(values.values, 4, () => int32Bounds(values.values, values.unsigned));
    case "int64":
      return fixed(values.halves, 8, () => int64Bounds(values.halves, values.unsigned));
    case "boolean":
      return booleans(values.bits);
    case "strings":
      return strings(values.values);
    case "binary":
      return byteArrays(values.values, values.ordered);
    case "fixed":
      return fixed(
        values.bytes,
        values.width,
        () => values.ordered ? byteArrayBounds(cutApart(values.bytes, values.width)) : null,
      );
    case "none":
      return fixed(new Int32Array(0), 4, () => null);
  }
}

const PLAIN_ONLY: Encoding[] = ["PLAIN", "RLE"];

function fixed(values: ArrayBufferView, size: number, bounds: () => Bounds | null): Encoder {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return {
    number: PLAIN,
    encodings: PLAIN_ONLY,
    size,
    bounds,
    write: (from, to, page) => page.append(bytes.subarray(from * size, to * size)),
  };
}

function booleans(bits: Uint8Array): Encoder {
  return {
    number: PLAIN,
    encodings: PLAIN_ONLY,
    size: 0.125,
    bounds: () => booleanBounds(bits),
    write(from, to, page) {
      const length = Math.ceil((to - from) / 8);
      const at = page.reserve(length);
      page.bytes.fill(0, at, at + length);
      for (let i = from; i < to; i++) {
        page.bytes[at + ((i - from) >>> 3)]! |= bits[i]! << ((i - from) & 7);
      }
      page.length = at + length;
    },
  };
}

function strings(values: string[]): Encoder {
  const dictionary = buildDictionary(values);
  if (!dictionary) {
    return {
      number: PLAIN,
      encodings: PLAIN_ONLY,
      size: (index) => values[index]!.length + 4,
      bounds: () => textBounds(values),
      write(from, to, page) {
        for (let i = from; i < to; i++) writeText(values[i]!, page);
      },
    };
  }
  const { indexes, width } = dictionary;
  return {
    number: RLE_DICTIONARY,
    encodings: PLAIN_ONLY,
    dictionary,
    size: width / 8,
    bounds: () => dictionary.bounds,
    write(from, to, page) {
      page.byte(width);
      encodeHybrid(indexes, from, to, width, page);
    },
  };
}

function cutApart(bytes: Uint8Array, width: number): Uint8Array[] {
  const count = bytes.length / width;
  return Array.from({ length: count }, (_, k) => bytes.subarray(k * width, (k + 1) * width));
}

function byteArrays(values: Uint8Array[], ordered: boolean): Encoder {
  return {
    number: PLAIN,
    encodings: PLAIN_ONLY,
    size: (index) => values[index]!.length + 4,
    bounds: () => ordered ? byteArrayBounds(values) : null,
    write(from, to, page) {
      for (let i = from; i < to; i++) {
        page.uint32(values[i]!.length);
        page.append(values[i]!);
      }
    },
  };
}

/** Where a page of about the wanted size ends, in rows and in values without nulls. */
function pageEnd(
  { size }: Encoder,
  validity: Uint8Array | null,
  row: number,
  end: number,
  value: number,
): { rowEnd: number; valueEnd: number } {
  if (!validity && typeof size === "number") {
    const rowEnd = Math.min(end, row + Math.floor(PAGE_BYTES / size));
    return { rowEnd, valueEnd: value + rowEnd - row };
  }
  let bytes = 0;
  let rowEnd = row;
  while (rowEnd < end) {
    if (!validity || validity[rowEnd]) {
      bytes += typeof size === "number" ? size : size(value);
      if (bytes > PAGE_BYTES && rowEnd > row) break;
      value++;
    }
    rowEnd++;
  }
  return { rowEnd, valueEnd: value };
}

/** Definition levels: 1 for a value, 0 for a null, with their length in front. */
function writeLevels(
  validity: Uint8Array | null,
  from: number,
  to: number,
  present: number,
  page: ByteSink,
): void {
  page.uint32(0);
  const start = page.length;
  if (!validity || present === to - from) writeRun(1, to - from, 1, page);
  else if (present === 0) writeRun(0, to - from, 1, page);
  else encodeHybrid(validity, from, to, 1, page);
  setLength(page, start);
}

/** Puts the number of bytes written from `start` on before them, where four bytes were left for it. */
export function setLength(page: ByteSink, start: number): void {
  const { buffer, byteOffset } = page.bytes;
  new DataView(buffer, byteOffset).setUint32(start - 4, page.length - start, true);
}

const pageSink = new ByteSink(0);

/** Compresses pages and writes them with their headers. */
export class PageWriter {
  /** Bytes of all pages before compression, headers included. */
  uncompressed = 0;
  readonly #codec: CompressionCodec;
  readonly #sink: ByteSink;

  constructor(codec: CompressionCodec, sink: ByteSink) {
    this.#codec = codec;
    this.#sink = sink;
  }

  write(type: number, values: number, encoding: number, fill: (page: ByteSink) => void): void {
    pageSink.bytes = snappyInput(PAGE_BYTES + 4096);
    pageSink.length = 0;
    fill(pageSink);
    const plain = pageSink.written();
    const packed = compress(plain, this.#codec);
    const start = this.#sink.length;
    writePageHeader(this.#sink, {
      type,
      values,
      encoding,
      levels: RLE_ENCODING,
      uncompressed: plain.length,
      compressed: packed.length,
      crc: crc32(packed),
    });
    this.uncompressed += this.#sink.length - start + plain.length;
    this.#sink.append(packed);
  }
}

/** What comes back is valid until the next page. */
function compress(plain: Uint8Array, codec: CompressionCodec): Uint8Array {
  switch (codec) {
    case "UNCOMPRESSED":
      return plain;
    case "SNAPPY":
      return snappyEncode(plain);
    case "ZSTD":
      return zstdCompressSync(plain);
    default:
      throw new TypeError(`results are not written in ${codec}`);
  }
}
