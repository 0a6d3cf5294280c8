// Mean of each row and the 999 before it.

import { movingMean, windowOverlap } from "measuring/filters";
import type { Chunk } from "measuring/types";

export const overlap = windowOverlap(1000);
export const map = ({ u }: Chunk<{ u: Float64Array }>) => ({ mean: movingMean(u, 1000) });
