import type { CompressionCodec } from "hyparquet";
import type { Kernel } from "#kernel";
import { assertLength, decompress } from "../encodings/codec.ts";
import { FILE_AT, FILE_END } from "../io/file_buffer.ts";
import { Inflater } from "../encodings/inflater.ts";
import { Malformed } from "../io/errors.ts";
import { DATA_PAGE_V2, type PageHeader } from "../format/page_header.ts";
import type { PageWalk } from "./page_walk.ts";
import { threadScratch } from "../io/scratch.ts";
import type { Span } from "../io/span.ts";

/** Compressed bytes that are handed to the kernel at once. */
const STAGE = 1 << 16;
/** And where little of what follows them is wanted. */
const SHORT_STAGE = 1 << 12;
/** What the kernel may read or write behind what it is told. */
const SLACK = 64;
/** Bytes that are kept of what was decompressed last at least: writers of Snappy repeat nothing older. */
const HISTORY = 1 << 16;
/** And at most, where partitions want rows of the one before; for more of them a page is held whole. */
const LONGEST_HISTORY = 1 << 22;
/** Bytes at most that are decompressed beyond what is wanted: writers of Snappy put down no more at once. */
const LONGEST_LITERAL = 1 << 16;
/** Bytes of a page that are held at once where no more of them are wanted: they stay in a core's cache. */
const WINDOW = 3 << 17;
/** Bytes that writers of Snappy compress for themselves: copies do not reach back from one such block to another. */
const BLOCK = 1 << 16;
/** Values that are converted at once; see {@linkcode HeldPage.convertAt}. */
export const CONVERTED = 1 << 13;

const CONVERT_AT = FILE_END + SLACK;
/** Where history is kept while those who have the page's values may change them. */
const SAVED_AT = CONVERT_AT + 8 * CONVERTED + SLACK;
const PAGE_AT = SAVED_AT + HISTORY + LONGEST_LITERAL + SLACK;

/** A place from which a page can be decompressed without what is before it. */
export interface PageMark {
  /** Where in the file it goes on. */
  from: number;
  /** Bytes of the page that are before it. */
  there: number;
}

/** What decompresses a page, where it waits to go on behind a mark. */
export interface PausedStream extends PageMark {
  inflater: Inflater;
}

/**
 * A data page in a kernel's memory that is decompressed as far as it is wanted: partitions that share
 * one large page each add their part, and what was before theirs is let go.
 */
export class HeldPage {
  readonly kernel: Kernel;
  readonly header: PageHeader;
  /** Bytes of the page, uncompressed, levels included. */
  readonly size: number;
  /** How many of them are there. */
  #there = 0;
  /** How many of the first are no longer there; a multiple of 8. */
  #dropped = 0;
  /** Where the first of those that are there lies. */
  #start = PAGE_AT;
  /** From which byte on history is kept apart; negative where it is where it belongs. */
  #savedFrom = -1;
  /** Bytes that are kept of what is no longer wanted. */
  #history = HISTORY;
  /** Whether bytes are let go. */
  #sliding = true;
  /** Whether it is decompressed as far as it is wanted, and not at once. */
  readonly #inParts: boolean;
  /** Where in the file its bytes are, and the next of them that are wanted. */
  readonly #place: { from: number; end: number };
  #from = 0;
  /** Compressed bytes that are handed to the kernel at once. */
  #stage = STAGE;
  /** Bytes of a page of version 2 that are not compressed. */
  #levels = 0;
  readonly #walk: PageWalk;
  readonly #codec: CompressionCodec;
  /** Of a page in a codec that the kernel doesn't know, while it is decompressed. */
  #inflater: Inflater | null = null;
  /** In their order. */
  readonly #marks: PageMark[];
  /** Whether it may begin at a mark: not where a copy reached back behind one. */
  #jumps = true;

  /**
   * @param marks Those that were found of the page before; more are added.
   * @param paused What it goes on with, where that was kept.
   */
  constructor(
    kernel: Kernel,
    walk: PageWalk,
    header: PageHeader,
    codec: CompressionCodec,
    marks: PageMark[] = [],
    paused: PausedStream | null = null,
  ) {
    this.#marks = marks;
    this.kernel = kernel;
    this.header = header;
    this.#walk = walk;
    this.#place = walk.place;
    const { from, end } = this.#place;
    this.size = header.uncompressedLength;
    const levels = header.type === DATA_PAGE_V2
      ? header.repetitionLength + header.definitionLength
      : 0;
    const packed = header.type === DATA_PAGE_V2 && !header.compressed ? "UNCOMPRESSED" : codec;
    if (levels > end - from || levels > this.size) {
      throw new Malformed("a page's levels are longer than the page");
    }
    assertLength(packed, end - from - levels, this.size - levels);
    this.#codec = packed;
    this.#levels = levels;
    if (header.crc === null && this.size > levels) {
      this.#inflater = paused?.inflater ?? Inflater.open(packed, this.size - levels);
    }
    this.#inParts = header.crc === null &&
      (packed === "SNAPPY" || packed === "UNCOMPRESSED" || this.#inflater !== null);
    if (this.size === levels || this.#inParts) {
      this.#begin();
      if (paused) this.#goOn(paused);
    } else {
      kernel.reserve(this.valuesEnd);
      const { bytes, at, end } = walk.body();
      kernel.bytes.set(bytes.subarray(at, at + levels), PAGE_AT);
      const span = decompress(
        packed,
        { bytes, at: at + levels, end },
        this.size - levels,
        threadScratch.page,
      );
      kernel.bytes.set(span.bytes.subarray(span.at, span.end), PAGE_AT + levels);
      this.#there = this.size;
    }
  }

  /** Address of the page's first byte, or where it would be if it were still there. */
  get at(): number {
    return this.#start - this.#dropped;
  }

  /** First address behind the whole page that is free, on a multiple of 8. */
  get valuesEnd(): number {
    return (this.#start + this.size + SLACK + 7) & ~7;
  }

  /** Address of room for {@linkcode CONVERTED} values of 8 bytes. */
  get convertAt(): number {
    return CONVERT_AT;
  }

  /**
   * Sees to it that the page's bytes up to `until` are there. Those before `first` may be let go, and
   * are got anew when a later call wants them.
   */
  need(until: number, first = 0): void {
    const end = Math.min(until, this.size);
    if (this.#savedFrom >= 0) this.#restore();
    if (first < this.#dropped) {
      this.#history = Math.max(2 * this.#history, this.#there - first);
      this.#startOver(this.#history <= LONGEST_HISTORY);
    }
    this.#jump(first);
    // Where the history is long, three times of it are held, so that it is not moved too often.
    const most = Math.max(WINDOW, end - first + 3 * this.#history);
    while (this.#there < end) {
      let next = end;
      if (this.#sliding) {
        if (end - this.#dropped > most) this.#drop(first);
        next = Math.min(end, this.#dropped + most);
      }
      this.kernel.reserve(Math.min(next + STAGE, this.size) + this.at + SLACK);
      if (this.#codec === "UNCOMPRESSED") this.#copy(next);
      else if (this.#inflater) this.#inflate(this.#inflater, next);
      else this.#unsnap(next);
    }
  }

  /**
   * The page's first bytes, so many of them; valid until more of it is wanted.
   *
   * @param alone Whether what follows them is not wanted next.
   */
  first(length: number, alone = false): Span {
    const walk = this.#walk;
    const { until } = walk;
    if (alone) {
      walk.until = 0;
      this.#stage = SHORT_STAGE;
    }
    this.need(length);
    walk.until = until;
    this.#stage = STAGE;
    const { at } = this;
    return { bytes: this.kernel.bytes, at, end: at + length };
  }

  /**
   * Address of the page's bytes from `first` on, all of them up to `until`, on a multiple of `width`: a power of two,
   * 8 at most, and the same at every call. Whoever has them may change them, up to the next call of
   * {@linkcode HeldPage.need}.
   *
   * @returns `null` where the page has need of them itself.
   */
  lend(first: number, until: number, width: number): number | null {
    if (!this.#isLendable) return null;
    this.#align(first, width);
    this.need(until, first);
    if (!this.#isLendable || this.#there - until > LONGEST_LITERAL) return null;
    const { at } = this;
    // The next rows may begin before `until`: they have a halo.
    const from = Math.max(this.#dropped, (until - HISTORY) & ~7);
    this.kernel.bytes.copyWithin(SAVED_AT, at + from, at + this.#there);
    this.#savedFrom = from;
    return at + first;
  }

  /** Whether no more of the page is wanted again than is kept aside. */
  get #isLendable(): boolean {
    return this.#inParts && this.#sliding && this.#history === HISTORY;
  }

  /** Moves what is there, so that the page's byte `offset` comes to lie on a multiple of `width`. */
  #align(offset: number, width: number): void {
    const shift = -(this.at + offset) & (width - 1);
    if (shift === 0) return;
    const { kernel } = this;
    const from = this.#start;
    this.#start += shift;
    kernel.reserve(this.at + this.#there + SLACK);
    this.#moveFrom(from, this.#dropped, -shift);
  }

  /** Brings history back to where it belongs; all else was lent and is let go. */
  #restore(): void {
    const from = this.#savedFrom;
    this.#savedFrom = -1;
    this.#moveFrom(SAVED_AT, from, from - this.#dropped);
  }

  /**
   * Moves bytes of the page to where its first ones lie: from now on those from `dropped` on.
   *
   * @param count How far to the front this is from where they belonged.
   */
  #moveFrom(at: number, dropped: number, count: number): void {
    const { kernel } = this;
    kernel.bytes.copyWithin(this.#start, at, at + this.#there - dropped);
    kernel.code.snappyMoved(count, Math.max(0, dropped - this.#levels));
    this.#dropped = dropped;
  }

  /** Gives its memory up. @returns What it can go on with; `null` where it has to begin again. */
  pause(): PausedStream | null {
    const inflater = this.#inflater;
    if (!inflater?.rest()) {
      this.close();
      return null;
    }
    this.#inflater = null;
    return { inflater, from: this.#from, there: this.#there };
  }

  /** Lets go of what decompresses it. */
  close(): void {
    this.#inflater?.close();
    this.#inflater = null;
  }

  #begin(): void {
    const { kernel } = this;
    const levels = this.#levels;
    const start = this.#place.from;
    kernel.reserve(this.#start + levels + SLACK);
    if (levels) kernel.bytes.set(this.#walk.part(start, levels), this.#start);
    this.#from = start + levels;
    this.#there = levels;
    this.#dropped = 0;
    if (this.size > levels && this.#codec === "SNAPPY") this.#beginSnappy();
  }

  /** Begins again, for bytes that were let go. */
  #startOver(sliding = false): void {
    this.#sliding = sliding;
    this.#inflater?.close();
    this.#inflater = Inflater.open(this.#codec, this.size - this.#levels);
    this.#begin();
  }

  /** Goes on from the last mark before a byte, where that spares work. */
  #jump(first: number): void {
    if (!this.#jumps || !this.#sliding || first - this.#there < BLOCK) return;
    if (this.#codec === "UNCOMPRESSED") {
      const there = this.#there + (first - this.#there & ~7);
      return this.#goOn({ from: this.#from + there - this.#there, there });
    }
    const mark = this.#markBefore(first);
    if (!mark || mark.there <= this.#there) return;
    this.#goOn(mark);
    this.#begun(mark.there - this.#levels);
  }

  /** Lets go of all that is there. */
  #goOn({ from, there }: PageMark): void {
    this.#start = PAGE_AT + (this.at + there & 7);
    this.#from = from;
    this.#there = this.#dropped = there;
  }

  /** The last mark before a byte; what lies between the marks that are known and it is stepped over. */
  #markBefore(first: number): PageMark | undefined {
    const known = this.#marks.findLast(({ there }) => there <= first);
    if (!known || first - known.there < 2 * BLOCK) return known;
    const there = first - (first - this.#levels) % BLOCK;
    const from = this.#stepOver(known, there);
    if (from === null) {
      this.#jumps = false;
      this.#startOver(true);
      return undefined;
    }
    const mark = { from, there };
    this.#marks.push(mark);
    this.#marks.sort((a, b) => a.there - b.there);
    return mark;
  }

  /** Where in the file a block begins that lies behind a mark; `null` where none begins there. */
  #stepOver(mark: PageMark, there: number): number | null {
    const { kernel: { code } } = this;
    const { end } = this.#place;
    const until = there - this.#levels;
    this.#begun(mark.there - this.#levels);
    let { from } = mark;
    for (let length = SHORT_STAGE; code.snappyDone() < until;) {
      const count = Math.min(length, end - from);
      if (count <= 0) return null;
      const at = this.#inKernel(this.#walk.part(from, count, count));
      const stopped = code.snappySkip(at, at + count, from + count === end, until);
      if (stopped === 0 || stopped === at) return null;
      // Where literals are short, little is stepped over at once.
      length = stopped > at + count ? SHORT_STAGE : Math.min(STAGE, 4 * length);
      from += stopped - at;
    }
    return code.snappyDone() === until && from <= end ? from : null;
  }

  /** Has the kernel go on behind `done` bytes of a block of Snappy's that are not there. */
  #begun(done: number): void {
    const { code } = this.kernel;
    code.snappyBegin(this.#start - done, this.size - this.#levels);
    code.snappySkipped(done);
  }

  /** Remembers where a block ends, if one does here. */
  #mark(): void {
    const done = this.#there - this.#levels;
    if (done % BLOCK !== 0 || this.kernel.code.snappyOpen()) return;
    const last = this.#marks.at(-1);
    if (last && last.there >= this.#there) return;
    this.#marks.push({ from: this.#from, there: this.#there });
  }

  /** Lets go of what is neither wanted nor history. */
  #drop(first: number): void {
    const dropped = Math.min(first, this.#there - this.#history) & ~7;
    const count = dropped - this.#dropped;
    if (count <= 0) return;
    this.#moveFrom(this.at + dropped, dropped, count);
  }

  #copy(until: number): void {
    const count = Math.min(until - this.#there, STAGE);
    this.kernel.bytes.set(this.#walk.part(this.#from, count), this.at + this.#there);
    this.#from += count;
    this.#there += count;
  }

  #inflate(inflater: Inflater, until: number): void {
    const input = this.#walk.part(this.#from, Math.min(STAGE, this.#place.end - this.#from));
    const output = this.kernel.bytes.subarray(this.at + this.#there, this.at + until);
    const done = inflater.step(input, output);
    if (!done || done.read + done.written === 0) throw damaged(this.#codec);
    this.#from += done.read;
    this.#there += done.written;
    if (this.#there === this.size) this.#endInflating(inflater);
  }

  /** What is left of the input are sums to be checked. */
  #endInflating(inflater: Inflater): void {
    const room = new Uint8Array(1);
    while (this.#from < this.#place.end) {
      const input = this.#walk.part(this.#from, Math.min(STAGE, this.#place.end - this.#from));
      const done = inflater.step(input, room);
      if (!done || done.read === 0 || done.written > 0) throw damaged(this.#codec);
      this.#from += done.read;
    }
    inflater.close();
    this.#inflater = null;
  }

  #unsnap(until: number): void {
    const { kernel, size } = this;
    const count = Math.min(this.#stage, this.#place.end - this.#from);
    const last = this.#from + count === this.#place.end;
    const at = this.#inKernel(this.#walk.part(this.#from, count));
    const levels = this.#levels;
    const done = this.#there - levels;
    const stop = Math.min(until - levels, done - done % BLOCK + BLOCK);
    const stopped = kernel.code.snappyStep(at, at + count, last, stop);
    const there = levels + kernel.code.snappyDone();
    const read = stopped - at;
    if (stopped === 0 && kernel.code.snappyMissed()) return this.#missed();
    if (stopped === 0 || (read === 0 && there === this.#there)) throw damaged(this.#codec);
    this.#from += read;
    this.#there = there;
    this.#mark();
    if (there === size && (this.#from !== this.#place.end || kernel.code.snappyOpen())) {
      throw damaged(this.#codec);
    }
  }

  /** A copy reached back to what is not there: it is kept, once the page is not begun at a mark. */
  #missed(): void {
    const sliding = this.#jumps && this.#marks.length > 0;
    this.#jumps = false;
    this.#startOver(sliding);
  }

  /** Address of bytes of the file in the kernel's memory, where they are brought unless they are there. */
  #inKernel(part: Uint8Array): number {
    const { bytes } = this.kernel;
    if (part.buffer === bytes.buffer) return part.byteOffset;
    bytes.set(part, FILE_AT);
    return FILE_AT;
  }

  #beginSnappy(): void {
    const [begin] = this.#marks;
    const length = this.size - this.#levels;
    if (begin) {
      this.#from = begin.from;
      return this.kernel.code.snappyBegin(this.#start + this.#levels, length);
    }
    let declared = 0;
    for (let scale = 1, more = true; more; scale *= 128) {
      if (this.#from === this.#place.end || scale > 2 ** 35) throw damaged(this.#codec);
      const byte = this.#walk.part(this.#from++, 1, 1)[0]!;
      declared += (byte & 0x7f) * scale;
      more = byte >= 0x80;
    }
    if (declared !== length) throw damaged(this.#codec);
    this.kernel.code.snappyBegin(this.#start + this.#levels, length);
    this.#mark();
  }
}

function damaged(codec: CompressionCodec): Malformed {
  return new Malformed(`a page's ${codec} data is damaged`);
}
