import { ServiceError } from "../common/errors.ts";
import {
  type Dataset,
  type DatasetPartition,
  nameOf,
  placeOfRow,
  rowRange,
} from "../dataset/dataset.ts";
import type { DatasetReader } from "../dataset/reader.ts";
import type { Stretch } from "../dataset/stretches.ts";
import type { Column } from "../parquet/format/column.ts";
import { durationOf, nanosecondsOf } from "../std/grouping/durations.ts";
import { NANOSECONDS } from "../std/grouping/exact_values.ts";

/** Rows that are looked at first, and at most at once. */
const FEW_ROWS = 1 << 10, MOST_ROWS = 1 << 17;

/** Finds neighbours of rows by their times, which rise or stay from row to row. */
export class TimeNeighbours {
  readonly #dataset: Dataset;
  readonly #reader: DatasetReader;
  readonly #column: Column;
  readonly #unit: bigint;

  constructor(
    { dataset, reader }: { dataset: Dataset; reader: DatasetReader },
    column: Column,
  ) {
    this.#dataset = dataset;
    this.#reader = reader;
    this.#column = column;
    this.#unit = NANOSECONDS[column.unit!];
  }

  /** The first row that is no more than a duration earlier than row `row`. */
  before(row: number, duration: string): number {
    const earliest = this.#timeOf(row) - this.#units(duration);
    let end = row;
    for (let size = FEW_ROWS; end > 0; size = Math.min(4 * size, MOST_ROWS)) {
      const start = Math.max(0, end - size), times = this.#timesOf(start, end);
      for (let k = times.length - 1; k >= 0; k--) {
        if (BigInt(times[k]!) < earliest) return start + k + 1;
      }
      end = start;
    }
    return 0;
  }

  /** The row behind the last one that is no more than a duration later than row `row`. */
  after(row: number, duration: string): number {
    const latest = this.#timeOf(row) + this.#units(duration), { rows } = this.#dataset;
    let start = row + 1;
    for (let size = FEW_ROWS; start < rows; size = Math.min(4 * size, MOST_ROWS)) {
      const end = Math.min(rows, start + size), times = this.#timesOf(start, end);
      for (let k = 0; k < times.length; k++) {
        if (BigInt(times[k]!) > latest) return start + k;
      }
      start = end;
    }
    return rows;
  }

  /**
   * Checks that times rise or stay in some rows.
   *
   * @param stretches What the partition consists of.
   * @throws ServiceError `FORMULA_FAILED`, naming the place of a row that is earlier than the one before it.
   */
  assertOrdered(partition: DatasetPartition, stretches: readonly Stretch[]): void {
    const { values, validity } = this.#reader.raw(this.#column.name, partition);
    const rowAt = (index: number) => {
      let k = 0, at = index;
      for (; at >= stretches[k]!.to - stretches[k]!.from; k++) {
        at -= stretches[k]!.to - stretches[k]!.from;
      }
      return stretches[k]!.from + at;
    };
    const missing = validity?.indexOf(0) ?? -1;
    if (missing >= 0) throw this.#missing(rowAt(missing));
    const wrong = values instanceof BigInt64Array ? fallOf(values) : fallOfDays(values);
    if (wrong < 0) return;
    throw this.#failed(
      `${
        this.#placeOf(rowAt(wrong))
      } is earlier than the row before it; sort the data by "${this.#column.name}", or give numbers of rows`,
    );
  }

  #units(duration: string): bigint {
    return nanosecondsOf(durationOf(duration)) / this.#unit;
  }

  #timeOf(row: number): bigint {
    return BigInt(this.#timesOf(row, row + 1)[0]!);
  }

  #timesOf(from: number, to: number): BigInt64Array | Int32Array {
    const range = rowRange(this.#dataset, from, to);
    const { values, validity } = this.#reader.raw(this.#column.name, range);
    const missing = validity?.indexOf(0) ?? -1;
    if (missing >= 0) throw this.#missing(from + missing);
    return values;
  }

  #missing(row: number): ServiceError {
    return this.#failed(`${this.#placeOf(row)} has no time`);
  }

  #failed(what: string): ServiceError {
    return new ServiceError(
      "FORMULA_FAILED",
      `export "overlap" finds rows by their times, and in "${this.#column.name}" ${what}`,
    );
  }

  #placeOf(row: number): string {
    const place = placeOfRow(this.#dataset, row);
    return `row ${place.row} of ${nameOf(place.file)}`;
  }
}

/** The first value that is below the one before it, by halves: bigints would be made of each; -1 for none. */
function fallOf(values: BigInt64Array): number {
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  for (let row = 1; row < values.length; row++) {
    const high = words[2 * row + 1]!, last = words[2 * row - 1]!;
    if (high > last) continue;
    if (high < last || (words[2 * row]! >>> 0) < (words[2 * row - 2]! >>> 0)) return row;
  }
  return -1;
}

function fallOfDays(values: Int32Array): number {
  for (let row = 1; row < values.length; row++) if (values[row]! < values[row - 1]!) return row;
  return -1;
}
