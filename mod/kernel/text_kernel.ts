/** Texts in a kernel's memory: cut apart as they are read, and put together as they are written. */
import { FREE, Kernel, type KernelCode } from "#kernel";

/** What kernel/texts.ts exports. */
interface TextCode extends KernelCode {
  textsReached(): number;
  skipTexts(at: number, end: number, count: number): number;
  takeTexts(
    ...of: [at: number, end: number, count: number, bytes: number, room: number, cuts: number]
  ): number;
  writeTexts(bytes: number, units: number, count: number, to: number): number;
  leastText(): number;
  mostText(): number;
}

/** Texts that are in memory together at most, and bytes that they may have; a longer one comes alone. */
const TEXTS = 1 << 12, ROOM = 1 << 17;
/** What the kernel may read or write behind what it is told. */
const SLACK = 64;

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
  const unitsAt = FREE, bytesAt = unitsAt + 4 * TEXTS;
  const outputAt = bytesAt + 3 * units + SLACK;
  written.reserve(outputAt + 4 * TEXTS + 3 * units + SLACK);
  const { bytes } = written;
  const lengths = new Int32Array(bytes.buffer, unitsAt, texts.length);
  for (let k = 0; k < texts.length; k++) lengths[k] = texts[k]!.length;
  utf8.encodeInto(texts.join(""), bytes.subarray(bytesAt, outputAt - SLACK));
  const { writeTexts, leastText, mostText } = written.code as TextCode;
  const end = writeTexts(bytesAt, unitsAt, texts.length, outputAt);
  const text = (at: number) => {
    const length = new DataView(bytes.buffer).getUint32(at, true);
    return bytes.subarray(at + 4, at + 4 + length);
  };
  return { bytes: bytes.subarray(outputAt, end), least: text(leastText()), most: text(mostText()) };
}
