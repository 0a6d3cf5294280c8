import { ARRAY, type Kernel } from "#kernel";
import { Scratch } from "./scratch.ts";

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
export class FileBuffer {
  readonly #kernel: Kernel | null;
  readonly #scratch = new Scratch();
  #at = FILE_AT;
  #elsewhere: Uint8Array | null = null;

  constructor(kernel: Kernel | null) {
    this.#kernel = kernel;
    kernel?.reserve(FILE_END);
  }

  /** Makes room for so many bytes from `offset` of the file on; what was there before may be elsewhere now. */
  take(length: number, offset: number): void {
    const fits = this.#kernel !== null && length <= MOST_IN_KERNEL;
    const at = (offset + PAGE / 2) % PAGE;
    this.#at = FILE_AT + at;
    this.#elsewhere = fits ? null : this.#scratch.take(at + length).subarray(at);
  }

  /** The room as it is now. */
  get bytes(): Uint8Array {
    return this.#elsewhere ?? this.#kernel?.bytes.subarray(this.#at, FILE_END) ?? NOTHING;
  }
}

const NOTHING = new Uint8Array(0);
