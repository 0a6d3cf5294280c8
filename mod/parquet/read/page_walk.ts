import { crc32 } from "node:zlib";
import type { ChunkPlace } from "../format/chunk_table.ts";
import type { FileBuffer } from "../io/file_buffer.ts";
import { Malformed } from "../io/errors.ts";
import {
  DATA_PAGE,
  DATA_PAGE_V2,
  DICTIONARY_PAGE,
  INDEX_PAGE,
  isListed,
  type PageHeader,
  parsePageHeader,
} from "../format/page_header.ts";
import type { ByteSource } from "../io/source.ts";
import type { Span } from "../io/span.ts";
import { EndOfBytes } from "../format/thrift.ts";

/** Bytes read at once at least, but at the end of a chunk. */
const SMALL_READ = 4 * 1024;
/** A page header (with its statistics) at most. */
const LONGEST_HEADER = 16 << 20;

/** Walks over the pages of one column chunk. Pages that are not wanted are not read. */
export class PageWalk {
  readonly #source: ByteSource;
  readonly #end: number;
  /** Where the next page's header is. */
  #at: number;
  /** What was read last: so many bytes of the file, from `#from` on, which lie at the start of the buffer. */
  #known = 0;
  #from = 0;
  #body = 0;
  #header: PageHeader | null = null;
  /** Up to where in the file bytes are likely to be wanted, and may be read ahead. */
  until = 0;
  readonly #encodings: number;
  #buffer: FileBuffer;

  /**
   * @param chunk Where its bytes begin, where they end at the latest, and the encodings that are listed.
   * @param buffer Where file bytes are kept for as long as this walk goes on.
   */
  constructor(
    source: ByteSource,
    { start, end, encodings }: Pick<ChunkPlace, "start" | "end" | "encodings">,
    buffer: FileBuffer,
  ) {
    this.#source = source;
    this.#end = end;
    this.#at = start;
    this.#encodings = encodings;
    this.#buffer = buffer;
  }

  /** Goes on with another buffer; what was read before is read anew where it is wanted. */
  moveTo(buffer: FileBuffer): void {
    this.#buffer = buffer;
    this.#known = 0;
  }

  /** Where in the file the page lies whose header {@linkcode PageWalk.next} gave. */
  get place(): { from: number; end: number } {
    return { from: this.#body, end: this.#at };
  }

  /** The header of the next page that holds data or a dictionary. */
  next(): PageHeader {
    while (true) {
      const header = this.#readHeader();
      this.#body = this.#at + header.headerLength;
      if (header.compressedLength > this.#end - this.#body) {
        throw new Malformed("a page goes on behind the end of the data");
      }
      this.#at = this.#body + header.compressedLength;
      this.#header = header;
      const { type, encoding } = header;
      if (type === DICTIONARY_PAGE) return header;
      if (type === DATA_PAGE || type === DATA_PAGE_V2) {
        if (isListed(encoding, this.#encodings)) return header;
        throw new Malformed("a page is in an encoding that its column's metadata do not list");
      }
      if (type !== INDEX_PAGE) throw new Malformed(`a page is of the unknown type ${type}`);
    }
  }

  /**
   * A part of the page behind the header; valid until the next call.
   *
   * @param most Bytes that are read at once, where they have to be.
   */
  part(offset: number, length: number, most = Infinity): Uint8Array {
    const { bytes, at, end } = this.#bytes(offset, length, most);
    return bytes.subarray(at, end);
  }

  /** The page behind the header that {@linkcode PageWalk.next} gave, valid until the next call. */
  body(): Span {
    const { compressedLength, crc } = this.#header!;
    const body = this.#bytes(this.#body, compressedLength);
    if (crc !== null) {
      const sum = crc32(body.bytes.subarray(body.at, body.end));
      if ((sum | 0) !== (crc | 0)) throw new Malformed("a page's checksum does not match its data");
    }
    return body;
  }

  #readHeader(): PageHeader {
    for (let length = 64;; length *= 16) {
      const span = this.#bytes(this.#at, Math.min(length, this.#end - this.#at));
      try {
        return parsePageHeader(span.bytes, span.at, span.end);
      } catch (thrown) {
        const last = length >= this.#end - this.#at || length > LONGEST_HEADER;
        if (last || !(thrown instanceof EndOfBytes)) throw thrown;
      }
    }
  }

  #bytes(offset: number, length: number, most = Infinity): Span {
    if (offset < this.#from || offset + length > this.#from + this.#known) {
      const ahead = Math.min(this.until - offset, this.#source.stride, most);
      const count = Math.max(SMALL_READ, length, ahead);
      this.#slide(offset, Math.min(count, this.#end - offset));
    }
    const at = offset - this.#from;
    return { bytes: this.#buffer.bytes, at, end: at + length };
  }

  /** Moves on to `count` bytes from `offset`; what is known of them is not read again. */
  #slide(offset: number, count: number): void {
    const end = this.#known;
    const known = offset >= this.#from ? Math.max(0, this.#from + end - offset) : 0;
    const old = this.#buffer.bytes;
    this.#buffer.take(count, offset);
    const { bytes } = this.#buffer;
    if (known) bytes.set(old.subarray(end - known, end));
    this.#known = 0;
    this.#source.readInto(offset + known, bytes.subarray(known, count));
    this.#known = count;
    this.#from = offset;
  }
}
