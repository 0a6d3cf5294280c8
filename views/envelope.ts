// A column in few points: least and greatest value of each bin of rows, so that no peak is lost
// however many rows there are.
//
//   params   y; x, a column or null; edges, rows at which bins begin, and the end of the last
//   result   points: x at the first row of each bin, min, max; ascending, whether x ascends
//
// NaN and null are left out; a bin of nothing else is null.

import type { Chunk, Context } from "measuring/types";

interface Params {
  y: string;
  x: string | null;
  edges: number[];
}

/** Bins of some consecutive rows; those of consecutive parts may share one. */
interface Bins {
  /** Index of the first bin. */
  first: number;
  x: Float64Array;
  min: Float64Array;
  max: Float64Array;
  ascending: boolean;
  /** x of the first and the last row. */
  ends: [first: number, last: number];
}

export function chunk(chunk: Chunk, { params, rowStart, rows }: Context<Params>): Bins | null {
  if (rows === 0) return null;
  const { y, x, edges } = params;
  const values = numbersOf(chunk[y]);
  const places = x === null ? null : numbersOf(chunk[x]);
  const first = binOf(edges, rowStart), last = binOf(edges, rowStart + rows - 1);
  const size = last - first + 1;
  const bins = { x: new Float64Array(size), min: nans(size), max: nans(size) };
  for (let bin = 0; bin < size; bin++) {
    const from = Math.max(edges[first + bin], rowStart) - rowStart;
    const to = Math.min(edges[first + bin + 1] - rowStart, rows);
    let min = Infinity, max = -Infinity;
    for (let row = from; row < to; row++) {
      const value = values[row];
      if (value < min) min = value;
      if (value > max) max = value;
    }
    bins.x[bin] = places === null ? rowStart + from : places[from];
    if (min <= max) {
      bins.min[bin] = min;
      bins.max[bin] = max;
    }
  }
  const ends: Bins["ends"] = places === null
    ? [rowStart, rowStart + rows - 1]
    : [places[0], places[rows - 1]];
  return { first, ...bins, ascending: places === null || ascends(places), ends };
}

export function combine(a: Bins | null, b: Bins | null): Bins | null {
  if (a === null || b === null) return a ?? b;
  const shared = a.first + a.x.length - b.first;
  const size = a.x.length + b.x.length - shared;
  const joined = (left: Float64Array, right: Float64Array) => {
    const all = new Float64Array(size);
    all.set(right, b.first - a.first);
    all.set(left); // x of a shared bin is that of its first row
    return all;
  };
  const bins = { x: joined(a.x, b.x), min: joined(a.min, b.min), max: joined(a.max, b.max) };
  if (shared === 1) {
    const at = a.x.length - 1;
    bins.min[at] = lesser(a.min[at], b.min[0]);
    bins.max[at] = -lesser(-a.max[at], -b.max[0]);
  }
  return {
    first: a.first,
    ...bins,
    ascending: a.ascending && b.ascending && a.ends[1] <= b.ends[0],
    ends: [a.ends[0], b.ends[1]],
  };
}

export function aggregate(bins: Bins | null) {
  const { x = [], min = [], max = [], ascending = true } = bins ?? {};
  return { points: { x: finite(x), min: finite(min), max: finite(max) }, ascending };
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

function numbersOf(values: ArrayLike<unknown>): ArrayLike<number> {
  if (
    ArrayBuffer.isView(values) && !(values instanceof BigInt64Array) &&
    !(values instanceof BigUint64Array)
  ) return values as unknown as Float64Array;
  return Float64Array.from(values, (value) => value === null ? NaN : Number(value));
}

function ascends(values: ArrayLike<number>): boolean {
  for (let row = 1; row < values.length; row++) if (!(values[row - 1] <= values[row])) return false;
  return true;
}

/** The lesser one; NaN where both are. */
function lesser(a: number, b: number): number {
  return a < b || Number.isNaN(b) ? a : b;
}

function nans(length: number): Float64Array {
  return new Float64Array(length).fill(NaN);
}

function finite(values: ArrayLike<number>): (number | null)[] {
  return Array.from(values, (value) => Number.isFinite(value) ? value : null);
}
