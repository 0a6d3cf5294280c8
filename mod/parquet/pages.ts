import type { ColumnMetaData } from "hyparquet";
import { crc32 } from "node:zlib";
import { Malformed } from "./malformed.ts";
import {
  DATA_PAGE,
  DATA_PAGE_V2,
  DICTIONARY_PAGE,
  INDEX_PAGE,
  type PageHeader,
  parsePageHeader,
} from "./page_header.ts";
import type { ByteSource } from "./source.ts";
import { Scratch, type Span } from "./span.ts";
import { EndOfBytes } from "./thrift.ts";

/** Bytes read at once at least and, where many are wanted, at most (but for larger pages). */
const SMALL_READ = 4 * 1024;
const LARGE_READ = 4 << 20;
/** A page header (with its statistics) at most. */
const LONGEST_HEADER = 16 << 20;

const fileBytes = new Scratch();

/** Walks over the pages of one column chunk. Pages that are not wanted are not read. */
export class PageWalk {
  readonly #source: ByteSource;
  readonly #end: number;
  /** Where the next page's header is. */
  #at: number;
  /** What was read last: `#window` holds the file's bytes from `#from` on. */
  #window: Span = { bytes: new Uint8Array(0), at: 0, end: 0 };
  #from = 0;
  #body = 0;
  #header: PageHeader | null = null;

  /** @param end Where the chunk's bytes end at the latest. */
  constructor(source: ByteSource, chunk: ColumnMetaData, end: number) {
    this.#source = source;
    this.#end = end;
    this.#at = startOfChunk(chunk);
  }

  /** Where in the file the next page's header is. */
  get offset(): number {
    return this.#at;
  }

  /** Goes on at another page, known from an earlier walk. */
  seek(offset: number): void {
    this.#at = offset;
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
      const { type } = header;
      if (type === DATA_PAGE || type === DATA_PAGE_V2 || type === DICTIONARY_PAGE) return header;
      if (type !== INDEX_PAGE) throw new Malformed(`a page is of the unknown type ${type}`);
    }
  }

  /**
   * The page behind the header that {@linkcode PageWalk.next} gave, valid until the next call.
   *
   * @param ahead How many bytes behind the page are likely to be wanted, too.
   */
  body(ahead: number): Span {
    const { compressedLength, crc } = this.#header!;
    const body = this.#bytes(this.#body, compressedLength, compressedLength + ahead);
    if (crc !== null) {
      const sum = crc32(body.bytes.subarray(body.at, body.end));
      if ((sum | 0) !== (crc | 0)) throw new Malformed("a page's checksum does not match its data");
    }
    return body;
  }

  #readHeader(): PageHeader {
    for (let length = 64;; length *= 16) {
      const span = this.#bytes(this.#at, Math.min(length, this.#end - this.#at), SMALL_READ);
      try {
        return parsePageHeader(span.bytes, span.at, span.end);
      } catch (thrown) {
        const last = length >= this.#end - this.#at || length > LONGEST_HEADER;
        if (last || !(thrown instanceof EndOfBytes)) throw thrown;
      }
    }
  }

  #bytes(offset: number, length: number, wanted: number): Span {
    if (offset < this.#from || offset + length > this.#from + this.#window.end) {
      const most = Math.max(length, Math.min(wanted, LARGE_READ));
      this.#slide(offset, Math.min(Math.max(SMALL_READ, most), this.#end - offset));
    }
    const at = offset - this.#from;
    return { bytes: this.#window.bytes, at, end: at + length };
  }

  /** Moves the window on to `count` bytes from `offset`; what it has of them is not read again. */
  #slide(offset: number, count: number): void {
    const { bytes: old, end } = this.#window;
    const known = offset >= this.#from ? Math.max(0, this.#from + end - offset) : 0;
    const bytes = fileBytes.take(count);
    bytes.set(old.subarray(end - known, end));
    this.#window = { bytes, at: 0, end: 0 };
    this.#source.readInto(offset + known, bytes.subarray(known, count));
    this.#window.end = count;
    this.#from = offset;
  }
}

/** Where a chunk's first page is: its dictionary, if it has one in front of the data. */
export function startOfChunk(chunk: ColumnMetaData): number {
  const data = Number(chunk.data_page_offset);
  const dictionary = Number(chunk.dictionary_page_offset ?? 0);
  return dictionary >= 4 && dictionary < data ? dictionary : data;
}
