/** Decompression and decoding in a kernel's memory: bytes go in, bytes or numbers come out. */
import { FREE, Kernel, type KernelCode } from "#kernel";

/** What kernel/lz4.ts and kernel/encodings.ts export. */
interface DecoderCode extends KernelCode {
  lz4Decode(at: number, end: number, output: number, length: number): number;
  deltaBegin(low: number, high: number): void;
  deltaMade(): number;
  deltaBlocks(
    at: number,
    end: number,
    last: boolean,
    miniblocks: number,
    perMiniblock: number,
    output: number,
    room: number,
    left: number,
    wide: boolean,
  ): number;
  joinBytes4(from: number, apart: number, count: number, output: number): void;
  joinBytes8(from: number, apart: number, count: number, output: number): void;
}

/** What the kernel may read or write behind what it is told. */
const SLACK = 64;
/** Memory that is kept between uses at most. */
const KEPT = 32 << 20;
/** Bytes of deltas, and values made of them, that are in memory at once; more where blocks are longer. */
const WINDOW = 1 << 16;
const ROOM = 1 << 14;
/** Values whose streams are joined at once. */
const JOINED = 1 << 12;

const kept = new Kernel();

/** A kernel whose memory reaches up to an address. Large memory is not kept. */
function kernelUpTo(end: number): { code: DecoderCode; bytes: Uint8Array<ArrayBuffer> } {
  const kernel = end > KEPT ? new Kernel() : kept;
  kernel.reserve(end);
  return { code: kernel.code as DecoderCode, bytes: kernel.bytes };
}

/**
 * Decompresses a raw LZ4 block of exactly `length` bytes to `output[start]`.
 *
 * @returns Whether it is one.
 */
export function unpackLz4(
  packed: Uint8Array,
  output: Uint8Array,
  length: number,
  start: number,
): boolean {
  const to = FREE + packed.length + SLACK;
  const { code, bytes } = kernelUpTo(to + length + SLACK);
  bytes.set(packed, FREE);
  if (!code.lz4Decode(FREE, FREE + packed.length, to, length)) return false;
  output.set(bytes.subarray(to, to + length), start);
  return true;
}

/**
 * Adds up blocks of deltas.
 *
 * @param packed The blocks, and what is behind them.
 * @param first The value before, its lower and upper half.
 * @param output Gets the values from `output[words]` on, each as so many `words` of 32 bits.
 * @param count Of values with the one before.
 * @returns Bytes that were read; -1 where the blocks are damaged or cut off.
 */
export function addDeltas(
  packed: Uint8Array,
  { miniblocks, perMiniblock }: { miniblocks: number; perMiniblock: number },
  first: { low: number; high: number },
  output: Int32Array,
  words: 1 | 2,
  count: number,
): number {
  const blockSize = miniblocks * perMiniblock;
  const most = Math.max(WINDOW, 10 + miniblocks + 8 * blockSize);
  const room = Math.max(ROOM, blockSize);
  const to = (FREE + most + SLACK + 7) & ~7;
  const { code, bytes } = kernelUpTo(to + 8 * room + SLACK);
  code.deltaBegin(first.low, first.high);
  let at = 0;
  for (let done = 1; done < count;) {
    const window = packed.subarray(at, at + most);
    const last = at + window.length === packed.length;
    bytes.set(window, FREE);
    const end = FREE + window.length;
    const left = count - done;
    const wide = words === 2;
    const stopped = code.deltaBlocks(
      ...[FREE, end, last, miniblocks, perMiniblock] as const,
      ...[to, room, left, wide] as const,
    );
    if (stopped === 0) return -1;
    const made = code.deltaMade();
    output.set(new Int32Array(bytes.buffer, to, made * words), done * words);
    done += made;
    at += stopped - FREE;
  }
  return at;
}

/**
 * Joins the first `wanted` values of streams of `count` bytes, each behind the one before, to values of
 * `width` bytes.
 */
export function joinStreams(
  streams: Uint8Array,
  width: 4 | 8,
  count: number,
  wanted: number,
  output: Uint8Array,
): void {
  const apart = JOINED + SLACK;
  const to = FREE + width * apart;
  const { code, bytes } = kernelUpTo(to + width * apart);
  for (let from = 0; from < wanted; from += JOINED) {
    const values = Math.min(JOINED, wanted - from);
    for (let byte = 0; byte < width; byte++) {
      const at = byte * count + from;
      bytes.set(streams.subarray(at, at + values), FREE + byte * apart);
    }
    if (width === 4) code.joinBytes4(FREE, apart, values, to);
    else code.joinBytes8(FREE, apart, values, to);
    output.set(bytes.subarray(to, to + values * width), from * width);
  }
}
