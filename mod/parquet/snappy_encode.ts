import { FREE, Kernel } from "../kernel/kernel.ts";

/** What the kernel may read or write behind what it is told. */
const SLACK = 64;

const kernel = new Kernel();

/** Compresses bytes to one raw Snappy block (format description, google/snappy). Valid until the next call. */
export function snappyEncode(input: Uint8Array): Uint8Array {
  const { length } = input;
  const output = FREE + length + SLACK;
  // A literal of 2^16 bytes costs 3 more, and no copy is longer than what it stands for.
  kernel.reserve(output + length + Math.ceil(length / 6) + 16 + SLACK);
  const { bytes, code } = kernel;
  bytes.set(input, FREE);
  let at = output;
  for (let rest = length;; rest = Math.floor(rest / 128)) {
    bytes[at++] = rest > 127 ? (rest & 127) | 128 : rest;
    if (rest < 128) break;
  }
  return bytes.subarray(output, code.snappyEncode(FREE, length, at));
}
