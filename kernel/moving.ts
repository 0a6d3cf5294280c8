// Sums over windows that slide: doubles, two at a time.

// @ts-ignore: decorator
@inline
function at(base: usize, index: i32): usize {
  return base + (<isize>index << 3);
}

/** `found[k] += work[k - offset]` from k = `from` on. */
function addOne(work: usize, found: usize, from: i32, end: i32, offset: i32): void {
  let k = from;
  for (; k + 2 <= end; k += 2) {
    const sum = f64x2.add(v128.load(at(found, k)), v128.load(at(work, k - offset)));
    v128.store(at(found, k), sum);
  }
  if (k < end) {
    store<f64>(at(found, k), load<f64>(at(found, k)) + load<f64>(at(work, k - offset)));
  }
}

/** `found[k] += work[k - offset] + work[k - pair]` from k = `from` on. */
function addTwo(work: usize, found: usize, from: i32, end: i32, offset: i32, pair: i32): void {
  let k = from;
  for (; k + 2 <= end; k += 2) {
    const both = f64x2.add(v128.load(at(work, k - offset)), v128.load(at(work, k - pair)));
    v128.store(at(found, k), f64x2.add(v128.load(at(found, k)), both));
  }
  if (k < end) {
    const both = load<f64>(at(work, k - offset)) + load<f64>(at(work, k - pair));
    store<f64>(at(found, k), load<f64>(at(found, k)) + both);
  }
}

/** Sums over `size` values become sums over four times as many; nothing is there before the first. */
function fourfold(work: usize, count: i32, size: i32): void {
  const two = 2 * size, three = 3 * size;
  let k = count - 1;
  for (; k > three; k -= 2) {
    const low = k - 1;
    const one = f64x2.add(v128.load(at(work, low)), v128.load(at(work, low - size)));
    const other = f64x2.add(v128.load(at(work, low - two)), v128.load(at(work, low - three)));
    v128.store(at(work, low), f64x2.add(one, other));
  }
  for (; k >= three; k--) {
    const one = load<f64>(at(work, k)) + load<f64>(at(work, k - size));
    const other = load<f64>(at(work, k - two)) + load<f64>(at(work, k - three));
    store<f64>(at(work, k), one + other);
  }
  for (; k >= two; k--) {
    const one = load<f64>(at(work, k)) + load<f64>(at(work, k - size));
    store<f64>(at(work, k), one + load<f64>(at(work, k - two)));
  }
  for (; k >= size; k--) {
    store<f64>(at(work, k), load<f64>(at(work, k)) + load<f64>(at(work, k - size)));
  }
}

/**
 * Sums of the windows that end at each of `count` places from `before` on, at the same places of `found`;
 * `work` is used up. Sums over 4, 16, 64 … values are put together to the window's length: each is a tree of
 * its window's own values, whose shape depends on the window's length alone.
 */
export function movingSums(work: usize, found: usize, count: i32, before: i32, window: i32): void {
  for (let k = before; k < count; k++) store<f64>(at(found, k), -0.0);
  let offset: i32 = 0, size: i32 = 1;
  for (let rest = window; rest > 0; rest >>>= 2, size <<= 2) {
    const digit = rest & 3;
    if (digit & 1) {
      addOne(work, found, max(before, offset), count, offset);
      offset += size;
    }
    if (digit >= 2) {
      const pair = offset + size;
      addOne(work, found, max(before, offset), min(pair, count), offset);
      addTwo(work, found, max(before, pair), count, offset, pair);
      offset = pair + size;
    }
    if (rest >= 4) fourfold(work, count, size);
  }
}
