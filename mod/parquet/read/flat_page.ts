import { decodeValidity, findLevels } from "../encodings/levels.ts";
import type { HeldPage, PageMark, PausedStream } from "./held_page.ts";
import { checkNulls, type Page } from "./page.ts";
import { type PageHeader, PLAIN } from "../format/page_header.ts";
import type { Leaf } from "../format/schema_tree.ts";
import type { Scratch } from "../io/scratch.ts";
import type { Span } from "../io/span.ts";
import { widthOf } from "../format/value_width.ts";

/** What of a page is decompressed and handed over before the next part is: it is still in a core's cache. */
const STEP = 1 << 14;

/** What a page is read with. */
export interface PageRoom {
  /** Bytes of its levels. */
  levels(): Scratch;
  /** The page in a kernel's memory. @param marks, paused As {@linkcode HeldPage} has them. */
  hold(marks: PageMark[], paused: PausedStream | null): HeldPage;
}

/** A data page of a column that is not nested. It is read when values of it are wanted. */
export class FlatPage implements Page {
  readonly count: number;
  readonly encoding: number;
  readonly levels = null;
  present: number;
  before = 0;
  wanted = 0;
  validity: Uint8Array | null = null;
  values: Span = { bytes: new Uint8Array(0), at: 0, end: 0 };
  decoded = 0;
  reached = { values: 0, bytes: 0 };
  readonly #header: PageHeader;
  readonly #leaf: Leaf;
  readonly #room: PageRoom;
  #held: HeldPage | null = null;
  /** Where it can be taken up again without what is before. */
  readonly #marks: PageMark[] = [];
  /** What goes on decompressing it. */
  #paused: PausedStream | null = null;
  /** First byte of its values; -1 where that is not known yet. */
  #valuesFrom = -1;
  /** Up to which value ones were counted, and how many there were. */
  #counted = 0;
  #ones = 0;

  constructor(header: PageHeader, leaf: Leaf, room: PageRoom) {
    this.count = this.present = header.values;
    this.encoding = header.encoding;
    this.#header = header;
    this.#leaf = leaf;
    this.#room = room;
  }

  /** Lets go of all memory; what is wanted next is read anew, or where it can be from where it is. */
  park(): void {
    const paused = this.#held?.pause();
    if (paused) this.#paused = paused;
    this.#held = null;
    this.decoded = 0;
    if (this.validity === null) return;
    this.close();
    this.validity = null;
    this.#valuesFrom = -1;
    this.#counted = this.#ones = 0;
  }

  /** Lets go of what decompresses it. */
  close(): void {
    this.#held?.close();
    this.#paused?.inflater.close();
    this.#paused = null;
  }

  get held(): HeldPage {
    return this.#held ?? this.#begin();
  }

  /** How many values are best looked at in one go, nulls counted. */
  get step(): number {
    return this.#width > 0 ? STEP : Infinity;
  }

  /** Bytes of a value that is found by its place; 0 where what is before it has to be decoded, too. */
  get #width(): number {
    const { element } = this.#leaf;
    return this.encoding === PLAIN && element.type !== "BOOLEAN" ? widthOf(element) : 0;
  }

  /** Brings the values `from` up to `to`, nulls counted, into memory. */
  open(from: number, to: number): void {
    const held = this.#held ?? this.#begin(from > 0);
    this.before = this.#onesUpTo(from);
    this.wanted = this.#onesUpTo(to);
    const width = this.#width;
    if (width > 0) {
      const start = this.#valuesFrom;
      held.need(start + this.wanted * width, start + this.before * width);
    } else held.need(held.size);
    const { bytes } = held.kernel;
    this.values = { bytes, at: held.at + this.#valuesFrom, end: held.at + held.size };
  }

  /**
   * Address of the values `from` up to `to`, as {@linkcode HeldPage.lend} has it; `null` where there are nulls, or
   * values have to be decoded.
   */
  lend(from: number, to: number): number | null {
    const width = this.#width;
    if (width === 0) return null;
    const held = this.#held ?? this.#begin(from > 0);
    const until = this.#valuesFrom + to * width;
    if (this.validity || until > held.size) return null;
    return held.lend(this.#valuesFrom + from * width, until, width);
  }

  /** @param later Whether its first values are not wanted. */
  #begin(later = false): HeldPage {
    const { levels, hold } = this.#room;
    const held = this.#held = hold(this.#marks, this.#paused);
    this.#paused = null;
    if (this.#valuesFrom >= 0) return held;
    const { count } = this;
    const header = this.#header;
    const leaf = this.#leaf;
    const first = (length: number) => held.first(length, later);
    const { definition, end } = findLevels(header, leaf, held.size, first);
    this.#valuesFrom = end;
    if (leaf.maxDefinition > 0 && count) {
      const found = decodeValidity(first(end), definition, count, levels());
      this.validity = found.validity;
      this.present = found.present;
    } else first(end);
    checkNulls(header, count - this.present, leaf);
    return held;
  }

  #onesUpTo(value: number): number {
    const { validity } = this;
    if (!validity) return value;
    if (value < this.#counted) this.#counted = this.#ones = 0;
    let ones = this.#ones;
    for (let i = this.#counted; i < value; i++) ones += validity[i]!;
    this.#counted = value;
    return this.#ones = ones;
  }
}
