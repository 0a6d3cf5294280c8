import { ARRAY, type Kernel } from "#kernel";
import { Scratch } from "./span.ts";

/** Bytes of a file that lie in a kernel's memory at most. */
const MOST_IN_KERNEL = 5 << 16;

/**
 * Bytes lie half of this further in their page of memory than in the file's. The processor's own copying
 * (`rep movsb`), with which the system reads, takes three to ten times as long on some (AMD Zen 3 and 4) where
 * a target lies up to 63 bytes further in its page than its source does.
 */
const PAGE = 1 << 12;

/** Where a kernel has them, and the first address behind. */
export const FILE_AT = ARRAY;
export const FILE_END = FILE_AT + PAGE + MOST_IN_KERNEL;

/**
 * Room for bytes of a file, in a kernel's memory where there is one and they fit there: then they need not be
 * brought to it.
 */
export class FileRoom {
  readonly #kernel: Kernel | null;
  readonly #scratch = new Scratch();
  #elsewhere: Uint8Array | null = null;
  #at = 0;

  constructor(kernel: Kernel | null) {
    this.#kernel = kernel;
    kernel?.reserve(FILE_END);
  }

  /** Makes room for so many bytes from `offset` of the file on; what was there before may be elsewhere now. */
  take(length: number, offset: number): void {
    const fits = this.#kernel !== null && length <= MOST_IN_KERNEL;
    this.#at = (offset + PAGE / 2) % PAGE;
    this.#elsewhere = fits ? null : this.#scratch.take(this.#at + length);
  }

  /** The room as it is now. */
  get bytes(): Uint8Array {
    const all = this.#elsewhere ?? this.#kernel?.bytes.subarray(FILE_AT, FILE_END) ?? NOTHING;
    return all.subarray(this.#at);
  }
}

const NOTHING = new Uint8Array(0);
