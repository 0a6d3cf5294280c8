import { rowsByGroup, sumsByGroup } from "../../kernel/group_kernel.ts";
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
  const { left, right, keys } = matched(a, b);
  const rows = Float64Array.from(
    left,
    (i, k) => (i < 0 ? 0 : a.rows[i]!) + (right[k]! < 0 ? 0 : b.rows[right[k]!]!),
  );
  const states: Record<string, State> = {};
  for (const name of Object.keys(a.states)) {
    states[name] = mergeStates(a.states[name]!, b.states[name]!, left, right);
  }
  const times: Record<string, TimeState> = {};
  for (const name of Object.keys(a.times)) {
    times[name] = mergeTimes(a.times[name]!, b.times[name]!, left, right);
  }
  return { keys, rows, states, times };
}

/** The groups of both: their places in `a` and in `b`, -1 where they are not there. */
function matched(a: Groups, b: Groups): { left: Int32Array; right: Int32Array; keys: KeyColumn[] } {
  // Parts of one file mostly have the same groups.
  if (a.rows.length === b.rows.length && a.keys.every((key, k) => isSame(key, b.keys[k]!))) {
    const all = Int32Array.from(a.rows, (_, k) => k);
    return { left: all, right: all, keys: a.keys };
  }
  const x = a.keys.map((key, k) => alike(key, b.keys[k]!));
  const y = b.keys.map((key, k) => alike(key, a.keys[k]!));
  const most = a.rows.length + b.rows.length;
  const left = new Int32Array(most), right = new Int32Array(most);
  let groups = 0;
  for (let i = 0, j = 0; i < a.rows.length || j < b.rows.length; groups++) {
    const order = i === a.rows.length ? 1 : j === b.rows.length ? -1 : compareGroups(x, i, y, j);
    left[groups] = order <= 0 ? i++ : -1;
    right[groups] = order >= 0 ? j++ : -1;
  }
  const from = left.subarray(0, groups), to = right.subarray(0, groups);
  return { left: from, right: to, keys: x.map((key, k) => union(key, y[k]!, from, to)) };
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

function union(a: KeyColumn, b: KeyColumn, left: Int32Array, right: Int32Array): KeyColumn {
  if ((a.type === "text") !== (b.type === "text")) {
    throw new TypeError("a key holds texts in one part of the dataset, and numbers in another");
  }
  const x: ArrayLike<unknown> = a.values, y: ArrayLike<unknown> = b.values;
  const at = (i: number, k: number) => i < 0 ? y[right[k]!] : x[i];
  const values = a.values instanceof Float64Array
    ? Float64Array.from(left, at as () => number)
    : Array.from(left, at);
  return { type: a.type, values } as KeyColumn;
}
