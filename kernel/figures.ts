// Figures of many groups: a record for each, to which rows are added one by one. A record begins with the sum, its
// rounding errors, the count and the rows without a value (kernel/groups.ts); what else is asked for lies behind them.
import { addNothing } from "./groups";
import { lostInOne } from "./sums";

// @ts-ignore: decorator
@inline
function recordOf(records: usize, id: u32, stride: u32): usize {
  return records + <usize>id * stride;
}

/** Opens records from one id up to another, not included, as copies of an empty one. */
export function openRecords(records: usize, from: u32, to: u32, stride: u32, empty: usize): void {
  for (let id = from; id < to; id++) memory.copy(recordOf(records, id, stride), empty, stride);
}

/** Adds values that are not NaN to the sums. */
export function addToRecords(values: usize, ids: usize, count: u32, records: usize, stride: u32): void {
  for (const end = ids + (count << 2); ids < end; ids += 4, values += 8) {
    const record = recordOf(records, load<u32>(ids), stride), value = load<f64>(values);
    if (value != value) {
      addNothing(record);
      continue;
    }
    const sum = load<f64>(record), next = sum + value;
    store<f64>(record, next);
    store<f64>(record, load<f64>(record, 8) + lostInOne(sum, value, next), 8);
    store<f64>(record, load<f64>(record, 16) + 1, 16);
  }
}

/**
 * Adds values to squared deviations: a field has the count, the mean, its rounding error, and the sum of the squares.
 * Source: Welford, "Note on a method for calculating corrected sums of squares and products" (1962).
 *
 * @param at Where the field is in a record.
 */
export function addDeviations(
  values: usize,
  ids: usize,
  count: u32,
  records: usize,
  stride: u32,
  at: u32,
): void {
  for (const end = ids + (count << 2); ids < end; ids += 4, values += 8) {
    const field = recordOf(records, load<u32>(ids), stride) + at, value = load<f64>(values);
    if (value != value) continue;
    const rows = load<f64>(field) + 1, mean = load<f64>(field, 8), rest = load<f64>(field, 16);
    const apart = (value - mean) - rest, step = apart / rows + rest, next = mean + step;
    store<f64>(field, rows);
    store<f64>(field, next, 8);
    store<f64>(field, lostInOne(mean, step, next), 16);
    store<f64>(field, load<f64>(field, 24) + apart * (apart - apart / rows), 24);
  }
}

/** Which of a group's values a field keeps; NaN is none. */
// @ts-ignore: decorator
@inline
const LEAST = 0, MOST = 1, FIRST = 2, LAST = 3;

// @ts-ignore: decorator
@inline
function isKept(which: i32, value: f64, known: f64): bool {
  if (which == LEAST) return value < known;
  if (which == MOST) return value > known;
  return which == FIRST ? known != known : value == value;
}

// @ts-ignore: decorator
@inline
function keep(
  which: i32,
  values: usize,
  ids: usize,
  count: u32,
  records: usize,
  stride: u32,
  at: u32,
): void {
  for (const end = ids + (count << 2); ids < end; ids += 4, values += 8) {
    const field = recordOf(records, load<u32>(ids), stride) + at, value = load<f64>(values);
    if (isKept(which, value, load<f64>(field))) store<f64>(field, value);
  }
}

/** Keeps the least value. */
export function addLeast(
  values: usize,
  ids: usize,
  count: u32,
  records: usize,
  stride: u32,
  at: u32,
): void {
  keep(LEAST, values, ids, count, records, stride, at);
}

/** Keeps the greatest value. */
export function addMost(
  values: usize,
  ids: usize,
  count: u32,
  records: usize,
  stride: u32,
  at: u32,
): void {
  keep(MOST, values, ids, count, records, stride, at);
}

/** Keeps the first value that is not NaN. */
export function addFirst(
  values: usize,
  ids: usize,
  count: u32,
  records: usize,
  stride: u32,
  at: u32,
): void {
  keep(FIRST, values, ids, count, records, stride, at);
}

/** Keeps the last value that is not NaN. */
export function addLast(
  values: usize,
  ids: usize,
  count: u32,
  records: usize,
  stride: u32,
  at: u32,
): void {
  keep(LAST, values, ids, count, records, stride, at);
}

/** The doubles of records in an order of ids: all first ones, `apart` bytes behind them all second ones, and so on. */
export function takeRecords(
  records: usize,
  stride: u32,
  order: usize,
  count: u32,
  to: usize,
  apart: u32,
): void {
  for (const end = order + (count << 2); order < end; order += 4, to += 8) {
    const record = recordOf(records, load<u32>(order), stride);
    const first = v128.load(record), second = v128.load(record, 16);
    let field = to;
    v128.store64_lane(field, first, 0);
    v128.store64_lane(field += apart, first, 1);
    v128.store64_lane(field += apart, second, 0);
    v128.store64_lane(field += apart, second, 1);
    for (let at: u32 = 32; at < stride; at += 8) {
      store<f64>(field += apart, load<f64>(record + at));
    }
  }
}
