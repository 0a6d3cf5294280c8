// The hybrid of run lengths and bit-packing, as it is written (Encodings.md).

/** Shorter runs are bit-packed, in groups of 8 values. */
const SHORTEST_RUN: usize = 16;

/**
 * Writes values of 32 bits in the hybrid, `width` bits each, 1 to 24; 8 bytes behind the output may be overwritten.
 *
 * @returns Where the output ends.
 */
export function hybridEncode(values: usize, count: u32, width: u32, to: usize): usize {
  const end = values + (<usize>count << 2);
  let packed = values, at = values;
  while (at < end) {
    const next = endOfRun(at, end);
    // What is bit-packed before a run must be whole groups: a few of the run's values may join it.
    const start = at + ((packed - at) & 31);
    if (next >= start + 4 * SHORTEST_RUN) {
      if (start > packed) to = pack(packed, start, width, to);
      to = writeVarint(<u32>(next - start >>> 2) << 1, to);
      store<u32>(to, load<u32>(at));
      to += (width + 7) >>> 3;
      packed = next;
    }
    at = next;
  }
  return packed < end ? pack(packed, end, width, to) : to;
}

/** The first of the values behind `at` that is another. */
// @ts-ignore: decorator
@inline
function endOfRun(at: usize, end: usize): usize {
  const value = load<u32>(at), same = i32x4.splat(value);
  at += 4;
  if (at < end && load<u32>(at) != value) return at;
  while (at + 16 <= end && i32x4.all_true(i32x4.eq(v128.load(at), same))) at += 16;
  while (at < end && load<u32>(at) == value) at += 4;
  return at;
}

function pack(from: usize, end: usize, width: u32, to: usize): usize {
  const groups = <u32>(end - from + 31 >>> 5);
  to = writeVarint(groups << 1 | 1, to);
  const last = to + groups * width;
  let held: u64 = 0, bits: u32 = 0;
  for (; from < end; from += 4) {
    held |= <u64>load<u32>(from) << bits;
    bits += width;
    if (bits >= 32) {
      store<u32>(to, <u32>held);
      to += 4;
      held >>>= 32;
      bits -= 32;
    }
  }
  for (; to < last; to += 4, held >>>= 32) store<u32>(to, <u32>held);
  return last;
}

function writeVarint(value: u32, to: usize): usize {
  for (; value > 127; value >>>= 7) store<u8>(to++, <u8>(value & 127 | 128));
  store<u8>(to++, <u8>value);
  return to;
}
