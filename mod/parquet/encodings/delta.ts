import { addDeltas } from "../../kernel/decode.ts";
import { readVarint32 } from "./hybrid.ts";
import { Malformed } from "../io/errors.ts";
import { threadScratch } from "../io/scratch.ts";
import type { Span } from "../io/span.ts";
import type { ValueEncoding } from "./value_encoding.ts";

/** DELTA_BINARY_PACKED: integers by their differences, in blocks ("Delta Encoding"). */
export const deltaBinaryPacked: ValueEncoding = {
  number: 5,
  fixed({ values, present, before, wanted }, type, width) {
    if (type !== "INT32" && type !== "INT64") return null;
    const output = threadScratch.values.take(wanted * width);
    const decode = type === "INT32" ? decodeDelta32 : decodeDelta64;
    decode({ ...values }, new Int32Array(output.buffer), wanted, present);
    return output.subarray(before * width, wanted * width);
  },
};

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

function cutOff(): Malformed {
  return new Malformed("a page's deltas are cut off");
}
