/** First, last, least and most of times by group, in whole numbers of their unit. */
import type { ExactType, ExactValues } from "./exact_values.ts";
import type { Part, Sides } from "./group_states.ts";

/** What is kept of a column of times for each group, as plain data; null where nothing is there. */
export interface TimeState {
  type: ExactType;
  min?: (bigint | null)[];
  max?: (bigint | null)[];
  first?: (bigint | null)[];
  last?: (bigint | null)[];
}

/** The parts of a state that are times themselves. */
export const TIME_PARTS = ["min", "max", "first", "last"] as const;

/** Whether a part of a state is a time of its column. */
export function isTimePart(part: Part): part is typeof TIME_PARTS[number] {
  return (TIME_PARTS as readonly string[]).includes(part);
}

/** Finds the times that are asked for. */
export function timeStateOf(
  { values, validity }: ExactValues,
  type: ExactType,
  ids: Int32Array,
  groups: number,
  parts: ReadonlySet<Part>,
): TimeState {
  const state: TimeState = { type };
  const timeAt = (row: number) => row < 0 ? null : BigInt(values[row]!);
  // The row of each group's time: bigints are made of those alone.
  const rowsOf = (better: (row: number, than: number) => boolean): (bigint | null)[] => {
    const found = new Int32Array(groups).fill(-1);
    for (let row = 0; row < ids.length; row++) {
      if (validity ? validity[row] === 0 : values[row] === null) continue;
      const id = ids[row]!, known = found[id]!;
      if (known < 0 || better(row, known)) found[id] = row;
    }
    return Array.from(found, timeAt);
  };
  const isBelow = orderOf(values);
  if (parts.has("min")) state.min = rowsOf(isBelow);
  if (parts.has("max")) state.max = rowsOf((row, than) => isBelow(than, row));
  if (parts.has("first")) state.first = rowsOf(() => false);
  if (parts.has("last")) state.last = rowsOf(() => true);
  return state;
}

/** Whether one row's value is below another's. */
function orderOf(values: ExactValues["values"]): (row: number, than: number) => boolean {
  if (!(values instanceof BigInt64Array)) return (row, than) => values[row]! < values[than]!;
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  return (row, than) => {
    const a = words[2 * row + 1]!, b = words[2 * than + 1]!;
    return a < b || (a === b && words[2 * row]! >>> 0 < words[2 * than]! >>> 0);
  };
}

/** Merges two states: see {@linkcode mergeStates}. */
export function mergeTimes(a: TimeState, b: TimeState, sides: Sides): TimeState {
  const merged: TimeState = { type: a.type };
  for (const part of TIME_PARTS) {
    const x = a[part], y = b[part];
    if (!x || !y) continue;
    let i = 0, j = 0;
    merged[part] = Array.from(sides, (side) => {
      const one = side === 2 ? null : x[i++]!, two = side === 1 ? null : y[j++]!;
      if (one === null || two === null) return one ?? two;
      if (part === "first") return one;
      if (part === "last") return two;
      return (part === "min") === (one < two) ? one : two;
    });
  }
  return merged;
}

/** A state with its groups in another order: the group of place k is that of `places[k]`. */
export function reorderedTimes(state: TimeState, places: Int32Array): TimeState {
  const ordered: TimeState = { type: state.type };
  for (const part of TIME_PARTS) {
    const times = state[part];
    if (times) ordered[part] = Array.from(places, (place) => times[place]!);
  }
  return ordered;
}

/** A state of groups of which nothing is there. */
export function noTimes(like: TimeState, groups: number): TimeState {
  const state: TimeState = { type: like.type };
  for (const part of TIME_PARTS) {
    if (like[part]) state[part] = new Array<null>(groups).fill(null);
  }
  return state;
}
