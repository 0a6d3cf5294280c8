import type { CompressionCodec } from "hyparquet";
import { crc32, zstdCompressSync } from "node:zlib";
import { snappyEncode, snappyInput } from "../encodings/snappy_encode.ts";
import { RLE } from "../format/page_header.ts";
import type { ByteSink } from "../io/byte_sink.ts";
import { threadScratch } from "../io/scratch.ts";
import { writePageHeader } from "./page_header_write.ts";

/** Bytes of a page's values about: readers can skip pages they don't need. */
export const PAGE_BYTES: number = 1 << 20;
/** Rows of a page at most; values of a fixed width fill pages of as many. */
export const PAGE_ROWS: number = 1 << 17;

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
    const { writtenPage } = threadScratch;
    writtenPage.bytes = snappyInput(PAGE_BYTES + 4096);
    writtenPage.length = 0;
    fill(writtenPage);
    const plain = writtenPage.written();
    const packed = compress(plain, this.#codec);
    const start = this.#sink.length;
    writePageHeader(this.#sink, {
      type,
      values,
      encoding,
      levels: RLE,
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

/** Puts the number of bytes written from `start` on before them, where four bytes were left for it. */
export function setLength(page: ByteSink, start: number): void {
  const { buffer, byteOffset } = page.bytes;
  new DataView(buffer, byteOffset).setUint32(start - 4, page.length - start, true);
}
