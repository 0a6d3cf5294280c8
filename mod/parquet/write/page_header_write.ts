import type { ByteSink } from "../io/byte_sink.ts";
import { DATA_PAGE } from "../format/page_header.ts";

/** What stands before a page that is written. */
export interface WrittenPage {
  type: number;
  values: number;
  encoding: number;
  /** Encoding of the levels of a data page. */
  levels: number;
  uncompressed: number;
  compressed: number;
  /** Checksum of the page as stored. */
  crc: number;
}

/** A field of Thrift's compact protocol: how far its number is from the one before, type i32. */
function field(sink: ByteSink, step: number, value: number): void {
  sink.byte((step << 4) | 5);
  sink.varint((value << 1) ^ (value >> 31));
}

/** Writes the header of a data page (version 1) or a dictionary page (parquet.thrift). */
export function writePageHeader(sink: ByteSink, page: WrittenPage): void {
  const { type, values, encoding, levels, uncompressed, compressed, crc } = page;
  field(sink, 1, type);
  field(sink, 1, uncompressed);
  field(sink, 1, compressed);
  field(sink, 1, crc | 0);
  sink.byte(((type === DATA_PAGE ? 1 : 3) << 4) | 12);
  field(sink, 1, values);
  field(sink, 1, encoding);
  if (type === DATA_PAGE) {
    field(sink, 1, levels);
    field(sink, 1, levels);
  }
  sink.byte(0);
  sink.byte(0);
}
