import type { CompressionCodec } from "hyparquet";
import { encodeHybrid, writeRun } from "../encodings/hybrid_encode.ts";
import { DATA_PAGE, DICTIONARY_PAGE, PLAIN } from "../format/page_header.ts";
import type { ByteSink } from "../io/byte_sink.ts";
import { type Encoder, encoderOf } from "./encoder.ts";
import type { EncodedColumn } from "./output_column.ts";
import { PAGE_BYTES, PAGE_ROWS, PageWriter, setLength } from "./page_writer.ts";
import type { StorageForm } from "./storage_form.ts";

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
