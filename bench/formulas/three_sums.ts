// Sum of three columns of many.

import { sum } from "measuring/statistics";
import type { Chunk } from "measuring/types";

export const chunk = ({ c17, c5000, c9999 }: Chunk) => sum(c17!) + sum(c5000!) + sum(c9999!);
export const combine = (a: number, b: number) => a + b;
export const aggregate = (sum: number) => ({ sum });
