import { keptOf } from "../../common/work_memory.ts";
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

/** Bytes that streams which wait for their next use may take together, outside of the heap. */
const MOST_RESTING = 32 << 20;
/** Bytes that a stream takes, but for what of its output Zstandard may repeat. */
const TAKES: Record<StreamCodec, number> = { GZIP: 48 << 10, ZSTD: 448 << 10 };

/** Decompresses one page piece by piece into memory of the caller's. */
export class Inflater {
  /** Bytes of all that rest. */
  static #resting = 0;
  readonly #codec: StreamCodec;
  readonly #length: number;
  #bytes: number | null = null;
  #rests = false;
  readonly #stream: Stream;
  readonly #handle: Handle;
  readonly #left: Uint32Array;
  #failed = false;

  private constructor(
    { codec, length }: { codec: StreamCodec; length: number },
    { stream, handle, left }: { stream: Stream; handle: Handle; left: Uint32Array },
  ) {
    this.#codec = codec;
    this.#length = length;
    this.#stream = stream;
    this.#handle = handle;
    this.#left = left;
    handle.onerror = () => this.#failed = true;
  }

  /**
   * `null` where a codec can't be decompressed so.
   *
   * @param length Bytes that the page comes to.
   */
  static open(codec: string | undefined, length: number): Inflater | null {
    if (codec !== "GZIP" && codec !== "ZSTD") return null;
    const stream = OPEN[codec]() as Stream;
    const { _handle: handle, _writeState: left } = stream;
    return handle && left ? new Inflater({ codec, length }, { stream, handle, left }) : null;
  }

  /** Says that it waits for its next use. @returns Whether it may: all that wait take no more than there is for them. */
  rest(): boolean {
    const bytes = this.#bytes ?? 0;
    if (this.#rests || Inflater.#resting + bytes > keptOf(MOST_RESTING)) return this.#rests;
    Inflater.#resting += bytes;
    return this.#rests = true;
  }

  #wake(): void {
    if (this.#rests) Inflater.#resting -= this.#bytes ?? 0;
    this.#rests = false;
  }

  /**
   * Goes on as far as input or room lasts.
   *
   * @returns Bytes that were read and written; `null` when the data is damaged.
   */
  step(input: Uint8Array, output: Uint8Array): { read: number; written: number } | null {
    const { Z_NO_FLUSH } = constants;
    this.#wake();
    this.#bytes ??= TAKES[this.#codec] +
      (this.#codec === "ZSTD" ? windowOf(input, this.#length) : 0);
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
    this.#wake();
    this.#stream.close();
  }
}

/** Bytes of its output that a frame of Zstandard may repeat. @param length Of the output. */
function windowOf(frame: Uint8Array, length: number): number {
  const [descriptor = 0, window = 0] = frame.subarray(4, 6);
  const isWhole = (descriptor & 0x20) !== 0;
  return isWhole ? length : 2 ** (10 + (window >> 3)) * (1 + (window & 7) / 8);
}
