// Mean, 99th percentile and peak of the power of each unit in each second: of a column that the data doesn't have.
// What map returns and keep carries are the columns that are grouped.
//
//   columns  time, unit, u, i
//   result   unit, second (its start), mean, high, peak, rows, one row for each unit and second, sorted

import { groupBy, interval } from "measuring/groups";
import type { Chunk } from "measuring/types";

export const keep = ["time", "unit"];

export function map({ u, i }: Chunk) {
  const power = new Float64Array(u.length);
  for (let row = 0; row < power.length; row++) power[row] = u[row] * i[row];
  return { power };
}

export const { chunk, combine, aggregate } = groupBy([
  "unit",
  interval("time", "1s", { name: "second" }),
]).mean("power", "mean").quantile("power", 0.99, "high").max("power", "peak").count(null, "rows");
