import { assert, assertEquals } from "@std/assert";

/** Numbers from -1 to 1 without structure that are the same in every run. */
export function noise(n: number, seed = 1): Float64Array {
  let state = seed;
  return Float64Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** The same with a NaN here and there, and a gap of many. */
export function withGaps(n: number, seed = 1): Float64Array {
  const values = noise(n, seed);
  for (let k = 7; k < n; k += 97) values[k] = NaN;
  values.fill(NaN, Math.floor(n / 2), Math.floor(n / 2) + 60);
  return values;
}

/** Each found number is the expected one to a share of the greatest of them; NaN and infinities exactly. */
export function assertClose(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 1e-14,
  what = "",
): void {
  assertEquals(found.length, expected.length, `${what}: length`);
  const finite = Array.from(expected).filter(Number.isFinite).map(Math.abs);
  const most = tolerance * Math.max(...finite, Number.MIN_VALUE);
  for (let k = 0; k < expected.length; k++) {
    const close = Object.is(found[k], expected[k]) || Math.abs(found[k]! - expected[k]!) <= most;
    assert(close, `${what}[${k}]: ${found[k]}, not ${expected[k]}`);
  }
}

/** Whether two lists of bytes are the same; assertions would take long over many. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** Asserts that two arrays hold the same numbers to the last bit. */
export function assertSameBits(
  found: ArrayLike<unknown>,
  expected: ArrayLike<number>,
  what: string,
): void {
  assertEquals(found.length, expected.length, `${what}: length`);
  for (let k = 0; k < expected.length; k++) {
    if (!Object.is(found[k], expected[k])) {
      throw new Error(`${what}[${k}]: ${found[k]}, not ${expected[k]}`);
    }
  }
}
