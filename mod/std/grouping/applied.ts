/** Columns that a function of one's own makes of the rows of each group. */
import { mark, markOf } from "#marks";
import type { KeyValue, KeyValues } from "./exact_keys.ts";
import type { ExactValues, Marked } from "./exact_values.ts";
import { type Key, nameOf, type OrderedKey } from "./group_keys.ts";
import type { Groups } from "./group_partials.ts";
import { rowsOfGroup } from "./held_rows.ts";

/** The rows of a group: its columns, in the order of the file. */
export type GroupRows = Record<string, Float64Array>;

/** A function of one's own, and the columns that it is given. */
export interface Applied {
  columns: readonly string[];
  of: (rows: never, group: Readonly<Record<string, KeyValue>>) => unknown;
}

type Table = Record<string, unknown>;

/** Something by row: an array, or times with their unit. */
type Column = ArrayLike<unknown>;

interface StoredTimes {
  values: Column;
  unit: unknown;
  utc?: unknown;
}

/**
 * A table of groups with what a function makes of each: values, which are columns beside those of the table, or equally
 * long arrays, for whose rows the table's own are repeated.
 *
 * @throws TypeError for what is neither, and RangeError for a column that the table has already.
 */
export function withApplied(
  table: Table,
  { rows, ordered, times }: Groups<OrderedKey>,
  keys: readonly Key[],
  { columns, of }: Applied,
): Table {
  const made: Table[] = [], lengths: (number | null)[] = [];
  let from = 0;
  for (let group = 0; group < rows.length; group++) {
    const to = from + rows[group]!;
    const own = columns.map((name) => [
      name,
      rowsOfGroup(ordered[name]!, from, to, times[name]?.type ?? null),
    ]);
    const key = Object.fromEntries(
      keys.map(nameOf).map((name) => [name, (table[name] as KeyValues)[group]!]),
    );
    const found = of(Object.fromEntries(own) as never, Object.freeze(key));
    made.push(assertRecord(found, key));
    lengths.push(lengthOf(found as Table, key));
    assertAlike(made, lengths, key);
    from = to;
  }
  const [first] = made;
  if (!first) return table;
  for (const name of Object.keys(first)) {
    if (!Object.hasOwn(table, name)) continue;
    throw new RangeError(
      `the function of apply returned "${name}", which is a column of the groups already; give it another name`,
    );
  }
  const all = (name: string) => made.map((one) => one[name]);
  const added = (join: (values: unknown[], name: string) => unknown) =>
    Object.keys(first).map((name) => [name, join(all(name), name)]);
  if (lengths[0] === null) return { ...table, ...Object.fromEntries(added(columnOfValues)) };
  const places = placesOf(lengths as number[]);
  const repeated = Object.entries(table).map(([name, values]) => [
    name,
    taken(values as Column, places),
  ]);
  const joined = added((columns, name) => joinedColumn(name, columns));
  return { ...Object.fromEntries(repeated), ...Object.fromEntries(joined) };
}

function assertRecord(value: unknown, key: object): Table {
  if (value instanceof Promise) {
    throw failed(key, "returned a promise; it can't be async");
  }
  const isRecord = typeof value === "object" && value !== null && !isColumn(value);
  if (isRecord && Object.keys(value).length > 0) return value as Table;
  throw failed(key, "must return a record of values, such as { slope: 2 }, or of arrays");
}

/** The rows of what was returned; `null` where it is values. */
function lengthOf(found: Table, key: object): number | null {
  const lengths = Object.values(found).map((value) =>
    isTimes(value) ? value.values.length : isColumn(value) ? value.length : null
  );
  const [length] = lengths;
  const other = Object.keys(found)[lengths.findIndex((one) => one !== length)];
  if (other === undefined) return length!;
  const [name] = Object.keys(found);
  throw failed(
    key,
    `returned "${name}" and "${other}", which are neither both values nor arrays of one length`,
  );
}

function assertAlike(made: readonly Table[], lengths: readonly (number | null)[], key: object) {
  const [first] = made, last = made.at(-1)!;
  const names = (of: Table) => Object.keys(of).join(", ");
  if (names(first!) !== names(last)) {
    throw failed(key, `returned ${names(last)}, but ${names(first!)} of the first group`);
  }
  if ((lengths[0] === null) === (lengths.at(-1) === null)) return;
  throw failed(key, "returned arrays of one group, and values of another");
}

function failed(key: object, what: string): TypeError {
  const group = Object.entries(key).map(([name, value]) => `${name} ${String(value)}`).join(", ");
  return new TypeError(`the function of apply${group && `, group ${group},`} ${what}`);
}

function isColumn(value: unknown): value is Column {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function isTimes(value: unknown): value is StoredTimes {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "unit") &&
    isColumn((value as StoredTimes).values);
}

function columnOfValues(values: unknown[]): Column {
  return values.every((value) => typeof value === "number") ? Float64Array.from(values) : values;
}

/** The group of each row, where groups have so many. */
function placesOf(lengths: readonly number[]): Int32Array {
  const places = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  lengths.forEach((length, group) => places.fill(group, at, at += length));
  return places;
}

/** Elements at places, which stand for what they stood for. */
function taken(values: Column, places: Int32Array): Column {
  const known = markOf(values);
  const found = emptyLike(values, places.length);
  for (let row = 0; row < places.length; row++) found[row] = values[places[row]!];
  if (!known) return found;
  const validity = known.validity && Uint8Array.from(places, (place) => known.validity![place]!);
  return mark(found, {
    type: known.type,
    values: Array.from(places, (place) => known.values[place]!),
    validity,
    shown: (row) => known.shown(places[row]!),
  });
}

function emptyLike(values: Column, length: number): Record<number, unknown> & Column {
  if (Array.isArray(values)) return new Array<unknown>(length);
  return new (values.constructor as Float64ArrayConstructor)(length) as never;
}

/** Arrays of one column, one behind the other. @throws TypeError for times of several units. */
function joinedColumn(name: string, columns: unknown[]): unknown {
  if (columns.every(isTimes)) return joinedTimes(name, columns);
  const arrays = columns as Column[];
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  const there = arrays.filter((array) => array.length > 0), [first] = there;
  const isOne = first !== undefined && !Array.isArray(first) &&
    there.every((array) => array.constructor === first.constructor);
  const joined = isOne ? emptyLike(first, length) : new Array<unknown>(length);
  let at = 0;
  for (const array of there) {
    for (let row = 0; row < array.length; row++) joined[at++] = array[row];
  }
  if (first === undefined) return new Float64Array(0);
  return marked(joined, there);
}

/** An array that stands for what its parts stand for, if they all stand for the same. */
function marked(joined: Column & object, parts: readonly Column[]): Column {
  const marks = parts.map((part) => markOf(part));
  const type = marks[0]?.type;
  if (!type || marks.some((one) => JSON.stringify(one?.type) !== JSON.stringify(type))) {
    return joined;
  }
  const kept = emptyLike(joined, joined.length);
  for (let row = 0; row < joined.length; row++) kept[row] = joined[row];
  const shown = (row: number) => kept[row];
  return mark(joined, { type, ...joinedValues(joined.length, marks as Marked[]), shown });
}

function joinedValues(length: number, parts: readonly Marked[]): ExactValues {
  const isWhole = parts.every(({ values }) => values instanceof BigInt64Array);
  const values = isWhole
    ? new BigInt64Array(length)
    : new Array<ExactValues["values"][number]>(length);
  const validity = new Uint8Array(length).fill(1);
  let at = 0;
  for (const part of parts) {
    for (let row = 0; row < part.values.length; row++, at++) {
      const isThere = part.values[row] !== null && part.validity?.[row] !== 0;
      if (isThere) values[at] = part.values[row] as bigint;
      else validity[at] = 0;
    }
  }
  return { values, validity };
}

function joinedTimes(name: string, columns: readonly StoredTimes[]): StoredTimes {
  const [{ unit, utc }] = columns as [StoredTimes];
  if (columns.some((one) => one.unit !== unit || one.utc !== utc)) {
    throw new TypeError(`the function of apply returned "${name}" in several units of time`);
  }
  const values = joinedColumn(name, columns.map(({ values }) => values)) as Column;
  return { values, unit, ...(utc === undefined ? {} : { utc }) };
}
