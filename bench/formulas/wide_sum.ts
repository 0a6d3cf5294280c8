// Sum of all columns.

import { sum } from "measuring/statistics";
import type { Chunk, Context } from "measuring/types";

export function chunk(columns: Chunk, { schema }: Context): number {
  return schema.reduce((all, { name }) => all + sum(columns[name]!), 0);
}

export const combine = (a: number, b: number) => a + b;
export const aggregate = (sum: number) => ({ sum });
