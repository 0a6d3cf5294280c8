// Loops over the rows of groups. Codes and ids are 32-bit integers.
import { lostInOne } from "./sums";

/** Looks codes up in a table of `size`; gives the index of the first that is outside, else `count`. */
export function mapCodes(codes: usize, count: u32, table: usize, size: u32, to: usize): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const code = load<u32>(codes + (i << 2));
    if (code >= size) return i;
    store<u32>(to + (i << 2), load<u32>(table + (code << 2)));
  }
  return count;
}

/** Adds the rows of each group to `rows`, doubles. */
export function addRows(ids: usize, count: u32, rows: usize): void {
  for (const end = ids + (count << 2); ids < end; ids += 4) {
    const at = rows + (load<u32>(ids) << 3);
    store<f64>(at, load<f64>(at) + 1);
  }
}

/** Whether all ids are below `groups`. */
export function areBelow(ids: usize, count: u32, groups: u32): bool {
  const end = ids + (count << 2);
  let most = i32x4.splat(0);
  for (; ids + 16 <= end; ids += 16) most = i32x4.max_u(most, v128.load(ids));
  for (; ids < end; ids += 4) most = i32x4.max_u(most, v128.load32_zero(ids));
  return !v128.any_true(i32x4.ge_u(most, i32x4.splat(groups)));
}

/** What is kept of a group in `states`: sum, rounding errors of the sum, count, and rows without a value, doubles. */
// @ts-ignore: decorator
@inline
export function stateOf(states: usize, id: u32): usize {
  return states + (<usize>id << 5);
}

/** Counts a row without a value. */
// @ts-ignore: decorator
@inline
export function addNothing(state: usize): void {
  store<f64>(state, load<f64>(state, 24) + 1, 24);
}

/** From memory, as MASKS of kernel/fixed.ts. */
const ONE = memory.data<f64>([1]);

/** Adds each value that is not NaN to its group; the ids are below the number of groups. */
export function addValues(values: usize, ids: usize, count: u32, states: usize): void {
  const one = v128.load64_splat(ONE);
  for (const end = ids + (count << 2); ids < end; ids += 4, values += 8) {
    const state = stateOf(states, load<u32>(ids)), value = load<f64>(values);
    if (value != value) {
      addNothing(state);
      continue;
    }
    const sum = load<f64>(state), next = sum + value;
    store<f64>(state, next);
    const more = f64x2.replace_lane(one, 0, lostInOne(sum, value, next));
    v128.store(state, f64x2.add(v128.load(state, 8), more), 8);
  }
}

/**
 * Adds squared deviations from the means of groups, and the deviations: two doubles of each group. NaN is left out. The
 * pair of the last row's group is held, so that rows of one group need not wait for the memory.
 */
export function addSquares(values: usize, ids: usize, count: u32, means: usize, sums: usize): void {
  const one = v128.load64_splat(ONE);
  let at = sums, held = v128.load(at);
  for (const end = ids + (count << 2); ids < end; ids += 4, values += 8) {
    const id = <usize>load<u32>(ids), next = sums + (id << 4);
    const apart = load<f64>(values) - load<f64>(means + (id << 3));
    if (apart != apart) continue;
    if (next != at) {
      v128.store(at, held);
      held = v128.load(next);
      at = next;
    }
    held = f64x2.add(held, f64x2.mul(f64x2.splat(apart), f64x2.replace_lane(one, 0, apart)));
  }
  v128.store(at, held);
}

/** Widens the extents of groups: the least value of each, and the greatest with its sign changed; see above. */
export function addExtents(values: usize, ids: usize, count: u32, extents: usize): void {
  let at = extents, held = v128.load(at);
  for (const end = ids + (count << 2); ids < end; ids += 4, values += 8) {
    const next = extents + (<usize>load<u32>(ids) << 4), value = load<f64>(values);
    if (next != at) {
      v128.store(at, held);
      held = v128.load(next);
      at = next;
    }
    held = f64x2.pmin(held, f64x2.replace_lane(f64x2.splat(value), 1, -value));
  }
  v128.store(at, held);
}
