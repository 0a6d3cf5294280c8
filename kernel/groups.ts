// Loops over the rows of groups. Codes and ids are 32-bit integers.

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

/**
 * Adds each value that is not NaN to its group: `states` has sum, rounding errors of the sum, count, and rows
 * without a value of one group after the other, doubles.
 *
 * @returns Index of the first id that is not below `groups`; `count` where all are.
 */
export function addValues(values: usize, ids: usize, count: u32, states: usize, groups: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const id = load<u32>(ids + (i << 2));
    if (id >= groups) return i;
    const at = states + (<usize>id << 5);
    const value = load<f64>(values + (i << 3));
    if (value != value) {
      store<f64>(at, load<f64>(at, 24) + 1, 24);
      continue;
    }
    const before = load<f64>(at), next = before + value, part = next - before;
    store<f64>(at, next);
    store<f64>(at, load<f64>(at, 8) + ((before - (next - part)) + (value - part)), 8);
    store<f64>(at, load<f64>(at, 16) + 1, 16);
  }
  return count;
}
