import { rowsByGroup, sumsByGroup } from "../kernel/groups.ts";
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

/** Groups of a part of the dataset, in the order of their keys: plain data. */
export interface Groups {
  keys: KeyColumn[];
  /** Rows of each group. */
  rows: Float64Array;
  /** By column. */
  states: Record<string, State>;
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
  const columns = [...parts].map(([name, wanted]) => ({
    name,
    wanted,
    values: asNumbers(chunk[name], name, wanted.size === 0),
  }));
  const [first] = columns;
  if (keys.length === 0 && first) {
    for (const column of columns) assertRows(column, first.values.length);
    const states = columns.map(({ name, values, wanted }) => [name, stateOfAll(values, wanted)]);
    const rows = Float64Array.of(first.values.length);
    return { keys: [], rows, states: Object.fromEntries(states) };
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
  return { keys, rows: places ? taken(rows, places) : rows, states };
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
  return { keys, rows, states };
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
  if (a.type !== b.type) return false;
  for (let k = 0; k < a.values.length; k++) {
    const x = a.values[k], y = b.values[k];
    if (x !== y && (x === x || y === y)) return false;
  }
  return true;
}

/** A key of nothing but nulls gets the type of the other part's. */
function alike(key: KeyColumn, other: KeyColumn): KeyColumn {
  const nothing = key.type !== "text" && other.type === "text" && key.values.every(Number.isNaN);
  return nothing ? { type: "text", values: Array.from(key.values, () => null) } : key;
}

function union(a: KeyColumn, b: KeyColumn, left: Int32Array, right: Int32Array): KeyColumn {
  const at = <Value>(x: ArrayLike<Value>, y: ArrayLike<Value>) => (i: number, k: number): Value =>
    i < 0 ? y[right[k]!]! : x[i]!;
  if (a.type === "text" && b.type === "text") {
    return { type: "text", values: Array.from(left, at(a.values, b.values)) };
  }
  if (a.type === "text" || b.type === "text") {
    throw new TypeError("a key holds texts in one part of the dataset, and numbers in another");
  }
  return { type: a.type, values: Float64Array.from(left, at(a.values, b.values)) };
}
