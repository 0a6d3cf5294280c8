// Median and quantiles of each unit, exact: those of all of the unit's values.
//
//   columns  unit, u
//   result   unit, low, median, high, rows, one row for each unit, sorted
//
// The values of all units are held until the last one is read: 8 bytes each, 16 Mi of them at most. To let more be
// held, write groupBy("unit", { mostValues: 100_000_000 }).

import { groupBy } from "measuring/groups";

export const { chunk, combine, aggregate } = groupBy("unit")
  .quantile("u", 0.05, "low").median("u", "median").quantile("u", 0.95, "high").count(null, "rows");
