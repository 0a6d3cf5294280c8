// Twice the column u, beside the time and the unit. The request names folders of units.

import type { Chunk } from "measuring/types";

export const keep = ["time", "unit"];

export const map = ({ u }: Chunk<{ u: Float64Array }>) => ({ twice: u.map((value) => 2 * value) });
