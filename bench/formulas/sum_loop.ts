// Sum of the column params.column, by a loop.

import type { Chunk, Context } from "measuring/types";

export function chunk(columns: Chunk, { params }: Context<{ column: string }>): number {
  const values = columns[params.column]!;
  let sum = 0;
  for (let row = 0; row < values.length; row++) sum += values[row]!;
  return sum;
}

export const combine = (a: number, b: number) => a + b;
export const aggregate = (sum: number) => ({ sum });
