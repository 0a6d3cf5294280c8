import { constants, createGunzip, createZstdDecompress } from "node:zlib";

/** Codecs whose data can be decompressed piece by piece. */
export type StreamCodec = "GZIP" | "ZSTD";

/**
 * What lies beneath a stream of node:zlib: a call decompresses from memory to memory, at once. Node's own
 * synchronous functions stand on it; they would give fresh memory for every page.
 */
interface Handle {
  onerror: (...reason: unknown[]) => void;
  writeSync(
    flush: number,
    input: Uint8Array,
    from: number,
    length: number,
    output: Uint8Array,
    to: number,
    room: number,
  ): void;
}

interface Stream {
  _handle?: Handle;
  /** What a call left: room in the output, and bytes of the input. */
  _writeState?: Uint32Array;
  close(): void;
}

const OPEN: Record<StreamCodec, () => unknown> = {
  GZIP: createGunzip,
  ZSTD: createZstdDecompress,
};

/** Decompresses one page piece by piece into memory of the caller's. */
export class Inflater {
  readonly #stream: Stream;
  readonly #handle: Handle;
  readonly #left: Uint32Array;
  #failed = false;

  private constructor(stream: Stream, handle: Handle, left: Uint32Array) {
    this.#stream = stream;
    this.#handle = handle;
    this.#left = left;
    handle.onerror = () => this.#failed = true;
  }

  /** `null` where a codec can't be decompressed so. */
  static open(codec: string | undefined): Inflater | null {
    if (codec !== "GZIP" && codec !== "ZSTD") return null;
    const stream = OPEN[codec]() as Stream;
    const { _handle: handle, _writeState: left } = stream;
    return handle && left ? new Inflater(stream, handle, left) : null;
  }

  /**
   * Goes on as far as input or room lasts.
   *
   * @returns Bytes that were read and written; `null` when the data is damaged.
   */
  step(input: Uint8Array, output: Uint8Array): { read: number; written: number } | null {
    const { Z_NO_FLUSH } = constants;
    try {
      this.#handle.writeSync(Z_NO_FLUSH, input, 0, input.length, output, 0, output.length);
    } catch {
      return null; // so Zstandard tells it, and gzip by `onerror`
    }
    if (this.#failed) return null;
    const [room, rest] = this.#left as unknown as [number, number];
    return { read: input.length - rest, written: output.length - room };
  }

  close(): void {
    this.#stream.close();
  }
}
