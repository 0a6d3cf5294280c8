// Mean, deviation and extremes of the column u, by loops.

import type { Chunk } from "measuring/types";

interface Moments {
  rows: number;
  mean: number;
  /** Sum of squared deviations from the mean. */
  squares: number;
  min: number;
  max: number;
}

export function chunk({ u }: Chunk<{ u: Float64Array }>): Moments {
  let sum = 0, min = Infinity, max = -Infinity;
  for (let row = 0; row < u.length; row++) {
    const value = u[row]!;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = sum / u.length;
  let squares = 0;
  for (let row = 0; row < u.length; row++) squares += (u[row]! - mean) ** 2;
  return { rows: u.length, mean, squares, min, max };
}

export function combine(a: Moments, b: Moments): Moments {
  const rows = a.rows + b.rows;
  const apart = b.mean - a.mean;
  return {
    rows,
    mean: a.mean + apart * b.rows / rows,
    squares: a.squares + b.squares + apart ** 2 * a.rows * b.rows / rows,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  };
}

export function aggregate({ rows, mean, squares, min, max }: Moments) {
  return { mean, std: Math.sqrt(squares / (rows - 1)), min, max };
}
