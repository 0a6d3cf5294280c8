// Statistics of whole columns: every part of the file is summed up by itself, the sums are merged.
//
//   columns  params.columns, or u, i, f
//   result   an object: for each column rows, missing, mean, deviation, min, max
//
// Mean and sum of squares are merged as in Chan, Golub, LeVeque, "Updating formulae and a pairwise
// algorithm for computing sample variances" (1979), which keeps its digits where Σx² - (Σx)²/n doesn't.

import type { Chunk, Context } from "measuring/types";

interface Moments {
  rows: number;
  /** NaN or null, left out of everything else. */
  missing: number;
  mean: number;
  /** Sum of squared deviations from the mean. */
  squares: number;
  min: number;
  max: number;
}

type Partial = Record<string, Moments>;

// One partial result for each part of the file.
export function chunk(columns: Chunk, { params }: Context<{ columns?: string[] } | null>): Partial {
  const names = params?.columns ?? ["u", "i", "f"];
  return Object.fromEntries(names.map((name) => [name, moments(columns[name])]));
}

// Merges two of them; called in the order of the file.
export function combine(a: Partial, b: Partial): Partial {
  return Object.fromEntries(Object.keys(a).map((name) => [name, merge(a[name], b[name])]));
}

// Makes the result of what is left at the end.
export function aggregate(total: Partial) {
  const entries = Object.entries(total).map(([name, { squares, ...rest }]) => {
    const deviation = Math.sqrt(squares / (rest.rows - 1));
    return [name, { ...rest, deviation }];
  });
  return Object.fromEntries(entries);
}

function moments(values: Float64Array): Moments {
  let rows = 0, sum = 0, min = Infinity, max = -Infinity;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (Number.isNaN(value)) continue;
    rows++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = rows ? sum / rows : 0;
  let squares = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (!Number.isNaN(value)) squares += (value - mean) ** 2;
  }
  return { rows, missing: values.length - rows, mean, squares, min, max };
}

function merge(a: Moments, b: Moments): Moments {
  const rows = a.rows + b.rows;
  const apart = b.mean - a.mean;
  return {
    rows,
    missing: a.missing + b.missing,
    mean: rows ? a.mean + apart * (b.rows / rows) : 0,
    squares: a.squares + b.squares + (rows ? apart ** 2 * (a.rows * b.rows / rows) : 0),
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  };
}
