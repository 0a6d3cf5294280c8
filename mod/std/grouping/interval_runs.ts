/** Numbers of intervals of rows: times mostly rise, so that one number is that of many rows. */

/** Rows that follow each other and have the same number; NaN where there is no time. */
export interface IntervalRuns {
  numbers: Float64Array;
  /** The row behind the last one of each run. */
  ends: Int32Array;
}

/** Rows of a run at least, on average, for runs to be less work than rows. */
const WORTH = 4;

/** Collects runs. */
export class RunCollector {
  readonly #numbers: Float64Array;
  readonly #ends: Int32Array;
  #size = 0;

  constructor(rows: number) {
    this.#numbers = new Float64Array(rows);
    this.#ends = new Int32Array(rows);
  }

  add(number: number, end: number): void {
    this.#numbers[this.#size] = number;
    this.#ends[this.#size++] = end;
  }

  runs(): IntervalRuns {
    const size = this.#size;
    return { numbers: this.#numbers.subarray(0, size), ends: this.#ends.subarray(0, size) };
  }
}

/** Whether runs are long enough to be looked at instead of rows. */
export function areLong({ ends }: IntervalRuns): boolean {
  return ends.length > 0 && ends[ends.length - 1]! >= WORTH * ends.length;
}

/** The number of each row. */
export function numbersOfRuns({ numbers, ends }: IntervalRuns): Float64Array {
  const all = new Float64Array(ends.at(-1) ?? 0);
  for (let run = 0, row = 0; run < ends.length; run++) {
    const number = numbers[run]!, end = ends[run]!;
    while (row < end) all[row++] = number;
  }
  return all;
}

/**
 * The row behind the last of those that follow each other and whose times lie in a range. The loop stands alone: V8
 * makes it six times as quick as within another.
 *
 * @param words Two of each time, the lower one first.
 * @param from How far the range begins behind a time, given by its words; and how far it ends.
 */
export function endWithin(
  words: Int32Array,
  validity: Uint8Array | null,
  row: number,
  high: number,
  low: number,
  from: number,
  to: number,
): number {
  const rows = words.length / 2;
  for (; row < rows; row++) {
    if (validity !== null && validity[row] === 0) break;
    const apart = (words[2 * row + 1]! - high) * 4294967296 + ((words[2 * row]! >>> 0) - low);
    if (!(apart >= from && apart < to)) break;
  }
  return row;
}

/** The row behind the last of those without a time that follow each other. */
export function endOfNulls(validity: Uint8Array, row: number): number {
  while (row < validity.length && validity[row] === 0) row++;
  return row;
}
