import type { ByteSink } from "../io/byte_sink.ts";

/** Shorter runs are bit-packed, in groups of 8 values. */
const SHORTEST_RUN = 16;

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
  let packed = from;
  let at = from;
  while (at < to) {
    const value = values[at]!;
    let end = at + 1;
    while (end < to && values[end] === value) end++;
    // What is bit-packed before a run must be whole groups: a few of the run's values may join it.
    const start = packed === at ? at : at + (8 - (at - packed) % 8) % 8;
    if (end - start >= SHORTEST_RUN) {
      if (start > packed) pack(values, packed, start, width, sink);
      writeRun(value, end - start, width, sink);
      packed = end;
    }
    at = end;
  }
  if (packed < to) pack(values, packed, to, width, sink);
}

/** Writes one run of a value. */
export function writeRun(value: number, count: number, width: number, sink: ByteSink): void {
  sink.varint(count << 1);
  for (let shift = 0; shift < width; shift += 8) sink.byte(value >>> shift);
}

function pack(
  values: Uint8Array | Int32Array,
  from: number,
  to: number,
  width: number,
  sink: ByteSink,
): void {
  const groups = Math.ceil((to - from) / 8);
  sink.varint((groups << 1) | 1);
  const start = sink.reserve(groups * width);
  const end = start + groups * width;
  const { bytes } = sink;
  let at = start;
  let held = 0;
  let bits = 0;
  for (let i = from; i < to; i++) {
    held |= values[i]! << bits;
    bits += width;
    while (bits >= 8) {
      bytes[at++] = held;
      held >>>= 8;
      bits -= 8;
    }
  }
  if (bits > 0) bytes[at++] = held;
  bytes.fill(0, at, end);
  sink.length = end;
}
