import { Malformed } from "../io/errors.ts";
import type { Span } from "../io/span.ts";

/**
 * Decompresses a raw Snappy block of exactly `length` bytes into the start of `output`.
 *
 * @throws Malformed when the block is cut off, points before its start or is of another length.
 */
export function snappyDecode({ bytes, at, end }: Span, output: Uint8Array, length: number): void {
  let from = at;
  let declared = 0;
  for (let scale = 1;; scale *= 128) {
    if (from >= end || scale > 2 ** 35) throw damaged();
    const byte = bytes[from++]!;
    declared += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  if (declared !== length) throw damaged();
  let to = 0;
  while (from < end) {
    const tag = bytes[from++]!;
    if ((tag & 3) === 0) {
      let count = (tag >>> 2) + 1;
      if (count > 60) {
        const extra = count - 60;
        if (from + extra > end) throw damaged();
        count = 1;
        for (let i = 0; i < extra; i++) count += bytes[from++]! * 2 ** (8 * i);
      }
      if (count > end - from || count > length - to) throw damaged();
      if (count < 32) {
        for (let i = 0; i < count; i++) output[to++] = bytes[from++]!;
      } else {
        output.set(bytes.subarray(from, from + count), to);
        to += count;
        from += count;
      }
      continue;
    }
    let count: number;
    let offset: number;
    if ((tag & 3) === 1) {
      if (from >= end) throw damaged();
      count = ((tag >>> 2) & 7) + 4;
      offset = ((tag >>> 5) << 8) | bytes[from++]!;
    } else if ((tag & 3) === 2) {
      if (from + 2 > end) throw damaged();
      count = (tag >>> 2) + 1;
      offset = bytes[from]! | (bytes[from + 1]! << 8);
      from += 2;
    } else {
      if (from + 4 > end) throw damaged();
      count = (tag >>> 2) + 1;
      offset = (bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) |
        (bytes[from + 3]! << 24)) >>> 0;
      from += 4;
    }
    if (offset === 0 || offset > to || count > length - to) throw damaged();
    copyWithin(output, to, offset, count);
    to += count;
  }
  if (to !== length) throw damaged();
}

/** Repeats what lies `offset` bytes back; source and target may overlap. */
function copyWithin(bytes: Uint8Array, to: number, offset: number, count: number): void {
  if (count >= 64 && offset >= count) {
    bytes.copyWithin(to, to - offset, to - offset + count);
    return;
  }
  const end = to + count;
  for (let from = to - offset; to < end;) bytes[to++] = bytes[from++]!;
}

function damaged(): Malformed {
  return new Malformed("a page's Snappy data is damaged");
}
