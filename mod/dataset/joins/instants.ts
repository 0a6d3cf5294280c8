/** What rows are ordered by: times, or numbers. */
import type { Column } from "../../parquet/format/column.ts";
import { NANOSECONDS } from "../../std/grouping/exact_values.ts";
import type { DatasetPartition } from "../dataset.ts";
import type { DatasetReader } from "../reader.ts";

/** Instants that can be compared and subtracted: all of them numbers, or all of them bigints. */
export type Instants = ArrayLike<number> | ArrayLike<bigint>;

/** One of them, typed for the loops: operators are the same for both. */
export type Instant = number;

/** Instants of rows, without loss. */
export interface RowInstants {
  /** Microseconds since 1970, or numbers as they are, NaN for null; `null` where doubles can't hold them. */
  doubles: Float64Array | null;
  /** Nanoseconds since 1970, `null` for null; of times only. */
  bigints: () => (bigint | null)[];
}

/** Reads a column of times or numbers. */
export function readInstants(
  reader: DatasetReader,
  name: string,
  partition: DatasetPartition,
): RowInstants {
  const column = reader.describe(name);
  if (column.unit === undefined) {
    const { values } = reader.column(name, partition, { int64: "number" });
    const none = () => {
      throw new Error("numbers are doubles");
    };
    return { doubles: Float64Array.from(values as ArrayLike<number>), bigints: none };
  }
  const { values, validity } = reader.exact(name, partition);
  const isThere = (row: number) => values[row] !== null && (!validity || validity[row] === 1);
  return {
    doubles: microsecondsOf(values, validity, column),
    bigints: () => {
      const per = NANOSECONDS[column.unit!];
      const nanoseconds = (row: number) => BigInt(values[row]!) * per;
      return Array.from(values, (_, row) => isThere(row) ? nanoseconds(row) : null);
    },
  };
}

const MS_PER_DAY = 86_400_000;
/** 2^32 in units of a thousand, and what is left of it. */
const THOUSANDS = 4_294_967, REST = 296;
/** Upper halves of integers up to 2^53. */
const HALF = 1 << 21;

/** Times in whole microseconds, NaN for null; `null` where one is none that a double holds. */
function microsecondsOf(
  values: ArrayLike<unknown>,
  validity: Uint8Array | null,
  { unit }: Column,
): Float64Array | null {
  const out = new Float64Array(values.length);
  const isInts = values instanceof Int32Array;
  if (!isInts && !(values instanceof BigInt64Array)) {
    return fewMicroseconds(values, validity, unit!);
  }
  const halves = isInts
    ? null
    : new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const factor = unit === "day" ? 1000 * MS_PER_DAY : unit === "ms" ? 1000 : 1;
  for (let row = 0; row < out.length; row++) {
    if (validity && validity[row] === 0) {
      out[row] = NaN;
      continue;
    }
    let whole: number;
    if (halves === null) whole = (values as Int32Array)[row]!;
    else {
      const high = halves[2 * row + 1]!, low = halves[2 * row]! >>> 0;
      if (unit === "ns") {
        const rest = high * REST + low;
        if (rest % 1000 !== 0) return null;
        whole = high * THOUSANDS + rest / 1000;
      } else if (high >= HALF || high < -HALF) return null;
      else whole = high * 0x1_0000_0000 + low;
    }
    whole *= factor;
    if (!Number.isSafeInteger(whole)) return null;
    out[row] = whole;
  }
  return out;
}

/** The same of lists, which come from files that differ. */
function fewMicroseconds(
  values: ArrayLike<unknown>,
  validity: Uint8Array | null,
  unit: NonNullable<Column["unit"]>,
): Float64Array | null {
  const out = new Float64Array(values.length).fill(NaN);
  for (let row = 0; row < out.length; row++) {
    if (values[row] === null || (validity && !validity[row])) continue;
    const nanoseconds = BigInt(values[row] as bigint) * NANOSECONDS[unit];
    const whole = Number(nanoseconds / 1000n);
    if (nanoseconds % 1000n !== 0n || !Number.isSafeInteger(whole)) return null;
    out[row] = whole;
  }
  return out;
}

/** Rows that have an instant, and these. */
export interface KnownInstants {
  /** As many as `count`. */
  instants: Instants;
  /** The rows that they are of; `null` for all. */
  rows: Int32Array | null;
  count: number;
}

/** Leaves rows without an instant out. @param asBigints Whether bigints are wanted. */
export function known(instants: RowInstants, asBigints: boolean): KnownInstants {
  if (asBigints) {
    const all = instants.bigints();
    const rows = Int32Array.from(all.keys()).filter((row) => all[row] !== null);
    const there = all.filter((instant) => instant !== null);
    return { instants: there, rows, count: rows.length };
  }
  const doubles = instants.doubles!;
  let count = 0;
  for (let row = 0; row < doubles.length; row++) if (doubles[row] === doubles[row]) count++;
  if (count === doubles.length) return { instants: doubles, rows: null, count };
  const rows = new Int32Array(count), there = new Float64Array(count);
  for (let row = 0, at = 0; row < doubles.length; row++) {
    if (doubles[row] !== doubles[row]) continue;
    rows[at] = row;
    there[at++] = doubles[row]!;
  }
  return { instants: there, rows, count };
}
