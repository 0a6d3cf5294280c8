// A quantile of a column that need not fit into memory, by bisection: every pass counts the values
// up to the middle of the range that is left. The result is a value of the column, exactly.
//
//   columns  params.column, or u
//   params   quantile between 0 and 1 (default 0.5, the median)
//   result   an object: quantile, value, rows, passes
//
// The value is the smallest that has at least quantile × rows values up to it: SQL's percentile_disc.

import type { Chunk, Context, Frame } from "measuring/types";

/** What is known of the values in a range: how many lie up to its middle, and the ones nearest to it. */
interface Part {
  rows: number;
  upTo: number;
  /** The largest value up to the middle, and the smallest above it. */
  below: number;
  above: number;
}

export function look(chunk: Chunk, _: Context, name: string, middle: number): Part {
  const values = chunk[name];
  let rows = 0, upTo = 0, below = -Infinity, above = Infinity;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (Number.isNaN(value)) continue;
    rows++;
    if (value <= middle) {
      upTo++;
      if (value > below) below = value;
    } else if (value < above) above = value;
  }
  return { rows, upTo, below, above };
}

export function merge(a: Part, b: Part): Part {
  return {
    rows: a.rows + b.rows,
    upTo: a.upTo + b.upTo,
    below: Math.max(a.below, b.below),
    above: Math.min(a.above, b.above),
  };
}

export async function main(
  frame: Frame,
  { params }: Context<{ column?: string; quantile?: number } | null>,
) {
  const name = params?.column ?? "u";
  const quantile = params?.quantile ?? 0.5;
  const all = await frame.reduction(look, merge, name, Infinity);
  const least = (await frame.reduction(look, merge, name, -Infinity)).above;
  const wanted = Math.max(1, Math.ceil(quantile * all.rows));
  let low = least, high = all.below, passes = 2;
  // The answer lies in [low, high]; both are values of the column.
  while (low < high) {
    const { upTo, below, above } = await frame.reduction(look, merge, name, low + (high - low) / 2);
    passes++;
    if (upTo >= wanted) high = below;
    else low = above;
  }
  return { quantile, value: low, rows: all.rows, passes };
}
