/** What rows are ordered by: times, or numbers. */
import type { Column } from "../../parquet/format/column.ts";
import { NANOSECONDS } from "../../std/grouping/exact_values.ts";
import type { DatasetPartition } from "../dataset.ts";
import type { Pieces } from "./pieces.ts";
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

/** Reads a column of times or numbers. @param pieces Memory for what is not kept; fresh memory where it is absent. */
export function readInstants(
  reader: DatasetReader,
  name: string,
  partition: DatasetPartition,
  pieces: Pieces | null = null,
): RowInstants {
  const column = reader.describe(name);
  if (column.unit === undefined) {
    const { values } = reader.column(name, partition, { int64: "number" });
    const none = () => {
      throw new Error("numbers are doubles");
    };
    return { doubles: new Float64Array(values as ArrayLike<number>), bigints: none };
  }
  const { values, validity } = reader.exact(name, partition, pieces?.arrays("times"));
  const doubles = pieces?.take("microseconds", Float64Array, values.length) ??
    new Float64Array(values.length);
  const isThere = (row: number) => values[row] !== null && (!validity || validity[row] === 1);
  return {
    doubles: microsecondsOf(values, validity, column, doubles),
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

/** Times in whole microseconds, NaN for null; `null` where one is none that a double holds. */
function microsecondsOf(
  values: ArrayLike<unknown>,
  validity: Uint8Array | null,
  { unit }: Column,
  out: Float64Array,
): Float64Array | null {
  const isAll = values instanceof Int32Array
    ? fromDays(values, out)
    : !(values instanceof BigInt64Array)
    ? fromList(values, validity, unit!, out)
    : unit === "ns"
    ? fromNanoseconds(values, validity, out)
    : fromWhole(values, unit === "ms" ? 1000 : 1, out);
  if (!isAll) return null;
  if (validity) {
    for (let row = 0; row < out.length; row++) {
      if (validity[row] === 0) out[row] = NaN;
    }
  }
  return out;
}

/** Each of these has its microseconds put down. @returns Whether doubles hold all of them */
function fromDays(days: Int32Array, out: Float64Array): boolean {
  let most = 0;
  for (let row = 0; row < out.length; row++) {
    const whole = days[row]! * 1000 * MS_PER_DAY;
    out[row] = whole;
    if (whole > most || -whole > most) most = Math.abs(whole);
  }
  return most <= Number.MAX_SAFE_INTEGER;
}

function fromWhole(values: BigInt64Array, factor: number, out: Float64Array): boolean {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  let least = 0, most = 0;
  for (let row = 0; row < out.length; row++) {
    const high = halves[2 * row + 1]!;
    const whole = (high * 0x1_0000_0000 + (halves[2 * row]! >>> 0)) * factor;
    out[row] = whole;
    if (whole > most) most = whole;
    if (whole < least) least = whole;
  }
  return most <= Number.MAX_SAFE_INTEGER && least >= -Number.MAX_SAFE_INTEGER;
}

function fromNanoseconds(
  values: BigInt64Array,
  validity: Uint8Array | null,
  out: Float64Array,
): boolean {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  for (let row = 0; row < out.length; row++) {
    const high = halves[2 * row + 1]!, rest = high * REST + (halves[2 * row]! >>> 0);
    if (rest % 1000 !== 0 && (!validity || validity[row] === 1)) return false;
    const whole = high * THOUSANDS + rest / 1000;
    if (!Number.isSafeInteger(whole) && (!validity || validity[row] === 1)) return false;
    out[row] = whole;
  }
  return true;
}

/** The same of lists, which come from files that differ. */
function fromList(
  values: ArrayLike<unknown>,
  validity: Uint8Array | null,
  unit: NonNullable<Column["unit"]>,
  out: Float64Array,
): boolean {
  out.fill(NaN);
  for (let row = 0; row < out.length; row++) {
    if (values[row] === null || (validity && !validity[row])) continue;
    const nanoseconds = BigInt(values[row] as bigint) * NANOSECONDS[unit];
    const whole = Number(nanoseconds / 1000n);
    if (nanoseconds % 1000n !== 0n || !Number.isSafeInteger(whole)) return false;
    out[row] = whole;
  }
  return true;
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
