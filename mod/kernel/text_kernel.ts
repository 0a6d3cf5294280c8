/** Texts in a kernel's memory: cut apart as they are read, and put together as they are written. */
import { FREE, Kernel, type KernelCode } from "#kernel";
import type { TextBytes } from "./texts.ts";

/** What kernel/texts.ts exports. */
interface TextCode extends KernelCode {
  textsReached(): number;
  skipTexts(at: number, end: number, count: number): number;
  takeTexts(
    ...of: [at: number, end: number, count: number, bytes: number, room: number, cuts: number]
  ): number;
  writeTexts(bytes: number, units: number, count: number, to: number): number;
  writeBytes(bytes: number, lengths: number, count: number, to: number): number;
  leastText(): number;
  mostText(): number;
}

/** Texts that are in memory together at most, and bytes that they may have; a longer one comes alone. */
const TEXTS = 1 << 12, ROOM = 1 << 17;
/** What the kernel may read or write behind what it is told. */
const SLACK = 64;
/** Where texts that are written lie in their kernel's memory: how long they are, then their bytes. */
const LENGTHS = FREE, BYTES = LENGTHS + 4 * TEXTS;
/** Bytes that are copied one by one at most. */
const FEW_BYTES = 64;

const utf8 = new TextEncoder();
const written = new Kernel();

/**
 * Steps over PLAIN byte arrays in a kernel's memory.
 *
 * @returns Address of the one behind; `null` where they are cut off.
 */
export function skipTexts(
  { code }: Kernel,
  at: number,
  end: number,
  count: number,
): number | null {
  const { skipTexts, textsReached } = code as TextCode;
  return skipTexts(at, end, count) === count ? textsReached() : null;
}

/** Texts that were decoded together. */
export interface TakenTexts {
  /** Their bytes, one behind the other; valid until the next ones are taken. */
  bytes: Uint8Array;
  /** How many units of UTF-16 they have up to each one's end. */
  cuts: Int32Array;
  /** Address of the text behind. */
  next: number;
}

/**
 * Takes the next of PLAIN texts in a kernel's memory: some of them, none where the first is damaged or too long.
 *
 * @param free First address of the memory that is free.
 */
export function takeTexts(
  kernel: Kernel,
  at: number,
  end: number,
  count: number,
  free: number,
): TakenTexts {
  const cutsAt = (free + 7) & ~7, bytesAt = cutsAt + 4 * TEXTS;
  kernel.reserve(bytesAt + ROOM + SLACK);
  const { takeTexts, textsReached } = kernel.code as TextCode;
  const taken = takeTexts(at, end, Math.min(count, TEXTS), bytesAt, ROOM, cutsAt);
  const next = textsReached();
  const length = next - at - 4 * taken;
  return {
    bytes: kernel.bytes.subarray(bytesAt, bytesAt + length),
    cuts: new Int32Array(kernel.bytes.buffer, cutsAt, taken),
    next,
  };
}

/** PLAIN texts, and the least and the most of them by their bytes; valid until the next are encoded. */
export interface EncodedTexts {
  bytes: Uint8Array;
  least: Uint8Array;
  most: Uint8Array;
}

/**
 * Encodes texts, each with the length of its UTF-8 in 32 bits in front. They are well-formed.
 *
 * @param take Is given them part by part.
 */
export function encodeTexts(
  texts: readonly string[],
  from: number,
  to: number,
  take: (part: EncodedTexts) => void,
): void {
  for (let at = from; at < to;) {
    let units = 0, end = at;
    const some: string[] = [];
    for (; end < to && end - at < TEXTS && (units < ROOM || end === at); end++) {
      const text = texts[end]!;
      some[end - at] = text;
      units += text.length;
    }
    take(encoded(some, units));
    at = end;
  }
}

function encoded(texts: readonly string[], units: number): EncodedTexts {
  const outputAt = room(3 * units), { bytes } = written;
  const lengths = new Int32Array(bytes.buffer, LENGTHS, texts.length);
  for (let k = 0; k < texts.length; k++) lengths[k] = texts[k]!.length;
  utf8.encodeInto(texts.join(""), bytes.subarray(BYTES, outputAt - SLACK));
  return partOf(
    (written.code as TextCode).writeTexts(BYTES, LENGTHS, texts.length, outputAt),
    outputAt,
  );
}

/**
 * The same of byte strings that lie one behind the other, by their places among these.
 *
 * @param take Is given them part by part.
 */
export function encodePlaced(
  { bytes, ends }: TextBytes,
  places: Int32Array,
  from: number,
  to: number,
  take: (part: EncodedTexts) => void,
): void {
  const lengths = new Int32Array(TEXTS);
  for (let at = from; at < to;) {
    let length = 0, count = 0;
    for (; at + count < to && count < TEXTS && (length < ROOM || count === 0); count++) {
      const place = places[at + count]!;
      length += lengths[count] = ends[place]! - (ends[place - 1] ?? 0);
    }
    const outputAt = room(length), all = written.bytes;
    new Int32Array(all.buffer, LENGTHS, count).set(lengths.subarray(0, count));
    // Those that lie one behind the other are copied together.
    for (let k = 0, free = BYTES; k < count;) {
      const start = ends[places[at + k]! - 1] ?? 0;
      let end = start + lengths[k]!;
      for (k++; k < count && places[at + k] === places[at + k - 1]! + 1; k++) end += lengths[k]!;
      if (end - start >= FEW_BYTES) all.set(bytes.subarray(start, end), free);
      else for (let byte = start; byte < end; byte++) all[free + byte - start] = bytes[byte]!;
      free += end - start;
    }
    take(partOf((written.code as TextCode).writeBytes(BYTES, LENGTHS, count, outputAt), outputAt));
    at += count;
  }
}

/** Makes room for so many bytes of texts; gives where they are written with their lengths. */
function room(bytes: number): number {
  const outputAt = BYTES + bytes + SLACK;
  written.reserve(outputAt + 4 * TEXTS + bytes + SLACK);
  return outputAt;
}

/** Texts that were written up to an address. */
function partOf(end: number, outputAt: number): EncodedTexts {
  const { code, bytes } = written, { leastText, mostText } = code as TextCode;
  const text = (at: number) => {
    const length = new DataView(bytes.buffer).getUint32(at, true);
    return bytes.subarray(at + 4, at + 4 + length);
  };
  return { bytes: bytes.subarray(outputAt, end), least: text(leastText()), most: text(mostText()) };
}
