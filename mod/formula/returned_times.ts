/** Columns of times that a formula returns. */
import { ServiceError } from "../common/errors.ts";
import { viewOf } from "../kernel/views.ts";
import type { OutputColumn } from "../parquet/write/encode.ts";
import type { RawValues } from "../parquet/read/read_column.ts";
import type { ColumnValues } from "../parquet/format/column_array.ts";
import type { TimeUnit } from "../parquet/format/column.ts";
import { setHalves } from "../parquet/format/halves.ts";
import { timeType } from "./stored_types.ts";

const UNITS: readonly unknown[] = ["day", "ms", "us", "ns"] satisfies TimeUnit[];
const FIELDS = ["values", "unit", "utc"];

/** Whether a value is meant as times with their unit, as `chunk.raw` gives them. */
export function isTimes(
  value: unknown,
): value is { values: unknown; unit: unknown; utc?: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.hasOwn(value, "values") && Object.hasOwn(value, "unit");
}

/**
 * A column of times that are given as what they count: `{ values, unit, utc }`.
 *
 * @param value `values` is a typed array or an array of whole numbers or bigints since 1970, null for null; `unit`
 * "ms", "us", "ns" or "day"; `utc` whether they count in UTC (local time where it is absent).
 * @throws ServiceError `FORMULA_FAILED` for one that is none, naming the column, and the row where it is one.
 */
export function givenTimes(
  name: string,
  value: { values: unknown; unit: unknown; utc?: unknown },
): OutputColumn {
  const { values, unit, utc = false } = value;
  const strange = Object.keys(value).find((field) => !FIELDS.includes(field));
  if (strange !== undefined) {
    throw failed(name, `times are { values, unit, utc }; there is no "${strange}"`);
  }
  if (!UNITS.includes(unit)) throw failed(name, `the unit of times is "ms", "us", "ns" or "day"`);
  if (typeof utc !== "boolean") throw failed(name, "utc of times is true or false");
  const type = timeType({ unit: unit as TimeUnit, utc });
  const view = Array.isArray(values) ? null : viewOf(values);
  const stored = unit === "day" ? Int32Array : BigInt64Array;
  if (view instanceof stored) return { name, type, values: view };
  if (!Array.isArray(values) && !view) {
    throw failed(name, "the values of times are an array or a typed array");
  }
  const given = (view ?? values) as ArrayLike<unknown>;
  return { name, type, ...wholeTimes(name, given, unit === "day") };
}

/** Times as the integers that they are stored as, 0 for null. */
function wholeTimes(
  name: string,
  given: ArrayLike<unknown>,
  areDays: boolean,
): { values: Int32Array | BigInt64Array; validity: Uint8Array | null } {
  const values = areDays ? new Int32Array(given.length) : new BigInt64Array(given.length);
  const halves = new Int32Array(values.buffer);
  let validity: Uint8Array | null = null;
  for (let row = 0; row < given.length; row++) {
    const value = given[row];
    // A bigint of each would take ten times as long.
    if (!areDays && Number.isSafeInteger(value)) {
      setHalves(halves, row, value as number);
      continue;
    }
    const time = wholeTime(name, value, row, areDays ? 32 : 64);
    if (time === null) (validity ??= new Uint8Array(given.length).fill(1))[row] = 0;
    else if (values instanceof Int32Array) values[row] = Number(time);
    else values[row] = time;
  }
  return { values, validity };
}

function wholeTime(name: string, time: unknown, row: number, bits: number): bigint | null {
  if (time === null || time === undefined || (typeof time === "number" && time !== time)) {
    return null;
  }
  const whole = typeof time === "bigint"
    ? time
    : typeof time === "number" && Number.isInteger(time)
    ? BigInt(time)
    : null;
  if (whole !== null && BigInt.asIntN(bits, whole) === whole) return whole;
  throw failed(name, `row ${row}: ${String(time)} is no whole number of ${bits} bits`);
}

function failed(name: string, what: string): ServiceError {
  return new ServiceError("FORMULA_FAILED", `column "${name}": ${what}`);
}

/** A column of times of the input: as a formula sees it, and as it is stored. */
export interface TimesRead {
  shown: ColumnValues;
  stored: RawValues;
}

/** How far a time may be from a whole number of its unit: rounding, and no part of it. */
const LEAST_APART = 2 ** -10, ULP = 2 ** -52;

const PER_MS: Record<TimeUnit, number> = { day: 1 / 86_400_000, ms: 1, us: 1e3, ns: 1e6 };

/**
 * A column of the input that a formula returned: the times that it was, where it is unchanged. What is changed under
 * the column's own name is a time still, if it is a whole number of the unit.
 *
 * @param isOwnName Whether it is returned under the name that it has in the input.
 * @returns `null` where it is no longer these times.
 */
export function returnedTimes(
  name: string,
  values: Float64Array,
  { shown, stored }: TimesRead,
  isOwnName: boolean,
): OutputColumn | null {
  const { values: times, unit, utc } = stored;
  const before = shown.values as Float64Array;
  if (values.length !== times.length) return null;
  let changed: { times: Int32Array | BigInt64Array; validity: Uint8Array } | null = null;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!, other = before[row]!;
    if (value === other || (value !== value && other !== other)) continue;
    const count = value * PER_MS[unit], whole = Math.round(count);
    if (!isOwnName || Math.abs(count - whole) > Math.max(LEAST_APART, Math.abs(count) * ULP)) {
      return null;
    }
    changed ??= {
      times: times.slice(),
      validity: stored.validity?.slice() ?? new Uint8Array(values.length).fill(1),
    };
    changed.validity[row] = value === value ? 1 : 0;
    if (value === value) setTime(changed.times, row, whole);
  }
  const { times: own, validity } = changed ?? { times, validity: stored.validity };
  return { name, type: timeType({ unit, utc }), values: own, validity };
}

function setTime(times: Int32Array | BigInt64Array, row: number, value: number): void {
  if (times instanceof Int32Array) times[row] = value;
  else times[row] = BigInt(value);
}
