// Means of each second of one unit. Which unit, and which part of the time, the request says:
//
//   {"Params": {"unit": "unit 3"}, "From": "2024-01-01T00:00:05", "To": "2024-01-01T00:00:10"}
//
//   columns  time, u, unit (text)
//   result   time, mean_u, count, one row for each second in which the unit has rows

import { resample } from "measuring/groups";
import type { FilterContext } from "measuring/types";

/** Only these rows are seen; what the file's statistics rule out is not even read. */
export const filter = ({ params }: FilterContext<{ unit: string }>) => ({ unit: params.unit });

export const { chunk, combine, aggregate } = resample("time", "1s").mean("u").count();
