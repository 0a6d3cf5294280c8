import { Kernel } from "#kernel";
import { ByteSink } from "./byte_sink.ts";

/** Bytes kept between uses at most; longer stretches are fresh memory, and stay what they are. */
export const KEPT = 32 << 20;

/** Memory that is used again and again. What was taken before is overwritten by the next use. */
export class Scratch {
  #bytes = new Uint8Array(0);

  /** At least `length` bytes and a few more, a multiple of 8 from a multiple of 8 on, of any content. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const needed = 8 * Math.ceil((length + 16) / 8);
    if (this.#bytes.length >= needed) return this.#bytes;
    const bytes = new Uint8Array(Math.max(needed, Math.min(2 * this.#bytes.length, KEPT)));
    if (needed <= KEPT) this.#bytes = bytes;
    return bytes;
  }
}

/**
 * The memory that a thread reads and writes Parquet with, one piece for each step. A thread has one page in hand at a
 * time, so that all its files share the pieces. What lies in one is valid until its step is done again.
 */
export const threadScratch = {
  /** Reading: a page that its codec decompresses all at once. */
  page: new Scratch(),
  /** A dictionary page, decompressed. */
  dictionary: new Scratch(),
  /** A page's decoded values. */
  values: new Scratch(),
  /** Values brought to a multiple of 8. */
  aligned: new Scratch(),
  /** The bytes of many texts, one behind the other. */
  texts: new Scratch(),
  /** Writing: a page before it is compressed, in the memory of `compression`. */
  writtenPage: new ByteSink(0),
  compression: new Kernel(),
  /** Doubles whose least and most are looked for. */
  bounds: new Kernel(),
} as const;
