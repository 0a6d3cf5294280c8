// Sum of the milliseconds since the first of May 2024.

import type { Chunk } from "measuring/types";

const START = Date.UTC(2024, 4, 1);

export function chunk({ time }: Chunk<{ time: Float64Array }>): number {
  let sum = 0;
  for (let row = 0; row < time.length; row++) sum += time[row]! - START;
  return sum;
}

export const combine = (a: number, b: number) => a + b;
export const aggregate = (sum: number) => ({ sum });
