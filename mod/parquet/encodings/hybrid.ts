/**
 * The hybrid of run lengths and bit-packing: levels, dictionary indexes and booleans
 * (Encodings.md, "Run Length Encoding / Bit-Packing Hybrid").
 */
import { Malformed } from "../io/errors.ts";
import type { Span } from "../io/span.ts";

/** Reads an unsigned 32-bit varint and moves `span.at` behind it. */
export function readVarint32(span: Span): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (span.at >= span.end) throw cutOff();
    const byte = span.bytes[span.at++]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value >>> 0;
  }
  throw new Malformed("a run's length is too long");
}

/**
 * Whether `count` bits are one run of ones: levels without a null. Reads nothing.
 */
export function isRunOfOnes({ bytes, at, end }: Span, count: number): boolean {
  const span = { bytes, at, end };
  if (at >= end) return false;
  const header = readVarint32(span);
  return (header & 1) === 0 && header >>> 1 >= count && span.at < end && bytes[span.at] === 1;
}

/**
 * Decodes `count` values of one bit into `output` as 0 and 1.
 *
 * @returns How many are 1.
 */
export function decodeBits(input: Span, output: Uint8Array, count: number): number {
  const span = { ...input };
  const { bytes } = span;
  let done = 0;
  let ones = 0;
  while (done < count) {
    const header = readVarint32(span);
    if ((header & 1) === 0) {
      const run = Math.min(header >>> 1, count - done);
      if (span.at >= span.end) throw cutOff();
      const bit = bytes[span.at++]!;
      if (bit > 1 || run === 0) throw new Malformed("a run of levels or booleans is damaged");
      output.fill(bit, done, done + run);
      if (bit) ones += run;
      done += run;
    } else {
      const groups = header >>> 1;
      const run = Math.min(groups * 8, count - done);
      const length = (run + 7) >>> 3;
      if (run === 0) throw new Malformed("a run of levels or booleans is damaged");
      if (length > span.end - span.at) throw cutOff();
      ones += unpackBits(bytes, span.at, run, output, done);
      span.at = Math.min(span.end, span.at + groups);
      done += run;
    }
  }
  return ones;
}

/** Spreads `count` bits, lowest first, from `bytes[at]` on to `output[to]` on; returns the ones. */
export function unpackBits(
  bytes: Uint8Array,
  at: number,
  count: number,
  output: Uint8Array,
  to: number,
): number {
  let ones = 0;
  for (let i = 0; i < count; i++) {
    const bit = (bytes[at + (i >>> 3)]! >>> (i & 7)) & 1;
    output[to + i] = bit;
    ones += bit;
  }
  return ones;
}

/** Decodes `count` values of `width` bits (0 to 32) into `output`. */
export function decodeHybrid(input: Span, width: number, output: Int32Array, count: number): void {
  if (width > 32) throw new Malformed(`values can't be ${width} bits wide`);
  const span = { ...input };
  const { bytes } = span;
  const runBytes = (width + 7) >>> 3;
  let done = 0;
  while (done < count) {
    const header = readVarint32(span);
    if ((header & 1) === 0) {
      const run = Math.min(header >>> 1, count - done);
      if (run === 0) throw new Malformed("a run is empty");
      if (runBytes > span.end - span.at) throw cutOff();
      let value = 0;
      for (let i = 0; i < runBytes; i++) value |= bytes[span.at++]! << (8 * i);
      output.fill(value, done, done + run);
      done += run;
    } else {
      const groups = header >>> 1;
      const run = Math.min(groups * 8, count - done);
      if (run === 0) throw new Malformed("a run is empty");
      if (Math.ceil(run * width / 8) > span.end - span.at) throw cutOff();
      unpack(bytes, span.at, width, output, done, run);
      span.at = Math.min(span.end, span.at + groups * width);
      done += run;
    }
  }
}

/** Unpacks `count` values of `width` bits (0 to 32), lowest bit first. */
export function unpack(
  bytes: Uint8Array,
  at: number,
  width: number,
  output: Int32Array | Uint8Array,
  to: number,
  count: number,
): void {
  if (width === 0) {
    output.fill(0, to, to + count);
  } else if (width === 8) {
    for (let i = 0; i < count; i++) output[to + i] = bytes[at + i]!;
  } else if (width <= 24) {
    const mask = (1 << width) - 1;
    let held = 0;
    let bits = 0;
    for (let i = 0; i < count; i++) {
      while (bits < width) {
        held |= bytes[at++]! << bits;
        bits += 8;
      }
      output[to + i] = held & mask;
      held >>>= width;
      bits -= width;
    }
  } else {
    for (let i = 0; i < count; i++) output[to + i] = bitsAt(bytes, at, i * width, width);
  }
}

/** `width` (1 to 32) bits that begin `bit` bits behind `bytes[at]`, as a signed 32-bit pattern. */
function bitsAt(bytes: Uint8Array, at: number, bit: number, width: number): number {
  const from = at + Math.floor(bit / 8);
  const shift = bit & 7;
  let value = bytes[from]!;
  const length = (shift + width + 7) >>> 3;
  if (length > 1) value |= bytes[from + 1]! << 8;
  if (length > 2) value |= bytes[from + 2]! << 16;
  if (length > 3) value |= bytes[from + 3]! << 24;
  value >>>= shift;
  if (length > 4) value |= bytes[from + 4]! << (32 - shift);
  return width === 32 ? value | 0 : value & ((1 << width) - 1);
}

function cutOff(): Malformed {
  return new Malformed("a page's runs are cut off");
}
