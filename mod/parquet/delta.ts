/** The delta encodings (Encodings.md, "Delta Encoding", "Delta-length", "Delta Strings"). */
import { bitsAt, readVarint32, unpack } from "./hybrid.ts";
import { Malformed } from "./malformed.ts";
import type { Span } from "./span.ts";

/** Bytes that strings with shared beginnings may grow to on one page. */
const MOST_TEXT = 1 << 29;

/** A zigzag number of 64 bits as two halves. */
interface Halves {
  low: number;
  high: number;
}

function readZigzag64(span: Span, into: Halves): void {
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (span.at >= span.end) throw cutOff();
    const byte = span.bytes[span.at++]!;
    const bits = byte & 0x7f;
    if (shift < 32) low |= bits << shift;
    if (shift === 28) high |= bits >>> 4;
    else if (shift > 28) high |= bits << (shift - 32);
    if (byte < 0x80) {
      const sign = -(low & 1);
      into.low = ((low >>> 1) | (high << 31)) ^ sign;
      into.high = (high >>> 1) ^ sign;
      return;
    }
  }
  throw new Malformed("a delta is too long");
}

interface Blocks {
  miniblocks: number;
  perMiniblock: number;
}

function readHeader(span: Span, count: number): Blocks {
  const blockSize = readVarint32(span);
  const miniblocks = readVarint32(span);
  const total = readVarint32(span);
  const perMiniblock = blockSize / miniblocks;
  if (
    miniblocks === 0 || blockSize > 1 << 20 || perMiniblock % 8 !== 0 || perMiniblock === 0
  ) throw new Malformed("a page's delta blocks are damaged");
  if (total !== count) throw new Malformed(`a page holds ${total} deltas instead of ${count}`);
  return { miniblocks, perMiniblock };
}

/**
 * Decodes the first `count` of `total` 32-bit integers into `output`. If that is all of them,
 * `span.at` is moved behind them.
 */
export function decodeDelta32(
  span: Span,
  output: Int32Array,
  count: number,
  total = count,
): void {
  const { bytes } = span;
  const { miniblocks, perMiniblock } = readHeader(span, total);
  const halves = { low: 0, high: 0 };
  readZigzag64(span, halves);
  if (count === 0) return;
  let value = halves.low;
  output[0] = value;
  for (let done = 1; done < count;) {
    readZigzag64(span, halves);
    const least = halves.low;
    const widths = takeBytes(span, miniblocks);
    for (let block = 0; block < miniblocks && done < count; block++) {
      const width = bytes[widths + block]!;
      if (width > 64) throw new Malformed("a page's delta blocks are damaged");
      const at = takeMiniblock(span, perMiniblock, width, count - done);
      const run = Math.min(perMiniblock, count - done);
      if (width <= 32) unpack(bytes, at, width, output, done, run);
      else for (let i = 0; i < run; i++) output[done + i] = bitsAt(bytes, at, i * width, 32);
      for (let i = done; i < done + run; i++) {
        value = (value + least + output[i]!) | 0;
        output[i] = value;
      }
      done += run;
    }
  }
}

/** Decodes the first `count` of `total` 64-bit integers into pairs of low and high halves. */
export function decodeDelta64(
  span: Span,
  output: Int32Array,
  count: number,
  total = count,
): void {
  const { bytes } = span;
  const { miniblocks, perMiniblock } = readHeader(span, total);
  const halves = { low: 0, high: 0 };
  readZigzag64(span, halves);
  if (count === 0) return;
  let { low, high } = halves;
  output[0] = low;
  output[1] = high;
  for (let done = 1; done < count;) {
    readZigzag64(span, halves);
    const leastLow = halves.low >>> 0;
    const leastHigh = halves.high;
    const widths = takeBytes(span, miniblocks);
    for (let block = 0; block < miniblocks && done < count; block++) {
      const width = bytes[widths + block]!;
      if (width > 64) throw new Malformed("a page's delta blocks are damaged");
      const at = takeMiniblock(span, perMiniblock, width, count - done);
      const run = Math.min(perMiniblock, count - done);
      const lowWidth = Math.min(32, width);
      for (let i = 0; i < run; i++) {
        const deltaLow = width ? bitsAt(bytes, at, i * width, lowWidth) >>> 0 : 0;
        const deltaHigh = width > 32 ? bitsAt(bytes, at, i * width + 32, width - 32) : 0;
        const sum = (low >>> 0) + leastLow + deltaLow;
        const carry = sum >= 8589934592 ? 2 : sum >= 4294967296 ? 1 : 0;
        low = sum | 0;
        high = (high + leastHigh + deltaHigh + carry) | 0;
        const to = 2 * (done + i);
        output[to] = low;
        output[to + 1] = high;
      }
      done += run;
    }
  }
}

function takeBytes(span: Span, count: number): number {
  const { at } = span;
  if (count > span.end - at) throw cutOff();
  span.at += count;
  return at;
}

/** Steps over a miniblock; the last one may lack the padding behind its last value. */
function takeMiniblock(span: Span, values: number, width: number, left: number): number {
  const { at } = span;
  if (Math.ceil(Math.min(values, left) * width / 8) > span.end - at) throw cutOff();
  span.at = Math.min(span.end, at + values / 8 * width);
  return at;
}

/** Byte arrays: value k is `bytes[starts[k]]` up to `bytes[ends[k]]`, not included. */
export interface ByteArrays {
  bytes: Uint8Array;
  starts: Int32Array;
  ends: Int32Array;
}

/** Decodes the first `wanted` of `count` byte arrays whose lengths stand in front of all of them. */
export function decodeDeltaLength(span: Span, count: number, wanted = count): ByteArrays {
  const ends = new Int32Array(count);
  decodeDelta32(span, ends, count);
  const starts = new Int32Array(wanted);
  let at = span.at;
  for (let k = 0; k < wanted; k++) {
    const length = ends[k]!;
    if (length < 0 || length > span.end - at) throw cutOff();
    starts[k] = at;
    at += length;
    ends[k] = at;
  }
  return { bytes: span.bytes, starts, ends: ends.subarray(0, wanted) };
}

/** Decodes the first `wanted` of `count` byte arrays that share their beginnings with the one before. */
export function decodeDeltaByteArray(span: Span, count: number, wanted = count): ByteArrays {
  const prefixes = new Int32Array(count);
  decodeDelta32(span, prefixes, count);
  const suffixes = decodeDeltaLength(span, count, wanted);
  let total = 0;
  let before = 0;
  for (let k = 0; k < wanted; k++) {
    const prefix = prefixes[k]!;
    if (prefix < 0 || prefix > before) {
      throw new Malformed("a page's shared beginnings are damaged");
    }
    before = prefix + suffixes.ends[k]! - suffixes.starts[k]!;
    total += before;
    if (total > MOST_TEXT) throw new Malformed("a page's shared beginnings grow too long");
  }
  const bytes = new Uint8Array(total);
  const { starts, ends } = suffixes;
  let at = 0;
  for (let k = 0; k < wanted; k++) {
    const from = starts[k]!;
    const to = ends[k]!;
    const prefix = prefixes[k]!;
    const start = at;
    if (prefix) bytes.copyWithin(at, starts[k - 1]!, starts[k - 1]! + prefix);
    at += prefix;
    bytes.set(span.bytes.subarray(from, to), at);
    at += to - from;
    starts[k] = start;
    ends[k] = at;
  }
  return { bytes, starts, ends };
}

function cutOff(): Malformed {
  return new Malformed("a page's deltas are cut off");
}
