import { rowsByGroup, sumsByGroup } from "../../kernel/group_kernel.ts";
import { matchNumbers, mergeColumn } from "../../kernel/merge_kernel.ts";
import { exactColumn } from "#marks";
import type { ExactColumn, ExactType } from "./exact_values.ts";
import { asNumbers } from "./group_columns.ts";
import {
  compareGroups,
  type Described,
  group,
  groupByCodes,
  type Grouped,
  type Key,
  type KeyColumn,
} from "./group_keys.ts";
import {
  isSummed,
  mergeStates,
  type Part,
  reordered,
  type Sides,
  type State,
  stateOf,
  stateOfAll,
  taken,
} from "./group_states.ts";

import {
  isTimePart,
  mergeTimes,
  reorderedTimes,
  type TimeState,
  timeStateOf,
} from "./group_times.ts";

/** Groups of a part of the dataset, in the order of their keys: plain data. */
export interface Groups {
  keys: KeyColumn[];
  /** Rows of each group. */
  rows: Float64Array;
  /** By column. */
  states: Record<string, State>;
  /** By column of times. */
  times: Record<string, TimeState>;
}

/**
 * Groups a chunk's rows, and sums up its columns by group.
 *
 * @param parts What is to be kept of each column.
 * @throws TypeError for a column that can't be computed with.
 */
export function groupChunk(
  chunk: Record<string, unknown>,
  keys: readonly Key[],
  parts: ReadonlyMap<string, ReadonlySet<Part>>,
  context?: Described,
): Groups {
  const columns = [...parts].map(([name, wanted]) => summedColumn(chunk, name, wanted));
  const [first] = columns;
  if (keys.length === 0 && first) {
    for (const column of columns) assertRows(column, first.values.length);
    const states = columns.map(({ name, values, wanted }) => [name, stateOfAll(values, wanted)]);
    const rows = Float64Array.of(first.values.length);
    const all = new Int32Array(first.values.length);
    return { keys: [], rows, states: Object.fromEntries(states), times: timesOf(columns, all, 1) };
  }
  const direct = columns.some(({ wanted }) => isSummed(wanted))
    ? groupByCodes(chunk, keys, context)
    : null;
  const rowsOf = () => first?.values.length ?? rowsWithout(context);
  return (direct && summedUp(direct, columns)) ??
    summedUp(group(chunk, keys, rowsOf, context), columns)!;
}

interface Summed {
  name: string;
  wanted: ReadonlySet<Part>;
  values: Float64Array;
  /** Of times, for the parts that are times again. */
  exact: { column: ExactColumn; wanted: ReadonlySet<Part> } | null;
}

function summedColumn(
  chunk: Record<string, unknown>,
  name: string,
  wanted: ReadonlySet<Part>,
): Summed {
  const values = asNumbers(chunk[name], name, wanted.size === 0);
  const times = [...wanted].filter(isTimePart);
  const column = times.length > 0 ? exactColumn(chunk, name) : null;
  if (column?.type.unit === undefined) return { name, wanted, values, exact: null };
  const others = [...wanted].filter((part) => !isTimePart(part));
  const exact = { column, wanted: new Set<Part>(times) };
  return { name, wanted: new Set(others), values, exact };
}

function timesOf(
  columns: readonly Summed[],
  ids: Int32Array,
  groups: number,
  places?: Int32Array,
): Record<string, TimeState> {
  const times: Record<string, TimeState> = {};
  for (const { name, exact } of columns) {
    if (!exact) continue;
    const { column, wanted } = exact;
    const state = timeStateOf(column.read(), column.type, ids, groups, wanted);
    times[name] = places ? reorderedTimes(state, places) : state;
  }
  return times;
}

/** The groups with what is kept of the columns; `null` where an id is that of no group. */
function summedUp(
  { ids, groups, keys, places }: Grouped,
  columns: readonly Summed[],
): Groups | null {
  let rows: Float64Array | null = null;
  const states: Record<string, State> = {};
  for (const column of columns) {
    assertRows(column, ids.length);
    const { name, wanted, values } = column;
    const sums = isSummed(wanted) ? sumsByGroup(values, ids, groups) : null;
    if (isSummed(wanted) && !sums) return null;
    rows ??= sums && sums.rows;
    const state = stateOf(values, ids, groups, wanted, sums);
    states[name] = places ? reordered(state, places) : state;
  }
  rows ??= rowsByGroup(ids, groups);
  const times = timesOf(columns, ids, groups, places);
  return { keys, rows: places ? taken(rows, places) : rows, states, times };
}

function assertRows({ name, values }: Summed, rows: number): void {
  if (values.length === rows) return;
  throw new RangeError(`column "${name}" has ${values.length} rows, others ${rows}`);
}

/** Rows where neither a key nor a column tells. */
function rowsWithout(context?: Described): number {
  const { rows } = (context ?? {}) as { rows?: number };
  if (rows !== undefined) return rows;
  throw new TypeError("groupBy([]).count() needs the context beside the chunk");
}

/**
 * Merges two parts in linear time: both are in the order of their keys.
 *
 * @throws TypeError when a key holds texts in one and numbers in the other.
 */
export function combine(a: Groups, b: Groups): Groups {
  const { sides, keys } = matched(a, b);
  const rows = mergeColumn("add", sides, [a.rows], [b.rows]);
  const states: Record<string, State> = {};
  for (const name of Object.keys(a.states)) {
    states[name] = mergeStates(a.states[name]!, b.states[name]!, sides);
  }
  const times: Record<string, TimeState> = {};
  for (const name of Object.keys(a.times)) {
    times[name] = mergeTimes(a.times[name]!, b.times[name]!, sides);
  }
  return { keys, rows, states, times };
}

/** The groups of both, and where each of them is. */
function matched(a: Groups, b: Groups): { sides: Sides; keys: KeyColumn[] } {
  // Parts of one file mostly have the same groups.
  if (a.rows.length === b.rows.length && a.keys.every((key, k) => isSame(key, b.keys[k]!))) {
    return { sides: new Uint8Array(a.rows.length).fill(3), keys: a.keys };
  }
  const x = a.keys.map((key, k) => alike(key, b.keys[k]!));
  const y = b.keys.map((key, k) => alike(key, a.keys[k]!));
  const one = numbersOf(x), two = numbersOf(y);
  const sides = one && two ? matchNumbers(one, two) : matchKeys(x, a.rows.length, y, b.rows.length);
  return { sides, keys: x.map((key, k) => union(key, y[k]!, sides)) };
}

function numbersOf(keys: readonly KeyColumn[]): Float64Array[] | null {
  const numbers = keys.map(({ values }) => values).filter((values) =>
    values instanceof Float64Array
  );
  return numbers.length === keys.length ? numbers : null;
}

function matchKeys(x: readonly KeyColumn[], n: number, y: readonly KeyColumn[], m: number): Sides {
  const sides = new Uint8Array(n + m);
  let groups = 0;
  for (let i = 0, j = 0; i < n || j < m; groups++) {
    const order = i === n ? 1 : j === m ? -1 : compareGroups(x, i, y, j);
    sides[groups] = order === 0 ? 3 : order < 0 ? 1 : 2;
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return sides.subarray(0, groups);
}

function isSame(a: KeyColumn, b: KeyColumn): boolean {
  if (typeof a.type === "string" && a.type !== b.type) return false;
  for (let k = 0; k < a.values.length; k++) {
    const x = a.values[k], y = b.values[k];
    if (x !== y && (x === x || y === y)) return false;
  }
  return true;
}

/** A key of nothing but nulls gets the form of the other part's, and doubles become bigints beside bigints. */
function alike(key: KeyColumn, other: KeyColumn): KeyColumn {
  if (!(key.values instanceof Float64Array) || other.values instanceof Float64Array) return key;
  if (other.type === "text") {
    const nothing = key.values.every(Number.isNaN);
    return nothing ? { type: "text", values: Array.from(key.values, () => null) } : key;
  }
  const type = other.type as ExactType;
  const isFloat = type.kind.startsWith("float");
  const values = isFloat
    ? Array.from(key.values)
    : Array.from(key.values, (value) => value === value ? BigInt(value) : null);
  return { type, values };
}

function union(a: KeyColumn, b: KeyColumn, sides: Sides): KeyColumn {
  if ((a.type === "text") !== (b.type === "text")) {
    throw new TypeError("a key holds texts in one part of the dataset, and numbers in another");
  }
  if (a.values instanceof Float64Array && b.values instanceof Float64Array) {
    return {
      type: a.type,
      values: mergeColumn("keys", sides, [a.values], [b.values]),
    } as KeyColumn;
  }
  const x: ArrayLike<unknown> = a.values, y: ArrayLike<unknown> = b.values;
  let i = 0, j = 0;
  const values = Array.from(sides, (side) => {
    const value = side === 2 ? y[j] : x[i];
    if (side !== 2) i++;
    if (side !== 1) j++;
    return value;
  });
  return { type: a.type, values } as KeyColumn;
}
