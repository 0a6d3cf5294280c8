import { ServiceError } from "../common/errors.ts";
import { columnsThereAre, nearestFirst } from "../common/nearest.ts";
import type { Column } from "../parquet/format/column.ts";
import { NANOSECONDS, type Quotient, quotientOf } from "../std/grouping/exact_values.ts";
import { show } from "../common/show.ts";
import { latin1 } from "./exact_columns.ts";
import { unjoined } from "./reader.ts";
import { nanosecondsOf, timeFault, type TimeValue } from "./time.ts";

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

/** What joins filters, and what a column can be compared by. */
const COMBINATIONS = ["$and", "$or", "$nor", "$not"];
const CONDITIONS = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$not"];

/** Makes the error for a filter that can't be used. */
export type Refusal = (message: string) => ServiceError;

/**
 * Checks a filter and brings it into the form that rows and statistics are compared by.
 *
 * A record means that all of its conditions hold. Conditions: a value to equal, or `$eq`, `$ne`, `$gt`,
 * `$gte`, `$lt`, `$lte`, `$in`, `$nin`; `$and`, `$or`, `$nor` take lists of filters and `$not` one.
 * Null fits `null` (`$eq: null`, `$in: [null, …]`) and nothing else; NaN fits `$ne` and `$nin` only.
 *
 * @param refuse Makes the error; of a formula's export where it is absent.
 * @throws ServiceError `FORMULA_INVALID`, or as it is made, naming column and condition.
 */
export function compileFilter(
  filter: unknown,
  columns: Column[],
  refuse: Refusal = invalidExport,
): Predicate {
  return new Filters(columns, refuse).compile(filter);
}

/** The times of a column that stand in an order to an instant, in nanoseconds since 1970. */
export function compareTimes(column: Column, op: "gte" | "lt", nanoseconds: bigint): Predicate {
  const denominator = NANOSECONDS[column.unit!];
  return {
    column: column.name,
    comparison: inUnits(op, { numerator: nanoseconds, denominator }),
  };
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

type Order = "eq" | "ne" | "gt" | "gte" | "lt" | "lte";

/** Filters over some columns. */
class Filters {
  readonly #columns: Map<string, Column>;
  readonly #refuse: Refusal;

  constructor(columns: Column[], refuse: Refusal) {
    this.#columns = new Map(columns.map((column) => [column.name, column]));
    this.#refuse = refuse;
  }

  compile(filter: unknown): Predicate {
    if (!isRecord(filter)) {
      throw this.#refuse(`it must be a record of columns, not ${shown(filter)}`);
    }
    const list = (value: unknown, name: string): Predicate[] => {
      if (Array.isArray(value)) return value.map((part) => this.compile(part));
      throw this.#refuse(`${name} needs a list of filters, not ${shown(value)}`);
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
          return { not: this.compile(condition) };
      }
      const column = this.#columns.get(name);
      if (column) return this.#columnPredicate(column, condition);
      if (name.startsWith("$")) {
        const listed = nearestFirst(name, COMBINATIONS).join(", ");
        throw this.#refuse(`there is no "${name}"; the combinations are ${listed}`);
      }
      throw this.#refuse(
        `there is no column "${name}"; ${columnsThereAre(name, [...this.#columns.keys()])}`,
      );
    });
    return all.length === 1 ? all[0]! : { all };
  }

  #columnPredicate(column: Column, condition: unknown): Predicate {
    if (column.conflict !== undefined) throw unjoined(column);
    if (column.kind === "nested") {
      throw this.#refuse(`"${column.name}" is ${column.type}, which can't be compared`);
    }
    if (!isRecord(condition)) return this.#single(column, "$eq", condition);
    const all = Object.entries(condition).map(([op, value]) => this.#single(column, op, value));
    return all.length === 1 ? all[0]! : { all };
  }

  #single(column: Column, op: string, value: unknown): Predicate {
    const { name } = column;
    const leaf = (comparison: Comparison): Predicate => ({ column: name, comparison });
    switch (op) {
      case "$eq":
      case "$ne":
        if (value === null) return leaf({ op: "null", is: op === "$eq" });
        return leaf(this.#compare(column, op === "$eq" ? "eq" : "ne", value));
      case "$gt":
      case "$gte":
      case "$lt":
      case "$lte":
        return leaf(this.#compare(column, op.slice(1) as "gt", value));
      case "$in":
      case "$nin": {
        if (!Array.isArray(value)) {
          throw this.#refuse(`${op} of "${name}" needs a list, not ${shown(value)}`);
        }
        const values = value.filter((item) => item !== null)
          .map((item) => this.#compare(column, "eq", item))
          .flatMap((equal) => equal.op === "eq" ? [equal.value] : []);
        const found = leaf({ op: op.slice(1) as "in", values });
        if (!value.includes(null)) return found;
        const isNull = leaf({ op: "null", is: op === "$in" });
        return op === "$in" ? { any: [found, isNull] } : { all: [found, isNull] };
      }
      case "$not":
        return { not: this.#columnPredicate(column, value) };
    }
    throw this.#refuse(
      `"${name}" has the unknown condition ${op}; there are ${
        nearestFirst(op, CONDITIONS).join(", ")
      }`,
    );
  }

  #compare(column: Column, op: Order, value: unknown): Comparison {
    const { kind, name, unit } = column;
    const refuse = (wanted: string, fault: string | null = null) =>
      this.#refuse(
        `"${name}" is ${column.type} and is compared with ${wanted}, not with ${shown(value)}${
          fault === null ? "" : `: ${fault}`
        }`,
      );
    const wanted = comparedWith(column);
    if (unit || column.clock) {
      const nanoseconds = unit ? nanosecondsOf(value as TimeValue) : nanosecondsOfDay(value);
      if (nanoseconds === null) throw refuse(wanted, unit ? timeFault(value) : null);
      return inUnits(op, {
        numerator: nanoseconds,
        denominator: NANOSECONDS[unit ?? column.clock!],
      });
    }
    switch (kind) {
      case "decimal": {
        const ratio = ratioOf(value);
        if (ratio === null) throw refuse(wanted);
        if (typeof ratio === "number") return beyond(op, ratio);
        const numerator = ratio.numerator * 10n ** BigInt(column.scale ?? 0);
        return inUnits(op, { ...ratio, numerator });
      }
      case "string":
      case "json":
        if (typeof value !== "string") throw refuse(wanted);
        return { op, value };
      case "bytes":
      case "uuid": {
        const bytes = kind === "uuid" ? bytesOfUuid(value) : bytesOf(value);
        if (bytes === null) throw refuse(wanted);
        return { op, value: latin1(bytes) };
      }
      case "boolean":
        if (typeof value !== "boolean" && value !== 0 && value !== 1) throw refuse(wanted);
        return { op, value: Number(value) };
      case "null":
        return op === "ne" ? { op: "null", is: false } : { op: "never" };
    }
    if (isWide(kind) && typeof value === "string" && INTEGER.test(value)) {
      return { op, value: BigInt(value) };
    }
    if (typeof value !== "number" && typeof value !== "bigint") throw refuse(wanted);
    return { op, value };
  }
}

/** What a column is compared with, for messages. */
function comparedWith({ kind, unit }: Column): string {
  if (unit) return "a Date, an ISO date and time, or milliseconds since 1970";
  switch (kind) {
    case "time":
      return `a time of day such as "06:30:00.5"`;
    case "decimal":
      return `a number, or its digits as text such as "0.07"`;
    case "string":
      return "text";
    case "json":
      return "the text that is stored";
    case "uuid":
      return `a text such as "123e4567-e89b-12d3-a456-426614174000"`;
    case "bytes":
      return "a Uint8Array, or a text whose UTF-8 it is";
    case "boolean":
      return "true or false";
    case "int64":
    case "uint64":
      return `a number, or its digits as text such as "9007199254740993"`;
    default:
      return "a number";
  }
}

/** Whether a column's numbers may be such as no double holds. */
function isWide(kind: Column["kind"]): boolean {
  return kind === "int64" || kind === "uint64";
}

const INTEGER = /^-?\d{1,20}$/;

/** A comparison with a value in whole units: a bound between two of them moves to the one that counts. */
function inUnits(op: Order, { numerator, denominator }: Quotient): Comparison {
  const rest = ((numerator % denominator) + denominator) % denominator;
  const below = (numerator - rest) / denominator;
  if (rest === 0n) return { op, value: below };
  if (op === "eq") return { op: "never" };
  if (op === "ne") return { op: "null", is: false };
  return op === "gt" || op === "gte" ? { op: "gt", value: below } : { op: "lte", value: below };
}

/** A comparison with an infinity, or with NaN. */
function beyond(op: Order, value: number): Comparison {
  const all = op === "ne" || (value > 0 && (op === "lt" || op === "lte")) ||
    (value < 0 && (op === "gt" || op === "gte"));
  return all ? { op: "null", is: false } : { op: "never" };
}

/** A number exactly, as its digits say; one that is not finite as it is; `null` for what is none. */
function ratioOf(value: unknown): Quotient | number | null {
  if (typeof value === "bigint") return { numerator: value, denominator: 1n };
  if (typeof value === "number") return Number.isFinite(value) ? quotientOf(value) : value;
  return typeof value === "string" ? quotientOf(value) : null;
}

const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?$/;

/** Nanoseconds since midnight; `null` for what is no time of day. */
function nanosecondsOfDay(value: unknown): bigint | null {
  const [, hours, minutes, seconds = "0", fraction = ""] = typeof value === "string"
    ? TIME_OF_DAY.exec(value) ?? []
    : [];
  if (hours === undefined || minutes === undefined) return null;
  const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

function bytesOfUuid(value: unknown): Uint8Array | null {
  if (typeof value === "string" && UUID.test(value)) {
    return Uint8Array.fromHex(value.replaceAll("-", ""));
  }
  return value instanceof Uint8Array && value.length === 16 ? value : null;
}

function bytesOf(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  return typeof value === "string" ? new TextEncoder().encode(value) : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date) && !ArrayBuffer.isView(value);
}

function shown(value: unknown): string {
  return show(value, { depth: 1, strAbbreviateSize: 40 });
}

function invalidExport(message: string): ServiceError {
  return new ServiceError("FORMULA_INVALID", `export "filter" can't be used: ${message}`);
}
