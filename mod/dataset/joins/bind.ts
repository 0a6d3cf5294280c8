import { ServiceError } from "../../common/errors.ts";
import { columnsThereAre, nearest } from "../../common/nearest.ts";
import { type Column, columnNamed } from "../../parquet/format/column.ts";
import { durationOf, nanosecondsOf } from "../../std/grouping/durations.ts";
import type { Dataset } from "../dataset.ts";
import { JOINED } from "../hive.ts";
import type { Input } from "../inputs.ts";
import type { Join, JoinedName, KeyPair } from "./join.ts";

/** A join whose columns are known to be there and to fit. */
export interface BoundJoin {
  join: Join;
  table: Dataset;
  /** How far a row may be, in nanoseconds or as numbers are; `null` for any distance. */
  tolerance: bigint | number | null;
  /** What is joined: the column of the data with its values, and the table's column that they come from. */
  columns: BoundColumn[];
}

export interface BoundColumn {
  column: Column;
  of: string;
}

/**
 * Finds the columns of joins.
 *
 * @param dataset That the tables are joined to.
 * @throws ServiceError `BAD_REQUEST` for a table that the request doesn't name; `FORMULA_INVALID` for columns that are
 * not there or don't fit, and for names that are there already
 */
export function bindJoins(
  dataset: Dataset,
  inputs: readonly Input[],
  joins: readonly Join[],
): BoundJoin[] {
  const taken = new Set(dataset.columns.map(({ name }) => name));
  return joins.map((join) => {
    const table = tableOf(join, inputs);
    const pairs = [...join.on, ...join.by];
    const keys = pairs.map((pair) => keyColumns(join, pair, dataset, table));
    keys.forEach(([left, right], index) =>
      assertAlike(join, left, right, join.match !== null && index === 0)
    );
    const columns = namesOf(join, table).map((named) => boundColumn(join, named, table));
    for (const { column: { name }, of } of columns) {
      if (taken.has(name)) throw ambiguous(join, name, of, dataset);
      taken.add(name);
    }
    return { join, table, tolerance: toleranceOf(join, keys[0]![0]), columns };
  });
}

/** A dataset with the columns that joins add to it. */
export function withJoins<T extends Dataset>(dataset: T, joins: readonly BoundJoin[]): T {
  if (joins.length === 0) return dataset;
  const added = joins.flatMap(({ columns }) => columns.map(({ column }) => column));
  return { ...dataset, columns: [...dataset.columns, ...added] };
}

/** The dataset that a column comes from, and what it is called there. */
export function sourceOf(
  dataset: Dataset,
  joins: readonly BoundJoin[],
  name: string,
): { dataset: Dataset; name: string } {
  for (const { table, columns } of joins) {
    const found = columns.find(({ column }) => column.name === name);
    if (found) return { dataset: table, name: found.of };
  }
  return { dataset, name };
}

function tableOf({ input }: Join, inputs: readonly Input[]): Dataset {
  const found = inputs.find((one) => one.input === input);
  if (found) return found.dataset;
  const names = inputs.map((one) => one.input), meant = nearest(input, names);
  const hint = names.length === 0
    ? `add "Inputs": {${JSON.stringify(input)}: "….parquet"} to it`
    : `its Inputs are ${names.join(", ")}${meant === null ? "" : `; did you mean ${meant}?`}`;
  throw new ServiceError(
    "BAD_REQUEST",
    `the formula joins "${input}", and the request names no such table: ${hint}`,
  );
}

function keyColumns(
  join: Join,
  { left, right }: KeyPair,
  dataset: Dataset,
  table: Dataset,
): [left: Column, right: Column] {
  return [keyColumn(join, left, dataset), keyColumn(join, right, table)];
}

function keyColumn({ input }: Join, name: string, { name: of, columns }: Dataset): Column {
  const column = columnNamed(columns, name);
  if (column === undefined) {
    const there = columnsThereAre(name, columns.map(({ name }) => name));
    throw invalid(input, `there is no column "${name}" in ${of}; ${there}`);
  }
  if (column.conflict !== undefined) throw invalid(input, column.conflict);
  return column;
}

/** What values of a column can be compared with, in words; `null` for no others. */
function keyClass({ kind, utc }: Column): string | null {
  switch (kind) {
    case "string":
      return "text";
    case "boolean":
    case "date":
    case "uuid":
    case "bytes":
    case "time":
      return kind;
    case "timestamp":
      return utc ? "times in UTC" : "times without a zone";
    default:
      return /^u?int/.test(kind) ? "whole numbers" : null;
  }
}

/** The same of what rows are ordered by. */
function axisClass(column: Column): string | null {
  if (column.unit !== undefined) return keyClass(column);
  return isNumber(column) ? "numbers" : null;
}

function isNumber({ kind }: Column): boolean {
  return /^u?int|^float/.test(kind);
}

/** @throws ServiceError `FORMULA_INVALID` for keys whose values can't be compared */
function assertAlike({ input, match }: Join, left: Column, right: Column, isAxis: boolean): void {
  const classOf = isAxis ? axisClass : keyClass;
  for (const { name, type } of [left, right]) {
    const column = name === left.name && type === left.type ? left : right;
    if (classOf(column) !== null) continue;
    throw invalid(
      input,
      isAxis
        ? `"${name}" is ${type}: match: "${match}" needs times or numbers`
        : `"${name}" is ${type}, which is no key: keys are text, whole numbers, booleans, times, UUIDs or bytes`,
    );
  }
  if (classOf(left) === classOf(right)) return;
  throw invalid(
    input,
    `the keys "${left.name}", ${left.type}, and "${right.name}" of ${input}, ${right.type}, can't be compared: ${
      classOf(left)
    } and ${classOf(right)}; write them alike`,
  );
}

/** What of a table is joined, under which names. */
function namesOf({ input, match, columns }: Join, { columns: all }: Dataset): JoinedName[] {
  if (columns !== null) return columns;
  return all.filter((column) => match !== "linear" || isNumber(column))
    .map(({ name }) => ({ name: `${input}.${name}`, column: name }));
}

function boundColumn(join: Join, { name, column: of }: JoinedName, table: Dataset): BoundColumn {
  const found = columnNamed(table.columns, of);
  if (found === undefined) {
    const there = columnsThereAre(of, table.columns.map(({ name }) => name));
    throw invalid(join.input, `there is no column "${of}" in ${table.name}; ${there}`);
  }
  if (join.match === "linear" && !isNumber(found)) {
    throw invalid(
      join.input,
      `"${of}" is ${found.type}, and there is nothing between two of them: match: "linear" is for numbers; join the table once more with match: "backward" under another name`,
    );
  }
  const place = { leaf: JOINED, element: JOINED, leaves: 0, nullable: true, hasNulls: true };
  const type = join.match === "linear" ? { kind: "float64" as const, type: "DOUBLE" } : {};
  return { column: { ...found, ...type, ...place, name }, of };
}

function ambiguous({ input }: Join, name: string, of: string, { name: base }: Dataset): Error {
  return invalid(
    input,
    `"${of}" would be called "${name}", and there is such a column in ${base} or another table; choose names: columns: { another_name: "${of}" }`,
  );
}

/** @throws ServiceError `FORMULA_INVALID` for one that is none of the kind of keys */
function toleranceOf({ input, tolerance }: Join, { name, type, unit }: Column) {
  if (tolerance === null) return null;
  if (unit === undefined) {
    if (typeof tolerance === "number") return tolerance;
    throw invalid(input, `tolerance is "${tolerance}", and "${name}" is ${type}: give a number`);
  }
  try {
    return nanosecondsOf(durationOf(tolerance));
  } catch (thrown) {
    if (thrown instanceof RangeError) throw invalid(input, `tolerance: ${thrown.message}`);
    throw thrown;
  }
}

function invalid(input: string, fault: string): ServiceError {
  return new ServiceError("FORMULA_INVALID", `export "inputs", ${input}: ${fault}`);
}
