import { ServiceError } from "../errors.ts";
import type { Column } from "../parquet/schema.ts";
import { show } from "../show.ts";
import { nanosecondsOf, type TimeValue } from "./time.ts";

/** What a column is compared with: in the column's own stored unit where it is a time. */
export type Comparable = number | bigint | string | boolean;

/** How a column is compared. Ranges are open where a bound is null. */
export type Comparison =
  | { op: "eq" | "ne" | "gt" | "gte" | "lt" | "lte"; value: Comparable }
  | { op: "in" | "nin"; values: Comparable[] }
  | { op: "null"; is: boolean }
  | { op: "never" };

/** A filter that is checked against the columns: plain data. */
export type Predicate =
  | { all: Predicate[] }
  | { any: Predicate[] }
  | { not: Predicate }
  | { column: string; comparison: Comparison };

/** Nanoseconds in the units that times are stored in. */
const NANOSECONDS = { day: 86_400_000_000_000n, ms: 1_000_000n, us: 1_000n, ns: 1n } as const;

/**
 * Checks a formula's filter and brings it into the form that rows and statistics are compared by.
 *
 * A record means that all of its conditions hold. Conditions: a value to equal, or `$eq`, `$ne`, `$gt`,
 * `$gte`, `$lt`, `$lte`, `$in`, `$nin`; `$and`, `$or`, `$nor` take lists of filters and `$not` one.
 * Null fits `null` (`$eq: null`, `$in: [null, …]`) and nothing else; NaN fits `$ne` and `$nin` only.
 *
 * @throws ServiceError `FORMULA_INVALID`, naming column and condition.
 */
export function compileFilter(filter: unknown, columns: Column[]): Predicate {
  return compile(filter, new Map(columns.map((column) => [column.name, column])));
}

/** The columns that a predicate looks at. */
export function columnsOf(predicate: Predicate): string[] {
  if ("column" in predicate) return [predicate.column];
  const parts = "all" in predicate
    ? predicate.all
    : "any" in predicate
    ? predicate.any
    : [predicate.not];
  return [...new Set(parts.flatMap(columnsOf))];
}

function compile(filter: unknown, columns: Map<string, Column>): Predicate {
  if (!isRecord(filter)) throw invalid(`it must be a record of columns, not ${shown(filter)}`);
  const list = (value: unknown, name: string): Predicate[] => {
    if (Array.isArray(value)) return value.map((part) => compile(part, columns));
    throw invalid(`${name} needs a list of filters, not ${shown(value)}`);
  };
  const all = Object.entries(filter).map(([name, condition]): Predicate => {
    switch (name) {
      case "$and":
        return { all: list(condition, name) };
      case "$or":
        return { any: list(condition, name) };
      case "$nor":
        return { not: { any: list(condition, name) } };
      case "$not":
        return { not: compile(condition, columns) };
    }
    const column = columns.get(name);
    if (column) return columnPredicate(column, condition);
    const known = name.startsWith("$")
      ? "the combinations are $and, $or, $nor, $not"
      : `the columns are ${[...columns.keys()].join(", ")}`;
    throw invalid(`there is no "${name}"; ${known}`);
  });
  return all.length === 1 ? all[0]! : { all };
}

function columnPredicate(column: Column, condition: unknown): Predicate {
  if (column.kind === "plain") {
    throw invalid(`"${column.name}" is ${column.type}, which can't be compared`);
  }
  if (!isRecord(condition)) return single(column, "$eq", condition);
  const all = Object.entries(condition).map(([op, value]) => single(column, op, value));
  return all.length === 1 ? all[0]! : { all };
}

function single(column: Column, op: string, value: unknown): Predicate {
  const { name } = column;
  const leaf = (comparison: Comparison): Predicate => ({ column: name, comparison });
  switch (op) {
    case "$eq":
    case "$ne":
      if (value === null) return leaf({ op: "null", is: op === "$eq" });
      return leaf(compare(column, op === "$eq" ? "eq" : "ne", value));
    case "$gt":
    case "$gte":
    case "$lt":
    case "$lte":
      return leaf(compare(column, op.slice(1) as "gt", value));
    case "$in":
    case "$nin": {
      if (!Array.isArray(value)) {
        throw invalid(`${op} of "${name}" needs a list, not ${shown(value)}`);
      }
      const values = value.filter((item) => item !== null)
        .map((item) => compare(column, "eq", item))
        .flatMap((equal) => equal.op === "eq" ? [equal.value] : []);
      const found = leaf({ op: op.slice(1) as "in", values });
      if (!value.includes(null)) return found;
      const isNull = leaf({ op: "null", is: op === "$in" });
      return op === "$in" ? { any: [found, isNull] } : { all: [found, isNull] };
    }
    case "$not":
      return { not: columnPredicate(column, value) };
  }
  throw invalid(
    `"${name}" has the unknown condition ${op}; there are $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $not`,
  );
}

type Order = "eq" | "ne" | "gt" | "gte" | "lt" | "lte";

function compare(column: Column, op: Order, value: unknown): Comparison {
  const { kind, name, unit } = column;
  const refuse = (wanted: string) =>
    invalid(`"${name}" is ${column.type} and is compared with ${wanted}, not with ${shown(value)}`);
  if (unit) {
    const nanoseconds = nanosecondsOf(value as TimeValue);
    if (nanoseconds === null) {
      throw refuse("a Date, an ISO date and time, or milliseconds since 1970");
    }
    return inUnits(op, nanoseconds, NANOSECONDS[unit]);
  }
  if (kind === "string") {
    if (typeof value !== "string") throw refuse("text");
    return { op, value };
  }
  if (kind === "boolean") {
    if (typeof value !== "boolean" && value !== 0 && value !== 1) throw refuse("true or false");
    return { op, value: Number(value) };
  }
  if (typeof value !== "number" && typeof value !== "bigint") throw refuse("a number");
  return { op, value };
}

/** A comparison with a time, in whole units: a bound between two of them moves to the one that counts. */
function inUnits(op: Order, nanoseconds: bigint, unit: bigint): Comparison {
  const rest = ((nanoseconds % unit) + unit) % unit;
  const below = (nanoseconds - rest) / unit;
  if (rest === 0n) return { op, value: below };
  if (op === "eq") return { op: "never" };
  if (op === "ne") return { op: "null", is: false };
  return op === "gt" || op === "gte" ? { op: "gt", value: below } : { op: "lte", value: below };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

function shown(value: unknown): string {
  return show(value, { depth: 1, strAbbreviateSize: 40 });
}

function invalid(message: string): ServiceError {
  return new ServiceError("FORMULA_INVALID", `export "filter" can't be used: ${message}`);
}
