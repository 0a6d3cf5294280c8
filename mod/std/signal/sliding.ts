import { assertWhole, type Numbers, numbersOf } from "../numeric/numbers.ts";
import { oneOf, optionsBy } from "../common/options.ts";

/** Where a window lies, and what becomes of windows that the values' ends cut off. */
export interface MovingOptions {
  /**
   * `trailing` (as where absent): the row and those before it. `centre`: as many before it as after
   * it; of an even length one more before it.
   */
  align?: "trailing" | "centre";
  /** `shorter` (as where absent): what is there of the window counts. `nan`: the result is NaN. */
  edges?: "shorter" | "nan";
}

/** Rows that a window needs beside its own: what a formula exports as `overlap`. */
export interface Overlap {
  before: number;
  after: number;
}

/** How results over windows are made. Each step works on a block of rows. */
export interface Sliding {
  /** What a missing value goes in as: it must change nothing. */
  missing: number;
  /** Makes of values what is put together, in place. */
  prepare(work: Float64Array): void;
  /**
   * Results of windows that end at each place of `work` from `before` on, at the same places;
   * `work` is used up.
   */
  over(work: Float64Array, before: number, window: number): Float64Array;
  /** Makes results of what was put together, in place; `count` values are there in each window. */
  finish(results: Float64Array, count: number | Float64Array): void;
}

/** Rows computed at a time, so that the work stays in the processor's cache. */
const BLOCK = 16_384;

/** Where a window may lie. */
export const ALIGN = oneOf("trailing", "centre");

const movingOptions = optionsBy<MovingOptions>({ align: ALIGN, edges: oneOf("shorter", "nan") });

/** Rows before and after a row that its window covers. @throws RangeError for no window. */
export function overlapFor(window: number, align: MovingOptions["align"] = "trailing"): Overlap {
  assertWhole(window, 1, "the length of a window");
  const after = ALIGN(align, "align") === "centre" ? Math.floor((window - 1) / 2) : 0;
  return { before: window - 1 - after, after };
}

/**
 * A result for the window of each value; NaN where nothing is there in the window.
 *
 * @throws RangeError when the window is no whole number from 1 on, or an option doesn't exist.
 */
export function slide(
  values: Numbers,
  window: number,
  { missing, prepare, over, finish }: Sliding,
  options?: MovingOptions,
): Float64Array {
  const { align, edges } = movingOptions(options);
  const { after } = overlapFor(window, align);
  values = numbersOf(values);
  const n = values.length;
  const out = new Float64Array(n);
  if (n === 0) return out;
  const before = Math.min(window - 1, n - 1 + after);
  const block = Math.min(n, Math.max(BLOCK, 2 * before));
  const buffer = new Float64Array(before + block);
  for (let from = 0; from < n; from += block) {
    const rows = Math.min(block, n - from);
    const work = buffer.subarray(0, before + rows);
    const first = from + after - before;
    const absent = copy(values, first, work, missing);
    prepare(work);
    const results = out.subarray(from, from + rows);
    results.set(over(work, before, window).subarray(before));
    if (absent === 0 && before === window - 1) {
      finish(results, window);
      continue;
    }
    const counts = countsOf(values, from + after, rows, window);
    finish(results, counts);
    for (let k = 0; k < rows; k++) {
      const last = from + k + after;
      if (counts[k] === 0 || (edges === "nan" && (last < window - 1 || last >= n))) {
        results[k] = NaN;
      }
    }
  }
  return out;
}

/** Values from `first` on, `missing` for NaN and beyond the ends; how many of these there were. */
function copy(values: Numbers, first: number, work: Float64Array, missing: number): number {
  let absent = 0;
  if (values instanceof Float64Array && first >= 0 && first + work.length <= values.length) {
    work.set(values.subarray(first, first + work.length));
    for (let k = 0; k < work.length; k++) {
      if (work[k] === work[k]) continue;
      work[k] = missing;
      absent++;
    }
    return absent;
  }
  for (let k = 0; k < work.length; k++) {
    const at = first + k;
    const value = at >= 0 && at < values.length ? values[at]! : NaN;
    if (value === value) work[k] = value;
    else {
      work[k] = missing;
      absent++;
    }
  }
  return absent;
}

/** How many values are there in each of the windows that end at `last` and so on. */
function countsOf(values: Numbers, last: number, rows: number, window: number): Float64Array {
  const counts = new Float64Array(rows);
  let low = Math.max(0, last - window + 1), high = low, count = 0;
  for (let k = 0; k < rows; k++) {
    const end = Math.min(values.length - 1, last + k);
    for (; high <= end; high++) if (values[high] === values[high]) count++;
    for (; low <= last + k - window; low++) if (values[low] === values[low]) count--;
    counts[k] = count;
  }
  return counts;
}
