// Sum of the column u. The request says of which day: From and To.

import { sum } from "measuring/statistics";
import type { Chunk } from "measuring/types";

export const chunk = ({ u }: Chunk<{ u: Float64Array }>) => sum(u);
export const combine = (a: number, b: number) => a + b;
export const aggregate = (sum: number) => ({ sum });
