import { FREE } from "#kernel";
import { threadScratch } from "../io/scratch.ts";

/** What the kernel may read or write behind what it is told. */
const SLACK = 64;

const { compression: kernel } = threadScratch;

/** Memory in which bytes lie that need not be copied to be compressed. Valid until the next call. */
export function snappyInput(length: number): Uint8Array<ArrayBuffer> {
  kernel.reserve(endOf(length));
  return kernel.bytes.subarray(FREE, FREE + length);
}

/** Where the memory must reach to for an input and its output. */
function endOf(length: number): number {
  // A literal of 2^16 bytes costs 3 more, and no copy is longer than what it stands for.
  return FREE + 2 * (length + SLACK) + Math.ceil(length / 6) + 16;
}

/** Compresses bytes to one raw Snappy block (format description, google/snappy). Valid until the next call. */
export function snappyEncode(input: Uint8Array): Uint8Array {
  const { length } = input;
  const inPlace = input.buffer === kernel.bytes.buffer && input.byteOffset === FREE;
  const output = FREE + length + SLACK;
  kernel.reserve(endOf(length));
  const { bytes, code } = kernel;
  if (!inPlace) bytes.set(input, FREE);
  let at = output;
  for (let rest = length;; rest = Math.floor(rest / 128)) {
    bytes[at++] = rest > 127 ? (rest & 127) | 128 : rest;
    if (rest < 128) break;
  }
  return bytes.subarray(output, code.snappyEncode(FREE, length, at));
}
