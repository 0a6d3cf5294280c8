/**
 * Tables in another form: `import { unpivot } from "measuring/tables"`.
 *
 * @module
 */
import { readsColumns, standForUnpivoted, type Unpivoting } from "#marks";
import { optionsBy, type Rule, text, told } from "./common/options.ts";

/** What {@linkcode unpivot} does. */
export interface UnpivotOptions {
  /** Columns whose values become rows, in this order; by default all that aren't kept. */
  columns?: readonly string[];
  /** Columns that are repeated beside each value, such as the time. */
  keep?: readonly string[];
  /** Name of the column that says which column a value is from; by default `"name"`. */
  name?: string;
  /** Name of the column of values; by default `"value"`. */
  value?: string;
}

/** A long table that is made when it is written: a `map` returns it as it is. */
export interface LongTable {
  /** Throws: nothing can be read of it before. */
  readonly unpivot: never;
}

/** Names of columns, each once. */
const names: Rule<readonly string[]> = (given, name) => {
  if (!Array.isArray(given) || given.some((one) => typeof one !== "string")) {
    throw new TypeError(`"${name}" must be a list of columns' names, not ${told(given)}`);
  }
  const twice = given.find((one, k) => given.indexOf(one) !== k);
  if (twice !== undefined) throw new RangeError(`"${name}" has "${twice}" twice`);
  return given.slice();
};

const unpivotOptions = optionsBy<UnpivotOptions>({
  columns: names,
  keep: names,
  name: text,
  value: text,
});

/**
 * A `map` that makes wide tables long: a row for each value of some columns, beside the name of its column. Rows follow
 * each other as in the data, and of a row's values those of the first column come first. Also called melt.
 *
 * Values have the columns' type where it is the same. Numbers of different types become doubles: floating-point numbers,
 * and integers up to 32 bits. Kept columns keep their types. Nulls stay nulls and are rows, too.
 *
 * ```ts
 * import { unpivot } from "measuring/tables";
 *
 * export const map = unpivot({ columns: ["u", "i"], keep: ["time"], name: "sensor" });
 * // time, sensor, value: two rows for each row
 * ```
 *
 * The `map` gives a {@linkcode LongTable}, which stands for a table that is made when it is written. A job whose columns
 * can't be one column without loss fails as `FORMULA_INVALID`, naming two of them.
 *
 * @throws RangeError when `columns` is empty, an option is unknown, or two columns of the result have the same name.
 */
export function unpivot(options: UnpivotOptions = {}): (chunk: object) => LongTable {
  const { columns, keep = [], name = "name", value = "value" } = unpivotOptions(options);
  if (columns?.length === 0) {
    throw new RangeError(
      '"columns" is empty; name the columns whose values become rows, or leave it out: then all that "keep" has not do',
    );
  }
  const made = [...keep, name, value];
  const twice = made.find((one, k) => made.indexOf(one) !== k);
  if (twice !== undefined) {
    throw new RangeError(
      `two columns of the result would be called "${twice}"; say another "name" or "value"`,
    );
  }
  const how: Unpivoting = { columns: columns ?? null, keep, name, value };
  const map = (chunk: object) => standForUnpivoted(chunk, how) as LongTable;
  return columns ? readsColumns(map, [...keep, ...columns]) : map;
}
