// Stored values to what a formula sees, and bounds of what it returns.

/** The hybrid of run lengths and bit-packing (Encodings.md) to 32 bits each. */
export function decodeHybrid(at: usize, end: usize, width: u32, output: usize, count: u32): bool {
  const stop = output + 4 * count;
  const runBytes = (width + 7) >>> 3;
  const mask: u64 = (<u64>1 << width) - 1;
  while (output < stop) {
    let header: u32 = 0;
    for (let shift: u32 = 0;; shift += 7) {
      if (at >= end || shift > 28) return false;
      const byte = <u32>load<u8>(at++);
      header |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    const left = <u32>((stop - output) >>> 2);
    if (header & 1) {
      const groups = header >>> 1;
      const run = <u32>min<u64>(<u64>groups << 3, left);
      if (run == 0 || <u64>run * width + 7 >>> 3 > <u64>(end - at)) return false;
      const runEnd = output + 4 * run;
      let bit: usize = 0;
      if (width <= 8) {
        // Eight values fill `width` bytes.
        for (const last = runEnd - 28; output < last && run >= 8; output += 32, bit += 8 * width) {
          let held = load<u64>(at + (bit >>> 3));
          store<u32>(output, <u32>(held & mask));
          store<u32>(output, <u32>((held >>>= width) & mask), 4);
          store<u32>(output, <u32>((held >>>= width) & mask), 8);
          store<u32>(output, <u32>((held >>>= width) & mask), 12);
          store<u32>(output, <u32>((held >>>= width) & mask), 16);
          store<u32>(output, <u32>((held >>>= width) & mask), 20);
          store<u32>(output, <u32>((held >>>= width) & mask), 24);
          store<u32>(output, <u32>((held >>>= width) & mask), 28);
        }
      }
      for (; output < runEnd; output += 4, bit += width) {
        store<u32>(output, <u32>((load<u64>(at + (bit >>> 3)) >>> (bit & 7)) & mask));
      }
      at = <usize>min<u64>(<u64>end, <u64>at + <u64>groups * width);
    } else {
      const run = min<u32>(header >>> 1, left);
      if (run == 0 || runBytes > <u32>(end - at)) return false;
      const value = <u32>(<u64>load<u32>(at) & (((<u64>1) << (8 * runBytes)) - 1));
      at += runBytes;
      for (const runEnd = output + 4 * run; output < runEnd; output += 4) store<u32>(output, value);
    }
  }
  return true;
}

/** Index of the first value that is not below `limit`; `count` where all are. */
export function firstOutside(values: usize, count: u32, limit: u32): u32 {
  const limits = i32x4.splat(limit);
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) {
    if (v128.any_true(i32x4.ge_u(v128.load(values + 4 * i), limits))) break;
  }
  for (; i < count; i++) if (load<u32>(values + 4 * i) >= limit) return i;
  return count;
}

const MOST_SAFE: i64 = 9007199254740991;

/** 64-bit integers to doubles; gives the index of the first that a double can't hold, else `count`. */
export function int64ToNumber(from: usize, to: usize, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const value = load<i64>(from + 8 * i);
    if (value > MOST_SAFE || value < -MOST_SAFE) return i;
    store<f64>(to + 8 * i, <f64>value);
  }
  return count;
}

/** Milliseconds to milliseconds, as doubles. */
export function millisToMillis(from: usize, to: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) store<f64>(to + 8 * i, <f64>load<i64>(from + 8 * i));
}

/**
 * Microseconds (`parts` 1000) or nanoseconds (1,000,000) to milliseconds. One division of an exact
 * number gives the nearest there is; what is too large to be exact is taken apart first.
 */
export function partsToMillis(from: usize, to: usize, count: u32, parts: f64): void {
  for (let i: u32 = 0; i < count; i++) {
    const value = load<i64>(from + 8 * i);
    let millis: f64;
    if (value <= MOST_SAFE && value >= -MOST_SAFE) millis = <f64>value / parts;
    else {
      const high = <f64>(value >> 32), low = <f64>(value & 0xffffffff);
      const whole32 = Math.floor(4294967296.0 / parts);
      const small = high * (4294967296.0 - whole32 * parts) + low;
      const whole = Math.floor(small / parts);
      millis = high * whole32 + whole + (small - whole * parts) / parts;
    }
    store<f64>(to + 8 * i, millis);
  }
}

/** Least and most of doubles, to `bounds`; both are NaN where there is one. */
export function bounds64(at: usize, count: u32, bounds: usize): void {
  let least = f64x2.splat(Infinity), most = f64x2.splat(-Infinity);
  let least2 = least, most2 = most;
  let numbers = i64x2.splat(-1);
  const end = at + 8 * count;
  for (; at + 32 <= end; at += 32) {
    const a = v128.load(at), b = v128.load(at, 16);
    least = f64x2.pmin(least, a);
    most = f64x2.pmax(most, a);
    least2 = f64x2.pmin(least2, b);
    most2 = f64x2.pmax(most2, b);
    numbers = v128.and(numbers, v128.and(f64x2.eq(a, a), f64x2.eq(b, b)));
  }
  least = f64x2.pmin(least, least2);
  most = f64x2.pmax(most, most2);
  let low = min(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1));
  let high = max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1));
  for (; at < end; at += 8) {
    const value = load<f64>(at);
    low = min(low, value);
    high = max(high, value);
  }
  if (!i64x2.all_true(numbers)) low = high = NaN;
  store<f64>(bounds, low);
  store<f64>(bounds + 8, high);
}
