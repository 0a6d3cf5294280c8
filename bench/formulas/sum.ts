// Sum of the column params.column.

import { sum } from "measuring/statistics";
import type { Chunk, Context } from "measuring/types";

export function chunk(columns: Chunk, { params }: Context<{ column: string }>): number {
  return sum(columns[params.column]!);
}

export const combine = (a: number, b: number) => a + b;
export const aggregate = (sum: number) => ({ sum });
