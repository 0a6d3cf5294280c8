// Columns in few points: least and greatest value of each bin of rows, so that no peak is lost however
// many rows there are.
//
//   params   y, columns, of which there is one where there are groups; x, a column or null; edges, rows
//            at which bins begin, and the end of the last; group, a column with all its values as
//            texts or null, each of which makes a line of its own, or null
//   result   x at the first row of each bin; lines, for each y or value: min and max of each bin, and
//            where there are groups the bins that have rows of it, no others being told of;
//            ascending, whether x ascends; rounded, columns with whole numbers beyond 2^53
//
// NaN and null are left out; a bin of nothing else is null.

import type { Chunk, Context } from "measuring/types";

export const int64 = "bigint";

interface Params {
  y: string[];
  x: string | null;
  edges: number[];
  group: { column: string; values: (string | null)[] } | null;
}

/** Least and greatest values of bins; where there are groups, 1 for each bin that has rows of this one. */
interface Line {
  min: Float64Array;
  max: Float64Array;
  there: Uint8Array | null;
}

/** Bins of some consecutive rows; those of consecutive parts may share one. */
interface Bins {
  /** Index of the first bin. */
  first: number;
  x: Float64Array;
  lines: Line[];
  ascending: boolean;
  /** x of the first and the last row. */
  ends: [first: number, last: number];
  rounded: string[];
}

export function chunk(chunk: Chunk, context: Context<Params>): Bins | null {
  const { params, rowStart, rows } = context;
  if (rows === 0) return null;
  const { y, x, edges, group } = params;
  const rounded: string[] = [];
  const columnOf = (name: string) => numbersOf(chunk[name], () => rounded.push(name));
  const columns = y.map(columnOf);
  const places = x === null ? null : columnOf(x);
  const lineOf = group === null ? null : linesOf(chunk, group, context);
  const first = binOf(edges, rowStart), last = binOf(edges, rowStart + rows - 1);
  const size = last - first + 1;
  const at = new Float64Array(size);
  const lines = (group?.values ?? y).map(() => lineOfSize(size, lineOf !== null));
  for (let bin = 0; bin < size; bin++) {
    const from = Math.max(edges[first + bin], rowStart) - rowStart;
    const to = Math.min(edges[first + bin + 1] - rowStart, rows);
    at[bin] = places === null ? rowStart + from : places[from];
    if (lineOf === null) {
      columns.forEach((values, k) => bound(values, from, to, lines[k], bin));
    } else {
      boundEach(columns[0], lineOf, from, to, lines, bin);
    }
  }
  for (const { min, max } of lines) emptied(min, max);
  const ends: Bins["ends"] = places === null
    ? [rowStart, rowStart + rows - 1]
    : [places[0], places[rows - 1]];
  return { first, x: at, lines, ascending: places === null || ascends(places), ends, rounded };
}

export function combine(a: Bins | null, b: Bins | null): Bins | null {
  if (a === null || b === null) return a ?? b;
  const shared = a.first + a.x.length - b.first;
  const size = a.x.length + b.x.length - shared;
  const joined = <Values extends Float64Array | Uint8Array>(
    left: Values,
    right: Values,
  ): Values => {
    const all = left instanceof Float64Array ? new Float64Array(size) : new Uint8Array(size);
    all.set(right, b.first - a.first);
    all.set(left); // x of a shared bin is that of its first row
    return all as Values;
  };
  const lines = a.lines.map((left, k) => {
    const right = b.lines[k];
    const min = joined(left.min, right.min), max = joined(left.max, right.max);
    const there = left.there && right.there && joined(left.there, right.there);
    if (shared === 1) {
      const at = a.x.length - 1;
      min[at] = lesser(left.min[at], right.min[0]);
      max[at] = -lesser(-left.max[at], -right.max[0]);
      if (there) there[at] |= right.there![0];
    }
    return { min, max, there };
  });
  return {
    first: a.first,
    x: joined(a.x, b.x),
    lines,
    ascending: a.ascending && b.ascending && a.ends[1] <= b.ends[0],
    ends: [a.ends[0], b.ends[1]],
    rounded: [...new Set([...a.rounded, ...b.rounded])],
  };
}

export function aggregate(bins: Bins | null) {
  const { x = [], lines = [], ascending = true, rounded = [] } = bins ?? {};
  return { x: finite(x), lines: lines.map(told), ascending, rounded };
}

function told({ min, max, there }: Line) {
  if (there === null) return { min: finite(min), max: finite(max) };
  const bins = Array.from(there.keys()).filter((bin) => there[bin] === 1);
  const chosen = (values: Float64Array) => finite(bins.map((bin) => values[bin]));
  return { bins, min: chosen(min), max: chosen(max) };
}

/** Puts down the bounds of some rows' values. */
function bound(values: ArrayLike<number>, from: number, to: number, line: Line, bin: number): void {
  let min = Infinity, max = -Infinity;
  for (let row = from; row < to; row++) {
    const value = values[row];
    if (value < min) min = value;
    if (value > max) max = value;
  }
  line.min[bin] = min;
  line.max[bin] = max;
}

/** Puts down the bounds of some rows' values in the line of each. */
function boundEach(
  values: ArrayLike<number>,
  lineOf: Uint8Array,
  from: number,
  to: number,
  lines: Line[],
  bin: number,
): void {
  for (let row = from; row < to; row++) {
    const { min, max, there } = lines[lineOf[row]];
    const value = values[row];
    if (value < min[bin]) min[bin] = value;
    if (value > max[bin]) max[bin] = value;
    there![bin] = 1;
  }
}

/** Makes NaN of what has no bounds. */
function emptied(min: Float64Array, max: Float64Array): void {
  for (let bin = 0; bin < min.length; bin++) if (min[bin] > max[bin]) min[bin] = max[bin] = NaN;
}

function lineOfSize(size: number, groups: boolean): Line {
  const min = new Float64Array(size).fill(Infinity), max = new Float64Array(size).fill(-Infinity);
  return { min, max, there: groups ? new Uint8Array(size) : null };
}

/** The line of each row. @throws Error for a value that isn't among the known ones */
function linesOf(
  chunk: Chunk,
  { column, values }: NonNullable<Params["group"]>,
  { schema, rows }: Context<Params>,
): Uint8Array {
  const known = new Map(values.map((value, line) => [value, line]));
  const lineOf = (value: string | null) => {
    const line = known.get(value);
    if (line === undefined) throw new Error(`${column} has a value that it had not: ${value}`);
    return line;
  };
  const kind = schema.find(({ name }) => name === column)!.kind;
  const lines = new Uint8Array(rows);
  if (kind === "string") {
    const { codes, dictionary } = chunk.codes(column);
    const byCode = new Map<number, number>();
    for (let row = 0; row < rows; row++) {
      const code = codes[row];
      let line = byCode.get(code);
      if (line === undefined) byCode.set(code, line = lineOf(dictionary[code] ?? null));
      lines[row] = line;
    }
    return lines;
  }
  const stored = chunk[column] as ArrayLike<number | bigint | null>;
  const byValue = new Map<number | bigint | null, number>();
  for (let row = 0; row < rows; row++) {
    const value = stored[row];
    let line = byValue.get(value);
    if (line === undefined) byValue.set(value, line = lineOf(textOf(value, kind)));
    lines[row] = line;
  }
  return lines;
}

function textOf(value: number | bigint | null, kind: string): string | null {
  if (value === null || Number.isNaN(value)) return null;
  return kind === "boolean" ? String(value === 1) : String(value);
}

/** Index of the last edge that is not above a row. */
function binOf(edges: number[], row: number): number {
  let low = 0, high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle] <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Values as doubles, the nearest ones of whole numbers beyond 2^53. */
function numbersOf(values: ArrayLike<unknown>, round: () => void): ArrayLike<number> {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    return doublesOf(values, round);
  }
  if (ArrayBuffer.isView(values)) return values as unknown as Float64Array;
  let most = 0;
  const numbers = Float64Array.from(values, (value) => {
    if (value === null) return NaN;
    const number = Number(value);
    if (typeof value === "bigint") most = Math.max(most, Math.abs(number));
    return number;
  });
  if (most > Number.MAX_SAFE_INTEGER) round();
  return numbers;
}

/** The halves of each number are summed, which rounds once: no number becomes an object of its own. */
function doublesOf(values: BigInt64Array | BigUint64Array, round: () => void): Float64Array {
  const { buffer, byteOffset, length } = values;
  const low = new Uint32Array(buffer, byteOffset, 2 * length);
  const high = values instanceof BigInt64Array
    ? new Int32Array(buffer, byteOffset, 2 * length)
    : low;
  const numbers = new Float64Array(length);
  let most = 0;
  for (let row = 0; row < length; row++) {
    const number = high[2 * row + 1] * 0x1_0000_0000 + low[2 * row];
    numbers[row] = number;
    const size = Math.abs(number);
    if (size > most) most = size;
  }
  if (most > Number.MAX_SAFE_INTEGER) round();
  return numbers;
}

function ascends(values: ArrayLike<number>): boolean {
  for (let row = 1; row < values.length; row++) if (!(values[row - 1] <= values[row])) return false;
  return true;
}

/** The lesser one; NaN where both are. */
function lesser(a: number, b: number): number {
  return a < b || Number.isNaN(b) ? a : b;
}

function finite(values: ArrayLike<number>): (number | null)[] {
  return Array.from(values, (value) => Number.isFinite(value) ? value : null);
}
