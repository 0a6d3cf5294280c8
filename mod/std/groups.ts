/**
 * Group-bys and resampling: `import { groupBy, resample } from "measuring/groups"`.
 *
 * A grouping has the functions that a formula exports: `chunk` groups one part of the file, `combine` merges two parts, `aggregate` makes the table. All
 * figures ignore NaN and null, except `count()`, which counts rows. A key that is null or NaN is a group of its own, the last one.
 *
 * ```ts
 * import { groupBy } from "measuring/groups";
 *
 * export const { chunk, combine, aggregate } = groupBy("unit").mean("u").std("u").count();
 * // unit, mean_u, std_u, count: a row for each unit, in rising order
 * ```
 *
 * @module
 */
import { markGrouping, readsColumns } from "#marks";
import { type Duration, durationOf } from "./grouping/durations.ts";
import { quotientOf } from "./grouping/exact_values.ts";
import { finite, oneOf, optionsBy, text } from "./common/options.ts";
import type { CountedUnit, Interval } from "./grouping/group_intervals.ts";
import type { KeyValues } from "./grouping/exact_keys.ts";
import {
  columnOf,
  type Described,
  type Key,
  type KeyColumn,
  nameOf,
} from "./grouping/group_keys.ts";
import { combine, type Groups } from "./grouping/group_partials.ts";
import { Grouper } from "./grouping/grouper.ts";
import type { State } from "./grouping/group_states.ts";
import {
  type Counts,
  type Figure,
  FIGURES,
  partsOf,
  tableOf,
  type Wanted,
  withEmpty,
} from "./grouping/group_table.ts";

export type { Counts, Groups, Interval, Key, KeyColumn, KeyValues, State };

/**
 * A group-by. Each call adds a column to the result. By default,
 * `mean("u")` is named `mean_u`, and so on; a second argument sets another name.
 */
export interface Grouping<Table> {
  /** Number of rows, as `count`; with a column, number of its values, as `count_u`. */
  count<Name extends string = "count">(
    column?: null,
    name?: Name,
  ): Grouping<Table & Record<Name, Counts>>;
  count<Column extends string, Name extends string = `count_${Column}`>(
    column: Column,
    name?: Name,
  ): Grouping<Table & Record<Name, Counts>>;
  /** Compensated sum; 0 if there are no values. */
  sum: Measure<Table, "sum">;
  /** Mean; NaN if there are no values. */
  mean: Measure<Table, "mean">;
  /** Sample standard deviation (divided by n - 1); NaN for a single value. */
  std: Measure<Table, "std">;
  /** Root mean square. */
  rms: Measure<Table, "rms">;
  min: Measure<Table, "min">;
  max: Measure<Table, "max">;
  /** The first value of the group, in the order of the file. */
  first: Measure<Table, "first">;
  /** The last value of the group: `last - first` is the increase of a counter. */
  last: Measure<Table, "last">;
  /** Groups one part of the dataset. */
  readonly chunk: (chunk: object, context?: Described) => Groups;
  /** Merges two parts, the first before the second. */
  readonly combine: (a: Groups, b: Groups) => Groups;
  /** The table: one row per group, sorted by the keys. */
  readonly aggregate: (total: Groups) => Table;
}

/** Adds a figure of a column to the result. */
export type Measure<Table, Figure extends string> = <
  Column extends string,
  Name extends string = `${Figure}_${Column}`,
>(column: Column, name?: Name) => Grouping<Table & Record<Name, Float64Array>>;

/** Name of a key's column in the result. */
type KeyName<K> = K extends string ? K
  : K extends { name: infer Name extends string } ? Name
  : string;

/**
 * Groups rows by one or several columns: numbers, texts, booleans, or the {@linkcode interval} of a
 * time. Without a key, all rows are one group.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupBy } from "measuring/groups";
 *
 * const { chunk, combine, aggregate } = groupBy("unit").mean("u").count();
 * const a = chunk({ unit: ["b", "a", "b"], u: Float64Array.of(1, 2, 3) });
 * const b = chunk({ unit: ["a"], u: Float64Array.of(4) });
 * assertEquals(aggregate(combine(a, b)), {
 *   unit: ["a", "b"],
 *   mean_u: Float64Array.of(3, 2),
 *   count: Int32Array.of(2, 2),
 * });
 * ```
 *
 * To use it in `main`, export its functions under other names, so that all workers find them:
 *
 * ```ts
 * import { groupBy } from "measuring/groups";
 * import type { Frame } from "measuring/types";
 *
 * const units = groupBy("unit").mean("u").std("u");
 * export const { chunk: byUnit, combine: merge } = units;
 * export async function main(frame: Frame) {
 *   const { mean_u, std_u } = units.aggregate(await frame.reduction(byUnit, merge));
 *   return mean_u.map((mean, k) => std_u[k]! / mean);
 * }
 * ```
 *
 * @throws RangeError when two columns of the result have the same name.
 */
export function groupBy<const K extends Key>(
  keys: K | readonly K[],
): Grouping<Record<KeyName<K>, KeyValues>> {
  const list: readonly Key[] = Array.isArray(keys) ? keys : [keys];
  return grouping(list, [], (total) => total) as Grouping<Record<KeyName<K>, KeyValues>>;
}

export interface IntervalOptions<Name extends string> {
  /** Name of the column of interval starts; by default, that of the time column. */
  name?: Name;
  /**
   * Milliseconds since 1970 at which one of the intervals begins: 2000-01-03 00:00 UTC, a Monday.
   */
  origin?: number;
  /** The unit in which a column of numbers counts since 1970. Not needed for a column of times. */
  unit?: CountedUnit;
}

const COUNTED = oneOf<CountedUnit>("s", "ms", "us", "ns");

const intervalOptions = optionsBy<IntervalOptions<string>>({
  name: text,
  origin: finite,
  unit: COUNTED,
});

/** Monday, 2000-01-03 00:00 UTC; so minutes, hours and days start as on a clock. */
const ORIGIN = Date.UTC(2000, 0, 3);

/**
 * The interval of a time, as a key: `groupBy(["unit", interval("time", "1h")])`. Intervals are computed with the stored integers. In
 * the result, the starts are TIMESTAMPs with the column's unit, or a finer one if needed, and its zone.
 *
 * @param column A column of times, or of numbers with `{ unit: "ms" }`; then the starts are numbers, too.
 * @param every Such as `"100us"`, `"100ms"`, `"1s"`, `"15m"` (or `"15min"`), `"1h"`, `"1d"`, `"1w"` from
 * Monday on, or milliseconds.
 * @throws RangeError when `every` is not a duration of whole nanoseconds. TypeError,
 * from `chunk`, for a column that is not a time.
 */
export function interval<Column extends string, Name extends string = Column>(
  column: Column,
  every: string | number,
  options: IntervalOptions<Name> = {},
): Interval & { name: Name } {
  const { name, origin = ORIGIN, unit = null } = intervalOptions(options);
  return {
    column,
    every: durationOf(every),
    origin: originOf(origin),
    name: (name ?? column) as Name,
    unit,
  };
}

function originOf(origin: number): Duration {
  const { numerator, denominator } = quotientOf(origin)!;
  return { numerator: numerator * 1_000_000n, denominator, text: `origin ${origin} ms` };
}

export interface ResampleOptions<Name extends string> extends IntervalOptions<Name> {
  /** Whether empty intervals between the first and the last are `left out` or `kept`. */
  empty?: "left out" | "kept";
}

const resampleOptions = optionsBy<ResampleOptions<string>>({
  name: text,
  origin: finite,
  unit: COUNTED,
  empty: oneOf("left out", "kept"),
});

/**
 * Groups rows by intervals of time. The first column has the start of each interval: a TIMESTAMP in the result, milliseconds since 1970 in a formula. An
 * interval includes its start, not its end. Empty intervals are left out, or kept with a count and a sum of 0 and NaN for the other figures.
 *
 * ```ts
 * import { resample } from "measuring/groups";
 *
 * export const { chunk, combine, aggregate } = resample("time", "1m").mean("u").max("i");
 * // time, mean_u, max_i: a row for each minute
 * ```
 *
 * @throws RangeError when `every` is not a duration: see {@linkcode interval}.
 */
export function resample<Column extends string, Name extends string = Column>(
  time: Column,
  every: string | number,
  options: ResampleOptions<Name> = {},
): Grouping<Record<Name, Float64Array>> {
  const { empty = "left out", ...ofInterval } = resampleOptions(options);
  const key = interval(time, every, ofInterval);
  const fill = (total: Groups) => empty === "kept" ? withEmpty(total) : total;
  return grouping([key], [], fill) as Grouping<Record<Name, Float64Array>>;
}

function grouping(
  keys: readonly Key[],
  wanted: readonly Wanted[],
  complete: (total: Groups) => Groups,
): unknown {
  assertNames([...keys.map(nameOf), ...wanted.map(({ name }) => name)]);
  const parts = partsOf(wanted);
  const add = (figure: Figure) => (column?: string | null, name?: string) => {
    if (!column && figure !== "count") throw new RangeError(`${figure}() needs a column`);
    const given = name ?? (column ? `${figure}_${column}` : figure);
    return grouping(keys, [...wanted, { figure, column: column ?? null, name: given }], complete);
  };
  const functions = {
    chunk: readsColumns((chunk: Record<string, unknown>, context?: Described) => {
      using grouper = new Grouper(keys, parts);
      grouper.add(chunk, context);
      return grouper.finish();
    }, [...keys.map(columnOf), ...parts.keys()]),
    combine: (a: Groups, b: Groups) => combine(a, b),
  };
  markGrouping(functions, (mayPart) => new Grouper(keys, parts, mayPart));
  return {
    ...Object.fromEntries(FIGURES.map((figure) => [figure, add(figure)])),
    ...functions,
    aggregate: (total: Groups) => tableOf(complete(total), keys, wanted),
  };
}

function assertNames(names: readonly string[]): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index) {
      throw new RangeError(
        `two columns of the result would be called "${name}"; give one another name by the second argument`,
      );
    }
  });
}
