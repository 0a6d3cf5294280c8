/** The delta encodings (Encodings.md, "Delta Encoding", "Delta-length", "Delta Strings"). */
import { addDeltas } from "../../kernel/decode.ts";
import { readVarint32 } from "./hybrid.ts";
import { Malformed } from "../io/malformed.ts";
import type { Span } from "../io/span.ts";

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
  decodeDelta(span, output, 1, count, total);
}

/** Decodes the first `count` of `total` 64-bit integers into pairs of low and high halves. */
export function decodeDelta64(
  span: Span,
  output: Int32Array,
  count: number,
  total = count,
): void {
  decodeDelta(span, output, 2, count, total);
}

function decodeDelta(
  span: Span,
  output: Int32Array,
  words: 1 | 2,
  count: number,
  total: number,
): void {
  const blocks = readHeader(span, total);
  const first = { low: 0, high: 0 };
  readZigzag64(span, first);
  if (count === 0) return;
  output[0] = first.low;
  if (words === 2) output[1] = first.high;
  const packed = span.bytes.subarray(span.at, span.end);
  const read = addDeltas(packed, blocks, first, output, words, count);
  if (read < 0) throw new Malformed("a page's deltas are damaged or cut off");
  span.at += read;
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
