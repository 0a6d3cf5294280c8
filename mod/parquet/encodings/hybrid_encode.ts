import { FREE, Kernel, type KernelCode } from "#kernel";
import type { ByteSink } from "../io/byte_sink.ts";

/** What kernel/hybrid.ts exports. */
interface HybridCode extends KernelCode {
  hybridEncode(values: number, count: number, width: number, to: number): number;
}

/** What the kernel may write behind its output. */
const SLACK = 64;

const kernel = new Kernel();

/**
 * Writes values of `width` (1 to 24) bits in the hybrid of run lengths and bit-packing
 * (Encodings.md): values `from` up to `to`, not included.
 */
export function encodeHybrid(
  values: Uint8Array | Int32Array,
  from: number,
  to: number,
  width: number,
  sink: ByteSink,
): void {
  const count = to - from;
  const output = FREE + 4 * count;
  // No run is longer than its values packed, and a header comes with 8 values at least.
  kernel.reserve(output + 4 * count + 8 * Math.ceil(count / 8) + SLACK);
  const { bytes } = kernel;
  new Int32Array(bytes.buffer, FREE, count).set(values.subarray(from, to));
  const end = (kernel.code as HybridCode).hybridEncode(FREE, count, width, output);
  sink.append(bytes.subarray(output, end));
}

/** Writes one run of a value. */
export function writeRun(value: number, count: number, width: number, sink: ByteSink): void {
  sink.varint(count << 1);
  for (let shift = 0; shift < width; shift += 8) sink.byte(value >>> shift);
}
