// Stored values to what a formula sees, and bounds of what it returns.

/** Where the bytes of four values lie that begin at bit `first`: three for each, and none for its fourth. */
// @ts-ignore: decorator
@inline
function bytesOfFour(first: u32, width: u32): v128 {
  const bits = i32x4.add(i32x4.splat(first), i32x4.mul(i32x4.splat(width), i32x4(0, 1, 2, 3)));
  const byte = i32x4.shr_u(bits, 3);
  const all = v128.or(v128.or(byte, i32x4.shl(byte, 8)), i32x4.shl(byte, 16));
  return i32x4.add(all, i32x4.splat(0xff020100));
}

// @ts-ignore: decorator
@inline
function liftOf(bit: u32): u32 {
  return 1 << (8 - (bit & 7));
}

/** What brings the first bit of each of the four to bit 8. */
// @ts-ignore: decorator
@inline
function liftsOfFour(first: u32, width: u32): v128 {
  const lifts = i32x4.replace_lane(i32x4.splat(liftOf(first)), 1, liftOf(first + width));
  const three = i32x4.replace_lane(lifts, 2, liftOf(first + 2 * width));
  return i32x4.replace_lane(three, 3, liftOf(first + 3 * width));
}

/**
 * Unpacks whole groups of eight values of at most 17 bits, so that each lies in three bytes; 16 bytes behind
 * them are readable.
 */
function unpackGroups(at: usize, width: u32, output: usize, end: usize): void {
  const mask = i32x4.splat((1 << width) - 1);
  const middle = 4 * width & 7, half = width >>> 1;
  const low = bytesOfFour(0, width), high = bytesOfFour(middle, width);
  const lowLifts = liftsOfFour(0, width), highLifts = liftsOfFour(middle, width);
  for (; output < end; output += 32, at += width) {
    const a = i32x4.mul(i8x16.swizzle(v128.load(at), low), lowLifts);
    const b = i32x4.mul(i8x16.swizzle(v128.load(at + half), high), highLifts);
    v128.store(output, v128.and(i32x4.shr_u(a, 8), mask));
    v128.store(output, v128.and(i32x4.shr_u(b, 8), mask), 16);
  }
}

let next: usize = 0;
let stop: usize = 0;
let bits: u32 = 0;
/** Values that are left of the run. */
let left: u32 = 0;
let packed: bool = false;
/** Of a run of one value. */
let same: u32 = 0;
/** Of a packed run: where it begins, and how many of its values are done. */
let run: usize = 0;
let done: u32 = 0;

/** Begins with a hybrid of run lengths and bit-packing (Encodings.md) of values of `width` bits, 1 to 32. */
export function hybridBegin(at: usize, end: usize, width: u32): void {
  next = at;
  stop = end;
  bits = width;
  left = 0;
}

/** Reads the header of the next run; says whether it is whole. */
function hybridRun(): bool {
  let header: u32 = 0;
  for (let shift: u32 = 0;; shift += 7) {
    if (next >= stop || shift > 28) return false;
    const byte = <u32>load<u8>(next++);
    header |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  const count = header >>> 1;
  packed = (header & 1) != 0;
  if (packed) {
    run = next;
    done = 0;
    left = <u32>min<u64>(<u64>count << 3, u32.MAX_VALUE & ~7);
    next = <usize>min<u64>(<u64>stop, <u64>next + <u64>count * bits);
    return left > 0;
  }
  const runBytes = (bits + 7) >>> 3;
  if (runBytes > <u32>(stop - next)) return false;
  same = <u32>(<u64>load<u32>(next) & (((<u64>1) << (8 * runBytes)) - 1));
  next += runBytes;
  left = count;
  return left > 0;
}

/**
 * Decodes the next values to 32 bits each, or steps over them where `output` is 0; says whether they are all
 * there. 64 bytes behind the end are readable.
 */
export function hybridNext(output: usize, count: u32): bool {
  while (count > 0) {
    if (left == 0 && !hybridRun()) return false;
    const now = min(left, count);
    if (packed) {
      if (<u64>(done + now) * bits + 7 >>> 3 > <u64>(stop - run)) return false;
      if (output) hybridUnpack(output, now);
      done += now;
    } else if (output) {
      for (let to = output, end = output + 4 * now; to < end; to += 4) store<u32>(to, same);
    }
    left -= now;
    count -= now;
    if (output) output += 4 * now;
  }
  return true;
}

/** Unpacks the next values of a packed run. */
function hybridUnpack(output: usize, count: u32): void {
  const mask: u64 = (<u64>1 << bits) - 1;
  const end = output + 4 * count;
  let at = done;
  const whole = min(end, output + 4 * ((8 - (at & 7)) & 7));
  for (; output < whole; output += 4, at++) store<u32>(output, <u32>(bitsFrom(at) & mask));
  if (bits <= 17) {
    const groups = <u32>(end - output) >>> 5;
    unpackGroups(run + (<usize>at >>> 3) * bits, bits, output, output + 32 * groups);
    output += 32 * groups;
    at += 8 * groups;
  }
  for (; output < end; output += 4, at++) store<u32>(output, <u32>(bitsFrom(at) & mask));
}

/** The bits of a packed run from a value on, 57 at least. */
// @ts-ignore: decorator
@inline
function bitsFrom(index: u32): u64 {
  const bit = <u64>index * bits;
  return load<u64>(run + <usize>(bit >>> 3)) >>> (bit & 7);
}

/** Index of the first value that is not below `limit`; `count` where all are. */
export function firstOutside(values: usize, count: u32, limit: u32): u32 {
  const limits = i32x4.splat(limit);
  let i: u32 = 0;
  for (; i + 16 <= count; i += 16) {
    const at = values + 4 * i;
    const one = i32x4.max_u(v128.load(at), v128.load(at, 16));
    const two = i32x4.max_u(v128.load(at, 32), v128.load(at, 48));
    if (v128.any_true(i32x4.ge_u(i32x4.max_u(one, two), limits))) break;
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
