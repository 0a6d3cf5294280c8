// Sum of the columns params.columns.

import { sum } from "measuring/statistics";
import type { Chunk, Context } from "measuring/types";

export function chunk(columns: Chunk, { params }: Context<{ columns: string[] }>): number {
  return params.columns.reduce((all, name) => all + sum(columns[name]!), 0);
}

export const combine = (a: number, b: number) => a + b;
export const aggregate = (sum: number) => ({ sum });
