// Sum of the column u of two units.

import { sum } from "measuring/statistics";
import type { Chunk } from "measuring/types";

export const filter = { unit: { $in: ["pump 3", "pump 7"] } };
export const chunk = ({ u }: Chunk<{ u: Float64Array }>) => sum(u);
export const combine = (a: number, b: number) => a + b;
export const aggregate = (sum: number) => ({ sum });
