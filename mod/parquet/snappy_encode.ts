import type { ByteSink } from "./byte_sink.ts";

/** Copies reach back less than 2^16 bytes, and each block is compressed for itself. */
const BLOCK = 1 << 16;
const HASH_BITS = 13;
const table = new Uint16Array(1 << HASH_BITS);

/** Compresses bytes to one raw Snappy block (format description, google/snappy). */
export function snappyEncode(input: Uint8Array, sink: ByteSink): void {
  sink.varint(input.length);
  const blocks = Math.ceil(input.length / BLOCK);
  // A literal of 2^16 bytes costs 3 more, and no copy is longer than what it stands for.
  sink.reserve(input.length + blocks * 8 + Math.ceil(input.length / 6));
  for (let at = 0; at < input.length; at += BLOCK) {
    encodeBlock(input.subarray(at, Math.min(at + BLOCK, input.length)), sink);
  }
}

function encodeBlock(input: Uint8Array, sink: ByteSink): void {
  const { bytes } = sink;
  const end = input.length;
  const last = end - 4;
  let to = sink.length;
  let literal = 0;
  let at = 1;
  let misses = 32;
  table.fill(0);
  while (at <= last) {
    const word = wordAt(input, at);
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
    const candidate = table[slot]!;
    table[slot] = at;
    if (wordAt(input, candidate) !== word || candidate >= at) {
      at += misses++ >>> 5;
      continue;
    }
    misses = 32;
    let length = 4;
    while (at + length < end && input[candidate + length] === input[at + length]) length++;
    to = putLiteral(input, literal, at, bytes, to);
    to = putCopy(at - candidate, length, bytes, to);
    at += length;
    literal = at;
    if (at <= last) {
      const before = Math.imul(wordAt(input, at - 1), 0x9e3779b1) >>> (32 - HASH_BITS);
      table[before] = at - 1;
    }
  }
  sink.length = putLiteral(input, literal, end, bytes, to);
}

function wordAt(input: Uint8Array, at: number): number {
  return input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24);
}

function putLiteral(
  input: Uint8Array,
  from: number,
  end: number,
  bytes: Uint8Array,
  to: number,
): number {
  const length = end - from;
  if (length === 0) return to;
  if (length <= 60) bytes[to++] = (length - 1) << 2;
  else if (length <= 256) {
    bytes[to++] = 60 << 2;
    bytes[to++] = length - 1;
  } else {
    bytes[to++] = 61 << 2;
    bytes[to++] = length - 1;
    bytes[to++] = (length - 1) >>> 8;
  }
  if (length < 24) {
    for (let i = from; i < end; i++) bytes[to++] = input[i]!;
    return to;
  }
  bytes.set(input.subarray(from, end), to);
  return to + length;
}

function putCopy(offset: number, length: number, bytes: Uint8Array, to: number): number {
  while (length >= 68) {
    to = putShortCopy(offset, 64, bytes, to);
    length -= 64;
  }
  if (length > 64) {
    to = putShortCopy(offset, 60, bytes, to);
    length -= 60;
  }
  return putShortCopy(offset, length, bytes, to);
}

function putShortCopy(offset: number, length: number, bytes: Uint8Array, to: number): number {
  if (length < 12 && offset < 2048) {
    bytes[to++] = 1 | ((length - 4) << 2) | ((offset >>> 8) << 5);
    bytes[to++] = offset;
  } else {
    bytes[to++] = 2 | ((length - 1) << 2);
    bytes[to++] = offset;
    bytes[to++] = offset >>> 8;
  }
  return to;
}
