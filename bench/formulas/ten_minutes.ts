// Sum of the column u of ten minutes.

import { sum } from "measuring/statistics";
import type { Chunk } from "measuring/types";

export const filter = {
  time: { $gte: "2024-05-01T01:00:00Z", $lt: "2024-05-01T01:10:00Z" },
};
export const chunk = ({ u }: Chunk<{ u: Float64Array }>) => sum(u);
export const combine = (a: number, b: number) => a + b;
export const aggregate = (sum: number) => ({ sum });
