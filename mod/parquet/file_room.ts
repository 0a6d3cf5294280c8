import { FREE, type Kernel } from "#kernel";
import { Scratch } from "./span.ts";

/** Bytes of a file that lie in a kernel's memory at most. */
const MOST_IN_KERNEL = 5 << 16;

/** Where a kernel has them, and the first address behind. */
export const FILE_AT = FREE;
export const FILE_END = FILE_AT + MOST_IN_KERNEL;

/**
 * Room for bytes of a file, in a kernel's memory where there is one and they fit there: then they need not be
 * brought to it.
 */
export class FileRoom {
  readonly #kernel: Kernel | null;
  readonly #scratch = new Scratch();
  #elsewhere: Uint8Array | null = null;

  constructor(kernel: Kernel | null) {
    this.#kernel = kernel;
    kernel?.reserve(FILE_END);
  }

  /** Makes room for so many bytes; what was there before may be elsewhere now. */
  take(length: number): void {
    const fits = this.#kernel !== null && length <= MOST_IN_KERNEL;
    this.#elsewhere = fits ? null : this.#scratch.take(length);
  }

  /** The room as it is now. */
  get bytes(): Uint8Array {
    return this.#elsewhere ?? this.#kernel?.bytes.subarray(FILE_AT, FILE_END) ?? NOTHING;
  }
}

const NOTHING = new Uint8Array(0);
