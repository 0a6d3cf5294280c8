/** A stretch of bytes: `bytes[at]` up to `bytes[end]`, not included. */
export interface Span {
  bytes: Uint8Array;
  at: number;
  end: number;
}

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
