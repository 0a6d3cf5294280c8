// Sums and extremes of doubles, two at a time; NaN is left out. Several sums grow beside each other, so that
// no addition waits for the one before.

/** What is lost when `value` is added to `sum` and gives `next` (Knuth's TwoSum). */
// @ts-ignore: decorator
@inline
function lostIn(sum: v128, value: v128, next: v128): v128 {
  const part = f64x2.sub(next, sum);
  return f64x2.add(f64x2.sub(sum, f64x2.sub(next, part)), f64x2.sub(value, part));
}

// @ts-ignore: decorator
@inline
export function lostInOne(sum: f64, value: f64, next: f64): f64 {
  const part = next - sum;
  return (sum - (next - part)) + (value - part);
}

/** Adds `value`, and what was lost in it, to a sum and its rounding errors. */
// @ts-ignore: decorator
@inline
export function addTo(state: usize, value: f64, lost: f64): void {
  const sum = load<f64>(state), next = sum + value;
  store<f64>(state, next);
  store<f64>(state, load<f64>(state, 8) + (lostInOne(sum, value, next) + lost), 8);
}

/**
 * Adds doubles to a sum and its rounding errors, two doubles.
 *
 * @returns How many are not NaN.
 */
export function sum64(at: usize, count: u32, state: usize): u32 {
  const end = at + 8 * count;
  const zero = f64x2.splat(0);
  let a = zero, b = zero, c = zero, d = zero, lostA = zero, lostB = zero, lostC = zero, lostD = zero;
  let there = i64x2.splat(0);
  for (; at + 64 <= end; at += 64) {
    let value = v128.load(at), known = f64x2.eq(value, value);
    value = v128.and(value, known);
    there = i64x2.sub(there, known);
    let next = f64x2.add(a, value);
    lostA = f64x2.add(lostA, lostIn(a, value, next));
    a = next;
    value = v128.load(at, 16), known = f64x2.eq(value, value);
    value = v128.and(value, known);
    there = i64x2.sub(there, known);
    next = f64x2.add(b, value);
    lostB = f64x2.add(lostB, lostIn(b, value, next));
    b = next;
    value = v128.load(at, 32), known = f64x2.eq(value, value);
    value = v128.and(value, known);
    there = i64x2.sub(there, known);
    next = f64x2.add(c, value);
    lostC = f64x2.add(lostC, lostIn(c, value, next));
    c = next;
    value = v128.load(at, 48), known = f64x2.eq(value, value);
    value = v128.and(value, known);
    there = i64x2.sub(there, known);
    next = f64x2.add(d, value);
    lostD = f64x2.add(lostD, lostIn(d, value, next));
    d = next;
  }
  const ab = f64x2.add(a, b), cd = f64x2.add(c, d), all = f64x2.add(ab, cd);
  let lost = f64x2.add(f64x2.add(lostA, lostB), f64x2.add(lostC, lostD));
  lost = f64x2.add(lost, f64x2.add(lostIn(a, b, ab), f64x2.add(lostIn(c, d, cd), lostIn(ab, cd, all))));
  let found = <u32>(i64x2.extract_lane(there, 0) + i64x2.extract_lane(there, 1));
  addTo(state, f64x2.extract_lane(all, 0), f64x2.extract_lane(lost, 0));
  addTo(state, f64x2.extract_lane(all, 1), f64x2.extract_lane(lost, 1));
  for (; at < end; at += 8) {
    const value = load<f64>(at);
    if (value != value) continue;
    addTo(state, value, 0);
    found++;
  }
  return found;
}

/** The same of integers of 32 bits, whose own sum is exact. */
export function sum32(at: usize, count: u32, state: usize): void {
  const end = at + 4 * count;
  let a = i64x2.splat(0), b = a;
  for (; at + 32 <= end; at += 32) {
    const one = v128.load(at), two = v128.load(at, 16);
    a = i64x2.add(a, i64x2.add(i64x2.extend_low_i32x4_s(one), i64x2.extend_high_i32x4_s(one)));
    b = i64x2.add(b, i64x2.add(i64x2.extend_low_i32x4_s(two), i64x2.extend_high_i32x4_s(two)));
  }
  a = i64x2.add(a, b);
  let sum = i64x2.extract_lane(a, 0) + i64x2.extract_lane(a, 1);
  for (; at < end; at += 4) sum += <i64>load<i32>(at);
  // In two parts, each of which a double holds.
  addTo(state, <f64>(sum >> 32) * 4294967296, 0);
  addTo(state, <f64>(sum & 0xffffffff), 0);
}

/** Widens an extent, its least and greatest value, to doubles. */
export function extent64(at: usize, count: u32, state: usize): void {
  const end = at + 8 * count;
  let low = f64x2.splat(load<f64>(state)), low2 = low;
  let high = f64x2.splat(load<f64>(state, 8)), high2 = high;
  for (; at + 32 <= end; at += 32) {
    const a = v128.load(at), b = v128.load(at, 16);
    low = f64x2.pmin(low, a);
    high = f64x2.pmax(high, a);
    low2 = f64x2.pmin(low2, b);
    high2 = f64x2.pmax(high2, b);
  }
  low = f64x2.pmin(low, low2);
  high = f64x2.pmax(high, high2);
  let least = min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1));
  let most = max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1));
  for (; at < end; at += 8) {
    const value = load<f64>(at);
    if (value < least) least = value;
    if (value > most) most = value;
  }
  store<f64>(state, least);
  store<f64>(state, most, 8);
}

/** Adds doubles to `Σ(x - mean)²` and `Σ(x - mean)`. */
export function squares64(at: usize, count: u32, mean: f64, state: usize): void {
  const end = at + 8 * count;
  const means = f64x2.splat(mean);
  let squares = f64x2.splat(0), squares2 = squares, rest = squares, rest2 = squares;
  for (; at + 32 <= end; at += 32) {
    let apart = f64x2.sub(v128.load(at), means);
    apart = v128.and(apart, f64x2.eq(apart, apart));
    squares = f64x2.add(squares, f64x2.mul(apart, apart));
    rest = f64x2.add(rest, apart);
    apart = f64x2.sub(v128.load(at, 16), means);
    apart = v128.and(apart, f64x2.eq(apart, apart));
    squares2 = f64x2.add(squares2, f64x2.mul(apart, apart));
    rest2 = f64x2.add(rest2, apart);
  }
  squares = f64x2.add(squares, squares2);
  rest = f64x2.add(rest, rest2);
  let sum = load<f64>(state) + f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
  let sumOfRest = load<f64>(state, 8) + f64x2.extract_lane(rest, 0) + f64x2.extract_lane(rest, 1);
  for (; at < end; at += 8) {
    const apart = load<f64>(at) - mean;
    if (apart != apart) continue;
    sum += apart * apart;
    sumOfRest += apart;
  }
  store<f64>(state, sum);
  store<f64>(state, sumOfRest, 8);
}
