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
import { finite, oneOf, optionsBy, type Rule, text, told, whole } from "./common/options.ts";
import type { Applied } from "./grouping/applied.ts";
import { type Fill, withEmpty } from "./grouping/empty_intervals.ts";
import type { CountedUnit, Interval } from "./grouping/group_intervals.ts";
import { stepsOf, type Weekday, WEEKDAYS } from "./grouping/interval_steps.ts";
import type { KeyValue, KeyValues } from "./grouping/exact_keys.ts";
import {
  columnOf,
  type Described,
  type Key,
  type KeyColumn,
  keyValues,
  nameOf,
} from "./grouping/group_keys.ts";
import { combine, type Groups } from "./grouping/group_partials.ts";
import { Grouper } from "./grouping/grouper.ts";
import { MOST_VALUES } from "./grouping/held_values.ts";
import type { State } from "./grouping/group_states.ts";
import {
  type Counts,
  exactNameOf,
  type Figure,
  FIGURES,
  partsOf,
  quantileColumns,
  tableOf,
  type TableOptions,
  type Wanted,
} from "./grouping/group_table.ts";
import type { StoredTable } from "./grouping/exact_values.ts";
import { storedKeys } from "./grouping/stored_table.ts";
import { COMPRESSION } from "./numeric/digest.ts";
import { assertShare } from "./numeric/quantiles.ts";

export type { Counts, Groups, Interval, Key, KeyColumn, KeyValue, KeyValues, State, Weekday };

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
  /**
   * The middle value; of an even number of values, the mean of the two in the middle. NaN if there are no values. It is
   * exact: all values are held until the groups are complete, as many as `mostValues` lets.
   */
  median: Measure<Table, "median">;
  /**
   * The value below which the share `p` lies, from 0 to 1, as `quantile_0.9_u`. Interpolated linearly between
   * neighbours, and exact, as the median is.
   */
  quantile: QuantileMeasure<Table>;
  /** Has a function of one's own make columns of the rows of each group. */
  apply: Apply<Table>;
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

/** Adds a quantile of a column to the result. */
export type QuantileMeasure<Table> = <
  Column extends string,
  const P extends number,
  Name extends string = `quantile_${P}_${Column}`,
>(column: Column, p: P, name?: Name) => Grouping<Table & Record<Name, Float64Array>>;

/**
 * Calls a function for each group, with its rows, whole and in the order of the file: arrays by column, of numbers
 * (NaN for null) or times in milliseconds. What it returns are columns of the result:
 *
 * - values, such as `{ slope: 2 }`: a row for each group, as figures have it;
 * - arrays of one length, such as `{ time, mean }`: a row for each element, and keys and figures are repeated. Times
 *   that are returned as they came are times in the result.
 *
 * All rows are held until the groups are complete, as many values as `mostValues` lets; each time counts as two. The
 * function runs in one worker, group by group in the order of the table. It can't be async, and there can be one.
 *
 * ```ts
 * import { groupBy } from "measuring/groups";
 * import { movingMean } from "measuring/filters";
 *
 * export const { chunk, combine, aggregate } = groupBy("unit")
 *   .apply(["time", "u"], ({ time, u }) => ({ time, mean: movingMean(u, 60) }));
 * // unit, time, mean: a row for each row of the data, unit by unit
 * ```
 *
 * @throws TypeError, from `aggregate`, when the function returns something else, or other names than for the first group.
 */
export type Apply<Table> = <Column extends string, Made extends Record<string, unknown>>(
  columns: readonly Column[],
  of: (rows: Record<Column, Float64Array>, group: Readonly<Record<string, KeyValue>>) => Made,
) => Grouping<Table & Record<keyof Made & string, ArrayLike<unknown>>>;

/** What a group-by may be told. */
export interface GroupOptions {
  /**
   * Values that may be held for medians, quantiles and {@linkcode Apply}, of all groups and columns together; by default 16,777,216. Each
   * takes 8 bytes, at several places at once while tables are merged. With more, the job fails.
   */
  mostValues?: number;
  /**
   * Values of a group, from 2000 on, beyond which its medians and quantiles are estimated by a t-digest. The result then
   * has a column `exact_u` for each column `u` of which there are any: true for groups whose values are all held. Without
   * it nothing is estimated.
   */
  digestBeyond?: number;
}

/** More values than a digest has points. */
const GROUP_RULES = { mostValues: whole(1), digestBeyond: whole(2 * COMPRESSION) };

const groupOptions = optionsBy<GroupOptions>(GROUP_RULES);

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
 * @throws RangeError when two columns of the result have the same name, and, from `chunk` and `combine`, when more values
 * are to be held than {@linkcode GroupOptions} says.
 */
export function groupBy<const K extends Key>(
  keys: K | readonly K[],
  options: GroupOptions = {},
): Grouping<Record<KeyName<K>, KeyValues>> {
  const { mostValues = MOST_VALUES, digestBeyond = null } = groupOptions(options);
  const list: readonly Key[] = Array.isArray(keys) ? keys : [keys];
  return grouping({
    keys: list,
    wanted: [],
    applied: null,
    mostValues,
    digestBeyond,
    table: (total, wanted, options) => tableOf(total, list, wanted, options),
  }) as Grouping<Record<KeyName<K>, KeyValues>>;
}

export interface IntervalOptions<Name extends string> {
  /** Name of the column of interval starts; by default, that of the time column. */
  name?: Name;
  /**
   * The zone whose clocks and calendar count, such as `"Europe/Moscow"` or `"+03:00"`; by default UTC. Columns of
   * DATE have no time of day: their days, months and years are the same in all zones.
   */
  zone?: string;
  /** The day on which weeks begin; by default `"monday"`. */
  weekStart?: Weekday;
  /**
   * Where one of the intervals begins: a time of day (`"06:00"`), a date in the zone (`"2024-04-01"`,
   * `"2024-04-01T06:00"`), an instant (`"2024-04-01T06:00Z"`, or milliseconds since 1970). By default, weeks begin on
   * Monday, years in January, and all else as on a clock.
   */
  origin?: number | string;
  /** The unit in which a column of numbers counts since 1970. Not needed for a column of times. */
  unit?: CountedUnit;
}

const origin: Rule<number | string> = (given, name) => {
  if (typeof given === "string") return given;
  if (typeof given === "number") return finite(given, name);
  throw new TypeError(
    `"${name}" is no time: ${
      told(given)
    }; give a text such as "06:00" or "2024-04-01", or milliseconds since 1970`,
  );
};

const INTERVAL_RULES = {
  name: text,
  zone: text,
  weekStart: oneOf<Weekday>(...WEEKDAYS),
  origin,
  unit: oneOf<CountedUnit>("s", "ms", "us", "ns"),
};

const intervalOptions = optionsBy<IntervalOptions<string>>(INTERVAL_RULES);

/**
 * The interval of a time, as a key: `groupBy(["unit", interval("time", "1h")])`. Intervals are computed with the stored integers. In
 * the result, the starts are TIMESTAMPs with the column's unit, or a finer one if needed, and its zone.
 *
 * With a zone, intervals are those of the time that clocks show there. A day with a change of summer time is an hour
 * longer or shorter; a shift `"8h"` begins at the same time of day all year; a day that was skipped doesn't occur. What
 * a clock shows twice, as it is set back, is one interval, unless it comes twice in full: then the two are told apart,
 * such as the two hours at the end of summer time. Starts are the first instants of intervals, where there is no
 * midnight the first one of the day.
 *
 * @param column A column of times, or of numbers with `{ unit: "ms" }`; then the starts are numbers, too.
 * @param every Such as `"100us"`, `"100ms"`, `"1s"`, `"15m"` (or `"15min"`), `"1h"`, `"1d"`, `"1w"` from
 * Monday on, `"1mo"`, `"1q"`, `"1y"`, or milliseconds.
 * @throws RangeError when `every` is not a duration of whole nanoseconds, for a zone that doesn't exist, and for an
 * origin that is no time. TypeError, from `chunk`, for a column that is not a time.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupBy, interval } from "measuring/groups";
 *
 * const month = interval("time", "1mo", { zone: "Europe/Moscow", name: "month" });
 * const { chunk, aggregate } = groupBy(month).sum("u");
 * const time = Float64Array.of(Date.UTC(2024, 0, 31, 20), Date.UTC(2024, 0, 31, 21));
 * assertEquals(aggregate(chunk({ time, u: Float64Array.of(1, 2) })), {
 *   month: Float64Array.of(Date.UTC(2023, 11, 31, 21), Date.UTC(2024, 0, 31, 21)),
 *   sum_u: Float64Array.of(1, 2),
 * });
 * ```
 */
export function interval<Column extends string, Name extends string = Column>(
  column: Column,
  every: string | number,
  options: IntervalOptions<Name> = {},
): Interval & { name: Name } {
  const { name, unit = null, ...ofSteps } = intervalOptions(options);
  return { column, ...stepsOf(every, ofSteps), name: (name ?? column) as Name, unit };
}

export interface ResampleOptions<Name extends string> extends IntervalOptions<Name>, GroupOptions {
  /**
   * What becomes of empty intervals between the first and the last: see {@linkcode resample}. `"left out"` and `"kept"`
   * are older names of `"drop"` and `"keep"`.
   */
  empty?: Empty | "left out" | "kept";
}

/** What becomes of empty intervals: they are left out, kept, or filled. */
export type Empty = "drop" | "keep" | Fill;

const EMPTY = oneOf<Empty>("drop", "keep", "previous", "linear");

const empty: Rule<Empty> = (given, name) => {
  if (given === "left out") return "drop";
  return given === "kept" ? "keep" : EMPTY(given, name);
};

const resampleOptions = optionsBy<ResampleOptions<string>>({
  ...INTERVAL_RULES,
  ...GROUP_RULES,
  empty,
});

/**
 * Groups rows by intervals of time. The first column has the start of each interval: a TIMESTAMP in the result, milliseconds since 1970 in a formula. An
 * interval includes its start, not its end.
 *
 * Empty intervals between the first and the last are left out (`empty: "drop"`, the default), or kept: with
 * `"keep"`, a count and a sum of 0 and NaN for the other figures; with `"previous"`, the other figures of the last
 * interval that has values; with `"linear"`, what lies on a straight line between those of the last and the next one that have
 * values, over their starts. An interval whose rows have no value of a column is empty for the figures of that column.
 * What has nothing before it, or on a line nothing behind it, stays NaN. Counts and sums are never filled.
 *
 * ```ts
 * import { resample } from "measuring/groups";
 *
 * export const { chunk, combine, aggregate } = resample("time", "1m").mean("u").max("i");
 * // time, mean_u, max_i: a row for each minute
 * ```
 *
 * Days, weeks, months, quarters and years can be those of a zone, and shifts of its clocks: see {@linkcode interval}.
 *
 * ```ts
 * import { resample } from "measuring/groups";
 *
 * const options = { zone: "Europe/Berlin", origin: "06:00" };
 * export const { chunk, combine, aggregate } = resample("time", "8h", options).mean("u");
 * // three shifts a day, from 6, 14 and 22 o'clock on
 * ```
 *
 * @throws RangeError as {@linkcode interval} does.
 */
export function resample<Column extends string, Name extends string = Column>(
  time: Column,
  every: string | number,
  options: ResampleOptions<Name> = {},
): Grouping<Record<Name, Float64Array>> {
  const {
    empty = "drop",
    mostValues = MOST_VALUES,
    digestBeyond = null,
    ...ofInterval
  } = resampleOptions(options);
  const key = interval(time, every, ofInterval);
  const table: Grouped["table"] = (total, wanted, options) => {
    if (empty === "drop") return tableOf(total, [key], wanted, options);
    const fill = empty === "keep" ? null : empty as Fill;
    return tableOf(withEmpty(total, key), [key], wanted, { ...options, fill });
  };
  return grouping({
    keys: [key],
    wanted: [],
    applied: null,
    mostValues,
    digestBeyond,
    table,
  }) as Grouping<Record<Name, Float64Array>>;
}

/** What a grouping is to do. */
interface Grouped {
  keys: readonly Key[];
  wanted: readonly Wanted[];
  /** A function that is given the rows of each group. */
  applied: Applied | null;
  mostValues: number;
  digestBeyond: number | null;
  /** Makes the table of all groups. */
  table(
    total: Groups,
    wanted: readonly Wanted[],
    options: Omit<TableOptions, "fill">,
  ): Record<string, unknown>;
}

function grouping(grouped: Grouped): unknown {
  const { keys, wanted, applied, mostValues, digestBeyond, table } = grouped;
  const added = digestBeyond === null ? [] : quantileColumns(wanted).map(exactNameOf);
  assertNames([...keys.map(nameOf), ...wanted.map(({ name }) => name), ...added]);
  const parts = partsOf(wanted), ordered = applied?.columns ?? [];
  const wanting = (more: Wanted) => grouping({ ...grouped, wanted: [...wanted, more] });
  const add = (figure: Figure) => (column?: string | null, name?: string) => {
    if (!column && figure !== "count") throw new RangeError(`${figure}() needs a column`);
    const given = name ?? (column ? `${figure}_${column}` : figure);
    return wanting({ figure, column: column ?? null, name: given });
  };
  const quantile = (column: string, p: number, name = `quantile_${p}_${column}`) => {
    assertShare(p);
    return wanting({ figure: "quantile", column, name, p });
  };
  const apply = (columns: readonly string[], of: Applied["of"]) => {
    if (applied) throw new RangeError("apply is called twice; let one function make all columns");
    return grouping({ ...grouped, applied: appliedTo(columns, of) });
  };
  const options = { mostValues, digestBeyond, ordered };
  const functions = {
    chunk: readsColumns((chunk: Record<string, unknown>, context?: Described) => {
      using grouper = new Grouper(keys, parts, options);
      grouper.add(chunk, context);
      return grouper.finish();
    }, [...new Set([...keys.map(columnOf), ...parts.keys(), ...ordered])]),
    combine: (a: Groups, b: Groups) => combine(a, b, options),
    aggregate: (total: Groups) => table(total, wanted, { applied, digestBeyond }),
  };
  markGrouping(functions, {
    open: (mayPart) => new Grouper(keys, parts, { ...options, mayPart }),
    store(total: Groups) {
      const texts: StoredTable["texts"] = new Map();
      // A function is given keys as it would see them.
      const keysAs = applied ? keyValues : storedKeys(texts);
      return { columns: table(total, wanted, { applied, digestBeyond, keysAs }), texts };
    },
  });
  return {
    ...Object.fromEntries(FIGURES.map((figure) => [figure, add(figure)])),
    quantile,
    apply,
    ...functions,
  };
}

function appliedTo(columns: readonly string[], of: Applied["of"]): Applied {
  const areNames = Array.isArray(columns) && columns.every((name) => typeof name === "string");
  if (!areNames || columns.length === 0) {
    throw new TypeError(`apply needs a list of columns' names, such as ["time", "u"]`);
  }
  if (typeof of !== "function") {
    throw new TypeError(`apply needs a function of a group's rows, not ${told(of)}`);
  }
  return { columns: [...new Set(columns)], of };
}

function assertNames(names: readonly string[]): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index) {
      throw new RangeError(
        `two columns of the result would be called "${name}"; give one another name by the last argument`,
      );
    }
  });
}
